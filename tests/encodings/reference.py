"""What encodings are compared with: `fpproof.formats.arithmetic` on whole formats, and samples that seek the edges."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from fpproof.encodings import FloatTerm, float_variable
from fpproof.encodings.interpret import interpret
from fpproof.encodings.terms import Term
from fpproof.errors import FormatError
from fpproof.formats import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format, Mode, arithmetic, parse_format
from fpproof.formats.arithmetic import is_nan

ATLAS_SMALL = [parse_format(name) for name in ("E2M1", "E2M3", "E3M2", "E4M3FN", "E4M3FN-sat", "E5M2")]
IEEE_SMALL = [parse_format(name) for name in ("F(1,2)", "F(1,3)", "F(2,2)", "F(2,3)", "F(3,2)", "F(2,4)", "F(3,4)")]
CUSTOM = [
    # Unused codes between Omega and the specials, every overflow, odd and even Omega, one binade, exponents of one sign only.
    Format("cut", 2, -2, 2, Fraction(6), "ieee", "infinity"),
    Format("cut-nan", 2, -2, 2, Fraction(5), "ieee", "nan"),
    Format("cut-saturate", 2, -1, 2, Fraction(4), "ieee", "saturate"),
    Format("high", 2, 3, 6, Fraction(96), "nan", "nan"),
    Format("low", 1, -9, -7, Fraction(3, 256), "none", "saturate"),
    Format("one-binade", 3, 0, 0, Fraction(15, 8), "none", "saturate"),
]
SMALL = ATLAS_SMALL + IEEE_SMALL + CUSTOM
"""Every format of 8 bits and less that the suite knows."""
TINY = [F for F in SMALL if F.width <= 6]
WIDE = [parse_format(name) for name in ("bfloat16", "binary16", "binary32", "binary64")]

ERROR = -1
"""Stands for the error value among codes."""

LETTERS = "xyz"


def name(x: object) -> str:
    """For pytest's ids."""
    return x.name if isinstance(x, Format) else str(x)


def code(F: Format, x: Datum) -> int:
    return ERROR if is_nan(x) and not F.has_nan else F.encode(x)


@cache
def inputs(F: Format) -> tuple[list[int], list[Datum]]:
    """All codes that mean something, and their data; NaNs of every payload and sign among them."""
    found: list[tuple[int, Datum]] = []
    for n in range(1 << F.width):
        try:
            found.append((n, F.decode(n)))
        except FormatError:
            continue
    return [n for n, _ in found], [x for _, x in found]


def variables(formats: Sequence[Format]) -> list[FloatTerm]:
    return [float_variable(F, letter) for F, letter in zip(formats, LETTERS, strict=False)]


def lanes(terms: Sequence[Term], columns: Sequence[npt.ArrayLike]) -> list[npt.NDArray[np.object_]]:
    """The values of terms, whose variables are named x, y, z."""
    found = interpret(terms, dict(zip(LETTERS, columns, strict=False)))
    return [np.broadcast_to(values, np.shape(columns[0])) for values in found]


def codes_of(x: FloatTerm, columns: Sequence[npt.ArrayLike]) -> npt.NDArray[np.int64]:
    """The codes of a float of fewer than 64 bits on all lanes, ERROR for error values."""
    codes, errors = lanes([x.code, x.error], columns)
    return np.where(errors.astype(bool), ERROR, codes.astype(np.int64))


@dataclass(frozen=True)
class Grid:
    """All tuples of operands of an operation, and which of them have the same exact result.

    The arithmetic, which is slow, is asked once a class: it rounds the exact result, whichever operands gave it. Tuples with a special or
    a zero among operands or result are classes of their own.
    """

    columns: list[npt.NDArray[np.uint64]]
    data: list[list[Datum]]
    classes: npt.NDArray[np.int64]
    representatives: list[tuple[Datum, ...]]

    def expected(self, F: Format, operation: Callable[..., Datum], mode: Mode) -> npt.NDArray[np.int64]:
        """The codes that the arithmetic gives on all tuples."""
        codes = [code(F, operation(F, *row, mode)) for row in self.representatives]
        return np.array(codes, dtype=np.int64)[self.classes]


