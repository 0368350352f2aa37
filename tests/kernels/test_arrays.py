"""Operations on arrays are those of `fpproof.formats.arithmetic`, bit for bit, in every storage."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fpproof.errors import FormatError, FpproofError
from fpproof.formats import ATLAS, INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format, arithmetic, ieee_like, round_datum
from fpproof.kernels import arrays
from fpproof.networks.programs import from_float64, to_float64

Array = NDArray[Any]
Compute = Callable[..., Array]

BFLOAT16, BINARY16, BINARY32, BINARY64 = (ATLAS[name] for name in ("bfloat16", "binary16", "binary32", "binary64"))
IEEE_SATURATING = Format("IEEE-like, saturating", 2, -3, 3, Fraction(10), "ieee", "saturate")
IEEE_TO_NAN = Format("IEEE-like, overflow to NaN", 2, -3, 1, Fraction(5, 2), "ieee", "nan")
SHORT = Format("codes beyond Omega", 3, -6, 7, Fraction(144), "nan", "saturate")
ABOVE_ONE = Format("all numbers above 1", 2, 3, 6, Fraction(112), "none", "saturate")
SMALL = [F for F in ATLAS.values() if F.width <= 8] + [ieee_like(1, 2), ieee_like(2, 3), ieee_like(3, 4)]
SMALL += [IEEE_SATURATING, IEEE_TO_NAN, SHORT, ABOVE_ONE]
ONLY_NAN = Format("16 bits, NaN only", 6, -60, 60, Fraction(2) ** 60, "nan", "nan")
NO_NAN = Format("16 bits, no NaN", 10, -14, 16, Fraction(131008), "none", "saturate")
HALF = [BFLOAT16, BINARY16, ieee_like(5, 8), ONLY_NAN, NO_NAN]
LARGE = [ATLAS["tf32"], BINARY32, BINARY64, ieee_like(24, 8), ieee_like(30, 6)]

BINARY: dict[str, tuple[Compute, Callable[..., Datum]]] = {
    "add": (arrays.add, arithmetic.add),
    "subtract": (arrays.subtract, arithmetic.subtract),
    "multiply": (arrays.multiply, arithmetic.multiply),
    "divide": (arrays.divide, arithmetic.divide),
}
ODD = {IEEE_SATURATING.name, IEEE_TO_NAN.name, "F(30,6)"}
"""Formats on the carrier Odd, which has no quotients and roots."""


def floats(data: Iterable[Datum], dtype: type = np.float64) -> Array:
    return np.array([to_float64(x) for x in data], dtype)


def codes(F: Format, data: Iterable[Datum]) -> Array:
    return np.array([F.encode(x) for x in data], arrays.code_dtype(F))


def code_numbers(F: Format) -> Array:
    """The number of every code of the dtype, NaN for those that mean nothing; by the format alone."""
    numbers = np.full(1 << (8 if F.width <= 8 else 16), np.nan)
    for x in F.data():
        numbers[F.encode(x)] = to_float64(x)
    return numbers


def same(found: Array, expected: Array) -> np.bool:
    """Bitwise equality but for the payloads of NaN."""
    assert found.shape == expected.shape
    number = (found == expected) & (np.signbit(found) == np.signbit(expected))
    return np.all(number | (np.isnan(found) & np.isnan(expected)))


def has_room(F: Format, dtype: type) -> bool:
    return dtype is np.float64 or (F.p <= 23 and F.emin - F.p >= -149 and F.emax <= 127)


@pytest.mark.parametrize("F", SMALL, ids=str)
def test_all_pairs(F: Format) -> None:
    data = list(F.data())
    numbers, of_code = floats(data), code_numbers(F)
    for name, (compute, exactly) in BINARY.items():
        expected = np.array([floats(exactly(F, x, y) for y in data) for x in data])
        without_odd = name != "divide" or F.name not in ODD
        for dtype in (np.float32, np.float64) if without_odd else ():
            x = numbers.astype(dtype)
            assert same(compute(F, x[:, None], x), expected), (name, dtype)
        x, valid = codes(F, data), ~np.isnan(expected) | F.has_nan
        row, column = np.broadcast_arrays(x[:, None], x)
        assert same(of_code[compute(F, row[valid], column[valid])], expected[valid]), name
        entries = arrays.op_table(F, name)[row, column]
        assert np.array_equal(entries >= 0, valid)
        assert same(of_code[entries[valid]], expected[valid])


@pytest.mark.parametrize("F", SMALL, ids=str)
def test_roots_of_small_formats(F: Format) -> None:
    data = list(F.data())
    if F.name in ODD:
        with pytest.raises(FormatError, match="carries sqrt"):
            arrays.sqrt(F, codes(F, data))
        return
    expected = floats(arithmetic.sqrt(F, x) for x in data)
    assert same(arrays.sqrt(F, floats(data)), expected)
    valid = ~np.isnan(expected) | F.has_nan
    assert same(code_numbers(F)[arrays.sqrt(F, codes(F, data)[valid])], expected[valid])


@pytest.mark.parametrize("F", [ieee_like(1, 2), ieee_like(2, 3), ATLAS["E2M1"], ABOVE_ONE, IEEE_SATURATING, IEEE_TO_NAN], ids=str)
def test_fma_of_all_triples(F: Format) -> None:
    data = [*list(F.data())[::3], ZERO, NEGATIVE_ZERO, F.largest]
    expected = np.array([[floats(arithmetic.fma(F, x, y, z) for z in data) for y in data] for x in data])
    for operand, numbers in ((floats(data), None), (codes(F, data), code_numbers(F))):
        found = arrays.fma(F, operand[:, None, None], operand[:, None], operand)
        assert same(found if numbers is None else numbers[found], expected)


def sample(F: Format, random: Random) -> Datum:
    """A datum: special, subnormal, near Omega, near 1 (where sums cancel and carry), any."""
    N = F.largest_ordinal
    specials = [ZERO, NEGATIVE_ZERO] + ([INFINITY, NEGATIVE_INFINITY] if F.has_infinities else []) + ([NAN] if F.has_nan else [])
    kind = random.randrange(10)
    if kind == 0:
        return random.choice(specials)
    places = [random.randint(1, 2 << F.p), N - random.randint(0, 3), random.randint(0, N)]
    place = places[kind - 1] if kind <= 3 else F.ordinal(F.one) + random.randint(-2 << F.p, 2 << F.p)
    return F.from_ordinal(random.choice((1, -1)) * place)


@pytest.mark.parametrize("F", HALF + LARGE, ids=str)
def test_samples(F: Format) -> None:
    random = Random(1)
    xs, ys, zs = ([sample(F, random) for _ in range(1501)] for _ in range(3))
    cases: list[tuple[str, Compute, Callable[..., Datum], tuple[list[Datum], ...]]] = [(n, f, g, (xs, ys)) for n, (f, g) in BINARY.items()]
    cases += [("sqrt", arrays.sqrt, arithmetic.sqrt, (xs,)), ("fma", arrays.fma, arithmetic.fma, (xs, ys, zs))]
    for name, compute, exactly, operands in cases:
        if F.name in ODD and name in ("divide", "sqrt", "fma"):
            continue
        expected = floats(exactly(F, *row) for row in zip(*operands, strict=True))
        for dtype in (np.float32, np.float64):
            if has_room(F, dtype):
                found = compute(F, *(floats(operand, dtype) for operand in operands))
                assert found.dtype == dtype
                assert same(found, expected), (name, dtype)
        if F.width <= 16:
            valid = ~np.isnan(expected) | F.has_nan
            found = compute(F, *(codes(F, operand)[valid] for operand in operands))
            assert found.dtype == np.uint16
            assert same(code_numbers(F)[found], expected[valid]), name


def edges_of_rounding(F: Format) -> tuple[Array, Array]:
    """Numbers with what they round to: every float, every midpoint, and binary64's neighbours of both; by the order of the floats alone."""
    places = np.arange(F.largest_ordinal + 1)
    positive = floats(F.from_ordinal(int(n)) for n in places)
    step = 2.0 ** (F.emax - F.p)
    beyond = {"infinity": np.inf, "nan": np.nan, "saturate": positive[-1]}[F.overflow]
    upper = np.append(positive[1:], positive[-1] + step)  # what would come after Omega decides where overflow begins
    result_above = np.append(positive[1:], beyond)
    middle = positive + (upper - positive) / 2
    even = np.where(places % 2 == 0, positive, result_above)
    towards = np.nextafter
    inputs = [positive, middle, towards(middle, 0), towards(middle, np.inf), towards(positive, np.inf), towards(positive, 0)]
    results = [positive, even, positive, result_above, positive, positive]
    v, r = np.concatenate(inputs), np.concatenate(results)
    return np.concatenate((v, -v)), np.concatenate((r, -r))


