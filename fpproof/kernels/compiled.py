"""The compiled inner loops (numba): rounding lane by lane, programs of sums, activations, masks, counters, elementwise operations.

Everything numba compiles stands in this one module: its cache on disk notices changes of the module that a function stands in, not of
those it calls. What the arithmetic rests on is argued in `fpproof.kernels.carriers`. `product`, `total`, `fused` and `converted` are
operations of the carrier's format; they and the loops are compiled for each type of carrier that is met. The loops over arrays are
compiled for each storage too: how the elements are read as machine numbers and written again (`fpproof.kernels.storage`).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from fpproof.kernels.carriers import Carrier, Grid, Native, Odd, Plain, Truncated
from fpproof.kernels.storage import Codes, Floats, Halves, Storage

Lanes = NDArray[Any]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LOAD, TERM, FUSE, ADD, PUSH, BIAS = range(6)
"""Instructions of a program of sums; see `fpproof.networks.kernel`."""
NO_ACTIVATION, RELU_ACTIVATION, TABLE_ACTIVATION = range(3)

# Operations on bits, of float32 and float64 alike. They are written for LLVM, since numba widens 32-bit integers.


def _integer(x: Any) -> tuple[Any, int]:
    """The LLVM integer type as wide as a numba float, and the bits of its fraction."""
    return (ir.IntType(32), 23) if x == types.float32 else (ir.IntType(64), 52)


def _power_code(typing_context: Any, x: Any) -> Any:
    """The power of two of |x| (0 for subnormal x, infinity for NaN): x with its exponent field alone."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integer, fraction = _integer(x)
        field = ir.Constant(integer, ((1 << (integer.width - 1)) - 1) & ~((1 << fraction) - 1))
        return builder.bitcast(builder.and_(builder.bitcast(arguments[0], integer), field), arguments[0].type)

    return x(x), codegen


def _signed_code(typing_context: Any, magnitude: Any, x: Any) -> Any:
    """The magnitude with the sign of x."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integer, _ = _integer(x)
        sign = ir.Constant(integer, 1 << (integer.width - 1))
        of_x = builder.and_(builder.bitcast(arguments[1], integer), sign)
        return builder.bitcast(builder.or_(builder.bitcast(arguments[0], integer), of_x), arguments[0].type)

    return magnitude(magnitude, x), codegen


def _cut_code(typing_context: Any, x: Any) -> Any:
    """A float32 with the low 16 bits of its code rounded away, to nearest, ties to even: add half - 1 + the last bit kept, cut."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integer = ir.IntType(32)
        code = builder.bitcast(arguments[0], integer)
        last = builder.and_(builder.lshr(code, ir.Constant(integer, 16)), ir.Constant(integer, 1))
        raised = builder.add(builder.add(code, ir.Constant(integer, 0x7FFF)), last)
        return builder.bitcast(builder.and_(raised, ir.Constant(integer, 0xFFFF0000)), arguments[0].type)

    return x(x), codegen


def _step_code(typing_context: Any, s: Any, error: Any) -> Any:
    """An even s moved one step towards s + error, an odd s as it is; for finite s, error != 0."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integer, zero = ir.IntType(64), ir.Constant(ir.DoubleType(), 0.0)
        code = builder.bitcast(arguments[0], integer)
        outward = builder.icmp_signed("==", builder.fcmp_ordered(">", arguments[1], zero), builder.fcmp_ordered(">", arguments[0], zero))
        step = builder.select(outward, ir.Constant(integer, 1), ir.Constant(integer, -1))
        even = builder.icmp_signed("==", builder.and_(code, ir.Constant(integer, 1)), ir.Constant(integer, 0))
        return builder.bitcast(builder.select(even, builder.add(code, step), code), ir.DoubleType())

    return types.float64(types.float64, types.float64), codegen


def _fma_code(typing_context: Any, x: Any, y: Any, z: Any) -> Any:
    """x * y + z in their machine format, rounded once."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return x(x, x, x), codegen