@lru_cache(4)
def grid(operation: str, formats: tuple[Format, ...]) -> Grid:
    operands = [inputs(F) for F in formats]
    places = np.indices([len(codes) for codes, _ in operands]).reshape(len(formats), -1)
    columns = [np.array(codes, dtype=np.uint64)[place] for (codes, _), place in zip(operands, places, strict=True)]
    data = [[known[i] for i in place.tolist()] for (_, known), place in zip(operands, places, strict=True)]
    number: dict[object, int] = {}
    representatives: list[tuple[Datum, ...]] = []
    classes = np.empty(len(data[0]), dtype=np.int64)
    for index, row in enumerate(zip(*data, strict=True)):
        key = exact_key(operation, row)
        if key not in number:
            number[key] = len(representatives)
            representatives.append(row)
        classes[index] = number[key]
    return Grid(columns, data, classes, representatives)


def exact_key(operation: str, row: tuple[Datum, ...]) -> object:
    """The exact result of finite operands that are not zero, as an odd integer and an exponent or a fraction; else the operands."""
    finite = [(m, e) for m, e in row if m and e is not None]
    if len(finite) < len(row) or operation in ("sqrt", "convert"):
        return row
    (mx, ex), (my, ey) = finite[0], finite[-1]
    if operation == "divide":
        divisor = math.gcd(mx, my) * (1 if my > 0 else -1)
        return mx // divisor, my // divisor, ex - ey
    if operation == "multiply":
        return _odd(mx * my, ex + ey)
    if operation == "fma":
        mx, ex = mx * finite[1][0], ex + finite[1][1]
    if operation == "subtract":
        my = -my
    total = (mx << max(0, ex - ey)) + (my << max(0, ey - ex))
    return _odd(total, min(ex, ey)) if total else row


def _odd(m: int, e: int) -> tuple[int, int]:
    """The same number with an odd integer."""
    zeros = (m & -m).bit_length() - 1
    return m >> zeros, e + zeros


def edges(F: Format, count: int, seed: int) -> list[Datum]:
    """Random data of a format: specials, zeros, subnormals, powers of two, Omega, and numbers near them, any number."""
    rng = random.Random(seed)
    N = F.largest_ordinal
    specials = [F.smallest, F.largest, ZERO, NEGATIVE_ZERO]
    specials += ([NAN] if F.has_nan else []) + ([INFINITY, NEGATIVE_INFINITY] if F.has_infinities else [])

    def draw() -> Datum:
        kind = rng.randrange(8)
        if kind == 0:
            return rng.choice(specials)
        if kind == 1:
            n = rng.randint(1, 1 << F.p)
        elif kind == 2:
            n = F.ordinal(F.power_of_two(rng.randint(F.emin - F.p, F.emax))) + rng.randint(-2, 2)
        elif kind == 3:
            n = N - rng.randrange(3)
        elif kind <= 5:  # exponents near 0: sums and products that stay finite
            n = F.ordinal(F.power_of_two(rng.randint(-4, 4))) + rng.randrange(1 << F.p)
        else:
            n = rng.randint(1, N)
        n = max(1, min(N, n))
        return F.from_ordinal(n if rng.random() < 0.5 else -n)

    return [draw() for _ in range(count)]


def near(F: Format, x: Datum, rng: random.Random) -> Datum:
    """A finite number a few places from x or -x: sums that cancel."""
    if x[1] is None:
        return F.smallest
    N = F.largest_ordinal
    n = max(-N, min(N, F.ordinal(x) + rng.choice([-1, 0, 1, rng.randint(-(2 << F.p), 2 << F.p)])))
    return arithmetic.negate(F.from_ordinal(n)) if rng.random() < 0.7 else F.from_ordinal(n)