@pytest.mark.parametrize("F", [*SMALL, *HALF], ids=str)
def test_rounding_at_every_edge(F: Format) -> None:
    v, expected = edges_of_rounding(F)
    v, expected = np.append(v, [np.inf, -np.inf, np.nan]), np.append(expected, [*([np.inf, -np.inf] if F.has_infinities else [np.nan] * 2), np.nan])
    assert same(arrays.round_floats(F, v), expected)
    assert same(arrays.round_floats(F, v, out=np.empty(v.shape, np.float32)), expected.astype(np.float32))
    valid = ~np.isnan(expected) | F.has_nan
    assert same(code_numbers(F)[arrays.encode(F, v[valid])], expected[valid])
    single = v.astype(np.float32)
    unchanged = single.astype(np.float64) == v
    assert unchanged.sum() > len(v) / 4
    assert same(arrays.round_floats(F, single[unchanged]), expected[unchanged].astype(np.float32))


@pytest.mark.parametrize("F", [ATLAS["tf32"], BINARY32, BINARY64, ieee_like(24, 8), ieee_like(50, 6)], ids=str)
def test_rounding_of_samples(F: Format) -> None:
    random = Random(2)
    v = floats(sample(BINARY64, random) for _ in range(1000))
    near = floats(sample(F, random) for _ in range(1000))
    with np.errstate(over="ignore", invalid="ignore"):
        v = np.concatenate((v, near, np.nextafter(near, 0), near * (1 + 2.0 ** -(F.p + 1)), near * (1 + 3 * 2.0 ** -(F.p + 1))))
    expected = floats(round_datum(F, from_float64(BINARY64, float(w))) for w in v)
    assert same(arrays.round_floats(F, v), expected)
    if has_room(F, np.float32):
        assert same(arrays.round_floats(F, v, out=np.empty(v.shape, np.float32)), expected.astype(np.float32))


