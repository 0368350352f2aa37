"""`fpproof activation`: what it prints, as text and JSON, and what it says of wrong options."""

import argparse
import json
from pathlib import Path

import pytest

from fpproof.cli import HOLDS
from fpproof.cli import activation as command
from fpproof.errors import FpproofError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path))


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    return command.run(parser.parse_args(arguments))


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("silu", "--format", "E4M3FN,F(2,3)") == HOLDS
    first, second = capsys.readouterr().out.split("\n\n")
    assert first.startswith("swish in E4M3FN, nearest-even: x/(1 + e^-x)\n")
    assert "at 0                 0.0 (0x0p+0), derivative 0.5 (0x1p-1)\n" in first
    assert "saturates right      no\n" in first
    assert "least value          -0.28125 (-0x1.2p-2) at -1.625 (-0x1.ap+0) to -1.0 (-0x1p+0)\n" in first
    assert second.startswith("swish in F(2,3)")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("tanh", "--format", "binary32", "--mode", "up", "--json") == HOLDS
    report = json.loads(capsys.readouterr().out)
    (found,) = report["formats"]
    assert (report["activation"], report["mode"], found["format"]) == ("tanh", "up", "binary32")
    assert found["method"] == "bisection between turning points"
    assert found["at-zero"]["derivative"] == {"decimal": "1.0", "hex": "0x1p+0", "bits": "3f800000"}
    assert found["saturates-left-up-to"] is None  # the derivative is rounded up to omega
    assert found["distinct"] is None


def test_paranoid_says_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("gelu", "--format", "E5M2", "--paranoid") == HOLDS
    careful = capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert run("gelu", "--format", "E5M2") == HOLDS
    assert capsys.readouterr().out == careful


def test_compare(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("tanh", "--format", "binary32,bf16", "--compare", "numpy", "--samples", "300", "--seed", "5")
    assert run(*arguments) == HOLDS
    text = capsys.readouterr().out
    assert " sampled inputs not correctly rounded" in text
    assert "0 results differ between the whole array and a call alone" in text
    assert "numpy has no functions in bfloat16" in text
    assert run(*arguments, "--json") == HOLDS
    first, second = json.loads(capsys.readouterr().out)["formats"]
    assert first["comparisons"][0]["sample"] == {"samples": 300, "seed": 5}
    assert "unavailable" in second["comparisons"][0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gelu", "--format", "E4M3"), "format 'E4M3' is ambiguous"),
        (("gelu", "--format", ","), "--format names no format"),
        (("glu", "--format", "half"), "activation 'glu' is unknown"),
        (("gelu", "--format", "half", "--mode", "odd"), "rounding mode 'odd' is unknown"),
        (("gelu", "--format", "half", "--mode", "up", "--compare", "torch"), "libraries round to nearest-even"),
        (("tanh", "--format", "half", "--compare", "jax"), "library 'jax' is unknown"),
        (("sin", "--format", "single", "--samples", "1"), "expected 2 to 10000000 samples"),
    ],
)
def test_wrong_options(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(FpproofError, match=message):
        run(*arguments)
