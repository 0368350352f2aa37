"""Activations by MPFR (gmpy2): a second computation, which shares no code with the balls.

A column returns v and a scale: v, computed at w bits, is within 2^-(w - 12) * scale of the real number, or is it if the scale is None. Each is
a handful of operations within an ulp; `scale` is the sum of the terms' magnitudes where they cancel, times 1 + x^2 where the rounding of x^2/2 or
x/sqrt(2) is magnified by exp and erfc. Rounding is MPFR's own too, except nearest-away and to-odd, which it lacks.
"""

from collections.abc import Callable
from fractions import Fraction

import gmpy2
from gmpy2 import mpfr, mpq

from fpproof.formats import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format, Mode

Column = Callable[[mpfr], tuple[mpfr, mpfr | None]]

SCALE = mpq("1.0507009873554804934193349852946")
DEPTH = SCALE * mpq("1.6732632423543772848170429916717")


def wide(bits: int) -> gmpy2.context:
    """Round to nearest at so many bits, with the longest exponents there are."""
    return gmpy2.context(precision=bits, emin=gmpy2.get_emin_min(), emax=gmpy2.get_emax_max())


def _plain(v: mpfr) -> tuple[mpfr, mpfr]:
    return v, abs(v)


def _exact(v: mpfr) -> tuple[mpfr, None]:
    return v, None


def _hundredth(x: mpfr) -> tuple[mpfr, mpfr | None]:
    """Exact for some x, and half-way between floats for some of these."""
    v = x / 100
    return _exact(v) if mpq(v) * 100 == mpq(x) else _plain(v)


def _falling(x: mpfr) -> mpfr:
    return gmpy2.exp(-abs(x))


def _sigmoid(x: mpfr) -> mpfr:
    t = _falling(x)
    return (1 if x > 0 else t) / (1 + t)


def _sigmoid_slope(x: mpfr) -> mpfr:
    t = _falling(x)
    return t / gmpy2.square(1 + t)


def _normal(x: mpfr) -> mpfr:
    y = x / gmpy2.sqrt(mpfr(2))
    return (1 + gmpy2.erf(y)) / 2 if x > 0 else gmpy2.erfc(-y) / 2


def _density(x: mpfr) -> mpfr:
    return gmpy2.exp(-gmpy2.square(x) / 2) / gmpy2.sqrt(2 * gmpy2.const_pi())


def _gelu(x: mpfr) -> tuple[mpfr, mpfr]:
    v = x * _normal(x)
    return v, abs(v) * (1 + gmpy2.square(x))


def _gelu_slope(x: mpfr) -> tuple[mpfr, mpfr]:
    a, b = _normal(x), x * _density(x)
    return a + b, (abs(a) + abs(b)) * (1 + gmpy2.square(x))


def _inner(x: mpfr) -> mpfr:
    return gmpy2.sqrt(2 / gmpy2.const_pi()) * (x + mpfr(mpq("0.044715")) * x**3)


def _magnified(x: mpfr) -> mpfr:
    return 1 + abs(_inner(x))


def _gelu_tanh(x: mpfr) -> tuple[mpfr, mpfr]:
    v = x * _sigmoid(2 * _inner(x))
    return v, abs(v) * _magnified(x)


def _gelu_tanh_slope(x: mpfr) -> tuple[mpfr, mpfr]:
    rate = gmpy2.sqrt(2 / gmpy2.const_pi()) * (1 + mpfr(mpq("0.134145")) * gmpy2.square(x))
    a, b = _sigmoid(2 * _inner(x)), 2 * x * rate * _sigmoid_slope(2 * _inner(x))
    return a + b, (abs(a) + abs(b)) * _magnified(x)


def _swish_slope(x: mpfr) -> tuple[mpfr, mpfr]:
    a, b = _sigmoid(x), x * _sigmoid_slope(x)
    return a + b, abs(a) + abs(b)


def _mish_share(x: mpfr) -> mpfr:
    return gmpy2.tanh(gmpy2.log1p(_falling(x)) + max(x, 0))


