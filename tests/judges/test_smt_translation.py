"""The translation to bit-vectors says what the referee says, at all inputs of small formats and at samples of large ones; no solver is asked."""

from collections.abc import Callable

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.encodings import EncodingError, floats, numbers, places, ratios
from fpproof.encodings.numbers import Number
from fpproof.encodings.terms import FALSE, constant
from fpproof.errors import FpproofError, TheoryError
from fpproof.formats import Format, parse_format
from fpproof.judges import Budget, ExactJudge
from fpproof.judges.smt import leaves, linear, values
from fpproof.judges.smt.kinds import Kind
from fpproof.judges.smt.question import question
from fpproof.theory import Claim, instances, read_theory_text
from tests.judges.statements import bounds, conditions
from tests.judges.translated import claim, every_input, some_inputs, wrong_answers

CONSTRUCTS = {
    "rounding": "x: Datum | show(fl(x / 3, to=up) >= fl(x * x), fl(x + 1, G, to=to_odd) <= fl(x - 0.1, to=nearest_away))",
    "exactness": "x: Datum | show(fl(x * x) == x * x, same(fl(x / 4, to=down), x / 4), fl(sqrt(x), G) == sqrt(x))",
    "zeros": "x: Datum | show(same(fl(x - x, to=down), -0.0), same(x - x, 0), same(1 / x, 1 / -x), same(min(x, -0.0), max(x, 0.0)))",
    "places": "x: Datum | show(ulp(x * x) * significand(x) <= pow2(exponent(x / 3)), succ(pred(x)) == x, succ(x / 3) > pred(x * 3))",
    "gaps": "x: Datum | show(same(fl(pred(x) - x, to=down), x - succ(x)), abs(x) - pred(abs(x)) == pow2(exponent(x)), (pred(x) - x) / 3 < -ulp(x))",
    "quotients": "x: Datum | show(abs(fl(1 / x) - 1 / x) <= abs(1 / x) / 16, x / (1 / x) == x * x, x**-2 > 0.3)",
    "sums of quotients": "x: Datum | show(fl(1 / x + x / 3) < 1 / x + x, min(1 / x, x) != max(3 / x, x))",
    "roots": "x: Datum | show(fl(sqrt(x * x)) == abs(x), sqrt(x) < x + 1, sqrt(x) * 4 != x, fl(2 * sqrt(x), to=toward_zero) <= 2)",
    "choices": "x: Datum, b: Bool | show((x if b else 2 * x) < fl(x, G) + (1 / x if b else 3 / x if x > 1 else x), b == (x > 0))",
    "roots in choices": "x: Datum, b: Bool | show((sqrt(x) if b else x) < (3 if x > 2 else x), -sqrt(x if b else 2 * x) > -1)",
    "membership": "x: Datum | show(is_float(x / 3) or finite(x * x) or is_nan(x + x), is_float(sqrt(x), G))",
    "integers": "x: Float, n: Int | assume(-3 <= n <= 4); show(fl(x * pow2(n)) == x * 2**n, n // 3 * 3 + n % 3 == n, 7 // n + n % -2 < abs(n))",
    "infinities": "x: Datum | show(x * infinity > 1 / x, x / infinity == 0, min(x, infinity) == x, nan == nan or x + nan == x)",
    "modes": "x: Datum | show(all(fl(x * 1.375, to=m) <= fl(x * 1.375, to=up) for m in [nearest_even, down, toward_zero, to_odd, nearest_away]))",
    "lines": "x: Float | show(abs(fl(x / 3) - x / 2) <= 0.2 * abs(x), 2 * x - x / 3 < 5 * x / 3, abs(succ(x) - 2 * x) == abs(x) / 3)",
    "infinite lines": "x: Datum | show(fl(x) - x / 2 >= x / 3, abs(x) - x <= 1 / 3, fl(2 * x) - x < 2 * x, abs(fl(x, G) - 2 * abs(x)) <= 7)",
    "reals": "r: Real | assume(r >= -1); show(fl(r) <= r, abs(r) > fl(-r, to=up) or succ(r) == r, not is_float(r, G), r < 0.75)",
    "several reals": "r: Real, s: Real | assume(r < s); show(fl(r) < fl(s), abs(r) <= fl(s, to=up))",
    "a witness": "x: Datum | show(exists(Float, lambda w: w * w == abs(x), witness=fl(sqrt(abs(x)))) or x != x)",
    "all values": "x: Float | show(exists(Float, lambda w: w * w == abs(x), format=F))",
}
"""All constructs of the language that have an encoding."""


