"""Exact numbers: values, comparisons and what is refused, on all inputs of small formats."""

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

from fpproof.encodings import EncodingError, Number, compare, decode, fl, float_constant, is_float, numbers
from fpproof.encodings.terms import Term, variable
from fpproof.formats import INFINITY, NEGATIVE_INFINITY, NEGATIVE_ZERO, Datum, Format, Mode, arithmetic, parse_format, rational, round_rational
from fpproof.formats.arithmetic import is_finite, is_nan, is_negative
from tests.encodings.reference import CUSTOM, SMALL, code, codes_of, grid, lanes, name, variables

E2M1, E2M3, E3M2, E4M3FN, E5M2 = map(parse_format, ("E2M1", "E2M3", "E3M2", "E4M3FN", "E5M2"))
TINY_IEEE = parse_format("F(1,3)")


def values(x: Number, columns: Sequence[npt.ArrayLike]) -> list[Fraction | Datum]:
    """Rationals, and the specials and -0 as data."""
    nan, infinite, sign, significand, offset = lanes([x.nan, x.infinite, x.sign, x.significand, x.offset], columns)
    found: list[Fraction | Datum] = []
    for is_not, beyond, negative, m, e in zip(nan, infinite, sign, significand, offset, strict=True):
        if is_not:
            found.append((0, None))
        elif beyond:
            found.append(NEGATIVE_INFINITY if negative else INFINITY)
        elif not m:
            found.append(NEGATIVE_ZERO if negative else Fraction(0))
        else:
            assert int(e) <= x.span
            found.append((-1) ** bool(negative) * Fraction(int(m)) * Fraction(2) ** (x.lowest + int(e)) / x.denominator)
    return found


def exactly(x: Datum) -> Fraction | Datum:
    return rational(x) if is_finite(x) and x != NEGATIVE_ZERO else x


@pytest.mark.parametrize("F", SMALL, ids=name)
def test_decoding(F: Format) -> None:
    table = grid("convert", (F,))
    (x,) = variables((F,))
    assert values(decode(x), table.columns) == [exactly(d) for d in table.data[0]]
    assert all(lanes([x.valid], table.columns)[0])
    assert lanes([x.finite], table.columns)[0].tolist() == [is_finite(d) for d in table.data[0]]
    for d in F.data():
        assert values(decode(float_constant(F, d)), [np.zeros(1)]) == [exactly(d)]


@pytest.mark.parametrize("F", SMALL, ids=name)
def test_codes_that_mean_nothing_are_not_valid(F: Format) -> None:
    every = np.arange(1 << F.width, dtype=np.uint64)
    assert np.count_nonzero(lanes([variables((F,))[0].valid], [every])[0]) == len(grid("convert", (F,)).data[0])


@pytest.mark.parametrize(("F", "G"), [(E2M3, E3M2), (E2M1, TINY_IEEE), (CUSTOM[0], CUSTOM[3]), (CUSTOM[4], CUSTOM[5])], ids=name)
def test_exact_results(F: Format, G: Format) -> None:
    """Sums, differences and products without rounding are those of a format that is wide enough; signs of zeros too."""
    exact = parse_format("binary64")
    table = grid("add", (F, G))
    x, y = map(decode, variables((F, G)))
    for down in (False, True):
        mode = Mode.DOWN if down else Mode.NEAREST_EVEN
        for encoding, reference in ((numbers.add, arithmetic.add), (numbers.subtract, arithmetic.subtract)):
            wanted = [exactly(reference(exact, a, b, mode)) for a, b in zip(*table.data, strict=True)]
            assert values(encoding(x, y, down=down), table.columns) == wanted
    wanted = [exactly(arithmetic.multiply(exact, a, b)) for a, b in zip(*table.data, strict=True)]
    assert values(numbers.multiply(x, y), table.columns) == wanted


PAIRS = [(E4M3FN, E5M2), (E5M2, E5M2), (E2M3, E3M2), (E3M2, E5M2), (CUSTOM[0], CUSTOM[3]), (CUSTOM[4], E2M1), (CUSTOM[5], CUSTOM[4])]


