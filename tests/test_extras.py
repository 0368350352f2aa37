"""Without the extras: the base works, and what needs an extra names it. The extras are hidden from a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXTRAS = ("bitwuzla", "cvc5", "flint", "gfloat", "matplotlib", "ml_dtypes", "onnx", "onnxruntime", "safetensors", "torch", "z3")

WITHOUT = f"""
import sys
sys.modules.update(dict.fromkeys({EXTRAS!r}))
from fpproof.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
"""A module that is None in sys.modules is one that is not there, for imports and for importlib.util.find_spec."""

THEORY = ("from fpproof.lang import Float, lemma, show", "@lemma", "def l(x: Float):", "    show(x == x)", "")
TABLE = "# format: bfloat16\nx,value,upstream,gradient\n1,2,1,-0.5\n"


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command without the extras; an empty cache, so that nothing is found that they made before."""
    environment = {"PATH": "/usr/bin:/bin", "FPPROOF_CACHE": str(directory / "cache"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", WITHOUT, *arguments]
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=200)


def test_the_base_works(tmp_path: Path) -> None:
    table = ROOT / "examples" / "wild-f24.csv"
    made = run(tmp_path, "represent", str(table), "-o", "wild.cert.json", "--jobs", "1")
    assert (made.returncode, made.stderr) == (0, "")
    for arguments in (("check", "wild.cert.json", "--jobs", "1"), ("eval", "wild.cert.json", "--x", "1"), ("formats",), ("doctor",)):
        done = run(tmp_path, *arguments)
        assert (done.returncode, done.stderr) == (0, ""), arguments


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (("activation", "gelu", "--format", "E5M2"), "fpproof[balls]"),
        (("crosscheck", "table.cert.json", "--on", "ml_dtypes"), "fpproof[crosscheck]"),
        (("crosscheck", "table.cert.json", "--on", "torch"), "fpproof[machines]"),
        (("check", "theory.py", "--by", "smt"), "fpproof[solvers]"),
        (("certify", "model.onnx", "--points", "table.csv", "-o", "model.cert.json"), "fpproof[machines]"),
    ],
)
def test_what_needs_an_extra_names_it(tmp_path: Path, arguments: tuple[str, ...], extra: str) -> None:
    (tmp_path / "table.csv").write_text(TABLE)
    assert run(tmp_path, "represent", "table.csv", "-o", "table.cert.json", "--jobs", "1").returncode == 0
    (tmp_path / "theory.py").write_text("\n".join(THEORY))
    (tmp_path / "model.onnx").write_bytes(b"\x08\x07")
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert extra in done.stderr
    assert done.stderr.count("\n") == 1
