"""The compiled inner loops (numba): rounding lane by lane, programs of sums, activations, masks, counters.

Everything numba compiles stands in this one module: its cache on disk notices changes of the module that a function stands in, not of
those it calls. What the arithmetic rests on is argued in `fpproof.networks.carriers`.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from fpproof.networks.carriers import NATIVE, ODD, PLAIN, Carrier

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOAD, TERM, FUSE, ADD, PUSH, BIAS = range(6)
"""Instructions of a program of sums; see `fpproof.networks.kernel`."""
NO_ACTIVATION, RELU_ACTIVATION, TABLE_ACTIVATION = range(3)

_EXPONENT_FIELD = 0x7FF0000000000000
_SIGN = -0x8000000000000000


def _bits_code(typing_context: Any, x: Any) -> Any:
    """The bits of a float64 as an int64."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), codegen


_bits: Any = intrinsic(_bits_code)


def _from_bits_code(typing_context: Any, x: Any) -> Any:
    """The float64 of bits in an int64."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), codegen


_from_bits: Any = intrinsic(_from_bits_code)


def _fma_code(typing_context: Any, x: Any, y: Any, z: Any) -> Any:
    """x * y + z in binary64, rounded once."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), codegen


_fma: Any = intrinsic(_fma_code)


@njit(cache=True, forceinline=True)
def nearest(v: float, c: Carrier) -> float:
    """The binary64 number v rounded to nearest-even in G, apart from flushing and from infinities that G lacks.

    With 2^e = max(power of two of |v|, 2^emin) and k = 1.5 * 2^(e + 52 - p), |v| + k lies in the binade of k, where
    binary64 numbers are the multiples of 2^(e - p), the grid of G at v: the addition rounds to it, ties to even since k is an even
    multiple, and subtracting k is exact. For p <= 50, |v| < 2^(e + 1) <= 2^(e + 51 - p) = k / 3 keeps the sum there. Magnitudes from 2^(emax + 1)
    on stay beyond omega with the k of 2^(emax + 1), and infinity with them; NaN stays NaN.
    """
    field = _from_bits(_bits(v) & _EXPONENT_FIELD)
    power = field if field > c.least else c.least
    k = (power if power < c.most else c.most) * c.scale
    r = (abs(v) + k) - k
    r = c.beyond if r > c.omega else r
    signed: float = _from_bits(_bits(r) | (_bits(v) & _SIGN))
    return signed


@njit(cache=True, forceinline=True)
def _round(v: float, c: Carrier) -> float:
    """The binary64 number v rounded to nearest-even in G."""
    r = _flushed(nearest(v, c), c.flush_below)
    return v * c.infinity if abs(v) == np.inf else r


@njit(cache=True, forceinline=True)
def _flushed(v: float, flush_below: float) -> float:
    return v * 0.0 if abs(v) < flush_below else v


@njit(cache=True, forceinline=True)
def _odd(s: float, error: float) -> float:
    """s + error rounded to odd, where s is s + error rounded to nearest: an even s moves one step towards the error."""
    bits: int = _bits(s)
    inexact = error != 0.0 and bits & 1 == 0 and bits & _EXPONENT_FIELD != _EXPONENT_FIELD
    step = 1 if (error > 0.0) == (s > 0.0) else -1
    return _from_bits(bits + step) if inexact else s


@njit(cache=True, forceinline=True)
def _odd_sum(x: float, y: float) -> float:
    """x + y rounded to odd in binary64; the error of the sum by TwoSum (Knuth 1969)."""
    s = x + y
    t = s - x
    return _odd(s, (x - (s - t)) + (y - t))


@njit(cache=True, forceinline=True)
def product(x: float, y: float, c: Carrier) -> float:
    """x (*) y in the carrier's format."""
    v = x * y
    if c.kind == NATIVE:
        return _flushed(v, c.flush_below)
    if c.kind == ODD:
        v = _odd(v, _fma(x, y, -v))
    return _round(v, c)


@njit(cache=True, forceinline=True)
def total(x: float, y: float, c: Carrier) -> float:
    """x (+) y in the carrier's format."""
    if c.kind == NATIVE:
        return _flushed(x + y, c.flush_below)
    v = _odd_sum(x, y) if c.kind == ODD else x + y
    return _round(v, c)


@njit(cache=True, forceinline=True)
def fused(s: float, x: float, y: float, c: Carrier) -> float:
    """fl(s + x * y) in the carrier's format."""
    if c.kind == NATIVE:
        return _flushed(_fma(x, y, s), c.flush_below)
    return _round(_odd_sum(x * y, s), c)


@njit(cache=True, forceinline=True)
def converted(v: float, c: Carrier) -> float:
    """A binary64 number rounded to the carrier's format; an infinity is NaN where the format has none."""
    if c.kind == NATIVE:
        return _flushed(v, c.flush_below)
    return _round(v, c)


