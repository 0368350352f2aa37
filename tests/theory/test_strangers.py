"""Lemmas as a stranger would write them, in odd corners: each decided by brute force that shares nothing with fpproof, and by every judge."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product

import pytest

from fpproof.formats import parse_format
from fpproof.judges import Budget, ExactJudge, Finding, Outcome, Referee, SamplingJudge
from fpproof.judges.enumeration.source import Beyond, NoDomain, kernel
from fpproof.judges.plan import agree
from fpproof.theory import Claim, instances, read_theory_text
from tests.judges.interpreted import interpreted
from tests.theory.brute import FORMATS, NAN, Floats, X, add, x

Statement = Callable[..., bool | None]
"""Whether it holds of a format and values; None where the assumptions do not. Without one, see `expected`."""

ZERO, ONE, TWO = x(0), x(1), x(2)


def given(assumed: bool, shown: Callable[[], bool]) -> bool | None:
    return shown() if assumed else None


def least(a: X, b: X) -> X:
    """Of numbers that are not NaN; -0 is less than +0."""
    return a if a < b or (a == b and a.negative) else b


def step(f: Floats, v: X) -> X:
    """relu(v - 1) - relu(v - 2), each operation rounded, as a layer computes it."""
    z1, z2 = f.fl(v + x(-1)), f.fl(v + x(-2))
    a1, a2 = (z if z > ZERO else ZERO for z in (z1, z2))
    return f.fl(a1 + -a2)


def pairwise(f: Floats, a: X, b: X, c: X, d: X) -> X:
    return f.fl(f.fl(a + b) + f.fl(c + d))


def chain(f: Floats, *values: X) -> X:
    total = values[0]
    for v in values[1:]:
        total = f.fl(total + v)
    return total


LEMMAS: list[tuple[str, str, Statement | None]] = [
    # Zeros and their signs
    ("x: Float", "show(same(fl(x - x), 0.0))", lambda f, a: f.fl(a - a).same(ZERO)),
    ("x: Float", "show(same(fl(x - x, to=down), -0.0))", lambda f, a: f.fl(add(a, -a, down=True), "down").same(-ZERO)),
    ("x: Float", "show(same(0.0 - x, -x))", lambda f, a: (ZERO - a).same(-a)),
    ("x: Float", "show(same(-0.0 - x, -x))", lambda f, a: (-ZERO - a).same(-a)),
    ("x: Datum", "show(same(-(-x), x), same(x * 1, x), same(x / 1, x))", lambda f, a: (-a).same(-a)),
    ("x: Float", "show(same(x + 0.0, x))", lambda f, a: (a + ZERO).same(a)),
    ("x: Float", "show(same(x + -0.0, x))", lambda f, a: (a + -ZERO).same(a)),
    ("x: Float", "show(same(x if x > 0 else -x, abs(x)))", lambda f, a: (a if a > ZERO else -a).same(abs(a))),
    ("x: Float", "show(same(x if x >= 0 else -x, abs(x)))", lambda f, a: (a if a >= ZERO else -a).same(abs(a))),
    ("x: Datum", "show((x if x > 0 else -x) == abs(x))", lambda f, a: (a if a > ZERO else -a) == abs(a)),
    ("x: Float, y: Float", "show(same(min(x, y), -max(-x, -y)), min(x, y) <= x)", lambda f, a, b: least(a, b) <= a),
    ("x: Float, y: Float", "show(same(min(x, y), x if x <= y else y))", lambda f, a, b: least(a, b).same(a if a <= b else b)),
    ("x: Float, y: Float", "assume(x * y == 0); show(x == 0 or y == 0)", lambda f, a, b: given((a * b).zero, lambda: a.zero or b.zero)),
    ("x: Float, y: Float", "assume(fl(x * y) == 0); show(x == 0 or y == 0)", lambda f, a, b: given(f.fl(a * b).zero, lambda: a.zero or b.zero)),
    ("x: Float", "show(1 / x == 1 / abs(x))", lambda f, a: ONE / a == ONE / abs(a)),
    # NaN and infinities
    ("x: Datum", "show(x == x)", lambda f, a: a == a),
    ("x: Datum", "show(x != x or x <= infinity)", lambda f, a: a.kind == "nan" or a <= X(kind="infinite")),
    ("x: Datum, y: Datum", "show((not x < y) == (y <= x))", lambda f, a, b: (not a < b) == (b <= a)),
    ("x: Datum", "show(x ** 0 == 1, same(x ** 1, x))", lambda f, a: True),
    ("x: Datum", "show(finite(x) == (x - x == 0))", lambda f, a: a.finite == (a - a == ZERO)),
    ("x: Float, y: Float", "assume(y != 0); show(finite(fl(x / y)))", lambda f, a, b: given(not b.zero, lambda: f.fl(a / b).finite)),
    ("x: Datum, y: Datum", "show(is_nan(fl(x + y)) == (is_nan(x) or is_nan(y)))",
     lambda f, a, b: (f.fl(a + b).kind == "nan") == (NAN.kind in (a.kind, b.kind))),
    # Rounding
    ("x: Float, y: Float", "show((fl(x - y) == 0) == (x == y))", lambda f, a, b: f.fl(a - b).zero == (a == b)),
    ("x: Float, y: Float", "show(is_float(x + y) == (fl(x + y) == x + y))", lambda f, a, b: f.is_float(a + b) == (f.fl(a + b) == a + b)),
    ("x: Float, y: Float", "show(fl(x + y, to=down) <= x + y <= fl(x + y, to=up))",
     lambda f, a, b: f.fl(a + b, "down") <= a + b <= f.fl(a + b, "up")),
    ("x: Float, y: Float", "assume(fl(x * y) == 1); show(x * y == 1)", lambda f, a, b: given(f.fl(a * b) == ONE, lambda: a * b == ONE)),
    ("x: Float", "show(fl(x / 3, to=up) == -fl(-x / 3, to=down))", lambda f, a: f.fl(a / x(3), "up") == -f.fl(-a / x(3), "down")),
    ("x: Float", "show(fl(x / 3, to=to_odd) == fl(x / 3) or fl(x / 3, to=to_odd) == fl(x / 3, to=up))",
     lambda f, a: f.fl(a / x(3), "odd") in (f.fl(a / x(3)), f.fl(a / x(3), "up"))),
    ("x: Float", "show(fl(x / 2, to=nearest_away) == fl(x / 2))", lambda f, a: f.fl(a / TWO, "away") == f.fl(a / TWO)),
    ("x: Float, y: Float", "show(abs(fl(x + y, to=toward_zero)) <= abs(fl(x + y)))", lambda f, a, b: abs(f.fl(a + b, "zero")) <= abs(f.fl(a + b))),
    ("x: Float", "show(fl(x * x) != 12)", lambda f, a: f.fl(a * a) != x(12)),
    ("x: Float", "assume(x != 1.5); show(fl(x * x) != 2)", lambda f, a: given(a != x("1.5"), lambda: f.fl(a * a) != TWO)),
    ("x: Float, y: Float", "assume(x < y); show(fl((x + y) / 2) < y)", lambda f, a, b: given(a < b, lambda: f.fl((a + b) / TWO) < b)),
    ("x: Float, y: Float", "assume(x <= y); show(x <= fl(fl(x + y) / 2) <= y)",
     lambda f, a, b: given(a <= b, lambda: a <= f.fl(f.fl(a + b) / TWO) <= b)),
    # Neighbours, exponents
    ("x: Float", "show(pred(succ(x)) == x)", lambda f, a: given(True, lambda: f.pred(f.succ(a)) == a) if f.succ(a).finite else True),
    ("x: Float", "assume(abs(x) < F.Omega); show(same(pred(succ(x)), x))", lambda f, a: given(abs(a.r) < f.top, lambda: f.pred(f.succ(a)).same(a))),
    ("x: Float", "assume(0 <= x < F.Omega); show(succ(x) - x == ulp(x))", lambda f, a: given(0 <= a.r < f.top, lambda: f.succ(a) - a == f.ulp(a))),
    ("x: Float", "assume(abs(x) < F.Omega); show(succ(x) - x == ulp(x))", lambda f, a: given(abs(a.r) < f.top, lambda: f.succ(a) - a == f.ulp(a))),
    ("x: Float", "show(pow2(exponent(x)) <= abs(x))", lambda f, a: x(Fraction(2) ** f.exponent(a)) <= abs(a)),
    ("x: Float", "assume(x != 0); show(1 <= abs(significand(x)) < 2)",
     lambda f, a: given(not a.zero, lambda: 1 <= abs(a.r) / Fraction(2) ** f.exponent(a) < 2)),
    ("x: Float", "assume(x == 3 * F.omega); show(exponent(x) == F.emin)", lambda f, a: given(a.r == 3 * f.grid[1], lambda: f.exponent(a) == f.emin)),
    # Integers and ranges
    ("n: Int", "assume(-20 <= n <= 20); show(n // 3 * 3 + n % 3 == n, 0 <= n % 3 < 3, n // -3 * -3 + n % -3 == n)", None),
    ("x: Float", "show(all(fl(x + i) >= x for i in range(F.p)))", lambda f, a: all(f.fl(a + x(i)) >= a for i in range(f.p))),
    ("x: Float", "show(any(abs(x) <= pow2(i) for i in range(F.emin, F.emax + 1)))",
     lambda f, a: any(abs(a) <= x(Fraction(2) ** i) for i in range(f.emin, f.emax + 1))),
    # Existence
    ("x: Float, y: Float", "assume(x < y); show(exists(Float, lambda w: x < w < y))",
     lambda f, a, b: given(a < b, lambda: any(a < w < b for w in f.floats))),
    ("x: Float", "show(exists(Float, lambda w: fl(x + w) == 0, witness=x))", lambda f, a: any(f.fl(a + w).zero for w in f.floats)),
    ("x: Float", "assume(x != 0); show(exists(Float, lambda w: fl(x * w) == 1))",
     lambda f, a: given(not a.zero, lambda: any(f.fl(a * w) == ONE for w in f.floats))),
    # Vacuous
    ("x: Float", "assume(x > F.Omega); show(False)", lambda f, a: given(a.r > f.top, lambda: False)),
    ("x: Float, y: Float", "assume(x < y, y < x); show(x == y)", lambda f, a, b: given(a < b and b < a, lambda: a == b)),
    ("x: Float", "assume(x * x == 2); show(x == 1)", lambda f, a: given(a * a == TWO, lambda: a == ONE)),
    ("x: Datum", "assume(is_nan(x)); show(finite(x))", lambda f, a: given(a.kind == "nan", lambda: a.finite)),
    ("x: Datum", "assume(x > F.Omega); show(same(x, infinity))", lambda f, a: given(a > x(f.top), lambda: a.same(X(kind="infinite")))),
    # Vectors, networks
    ("v: Vector[Float, 2]", "show(rounded(sum(v)) == fl(v[0] + v[1]), max(v) >= v[1])", lambda f, a, b: True),
    ("x: Float", "f = layers(relu([[1], [1]], bias=[-1, -2]), affine([[1, -1]])); show(value(f, x) <= 1)", lambda f, a: step(f, a) <= ONE),
    ("x: Float", "f = layers(relu([[1], [1]], bias=[-1, -2]), affine([[1, -1]])); show(gradient(f, x, 1) == (1 if 1 < x <= 2 else 0))", None),
    ("x: Float", "v = (x, 1, x, -1); W = [[1, 1, 1, 1]]; show(value(layers(affine(W), semantics='pairwise'), v) == value(layers(affine(W)), v))",
     lambda f, a: pairwise(f, a, ONE, a, -ONE) == chain(f, a, ONE, a, -ONE)),
]  # fmt: skip


def slope_of_step(f: Floats, a: X) -> bool:
    """The masks of both neurons, as the rounded pre-activations say."""
    masks = [1 if f.fl(a + x(-k)) > ZERO else 0 for k in (1, 2)]
    return masks[0] - masks[1] == (1 if ONE < a <= TWO else 0)


def expected(f: Floats, parameters: str, text: str, statement: Statement | None) -> Outcome:
    if parameters == "n: Int":
        return Outcome.PROVED  # of Python's integers
    statement = slope_of_step if statement is None else statement
    domains = [f.data if "Datum" in part else f.floats for part in parameters.split(", ")]
    domains = domains if "Vector" not in parameters else [f.floats] * 2
    found = [statement(f, *values) for values in product(*domains)]
    if False in found:
        return Outcome.REFUTED
    return Outcome.PROVED if True in found else Outcome.VACUOUS


def formats_for(parameters: str, text: str) -> list[str]:
    """Every format for lemmas of one variable, small ones where there are pairs to look at."""
    if "exists" in text:
        return ["E2M1", "F(1,2)"]
    return ["E2M1", "F(1,2)", "F(2,3)", "E3M2"] if "," in parameters else list(FORMATS)


def enumerated(claim: Claim) -> Outcome | None:
    """What the enumeration judge's kernel says, run by Python; None where there is none."""
    try:
        plan = kernel(claim)
    except (Beyond, NoDomain):
        return None
    chunk = interpreted(plan).run(0, plan.units, 10**9)
    assert not chunk.reason
    return Outcome.REFUTED if chunk.failing is not None else (Outcome.PROVED if chunk.met else Outcome.VACUOUS)


