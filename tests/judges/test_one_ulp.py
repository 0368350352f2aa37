"""Lemmas that are true, or false at one float of one format: the text itself is evaluated by Python, with rounding written anew, at every input.

The namespace below has the language's words as functions of fractions and infinities; NaN and signs of zeros do not occur in these lemmas.
"""

import ast
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from fpproof.formats import parse_format
from fpproof.judges import Budget, ExactJudge, Finding, Referee
from fpproof.judges.enumeration import EnumerationJudge
from fpproof.judges.smt import SmtJudge
from fpproof.judges.verdict import Outcome
from fpproof.theory import instances, read_theory_text

WIDTHS = {
    "E2M1": (2, 0, 2, "saturate"),
    "E4M3FN": (4, -6, 8, "nan"),
    "E4M3FN-sat": (4, -6, 8, "saturate"),
    "F(2,4)": (3, -6, 7, "infinity"),
    "binary16": (11, -14, 15, "infinity"),
    "bfloat16": (8, -126, 127, "infinity"),
}
"""Precision, emin, emax, and what overflow gives."""
INFINITY = float("inf")


class Arithmetic:
    """A format, in fractions."""

    def __init__(self, name: str) -> None:
        self.P, self.emin, self.emax, self.overflow = WIDTHS[name]
        self.p = self.P - 1
        self.omega = self.two(self.emin - self.p)
        self.Omega = (2 - self.two(-self.p)) * self.two(self.emax)
        if name.startswith("E4M3FN"):
            self.Omega = Fraction(448)

    @staticmethod
    def two(n: Any) -> Fraction:
        return Fraction(2) ** int(n)

    def ulp(self, x: Fraction) -> Fraction:
        e = abs(x.numerator).bit_length() - x.denominator.bit_length() if x else self.emin
        return self.two(max(e if self.two(e) <= abs(x) else e - 1, self.emin) - self.p)

    def fl(self, x: Any, to: str = "nearest") -> Any:
        if isinstance(x, float):
            return x
        step = self.ulp(x)
        below = x / step // 1
        rest = x / step - below
        up = {"up": rest > 0, "down": False, "nearest": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and below % 2 == 1)}[to]
        value = (below + up) * step
        if abs(value) <= self.Omega:
            return value
        if self.overflow == "saturate" or (to == "down" and value > 0) or (to == "up" and value < 0):
            return self.Omega if value > 0 else -self.Omega
        assert self.overflow == "infinity", "no lemma below is about NaN"
        return INFINITY if value > 0 else -INFINITY

    def floats(self) -> Iterator[Fraction]:
        """All; of 16 bits those from 1/256 to 2, which decide the lemmas below."""
        if self.P > 4:
            for i in range(9 << self.p):
                yield self.two(i >> self.p) / 256 * (1 + Fraction(i % (1 << self.p), 1 << self.p))
            yield Fraction(2)
            return
        x = Fraction(0)
        while x <= self.Omega:
            yield from (x, -x)
            x += self.ulp(x)

    def words(self) -> dict[str, Any]:
        return {
            "fl": self.fl, "ulp": self.ulp, "pow2": self.two, "F": self, "up": "up", "down": "down", "abs": abs, "min": min, "max": max,
            "succ": lambda x: x + self.ulp(x) if x >= 0 else self.fl(x + self.omega / 2, "up"),
            "is_float": lambda x: self.fl(x) == x, "fraction": Fraction,
        }  # fmt: skip


