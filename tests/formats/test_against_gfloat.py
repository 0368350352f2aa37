"""Against gfloat: the meaning of every code of the formats that both know, and rounding in the modes that both have.

gfloat rounds doubles, so a format takes part if the double is exact; binary64 itself is left to numpy and MPFR.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import gfloat
import numpy as np
import pytest
from gfloat.formats import sample_formats

from fpproof.formats import ATLAS, Datum, Format, Mode, round_rational
from fpproof.formats.arithmetic import is_negative

OURS = {
    "ocp_e2m1": "E2M1",
    "ocp_e2m3": "E2M3",
    "ocp_e3m2": "E3M2",
    "ocp_e4m3": "E4M3FN",
    "ocp_e5m2": "E5M2",
    "binary16": "binary16",
    "bfloat16": "bfloat16",
    "binary32": "binary32",
    "binary64": "binary64",
}
PEERS = {info.name: info for info in sample_formats}
MODES = {
    Mode.NEAREST_EVEN: gfloat.RoundMode.TiesToEven,
    Mode.NEAREST_AWAY: gfloat.RoundMode.TiesToAway,
    Mode.TOWARD_ZERO: gfloat.RoundMode.TowardZero,
    Mode.UP: gfloat.RoundMode.TowardPositive,
    Mode.DOWN: gfloat.RoundMode.TowardNegative,
}


def test_the_formats_that_are_left_out_have_one_zero_or_no_sign() -> None:
    """Those of IEEE P3109 and the block formats' scales and integers are none of ours by the definition."""
    for name, info in PEERS.items():
        assert (name in OURS) == (info.has_nz and info.is_signed), name


def same(x: Datum, v: float) -> bool:
    m, e = x
    if e is None:
        return math.isnan(v) if m == 0 else v == m * math.inf
    return math.ldexp(m, e) == v and (math.copysign(1, v) < 0) == is_negative(x)


def some_codes(F: Format) -> Iterator[int]:
    """All codes up to 16 bits, else the two ends of every binade and random ones."""
    if F.width <= 16:
        yield from range(1 << F.width)
        return
    for field in range(1 << F.q):
        for fraction in (0, 1, (1 << F.p) - 1):
            yield (field << F.p) | fraction
            yield (1 << (F.width - 1)) | (field << F.p) | fraction
    yield from (int(code) for code in np.random.default_rng(1).integers(0, 1 << F.width, 2000, dtype=np.uint64, endpoint=False))


@pytest.mark.parametrize("name", OURS)
def test_codes(name: str) -> None:
    F, info = ATLAS[OURS[name]], PEERS[name]
    for code in some_codes(F):
        assert same(F.decode(code), gfloat.decode_float(info, code).fval), hex(code)


def doubles(F: Format, nearness: int) -> list[float]:
    """Floats, midpoints and quarters of F and doubles that are 2^-nearness off (relatively), far outside, and random doubles."""
    random = np.random.default_rng(F.width)
    found = [0.0, float(F.Omega) * 1.5, float(F.Omega) * 8, float(F.omega) / 8, 5e-324]
    for n in [1, 2, (1 << F.p) - 1, 1 << F.p, F.largest_ordinal, *random.integers(0, F.largest_ordinal, 120)]:
        m, e = F.from_ordinal(int(n))
        e = F.quanta[0] if m == 0 else e
        assert e is not None
        for quarter in range(4):
            v = math.ldexp(4 * m + quarter, e - 2)
            found += [v * (1 - 2.0**-nearness), v, v * (1 + 2.0**-nearness)]
    found += [float(v) for v in random.normal(size=200)]
    return found + [-v for v in found]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("name", "ours"), [(name, ours) for name, ours in OURS.items() if name != "binary64"] + [("ocp_e4m3", "E4M3FN-sat")])
def test_rounding(name: str, ours: str, mode: Mode) -> None:
    """gfloat's saturation makes all modes end at Omega, as ours do in formats that saturate.

    Its TiesToAway adds 1/2 in binary64, and so takes the double just below a tie for a tie: there the doubles stay farther off.
    """
    F, info = ATLAS[ours], PEERS[name]
    for v in doubles(F, 40 if mode is Mode.NEAREST_AWAY else 52):
        theirs: Any = gfloat.round_float(info, v, MODES[mode], sat=F.overflow == "saturate")
        if v:
            assert same(round_rational(F, Fraction(v), mode), theirs), v.hex()
