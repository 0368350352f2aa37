"""Balls against MPFR: two libraries, two arrangements of the formulas, two roundings, the same floats."""

from functools import cache

import gmpy2
import numpy as np
import pytest
from numpy.typing import NDArray

from fpproof.activations import activation, derivative, names, value
from fpproof.activations.tables import compute
from fpproof.formats import ATLAS, NEAREST_EVEN, Datum, Format, Mode, ieee_like
from tests.activations.hard_inputs import HARD
from tests.activations.reference import SLOPES, VALUES, Column, is_far, rounded, rounded_far, to_mpfr, wide

SMALL = [F for F in ATLAS.values() if F.width <= 8] + [ieee_like(1, 2), ieee_like(3, 4), ieee_like(1, 6)]
Floats = NDArray[np.float64]


@pytest.mark.parametrize("F", SMALL, ids=str)
@pytest.mark.parametrize("name", names())
def test_small_formats_in_all_modes(name: str, F: Format) -> None:
    sigma = activation(name)
    for mode in Mode:
        for x in F.finite():
            if x[0]:
                assert value(F, sigma, x, mode) == reference(F, name, False, x, mode), (x, mode)
                assert derivative(F, sigma, x, mode) == reference(F, name, True, x, mode), (x, mode)


def reference(F: Format, name: str, slope: bool, x: Datum, mode: Mode = NEAREST_EVEN) -> Datum:
    return rounded_far(F, name, slope, x, mode) if is_far(F, x) else rounded(F, (SLOPES if slope else VALUES)[name], x, mode)


@pytest.mark.parametrize("F", [ATLAS["binary16"], ATLAS["bfloat16"]], ids=str)
@pytest.mark.parametrize("name", names())
def test_all_16_bit_inputs(name: str, F: Format) -> None:
    """Bit for bit but for zeros at x = +-0; MPFR at 160 bits, what that leaves open by `rounded`."""
    data = [x for x in F.finite() if x[0]]
    codes = np.array([F.encode(x) for x in data])
    for slope, column, computed in zip((False, True), (VALUES[name], SLOPES[name]), compute(F, activation(name)), strict=True):
        y, known = _nearest(F, *_bounds(F, column))
        ours = _to_float64(F, computed[codes])
        wrong = np.flatnonzero(known & ((y != ours) | (np.signbit(y) != np.signbit(ours))))
        assert [data[i] for i in wrong] == []
        for i in np.flatnonzero(~known).tolist():
            assert F.decode(int(computed[codes[i]])) == reference(F, name, slope, data[i]), data[i]


@cache
def _inputs(F: Format) -> list[gmpy2.mpfr]:
    with wide(160):
        return [to_mpfr(x) for x in F.finite() if x[0]]


def _bounds(F: Format, column: Column) -> tuple[Floats, Floats]:
    """Ends of intervals that hold the values: 160 bits leave 148 for the scale, 40 of which are given away, and binary64 rounds by 2^-53."""
    with wide(160):
        results = [column(x) for x in _inputs(F)]
        v = np.array([float(v) for v, _ in results])
        scale = np.array([0.0 if s is None else max(float(s), 1e-270) for _, s in results])
    margin = np.where(scale == 0, 0.0, np.abs(v) * 2.0**-52 + scale * 2.0**-100)
    return v - margin, v + margin


def _nearest(F: Format, low: Floats, high: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The ends rounded to nearest-even, and where they agree, unless they are so small that binary64 may have lost their sign."""
    ends = [_round(F, end) for end in (low, high)]
    return ends[0], (ends[0] == ends[1]) & ((np.abs(low + high) > 1e-280) | ((low == 0) & (high == 0)))


def _round(F: Format, x: Floats) -> Floats:
    quantum = np.maximum(np.frexp(x)[1] - 1, F.emin) - F.p
    y = np.ldexp(np.rint(np.ldexp(x, -quantum)), quantum)
    return np.where(np.abs(y) > float(F.Omega), np.copysign(np.inf, x), y)


def _to_float64(F: Format, codes: NDArray[np.uint16]) -> Floats:
    if F.p == 10:
        return codes.view(np.float16).astype(np.float64)
    return (codes.astype(np.uint32) << 16).view(np.float32).astype(np.float64)


def _samples(F: Format, count: int, seed: int) -> list[Datum]:
    """Half uniform among the codes, half with magnitudes uniform in logarithm from 2^-14 to 2^7."""
    generator = np.random.default_rng(seed)
    low, high = F.ordinal(F.power_of_two(-14)), F.ordinal(F.power_of_two(7))
    ordinals = [*generator.integers(1, F.largest_ordinal, count // 2).tolist(), *generator.integers(low, high, count - count // 2).tolist()]
    signs = generator.choice([-1, 1], count).tolist()
    return [F.from_ordinal(sign * n) for sign, n in zip(signs, ordinals, strict=True)]


@pytest.mark.parametrize(("F", "count"), [(ATLAS["binary32"], 4000), (ATLAS["binary64"], 400)], ids=str)
@pytest.mark.parametrize("name", names())
def test_samples(name: str, F: Format, count: int) -> None:
    """2 * 13 * 4000 binary32 inputs and 2 * 13 * 400 binary64 inputs in all."""
    sigma = activation(name)
    for slope, ours in ((False, value), (True, derivative)):
        for x in _samples(F, count, seed=1 + slope):
            assert ours(F, sigma, x) == reference(F, name, slope, x), x


@pytest.mark.parametrize("format", ["binary32", "binary64"])
@pytest.mark.parametrize(("name", "which"), [key.split("/") for key in HARD])
def test_hard_inputs(name: str, which: str, format: str) -> None:
    F = ATLAS[format]
    sigma = activation(name)
    column, ours = (VALUES[name], value) if which == "value" else (SLOPES[name], derivative)
    for code in HARD[f"{name}/{which}"][format == "binary64"]:
        for mode in (NEAREST_EVEN, Mode.NEAREST_AWAY, Mode.UP, Mode.DOWN, Mode.TOWARD_ZERO, Mode.TO_ODD):
            assert ours(F, sigma, F.decode(int(code, 16)), mode) == rounded(F, column, F.decode(int(code, 16)), mode), (code, mode)
