"""Kinds of numbers in arrays, and their operations: what a training step is computed with.

    Rationals   exact (gmpy2.mpq)
    Data        data of a format, by the exact arithmetic: every format and variant
    Lanes       numbers of a format in binary64 arrays, by `fpproof.kernels.arrays`: the same numbers, faster
    Machine     numpy's own float16, float32 and float64

The operations broadcast as numpy does. `product`, `sum` and `fused` are those inside sums (of the format that `wide` names), `times` and
`minus` those of the format itself; `start` and `finish` are what a sum does to a bias that comes first and to its result. `sign` is 1, 0, -1,
or 2 for NaN.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from typing import Any, Protocol

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from fpproof.activations import activation
from fpproof.activations import derivative as rounded_derivative
from fpproof.activations import value as rounded_value
from fpproof.activations.tables import WIDEST, table
from fpproof.errors import FormatError, NetworkError
from fpproof.formats import NAN, ZERO, Datum, Format, Mode, parse_format, rational, round_datum, round_rational
from fpproof.formats.arithmetic import add, flush_subnormal, fma, is_nan, multiply, negate
from fpproof.kernels import arrays
from fpproof.kernels.carriers import carrier, conversion
from fpproof.networks import Semantics
from fpproof.networks.kernel import from_float64, to_float64

Array = NDArray[Any]


class Operations(Protocol):
    """What a pass does with one kind of numbers, on arrays."""

    def read(self, numbers: Any) -> Array:
        """Rationals, nested in sequences of one shape, rounded to nearest-even."""
        ...

    def product(self, x: Array, y: Array) -> Array: ...
    def sum(self, x: Array, y: Array) -> Array: ...
    def fused(self, s: Array, x: Array, y: Array) -> Array: ...
    def start(self, bias: Array) -> Array: ...
    def finish(self, s: Array) -> Array: ...
    def times(self, x: Array, y: Array) -> Array: ...
    def minus(self, x: Array, y: Array) -> Array: ...
    def activated(self, name: str, z: Array) -> Array: ...
    def derivative(self, name: str, z: Array) -> Array: ...

    def function(self, f: Callable[..., Any], *columns: Array, rising: int = 0) -> Array:
        """f of data of the format, elementwise; of rationals for Rationals.

        It grows with column `rising` and falls with the others, which intervals need.
        """
        ...

    def rounded(self, x: Array) -> Array:
        """Numbers of another format of the same kind, rounded to this one."""
        ...


class Numbers(Operations, Protocol):
    """The operations of one kind of numbers on arrays, and what the numbers are."""

    def sign(self, x: Array) -> NDArray[np.int8]: ...

    def exact(self, x: Array) -> Array:
        """The rationals (mpq) that the numbers are, None for infinities and NaN."""
        ...


def objects(numbers: Any) -> Array:
    """Nested sequences of anything as an array of objects; tuples of numbers are not taken apart."""
    if isinstance(numbers, (list, tuple)) and numbers and isinstance(numbers[0], (list, tuple)):
        return np.array([objects(row) for row in numbers], object)
    found = np.empty(len(numbers), object)
    found[:] = [mpq(r) for r in numbers]
    return found


class Rationals:
    """Exact arithmetic; ReLU's derivative at 0 is `slope`."""

    def __init__(self, slope: Fraction = Fraction(0)) -> None:
        self._slope = mpq(slope)
        self._zero, self._one = mpq(0), mpq(1)

    def read(self, numbers: Any) -> Array:
        return objects(numbers)

    def product(self, x: Array, y: Array) -> Array:
        return np.asarray(x * y)

    times = product

    def sum(self, x: Array, y: Array) -> Array:
        return np.asarray(x + y)

    def fused(self, s: Array, x: Array, y: Array) -> Array:
        return np.asarray(s + x * y)

    def minus(self, x: Array, y: Array) -> Array:
        return np.asarray(x - y)

    def start(self, bias: Array) -> Array:
        return bias

    finish = start

    def sign(self, x: Array) -> NDArray[np.int8]:
        return (x > 0).astype(np.int8) - (x < 0).astype(np.int8)

    def activated(self, name: str, z: Array) -> Array:
        if name == "relu":
            return np.asarray(np.where(self.sign(z) > 0, z, self._zero), object)
        return self._exactly(name, activation(name).value.exact, z)

    def derivative(self, name: str, z: Array) -> Array:
        if name == "relu":
            sign = self.sign(z)
            return np.asarray(np.where(sign > 0, self._one, np.where(sign == 0, self._slope, self._zero)), object)
        return self._exactly(name, activation(name).derivative.exact, z)

    def _exactly(self, name: str, f: Callable[[mpq], mpq | None], z: Array) -> Array:
        values = np.frompyfunc(f, 1, 1)(z)
        if any(v is None for v in values.flat):
            raise NetworkError(f"exact arithmetic: {name} of a rational is irrational", hint="leave 'exact' out of the arithmetics, or use ReLU")
        return np.asarray(values)

    def rounded(self, x: Array) -> Array:
        return x

    def exact(self, x: Array) -> Array:
        return x

    def function(self, f: Callable[..., Any], *columns: Array, rising: int = 0) -> Array:
        return _elementwise(f, *columns)


