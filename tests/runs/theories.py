"""Small theory files for tests, and a command in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

HEADER = "from fpproof.lang import *\n"

TRUE = """
@lemma
def doubling_is_exact(x: Float):
    assume(abs(x) <= F.Omega / 2)
    show(fl(2 * x) == 2 * x)
"""
FALSE = """
@lemma
def tripling_is_exact(x: Float):
    show(fl(3 * x) == 3 * x)
"""
CONTROL = """
@lemma(expect="refuted")
def tripling_is_exact_everywhere(x: Float):
    show(fl(3 * x) == 3 * x)
"""
CONTROL_THAT_HOLDS = """
@lemma(expect="refuted")
def doubling_never_works(x: Float):
    assume(abs(x) <= F.Omega / 2)
    show(fl(2 * x) == 2 * x)
"""
VACUOUS = """
@lemma
def about_nothing(x: Float):
    assume(x > F.Omega)
    show(fl(3 * x) == 3 * x)
"""
CONDITIONAL = (
    FALSE
    + """
@lemma
def rests_on_tripling(x: Float):
    uses(tripling_is_exact)
    show(fl(x) == x)
"""
)
UNCONDITIONAL = (
    TRUE
    + """
@lemma
def rests_on_doubling(x: Float):
    uses(doubling_is_exact)
    show(fl(x) == x)
"""
)
LARGE_ONLY = """
@lemma
def about_large_formats(x: Float):
    require(F.q >= 8)
    show(fl(x) == x)
"""
MODES = """
@lemma
def rounding_a_float(x: Float, m: Mode):
    show(fl(x, to=m) == x)


@lemma(expect="refuted")
def rounding_never_goes_up(x: Float, m: Mode):
    show(fl(x / 2, to=m) <= x / 2)
"""
SUM = """
@lemma
def sums_commute(x: Float, y: Float):
    show(same(fl(x + y), fl(y + x)))
"""
MALFORMED = HEADER + "\n@lemma\ndef wrong(x: Float):\n    show(fll(x) == x)\n"


def written(path: Path, *parts: str) -> Path:
    """A theory file of lemmas."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(parts))
    return path


def environment(ledger: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "FPPROOF_LEDGER": str(ledger)}


def started(ledger: Path, *arguments: str) -> "subprocess.Popen[str]":
    """`fpproof ...` in a process of its own."""
    command = [sys.executable, "-m", "fpproof", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(ledger))


def ran(ledger: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output, errors."""
    process = started(ledger, *arguments)
    out, err = process.communicate()
    return process.returncode, out, err