CASES = [(parameters, text, statement, name) for parameters, text, statement in LEMMAS for name in formats_for(parameters, text)]


@pytest.mark.parametrize(("parameters", "text", "statement", "name"), CASES, ids=[f"{t[:60]} {n}" for _, t, _, n in CASES])
def test_every_judge_says_what_brute_force_says(parameters: str, text: str, statement: Statement | None, name: str) -> None:
    lines = "".join(f"    {line.strip()}\n" for line in text.split(";"))
    lemma = read_theory_text(f"from fpproof.lang import *\n@lemma\ndef l({parameters}):\n{lines}").lemmas[0]
    (claim,) = instances(lemma, parse_format(name))
    right = expected(FORMATS[name], parameters, text, statement)
    exact, sampled = ExactJudge().decide(claim, Budget()), SamplingJudge(300).decide(claim, Budget())
    assert exact.outcome is right
    agree("l", name, ((v.judge, v.outcome) for v in (exact, sampled)))
    if name in ("E2M1", "F(1,2)"):
        assert enumerated(claim) in (right, None)
    for verdict in (exact, sampled):
        if verdict.counterexample is not None:
            assert Referee(claim).at(verdict.counterexample.values) is Finding.FAILS


def test_there_are_lemmas_of_every_kind() -> None:
    kinds = [expected(FORMATS["F(2,3)"], p, t, s) for p, t, s in LEMMAS]
    assert {kind: kinds.count(kind) > 2 for kind in (Outcome.PROVED, Outcome.REFUTED, Outcome.VACUOUS)} == {
        Outcome.PROVED: True,
        Outcome.REFUTED: True,
        Outcome.VACUOUS: True,
    }
    assert len(LEMMAS) > 50