def _quotient_code(typing_context: Any, x: Any, y: Any) -> Any:
    """x / y in their machine format; x / 0 is an infinity or NaN, and no exception."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fdiv(*arguments)

    return x(x, x), codegen


def _decode_code(typing_context: Any, code: Any, least: Any, cut: Any, first: Any, step: Any, largest: Any, infinity: Any, sign: Any) -> Any:
    """The number of a code, in the machine format of `least`; see `fpproof.kernels.storage.Codes`."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (integer, _), number = _integer(least), arguments[1].type
        code = builder.zext(arguments[0], integer)
        cut, first, step, largest, infinity, sign = (builder.trunc(a, integer) if integer.width < 64 else a for a in arguments[2:])
        magnitude = builder.and_(code, builder.not_(sign))
        subnormal = builder.icmp_unsigned("<", magnitude, step)
        raised = builder.add(builder.add(magnitude, first), builder.select(subnormal, step, ir.Constant(integer, 0)))
        v = builder.bitcast(builder.shl(raised, cut), number)
        v = builder.fsub(v, builder.select(subnormal, arguments[1], ir.Constant(number, 0.0)))
        special = builder.select(builder.icmp_unsigned("==", magnitude, infinity), ir.Constant(number, np.inf), ir.Constant(number, np.nan))
        v = builder.bitcast(builder.select(builder.icmp_unsigned("<=", magnitude, largest), v, special), integer)
        negative = builder.icmp_unsigned("!=", builder.and_(code, sign), ir.Constant(integer, 0))
        top = builder.select(negative, ir.Constant(integer, 1 << (integer.width - 1)), ir.Constant(integer, 0))
        return builder.bitcast(builder.or_(v, top), number)

    return least(code, least, *(types.int64,) * 6), codegen


def _encode_code(typing_context: Any, v: Any, least: Any, cut: Any, first: Any, step: Any, infinity: Any, nan: Any, sign: Any) -> Any:
    """The code of a value of the format, given in the machine format of `least`; see `fpproof.kernels.storage.Codes`."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (integer, _), number = _integer(least), arguments[1].type
        zero, top = ir.Constant(integer, 0), ir.Constant(integer, 1 << (integer.width - 1))
        cut, first, step, infinity, nan, sign = (builder.trunc(a, integer) if integer.width < 64 else a for a in arguments[2:])
        bits = builder.bitcast(arguments[0], integer)
        magnitude = builder.bitcast(builder.and_(bits, builder.not_(top)), number)
        subnormal = builder.fcmp_ordered("<", magnitude, arguments[1])
        raised = builder.fadd(magnitude, builder.select(subnormal, arguments[1], ir.Constant(number, 0.0)))
        place = builder.sub(builder.lshr(builder.bitcast(raised, integer), cut), builder.add(first, builder.select(subnormal, step, zero)))
        place = builder.select(builder.fcmp_ordered("==", magnitude, ir.Constant(number, np.inf)), infinity, place)
        signed = builder.or_(place, builder.select(builder.icmp_signed("<", bits, zero), sign, zero))
        code = builder.select(builder.fcmp_unordered("uno", arguments[0], arguments[0]), nan, signed)
        return builder.trunc(code, ir.IntType(32)) if integer.width > 32 else code

    return types.int32(least, least, *(types.int64,) * 6), codegen


def _upper_code(typing_context: Any, code: Any) -> Any:
    """The float32 whose upper half is a uint16."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integer = ir.IntType(32)
        return builder.bitcast(builder.shl(builder.zext(arguments[0], integer), ir.Constant(integer, 16)), ir.FloatType())

    return types.float32(types.uint16), codegen


def _half_code(typing_context: Any, x: Any) -> Any:
    """The upper half of a float32."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integer = ir.IntType(32)
        return builder.trunc(builder.lshr(builder.bitcast(arguments[0], integer), ir.Constant(integer, 16)), ir.IntType(16))

    return types.uint16(types.float32), codegen


def _left_code(typing_context: Any, word: Any) -> Any:
    """The float32 whose upper half is that of a uint32."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(builder.and_(arguments[0], ir.Constant(ir.IntType(32), 0xFFFF0000)), ir.FloatType())

    return types.float32(types.uint32), codegen