@pytest.mark.parametrize("format", ["E2M1", "F(2,3)", "E4M3FN", "E4M3FN-sat", "E5M2", "F(2,4)"])
@pytest.mark.parametrize("name", list(CONSTRUCTS))
def test_all_inputs(name: str, format: str) -> None:
    if name in ("several reals", "all values") and format not in ("E2M1", "F(2,3)"):
        return  # too many inputs, or a witness would be needed
    asked = question(claim(CONSTRUCTS[name], format, "E3M2"))
    wrong, compared = wrong_answers(asked, some_inputs(asked, 1000, 3) if name == "several reals" else every_input(asked))
    if name == "a witness" and format != "E2M1":
        assert not [text for text in wrong if "[True]; " not in text], "a witness may not serve where something else does, but not the other way"
    else:
        assert wrong == []
    assert compared > 10


PAIRS = (
    "x: Datum, y: Datum | assume(x <= y); show(fl(x * y, to=up) >= x * y, same(max(x, y), y), fl(x - y) == x - y)",
    "x: Datum, y: Datum | show(abs(fl(x / y) - x / y) <= abs(x / y) / 8, fl(x / y, G) != x / y)",
    "x: Float, y: Float | show(fl(sqrt(x * x + y * y)) <= sqrt(x * x + y * y), abs(fl(x + y) - (x + y)) <= ulp(fl(x + y)) / 2)",
)


@pytest.mark.parametrize("text", PAIRS)
@pytest.mark.parametrize("format", ["E2M1", "F(2,3)", "E3M2"])
def test_all_pairs(text: str, format: str) -> None:
    asked = question(claim(text, format, "F(2,4)"))
    wrong, compared = wrong_answers(asked, every_input(asked))
    assert wrong == []
    assert compared > 200


@pytest.mark.parametrize("text", [*PAIRS, CONSTRUCTS["rounding"], CONSTRUCTS["places"], CONSTRUCTS["quotients"], CONSTRUCTS["exactness"]])
@pytest.mark.parametrize("format", ["binary16", "bfloat16", "binary32", "binary64"])
def test_samples(text: str, format: str) -> None:
    asked = question(claim(text, format, "bfloat16"))
    wrong, compared = wrong_answers(asked, some_inputs(asked, 60, 1))
    assert wrong == []
    assert compared > 30


NETWORKS = """
@network
def f(a: Float, b: Float):
    return layers(relu([[a], [-a]], bias=[b, None]), affine([[1, 0.5]]))

@lemma
def l(a: Float, b: Float, x: Datum, h: Float):
    assume(b <= 1)
    show(value(f(a, b), x) >= 0, gradient(f(a, b), x, h) == 0)

@lemma
def wrong(x: Float, y: Float):
    assume(x > 1 or x < -2)
    show(value(f(x, x * x), y) >= 0 or x > 3)
"""


def network_claims(format: str) -> list[tuple[str, Claim]]:
    return [(lemma.name, instances(lemma, parse_format(format))[0]) for lemma in read_theory_text(f"from fpproof.lang import *\n{NETWORKS}").lemmas]


@pytest.mark.parametrize("format", ["E2M1", "F(1,2)", "E4M3FN", "binary32"])
def test_networks(format: str) -> None:
    """Values, gradients, and weights that are no floats, at which the statement is wrong."""
    for name, found in network_claims(format):
        asked = question(found)
        inputs = every_input(asked) if name == "wrong" and format in ("E2M1", "F(1,2)") else some_inputs(asked, 300, 2)
        wrong, compared = wrong_answers(asked, inputs)
        assert wrong == []
        assert compared >= len(inputs) // 3


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, str, str]:
    names = draw(st.sampled_from([("x",), ("x", "y")]))
    domain = draw(st.sampled_from(["Float", "Datum"]))
    parameters = ", ".join(f"{v}: {domain}" for v in names)
    text = f"{parameters} | assume({draw(bounds(names))}); assume({draw(conditions(2, names))}); show({draw(conditions(2, names))})"
    formats = ["E2M1", "F(1,3)", "F(2,2)"] if len(names) == 2 else ["E2M1", "F(2,3)", "E4M3FN", "E4M3FN-sat", "E5M2", "E3M2"]
    return text, draw(st.sampled_from(formats)), draw(st.sampled_from(["binary16", "E4M3FN", "E2M1", "bfloat16"]))


@settings(max_examples=40)
@given(statements())
def test_random_statements(statement: tuple[str, str, str]) -> None:
    try:
        asked = question(claim(*statement))
    except (FpproofError, EncodingError):
        return
    assert wrong_answers(asked, every_input(asked))[0] == []


# Mutants of the translation, each caught by what is above


def lost_division_by_zero(x: ratios.Ratio, y: ratios.Ratio) -> ratios.Ratio:
    return ratios.Ratio(x.numerator, y.numerator)


def ulp_without_subnormals(x: Number, F: Format) -> Number:
    height, _ = places._height(x)
    return Number(FALSE, constant(1, 1), height, x.lowest - F.p, x.span + x.bits - 1, ~x.finite)


