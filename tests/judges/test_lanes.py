"""What kernels compute with: pairs contain the exact result, whatever was lost; roundings are those of the formats."""

from collections.abc import Callable
from fractions import Fraction
from math import inf, isqrt, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fpproof.formats import Format, Mode, ieee_like, parse_format, rational, round_rational
from fpproof.formats.arithmetic import predecessor, successor
from fpproof.judges.enumeration.code import grid, overflow
from fpproof.theory import numbers
from fpproof.theory.numbers import from_datum, to_datum
from tests.judges.interpreted import LANES, bits
from tests.strategies import modes

Pair = tuple[float, float, float]
FORMATS = [parse_format(name) for name in ("E2M1", "E4M3FN", "E4M3FN-sat", "E3M2", "E5M2", "binary16", "bfloat16", "binary32", "F(2,3)")]

full = st.binary(min_size=7, max_size=7).map(lambda code: int.from_bytes(code) % 2**52 + 2**52)
"""53 bits, of which Hypothesis makes no small ones."""
significands = st.one_of(full, full, st.integers(1, 64))


@st.composite
def doubles(draw: st.DrawFn, reach: int = 60) -> float:
    """Numbers of few or many bits, of moderate exponents."""
    sign = draw(st.sampled_from([1.0, -1.0]))
    return sign * float(np.ldexp(float(draw(significands)), draw(st.integers(-reach, reach)) - 52))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Pair, Fraction]:
    """A pair with a bound, none or one that is large or small beside it, and a number that it stands for, at the ends of its interval or inside."""
    top = draw(doubles())
    scale = int(np.frexp(top)[1])
    low = draw(st.one_of(st.just(0.0), doubles(0), doubles(3))) * 2.0 ** (scale - draw(st.sampled_from([50, 54, 60, 100])))
    hi, lo = map(float, LANES["two_sum"](top, low))
    err = 2.0 ** (scale - draw(st.sampled_from([0, 1, 20, 51, 60, 106]))) if draw(st.booleans()) else 0.0
    offset = draw(st.sampled_from([Fraction(-1), Fraction(1), Fraction(0), Fraction(1, 3)]))
    return (hi, lo, err), Fraction(hi) + Fraction(lo) + offset * Fraction(err)


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[tuple[Pair, Fraction], tuple[Pair, Fraction]]:
    """Two pairs that lie as close together as their bounds, or closer."""
    (hi, lo, err), exact = draw(pairs())
    step = (err or abs(lo) or abs(hi) * 2.0**-60) * draw(st.sampled_from([-2.0, -1.5, -1.0, 0.0, 1.0, 1.25, 2.0, 2.0 + 2.0**-40]))
    first, second = map(float, LANES["two_sum"](hi, lo + step))
    y = (first, second, err * draw(st.sampled_from([0.0, 0.5, 1.0])))
    return ((hi, lo, err), exact), (y, Fraction(y[0]) + Fraction(y[1]) - draw(st.sampled_from([-1, 0, 1])) * Fraction(y[2]))


def contains(found: Pair, exact: Fraction) -> bool:
    hi, lo, err = map(float, found)
    if not err < inf:
        return True
    return abs(Fraction(hi) + Fraction(lo) - exact) <= Fraction(err)


def normal(found: Pair) -> bool:
    hi, lo, _ = found
    return float(hi) + float(lo) == float(hi)


@given(pairs(), pairs(), st.sampled_from(["add", "multiply", "divide", "pair_maximum"]))
@example(((1.0, 2.0**-60, 0.0), 1 + Fraction(1, 2**60)), ((-1.0, 0.0, 0.0), Fraction(-1)), "add")
@example(((1.0, 0.0, 1.0), Fraction(2)), ((1.0, 0.0, 1.0), Fraction(2)), "multiply")
def test_operations_contain_the_exact_result(x: tuple[Pair, Fraction], y: tuple[Pair, Fraction], name: str) -> None:
    (a, u), (b, v) = x, y
    operations: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
        "add": lambda u, v: u + v,
        "multiply": lambda u, v: u * v,
        "divide": lambda u, v: u / v,
        "pair_maximum": max,
    }
    assume(name != "divide" or v)
    found = LANES[name](*a, *b)
    assert contains(found, operations[name](u, v))
    assert normal(found) or not found[2] < inf


@given(doubles(), pairs())
def test_quotients_that_are_almost_a_number(quotient: float, y: tuple[Pair, Fraction]) -> None:
    """The remainder is what roundings left of the product."""
    (yh, yl, _), _ = y
    xh, xl, _ = LANES["multiply"](quotient, 0.0, 0.0, yh, yl, 0.0)
    exact = (Fraction(float(xh)) + Fraction(float(xl))) / (Fraction(yh) + Fraction(yl))
    assert contains(LANES["divide"](xh, xl, 0.0, yh, yl, 0.0), exact)


