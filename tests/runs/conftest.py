"""Every test here has a ledger of its own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "ledger.sqlite"
    monkeypatch.setenv("FPPROOF_LEDGER", str(path))
    monkeypatch.chdir(tmp_path)
    return path