class _Rounded:
    """What the arithmetics of a format share: activations as tables that fill as they are asked, and what numbers are."""

    def __init__(self, F: Format, semantics: Semantics) -> None:
        self.format, self.semantics = F, semantics
        self.wide = semantics.wide or F
        self.slope = self._flushed(semantics.slope(F))
        self._tables = lru_cache(maxsize=None)(self._entry)

    def _flushed(self, x: Datum) -> Datum:
        return flush_subnormal(self.format, x) if self.semantics.flush else x

    def _entry(self, name: str, z: Datum) -> tuple[Datum, Datum]:
        """Activation and derivative at a datum."""
        if name == "relu":
            if is_nan(z):
                return NAN, NAN
            return (z, (1, 0)) if z[0] > 0 else (ZERO, self.slope if z[0] == 0 else ZERO)
        sigma, key = activation(name), ZERO if z[0] == 0 and z[1] is not None else z
        return tuple(self._flushed(f(self.format, sigma, key)) for f in (rounded_value, rounded_derivative))  # type: ignore[return-value]  # two

    def data(self, numbers: Any) -> Array:
        """Rationals as an array of data, rounded to the format."""
        return _elementwise(lambda r: self._flushed(round_rational(self.format, r)), objects(numbers))


def _elementwise(f: Callable[..., Any], *columns: Array) -> Array:
    return np.asarray(np.frompyfunc(f, len(columns), 1)(*columns), object)


def _fraction(x: Datum) -> Any:
    return None if x[1] is None else mpq(rational(x))


class Data(_Rounded):
    """A format and a semantics by the exact arithmetic of data: the referee of `Lanes`."""

    def __init__(self, F: Format, semantics: Semantics) -> None:
        super().__init__(F, semantics)
        G, flush = self.wide, semantics.flush

        def rounded(H: Format, f: Callable[..., Datum], arity: int) -> Callable[..., Array]:
            g = np.frompyfunc((lambda *x: flush_subnormal(H, f(H, *x))) if flush else (lambda *x: f(H, *x)), arity, 1)
            return lambda *columns: np.asarray(g(*columns), object)

        self.product, self.sum = rounded(G, multiply, 2), rounded(G, add, 2)
        self.fused = rounded(G, lambda H, s, x, y: fma(H, x, y, s), 3)
        self.start, self.finish = rounded(G, round_datum, 1), rounded(F, round_datum, 1)
        self.times, self.minus = rounded(F, multiply, 2), rounded(F, lambda H, x, y: add(H, x, negate(y)), 2)

    def read(self, numbers: Any) -> Array:
        return self.data(numbers)

    def sign(self, x: Array) -> NDArray[np.int8]:
        return np.asarray(_elementwise(lambda v: 2 if is_nan(v) else (v[0] > 0) - (v[0] < 0), x), np.int8)

    def activated(self, name: str, z: Array) -> Array:
        return _elementwise(lambda v: self._tables(name, v)[0], z)

    def derivative(self, name: str, z: Array) -> Array:
        return _elementwise(lambda v: self._tables(name, v)[1], z)

    def rounded(self, x: Array) -> Array:
        return self.finish(x)

    def exact(self, x: Array) -> Array:
        return _elementwise(_fraction, x)

    def function(self, f: Callable[..., Any], *columns: Array, rising: int = 0) -> Array:
        return _elementwise(lambda *x: self._flushed(f(*x)), *columns)


