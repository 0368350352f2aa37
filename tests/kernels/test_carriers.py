"""Which carrier a format has, and that one step beyond each bound the machine's arithmetic is not the format's."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest

from fpproof.formats import Datum, Format, Mode, ieee_like, parse_format, round_datum
from fpproof.formats.arithmetic import add, divide, fma, multiply, sqrt
from fpproof.kernels.carriers import Carrier, Native, Odd, Plain, Truncated, carrier, conversion, machine_dtype
from fpproof.networks.programs import from_float64, to_float64

SINGLE, DOUBLE = np.float32, np.float64
Kind = tuple[type, type] | None

KINDS: list[tuple[str, Kind]] = [
    ("E2M1", (Plain, SINGLE)),
    ("E4M3FN", (Plain, SINGLE)),
    ("E4M3FN-sat", (Plain, SINGLE)),
    ("E5M2", (Plain, SINGLE)),
    ("binary16", (Plain, SINGLE)),
    ("bfloat16", (Truncated, SINGLE)),
    ("F(6,8)", (Plain, DOUBLE)),  # not the upper half of binary32, and products leave its exponents
    ("F(10,6)", (Plain, SINGLE)),
    ("F(10,7)", (Plain, DOUBLE)),
    ("F(11,5)", (Plain, DOUBLE)),  # 2 * 12 + 2 > 24
    ("tf32", (Plain, DOUBLE)),
    ("binary32", (Native, SINGLE)),
    ("F(24,8)", (Plain, DOUBLE)),
    ("F(25,8)", (Odd, DOUBLE)),  # 2 * 26 + 2 > 53
    ("F(30,6)", (Odd, DOUBLE)),
    ("F(50,6)", (Odd, DOUBLE)),
    ("F(51,6)", None),
    ("F(10,9)", (Plain, DOUBLE)),
    ("F(10,10)", None),
    ("binary64", (Native, DOUBLE)),
    ("binary128", None),
    ("saturating(p=3,emin=-6,emax=8,specials=ieee,overflow=saturate)", (Odd, DOUBLE)),  # its infinities are no overflow
]


def kind(c: Carrier | None) -> Kind:
    return None if c is None else (type(c), machine_dtype(c))


@pytest.mark.parametrize(("name", "expected"), KINDS)
def test_the_kind(name: str, expected: Kind) -> None:
    F = parse_format(name)
    assert kind(carrier(F, F)) == expected
    if expected is not None and expected[0] is not Native:
        assert kind(carrier(F, F, flush=True)) == (Odd, DOUBLE)
        wide = carrier(F, F, narrow=False)
        assert wide is not None
        assert machine_dtype(wide) is DOUBLE


@pytest.mark.parametrize(
    ("name", "expected"),
    [("bfloat16", Odd), ("binary16", Odd), ("binary32", Native), ("F(25,8)", Odd), ("F(26,8)", None), ("binary64", Native)],
)
def test_the_kind_of_fused_operations(name: str, expected: type | None) -> None:
    F = parse_format(name)
    found = carrier(F, F, fused=True)
    assert (None if found is None else type(found)) == expected


def test_rounding_needs_less() -> None:
    for name, expected in (("F(4,10)", True), ("F(4,11)", False), ("F(50,8)", True), ("F(51,8)", False), ("binary64", True)):
        assert (conversion(parse_format(name)) is not None) == expected


def test_a_carrier_in_binary64_takes_operands_of_any_format_that_fits() -> None:
    E4M3FN, binary16, binary32 = map(parse_format, ("E4M3FN", "binary16", "binary32"))
    assert kind(carrier(E4M3FN, binary16)) == (Odd, DOUBLE)
    assert kind(carrier(binary32, binary16, narrow=False)) == (Plain, DOUBLE)
    assert kind(carrier(binary32, binary16)) == (Native, SINGLE)
    assert carrier(E4M3FN, parse_format("binary128")) is None


# Negative controls: one step beyond each bound, rounding twice is wrong. `search` looks for operands; where there are few, one pair is given.

Binary = Callable[[Format, Datum, Datum], Datum]
Pairs = list[tuple[Datum, Datum]]
B32, B64 = ieee_like(23, 8), ieee_like(52, 11)


def number(F: Format, v: float) -> Datum:
    x = from_float64(F, v)
    assert to_float64(x) == v
    return x


def search(F: Format, through: Format, operation: Binary, candidates: Pairs) -> Pairs:
    """The operands for which rounding to another format first is wrong."""
    return [(x, y) for x, y in candidates if round_datum(F, operation(through, x, y)) != operation(F, x, y)]


def root(F: Format, x: Datum, _: Datum) -> Datum:
    return sqrt(F, x)


def near(F: Format, exponent: int, count: int) -> list[Datum]:
    """Numbers at both ends of the binade of 2^exponent."""
    n, half = F.ordinal(F.power_of_two(exponent)), min(count // 2, 1 << (F.p - 1))
    return [F.from_ordinal(n + place) for place in (*range(half), *range((1 << F.p) - half, 1 << F.p))]


@pytest.mark.parametrize(("p", "right"), [(10, True), (11, False)])
def test_binary32_has_2p_plus_2_bits_for_11_bits_and_not_for_12(p: int, right: bool) -> None:
    F = ieee_like(p, 6)
    sums = [(x, y) for exponent in range(-14, -11) for x in near(F, 0, 64) for y in near(F, exponent, 16)]
    roots = [(x, x) for exponent in (0, 1) for x in near(F, exponent, 1 << p)]
    assert (search(F, B32, add, sums) == []) == right
    assert (search(F, B32, root, roots) == []) == right


def test_products_and_quotients_of_13_bits_are_wrong_on_binary32() -> None:
    for p, right in ((10, True), (12, False)):
        F = ieee_like(p, 6)
        pairs = [(x, y) for x in near(F, 0, 100) for y in near(F, 0, 100)]
        assert (search(F, B32, multiply, pairs) == []) == right
        assert (search(F, B32, divide, pairs) == []) == right


def test_tf32_on_binary32_loses_bits_of_subnormal_products() -> None:
    """2^-137 * (3 - 2^-18 * 3): below three half omegas, but binary32 has only multiples of 2^-149 there."""
    F = parse_format("tf32")
    pair = number(F, 1539 * 2.0**-80), number(F, 2044 * 2.0**-77)
    assert multiply(F, *pair) == F.smallest
    assert search(F, B32, multiply, [pair]) == [pair]
    assert search(F, B64, multiply, [pair]) == []


def test_bfloat16_on_binary32_loses_none() -> None:
    F = parse_format("bfloat16")
    xs = near(F, -63, 128)
    assert search(F, B32, multiply, [(x, y) for x in xs for exponent in (-64, -67, -70, -71) for y in near(F, exponent, 128)]) == []


@pytest.mark.parametrize(("z", "through"), [(-(2.0**-40), B32), (-(2.0**-60), B64)])
def test_bfloat16_fma_through_a_machine_format_is_wrong(z: float, through: Format) -> None:
    F = parse_format("bfloat16")
    x, y = number(F, 1 + 2.0**-7), number(F, 1.5)
    assert to_float64(fma(F, x, y, number(F, z))) == 1.5078125
    assert to_float64(round_datum(F, fma(through, x, y, number(F, z)))) == 1.515625


def test_bfloat16_from_binary64_through_binary32_is_wrong() -> None:
    F, v = parse_format("bfloat16"), from_float64(B64, 1 + 2.0**-8 + 2.0**-30)
    assert to_float64(round_datum(F, v)) == 1.0078125
    assert to_float64(round_datum(F, round_datum(B32, v))) == 1.0


def test_fma_of_27_bits_is_wrong_on_binary64() -> None:
    """(1.5 + 2^-26)^2 = 2.25 + 3 * 2^-26 + 2^-52 has 54 bits, so that the last one is lost before the sum is made odd."""
    F = ieee_like(26, 8)
    v, z = 1.5 + 2.0**-26, -(2.25 + 2.0**-25)
    x = number(F, v)
    exact = fma(F, x, x, number(F, z))
    assert to_float64(exact) == 2.0**-26 + 2.0**-52
    assert v * v + z != to_float64(exact)


@pytest.mark.parametrize(("p", "right"), [(50, True), (51, False)])
def test_odd_is_right_for_51_bits_and_not_for_52(p: int, right: bool) -> None:
    """Rounded to odd, 53 bits may be just a midpoint of 52."""
    F, random = ieee_like(p, 8), Random(1)
    one = F.ordinal(F.one)
    pairs = [(F.from_ordinal(one + random.randrange(1 << p)), F.from_ordinal(one - random.randrange(4 << p))) for _ in range(200)]
    wrong = [(x, y) for x, y in pairs if round_datum(F, add(B64, x, y, Mode.TO_ODD)) != add(F, x, y)]
    assert (wrong == []) == right


@pytest.mark.parametrize("name", ["binary16", "bfloat16"])
def test_quotients_and_roots_are_right_in_the_subnormal_range_too(name: str) -> None:
    F = parse_format(name)
    xs = [*near(F, 0, 32), *near(F, F.emin, 32), *map(F.from_ordinal, range(1, 33))]
    ys = [*near(F, 0, 32), *near(F, 1, 32), *near(F, F.p // 2, 32), *near(F, F.emax, 32)]
    assert search(F, B32, divide, [(x, y) for x in xs for y in ys]) == []
    assert search(F, B32, root, [(x, x) for x in xs]) == []
