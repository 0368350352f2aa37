"""Reading safetensors: eight bytes of length, a JSON header, the numbers. Read here, with every size checked before it is used.

The format: https://github.com/huggingface/safetensors (a header of names -> dtype, shape, data_offsets; offsets without gaps).
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn

from fpproof.exchange.model import Affine, Codes, ExchangeError, Model, check_activations, check_size, codes
from fpproof.formats import Format, parse_format

LARGEST_HEADER = 2**22
_DEEPEST = 8
_LONGEST_NAME = 200
_TYPES = {"F64": "binary64", "F32": "binary32", "F16": "binary16", "BF16": "bfloat16"}


@dataclass(frozen=True, slots=True)
class Tensor:
    name: str
    format: Format
    shape: tuple[int, ...]
    start: int
    end: int


def read_safetensors(name: str, data: bytes, activations: Sequence[str | None]) -> Model:
    """The model of `*.weight` and `*.bias` tensors, layers in the natural order of their names, weights as neurons x inputs.

    `activations`: one a layer, or one for all layers but the last. Raises ExchangeError.
    """
    tensors, body = _tensors(name, data)
    pairs: dict[str, dict[str, Tensor]] = {}
    for tensor in tensors:
        prefix, _, kind = tensor.name.rpartition(".")
        rank = {"weight": 2, "bias": 1}.get(kind)
        if rank is None:
            raise ExchangeError(f"{name}: tensor {tensor.name!r}: expected a name that ends in .weight or .bias", hint="only chains of affine layers")
        if len(tensor.shape) != rank:
            raise ExchangeError(f"{name}: tensor {tensor.name!r}: expected {rank} dimensions, found {len(tensor.shape)}")
        pairs.setdefault(prefix, {})[kind] = tensor
    formats = {tensor.format for tensor in tensors}
    if len(formats) != 1:
        raise ExchangeError(f"{name}: expected tensors of one type, found {', '.join(sorted(F.name for F in formats)) or 'no tensors'}")
    prefixes = sorted(pairs, key=_natural)
    chosen = check_activations(_a_layer(name, activations, len(prefixes)))
    layers = tuple(_layer(name, body, prefix, pairs[prefix], sigma) for prefix, sigma in zip(prefixes, chosen, strict=True))
    return Model(name, formats.pop(), layers, sha256(data).hexdigest())


def _a_layer(name: str, activations: Sequence[str | None], count: int) -> tuple[str | None, ...]:
    """An activation for each layer."""
    if len(activations) == 1:
        return (activations[0],) * (count - 1) + (None,)
    if len(activations) != count:
        raise ExchangeError(
            f"{name}: expected 1 activation or {count}, one a layer, found {len(activations)}",
            hint="safetensors files do not say activations: --activation relu, or --activation relu,tanh,none",
        )
    return tuple(activations)


def _natural(prefix: str) -> list[tuple[int, int, str]]:
    """layers.2 before layers.10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d{1,18})", prefix) if part]


def _layer(name: str, body: bytes, prefix: str, pair: dict[str, Tensor], sigma: str | None) -> Affine:
    if "weight" not in pair:
        raise ExchangeError(f"{name}: tensor {prefix + '.bias'!r} has no {prefix + '.weight'!r} beside it")
    weight, bias = pair["weight"], pair.get("bias")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ExchangeError(f"{name}: tensor {bias.name!r}: expected {weight.shape[0]} numbers, the rows of {weight.name!r}, found {bias.shape[0]}")
    return Affine(_codes(body, weight), None if bias is None else _codes(body, bias), sigma, weight.name, "" if bias is None else bias.name)


def _codes(body: bytes, tensor: Tensor) -> Codes:
    return codes(tensor.format, body[tensor.start : tensor.end], tensor.shape)


def _tensors(name: str, data: bytes) -> tuple[list[Tensor], bytes]:
    """The tensors in the order of their places, and the bytes they are places of."""
    if len(data) < 8:
        raise ExchangeError(f"{name}: expected 8 bytes of header length, found {len(data)} bytes: no safetensors file")
    length = int.from_bytes(data[:8], "little")
    if length > min(LARGEST_HEADER, len(data) - 8):
        raise ExchangeError(f"{name}: a header of {length} bytes in a file of {len(data)}, at most {LARGEST_HEADER}: no safetensors file")
    header, body = _header(name, data[8 : 8 + length]), data[8 + length :]
    tensors = [_tensor(name, key, entry) for key, entry in header.items() if key != "__metadata__"]
    tensors.sort(key=lambda tensor: (tensor.start, tensor.end))
    place = 0
    for tensor in tensors:
        if tensor.start != place:
            raise ExchangeError(f"{name}: tensor {tensor.name!r}: expected data from byte {place}, without gap or overlap, found {tensor.start}")
        place = tensor.end
    if place != len(body):
        raise ExchangeError(f"{name}: expected {place} bytes of numbers, found {len(body)}: the file is cut, or longer than it says")
    return tensors, body


def _header(name: str, raw: bytes) -> dict[str, Any]:
    def unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(members)
        if len(found) < len(members):
            raise ExchangeError(f"{name}: a name stands twice in the header")
        return found

    def no_number(text: str) -> NoReturn:
        raise ExchangeError(f"{name}: the number {text[:40]} in the header")

    def integer(text: str) -> int:
        return int(text) if len(text) <= 18 else no_number(text)

    try:
        text = raw.decode("utf-8")
        depth = 0
        for bracket in re.finditer(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', text, re.DOTALL):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(bracket[0], 0)
            if depth > _DEEPEST:
                raise ExchangeError(f"{name}: the header is nested deeper than {_DEEPEST}")
        header = json.loads(text, object_pairs_hook=unique, parse_int=integer, parse_float=no_number, parse_constant=no_number)
    except UnicodeDecodeError:
        raise ExchangeError(f"{name}: the header is no UTF-8 text: no safetensors file") from None
    except json.JSONDecodeError as error:
        raise ExchangeError(f"{name}: the header is no JSON (character {error.pos}: {error.msg}): no safetensors file") from None
    if type(header) is not dict:
        raise ExchangeError(f"{name}: the header is no JSON object: no safetensors file")
    return header


def _tensor(name: str, key: str, entry: Any) -> Tensor:
    place = f"{name}: tensor {key[:_LONGEST_NAME]!r}"
    if type(entry) is not dict or set(entry) != {"dtype", "shape", "data_offsets"} or len(key) > _LONGEST_NAME:
        raise ExchangeError(f"{place}: expected dtype, shape and data_offsets, and a name of at most {_LONGEST_NAME} characters")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if type(dtype) is not str or dtype not in _TYPES:
        raise ExchangeError(f"{place}: type {str(dtype)[:20]!r} is not read", hint=f"types {', '.join(_TYPES)} are")
    for numbers in (shape, offsets):
        if type(numbers) is not list or not all(type(n) is int and n >= 0 for n in numbers) or len(numbers) > 8:
            raise ExchangeError(f"{place}: expected lists of whole numbers as shape and data_offsets")
    F = parse_format(_TYPES[dtype])
    size = check_size(place, tuple(shape)) * F.width // 8
    if len(offsets) != 2 or offsets[1] - offsets[0] != size:
        raise ExchangeError(f"{place}: expected {size} bytes for its shape, found data_offsets {str(offsets)[:60]}")
    return Tensor(key, F, tuple(shape), offsets[0], offsets[1])
