"""Algebra and enclosure: verdicts that are known, traps of domains, and mpmath, which must never contradict them."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import gmpy2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.judges import Budget, ExactJudge, Finding, Judge, Outcome, Referee
from fpproof.judges.algebra import AlgebraJudge
from fpproof.judges.algebra.formulas import both
from fpproof.judges.algebra.translate import Real, Steps
from fpproof.judges.enclosure import EnclosureJudge
from fpproof.judges.enclosure.search import Search
from fpproof.judges.inputs import text_of
from fpproof.judges.reals.boxes import whole_box
from fpproof.judges.reals.intervals import Arithmetic, Interval
from fpproof.theory import EVERY, Lemma, formats_of, instances, read_theory
from tests.judges.real_oracles import claim, named, opinion
from tests.judges.statements import real_statements

ALGEBRA: Judge = AlgebraJudge()
ENCLOSURE: Judge = EnclosureJudge()
BUDGET = Budget(cases=150, resource=2_000_000, precision=512)
JUDGES = {"a": ALGEBRA, "e": ENCLOSURE}
OUTCOMES = {"p": Outcome.PROVED, "r": Outcome.REFUTED, "v": Outcome.VACUOUS, "o": Outcome.OPEN}

X, XY = "x: Real |", "x: Real, y: Real |"
KNOWN = [
    # statement, what algebra and enclosure say: p proved, r refuted, v vacuous, o open
    (f"{XY} show((x + y)**2 == x**2 + 2*x*y + y**2)", "pp"),
    (f"{XY} show((x + y)**2 == x**2 + 1.999*x*y + y**2)", "rr"),
    (f"{X} assume(x != 1); show((x**3 - 1) / (x - 1) == x**2 + x + 1)", "pp"),
    (f"{X} show((x**3 - 1) / (x - 1) == x**2 + x + 1)", "rr"),
    (f"{X} show(x**2 != 2)", "ro"),
    (f"{X} show(x**3 != 2)", "oo"),
    (f"{X} show(x**4 - 4*x + 3 >= 0)", "pp"),
    (f"{X} show(x**4 - 4*x + 2.999999 >= 0)", "rr"),
    (f"{X} show(x**4 - 4*x + 3 > 0)", "rr"),
    (f"{XY} show(x**2 + y**2 >= 2*x*y)", "po"),
    (f"{XY} assume(x > 0, y > 0); show(x/y + y/x >= 2)", "po"),
    (f"{XY} show(tanh(x - y) == (tanh(x) - tanh(y)) / (1 - tanh(x) * tanh(y)))", "pp"),
    (f"{X} show(cos(3*x) == 4*cos(x)**3 - 3*cos(x), sin(x/2)**2 == (1 - cos(x))/2)", "pp"),
    (f"{X} show(cos(3*x) == 4*cos(x)**3 - 3.0001*cos(x))", "rr"),
    (f"{XY} assume(x <= y); show(exp(x) <= exp(y), tanh(x) <= tanh(y))", "pp"),
    (f"{XY} assume(x <= y); show(exp(x) < exp(y))", "rr"),
    (f"{X} show(sqrt(x**2) == abs(x))", "pp"),
    (f"{X} show(max(x, 0) - max(-x, 0) == x, max(x, -x) == abs(x))", "pp"),
    (f"{X} assume(exp(x) < 1/2); show(x < 0)", "pp"),
    (f"{X} show(exp(x) > 0, -1 < tanh(x) < 1, cosh(x) >= 1)", "pp"),
    (f"{X} show(tanh(x) < 0.9999999999999999)", "rr"),
    # Touching
    (f"{X} assume(0 <= x <= 1); show(log(1 + x) <= x - x**2/6)", "op"),
    (f"{X} assume(0 <= x); show(x - x**3/3 <= tanh(x))", "op"),
    (f"{X} assume(0 < x); show(x - x**3/3 < tanh(x))", "op"),
    (f"{X} assume(0 <= x); show(x - x**3/3 < tanh(x))", "rr"),
    (f"{X} assume(abs(x) <= 1); show(cos(x) <= 1 - x**2/2 + x**4/24)", "op"),
    (f"{X} assume(abs(x) <= 1); show(cos(x) <= 1 - x**2/2 + x**4/25)", "rr"),
    (f"{X} assume(0 <= x <= 1); show((3*x - 1)**2 * exp(x) >= 0)", "pp"),
    (f"{X} assume(0 <= x <= 1); show((3*x - 1)**2 * exp(x) > 0)", "rr"),
    (f"{X} show(log(1 + exp(x)) <= max(x, 0) + log(2))", "op"),
    # Ends at infinity, and functions that grow together
    (f"{X} show(exp(x) >= 1 + x + x**2/2 + x**3/6)", "op"),
    (f"{X} assume(x >= 0); show(x * exp(-x) <= 0.367880)", "op"),
    (f"{X} assume(x >= 0); show(x * exp(-x) <= 0.367879)", "rr"),
    (f"{X} show(exp(sin(x)) <= tanh(sin(x)))", "rr"),
    (f"{X} assume(0 < x < 1); show(exp(-x) >= tanh(-x) + 1)", "pp"),
    (f"{X} show(x / (1 + exp(-x)) > -0.27847)", "op"),
    (f"{X} show(erf(x) < 1)", "op"),
    (f"{X} show(softplus(x) - softplus(-x) == x, sigmoid(-x) == 1 - sigmoid(x), derivative(softplus(x), x) == sigmoid(x))", "pp"),
    (f"{X} assume(x > -1); show(log1p(x) == log(1 + x), log1p(x) <= x, expm1(log1p(x)) == x)", "pp"),
    (f"{X} show(expm1(x) >= x, abs(atan(x)) <= abs(x), abs(atan(x)) < 1.5708)", "op"),
    (f"{X} show(abs(atan(x)) < 1.5707)", "or"),
    (f"{X} show(sigmoid(x) <= 1/2 + x/4)", "rr"),
    # Domains
    (f"{X} show(x / x == 1)", "rr"),
    (f"{X} assume(x != 0); show(x / x == 1)", "pp"),
    (f"{X} assume(x / x == 1); show(x != 0)", "pp"),
    (f"{X} assume(1/x > 1); show(0 < x < 1)", "rr"),
    (f"{X} assume(1/x > 1); show(0 <= x < 1)", "pp"),
    (f"{X} show((x - 1/7) / (x - 1/7) == 1)", "rr"),
    (f"{XY} show((x - y**3) / (x - y**3) == 1)", "rr"),
    (f"{X} assume(x > 1/9); show((x**2 - 2) / (x**2 - 2) == 1)", "ro"),
    (f"{X} assume(-1/9 < x < 1); show(finite(1 / (x - 1/7)))", "rr"),
    (f"{X} assume(0 <= x <= 0.01); show(x - x**3/3 < tanh(x))", "rr"),
    (f"{X} assume(0 < x <= 0.01); show(x - x**3/3 < tanh(x))", "op"),
    (f"{X} assume(0 < x < 1); show(1 / (x - 1/7) < 10**6 or x >= 0)", "pp"),
    (f"{X} show(sqrt(x) >= 0)", "rr"),
    (f"{X} show(not sqrt(x) < 0)", "pp"),
    (f"{X} assume(sqrt(x) >= 0); show(x >= 0)", "po"),
    (f"{X} assume(x >= 0); show(log(x) <= x)", "op"),
    (f"{X} assume(x >= 0); show(log(x) > -1000000)", "rr"),
    (f"{X} show(log(x**2) == 2*log(x))", "rr"),
    (f"{XY} assume(x > 0, y > 0); show(log(x*y**2) == log(x) + 2*log(y), exp(log(x)) == x)", "pp"),
    (f"{XY} show(log(x*y) == log(x) + log(y))", "rr"),
    (f"{X} show(x == x, x*0 == 0, x**0 == 1)", "pp"),
    (f"{X} show(exp(log(x)) == x)", "rr"),
    (f"{X} assume(x < 0); show(log(x) != log(x))", "pp"),
    # Nothing to speak of
    (f"{XY} assume(x**2 + y**2 < 0); show(x > 1)", "vv"),
    (f"{X} assume(exp(x) < 1, x > 0); show(x > 1)", "vv"),
    (f"{X} assume(sin(x) > 1); show(x > 1)", "vv"),
    # Other domains of variables
    ("n: Int | assume(0 <= n <= 10); show(n**2 <= 10*n, exp(n) >= n + 1)", "pp"),
    ("n: Int | show(2*n != 1)", "op"),
    ("x: Float | show(1/x != 0)", "oo"),
    ("x: Float, y: Float | show(2*x*y <= x**2 + y**2)", "po"),
]


@pytest.mark.parametrize(("text", "expected"), [(text, expected) for text, expected in KNOWN], ids=[text for text, _ in KNOWN])
def test_known(text: str, expected: str) -> None:
    stated = claim(text)
    for judge, letter in zip(JUDGES.values(), expected, strict=True):
        verdict = judge.decide(stated, BUDGET)
        assert verdict.outcome is OUTCOMES[letter], f"{judge.name}: {verdict}"
        if verdict.counterexample is not None:
            assert Referee(stated).at(verdict.counterexample.values) is Finding.FAILS


FALSE = [
    # what is wrong at one point, or on one side of it
    f"{X} assume(0 <= x <= 1); show(finite((1 - log(x)) * log(1 - log(x))))",  # infinite at 0
    f"{X} assume(-1 <= x <= 1); show(not same(sqrt(-1 - x*x), sqrt(x)))",  # both NaN at -1
    f"{X} assume(-1 <= x <= 0); show(abs(x) <= x + x**2)",  # abs is not x on the left of 0
    f"{X} assume(-1 <= x <= 0); show(max(x, -x) <= x + x**2)",
    f"{X} assume(0 <= x <= 1); show(abs(x - 0.1) + exp(x) - exp(x) >= 0.05)",  # a kink that is not in the middle
    f"{X} assume(x >= 0); show(1 / (2/x - 1/x) <= x + 1)",  # NaN at 0
    f"{X} assume(x == 0); show(1 / log1p(-x) > 0)",  # log1p(-0) is -0
    f"{X} assume(x == 0); show(same(expm1(-x), x))",
]


@pytest.mark.parametrize("text", FALSE)
def test_false_at_a_point(text: str) -> None:
    assert ENCLOSURE.decide(claim(text), BUDGET).outcome is Outcome.REFUTED


@pytest.mark.parametrize("judge", JUDGES.values(), ids=list(JUDGES))
def test_definitions_refute_nothing(judge: Judge) -> None:
    """log(1 + -0) is +0, so a counterexample is one of the claim as it was given."""
    assert judge.decide(claim(f"{X} assume(x == 0); show(1 / log1p(-x) < 0)"), BUDGET).outcome is Outcome.OPEN


def test_numbers_of_more_digits_than_python_reads() -> None:
    """Models of z3 come as texts; a root of such a number is written without Python's integers, too."""
    assert AlgebraJudge().decide(claim(f"{XY} show(x + y < 2**15000 or exp(y) < 1)"), Budget()).outcome is not Outcome.PROVED
    verdict = AlgebraJudge().decide(claim(f"{X} assume(x > 0); show(x**2 != 1 + 1 / 2**20000)"), Budget())
    assert verdict.counterexample is not None
    ((variable, value),) = verdict.counterexample.values.items()
    assert len(text_of(variable, value)) > 4300


