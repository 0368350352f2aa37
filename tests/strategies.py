"""Hypothesis strategies: formats, data of a format (edges first), codes, modes, rationals near the floats."""

import sys
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fpproof.errors import FormatError
from fpproof.formats import ATLAS, INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format, Mode, ieee_like, rational
from fpproof.formats.arithmetic import is_negative, negate

sys.set_int_max_str_digits(20_000)
"""Hypothesis shows an example by its fields; Omega of binary128 has 4933 digits, where Python stops at 4300."""

modes = st.sampled_from(list(Mode))
atlas_formats = st.sampled_from(list(ATLAS.values()))
small_formats = st.sampled_from([F for F in ATLAS.values() if F.width <= 16])
"""Formats of the atlas with at most 16 bits."""


def ieee_formats(largest_p: int = 60, largest_q: int = 12) -> SearchStrategy[Format]:
    """F(p, q)."""
    return st.builds(ieee_like, st.integers(1, largest_p), st.integers(2, largest_q))


@st.composite
def custom_formats(draw: DrawFn) -> Format:
    """Formats of any exponents, specials and overflow, with any Omega that leaves room for the codes."""
    p = draw(st.integers(1, 12))
    emin = draw(st.integers(-30, 20))
    emax = emin + draw(st.integers(0, 40))
    specials, overflow = draw(
        st.sampled_from([("ieee", "infinity"), ("ieee", "nan"), ("ieee", "saturate"), ("nan", "nan"), ("nan", "saturate"), ("none", "saturate")])
    )
    steps = draw(st.integers(2**p, 2 ** (p + 1) - 1))
    quantum = Fraction(2) ** (emax - p)
    try:
        return Format("custom", p, emin, emax, steps * quantum, specials, overflow)  # type: ignore[arg-type]  # the words are drawn from the list
    except FormatError:  # the one cause that is left: Omega has the code of NaN
        return Format("custom", p, emin, emax, (steps - 1) * quantum, specials, overflow)  # type: ignore[arg-type]  # drawn from the names that there are


formats = st.one_of(atlas_formats, ieee_formats(), custom_formats())


def codes(F: Format) -> SearchStrategy[int]:
    """All codes of the width, used or not."""
    return st.integers(0, (1 << F.width) - 1)


_KINDS = st.sampled_from(["zero", "omega", "subnormal", "power", "top", "any"])
_SIGNS = st.booleans()
_STEPS = st.integers(-1, 1)
_SPECIAL = st.sampled_from([False] * 5 + [True])


@st.composite
def finite_data(draw: DrawFn, F: Format) -> Datum:
    """Finite data: zeros, subnormals, powers of two and their neighbours, Omega and the numbers before it, any number.

    One function, not a tree of strategies: Hypothesis would validate the tree anew for every format.
    """
    kind, negative = draw(_KINDS), draw(_SIGNS)
    if kind == "zero":
        return NEGATIVE_ZERO if negative else ZERO
    N = F.largest_ordinal
    if kind == "omega":
        n = 1
    elif kind == "subnormal":
        n = draw(st.integers(1, min(1 << F.p, N)))
    elif kind == "power":
        n = F.ordinal(F.power_of_two(draw(st.integers(F.emin - F.p, F.emax)))) + draw(_STEPS)
    elif kind == "top":
        n = N - draw(st.integers(0, 2))
    else:
        n = draw(st.integers(1, N))
    n = max(1, min(n, N))
    return F.from_ordinal(-n if negative else n)


@st.composite
def data(draw: DrawFn, F: Format) -> Datum:
    """All data that F has codes for, edges first."""
    specials = ([INFINITY, NEGATIVE_INFINITY] if F.has_infinities else []) + ([NAN] if F.has_nan else [])
    if draw(_SPECIAL) and specials:
        return draw(st.sampled_from(specials))
    return draw(finite_data(F))


@st.composite
def pairs(draw: DrawFn, F: Format) -> tuple[Datum, Datum]:
    """Two data; often two finite ones of nearly the same magnitude, whose sum cancels or carries."""
    x = draw(data(F))
    if x[1] is None or draw(st.booleans()):
        return x, draw(data(F))
    N = F.largest_ordinal
    n = max(-N, min(N, F.ordinal(x) + draw(st.integers(-(4 << F.p), 4 << F.p))))
    y = F.from_ordinal(n)
    return x, negate(y) if draw(st.booleans()) else y


@st.composite
def rationals(draw: DrawFn, F: Format) -> Fraction:
    """Rationals that are hard to round to F: floats, midpoints, both a little off, up to far beyond Omega."""
    x = draw(finite_data(F))
    m, e = x
    assert e is not None
    last_place = Fraction(2) ** e if m else F.omega
    offset = draw(st.sampled_from([Fraction(0), last_place / 2, last_place / 2, last_place / 3, F.Omega]))
    nudge = draw(st.sampled_from([0, 0, 1, -1])) * F.omega * Fraction(2) ** -draw(st.sampled_from([1, 2, 30, 100]))
    outward = offset + nudge
    return rational(x) + (-outward if is_negative(x) else outward)


def small_rationals() -> SearchStrategy[Fraction]:
    """Rationals from -2 to 2 with denominators up to 8: coefficients and starts of small flows."""
    return st.fractions(-2, 2, max_denominator=8)
