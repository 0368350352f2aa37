"""Without the onnx package: one line that names the extra, whether it is installed here or not."""

from pathlib import Path
from typing import Any

import pytest

from fpproof.cli.main import main
from fpproof.exchange import onnx_reading
from fpproof.formats import parse_format
from tests.machine_cases import certificate_of, random_network


def test_onnx_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def absent(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(onnx_reading, "import_module", absent)
    model, certificate = tmp_path / "m.onnx", tmp_path / "c.json"
    model.write_bytes(b"x")
    certificate_of(random_network(parse_format("binary32"), [1, 1]), 1).write(certificate)
    for words in (["certify", str(model), "--points", "p.csv", "-o", "d.json"], ["export", str(certificate), "--to", "onnx", "-o", "m.onnx"]):
        assert main(words) == 2
        assert capsys.readouterr().err == "fpproof: error: onnx is not installed; pip install 'fpproof[machines]'\n"