def _mish_slope(x: mpfr) -> tuple[mpfr, mpfr]:
    """tanh' of softplus, times its derivative."""
    softplus = gmpy2.log1p(_falling(x)) + max(x, 0)
    a, b = _mish_share(x), x * _sigmoid(x) * gmpy2.square(gmpy2.sech(softplus))
    return a + b, abs(a) + abs(b) * (1 + softplus)


def _sech_squared(x: mpfr) -> mpfr:
    t = gmpy2.square(_falling(x))
    return 4 * t / gmpy2.square(1 + t)


VALUES: dict[str, Column] = {
    "identity": _exact,
    "relu": lambda x: _exact(max(x, mpfr(0))),
    "leaky-relu": lambda x: _exact(x) if x > 0 else _hundredth(x),
    "elu": lambda x: _exact(x) if x > 0 else _plain(gmpy2.expm1(x)),
    "selu": lambda x: _plain(x * SCALE if x > 0 else gmpy2.expm1(x) * DEPTH),
    "sigmoid": lambda x: _plain(_sigmoid(x)),
    "tanh": lambda x: _plain(gmpy2.tanh(x)),
    "softplus": lambda x: _plain(gmpy2.log1p(_falling(x)) + max(x, 0)),
    "gelu": _gelu,
    "gelu-tanh": _gelu_tanh,
    "swish": lambda x: _plain(x * _sigmoid(x)),
    "mish": lambda x: _plain(x * _mish_share(x)),
    "sin": lambda x: _plain(gmpy2.sin(x)),
}

SLOPES: dict[str, Column] = {
    "identity": lambda x: _exact(mpfr(1)),
    "relu": lambda x: _exact(mpfr(1 if x > 0 else 0)),
    "leaky-relu": lambda x: _exact(mpfr(1)) if x > 0 else _plain(mpfr(mpq(1, 100))),
    "elu": lambda x: _exact(mpfr(1)) if x > 0 else _plain(gmpy2.exp(x)),
    "selu": lambda x: _plain(mpfr(SCALE) if x > 0 else gmpy2.exp(x) * DEPTH),
    "sigmoid": lambda x: _plain(_sigmoid_slope(x)),
    "tanh": lambda x: _plain(_sech_squared(x)),
    "softplus": lambda x: _plain(_sigmoid(x)),
    "gelu": _gelu_slope,
    "gelu-tanh": _gelu_tanh_slope,
    "swish": _swish_slope,
    "mish": _mish_slope,
    "sin": lambda x: _plain(gmpy2.cos(x)),
}

# Far out, where all that decays is below omega / 2^60: (number that is approached, or None for x; side), left and right.
_RAMP = ((0, -1), (None, -1))
_RAMP_SLOPE = ((0, -1), (1, 1))
VALUE_TAILS: dict[str, tuple[tuple[object, int], tuple[object, int]]] = {
    "elu": ((-1, 1), (None, 0)),
    "selu": ((-DEPTH, 1), (0, 0)),
    "sigmoid": ((0, 1), (1, -1)),
    "tanh": ((-1, 1), (1, -1)),
    "softplus": ((0, 1), (None, 1)),
    "gelu": _RAMP,
    "gelu-tanh": _RAMP,
    "swish": _RAMP,
    "mish": _RAMP,
}
SLOPE_TAILS: dict[str, tuple[tuple[object, int], tuple[object, int]]] = {
    "elu": ((0, 1), (1, 0)),
    "selu": ((0, 1), (SCALE, 0)),
    "sigmoid": ((0, 1), (0, 1)),
    "tanh": ((0, 1), (0, 1)),
    "softplus": ((0, 1), (1, -1)),
    "gelu": _RAMP_SLOPE,
    "gelu-tanh": _RAMP_SLOPE,
    "swish": _RAMP_SLOPE,
    "mish": _RAMP_SLOPE,
}


def is_far(F: Format, x: Datum) -> bool:
    """|x| > 60 + log2(1/omega)."""
    m, e = x
    assert e is not None
    return bool(abs(mpq(m) * mpq(2) ** e) > 60 + F.p - F.emin)


