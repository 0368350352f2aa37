"""What is known of a term's values before any is computed: the grid they lie on, their size, their bits, which specials occur.

This decides how a kernel carries a number: what always fits into one binary64 number needs no error terms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from fpproof.formats import Format, Mode
from fpproof.theory import Domain, Op, Term, Type
from fpproof.theory.numbers import NAN, NEGATIVE_ZERO, Number, Special, Surd

SMALLEST, LARGEST = -450, 450
"""Exponents of what a kernel computes with; fpproof.judges.enumeration.lanes says why."""
LARGEST_POWER = 1000
"""Magnitude of n in 2^n that a kernel computes."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Finite values x are multiples of 2^grid, |x| < 2^high, with at most `bits` significant bits; None where nothing is known.

    `ends` are the least and the greatest value that integers can have, where they matter: as exponents.
    """

    grid: int | None = None
    high: int | None = None
    bits: int | None = None
    infinite: bool = True
    nan: bool = True
    ends: tuple[int, int] | None = None

    @property
    def finite(self) -> bool:
        return not self.infinite and not self.nan

    @property
    def inside(self) -> bool:
        """All nonzero values are known to lie inside the exponents of kernels."""
        return self.grid is not None and self.high is not None and self.grid >= SMALLEST and self.high <= LARGEST

    @property
    def double(self) -> bool:
        """All values are binary64 numbers."""
        return self.inside and self.bits is not None and self.bits <= 53


UNKNOWN = Shape()


def shape_of(grid: int, high: int, bits: int | None = None, infinite: bool = False, nan: bool = False) -> Shape:
    """Multiples of 2^grid below 2^high have at most high - grid bits."""
    return Shape(grid, high, max(1, high - grid) if bits is None else max(1, min(bits, high - grid)), infinite, nan)


def format_shape(F: Format, infinite: bool, nan: bool) -> Shape:
    return shape_of(F.quanta[0], F.emax + 1, F.precision, infinite, nan)


def constant_shape(value: Number) -> Shape:
    """Of a rational n/2^k: all; of others their size."""
    if isinstance(value, Special):
        return shape_of(0, 1, 1, infinite=value not in (NAN, NEGATIVE_ZERO), nan=value is NAN)
    assert not isinstance(value, Surd), "constants are rational"
    if not value:
        return replace(shape_of(0, 1, 1), ends=(0, 0))
    n, d = abs(int(value.numerator)), int(value.denominator)
    high = n.bit_length() - d.bit_length() + 1
    if d & (d - 1):
        return Shape(None, high, None, infinite=False, nan=False)
    grid = (n & -n).bit_length() - d.bit_length()
    return replace(shape_of(grid, high), ends=(int(value), int(value)) if d == 1 else None)


def join(x: Shape, y: Shape) -> Shape:
    """Of what is one or the other."""
    grid = None if x.grid is None or y.grid is None else min(x.grid, y.grid)
    high = None if x.high is None or y.high is None else max(x.high, y.high)
    bits = None if x.bits is None or y.bits is None else max(x.bits, y.bits)
    return Shape(grid, high, bits, x.infinite or y.infinite, x.nan or y.nan, _ends(x, y, lambda a, b: (min(a[0], b[0]), max(a[1], b[1]))))


Ends = tuple[int, int]


def _ends(x: Shape, y: Shape, combine: Callable[[Ends, Ends], Ends]) -> Ends | None:
    return None if x.ends is None or y.ends is None else combine(x.ends, y.ends)


def _negated(x: Shape) -> Shape:
    return replace(x, ends=None if x.ends is None else (-x.ends[1], -x.ends[0]))


def _absolute(x: Shape) -> Shape:
    return replace(x, ends=None if x.ends is None else (max(0, x.ends[0], -x.ends[1]), max(abs(x.ends[0]), abs(x.ends[1]))))


def _extreme(of: Callable[[int, int], int]) -> Callable[[Shape, Shape], Shape]:
    def shape(x: Shape, y: Shape) -> Shape:
        return replace(join(x, y), ends=_ends(x, y, lambda a, b: (of(a[0], b[0]), of(a[1], b[1]))))

    return shape


def _sum(x: Shape, y: Shape) -> Shape:
    both = join(x, y)
    high = None if both.high is None else both.high + 1
    bits = None if both.grid is None or high is None else max(1, high - both.grid)
    ends = _ends(x, y, lambda a, b: (a[0] + b[0], a[1] + b[1]))
    return Shape(both.grid, high, bits, both.infinite, both.nan or (x.infinite and y.infinite), ends)


def product_shape(x: Shape, y: Shape) -> Shape:
    grid = None if x.grid is None or y.grid is None else x.grid + y.grid
    high = None if x.high is None or y.high is None else x.high + y.high
    bits = None if x.bits is None or y.bits is None else x.bits + y.bits
    if grid is not None and high is not None and bits is not None:
        bits = max(1, min(bits, high - grid))
    return Shape(grid, high, bits, x.infinite or y.infinite, x.nan or y.nan or x.infinite or y.infinite)


def _quotient(x: Shape, y: Shape) -> Shape:
    high = None if x.high is None or y.grid is None else x.high - y.grid
    return Shape(None, high, None)


def scaled(x: Shape, n: int) -> Shape:
    """Of 2^n x."""
    return replace(x, grid=None if x.grid is None else x.grid + n, high=None if x.high is None else x.high + n, ends=None)


def power_of_two(term: Term) -> int | None:
    """n of a constant 2^n."""
    if term.op is not Op.CONSTANT or isinstance(term.data, Special | Surd) or term.data <= 0:
        return None
    n, d = int(term.data.numerator), int(term.data.denominator)
    return n.bit_length() - d.bit_length() if n & (n - 1) == 0 and d & (d - 1) == 0 else None


def member(x: Shape, F: Format) -> bool:
    """Whether all values are known to be data of F; E4M3FN and its like, whose last binade is not full, are asked for less."""
    if x.grid is None or x.high is None or x.bits is None:
        return False
    full = F.largest[0] == (2 << F.p) - 1
    fits = x.grid >= F.quanta[0] and x.bits <= F.precision and x.high <= (F.emax + 1 if full else F.emax)
    return fits and (F.has_infinities or not x.infinite)


def rounded(x: Shape, F: Format, mode: Mode) -> Shape:
    """Of fl(x): below 2^emax nothing overflows; beyond, it gives what the mode and the format say."""
    if member(x, F):
        return x
    safe = x.high is not None and x.high <= F.emax
    infinite = F.has_infinities and (x.infinite or (not safe and F.overflow == "infinity"))
    nan = x.nan or (x.infinite and not F.has_infinities) or (not safe and F.overflow == "nan")
    shape = format_shape(F, infinite, nan)
    if safe and x.high is not None and x.high >= F.emin:
        shape = shape_of(F.quanta[0], x.high + 1, F.precision, infinite, nan)
    return shape


def _exponent(x: Shape, F: Format) -> Shape:
    low, top = (min(x.grid, F.emin), max(x.high - 1, F.emin)) if x.grid is not None and x.high is not None else (-LARGEST, LARGEST)
    return replace(shape_of(0, max(-low, top + 1, abs(F.emin)).bit_length(), None, nan=x.nan or x.infinite), ends=(low, top))


def _ulp(x: Shape, F: Format) -> Shape:
    top = max(F.emin, LARGEST if x.high is None else x.high)
    return shape_of(F.emin - F.p, top - F.p + 1, 1, nan=x.nan or x.infinite)


def _significand(x: Shape) -> Shape:
    nan = x.nan or x.infinite
    return Shape(None, 1, None, False, nan) if x.bits is None else shape_of(1 - x.bits, 1, x.bits, nan=nan)


def _pow2(n: Shape) -> Shape:
    if n.ends is not None and max(map(abs, n.ends)) <= LARGEST_POWER:
        return shape_of(n.ends[0], n.ends[1] + 1, 1, infinite=n.infinite, nan=n.nan or n.infinite)
    if n.high is None or n.high > 12:
        return UNKNOWN
    return shape_of(-(1 << n.high), (1 << n.high) + 1, 1, infinite=n.infinite, nan=n.nan or n.infinite)


def _root(x: Shape) -> Shape:
    return Shape(None, None if x.high is None else max(0, ceil(x.high / 2)), None, x.infinite, nan=True)


def _integer_quotient(x: Shape, y: Shape) -> Shape:
    """floor(x/y) for |y| >= 1 lies between -|x| - 1 and |x|."""
    return shape_of(0, 1 + (LARGEST if x.high is None else x.high), None, nan=True)


def _remainder(x: Shape, y: Shape) -> Shape:
    return shape_of(0, LARGEST if y.high is None else max(1, y.high), None, nan=True)


_ARITHMETIC: dict[Op, Callable[..., Shape]] = {
    Op.NEGATE: _negated,
    Op.ABSOLUTE: _absolute,
    Op.ADD: _sum,
    Op.SUBTRACT: lambda x, y: _sum(x, _negated(y)),
    Op.MULTIPLY: product_shape,
    Op.DIVIDE: _quotient,
    Op.FLOOR_DIVIDE: _integer_quotient,
    Op.REMAINDER: _remainder,
    Op.POW2: _pow2,
    Op.MINIMUM: _extreme(min),
    Op.MAXIMUM: _extreme(max),
    Op.SQRT: _root,
}


def term_shape(term: Term, args: Sequence[Any], bounds: Mapping[Term, Shape]) -> Shape:
    """The shape of a number or an integer, the arguments' shapes given (None for what is no number); `bounds` has those of Int variables."""
    x: Any = args[0] if args else None
    scale = power_of_two(term.args[1]) if term.op in (Op.MULTIPLY, Op.DIVIDE) else None
    if scale is not None:
        return scaled(x, scale if term.op is Op.MULTIPLY else -scale)
    if term.op is Op.MULTIPLY and (scale := power_of_two(term.args[0])) is not None:
        return scaled(args[1], scale)
    if term.op in _ARITHMETIC:
        return _ARITHMETIC[term.op](*args)
    match term.op:
        case Op.CONSTANT:
            return constant_shape(term.data)
        case Op.VARIABLE if term.variable.domain in (Domain.FLOAT, Domain.DATUM):
            F: Format = term.args[0].data
            every = term.variable.domain is Domain.DATUM
            return format_shape(F, every and F.has_infinities, every and F.has_nan)
        case Op.VARIABLE:
            return bounds.get(term, UNKNOWN)
        case Op.IF:
            return join(args[1], args[2])
        case Op.ROUND:
            return rounded(x, term.args[1].data, term.args[2].data)
        case Op.SUCC | Op.PRED:
            return format_shape(term.args[1].data, term.args[1].data.has_infinities, True)
        case Op.WEIGHT:
            F = term.args[1].data
            kept: Shape = x if member(x, F) else format_shape(F, x.infinite and F.has_infinities, x.nan)
            return kept
        case Op.ACTIVATION:
            F = term.args[1].data
            return format_shape(F, F.has_infinities, x.nan or x.infinite or not F.has_infinities)
        case Op.ULP:
            return _ulp(x, term.args[1].data)
        case Op.EXPONENT:
            return _exponent(x, term.args[1].data)
        case Op.SIGNIFICAND:
            return _significand(x)
        case Op.POWER:
            return power_shape(x, term.args[1])
    return UNKNOWN


def power_shape(x: Shape, n: Term) -> Shape:
    """x multiplied with itself; of negative powers nothing is known."""
    if n.op is not Op.CONSTANT or n.type is not Type.INT or n.data < 0:
        return UNKNOWN
    total = constant_shape(n.data * 0 + 1)
    for _ in range(min(int(n.data), 64)):
        total = product_shape(total, x)
    return total if n.data <= 64 else UNKNOWN