@given(doubles(), doubles())
def test_operations_on_numbers_of_few_bits_are_exact(x: float, y: float) -> None:
    """What fits into a pair gets no bound: else nothing would ever be decided where equality counts."""
    for name, exact in (("add", Fraction(x) + Fraction(y)), ("multiply", Fraction(x) * Fraction(y))):
        hi, lo, err = LANES[name](x, 0.0, 0.0, y, 0.0, 0.0)
        assert (Fraction(float(hi)) + Fraction(float(lo)), err) == (exact, 0.0)


@settings(max_examples=50)
@given(pairs())
def test_roots_contain_the_exact_root(x: tuple[Pair, Fraction]) -> None:
    pair, exact = x
    assume(exact > 0)
    hi, lo, err = map(float, LANES["sqrt"](*pair))
    if err < inf:
        assert normal((hi, lo, err))
        low, high = (Fraction(hi) + Fraction(lo) + side * Fraction(err) for side in (-1, 1))
        assert max(low, Fraction(0)) ** 2 <= exact <= high**2


@example((((1.0, 0.0, 1.0), Fraction(2)), ((2.5, 0.0, 1.0), Fraction(3, 2))))
@given(st.one_of(neighbours(), st.tuples(pairs(), pairs())))
def test_separated_pairs_compare_as_their_numbers(both: tuple[tuple[Pair, Fraction], tuple[Pair, Fraction]]) -> None:
    (a, u), (b, v) = both
    if LANES["separated"](*a, *b):
        assert bool(LANES["pair_less"](*a[:2], *b[:2])) == (u < v)
        assert bool(LANES["pair_equal"](*a[:2], *b[:2])) == (u == v)


def test_signs_of_zeros() -> None:
    """x - x = +0, (-0) + (-0) = -0, and products have the sign of their factors; infinities and NaN go through."""
    zero, minus = (0.0, 0.0, 0.0), (-0.0, 0.0, 0.0)
    x, negative, infinite = (3.0, 2.0**-60, 0.0), (-3.0, -(2.0**-60), 0.0), (inf, 0.0, 0.0)
    expected = [
        ("add", x, negative, zero),
        ("add", minus, minus, minus),
        ("add", minus, zero, zero),
        ("multiply", x, minus, minus),
        ("multiply", negative, minus, zero),
        ("divide", minus, x, minus),
        ("divide", x, minus, (-inf, 0.0, 0.0)),
        ("divide", x, infinite, zero),
        ("add", infinite, x, infinite),
        ("multiply", infinite, negative, (-inf, 0.0, 0.0)),
        ("pair_maximum", minus, zero, zero),
    ]
    for name, a, b, result in expected:
        assert all(LANES["same"](found, part) for found, part in zip(LANES[name](*a, *b), result, strict=True)), (name, a, b)
    for name, a, b in [("add", infinite, (-inf, 0.0, 0.0)), ("multiply", infinite, minus), ("divide", zero, minus)]:
        hi, lo, err = LANES[name](*a, *b)
        assert (hi != hi, lo, err) == (True, 0.0, 0.0), name


def test_what_needs_the_sign_of_an_unknown_zero_is_unknown() -> None:
    around = (0.0, 0.0, 1.0)
    for name, a, b in [("divide", (1.0, 0.0, 0.0), around), ("multiply", (inf, 0.0, 0.0), around), ("divide", around, (inf, 0.0, 0.0))]:
        assert not LANES[name](*a, *b)[2] < inf


def exact_odd(x: Fraction) -> Fraction:
    """A rational rounded to odd with 53 bits."""
    return rational(round_rational(WIDE, x, Mode.TO_ODD))


WIDE = ieee_like(52, 15)


@given(doubles(), doubles())
def test_quotients_and_roots_are_rounded_to_odd(x: float, y: float) -> None:
    assert Fraction(float(LANES["odd_quotient"](x, y))) == exact_odd(Fraction(x) / Fraction(y))
    root = numbers.sqrt(numbers.ONE * Fraction(abs(x)))
    assert Fraction(float(LANES["odd_root"](abs(x)))) == rational(numbers.round_number(WIDE, root, Mode.TO_ODD))


@settings(max_examples=50)
@given(pairs(), st.sampled_from(FORMATS), modes)
def test_pairs_are_rounded_right_where_they_settle(x: tuple[Pair, Fraction], F: Format, mode: Mode) -> None:
    pair, exact = x
    low, high = LANES["lower"](*pair), LANES["upper"](*pair)
    results = [rounding(F, mode, float(end)) for end in (low, high)]
    if LANES["settled"](*results, pair[2]) and exact:
        assert LANES["same"](results[0], as_double(from_datum(round_rational(F, exact, mode))))


def rounding(F: Format, mode: Mode, x: float) -> float:
    """fl(x), by the kernels' function."""
    found = LANES[mode.replace("-", "_")](np.float64(x), *parameters(F), *parameters_of(overflow(F)))
    return float(LANES["with_infinities"](np.float64(x), found, inf if F.has_infinities else nan))


def parameters(F: Format) -> list[float]:
    return parameters_of(grid(F))