def _right_code(typing_context: Any, word: Any) -> Any:
    """The float32 whose upper half is the lower one of a uint32."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(builder.shl(arguments[0], ir.Constant(ir.IntType(32), 16)), ir.FloatType())

    return types.float32(types.uint32), codegen


def _pair_code(typing_context: Any, left: Any, right: Any) -> Any:
    """The upper halves of two float32 in one uint32; the lower halves are 0 but in NaNs."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integer = ir.IntType(32)
        halves = [builder.bitcast(v, integer) for v in arguments]
        upper = builder.and_(halves[0], ir.Constant(integer, 0xFFFF0000))
        return builder.or_(upper, builder.lshr(halves[1], ir.Constant(integer, 16)))

    return types.uint32(types.float32, types.float32), codegen


_power: Any = intrinsic(_power_code)
_signed: Any = intrinsic(_signed_code)
_cut: Any = intrinsic(_cut_code)
_step: Any = intrinsic(_step_code)
_fma: Any = intrinsic(_fma_code)
_quotient: Any = intrinsic(_quotient_code)
_decode: Any = intrinsic(_decode_code)
_encode: Any = intrinsic(_encode_code)
_upper: Any = intrinsic(_upper_code)
_half: Any = intrinsic(_half_code)
_left: Any = intrinsic(_left_code)
_right: Any = intrinsic(_right_code)
_pair: Any = intrinsic(_pair_code)


@njit(cache=True, forceinline=True)
def nearest(v: float, g: Grid) -> float:
    """A machine number rounded to nearest-even in G, in v's precision of c bits.

    With 2^e = max(power of two of |v|, 2^emin) and k = 1.5 * 2^(e + c - 1 - p), |v| + k lies in the binade of k, where
    machine numbers are the multiples of 2^(e - p), the grid of G at v: the addition rounds to it, ties to even since k is an even
    multiple, and subtracting k is exact. For p <= c - 3, |v| < 2^(e + 1) <= 2^(e + c - 2 - p) = k / 3 keeps the sum there. Magnitudes from
    2^(emax + 1) on stay beyond omega with the k of 2^(emax + 1), and infinity with them; NaN stays NaN.
    """
    power = _power(v)
    power = power if power > g.least else g.least
    k = (power if power < g.most else g.most) * g.scale
    r = (abs(v) + k) - k
    r = g.beyond if r > g.omega else r
    signed: float = _signed(r, v)
    return signed


@njit(cache=True, forceinline=True)
def _flushed(v: float, flush_below: float) -> float:
    zero: float = _signed(flush_below - flush_below, v)
    return zero if abs(v) < flush_below else v


@njit(cache=True, forceinline=True)
def _general(v: float, c: Odd) -> float:
    """A binary64 number rounded to nearest-even in G, flushed; an infinity is NaN where G has none."""
    r = _flushed(nearest(v, c.grid), c.flush_below)
    return v * c.infinity if abs(v) == np.inf else r


@njit(cache=True, forceinline=True)
def _odd(s: float, error: float) -> float:
    """s + error rounded to odd, where s is s + error rounded to nearest."""
    moved: float = _step(s, error)
    return moved if error != 0.0 and abs(s) < np.inf else s


@njit(cache=True, forceinline=True)
def _odd_sum(x: float, y: float) -> float:
    """x + y rounded to odd in binary64; the error of the sum by TwoSum (Knuth 1969)."""
    s = x + y
    t = s - x
    return _odd(s, (x - (s - t)) + (y - t))


def product(x: float, y: float, c: Carrier) -> float:
    """x (*) y in the carrier's format."""
    raise TypeError("compiled code only")


def total(x: float, y: float, c: Carrier) -> float:
    """x (+) y in the carrier's format."""
    raise TypeError("compiled code only")