MUTANTS: dict[str, tuple[object, str, Callable[..., object], str]] = {
    "division": (ratios, "divide", lost_division_by_zero, "sums of quotients"),
    "ulps": (places, "ulp", ulp_without_subnormals, "places"),
    "integers": (places, "without_zero_sign", lambda x: numbers.negate(x), "integers"),
    "neighbours": (places, "succ", places.pred, "places"),
    "gaps": (floats, "gap", lambda x, y, down: floats.ulp(x), "gaps"),
    "shifts": (values, "shift_of", lambda term: (term.args[0], 1, False), "roots"),
    "finite numbers": (linear, "is_finite", lambda term: True, "infinite lines"),
    "factors": (linear, "_multiple", lambda pool, side, scale: pool.constant(mpq(1)) if not side or side[0][0] is None else side[0][0], "lines"),
    "constants": (leaves, "constant", lambda term: numbers.rational(0), "infinities"),
}


@pytest.mark.parametrize("name", list(MUTANTS))
def test_mutants_are_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, attribute, mutant, construct = MUTANTS[name]
    monkeypatch.setattr(owner, attribute, mutant)
    if attribute in ("succ", "pred"):
        monkeypatch.setattr(values, "_NEIGHBOURS", {op: (step, mutant) for op, (step, _) in values._NEIGHBOURS.items()})
    asked = question(claim(CONSTRUCTS[construct], "E5M2", "E3M2"))
    assert wrong_answers(asked, every_input(asked))[0] != []


# What is refused


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x: Float | show(fl(exp(x)) > 0)", "exp"),
        ("x: Float | show(abs(fl(sqrt(x)) - sqrt(x)) < 1)", "a root"),
        ("x: Float | show(sqrt(sqrt(x)) < 1)", "a root"),
        ("x: Float, n: Int | show(x * pow2(n) != 1)", "an Int without bounds"),
        ("x: Float, n: Int | assume(0 <= n < 9); show(x**n != 3)", "the exponent must be a constant"),
        ("x: Float | show(exists(Float, lambda w: w + x == 1))", "name a witness="),
        ("x: Float | assume(exists(Int, lambda n: n == x)); show(x > 0)", "of an exists has no encoding"),
        ("x: Float | show(x**100000 > 1)", "bits"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(EncodingError) as found:
        question(claim(text, "binary32"))
    assert reason in str(found.value)


def test_a_weight_that_nothing_depends_on_is_refused_if_it_may_be_no_float() -> None:
    """The gradient does not depend on the last bias; the exact evaluator says that the statement is wrong."""
    text = f"from fpproof.lang import *\n@network\ndef f(x: Float):\n    return layers(affine([[1]], bias=[{{}}]))\n{LAST_BIAS}"
    wrong, right = (instances(read_theory_text(text.format(bias)).lemmas[0], parse_format("E5M2"))[0] for bias in ("x / 3", "-x"))
    with pytest.raises(TheoryError, match="which is no float"):
        ExactJudge().decide(wrong, Budget())
    with pytest.raises(EncodingError, match="may be no float"):
        question(wrong)
    assert question(right).failures


LAST_BIAS = "@lemma\ndef l(x: Float):\n    show(gradient(f(x), 1, 1) == 1)\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("r: Real | show(abs(fl(r) - r) < 1)", "a Real is decided where it is only rounded"),
        ("r: Real | show(r != 0.1)", "no binary fraction"),
        ("r: Real, x: Float | show(r != x / 3)", "a Real is decided where"),
        ("r: Real | show(exists(Real, lambda s: s > r, witness=r + 1))", "a Real is decided where"),
        ("r: Real | show(fl(r if r > 0 else 0) == 0)", "a Real is decided where"),
        ("r: Real | show(ulp(r) > 0)", "a Real is decided where"),
    ],
)
def test_reals_for_which_nothing_stands_completely(text: str, reason: str) -> None:
    """They can be refuted, and not proved."""
    assert reason in question(claim(text, "binary32")).partial


def test_reals_for_which_something_stands() -> None:
    assert question(claim(CONSTRUCTS["reals"], "binary32")).partial == question(claim(CONSTRUCTS["several reals"], "binary32")).partial == ""


def test_what_is_nested_deeply_is_refused_or_shared() -> None:
    """Thousands of exact operations in each other are refused; sums that double forty times are written once each."""
    with pytest.raises(EncodingError, match=r"nested too deeply|bits"):
        question(claim("x: Float | show(sum(x / 3 for i in range(2000)) > sum(1 / x for i in range(2000)))"))
    doubled = "; ".join(f"x{n + 1} = x{n} + x{n}" for n in range(40)).replace("x0", "x")
    assert question(claim(f"x: Float | {doubled}; show(x40 >= x)", "binary16")).failures


def test_kinds_are_ordered() -> None:
    assert Kind.NARROW < Kind.SUM < Kind.RATIO < Kind.ROOT
