"""What needs coqc is skipped where it is not installed; `.ci/run` installs it, and asks for it."""

import os

import pytest

from fpproof.rocq.coqc import HOW_TO_GET, installed

NEEDED = "FPPROOF_NEEDS_COQC"
"""Set by `.ci/run`: then nothing is skipped, and what needs coqc fails without it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if installed() is None and NEEDED not in os.environ:
        for item in items:
            if item.get_closest_marker("coqc"):
                item.add_marker(pytest.mark.skip(reason=f"coqc is not installed: {HOW_TO_GET}"))