def fused(s: float, x: float, y: float, c: Carrier) -> float:
    """fl(s + x * y) in the carrier's format; the carriers without it give NaN."""
    raise TypeError("compiled code only")


def converted(v: float, c: Carrier) -> float:
    """A machine number rounded to the carrier's format."""
    raise TypeError("compiled code only")


def quotient(x: float, y: float, c: Carrier) -> float:
    """x (/) y in the carrier's format; Odd has none."""
    raise TypeError("compiled code only")


def root(x: float, c: Carrier) -> float:
    """The square root in the carrier's format; Odd has none."""
    raise TypeError("compiled code only")


def read(x: Any, s: Storage, c: Carrier) -> float:
    """An element of an array as the carrier's machine number."""
    raise TypeError("compiled code only")


def written(v: float, s: Storage) -> Any:
    """A machine number that is a value of the format as an element of an array."""
    raise TypeError("compiled code only")


Implementation = Callable[..., Any]


def _by_kind(c: Any, cases: dict[type, Implementation]) -> Implementation | None:
    """The implementation for a carrier's numba type."""
    return cases.get(getattr(c, "instance_class", None))  # type: ignore[arg-type]  # None is no key


# A lambda each, since numba wants typing and implementation with the same signature, annotations included.

_PRODUCT: dict[type, Implementation] = {
    Plain: lambda x, y, c: nearest(x * y, c.grid),
    Truncated: lambda x, y, c: _cut(x * y),
    Odd: lambda x, y, c: _general(_odd(x * y, _fma(x, y, -(x * y))), c),
    Native: lambda x, y, c: _flushed(x * y, c.flush_below),
}
_TOTAL: dict[type, Implementation] = {
    Plain: lambda x, y, c: nearest(x + y, c.grid),
    Truncated: lambda x, y, c: _cut(x + y),
    Odd: lambda x, y, c: _general(_odd_sum(x, y), c),
    Native: lambda x, y, c: _flushed(x + y, c.flush_below),
}
_FUSED: dict[type, Implementation] = {
    Plain: lambda s, x, y, c: s * np.nan,
    Truncated: lambda s, x, y, c: s * np.nan,
    Odd: lambda s, x, y, c: _general(_odd_sum(x * y, s), c),
    Native: lambda s, x, y, c: _flushed(_fma(x, y, s), c.flush_below),
}
_CONVERTED: dict[type, Implementation] = {
    Plain: lambda v, c: nearest(v, c.grid),
    Truncated: lambda v, c: _cut(v),
    Odd: lambda v, c: _general(v, c),
    Native: lambda v, c: _flushed(v, c.flush_below),
}
_QUOTIENT: dict[type, Implementation] = {
    Plain: lambda x, y, c: nearest(_quotient(x, y), c.grid) if y != 0 or c.grid.beyond == np.inf else _quotient(y, y),
    Truncated: lambda x, y, c: _cut(_quotient(x, y)),
    Native: lambda x, y, c: _flushed(_quotient(x, y), c.flush_below),
}
_ROOT: dict[type, Implementation] = {
    Plain: lambda x, c: nearest(np.sqrt(x), c.grid),
    Truncated: lambda x, c: _cut(np.sqrt(x)),
    Native: lambda x, c: _flushed(np.sqrt(x), c.flush_below),
}
overload(product)(lambda x, y, c: _by_kind(c, _PRODUCT))
overload(total)(lambda x, y, c: _by_kind(c, _TOTAL))
overload(fused)(lambda s, x, y, c: _by_kind(c, _FUSED))
overload(converted)(lambda v, c: _by_kind(c, _CONVERTED))
overload(quotient)(lambda x, y, c: _by_kind(c, _QUOTIENT))
overload(root)(lambda x, c: _by_kind(c, _ROOT))