@pytest.mark.parametrize("F", SMALL + HALF, ids=str)
def test_codes_and_numbers(F: Format) -> None:
    every = np.arange(1 << (8 if F.width <= 8 else 16)).astype(arrays.code_dtype(F))
    numbers = code_numbers(F)
    for dtype in (np.float32, np.float64):
        assert same(arrays.decode(F, every, dtype), numbers.astype(dtype))
    used = every[~np.isnan(numbers)]
    assert np.array_equal(arrays.encode(F, numbers[used]), used)
    if F.has_nan:
        assert set(arrays.encode(F, np.array([np.nan, -np.nan]))) == {F.encode(NAN)}
        unused = every[np.isnan(numbers)]  # NaNs, and codes that mean nothing
        assert set(arrays.add(F, unused, np.full_like(unused, F.encode(ZERO)))) == {F.encode(NAN)}
        assert set(arrays.fma(F, unused, unused, unused)) == {F.encode(NAN)}


def test_any_nan_of_binary32_is_a_nan() -> None:
    """Payloads of ones would be carried into the sign."""
    nan = np.array([0x7FFFFFFF, 0xFFFFFFFF, 0x7F800001, 0x7FFF8000], np.uint32).view(np.float32)
    for found in (arrays.add("bfloat16", nan, nan), arrays.multiply("bfloat16", nan, np.ones_like(nan)), arrays.round_floats("bfloat16", nan)):
        assert np.isnan(found).all()
    assert (arrays.encode("bfloat16", nan) == 0x7FC0).all()


