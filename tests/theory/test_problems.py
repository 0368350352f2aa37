"""A @loss of a theory file as what `fpproof flow` follows: the same flow as of the expression in a TOML file, and what is refused."""

from fractions import Fraction
from pathlib import Path

import pytest

from fpproof.dynamics.balls import working
from fpproof.dynamics.flow import flow
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import moved, problem, problem_of
from fpproof.errors import TheoryError
from fpproof.theory.problems import read_problem
from fpproof.training import parse_source

HEAD = "from fpproof.lang import *\n"
LOSSES = [
    # of what, as a @loss, as an expression, start
    ("u: Real, v: Real", "(u * v - 1)**2 / 2 + abs(u) + max(v, 2 * v) - min(v, 3)", "(u*v - 1)**2/2 + abs(u) + 2*v - v", "1/2, 1/3"),
    ("x: Real", "-log1p(x) + exp(-x) * tanh(x) / (1 + sqrt(x)) - 0.1", "-log1p(x) + exp(-x)*tanh(x)/(1 + sqrt(x)) - 1/10", "2"),
    ("w: Vector[Real, Literal[2]]", "softplus(w[0] * w[1]) + w[0]**2 + w[1]**-2", "softplus(a*b) + a**2 + b**-2", "1, -1"),
]


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "losses.py").write_text(HEAD + text)
    return tmp_path / "losses.py"


@pytest.mark.parametrize(("of", "body", "text", "start"), LOSSES)
def test_the_flow_is_that_of_the_expression(tmp_path: Path, of: str, body: str, text: str, start: str) -> None:
    """Also what is written into a certificate reads as the same loss."""
    numbers = [Fraction(part) for part in start.split(",")]
    path = written(tmp_path, f"@loss(start=[{start}])\ndef L({of}):\n    return {body}\n")
    names = ("u", "v") if "u" in of else ("x",) if "x" in of else ("a", "b")
    ours = read_problem(path, "L")
    assert list(ours.start) == numbers
    t = Fraction(1, 8)
    theirs = [problem(text, dict(zip(names, numbers, strict=True))), problem_of(parse_source("t", ours.source))]
    found = [flow(p, t).at(t) for p in (ours, *theirs)]
    with working(100):
        for other in found[1:]:
            assert found[0].radius < 1e-9
            assert all(x.overlaps(y) for x, y in zip(found[0].parameters, other.parameters, strict=True))
            assert found[0].loss.overlaps(other.loss)


def test_names_and_other_starts(tmp_path: Path) -> None:
    path = written(tmp_path, "@loss\ndef L(a: Real, w: Vector[Real, Literal[2]]):\n    return a * w[0] + w[1]\n")
    assert read_problem(path, "L", [Fraction(1), Fraction(2), Fraction(3)]).names == ("a", "w[0]", "w[1]")
    assert read_problem(path, "L", {"w[1]": Fraction(1), "a": Fraction(2), "w[0]": Fraction(3)}).start == tuple(map(Fraction, (2, 3, 1)))
    with pytest.raises(DynamicsError, match="no start"):
        read_problem(path, "L")
    with pytest.raises(DynamicsError, match="no parameter 'b'"):
        read_problem(path, "L", {"b": Fraction(1)})
    with pytest.raises(TheoryError, match="no @loss"):
        read_problem(path, "M")
    assert moved(problem("x*y", {"x": 1, "y": 2}), {"y": Fraction(1, 3), "x": Fraction(5)}).start == (Fraction(5), Fraction(1, 3))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@loss(start=[1, 2])\ndef L(x: Real):\n    return x\n", "a vector of 1"),
        ("@loss(start=[sqrt(2)])\ndef L(x: Real):\n    return x\n", "rational"),
        ("@loss(start=[1/0.0])\ndef L(x: Real):\n    return x\n", "division|rational"),
        ("@loss(begin=[1])\ndef L(x: Real):\n    return x\n", "no argument begin"),
        ("@define(start=[1])\ndef L(x: Real):\n    return x\n", "no argument start"),
        ("@lemma(start=[1])\ndef L(x: Real):\n    show(x == x)\n", "no argument start"),
        ("@loss(start=[1])\ndef L(x: Float):\n    return x\n", "Real"),
        ("@loss(start=[1])\ndef L(x: Real):\n    return fl(x)\n", "no gradient flow"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises((TheoryError, DynamicsError), match=message):
        read_problem(written(tmp_path, text), "L")