@lru_cache(maxsize=32)
def _whole_table(F: Format, name: str) -> tuple[Array, Array]:
    """Both columns of `fpproof.activations.tables.table` as numbers."""
    values, derivatives = (column.astype(arrays.code_dtype(F)) for column in table(F, activation(name)))
    return arrays.decode(F, values), arrays.decode(F, derivatives)


class Lanes(_Rounded):
    """The same numbers in binary64 arrays."""

    @property
    def tabulated(self) -> bool:
        """Whether an activation is a table of the whole format: 16 bits and infinities."""
        return self.format.width <= WIDEST and self.format.has_infinities

    def whole_table(self, name: str) -> tuple[Array, Array, Array]:
        """All pre-activations but NaN in order, activations and derivatives."""
        codes = np.arange(1 << self.format.width).astype(arrays.code_dtype(self.format))
        z = arrays.decode(self.format, codes)
        order = np.argsort(z)[: np.count_nonzero(~np.isnan(z))]
        values, derivatives = (self.kept(self.format, column[codes])[order] for column in _whole_table(self.format, name))
        return z[order], values, derivatives

    def floats(self, ordinals: NDArray[np.int64]) -> Array:
        """The finite floats at places in the format's order (`Format.from_ordinal`)."""
        F, magnitude = self.format, np.abs(ordinals)
        field, fraction = magnitude >> F.p, magnitude & ((1 << F.p) - 1)
        significand = np.where(field > 0, fraction | (1 << F.p), fraction).astype(np.float64)
        return np.asarray(np.copysign(np.ldexp(significand, np.maximum(field, 1) - 1 + F.emin - F.p), ordinals))

    def product(self, x: Array, y: Array) -> Array:
        return self.kept(self.wide, arrays.multiply(self.wide, x, y))

    def sum(self, x: Array, y: Array) -> Array:
        return self.kept(self.wide, arrays.add(self.wide, x, y))

    def fused(self, s: Array, x: Array, y: Array) -> Array:
        return self.kept(self.wide, arrays.fma(self.wide, x, y, s))

    def times(self, x: Array, y: Array) -> Array:
        return self.kept(self.format, arrays.multiply(self.format, x, y))

    def minus(self, x: Array, y: Array) -> Array:
        return self.kept(self.format, arrays.subtract(self.format, x, y))

    def start(self, bias: Array) -> Array:
        return bias if self.wide == self.format else self.kept(self.wide, bias)

    def finish(self, s: Array) -> Array:
        return s if self.wide == self.format else self.kept(self.format, arrays.round_floats(self.format, s))

    def kept(self, F: Format, v: Array) -> Array:
        """Results of an operation of F, flushed where the semantics says so."""
        return np.where(np.abs(v) < float(F.smallest_normal), np.copysign(0.0, v), v) if self.semantics.flush else v

    def read(self, numbers: Any) -> Array:
        return np.asarray(_elementwise(to_float64, self.data(numbers)), np.float64)

    def sign(self, x: Array) -> NDArray[np.int8]:
        return np.where(np.isnan(x), np.int8(2), (x > 0).astype(np.int8) - (x < 0).astype(np.int8))

    def activated(self, name: str, z: Array) -> Array:
        if name == "relu":
            return np.where((z > 0) | np.isnan(z), z, 0.0)
        return self._looked_up(name, 0, z)

    def derivative(self, name: str, z: Array) -> Array:
        if name == "relu":
            return np.where(np.isnan(z), z, np.where(z > 0, 1.0, np.where(z == 0, to_float64(self.slope), 0.0)))
        return self._looked_up(name, 1, z)

    def _looked_up(self, name: str, column: int, z: Array) -> Array:
        """An activation (column 0) or its derivative: by a table of the whole format where it has 16 bits and NaN, else one by one."""
        if not (self.format.width <= WIDEST and self.format.has_nan):
            return self.function(lambda v: self._tables(name, v)[column], z)
        return self.kept(self.format, _whole_table(self.format, name)[column][arrays.encode(self.format, z)])

    def rounded(self, x: Array) -> Array:
        return self.kept(self.format, arrays.round_floats(self.format, x))

    def exact(self, x: Array) -> Array:
        return _elementwise(lambda v: mpq(v) if isfinite(v) else None, x.astype(object))

    def function(self, f: Callable[..., Any], *columns: Array, rising: int = 0) -> Array:
        data = (_elementwise(lambda v: from_float64(self.format, v), column.astype(object)) for column in columns)
        return np.asarray(_elementwise(lambda *x: to_float64(self._flushed(f(*x))), *data), np.float64)