def test_long_coefficients_of_cubics_are_left_alone() -> None:
    """Their roots would take minutes to isolate, and no budget ends that."""
    verdict = AlgebraJudge().decide(claim(f"{X} show(x**3 < 3**30000 + 1)"), Budget())
    assert verdict.outcome is Outcome.OPEN
    assert "more than 4096 bits" in verdict.reason


def test_no_float_between_neighbours() -> None:
    """All reals of the box meet the assumptions, and no float is among them."""
    stated = claim("x: Float | assume(5/4 < x, x < 11/8); show(x * x > 1)")
    assert ENCLOSURE.decide(stated, BUDGET).outcome is Outcome.OPEN


HAIR = [
    # a statement with a constant, one for which it is proved by enclosure, and one a hair beyond it, for which it is refuted
    ("show(exp(x) >= 1 + {}*x)", "1", "1.000001"),
    ("assume(x >= 0); show(x*exp(-x) <= {})", "0.36787944117144233", "0.36787944117144232"),
    ("assume(0 <= x <= 1); show(sin(x) <= x - x**3/6 + ({})*x**5)", "1/120", "1/120 - 10**-9"),
    ("show(tanh(x) < {})", "1", "1 - 10**-30"),
    ("assume(x > 0); show(log(x) <= ({})*x)", "0.36787944117144233", "0.36787944117144232"),
    ("assume(x >= 0); show(sqrt(x) <= ({})*(x + 1))", "1/2", "0.49999999999"),
    ("assume(x >= 0); show(sigmoid(x) - 1/2 <= ({})*x)", "1/4", "0.2499999"),
    ("show(softplus(x) <= max(x, 0) + {})", "0.6931471805599454", "0.6931471805599453"),
    ("show(x*sigmoid(x) >= {})", "-0.27846454276107383", "-0.27846454276107379"),
    ("show(x**2*exp(-x**2) <= {})", "0.36787944117144233", "0.36787944117144232"),
    ("show(1/(1 + x**2) <= {})", "1", "0.99999999999999999"),
]