@njit(cache=True, nogil=True)
def sums(
    starts: Ints,
    operations: NDArray[np.int8],
    sources: Ints,
    factors: Floats,
    depth: int,
    x: Floats,
    out: Floats,
    c: Carrier,
    wide: bool,
    finish: Carrier,
) -> None:
    """Runs every row's program on the tile x (neurons x points)."""
    lanes = x.shape[1]
    stack = np.empty((depth, lanes))
    for i in range(len(starts) - 1):
        top = -1
        stack[0, :] = 0.0
        for k in range(starts[i], starts[i + 1]):
            operation, w = operations[k], factors[k]
            source = x[sources[k]]
            if operation == TERM and c.kind == PLAIN:
                s = stack[top]
                for t in range(lanes):
                    s[t] = nearest(s[t] + nearest(w * source[t], c), c)
            elif operation == TERM:
                s = stack[top]
                for t in range(lanes):
                    s[t] = total(s[t], product(w, source[t], c), c)
            elif operation == LOAD and c.kind == PLAIN:
                top += 1
                s = stack[top]
                for t in range(lanes):
                    s[t] = nearest(w * source[t], c)
            elif operation == LOAD:
                top += 1
                s = stack[top]
                for t in range(lanes):
                    s[t] = product(w, source[t], c)
            elif operation == BIAS and c.kind == PLAIN:
                s = stack[top]
                for t in range(lanes):
                    s[t] = nearest(s[t] + w, c)
            elif operation == BIAS:
                s = stack[top]
                for t in range(lanes):
                    s[t] = total(s[t], w, c)
            elif operation == FUSE:
                s = stack[top]
                for t in range(lanes):
                    s[t] = fused(s[t], w, source[t], c)
            elif operation == ADD:
                top -= 1
                s, other = stack[top], stack[top + 1]
                for t in range(lanes):
                    s[t] = total(s[t], other[t], c)
            else:
                top += 1
                s = stack[top]
                for t in range(lanes):
                    s[t] = w
        if wide and top >= 0:
            for t in range(lanes):
                out[i, t] = converted(stack[0, t], finish)
        else:
            for t in range(lanes):
                out[i, t] = stack[0, t]


@njit(cache=True, nogil=True)
def _lookup(z: float, keys: Floats) -> int:
    """The place of z among sorted keys, -1 if it is none of them; both zeros are one."""
    k = int(np.searchsorted(keys, z))
    return k if k < len(keys) and keys[k] == z else -1


@njit(cache=True, nogil=True)
def activate(
    z: Floats, activation: int, keys: Floats, table_values: Floats, mask: Carrier, counters: Ints, flags: NDArray[np.bool_]
) -> Floats:
    """The activations of a layer; counts what is not finite and flags points for dense evaluation."""
    if activation == NO_ACTIVATION:
        a = z
    elif activation == RELU_ACTIVATION:
        a = np.empty_like(z)
        for i in range(z.shape[0]):
            for t in range(z.shape[1]):
                v = z[i, t]
                a[i, t] = 0.0 if v <= 0.0 else v
    else:
        a = np.empty_like(z)
        for i in range(z.shape[0]):
            for t in range(z.shape[1]):
                v = z[i, t]
                k = _lookup(v, keys)
                if k < 0 and v == v:
                    flags[t, 0] = True
                a[i, t] = _flushed(table_values[k], mask.flush_below) if k >= 0 else np.nan
    count(z, counters[:, 0], flags[:, 2])
    count(a, counters[:, 1], flags[:, 1])
    return a


@njit(cache=True, nogil=True)
def mask_adjoints(
    delta: Floats,
    z: Floats,
    activation: int,
    keys: Floats,
    table_derivatives: Floats,
    slope: float,
    mask: Carrier,
    uncounted: Ints,
    flags: NDArray[np.bool_],
) -> None:
    """delta <- delta (*) sigma'(z), in place; flags points where the result is not finite."""
    if activation == NO_ACTIVATION:
        return
    if activation == RELU_ACTIVATION and slope == 0.0:
        for i in range(z.shape[0]):
            for t in range(z.shape[1]):
                v = z[i, t]
                delta[i, t] *= 1.0 if v > 0.0 else (0.0 if v <= 0.0 else np.nan)
    else:
        for i in range(z.shape[0]):
            for t in range(z.shape[1]):
                v = z[i, t]
                if activation == RELU_ACTIVATION and v == v:
                    derivative = 1.0 if v > 0.0 else (slope if v == 0.0 else 0.0)
                else:
                    k = _lookup(v, keys)
                    derivative = _flushed(table_derivatives[k], mask.flush_below) if k >= 0 else np.nan
                delta[i, t] = product(delta[i, t], derivative, mask)
    count(delta, uncounted, flags[:, 1])


@njit(cache=True, nogil=True)
def count(v: Floats, counter: Ints, flag: NDArray[np.bool_]) -> None:
    """Adds the number of non-finite entries of each column to its counter, and flags columns that have some.

    A first pass finds out whether there are any: x * 0 is a zero iff x is finite, and NaN stays in a sum.
    """
    lanes = v.shape[1]
    check = np.zeros(lanes)
    for i in range(v.shape[0]):
        for t in range(lanes):
            check[t] += v[i, t] * 0.0
    for t in range(lanes):
        if check[t] != 0.0:
            flag[t] = True
            for i in range(v.shape[0]):
                if not abs(v[i, t]) < np.inf:
                    counter[t] += 1
