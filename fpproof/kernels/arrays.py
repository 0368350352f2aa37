"""Elementwise operations on numpy arrays, bit-identical to `fpproof.formats.arithmetic` in mode nearest-even.

The dtype says how the numbers of a format are kept:

    uint8, uint16       their codes, for formats of at most 8 and of 9 to 16 bits; a code that means nothing counts as NaN
    float32, float64    the numbers themselves, as far as the machine format has all of them; NaN stands for an error value too

Binary operations on codes of 8 bits and less are tables, made once by the exact arithmetic. All others are done by a carrier (`fpproof.kernels.carriers`).

Every function takes a format or its text. Arrays of one call have one dtype; their shapes are broadcast. `out` takes the result, contiguous;
it may be an operand. `threads` chunks are computed at the same time. Raises FormatError where a format does not do, and FpproofError where an array
does not, or where a result has no code (an error value in a format without NaN).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fpproof.errors import FormatError, FpproofError
from fpproof.formats import ATLAS, NAN, Datum, Format, arithmetic, parse_format
from fpproof.kernels import compiled
from fpproof.kernels.carriers import Carrier, Odd, Truncated, carrier, conversion
from fpproof.kernels.storage import Floats, Halves, Storage, code_storage

Array = NDArray[Any]
Loop = Callable[..., None]

_BFLOAT16 = ATLAS["bfloat16"]
_EXACT = {"add": arithmetic.add, "subtract": arithmetic.subtract, "multiply": arithmetic.multiply, "divide": arithmetic.divide}
_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def add(F: Format | str, x: Array, y: Array, out: Array | None = None, threads: int = 1) -> Array:
    """x (+) y, elementwise."""
    return _binary("add", compiled.add_arrays, F, x, y, out, threads)


def subtract(F: Format | str, x: Array, y: Array, out: Array | None = None, threads: int = 1) -> Array:
    """x (-) y, elementwise."""
    return _binary("subtract", compiled.subtract_arrays, F, x, y, out, threads)


def multiply(F: Format | str, x: Array, y: Array, out: Array | None = None, threads: int = 1) -> Array:
    """x (*) y, elementwise."""
    return _binary("multiply", compiled.multiply_arrays, F, x, y, out, threads)


def divide(F: Format | str, x: Array, y: Array, out: Array | None = None, threads: int = 1) -> Array:
    """x (/) y, elementwise; except for codes of 8 bits and less, for formats with a carrier other than Odd."""
    return _binary("divide", compiled.divide_arrays, F, x, y, out, threads)


def sqrt(F: Format | str, x: Array, out: Array | None = None, threads: int = 1) -> Array:
    """The square root, elementwise; for formats with a carrier other than Odd."""
    F = _format(F)
    return _computed(compiled.sqrt_arrays, F, (x,), out, threads, _simple_carrier(F, np.asarray(x).dtype, "square root"))


def fma(F: Format | str, x: Array, y: Array, z: Array, out: Array | None = None, threads: int = 1) -> Array:
    """fl(x * y + z), rounded once, elementwise; for formats of at most 26 bits of precision, and binary64."""
    F = _format(F)
    c = _need(F, carrier(F, F, fused=True, narrow=_is_narrow(np.asarray(x).dtype)), "fused multiply-adds")
    return _computed(compiled.fma_arrays, F, (x, y, z), out, threads, c)


def round_floats(F: Format | str, v: Array, out: Array | None = None, threads: int = 1) -> Array:
    """fl(v), elementwise, of machine floats v: as machine floats of the dtype of v, or of `out`."""
    F, v = _format(F), np.asarray(v)
    dtype = v.dtype if out is None else out.dtype
    if dtype not in _FLOATS:
        raise FpproofError(f"rounded numbers are kept in float32 or float64, found an out of {dtype}", hint="'encode' gives codes")
    return _rounded(F, v, dtype, out, threads)


def encode(F: Format | str, v: Array, out: Array | None = None, threads: int = 1) -> Array:
    """The codes of fl(v), elementwise, of machine floats v: uint8 for formats of at most 8 bits, uint16 up to 16."""
    F = _format(F)
    return _rounded(F, np.asarray(v), code_dtype(F), out, threads)


def decode(F: Format | str, codes: Array, dtype: DTypeLike = np.float64) -> Array:
    """The numbers of codes, exactly; NaN for a code that means nothing."""
    F, codes = _format(F), np.asarray(codes)
    if codes.dtype != code_dtype(F):
        raise FpproofError(f"codes of {F.name}: expected an array of {code_dtype(F)}, found {codes.dtype}")
    _require_room(F, np.dtype(dtype))
    return np.asarray(code_storage(F).values.astype(dtype)[codes])


def code_dtype(F: Format | str) -> np.dtype[Any]:
    """The dtype of arrays of codes; FormatError for formats of more than 16 bits."""
    F = _format(F)
    if F.width > 16:
        raise FormatError(f"format {F.name}: codes of {F.width} bits, at most 16 are kept in arrays", hint="use arrays of float32 or float64")
    return np.dtype(np.uint8 if F.width <= 8 else np.uint16)


@lru_cache(maxsize=64)
def op_table(F: Format | str, operation: str) -> NDArray[np.int16]:
    """The code of x op y in row x and column y, codes being the indices: for add, subtract, multiply and divide, in a format of at most 8 bits.

    -1 where the result has no code: the error value of a format without NaN, which codes that mean nothing count as. Read-only.
    """
    F = _format(F)
    if F.width > 8:
        raise FormatError(f"format {F.name}: codes of {F.width} bits, tables are for at most 8")
    if operation not in _EXACT:
        raise FpproofError(f"operation {operation!r} is none of {', '.join(_EXACT)}")
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
def _lookup_table(F: Format, operation: str) -> Array:
    """`op_table` for any two bytes, as bytes where every entry has a code."""
    nan = F.encode(NAN) if F.has_nan else -1
    table, exact = np.full((256, 256), nan, np.int16), op_table(F, operation)
    table[: len(exact), : len(exact)] = exact
    return (table if (table < 0).any() else table.astype(np.uint8)).ravel()


def _binary(name: str, loop: Loop, F: Format | str, x: Array, y: Array, out: Array | None, threads: int) -> Array:
    F = _format(F)
    dtype = np.asarray(x).dtype
    if dtype == np.uint8 and F.width <= 8:
        return _applied(compiled.look_up, F, (x, y), out, threads, (_lookup_table(F, name),))
    c = _simple_carrier(F, dtype, "division") if name == "divide" else _need(F, carrier(F, F, narrow=_is_narrow(dtype)), "these operations")
    return _computed(loop, F, (x, y), out, threads, c)


def _simple_carrier(F: Format, dtype: np.dtype[Any], what: str) -> Carrier:
    c = carrier(F, F, narrow=_is_narrow(dtype))
    return _need(F, None if isinstance(c, Odd) else c, what)


def _need(F: Format, c: Carrier | None, what: str) -> Carrier:
    if c is None:
        raise FormatError(f"format {F.name}: no machine format carries {what}", hint="fpproof.formats has them for single numbers")
    return c


def _is_narrow(dtype: np.dtype[Any]) -> bool:
    """Whether a carrier in binary32 is as good: not for float64 arrays, which need no conversion for one in binary64."""
    return dtype != np.float64


def _storage(F: Format, dtype: np.dtype[Any]) -> Storage:
    if dtype in _FLOATS:
        _require_room(F, dtype)
        return Floats()
    expected = code_dtype(F) if F.width <= 16 else None
    if dtype != expected:
        codes = "" if expected is None else f", or {expected} for codes"
        raise FpproofError(f"arrays of {F.name}: expected float32 or float64{codes}, found {dtype}")
    return Halves() if F == _BFLOAT16 else code_storage(F)


def _require_room(F: Format, dtype: np.dtype[Any]) -> None:
    """FpproofError unless the machine format has all numbers of F."""
    p, least, emax = (23, -149, 127) if dtype == np.float32 else (52, -1074, 1023)
    if dtype not in _FLOATS or F.p > p or F.emin - F.p < least or F.emax > emax:
        raise FpproofError(f"arrays of {F.name}: {dtype} has not all of its numbers")


def _computed(loop: Loop, F: Format, operands: tuple[Array, ...], out: Array | None, threads: int, c: Carrier) -> Array:
    return _applied(loop, F, operands, out, threads, (_storage(F, np.asarray(operands[0]).dtype), c))


def _rounded(F: Format, v: Array, dtype: np.dtype[Any], out: Array | None, threads: int) -> Array:
    if v.dtype not in _FLOATS:
        raise FpproofError(f"numbers to be rounded: expected float32 or float64, found {v.dtype}")
    direct = F == _BFLOAT16 and v.dtype == np.float32
    c = Truncated() if direct else _need(F, conversion(F), "rounding")
    return _applied(compiled.round_arrays, F, (v,), out, threads, (_storage(F, dtype), Floats(), c), dtype)


def _applied(
    loop: Loop, F: Format, operands: tuple[Array, ...], out: Array | None, threads: int, rest: tuple[Any, ...], dtype: np.dtype[Any] | None = None
) -> Array:
    """Runs loop(out, *operands, *rest) on flat contiguous arrays."""
    arrays = np.broadcast_arrays(*operands)
    if len({array.dtype for array in arrays}) > 1:
        raise FpproofError(f"arrays of {F.name}: expected one dtype, found {', '.join(str(array.dtype) for array in arrays)}")
    dtype, shape = dtype or arrays[0].dtype, arrays[0].shape
    if out is None:
        out = np.empty(shape, dtype)
    elif out.dtype != dtype or out.shape != shape or not out.flags.c_contiguous:
        raise FpproofError(f"out: expected {dtype} of shape {shape}, contiguous, found {out.dtype} of shape {out.shape}")
    checked = not F.has_nan and dtype not in _FLOATS
    target = np.empty(shape, np.int32) if checked else out  # wide enough to see the -1 of a result without a code
    _in_chunks(loop, target.reshape(-1), [np.ascontiguousarray(array).reshape(-1) for array in arrays], rest, threads)
    if checked:
        if (bad := target < 0).any():
            raise FpproofError(f"format {F.name} has no NaN: the result at index {tuple(map(int, np.argwhere(bad)[0]))} has no code")
        out[...] = target
    return out


def _in_chunks(loop: Loop, out: Array, flat: list[Array], rest: tuple[Any, ...], threads: int) -> None:
    if threads == 1:
        loop(out, *flat, *rest)
        return
    bounds = np.linspace(0, len(out), threads + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        parts = [slice(low, high) for low, high in zip(bounds, bounds[1:], strict=False)]
        list(pool.map(lambda part: loop(out[part], *(array[part] for array in flat), *rest), parts))