@njit(cache=True, nogil=True)
def sums(
    starts: Ints,
    operations: NDArray[np.int8],
    sources: Ints,
    factors: Lanes,
    stack: Lanes,
    x: Lanes,
    out: Lanes,
    c: Carrier,
    wide: bool,
    finish: Carrier,
) -> None:
    """Runs every row's program on the tile x (neurons x points); `stack` is as deep as the programs need."""
    lanes = x.shape[1]
    for i in range(len(starts) - 1):
        top = -1
        for k in range(starts[i], starts[i + 1]):
            operation, j, w = operations[k], sources[k], factors[k]  # rows are indexed, not sliced: a slice counts references
            if operation == TERM:
                for t in range(lanes):
                    stack[top, t] = total(stack[top, t], product(w, x[j, t], c), c)
            elif operation == LOAD:
                top += 1
                for t in range(lanes):
                    stack[top, t] = product(w, x[j, t], c)
            elif operation == BIAS:
                for t in range(lanes):
                    stack[top, t] = total(stack[top, t], w, c)
            elif operation == FUSE:
                for t in range(lanes):
                    stack[top, t] = fused(stack[top, t], w, x[j, t], c)
            elif operation == ADD:
                top -= 1
                for t in range(lanes):
                    stack[top, t] = total(stack[top, t], stack[top + 1, t], c)
            else:
                top += 1
                for t in range(lanes):
                    stack[top, t] = w
        if top < 0:
            for t in range(lanes):
                out[i, t] = 0.0
        elif wide:
            for t in range(lanes):
                out[i, t] = converted(stack[0, t], finish)
        else:
            for t in range(lanes):
                out[i, t] = stack[0, t]


@njit(cache=True, nogil=True)
def _lookup(z: float, keys: Lanes) -> int:
    """The place of z among sorted keys, -1 if it is none of them; both zeros are one. (np.searchsorted takes seconds to compile.)"""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < z:
            low = middle + 1
        else:
            high = middle
    return low if low < len(keys) and keys[low] == z else -1


@njit(cache=True, nogil=True)
def activate(z: Lanes, a: Lanes, activation: int, keys: Lanes, values: Lanes, counters: Ints, flags: Flags) -> None:
    """Writes the activations of a layer to a; counts what is not finite and flags points for dense evaluation."""
    if activation == NO_ACTIVATION:
        for i in range(z.shape[0]):
            for t in range(z.shape[1]):
                a[i, t] = z[i, t]
    elif activation == RELU_ACTIVATION:
        for i in range(z.shape[0]):
            for t in range(z.shape[1]):
                v = z[i, t]
                a[i, t] = z.dtype.type(0.0) if v <= 0.0 else v
    else:
        for i in range(z.shape[0]):
            for t in range(z.shape[1]):
                v = z[i, t]
                k = _lookup(v, keys)
                if k < 0 and v == v:
                    flags[t, 0] = True
                a[i, t] = values[k] if k >= 0 else np.nan
    count(z, counters[:, 0], flags[:, 2])
    count(a, counters[:, 1], flags[:, 1])


@njit(cache=True, nogil=True)
def mask_adjoints(
    delta: Lanes, z: Lanes, activation: int, keys: Lanes, derivatives: Lanes, slope: float, c: Carrier, uncounted: Ints, flags: Flags
) -> None:
    """delta <- delta (*) sigma'(z), in place; flags points where the result is not finite."""
    if activation == NO_ACTIVATION:
        return
    if activation == RELU_ACTIVATION and slope == 0.0:
        for i in range(z.shape[0]):
            for t in range(z.shape[1]):
                v = z[i, t]
                delta[i, t] *= 1.0 if v > 0.0 else (0.0 if v < 0.0 else (slope if v == 0.0 else np.nan))
    else:
        for i in range(z.shape[0]):
            for t in range(z.shape[1]):
                v = z[i, t]
                if activation == RELU_ACTIVATION and v == v:
                    derivative = 1.0 if v > 0.0 else (slope if v == 0.0 else 0.0)
                else:
                    k = _lookup(v, keys)
                    derivative = derivatives[k] if k >= 0 else np.nan
                delta[i, t] = product(delta[i, t], z.dtype.type(derivative), c)
    count(delta, uncounted, flags[:, 1])