@pytest.mark.parametrize(("text", "good", "bad"), HAIR, ids=[text for text, _, _ in HAIR])
def test_by_a_hair(text: str, good: str, bad: str) -> None:
    outcomes = [ENCLOSURE.decide(claim(f"{X} {text.format(c)}"), Budget(cases=600, precision=1024)).outcome for c in (good, bad)]
    assert outcomes == [Outcome.PROVED, Outcome.REFUTED]
    assert ALGEBRA.decide(claim(f"{X} {text.format(bad)}"), BUDGET).outcome in (Outcome.REFUTED, Outcome.OPEN)


def points(text: str, number: int = 40) -> list[dict[str, Fraction]]:
    """Rational inputs of a statement within its bounds, corners among them."""
    box, names, random = whole_box(claim(text)), [v.variable.name for v in claim(text).variables], Random(text)
    found = []
    for _ in range(number):
        point = {}
        for name, r in zip(names, box, strict=True):
            low = Fraction(-50) if r.low is None else Fraction(int(r.low.numerator), int(r.low.denominator))
            high = Fraction(50) if r.high is None else Fraction(int(r.high.numerator), int(r.high.denominator))
            weight = random.choice([Fraction(0), Fraction(1), Fraction(1, 1000), Fraction(random.randint(1, 999), 1000)])
            weight = min(max(weight, Fraction(int(r.low_open), 10**6)), 1 - Fraction(int(r.high_open), 10**6))
            point[name] = low + (high - low) * weight
        found.append(point)
    return found


