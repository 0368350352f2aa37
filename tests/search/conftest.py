"""What some tests of the search need on the machine."""

from shutil import which

import pytest


@pytest.fixture
def cadical() -> None:
    """Skips where CaDiCaL is missing; .ci/run installs it."""
    if which("cadical") is None:
        pytest.skip("cadical is not installed (apt install cadical)")