@njit(cache=True, nogil=True)
def count(v: Lanes, counter: Ints, flag: Flags) -> None:
    """Adds the number of non-finite entries of each column to its counter, and flags columns that have some.

    A first pass finds out whether there are any: x * 0 is a zero iff x is finite, and NaN stays in a sum.
    """
    lanes = v.shape[1]
    check = np.zeros(lanes, v.dtype)
    for i in range(v.shape[0]):
        for t in range(lanes):
            check[t] += v[i, t] * v.dtype.type(0.0)
    for t in range(lanes):
        if check[t] != 0.0:
            flag[t] = True
            for i in range(v.shape[0]):
                if not abs(v[i, t]) < np.inf:
                    counter[t] += 1


# Elementwise operations on arrays of one dimension, by the storages of `fpproof.kernels.storage`.


def _machine_type(c: Any) -> Any:
    """The numba type of a carrier's machine numbers, from the carrier's own type."""
    match c.instance_class.__name__:
        case "Plain":
            return c[0][0]
        case "Native":
            return c[0]
        case "Truncated":
            return types.float32
        case _:
            return types.float64


def _reading(s: Any, c: Any) -> Implementation | None:
    """The implementation of `read` for types; NaN is made numba's own, since `_cut` carries other payloads into the sign."""
    machine = np.float32 if _machine_type(c) == types.float32 else np.float64
    nan = machine(np.nan)
    if s.instance_class is Floats and c.instance_class is Truncated:
        return lambda x, s, c: machine(x) if x == x else nan
    readings: dict[type, Implementation] = {
        Floats: lambda x, s, c: machine(x),
        Codes: lambda x, s, c: _decode(x, s.least, s.cut, s.first, s.step, s.largest, s.infinity, s.sign),
        Halves: lambda x, s, c: machine(_upper(x)),
    }
    return _by_kind(s, readings)


_WRITTEN: dict[type, Implementation] = {
    Floats: lambda v, s: v,
    Codes: lambda v, s: _encode(v, s.least, s.cut, s.first, s.step, s.infinity, s.nan, s.sign),
    Halves: lambda v, s: _half(np.float32(v) if v == v else np.float32(np.nan)),
}
overload(read)(lambda x, s, c: _reading(s, c))
overload(written)(lambda v, s: _by_kind(s, _WRITTEN))


@njit(cache=True, nogil=True)
def add_arrays(out: Lanes, x: Lanes, y: Lanes, s: Storage, c: Carrier) -> None:
    for t in range(len(out)):
        out[t] = written(total(read(x[t], s, c), read(y[t], s, c), c), s)


@njit(cache=True, nogil=True)
def subtract_arrays(out: Lanes, x: Lanes, y: Lanes, s: Storage, c: Carrier) -> None:
    for t in range(len(out)):
        out[t] = written(total(read(x[t], s, c), -read(y[t], s, c), c), s)


@njit(cache=True, nogil=True)
def multiply_arrays(out: Lanes, x: Lanes, y: Lanes, s: Storage, c: Carrier) -> None:
    for t in range(len(out)):
        out[t] = written(product(read(x[t], s, c), read(y[t], s, c), c), s)


@njit(cache=True, nogil=True)
def divide_arrays(out: Lanes, x: Lanes, y: Lanes, s: Storage, c: Carrier) -> None:
    for t in range(len(out)):
        out[t] = written(quotient(read(x[t], s, c), read(y[t], s, c), c), s)


@njit(cache=True, nogil=True)
def sqrt_arrays(out: Lanes, x: Lanes, s: Storage, c: Carrier) -> None:
    for t in range(len(out)):
        out[t] = written(root(read(x[t], s, c), c), s)


@njit(cache=True, nogil=True)
def fma_arrays(out: Lanes, x: Lanes, y: Lanes, z: Lanes, s: Storage, c: Carrier) -> None:
    for t in range(len(out)):
        out[t] = written(fused(read(z[t], s, c), read(x[t], s, c), read(y[t], s, c), c), s)