class _Exactly(ast.NodeTransformer):
    """Integers as fractions, so that 1 / 3 is exact."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) is not int:
            return node
        return ast.copy_location(ast.Call(ast.Name("fraction", ast.Load()), [node], []), node)


def compiled(text: str) -> Any:
    return compile(ast.fix_missing_locations(_Exactly().visit(ast.parse(text, mode="eval"))), "lemma", "eval")


def by_python(assumed: str, shown: str, format: str) -> Outcome:
    """The verdict on all inputs."""
    arithmetic = Arithmetic(format)
    names = [name for name in "xy" if name in {n.id for n in ast.walk(ast.parse(f"({assumed}, {shown})")) if isinstance(n, ast.Name)}]
    assume, show, words, met = compiled(assumed), compiled(shown), arithmetic.words(), False
    floats = list(arithmetic.floats())
    for values in product(floats, repeat=len(names)):
        scope = {**words, **dict(zip(names, values, strict=True))}
        if eval(assume, scope):
            met = True
            if not eval(show, scope):
                return Outcome.REFUTED
    return Outcome.PROVED if met else Outcome.VACUOUS


LEMMAS = [
    # False at one float, or true since that float is left out
    ("x >= 0", "fl(x * x) >= x or x < 1", "F(2,4)"),
    ("x >= 0", "fl(x * x) > x or x <= 1", "E2M1"),
    ("x > 1", "fl(x * x) > x", "E2M1"),
    ("x > 1, x < F.Omega", "fl(x * x) > x", "E4M3FN-sat"),
    ("1 <= x < 2", "fl(fl(x / 3) * 3) == x", "binary16"),
    ("1 <= x < 2, x != 1 + 10 * ulp(1)", "x != 1 + 10 * ulp(1)", "binary16"),
    ("1 <= x < 2", "x != 1 + 513 * pow2(-10)", "binary16"),
    ("1 <= x < 2", "x * x != 2 + pow2(-9) or x > 3 / 2", "binary16"),
    ("0 < x < 1", "fl(1 - x) > 0", "binary16"),
    ("pow2(-8) <= x < 1", "fl(1 - x) < 1 - pow2(-8)", "bfloat16"),
    ("1 / 2 <= x < 1", "fl(1 - x) == 1 - x", "bfloat16"),
    ("pow2(-8) < x < 1", "fl(1 - x) < 1", "bfloat16"),
    ("pow2(-8) <= x < 1", "fl(1 - x) <= 1 - pow2(-8)", "bfloat16"),
    ("1 <= x <= 2", "abs(fl(1 / x) - 1 / x) <= pow2(-12)", "binary16"),
    ("1 <= x <= 2", "abs(fl(1 / x) - 1 / x) < pow2(-12) - pow2(-22)", "binary16"),
    ("1 <= x <= 2", "fl(x * fl(1 / x)) == 1", "bfloat16"),
    ("1 <= x <= 2", "fl(x * fl(1 / x)) >= 1 - pow2(-8)", "bfloat16"),
    ("1 <= x <= 2", "fl(x * fl(1 / x)) > 1 - pow2(-8)", "bfloat16"),
    ("x > 0", "succ(x) > x or x == F.Omega", "E4M3FN-sat"),
    ("x >= pow2(F.emin)", "succ(x) - x == ulp(x) or x >= F.Omega", "F(2,4)"),
    ("x > 0, x < F.Omega", "fl((x + succ(x)) / 2) == x", "F(2,4)"),
    ("x > 0, x < F.Omega", "fl((x + succ(x)) / 2) == x or fl((x + succ(x)) / 2) == succ(x)", "F(2,4)"),
    # Vacuous
    ("x > 1, x * x < 1", "x == 7", "F(2,4)"),
    ("1 < x < 1 + ulp(1)", "x == 7", "binary16"),
    ("x * 3 == 1", "x == 7", "bfloat16"),
    # Two operands
    ("abs(x) <= 8, abs(y) <= 8", "fl(x + y) - (x + y) <= ulp(x + y) / 2", "E4M3FN"),
    ("abs(x) <= 8, abs(y) <= 8", "abs(fl(x + y) - (x + y)) < ulp(x + y) / 2", "E4M3FN"),
    ("0 < y <= x", "fl(x - y) <= x", "F(2,4)"),
    ("0 < y <= x", "fl(x - y) < x", "F(2,4)"),
    ("0 < y <= x <= 16 * y", "fl(x - y) < x", "F(2,4)"),
    ("0 < y <= x <= 15 * y", "fl(x - y) < x", "F(2,4)"),
    ("0 < y, 0 < x", "min(x, y) <= fl((x + y) / 2) <= max(x, y)", "F(2,4)"),
    ("0 < y, 0 < x", "min(x, y) <= fl(fl(x + y) / 2) <= max(x, y)", "F(2,4)"),
    ("x >= 1, y >= 1", "fl(x * y) >= max(x, y)", "E4M3FN-sat"),
    ("x >= 1, y >= 1", "fl(x * y) >= x + y - 1", "E2M1"),
    ("abs(x) >= 1, abs(y) >= 1", "fl(x * y) != 0", "F(2,4)"),
    ("x > 0, y > 0", "fl(x * y) > 0", "E2M1"),
    ("x > y", "fl(x - y, to=up) >= fl(x - y, to=down) > 0", "E2M1"),
    ("x > y", "fl(x - y, to=down) >= F.omega", "F(2,4)"),
    ("x > y", "fl(x / 2) > fl(y / 2)", "F(2,4)"),
    ("x > y, abs(x) >= 2 * pow2(F.emin), abs(y) >= 2 * pow2(F.emin)", "fl(x / 2) > fl(y / 2)", "F(2,4)"),
    ("x > y, abs(x) >= pow2(F.emin), abs(y) >= pow2(F.emin)", "fl(x / 2) > fl(y / 2)", "F(2,4)"),
    ("abs(x) <= 1, abs(y) <= 1", "fl(fl(x + y) - y) == x", "E2M1"),
    ("abs(x) <= 1, abs(y) <= 1", "fl(fl(x + y) - y) == x", "E4M3FN"),
]


def asked(assumed: str, shown: str, format: str) -> Any:
    text = f"({assumed}, {shown})"
    names = [f"{name}: Float" for name in "xy" if name in {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}]
    lines = f"from fpproof.lang import *\n@lemma\ndef l({', '.join(names)}):\n    assume({assumed})\n    show({shown})\n"
    return instances(read_theory_text(lines).lemmas[0], parse_format(format))[0]


@pytest.mark.parametrize("number", range(len(LEMMAS)))
def test_verdicts(number: int) -> None:
    """By solvers, and by brute force where it is little."""
    assumed, shown, format = LEMMAS[number]
    expected = by_python(" and ".join(f"({c})" for c in assumed.split(", ")), shown, format)
    claim = asked(assumed, shown, format)
    judge = SmtJudge() if number % 3 == 0 or "16" in format else ExactJudge()
    verdict = judge.decide(claim, Budget(resource=20_000_000))
    assert verdict.outcome is expected, (judge.name, verdict)
    if verdict.counterexample is not None:
        assert Referee(claim).at(verdict.counterexample.values) is Finding.FAILS


def test_a_verdict_of_enumeration() -> None:
    assumed, shown, format = LEMMAS[17]
    expected = by_python(" and ".join(f"({c})" for c in assumed.split(", ")), shown, format)
    assert EnumerationJudge().decide(asked(assumed, shown, format), Budget()).outcome is expected
