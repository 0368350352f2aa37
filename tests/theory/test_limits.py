"""Limits by expansions against sympy, and by sympy against expansions and balls; what has none, and what is refused."""

from typing import Any

import pytest
import sympy

from fpproof.errors import TheoryError
from fpproof.formats import parse_format
from fpproof.judges import Budget, ExactJudge
from fpproof.judges.algebra import AlgebraJudge
from fpproof.judges.verdict import Disagreement, Outcome
from fpproof.theory import Claim, instances, read_theory_text, series, show


def claim(text: str) -> Claim:
    lemma = read_theory_text(f"from fpproof.lang import *\n@lemma\ndef l():\n    show({text})\n").lemmas[0]
    return instances(lemma, parse_format("E2M1"))[0]


EQUAL = {
    "limit(lambda x: sin(x) / x, 0)": "1",
    "limit(lambda x: (exp(3 * x) - cosh(x)) / sinh(2 * x), 0)": "3 / 2",
    "limit(lambda x: (x - sin(x)) / x**3, 0)": "1 / 6",
    "limit(lambda x: (log1p(x) - x) / x**2, 0)": "-1 / 2",
    "limit(lambda x: (1 + 2 * x)**3 / (x - 1)**3, infinity)": "8",
    "limit(lambda x: x - x**2, -infinity)": "-infinity",
    "limit(lambda x: (x**2 - 4) / (x - 2), 2)": "4",
    "limit(lambda x: (sqrt(9 + x) - 3) / x, 0)": "1 / 6",
    "limit(lambda x: sqrt(x**2 + x) - x, infinity)": "1 / 2",
    "limit(lambda x: log(x) / (x - 1), 1)": "1",
    "limit(lambda x: 1 / (x - 1 / 3), 1 / 3, side='below')": "-infinity",
    "limit(lambda x: x**5 * exp(-x), infinity)": "0",
    "limit(lambda x: tanh(x) + sigmoid(-x), infinity)": "1",
    "limit(lambda x: (tanh(x) - atan(x)) / x**5, 0)": "-1 / 15",
    "limit(lambda x: 7, 0)": "7",
}
NONE = [
    "limit(lambda x: 1 / x, 0)",
    "limit(lambda x: abs(x) / x, 0)",
    "limit(lambda x: sqrt(x), -1)",
    "limit(lambda x: log(x), -2)",
    "limit(lambda x: log1p(x), -3)",
    "limit(lambda x: sqrt(x * abs(x)), 0)",
    "limit(lambda x: min(x, 2 * x) / x, 0)",
]
BEYOND = [
    "limit(lambda x: exp(x), 1)",
    "limit(lambda x: sin(x), infinity)",
    "limit(lambda x: sqrt(x), 2)",
    "limit(lambda x: x / (x - x), 0)",
    "limit(lambda x: (x - x) / x**30, 0)",
    "limit(lambda x: min(x**30, exp(-1 / x)) / x**30, 0, side='above')",
    "limit(lambda x: max(-(x**30), -exp(-1 / x)) / x**30, 0, side='above')",
]


@pytest.mark.parametrize("text", EQUAL)
def test_both_find_it_and_refute_another(text: str) -> None:
    value = EQUAL[text]
    for judge in (ExactJudge(), AlgebraJudge()):
        assert judge.decide(claim(f"{text} == {value}"), Budget()).outcome is Outcome.PROVED
        assert judge.decide(claim(f"{text} == {value} + pow2(-60)" if "inf" not in value else f"{text} == 0"), Budget()).outcome is Outcome.REFUTED


@pytest.mark.parametrize("text", NONE)
def test_there_is_none(text: str) -> None:
    assert ExactJudge().decide(claim(f"is_nan({text})"), Budget()).outcome is Outcome.PROVED
    assert AlgebraJudge().decide(claim(f"{text} == 1"), Budget()).outcome is not Outcome.PROVED


@pytest.mark.parametrize("text", BEYOND)
def test_beyond_expansions(text: str) -> None:
    verdict = ExactJudge().decide(claim(f"{text} == 0"), Budget())
    assert verdict.outcome is Outcome.OPEN
    assert "needs" in verdict.reason