@njit(cache=True, nogil=True)
def round_arrays(out: Lanes, v: Lanes, s: Storage, source: Floats, c: Carrier) -> None:
    """Machine numbers, rounded to the format and written in a storage."""
    for t in range(len(out)):
        out[t] = written(converted(read(v[t], source, c), c), s)


# bfloat16 codes two by two, in words of 32 bits: nothing need be widened and narrowed. Which is first does not matter.


@njit(cache=True, forceinline=True)
def _paired(left: float, right: float) -> int:
    nan = np.float32(np.nan)
    word: int = _pair(left if left == left else nan, right if right == right else nan)
    return word


@njit(cache=True, nogil=True)
def add_pairs(out: Lanes, x: Lanes, y: Lanes, c: Truncated) -> None:
    for t in range(len(out)):
        out[t] = _paired(total(_left(x[t]), _left(y[t]), c), total(_right(x[t]), _right(y[t]), c))


@njit(cache=True, nogil=True)
def subtract_pairs(out: Lanes, x: Lanes, y: Lanes, c: Truncated) -> None:
    for t in range(len(out)):
        out[t] = _paired(total(_left(x[t]), -_left(y[t]), c), total(_right(x[t]), -_right(y[t]), c))


@njit(cache=True, nogil=True)
def multiply_pairs(out: Lanes, x: Lanes, y: Lanes, c: Truncated) -> None:
    for t in range(len(out)):
        out[t] = _paired(product(_left(x[t]), _left(y[t]), c), product(_right(x[t]), _right(y[t]), c))


@njit(cache=True, nogil=True)
def _places(places: Lanes, x: Lanes, y: Lanes) -> None:
    for t in range(len(places)):
        places[t] = (x[t] << 8) | y[t]


@njit(cache=True, nogil=True)
def _entries(out: Lanes, places: Lanes, table: Lanes) -> None:
    for t in range(len(places)):
        out[t] = table[places[t]]


@njit(cache=True, nogil=True)
def look_up(out: Lanes, x: Lanes, y: Lanes, table: Lanes) -> None:
    """Entries of a table of 256 rows of 256, by two bytes; in blocks, the places first, since those take vector instructions."""
    places = np.empty(4096, np.uint16)
    for low in range(0, len(out), len(places)):
        high = min(low + len(places), len(out))
        block = places[: high - low]
        _places(block, x[low:high], y[low:high])
        _entries(out[low:high], block, table)


# Gradient descent of a network on one batch, many steps at a call; `fpproof.training.steps` makes the arguments.


@njit(cache=True, nogil=True)
def _turned(below: Lanes, turned: Lanes) -> None:
    """Activations of samples in columns as rows; the last column belongs to the bias, the weight of an input 1."""
    for t in range(turned.shape[0]):
        for j in range(below.shape[0]):
            turned[t, j] = below[j, t]
        turned[t, below.shape[0]] = 1.0


@njit(cache=True, nogil=True)
def _scattered(products: Lanes, gradient: Lanes, weights: int, bias: int, mean: float, averaged: bool, c: Carrier) -> None:
    """A layer's gradients at their places; a bias has one if its place is not -1."""
    inputs = products.shape[1] - 1
    for i in range(products.shape[0]):
        for j in range(inputs + 1):
            g = product(products[i, j], mean, c) if averaged else products[i, j]
            if j < inputs:
                gradient[weights + i * inputs + j] = g
            elif bias >= 0:
                gradient[bias + i] = g


@njit(cache=True, nogil=True)
def _moved(parameters: Lanes, momenta: Lanes, gradient: Lanes, rate: float, decay: float, heavy: bool, c: Carrier) -> int:
    """Moves momenta, if there are any, and parameters; the number of those that stay though their direction is not 0."""
    stagnant = 0
    for i in range(len(parameters)):
        g, old = gradient[i], parameters[i]
        if heavy:
            g = total(product(decay, momenta[i], c), g, c)
            momenta[i] = g
        new = total(old, -product(rate, g, c), c)
        unmoved = old == new or not (abs(old) < np.inf or abs(new) < np.inf)
        stagnant += unmoved and g != 0.0
        parameters[i] = new
    return stagnant