@pytest.mark.parametrize(("F", "G"), PAIRS, ids=name)
def test_comparisons_across_formats(F: Format, G: Format) -> None:
    table = grid("add", (F, G))
    wanted = [arithmetic.compare(a, b) for a, b in zip(*table.data, strict=True)]
    below, equal, above = lanes(list(compare(*map(decode, variables((F, G))))), table.columns)
    assert below.tolist() == [sign == -1 for sign in wanted]
    assert equal.tolist() == [sign == 0 for sign in wanted]
    assert above.tolist() == [sign == 1 for sign in wanted]


CONSTANTS = [Fraction(text) for text in ("0", "1", "-3/4", "1/3", "448", "465", f"1/{2**20}", f"5/{2**17}", f"{2**70}")]


@pytest.mark.parametrize("constant", CONSTANTS)
@pytest.mark.parametrize("F", [E4M3FN, E5M2, E2M1, CUSTOM[4]], ids=name)
def test_comparisons_with_constants(F: Format, constant: Fraction) -> None:
    table = grid("convert", (F,))
    (x,) = map(decode, variables((F,)))
    for factor in (Fraction(1), Fraction(3, 8), Fraction(-2, 7)):
        scaled = numbers.multiply(x, numbers.rational(factor))
        below, equal, above = lanes(list(compare(scaled, numbers.rational(constant))), table.columns)
        for d, b, e, a in zip(table.data[0], below, equal, above, strict=True):
            if is_nan(d):
                assert not any((b, e, a))
                continue
            left = rational(d) * factor if is_finite(d) else Fraction(2**80) * d[0] * (1 if factor > 0 else -1)
            assert (bool(b), bool(e), bool(a)) == (left < constant, left == constant, left > constant)


Exact = Callable[[Fraction, Fraction], Fraction]
TO_ODD: list[tuple[str, Callable[[Number, Number, int], Number], Exact]] = [
    ("sum", numbers.add, operator.add),
    ("difference", numbers.subtract, operator.sub),
    ("quotient", numbers.divide, operator.truediv),
]


@pytest.mark.parametrize(("what", "encoding", "reference"), TO_ODD, ids=[case[0] for case in TO_ODD])
@pytest.mark.parametrize("F", [E2M1, TINY_IEEE, parse_format("F(2,2)"), CUSTOM[4]], ids=name)
def test_rounding_to_odd_keeps_the_order(F: Format, what: str, encoding: Callable[..., Number], reference: Exact) -> None:
    """A result rounded to odd compares with every third float as the exact one does."""
    table = grid("fma", (F, F, F))
    x, y, z = map(decode, variables((F, F, F)))
    result = encoding(x, y, z.bits)
    below, equal, above = lanes(list(compare(result, z)), table.columns)
    compared = 0
    for a, b, c, *found in zip(*table.data, below, equal, above, strict=True):
        if not (is_finite(a) and is_finite(b) and is_finite(c)) or (what == "quotient" and not b[0]):
            continue
        left, right = reference(rational(a), rational(b)), rational(c)
        assert list(map(bool, found)) == [left < right, left == right, left > right]
        compared += 1
    assert compared >= F.finite_count**2 * (F.finite_count - 2)


def test_roots_keep_the_order() -> None:
    table = grid("add", (E4M3FN, E5M2))
    x, y = map(decode, variables((E4M3FN, E5M2)))
    below, equal, _ = lanes(list(compare(numbers.root(x, y.bits), y)), table.columns)
    for a, b, less, same in zip(*table.data, below, equal, strict=True):
        if is_finite(a) and is_finite(b) and not is_negative(a):
            right = rational(b)
            assert bool(same) == (right >= 0 and rational(a) == right**2)
            assert bool(less) == (right > 0 and rational(a) < right**2)


