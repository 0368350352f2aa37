"""The rules of numbers against the arithmetic of formats, bit for bit, on whole small formats and all modes; networks against their evaluator."""

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import given
from hypothesis import strategies as st

from fpproof.formats import ATLAS, Datum, Format, Mode, parse_format
from fpproof.formats import arithmetic as ieee
from fpproof.judges import Finding, Referee
from fpproof.theory import context, derivative, evaluate, instances, numbers, read_theory_text, series, trajectories
from fpproof.theory.networks import expanded
from fpproof.theory.numbers import NAN, Inexpressible, Surd, add, compare, divide, fl, from_datum, multiply, negate, same, sqrt, subtract, to_datum
from fpproof.theory.terms import Op, ordered

SMALL = [parse_format(name) for name in ("E2M1", "E3M2", "F(2,3)", "F(1,4)")] + [ATLAS["E4M3FN"], ATLAS["E4M3FN-sat"]]
MODES = list(Mode)


def data(F: Format) -> list[Datum]:
    """All values; of 8-bit formats one in five, and the ends."""
    found = list(F.data())
    return found if len(found) < 80 else found[:3] + found[3:-3:5] + found[-3:]


@pytest.mark.parametrize("F", SMALL, ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_rounded_exact_operations_are_ieee_bit_for_bit(F: Format, mode: Mode) -> None:
    for x, y in product(data(F), repeat=2):
        a, b = from_datum(x), from_datum(y)
        sums = mode if mode is Mode.DOWN else None
        assert to_datum(F, fl(add(a, b, sums), F, mode)) == ieee.add(F, x, y, mode)
        assert to_datum(F, fl(subtract(a, b, sums), F, mode)) == ieee.subtract(F, x, y, mode)
        assert to_datum(F, fl(multiply(a, b), F, mode)) == ieee.multiply(F, x, y, mode)
        assert to_datum(F, fl(divide(a, b), F, mode)) == ieee.divide(F, x, y, mode)
        assert compare(a, b) == ieee.compare(x, y)
        assert same(a, b) == (x == y)


@pytest.mark.parametrize("F", SMALL, ids=str)
def test_operations_of_one_value(F: Format) -> None:
    for x in F.data():
        a = from_datum(x)
        assert to_datum(F, a) == x
        assert to_datum(F, negate(a)) == ieee.negate(x)
        assert to_datum(F, numbers.absolute(a)) == ieee.absolute(x)
        assert to_datum(F, numbers.succ(a, F)) == ieee.successor(F, x)
        assert to_datum(F, numbers.pred(a, F)) == ieee.predecessor(F, x)
        assert numbers.finite(a) == ieee.is_finite(x)
        for mode in MODES:
            assert to_datum(F, fl(sqrt(a), F, mode)) == ieee.sqrt(F, x, mode)
        if ieee.is_finite(x):
            assert numbers.exponent(a, F) == ieee.exponent(F, x)
            assert numbers.ulp(a, F) == from_datum(ieee.ulp(F, x))
        else:
            assert numbers.exponent(a, F) is NAN


@pytest.mark.parametrize("F", SMALL[:4], ids=str)
def test_fma_is_fl_of_a_product_and_a_sum(F: Format) -> None:
    some = list(F.data())[::3] + list(F.data())[-3:]
    for (x, y, z), mode in product(product(some, repeat=3), (Mode.NEAREST_EVEN, Mode.DOWN)):
        exact = add(multiply(from_datum(x), from_datum(y)), from_datum(z), mode if mode is Mode.DOWN else None)
        assert to_datum(F, fl(exact, F, mode)) == ieee.fma(F, x, y, z, mode)


rationals = st.fractions(min_value=-50, max_value=50, max_denominator=50).map(mpq)
surds = st.builds(lambda a, b, c: add(a, multiply(b, sqrt(c))), rationals, rationals, st.integers(0, 30).map(mpq))


@given(surds, surds)
def test_surds_are_a_field_in_order(x: Any, y: Any) -> None:
    """Against enclosures with 200 bits after the point: two surds differ by more, or not at all, for numbers this small."""
    low = mpq(1, 1 << 200)

    def enclosed(z: Any) -> Any:
        return mpq(0) if numbers.is_zero(z) else mpq(numbers.floor_scaled(z, 200), 1 << 200)

    a, b = enclosed(x), enclosed(y)
    order = compare(x, y)
    assert order == (0 if abs(a - b) <= low else (1 if a > b else -1))
    for operation, expected in ((add, a + b), (subtract, a - b), (multiply, a * b)):
        try:
            found = enclosed(operation(x, y))
        except Inexpressible:
            assert isinstance(x, Surd)
            assert isinstance(y, Surd)
            continue
        assert abs(found - expected) <= 6000 * low


@given(surds, st.sampled_from([*SMALL, ATLAS["binary64"]]), st.sampled_from(MODES))
def test_surds_are_rounded_correctly(x: Any, F: Format, mode: Mode) -> None:
    low, high = (mpq(numbers.floor_scaled(x, 300) + i, 1 << 300) for i in (0, 1))
    if not isinstance(x, Surd):
        high = low = x if x else mpq(0)
    found = fl(x, F, mode)
    assert numbers.compare(fl(low, F, mode), found) in (-1, 0) or found is NAN
    assert numbers.compare(found, fl(high, F, mode)) in (-1, 0) or found is NAN


# Networks

NETWORKS = """
from fpproof.lang import *
@network
def two_layers(a: Float, b: Float):
    return layers(relu([[a, 1], [-1, b], [0.5, -a]], bias=[b, None, -1]), relu([[1, a, -1], [b, b, 2]]), affine([[a, 2]], bias=[1]))
@lemma
def l(x: Datum, y: Datum, a: Float, b: Float, h: Datum):
    f = two_layers(a, b)
    g = gradient(f, (x, y), h)
    show(same(value(f, (x, y)), 1), same(g[0], 1), same(g[1], 1))
"""


VARIANTS = (
    "bias-first",
    "pairwise",
    "fma",
    "blocked(2)",
    "wide(F(4,4))+flush",
    "pairwise+flush+relu-slope(1/2)",
    "fma+wide(E2M1)",
    "bias-first+wide(F(3,3))",
)


@pytest.mark.parametrize(("name", "semantics"), [("E2M1", ""), ("F(2,3)", ""), ("E5M2", ""), *(("F(2,3)", s) for s in VARIANTS)])
def test_written_out_networks_are_the_evaluated_ones(name: str, semantics: str) -> None:
    """Every number and zero sign of value and gradient, at random values, infinities and NaN among them."""
    from random import Random

    from fpproof.judges.sampling import any_datum

    F = parse_format(name)
    text = NETWORKS
    if semantics:
        text = text.replace("bias=[1]))", f"bias=[1]), semantics={semantics!r})").replace("relu([[1, a, -1]", "layer([[1, a, -1]")
        text = text.replace("[b, b, 2]]),", '[b, b, 2]], activation="tanh"),')
    claim = instances(read_theory_text(text).lemmas[0], F)[0]
    written = expanded(claim)
    assert not {Op.VALUE, Op.GRADIENT, Op.NETWORK, Op.COMPONENT} & {t.op for t in ordered(written.conclusions)}
    one, other = evaluate.Program([c.args[0] for c in claim.conclusions]), evaluate.Program([c.args[0] for c in written.conclusions])
    random = Random(1)
    for _ in range(150):
        values = {v: from_datum(any_datum(F, random, v.variable.domain.value == "Datum")) for v in claim.variables}
        for left, right in zip(one.values(values), other.values(values), strict=True):
            assert same(left, right), values


def test_written_out_networks_keep_their_conditions() -> None:
    text = NETWORKS.replace("def l(x: Datum, y: Datum, a: Float", "def l(x: Real, y: Datum, a: Real")
    claim = instances(read_theory_text(text).lemmas[0], parse_format("F(2,3)"))[0]
    weights = [t for t in ordered(expanded(claim).conclusions) if t.op is Op.WEIGHT]
    assert sorted({t.data for t in weights}) == ["input", "upstream", "weight"]


# The page

PAGE = (Path(__file__).parent.parent.parent / "docs" / "theory-language.md").read_text()
RULES = set(re.findall(r"`\[(E-[\w-]+)\]`", PAGE))


def test_each_rule_has_its_place_in_the_code() -> None:
    modules = (numbers, evaluate, context, derivative, trajectories, series)
    named = {rule for module in modules for rule in re.findall(r"\[(E-[\w-]+)\]", Path(module.__file__ or "").read_text())}
    assert named == RULES
    assert len(RULES) > 30


def test_rules_of_numbers_are_functions_of_their_name() -> None:
    functions = {"round": "fl", "and": "junction", "or": "junction", "gradient": "value_and_gradient", "value": "value_and_gradient"}
    elsewhere = {"literal", "integer", "field", "exists", "derivative", "descent", "limit"}
    for rule in RULES:
        name = rule.removeprefix("E-").lower().replace("-", "_")
        if name not in elsewhere:
            found = functions.get(name, name)
            assert hasattr(numbers, found) or hasattr(evaluate, found), rule


def test_the_exact_zero_of_a_sum_depends_on_its_rounding() -> None:
    shown = "same(fl(d, to=down), -0.0), same(fl(d), 0.0), same(fl(d + 0.0, to=down), 0.0), same(d, 0.0)"
    text = f"from fpproof.lang import *\n@lemma\ndef l(x: Float):\n    d = x - x\n    show({shown})\n"
    claim = instances(read_theory_text(text).lemmas[0], parse_format("F(2,3)"))[0]
    assert Referee(claim).at({claim.variables[0]: mpq(1)}) is Finding.HOLDS


@pytest.mark.parametrize("n", [0, 1, -1, 5, -5, 300, -300, 1 << 19, -(1 << 19)])
def test_a_power_of_two_is_the_power(n: int) -> None:
    assert numbers.pow2(mpq(n)) == numbers.power(mpq(2), mpq(n)) == mpq(2) ** n


def test_powers_of_two_that_are_none() -> None:
    assert all(numbers.pow2(n) is numbers.NAN for n in (numbers.NAN, numbers.INFINITY, numbers.NEGATIVE_INFINITY))
    for n in (1 << 20, -(1 << 20), (1 << 20) + 1, 10**30):
        with pytest.raises(numbers.Inexpressible, match="more than 1048576 bits"):
            numbers.pow2(mpq(n))
        with pytest.raises(numbers.Inexpressible, match="more than 1048576 bits"):
            numbers.power(mpq(2), mpq(n))