MACHINE: dict[str, type[np.floating[Any]]] = {"float16": np.float16, "float32": np.float32, "float64": np.float64}


class Machine(_Rounded):
    """numpy's own operations; activations other than ReLU are correctly rounded, since numpy's would add their own errors."""

    def __init__(self, dtype: str) -> None:
        super().__init__(parse_format(dtype), Semantics())
        self.dtype = MACHINE[dtype]

    def product(self, x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(x * y)

    times = product

    def sum(self, x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(x + y)

    def minus(self, x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(x - y)

    def fused(self, s: Array, x: Array, y: Array) -> Array:
        raise NetworkError("numpy has no fused multiply-add")

    def start(self, bias: Array) -> Array:
        return bias

    finish = start

    def read(self, numbers: Any) -> Array:
        return np.asarray(_elementwise(to_float64, self.data(numbers)), np.float64).astype(self.dtype)

    def sign(self, x: Array) -> NDArray[np.int8]:
        return np.where(np.isnan(x), np.int8(2), (x > 0).astype(np.int8) - (x < 0).astype(np.int8))

    def activated(self, name: str, z: Array) -> Array:
        if name == "relu":
            return np.maximum(z, self.dtype(0))
        return self.function(lambda v: self._tables(name, v)[0], z)

    def derivative(self, name: str, z: Array) -> Array:
        if name == "relu":
            return np.where(np.isnan(z), z, (z > 0).astype(self.dtype))
        return self.function(lambda v: self._tables(name, v)[1], z)

    def rounded(self, x: Array) -> Array:
        return x.astype(self.dtype)

    def exact(self, x: Array) -> Array:
        return _elementwise(lambda v: mpq(v) if isfinite(v) else None, x.astype(np.float64).astype(object))

    def function(self, f: Callable[..., Any], *columns: Array, rising: int = 0) -> Array:
        data = (_elementwise(lambda v: from_float64(self.format, v), column.astype(np.float64).astype(object)) for column in columns)
        return np.asarray(_elementwise(lambda *x: to_float64(f(*x)), *data), np.float64).astype(self.dtype)


def within(F: Format, G: Format) -> bool:
    """Whether every value of F is one of G."""
    inside = F.p <= G.p and F.emin - F.p >= G.emin - G.p and F.Omega <= G.Omega
    return inside and (G.has_infinities or not F.has_infinities)


def has_lanes(formats: Sequence[Format], semantics: Semantics) -> bool:
    """Whether `Lanes` can do these formats, each within the next ones, under a semantics."""
    fused = semantics.order == "fma"
    chain = [*formats, *([semantics.wide] if semantics.wide else [])]
    room = all(F.p <= 52 and F.emin - F.p >= -1074 and F.emax <= 1023 for F in chain)
    if not room or not all(within(chain[0], G) for G in chain):
        return False
    carried = all(carrier(G, G, fused=fused, narrow=False) is not None and conversion(G) is not None for G in chain)
    return carried and (not fused or all(G.p <= 25 or G.p == 52 for G in chain))


def rounded_numbers(F: Format, semantics: Semantics, lanes: bool) -> "Data | Lanes":
    return Lanes(F, semantics) if lanes else Data(F, semantics)


def stochastic(F: Format, r: Any, bits: int) -> Datum:
    """r rounded to its upper neighbour in F with probability (r - lower)/(upper - lower), to 64 bits; nearest-even beyond Omega.

    `bits` is a uniform integer below 2^64: the upper neighbour is taken iff bits < fraction * 2^64.
    """
    low, high = round_rational(F, r, Mode.DOWN), round_rational(F, r, Mode.UP)
    if low[1] is None or high[1] is None:
        return round_rational(F, r)
    a, b = mpq(rational(low)), mpq(rational(high))
    if a == b:
        return low
    return high if bits < (r - a) / (b - a) * 2**64 else low


def machine_dtype(name: str) -> str:
    """float16, float32 or float64; raises FormatError for others."""
    if name not in MACHINE:
        raise FormatError(f"numpy has no {name[:40]!r} here", hint=f"there are {', '.join(MACHINE)}")
    return name