@pytest.mark.parametrize("F", [BFLOAT16, BINARY16, ATLAS["E5M2"]], ids=str)
def test_shapes_places_and_threads(F: Format) -> None:
    """Odd lengths, odd places in memory, strides, broadcasting, `out`, no elements, threads: nothing of it changes a bit."""
    dtype, source = arrays.code_dtype(F), np.random.default_rng(1)
    x, y = source.integers(0, 1 << F.width, (2, 1003)).astype(dtype)
    expected = np.array([arrays.add(F, x[i : i + 1], y[i : i + 1])[0] for i in range(len(x))])
    for low, high in [*pairwise((0, 1, 2, 5, 600, 1003)), (1, 1002), (0, 1003), (7, 7)]:
        out = np.empty(1003, dtype)[low:high]
        assert arrays.add(F, x[low:high], y[low:high], out=out) is out
        assert np.array_equal(out, expected[low:high])
    for threads in (2, 3, 5):
        assert np.array_equal(arrays.add(F, x, y, threads=threads), expected)
    assert np.array_equal(arrays.add(F, x[::-3], y[::-3]), expected[::-3])
    assert np.array_equal(arrays.add(F, x[:40].reshape(5, 8), y[8:16]), arrays.add(F, x[:40], np.tile(y[8:16], 5)).reshape(5, 8))
    assert arrays.add(F, x[0], y[0]).shape == ()
    again = x.copy()
    assert np.array_equal(arrays.add(F, again, y, out=again), expected)
    frozen = x.copy()
    frozen.flags.writeable = False
    assert np.array_equal(arrays.add(F, frozen, y), expected)


def test_the_table_of_one_format() -> None:
    table = arrays.op_table("E2M1", "divide")
    assert table.shape == (16, 16)
    assert table[0b0010, 0b0100] == 0b0001  # 1 / 2
    assert (table[:, 0] == -1).all()  # x / 0 has no code
    assert arrays.op_table("E5M2", "add").shape == (256, 256)
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0] = 0


F8, F16 = np.zeros(2, np.uint8), np.zeros(2, np.uint16)
S, D = np.zeros(2, np.float32), np.zeros(2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: arrays.add("E5M2", F16, F16), "arrays of E5M2: expected float32 or float64, or uint8 for codes, found uint16"),
        (lambda: arrays.add("tf32", F16, F16), "arrays of tf32: expected float32 or float64, found uint16"),
        (lambda: arrays.add("bfloat16", F8, F8), "expected float32 or float64, or uint16 for codes, found uint8"),
        (lambda: arrays.add("bfloat16", S, D), "expected one dtype, found float32 and float64"),
        (lambda: arrays.add("bfloat16", D, D[:1].repeat(3)), r"shapes that broadcast, found \(2,\) and \(3,\)"),
        (lambda: arrays.add("binary64", S, S), "arrays of binary64: float32 lacks some of its numbers"),
        (lambda: arrays.add("F(24,8)", S, S), "float32 lacks"),
        (lambda: arrays.add("binary128", D, D), "arrays of binary128: float64 lacks"),
        (lambda: arrays.add("F(10,10)", D, D), r"format F\(10,10\): no machine format carries add"),
        (lambda: arrays.fma("F(30,6)", D, D, D), "carries fma"),
        (lambda: arrays.divide("F(30,6)", D, D), "carries divide"),
        (lambda: arrays.sqrt("F(30,6)", D), "carries sqrt"),
        (lambda: arrays.round_floats("F(4,11)", D), "carries rounding"),
        (lambda: arrays.add("binary16", D, D, out=S), "out: expected a contiguous array of float64"),
        (lambda: arrays.add("binary16", D, D, out=np.zeros(3)), r"of shape \(2,\), found float64 of shape \(3,\)"),
        (lambda: arrays.add("binary16", D, D, out=np.zeros(4)[::2]), "contiguous"),
        (lambda: arrays.round_floats("binary16", F16), "found uint16"),
        (lambda: arrays.round_floats("binary16", D, out=F16), "'encode' gives codes"),
        (lambda: arrays.encode("binary16", np.zeros(2, int)), "numbers to be rounded: expected float32 or float64, found int64"),
        (lambda: arrays.encode("tf32", D), "codes of 19 bits, at most 16"),
        (lambda: arrays.decode("E5M2", F16), "expected an array of uint8, found uint16"),
        (lambda: arrays.decode("E5M2", F8, np.float16), "float16 lacks"),
        (lambda: arrays.encode("E2M1", np.array([1.0, np.nan])), r"E2M1 has no NaN: the result at index \(1,\) has no code"),
        (lambda: arrays.divide("E2M1", F8, F8), r"index \(0,\) has no code"),
        (lambda: arrays.op_table("binary16", "add"), "tables are for at most 8"),
        (lambda: arrays.op_table("E5M2", "power"), "expected one of add, subtract, multiply, divide"),
    ],
)
def test_errors(call: Callable[[], object], message: str) -> None:
    with pytest.raises(FpproofError, match=message):
        call()