@njit(cache=True, nogil=True)
def _program(
    first: int,
    end: int,
    numbers: Lanes,
    x: Lanes,
    out: Lanes,
    programs: tuple[Any, ...],
    work: tuple[Lanes, Lanes],
    wide: bool,
    c: Carrier,
    finish: Carrier,
) -> None:
    """Runs the rows from `first` to `end` of the programs on x, with the factors that stand in `numbers` now."""
    starts, operations, sources, places = programs
    factors, stack = work
    for k in range(starts[first], starts[end]):
        factors[k] = numbers[places[k]]
    sums(starts[first : end + 1], operations, sources, factors, stack, x, out, c, wide, finish)


@njit(cache=True, nogil=True)
def descend(
    history: Lanes,
    heaviness: Lanes,
    stagnant: Ints,
    parameters: Lanes,
    momenta: Lanes,
    x: Lanes,
    y: Lanes,
    layers: Ints,
    programs: tuple[Any, ...],
    lanes: tuple[Lanes, Lanes, Lanes, Lanes],
    vectors: tuple[Lanes, Lanes],
    work: tuple[Lanes, Lanes],
    table: tuple[Lanes, Lanes, Lanes],
    marks: tuple[Ints, Ints, Flags],
    scalars: tuple[float, float, float, float],
    flags: tuple[bool, bool, bool, bool],
    c: Carrier,
    finish: Carrier,
    narrow: Carrier,
    step: Carrier,
) -> None:
    """Runs len(history) steps from `parameters` and `momenta`, which it moves; a row of `history` is the parameters after a step, one of
    `heaviness` the momenta (no columns without momentum).

    A row of `layers` is neurons, inputs, the first row of the layer in the lanes, the places of its weights and of its bias (-1: none), its
    activation, and where its three programs begin and end in the starts: forward, backward, and over the samples. `lanes` are pre-activations,
    activations and adjoints (all neurons x samples), and the adjoints once more, flat.
    """
    z, a, delta, flat = lanes
    read, gradient = vectors
    keys, values, derivatives = table
    counters, unread, seen = marks
    slope, mean, rate, decay = scalars
    wide, mixed, averaged, heavy = flags
    samples, last = x.shape[1], len(layers) - 1
    for k in range(len(history)):
        for i in range(len(parameters)):
            read[i] = converted(parameters[i], finish) if mixed else parameters[i]
        below = x
        for number in range(last + 1):
            low, high = layers[number, 2], layers[number, 2] + layers[number, 0]
            _program(layers[number, 6], layers[number, 7], read, below, z[low:high], programs, work, wide, c, finish)
            activate(z[low:high], a[low:high], layers[number, 5], keys, values, counters, seen)
            below = a[low:high]
        low = layers[last, 2]
        for i in range(len(y)):
            for t in range(samples):
                delta[low + i, t] = total(a[low + i, t], -y[i, t], narrow)
        for number in range(last, -1, -1):
            low, high = layers[number, 2], layers[number, 2] + layers[number, 0]
            mask_adjoints(delta[low:high], z[low:high], layers[number, 5], keys, derivatives, slope, narrow, unread, seen)
            under = low - layers[number, 1]
            turned = np.empty((samples, layers[number, 1] + 1))
            _turned(x if number == 0 else a[under:low], turned)
            products = np.empty((layers[number, 0], layers[number, 1] + 1))
            _program(layers[number, 10], layers[number, 11], flat, turned, products, programs, work, wide, c, finish)
            _scattered(products, gradient, layers[number, 3], layers[number, 4], mean, averaged, narrow)
            if number:
                _program(layers[number, 8], layers[number, 9], read, delta[low:high], delta[under:low], programs, work, wide, c, finish)
        stagnant[k] = _moved(parameters, momenta, gradient, rate, decay, heavy, step)
        for i in range(len(parameters)):
            history[k, i] = parameters[i]
        for i in range(len(momenta)):
            heaviness[k, i] = momenta[i]
