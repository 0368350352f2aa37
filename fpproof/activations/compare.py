"""What libraries compute, compared with the correctly rounded value.

A library's function is called in the format's own type, on an array of all inputs (16-bit formats) or of a sample, and
again on arrays of one element: vectorised code often computes something else than its scalar tail.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpproof.activations.enclosure import value
from fpproof.activations.function import Activation, ActivationError
from fpproof.activations.tables import WIDEST, table
from fpproof.formats import NAN, Datum, Format, rational
from fpproof.formats.arithmetic import equal, is_finite, ulp

Codes = NDArray[Any]
"""Unsigned integers of the format's width."""


class Unavailable(ActivationError):
    """A library without the function, or without it in the format."""


LIBRARIES = ("numpy", "torch")
_NUMPY_TYPES = {"binary16": "float16", "binary32": "float32", "binary64": "float64"}
_TORCH_TYPES = {**_NUMPY_TYPES, "bfloat16": "bfloat16"}


@dataclass(frozen=True, slots=True)
class Difference:
    """An input at which a library's result is not the correctly rounded one; `ulps` is None where one of them is not finite."""

    x: Datum
    result: Datum
    correct: Datum
    ulps: Fraction | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A library's function against the correctly rounded one on `inputs` inputs.

    `ulps` of a difference is |result - correct| / ulp(correct); `worst` has the most. `not_finite` counts differences of which one side is
    infinite or NaN. `depends_on_position` counts inputs whose result in the whole array differs, bit for bit, from that of a call alone.
    """

    library: str
    version: str
    inputs: int
    sampled: bool
    differences: int
    not_finite: int
    worst: Difference | None
    first: tuple[Difference, ...]
    depends_on_position: int


def compare(F: Format, sigma: Activation, library: str, samples: int = 10000, seed: int = 0, examples: int = 5) -> Comparison:
    """The comparison in nearest-even: all inputs but NaN in 16-bit formats, else a seeded sample.

    Raises ActivationError if the library is unknown or not installed, Unavailable if it lacks the function or the format.
    """
    version, function = _function(F, sigma.name, library)
    codes = inputs(F, samples, seed)
    together = function(codes)
    alone = np.concatenate([function(codes[i : i + 1]) for i in range(len(codes))])
    differences = list(_differences(F, sigma, codes, together))
    finite = [difference for difference in differences if difference.ulps is not None]
    return Comparison(
        library,
        version,
        len(codes),
        F.width > WIDEST,
        len(differences),
        len(differences) - len(finite),
        max(finite, key=lambda difference: difference.ulps or 0, default=None),
        tuple(differences[:examples]),
        int(np.count_nonzero(_canonical(F, together) != _canonical(F, alone))),
    )


def inputs(F: Format, samples: int, seed: int) -> Codes:
    """All codes but NaN of a format of 16 bits and less; else both zeros, infinities, and finite codes without repetition.

    Half of the sample is uniform among the codes, half has magnitudes uniform among those from 2^-10 to 2^7.
    """
    dtype = np.dtype(f"u{max(1, 1 << (F.width - 1).bit_length() >> 3)}")
    if F.width <= WIDEST:
        return np.array([F.encode(x) for x in F.data() if x != NAN], dtype=dtype)
    generator = np.random.default_rng(seed)
    low, high = (F.ordinal(F.power_of_two(min(max(n, F.emin), F.emax))) for n in (-10, 7))
    parts = generator.integers(0, F.largest_ordinal + 1, samples // 2), generator.integers(low, high, samples - samples // 2)
    magnitudes = np.concatenate([np.asarray(part, dtype=dtype) for part in parts])
    signs = generator.integers(0, 2, samples).astype(dtype) << dtype.type(F.width - 1)
    special = np.array([F.encode((m, e)) for m, e in ((0, 0), (0, -1), (1, None), (-1, None))], dtype=dtype)
    return np.concatenate([special, generator.permutation(np.unique(magnitudes | signs))])


def _differences(F: Format, sigma: Activation, codes: Codes, results: Codes) -> Iterator[Difference]:
    known = table(F, sigma)[0] if F.width <= WIDEST else None
    for code, result in zip(codes.tolist(), results.tolist(), strict=True):
        x, y = F.decode(code), F.decode(result)
        correct = F.decode(int(known[code])) if known is not None else value(F, sigma, x)
        if y == correct or equal(y, correct):
            continue
        ulps = abs(rational(y) - rational(correct)) / rational(ulp(F, correct)) if is_finite(y) and is_finite(correct) else None
        yield Difference(x, y, correct, ulps)


def _canonical(F: Format, codes: Codes) -> Codes:
    """All NaNs are one value."""
    nan = (codes & codes.dtype.type((1 << (F.width - 1)) - 1)) > codes.dtype.type(F.encode((1, None)))
    return np.where(nan, codes.dtype.type(F.encode(NAN)), codes)


def _function(F: Format, name: str, library: str) -> tuple[str, Callable[[Codes], Codes]]:
    """The library's version, and its function on arrays of codes."""
    if library == "numpy":
        functions: dict[str, Callable[[Any], Any]] = {"tanh": np.tanh, "sin": np.sin, "relu": lambda x: np.maximum(x, 0), "identity": np.positive}
        _require(library, name, functions, F, _NUMPY_TYPES)
        return np.__version__, partial(_on_numpy, functions[name], _NUMPY_TYPES[F.name])
    if library == "torch":
        try:
            import torch
        except ImportError:
            raise ActivationError("torch is not installed", hint="pip install 'fpproof[machines]'") from None
        functions = _torch_functions(torch)
        _require(library, name, functions, F, _TORCH_TYPES)
        return str(torch.__version__), partial(_on_torch, torch, functions[name], getattr(torch, _TORCH_TYPES[F.name]))
    raise ActivationError(f"library {library[:40]!r} is unknown", hint=f"there are {', '.join(LIBRARIES)}")


def _require(library: str, name: str, functions: dict[str, Any], F: Format, types: dict[str, str]) -> None:
    if name not in functions:
        raise Unavailable(f"{library} has no function {name}", hint=f"it has {', '.join(functions)}")
    if F.name not in types:
        raise Unavailable(f"{library} has no functions in {F.name}", hint=f"it has them in {', '.join(types)}")


def _torch_functions(torch: Any) -> dict[str, Callable[[Any], Any]]:
    functional = torch.nn.functional
    return {
        "identity": torch.nn.Identity(),
        "relu": torch.relu,
        "leaky-relu": functional.leaky_relu,
        "elu": functional.elu,
        "selu": functional.selu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softplus": functional.softplus,
        "gelu": functional.gelu,
        "gelu-tanh": partial(functional.gelu, approximate="tanh"),
        "swish": functional.silu,
        "mish": functional.mish,
        "sin": torch.sin,
    }


def _on_numpy(function: Callable[[Any], Any], dtype: str, codes: Codes) -> Codes:
    with np.errstate(all="ignore"):
        return np.asarray(function(codes.view(dtype))).astype(dtype, copy=False).view(codes.dtype)


def _on_torch(torch: Any, function: Callable[[Any], Any], dtype: Any, codes: Codes) -> Codes:
    signed = codes.dtype.str.replace("u", "i")
    with torch.no_grad():
        result = function(torch.from_numpy(codes.view(signed).copy()).view(dtype))
    return np.asarray(result.view(getattr(torch, f"int{8 * codes.dtype.itemsize}")).numpy()).view(codes.dtype)