@pytest.mark.parametrize("mode", Mode)
def test_rounding_rationals(mode: Mode) -> None:
    """Exact sums of products with denominators, rounded once: fl((x / 3 - y * 5 / 7) / 2)."""
    table = grid("add", (E3M2, E2M3))
    x, y = map(decode, variables((E3M2, E2M3)))
    third, ratio = numbers.rational(Fraction(1, 3)), numbers.rational(Fraction(5, 7))
    inner = numbers.scale(numbers.subtract(numbers.multiply(x, third), numbers.multiply(y, ratio)), -1)
    for F in (E4M3FN, CUSTOM[0]):
        found = codes_of(fl(F, inner, mode).value, table.columns)
        for a, b, n in zip(*table.data, found, strict=True):
            exact = (rational(a) / 3 - rational(b) * 5 / 7) / 2
            if exact:
                assert n == code(F, round_rational(F, exact, mode))
    representable = lanes([is_float(E4M3FN, inner)], table.columns)[0]
    for a, b, yes in zip(*table.data, representable, strict=True):
        exact = (rational(a) / 3 - rational(b) * 5 / 7) / 2
        assert bool(yes) == (rational(round_rational(E4M3FN, exact)) == exact)


def test_choice_and_sign() -> None:
    F, G = E3M2, parse_format("F(2,3)")
    table = grid("add", (F, G))
    x, y = map(decode, variables((F, G)))
    smaller = numbers.select(compare(x, y).less, numbers.absolute(x), numbers.negate(y))
    wanted = [
        exactly(arithmetic.absolute(a) if arithmetic.compare(a, b) == -1 else arithmetic.negate(b)) for a, b in zip(*table.data, strict=True)
    ]
    assert values(smaller, table.columns) == wanted


def test_integers_and_powers() -> None:
    n = variable("x", 6)
    column = [np.arange(64, dtype=np.uint64)]
    signed = [k - 64 if k >= 32 else k for k in range(64)]
    assert values(numbers.integer(n), column)[1:] == [Fraction(k) for k in signed][1:]
    powers = numbers.power_of_two(numbers.integer(n))
    assert values(powers, column) == [Fraction(2) ** k for k in signed]
    double = numbers.power_of_two(numbers.scale(numbers.integer(n), 1))
    assert values(double, column) == [Fraction(4) ** k for k in signed]


def test_wide_exact_sums() -> None:
    """Sums of binary64 are 2100 bits wide, and exact."""
    F = parse_format("binary64")
    data: list[Datum] = [F.largest, F.smallest, (3, -1074), arithmetic.negate(F.largest), F.one]
    pairs = [(F.encode(a), F.encode(b)) for a in data for b in data]
    columns = [np.array(column, dtype=np.uint64) for column in zip(*pairs, strict=True)]
    x, y = map(decode, variables((F, F)))
    wanted = [rational(a) + rational(b) for a in data for b in data]
    assert values(numbers.add(x, y), columns) == wanted
    assert numbers.add(x, y).bits > 2000
    assert numbers.add(x, y, F.precision).bits < 70


REFUSED: list[Callable[[Number, Number], object]] = [
    lambda x, y: numbers.multiply(numbers.add(x, y, 53), y),
    lambda x, y: fl(parse_format("binary128"), numbers.add(x, y, 53)),
    lambda x, y: compare(numbers.add(x, y, 53), numbers.add(x, y, 53)),
    lambda x, y: compare(numbers.add(x, y, 50), x),
    lambda x, y: compare(numbers.add(x, y, 53), numbers.rational(Fraction(1, 3))),
    lambda x, y: numbers.root(numbers.multiply(x, numbers.rational(Fraction(1, 3))), 5),
    lambda x, y: numbers.power_of_two(x),
    lambda x, y: numbers.select(compare(x, y).less, numbers.add(x, y, 53), numbers.add(x, y, 60)),
    lambda x, y: numbers.add(product(x, 9), y),
]


def product(x: Number, factors: int) -> Number:
    return x if factors == 1 else numbers.multiply(x, product(x, factors - 1))


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_has_no_encoding_is_refused(wrong: Callable[[Number, Number], object]) -> None:
    F = parse_format("binary64")
    with pytest.raises(EncodingError):
        wrong(*map(decode, variables((F, F))))


def test_operands_are_ordered() -> None:
    x, y = map(decode, variables((E5M2, E5M2)))
    assert numbers.add(x, y, 3).significand is numbers.add(y, x, 3).significand
    assert numbers.multiply(x, y).significand is numbers.multiply(y, x).significand
    assert isinstance(numbers.add(x, y, 3).significand, Term)