@pytest.mark.parametrize("text", ["max(x, x**2) / x", "min(x, sin(x)) / x", "max(sin(x), x - x**4) / x", "(1 - min(1, cos(x))) / x**2 + 1 / 2"])
def test_the_greater_and_the_smaller_of_two(text: str) -> None:
    assert ExactJudge().decide(claim(f"limit(lambda x: {text}, 0, side='above') == 1"), Budget()).outcome is Outcome.PROVED


def test_transcendental_limits_are_algebras() -> None:
    found = AlgebraJudge().decide(claim("limit(lambda x: exp(x * log(1 + 2 / x)), infinity) == exp(2)"), Budget())
    assert found.outcome is Outcome.PROVED
    assert "limits of sympy, seen in balls" in str(found.evidence["by"])
    assert AlgebraJudge().decide(claim("limit(lambda x: exp(x * log(1 + 2 / x)), infinity) == exp(1)"), Budget()).outcome is Outcome.OPEN


def test_a_wrong_expansion_is_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(series._AT_ZERO, "sin", series._AT_ZERO["sinh"])
    series._limit.cache_clear()
    with pytest.raises(Disagreement, match="by sympy"):
        AlgebraJudge().decide(claim("limit(lambda x: (x - sin(x)) / x**3, 0) == 1 / 6"), Budget())
    series._limit.cache_clear()


def test_a_wrong_limit_of_sympy_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*args: Any) -> Any:
        return sympy.Rational(1, 3)

    monkeypatch.setattr(sympy, "limit", wrong)
    verdict = AlgebraJudge().decide(claim("limit(lambda x: x * log(x), 0, side='above') == 1 / 3"), Budget())
    assert verdict.outcome is Outcome.OPEN
    assert "balls do not see" in verdict.reason


@pytest.mark.parametrize(
    "text",
    ["exp(-x) / sin(x)", "exp(-x) / cos(x)", "sin(x) * exp(-x) / sin(x)", "exp(-x) * sin(x)**-2", "sqrt(2 + sin(x)) / x", "log1p(cos(x)) / exp(x)"],
)
def test_no_limit_is_proved_of_what_may_have_poles_all_the_way(text: str) -> None:
    """Two points on the way, and sympy, see nothing of the poles of exp(-x) / sin(x)."""
    verdict = AlgebraJudge().decide(claim(f"limit(lambda x: {text}, infinity) == 0"), Budget())
    assert verdict.outcome is Outcome.OPEN
    assert "oscillation" in verdict.reason


@pytest.mark.parametrize("text", ["(sin(x) + cos(x)) / x", "1 / (sin(exp(-x)) * exp(x)) - 1", "sqrt(cos(1 / x)) - 1"])
def test_oscillations_elsewhere_do_no_harm(text: str) -> None:
    assert AlgebraJudge().decide(claim(f"limit(lambda x: {text}, infinity) == 0"), Budget()).outcome is Outcome.PROVED


def test_it_is_shown_as_written() -> None:
    (conclusion,) = claim("limit(lambda x: sin(x) / x, 0, side='above') == 1").conclusions
    assert show(conclusion) == 'limit(lambda x: sin(x) / x, 0, side="above") == 1'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("limit(1, 0) == 0", "expected a lambda"),
        ("limit(lambda x, y: x, 0) == 0", "expected a lambda with one parameter"),
        ("limit(lambda x: fl(x), 0) == 0", "no limit is taken of"),
        ("limit(lambda x: x if x > 0 else 0, 0) == 0", "no limit is taken of"),
        ("limit(lambda x: x, nan) == 0", "expected a rational number or an infinity"),
        ("limit(lambda x: x, sqrt(2)) == 0", "expected a rational number or an infinity"),
        ("limit(lambda x: x, 0, side='left') == 0", "side="),
        ("limit(lambda x: x, infinity, side='above') == 0", "an infinity has one side"),
        ("limit(lambda x: x**1000, 0) == 0", "exponent"),
        ("limit(lambda x: limit(lambda y: y, 0) + x, 0) == 0", "no limit is taken of"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(TheoryError, match=message):
        claim(text)


def test_no_variable_of_the_lemma_stands_in_it() -> None:
    text = "from fpproof.lang import *\n@lemma\ndef l(a: Real):\n    show(limit(lambda x: a * x, 0) == 0)\n"
    with pytest.raises(TheoryError, match="no limit is taken of a"):
        read_theory_text(text)