@given(st.one_of(real_statements(1, ("x",)), real_statements(2, ("x",)), real_statements(1)))
@settings(max_examples=60)
def test_mpmath_never_contradicts(text: str) -> None:
    """Neither a proof, at any of many inputs, nor a counterexample."""
    stated = claim(text)
    if any(r.empty for r in whole_box(stated)):
        return
    for judge in (ALGEBRA, ENCLOSURE):
        verdict = judge.decide(stated, Budget(cases=30, resource=200_000, precision=256))
        if verdict.outcome is Outcome.PROVED:
            assert [p for p in points(text) if opinion(text, p) is False] == [], judge.name
        if verdict.counterexample is not None:
            assert opinion(text, named(verdict.counterexample.values)) is not True, judge.name


@pytest.mark.parametrize("text", [f"{X} assume(0 <= x <= 1); show(log(1 + x) <= x - x**2/3)", f"{X} assume(0 <= x <= 1); show(1 + 1.1*x <= exp(x))"])
def test_mpmath_sees_what_is_false(text: str) -> None:
    """The control: the second opinion tells a false statement."""
    assert any(opinion(text, p) is False for p in points(text, 400))


REAL = Path(__file__).parent.parent.parent / "theories" / "real"
LEMMAS = {f"{path.stem}:{lemma.name}": lemma for path in sorted(REAL.glob("*.py")) for lemma in read_theory(path).lemmas}


@pytest.mark.parametrize("lemma", list(LEMMAS.values()), ids=list(LEMMAS))
def test_theories_as_expected(lemma: Lemma) -> None:
    """By one judge or another, those without variables by evaluation too, and never by two in different ways."""
    (stated,) = instances(lemma, formats_of(lemma, EVERY))
    by_algebra = ALGEBRA.decide(stated, Budget()).outcome.value
    by_enclosure = ENCLOSURE.decide(stated, Budget(cases=1000 if by_algebra == "open" else 50)).outcome.value
    by_evaluation = "open" if stated.variables else ExactJudge().decide(stated, Budget()).outcome.value
    assert {by_algebra, by_enclosure, by_evaluation} - {"open"} == {lemma.expect}
    assert not lemma.speaks_of_formats


@pytest.mark.parametrize("name", ["activations", "bounds", "descent"])
def test_each_file_has_a_control(name: str) -> None:
    assert {"proved", "refuted"} <= {lemma.expect for n, lemma in LEMMAS.items() if n.startswith(f"{name}:")}


def test_without_the_side_condition_of_division(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant: quotients that are real wherever their parts are."""
    text = f"{X} assume(x > 1/9); show((x**2 - 2) / (x**2 - 2) == 1)"
    assert ALGEBRA.decide(claim(text), BUDGET).outcome is Outcome.REFUTED
    quotient = Steps._quotient

    def careless(steps: Steps, x: Real, y: Real) -> Real:
        return replace(quotient(steps, x, y), real=both(x.real, y.real))

    monkeypatch.setattr(Steps, "_quotient", careless)
    assert ALGEBRA.decide(claim(text), BUDGET).outcome is Outcome.PROVED


def test_without_nan_in_divisions_by_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant: what is divided by an interval with 0 in it is taken for a real number."""
    text = f"{X} assume(-1/9 < x < 1); show(finite(1 / (x - 1/7)))"
    divide, infinity = Arithmetic.divide, gmpy2.mpfr("inf")
    monkeypatch.setattr(
        Arithmetic, "divide", lambda self, x, y: Interval(-infinity, infinity, True, True) if y.has_zero else divide(self, x, y)
    )
    assert ENCLOSURE.decide(claim(text), BUDGET).outcome is Outcome.PROVED


def test_without_the_face_on_which_both_sides_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant: a strict inequality is taken for shown where its sides are equal."""
    monkeypatch.setattr(Search, "_excluded", lambda *_: True)
    assert ENCLOSURE.decide(claim(f"{X} assume(0 <= x <= 0.01); show(x - x**3/3 < tanh(x))"), BUDGET).outcome is Outcome.PROVED
