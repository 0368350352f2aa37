"""Elementwise operations on numpy arrays, bit-identical to `fpproof.formats.arithmetic` in mode nearest-even.

The dtype says how the numbers of a format are kept:

    uint8, uint16       their codes, for formats of at most 8 and of 9 to 16 bits; a code that means nothing counts as NaN
    float32, float64    the numbers themselves, as far as the machine format has all of them; NaN stands for an error value too

Binary operations on codes of 8 bits and less are tables, made once by the exact arithmetic; all others are done by a carrier
(`fpproof.kernels.carriers`).

Every function takes a format or its text. Arrays of one call have one dtype; their shapes are broadcast. `out` takes the result, contiguous;
it may be an operand. `threads` chunks are computed at the same time. Raises FormatError where a format does not do, and FpproofError where an array
does not, or where a result has no code (an error value in a format without NaN).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fpproof.errors import FormatError, FpproofError
from fpproof.formats import ATLAS, INFINITY, NAN, NEGATIVE_INFINITY, Datum, Format, arithmetic, parse_format
from fpproof.kernels import compiled
from fpproof.kernels.carriers import Odd, Truncated, carrier, conversion, machine_dtype
from fpproof.kernels.storage import Floats, Halves, Storage, code_storage

Array = NDArray[Any]
Loop = Callable[..., None]

_BFLOAT16 = ATLAS["bfloat16"]
_EXACT = {"add": arithmetic.add, "subtract": arithmetic.subtract, "multiply": arithmetic.multiply, "divide": arithmetic.divide}
_LOOPS: dict[str, Loop] = {
    "add": compiled.add_arrays,
    "subtract": compiled.subtract_arrays,
    "multiply": compiled.multiply_arrays,
    "divide": compiled.divide_arrays,
    "sqrt": compiled.sqrt_arrays,
    "fma": compiled.fma_arrays,
}
_PAIR_LOOPS: dict[str, Loop] = {"add": compiled.add_pairs, "subtract": compiled.subtract_pairs, "multiply": compiled.multiply_pairs}
_BYTE, _PAIR = np.dtype(np.uint8), np.dtype(np.uint32)
_SINGLE, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def add(F: Format | str, x: Array, y: Array, out: Array | None = None, threads: int = 1) -> Array:
    """x (+) y, elementwise."""
    return _operation("add", F, (x, y), out, threads)


def subtract(F: Format | str, x: Array, y: Array, out: Array | None = None, threads: int = 1) -> Array:
    """x (-) y, elementwise."""
    return _operation("subtract", F, (x, y), out, threads)


def multiply(F: Format | str, x: Array, y: Array, out: Array | None = None, threads: int = 1) -> Array:
    """x (*) y, elementwise."""
    return _operation("multiply", F, (x, y), out, threads)


def divide(F: Format | str, x: Array, y: Array, out: Array | None = None, threads: int = 1) -> Array:
    """x (/) y, elementwise; for formats whose carrier is not Odd, and for all codes of 8 bits and less."""
    return _operation("divide", F, (x, y), out, threads)


def sqrt(F: Format | str, x: Array, out: Array | None = None, threads: int = 1) -> Array:
    """The square root, elementwise; for formats whose carrier is not Odd."""
    return _operation("sqrt", F, (x,), out, threads)


def fma(F: Format | str, x: Array, y: Array, z: Array, out: Array | None = None, threads: int = 1) -> Array:
    """fl(x * y + z), rounded once, elementwise; for formats of at most 26 bits of precision, and binary64."""
    return _operation("fma", F, (x, y, z), out, threads)


def round_floats(F: Format | str, v: Array, out: Array | None = None, threads: int = 1) -> Array:
    """fl(v), elementwise, of machine floats v; as machine floats of the dtype of v, or of `out`."""
    F, v = _format(F), np.asarray(v)
    dtype = v.dtype if out is None else out.dtype
    if dtype not in (_SINGLE, _DOUBLE):
        raise FpproofError(f"rounded numbers are kept in float32 or float64, found {dtype}", hint="'encode' gives codes")
    return _rounded(F, v, dtype, out, threads)


def encode(F: Format | str, v: Array, out: Array | None = None, threads: int = 1) -> Array:
    """The codes of fl(v), elementwise, of machine floats v: uint8 for formats of at most 8 bits, uint16 up to 16."""
    F = _format(F)
    return _rounded(F, np.asarray(v), code_dtype(F), out, threads)


def decode(F: Format | str, codes: Array, dtype: DTypeLike = np.float64) -> Array:
    """The numbers of codes as machine floats, exactly; NaN for a code that means nothing."""
    F, codes = _format(F), np.asarray(codes)
    if codes.dtype != code_dtype(F):
        raise FpproofError(f"codes of {F.name}: expected an array of {code_dtype(F)}, found {codes.dtype}")
    _require_room(F, np.dtype(dtype))
    return np.asarray(_numbers(F, np.dtype(dtype))[codes])


def code_dtype(F: Format | str) -> np.dtype[Any]:
    """The dtype of arrays of codes; FormatError for formats of more than 16 bits."""
    F = _format(F)
    if F.width > 16:
        raise FormatError(f"format {F.name}: codes of {F.width} bits, at most 16 are kept in arrays", hint="use arrays of float32 or float64")
    return np.dtype(np.uint8 if F.width <= 8 else np.uint16)


@lru_cache(maxsize=64)
def op_table(F: Format | str, operation: str) -> NDArray[np.int16]:
    """The code of x op y in the row of the code of x and the column of that of y, for add, subtract, multiply and divide; read-only.

    For formats of at most 8 bits. -1 where the result has no code: the error value of a format without NaN. Codes that mean nothing count as
    NaN, or as the error value.
    """
    F = _format(F)
    if F.width > 8:
        raise FormatError(f"format {F.name}: codes of {F.width} bits, tables are for at most 8")
    if operation not in _EXACT:
        raise FpproofError(f"operation {operation!r}: expected one of {', '.join(_EXACT)}")
    compute, data = _EXACT[operation], [_datum(F, code) for code in range(1 << F.width)]
    table = np.array([[_code(F, compute(F, x, y)) for y in data] for x in data], np.int16)
    table.flags.writeable = False
    return table


def _format(F: Format | str) -> Format:
    return parse_format(F) if isinstance(F, str) else F


def _datum(F: Format, code: int) -> Datum:
    try:
        return F.decode(code)
    except FormatError:
        return NAN


def _code(F: Format, x: Datum) -> int:
    return -1 if x == NAN and not F.has_nan else F.encode(x)


@lru_cache(maxsize=64)
def _numbers(F: Format, dtype: np.dtype[Any]) -> Array:
    """The number of each code that the dtype of codes can hold."""
    place = np.arange(F.largest_ordinal + 1)
    field, fraction = place >> F.p, place & ((1 << F.p) - 1)
    positive = np.ldexp((fraction + ((field > 0) << F.p)).astype(np.float64), np.maximum(field - 1, 0) + F.emin - F.p)
    numbers, sign = np.full(1 << (8 if F.width <= 8 else 16), np.nan, dtype), 1 << (F.width - 1)
    numbers[: len(place)], numbers[sign : sign + len(place)] = positive, -positive
    if F.has_infinities:
        numbers[F.encode(INFINITY)], numbers[F.encode(NEGATIVE_INFINITY)] = np.inf, -np.inf
    return numbers


@lru_cache(maxsize=64)
def _byte_table(F: Format, operation: str) -> Array:
    """`op_table` for any two bytes, flat; of bytes where every entry has a code."""
    table, exact = np.full((256, 256), _code(F, NAN), np.int16), op_table(F, operation)
    table[: len(exact), : len(exact)] = exact
    return (table if (table < 0).any() else table.astype(np.uint8)).ravel()


class _Plan(NamedTuple):
    """A compiled loop, and what it takes after the arrays."""

    loop: Loop
    rest: tuple[Any, ...]
    pairs: bool = False
    """Whether the loop takes words of two numbers."""


@lru_cache(maxsize=256)
def _plan(name: str, F: Format, dtype: np.dtype[Any]) -> _Plan:
    """How an operation is done on arrays of a dtype: with a carrier in binary64 for float64, which then needs no conversion."""
    if dtype == _BYTE and F.width <= 8 and name in _EXACT:
        return _Plan(compiled.look_up, (_byte_table(F, name),))
    storage_of = _storage_of(F, dtype)
    c = carrier(F, F, fused=name == "fma", narrow=dtype != _DOUBLE)
    if c is None or (name in ("divide", "sqrt") and isinstance(c, Odd)):
        raise FormatError(f"format {F.name}: no machine format carries {name}", hint="fpproof.formats.arithmetic has it for single numbers")
    storage = storage_of(machine_dtype(c))
    if name in _PAIR_LOOPS and isinstance(storage, Halves):
        return _Plan(_PAIR_LOOPS[name], (c,), pairs=True)
    return _Plan(_LOOPS[name], (storage, c))


@lru_cache(maxsize=256)
def _rounding_plan(F: Format, source: np.dtype[Any], dtype: np.dtype[Any]) -> _Plan:
    """How machine floats of one dtype are rounded to an array of another."""
    storage_of = _storage_of(F, dtype)
    c = Truncated() if F == _BFLOAT16 and source == _SINGLE else conversion(F)
    if c is None:
        raise FormatError(f"format {F.name}: no machine format carries rounding", hint="fpproof.formats.fl rounds single numbers")
    return _Plan(compiled.round_arrays, (storage_of(machine_dtype(c)), Floats(), c))


def _storage_of(F: Format, dtype: np.dtype[Any]) -> Callable[[Any], Storage]:
    """The storage of arrays of a dtype, given the machine format of the carrier."""
    if dtype in (_SINGLE, _DOUBLE):
        _require_room(F, dtype)
        return lambda machine: Floats()
    expected = code_dtype(F) if F.width <= 16 else None
    if dtype != expected:
        codes = "" if expected is None else f", or {expected} for codes"
        raise FpproofError(f"arrays of {F.name}: expected float32 or float64{codes}, found {dtype}")
    return lambda machine: Halves() if F == _BFLOAT16 else code_storage(F, machine)


def _require_room(F: Format, dtype: np.dtype[Any]) -> None:
    """FpproofError unless the machine format has all numbers of F."""
    p, least, emax = (23, -149, 127) if dtype == _SINGLE else (52, -1074, 1023)
    if dtype not in (_SINGLE, _DOUBLE) or F.p > p or F.emin - F.p < least or F.emax > emax:
        raise FpproofError(f"arrays of {F.name}: {dtype} lacks some of its numbers")


def _operation(name: str, F: Format | str, operands: tuple[Array, ...], out: Array | None, threads: int) -> Array:
    F, arrays = _format(F), _matched(operands)
    dtype = arrays[0].dtype
    plan = _plan(name, F, dtype)
    target = _target(F, arrays[0].shape, dtype, out)
    flat = [array if array.ndim == 1 else array.reshape(-1) for array in (target, *arrays)]
    if plan.pairs:
        even = target.size & ~1
        words = [array[:even].view(_PAIR) for array in flat]
        if all(array.flags.aligned for array in words):
            _in_chunks(plan.loop, words, plan.rest, threads)
            flat = [array[even:] for array in flat]
        plan = _Plan(_LOOPS[name], (Halves(), *plan.rest))
    if len(flat[0]):
        _in_chunks(plan.loop, flat, plan.rest, threads)
    return _result(F, target, dtype, out)


def _rounded(F: Format, v: Array, dtype: np.dtype[Any], out: Array | None, threads: int) -> Array:
    if v.dtype not in (_SINGLE, _DOUBLE):
        raise FpproofError(f"numbers to be rounded: expected float32 or float64, found {v.dtype}")
    plan = _rounding_plan(F, v.dtype, dtype)
    target = _target(F, v.shape, dtype, out)
    _in_chunks(plan.loop, [target.reshape(-1), _contiguous(v).reshape(-1)], plan.rest, threads)
    return _result(F, target, dtype, out)


def _matched(operands: tuple[Array, ...]) -> list[Array]:
    """The operands with one shape, contiguous."""
    arrays = [np.asarray(operand) for operand in operands]
    dtype, shapes = arrays[0].dtype, {array.shape for array in arrays}
    for array in arrays:
        if array.dtype != dtype:
            raise FpproofError(f"arrays of one operation: expected one dtype, found {dtype} and {array.dtype}")
    if len(shapes) > 1:
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            raise FpproofError(f"arrays of one operation: expected shapes that broadcast, found {' and '.join(map(str, sorted(shapes)))}") from None
        arrays = [np.broadcast_to(array, shape) for array in arrays]
    return [_contiguous(array) for array in arrays]


def _contiguous(array: Array) -> Array:
    """np.ascontiguousarray would give an array without dimensions one."""
    return array if array.flags.c_contiguous else np.array(array, order="C")


def _target(F: Format, shape: tuple[int, ...], dtype: np.dtype[Any], out: Array | None) -> Array:
    """The array that a loop writes: codes of a format without NaN go to a wider one first, in which a result without a code is seen."""
    if out is not None and (out.dtype != dtype or out.shape != shape or not out.flags.c_contiguous):
        raise FpproofError(f"out: expected a contiguous array of {dtype} of shape {shape}, found {out.dtype} of shape {out.shape}")
    if not F.has_nan and dtype not in (_SINGLE, _DOUBLE):
        return np.empty(shape, np.int32)
    return np.empty(shape, dtype) if out is None else out


def _result(F: Format, target: Array, dtype: np.dtype[Any], out: Array | None) -> Array:
    if target.dtype == dtype:
        return target
    if (target < 0).any():
        place = tuple(map(int, np.argwhere(target < 0)[0]))
        raise FpproofError(f"format {F.name} has no NaN: the result at index {place} has no code", hint="use arrays of float32 or float64")
    if out is None:
        return target.astype(dtype)
    out[...] = target
    return out


def _in_chunks(loop: Loop, flat: list[Array], rest: tuple[Any, ...], threads: int) -> None:
    """Runs loop(*flat, *rest) on flat arrays, in as many parts as threads."""
    if threads == 1:
        loop(*flat, *rest)
        return
    size = flat[0].size
    bounds = [size * k // threads for k in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda low, high: loop(*(array[low:high] for array in flat), *rest), bounds[:-1], bounds[1:]))
