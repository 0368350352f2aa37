"""What some tests of the search need on the machine."""

import os
from shutil import which

import pytest


@pytest.fixture
def cadical() -> None:
    """Skips where CaDiCaL is missing; .ci/run installs it."""
    if which("cadical") is None:
        assert not os.environ.get("FPPROOF_NEEDS_CADICAL"), "cadical is not installed"
        pytest.skip("cadical is not installed (apt install cadical)")