def rounded_far(F: Format, name: str, slope: bool, x: Datum, mode: Mode = Mode.NEAREST_EVEN) -> Datum:
    """fl of a column at an x that `is_far`, by what it approaches there, and from which side."""
    columns, tails = (SLOPES, SLOPE_TAILS) if slope else (VALUES, VALUE_TAILS)
    if name not in tails or (name == "selu" and x[0] > 0):
        return rounded(F, columns[name], x, mode)
    center, side = tails[name][x[0] > 0]
    with wide(F.emax - F.emin + 2 * F.p + 100):
        v = to_mpfr(x) if center is None else mpfr(center)
        v += side * gmpy2.exp2(F.emin - F.p - 60)
    return round_mpfr(F, v, mode)


def to_mpfr(x: Datum) -> mpfr:
    """A finite datum, exactly, in a context of enough bits."""
    m, e = x
    if m == 0:
        return mpfr("-0") if e else mpfr(0)
    assert e is not None
    return gmpy2.mul_2exp(mpfr(m), e) if e >= 0 else gmpy2.div_2exp(mpfr(m), -e)


def rounded(F: Format, column: Column, x: Datum, mode: Mode = Mode.NEAREST_EVEN) -> Datum:
    """fl of a column at a finite x != 0, with more and more bits."""
    bits = F.p + 40
    while bits < 2**16:
        with wide(bits):
            v, scale = column(to_mpfr(x))
            gap = mpfr(0) if scale is None else gmpy2.div_2exp(scale, bits - 12)
            low, high = v - gap, v + gap
        if scale is None and v == 0:
            return ZERO
        if low * high > 0:
            y = round_mpfr(F, low, mode)
            if y == round_mpfr(F, high, mode):
                return y
        bits *= 2
    raise AssertionError(f"undecided at {x}")


_MPFR_MODES = {
    Mode.NEAREST_EVEN: gmpy2.RoundToNearest,
    Mode.TOWARD_ZERO: gmpy2.RoundToZero,
    Mode.UP: gmpy2.RoundUp,
    Mode.DOWN: gmpy2.RoundDown,
}


def round_mpfr(F: Format, v: mpfr, mode: Mode) -> Datum:
    """fl(v) by MPFR with an emax beyond the format's, then the overflow rule of docs/semantics.md, section 1."""
    if mode is Mode.NEAREST_AWAY:
        below, above = (_in_format(F, v, direction) for direction in (gmpy2.RoundToZero, gmpy2.RoundAwayZero))
        y = above if 2 * abs(mpq(v)) >= abs(mpq(below)) + abs(mpq(above)) else below
    elif mode is Mode.TO_ODD:
        below, above = (_in_format(F, v, direction) for direction in (gmpy2.RoundToZero, gmpy2.RoundAwayZero))
        y = above if below != v and not _is_odd(F, below) else below
    else:
        y = _in_format(F, v, _MPFR_MODES[mode])
    sign = -1 if gmpy2.is_signed(y) else 1
    if y == 0:
        return NEGATIVE_ZERO if sign < 0 else ZERO
    if abs(Fraction(*y.as_integer_ratio())) > F.Omega:
        inward = mode in (Mode.TOWARD_ZERO, Mode.TO_ODD) or mode is (Mode.UP if sign < 0 else Mode.DOWN)
        if inward or F.overflow == "saturate":
            return sign * F.largest[0], F.largest[1]
        return (INFINITY if sign > 0 else NEGATIVE_INFINITY) if F.overflow == "infinity" else NAN
    return _datum(F, y)


def _in_format(F: Format, v: mpfr, direction: int) -> mpfr:
    with gmpy2.context(precision=F.p + 1, emax=F.emax + 3, emin=F.emin - F.p + 1, subnormalize=True, round=direction):
        return +v


def _datum(F: Format, y: mpfr) -> Datum:
    m, e = (int(part) for part in y.as_mantissa_exp())
    length = abs(m).bit_length()
    quantum = max(e + length - 1, F.emin) - F.p
    assert e >= quantum or m % (1 << (quantum - e)) == 0
    return (m << (e - quantum) if e >= quantum else m >> (quantum - e)), quantum


def _is_odd(F: Format, y: mpfr) -> bool:
    return y != 0 and _datum(F, y)[0] % 2 == 1
