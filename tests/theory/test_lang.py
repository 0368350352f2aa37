"""fpproof.lang: the same names as the language, harmless to import, typed."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from fpproof import lang
from fpproof.errors import FpproofError
from fpproof.theory.entities import LANGUAGE, PYTHON_BUILTINS

ROOT = Path(__file__).parent.parent.parent
THEORIES = sorted((ROOT / "theories").rglob("*.py"))

TYPED = """
from fpproof.lang import Annotated, Bool, Float, Format, Int, Literal, Mode, Real, Vector, F, E5M2, down, nan
from fpproof.lang import activation, affine, descent, flow, layer, loss, sigmoid
from fpproof.lang import assume, define, exists, exponent, fl, gradient, is_float, layers, lemma, network, pow2, relu, require, rounded, same
from fpproof.lang import max, show, sqrt, uses, value, Network

HALF = 1 / 2

@define
def square(x: Real) -> Real:
    return x * x

@loss
def energy(x: Real, y: Real) -> Real:
    return x * x + square(y)

@lemma
def moving(t: Real) -> None:
    w = flow(energy, [1, 0.5], t)
    show(energy(w[0], w[1]) <= 2, sum(x * x for x in w) <= sum(x * x for x in descent(energy, [1, HALF], 0.25, 3)))

@network
def step(z: Float) -> Network:
    e = exponent(z)
    return layers(relu([[1], [2]], bias=[-z, None]), affine([[1, -pow2(e)]]), semantics="bias-first")

@define
def twice(f: Network, W: Vector[Vector[Float, Literal[2]], Literal[1]]) -> Real:
    return value(layers(f, layer([[1]], activation="gelu")), W[0][1]) + sigmoid(activation("tanh", 1))

@lemma
def first(x: Float, y: Annotated[Float, "G"], G: Format, m: Mode) -> None:
    require(F.q >= 3, G.p > F.p)
    assume(0 <= y / 2 <= x <= 2 * y, x != nan)
    show(fl(x - y) == x - y, fl(x, G, to=m) == square(x) + HALF, abs(-x) ** 2 > 0.5, same(x, 1))

@lemma(expect="refuted", formats="E5M2")
def second(x: Float, n: Int, b: Bool, v: Vector[Float, Literal[3]]) -> None:
    uses(first(G=E5M2))
    show(all(v[i] <= pow2(i) for i in range(3)), sum(v) == 1, b or n == 2, rounded(sqrt(x) + 0.1, E5M2, to=down) < 1)
    show(exists(Float, lambda w: w > x, witness=x + 1), is_float(x))
    show(value(step(x), x) == (1 if x >= 0 else 0), gradient(step(x), x, 1) < max(v[0], 2))
"""
WRONG = """
from fpproof.lang import Float, F, fl, lemma, show, up

@lemma(expect="wrong")
def first(x: Float) -> None:
    show(fl(x, to=F) == x)
    show(fl("x") == x)
    show(x)
    show(F.pp == 1)
    show(fll(x) == x)
"""


def test_it_has_the_names_of_the_language() -> None:
    assert set(lang.__all__) == set(LANGUAGE) - (set(PYTHON_BUILTINS) - {"min", "max"})


def test_everything_is_explained() -> None:
    functions = [getattr(lang, name) for name in lang.__all__ if name not in ("Annotated", "Literal")]
    assert [f for f in functions if callable(f) and not f.__doc__] == []


def test_a_theory_file_runs_to_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for path in THEORIES:
        runpy.run_path(str(path), run_name="__main__")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("call", [lambda: lang.fl(1), lambda: lang.nan + 1, lambda: lang.show(True), lambda: lang.nan < 1, lambda: abs(lang.nan)])
def test_what_would_compute_says_that_it_does_not(call: object) -> None:
    assert callable(call)
    with pytest.raises(FpproofError, match="a theory file is read, not run; fpproof check FILE decides its lemmas"):
        call()


def mypy(path: Path, *options: str) -> str:
    arguments = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-incremental", "--cache-dir=/dev/null", *options, str(path)]
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def test_theory_files_are_typed(tmp_path: Path) -> None:
    """mypy accepts what the reader accepts; a lemma without `-> None` is the one thing that --strict asks for."""
    from fpproof.theory import read_theory

    (tmp_path / "typed.py").write_text(TYPED)
    read_theory(tmp_path / "typed.py")
    assert "Success" in mypy(tmp_path / "typed.py")


def test_mistakes_are_seen_by_a_type_checker(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG)
    lines = {int(line.split(":")[1]) for line in mypy(tmp_path / "wrong.py").splitlines() if ": error:" in line}
    assert lines == {4, 6, 7, 8, 9, 10}