def parameters_of(text: str) -> list[float]:
    return [np.float64(part.strip(" ()")) for part in text.split(",")]


def as_double(x: Any) -> float:
    special = {numbers.NAN: nan, numbers.INFINITY: inf, numbers.NEGATIVE_INFINITY: -inf, numbers.NEGATIVE_ZERO: -0.0}
    return special[x] if isinstance(x, numbers.Special) else float(x)


@st.composite
def near_floats(draw: st.DrawFn, F: Format) -> float:
    """Floats of a format, midpoints, and their neighbours in binary64, zeros, and what overflows; nothing that kernels do not have."""
    datum = F.from_ordinal(draw(st.integers(-F.largest_ordinal, F.largest_ordinal)))
    x = as_double(from_datum(datum))
    half = float(F.omega) / 2 if abs(x) < 2.0**F.emin else 2.0 ** np.floor(np.log2(abs(x))) * 2.0 ** (-F.p - 1)
    x += draw(st.sampled_from([0.0, half, half / 2, half * 2]))
    x = float(np.nextafter(x, draw(st.sampled_from([x, inf, -inf]))))
    x = float(np.copysign(2.0**-450, x)) if 0 < abs(x) < 2.0**-450 else x
    return draw(st.sampled_from([x, x, x, x, -0.0, float(F.Omega) * 1.25, -float(F.Omega) * 4, inf, -inf, nan]))


@pytest.mark.parametrize("F", FORMATS, ids=str)
@given(data=st.data(), mode=modes)
def test_numbers_are_rounded_right(F: Format, data: st.DataObject, mode: Mode) -> None:
    x = data.draw(near_floats(F))
    assert LANES["same"](rounding(F, mode, x), as_double(numbers.fl(exactly(x), F, mode)))


def exactly(x: float) -> Any:
    """A double as an exact number."""
    if x != x:
        return numbers.NAN
    if abs(x) == inf:
        return numbers.INFINITY if x > 0 else numbers.NEGATIVE_INFINITY
    if x == 0:
        return numbers.NEGATIVE_ZERO if bits(x) < 0 else numbers.ZERO
    return numbers.ONE * Fraction(x)


@pytest.mark.parametrize("F", FORMATS, ids=str)
@given(data=st.data())
def test_neighbours_and_parts(F: Format, data: st.DataObject) -> None:
    x = data.draw(near_floats(F))
    exact, after = exactly(x), inf if F.has_infinities else float(F.Omega)
    arguments = (*parameters(F), *parameters_of(overflow(F)), after, inf if F.has_infinities else nan)
    v = np.float64(x)
    assert LANES["same"](LANES["succ"](v, *arguments), as_double(numbers.succ(exact, F)))
    assert LANES["same"](LANES["pred"](v, *arguments), as_double(numbers.pred(exact, F)))
    assert LANES["same"](LANES["ulp"](v, 2.0**F.emin, 2.0**-F.p), as_double(numbers.ulp(exact, F)))
    assert LANES["same"](LANES["exponent"](v, float(F.emin)), as_double(numbers.exponent(exact, F)))
    assert LANES["same"](v * LANES["to_significand"](v), as_double(numbers.significand(exact, F)))
    assert bool(LANES["is_datum"](v, *parameters(F), F.has_infinities)) == (to_datum(F, exact) is not None)


@pytest.mark.parametrize("F", FORMATS[:5], ids=str)
def test_neighbours_of_all_floats(F: Format) -> None:
    arguments = (*parameters(F), *parameters_of(overflow(F)), inf if F.has_infinities else float(F.Omega), inf if F.has_infinities else nan)
    for datum in F.finite():
        v = np.float64(as_double(from_datum(datum)))
        assert LANES["same"](LANES["succ"](v, *arguments), as_double(from_datum(successor(F, datum))))
        assert LANES["same"](LANES["pred"](v, *arguments), as_double(from_datum(predecessor(F, datum))))


@pytest.mark.parametrize("index", [0, 1, 31743, 31744, 31745, 63487])
def test_floats_from_their_places(index: int) -> None:
    """Both zeros stand in the middle."""
    F = parse_format("binary16")
    N = F.largest_ordinal
    found = LANES["float_at"](index, N, 42, np.float64(2.0 ** (1022 + F.emin)))
    expected = -0.0 if index == N else as_double(from_datum(F.from_ordinal(index - N - (index > N))))
    assert LANES["same"](found, expected)


@given(st.integers(-(2**50), 2**50), st.integers(-(2**50), 2**50))
def test_integer_quotients(x: int, y: int) -> None:
    found = float(LANES["floor_quotient"](np.float64(x), np.float64(y)))
    assert found == x // y if y else found != found


def test_integer_square_roots_are_exact() -> None:
    """A root that is a number has no bound."""
    for n in (1, 4, 9, 2**52, 3**32):
        assert LANES["sqrt"](float(n), 0.0, 0.0) == (isqrt(n), 0.0, 0.0)
