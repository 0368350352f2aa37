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
        (("train", str(ROOT / "examples" / "logistic49.toml"), "--arithmetic", "binary16"), "fpproof[balls]"),
        (("train", str(ROOT / "examples" / "sawtooth6.toml"), "--arithmetic", "torch:float32"), "fpproof[machines]"),
        (("check", "theory.py", "--by", "smt"), "fpproof[solvers]"),
        (("plot", "table.cert.json"), "fpproof[plots]"),
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


def test_reals_without_extras(tmp_path: Path) -> None:
    """Identities and proofs on boxes need none; what cannot be replayed without balls, or shown without z3, says what to install."""
    lines = (
        "from fpproof.lang import Real, assume, exp, lemma, show, tanh",
        "@lemma\ndef identity(x: Real):\n    show(tanh(2 * x) == 2 * tanh(x) / (1 + tanh(x)**2), exp(x)**2 == exp(2 * x))",
        "@lemma\ndef bound(x: Real):\n    show(exp(x) >= 1 + x)",
        "@lemma\ndef false(x: Real):\n    assume(x > 0)\n    show(exp(x) < 1 + x)",
        "@lemma\ndef means(x: Real, y: Real):\n    show(x**2 + y**2 >= 2 * x * y)",
    )
    (tmp_path / "t.py").write_text("\n\n\n".join(lines))
    by_algebra = run(tmp_path, "check", "t.py", "--jobs", "1", "--by", "algebra").stdout
    by_enclosure = run(tmp_path, "check", "t.py", "--jobs", "1", "--by", "enclosure", "--budget", "50").stdout
    outcomes = {text.split()[0]: text.split()[3] for text in by_enclosure.splitlines() if " every " in text}
    assert outcomes["identity"] == outcomes["bound"] == "proved"
    assert outcomes["false"] == "open"
    assert "fpproof[balls]" in by_enclosure
    assert "fpproof[solvers]" in by_algebra
