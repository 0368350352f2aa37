"""fl(f(x)): enclosures of a real number, narrowed until every number in them rounds to one float.

Rounding is monotone in all six modes. So a closed interval whose ends round to y holds only numbers that round to y. For an open
interval the same is true of its ends moved inward by less than anything (`_beside`), and that decides more: (1 - 2^-99, 1) rounds down to
the float before 1, although 1 does not. All breakpoints of rounding (floats and half-way points) are multiples of omega / 2.
"""

from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from fpproof.activations.function import Activation, ActivationError, Bracket, RealFunction
from fpproof.formats import NAN, NEAREST_EVEN, NEGATIVE_ZERO, ZERO, Datum, Format, Mode, round_datum, round_dyadic, round_rational
from fpproof.formats.text import hexadecimal

PRECISION_LIMIT = 2**20
"""Bits at which narrowing stops with an error. It bounds time, not accuracy: no result depends on it."""

Dyadic = tuple[int, int]
"""m * 2^e, m != 0."""


def value(F: Format, sigma: Activation, x: Datum, mode: Mode = NEAREST_EVEN) -> Datum:
    """fl(sigma(x)) for a datum x of any format, correctly rounded; limits at infinities, NaN for NaN.

    Raises ActivationError if python-flint is missing, or if balls do not separate the value from a breakpoint
    (an exact case that the definition does not declare). Source: docs/semantics.md, section 2.
    """
    if x == NEGATIVE_ZERO and sigma.negative_zero and sigma.value.exact(mpq(0)) == 0:
        return NEGATIVE_ZERO
    return _rounded(F, sigma.name, sigma.value, x, mode)


def derivative(F: Format, sigma: Activation, x: Datum, mode: Mode = NEAREST_EVEN) -> Datum:
    """fl(sigma'(x)), as `value`; at kinks what docs/semantics.md, section 2, says."""
    return _rounded(F, f"{sigma.name}'", sigma.derivative, x, mode)


@dataclass(frozen=True, slots=True)
class InFormat:
    """sigma_F and sigma'_F as an object of one argument, as layers of a network take them."""

    format: Format
    activation: Activation
    mode: Mode = NEAREST_EVEN

    def value(self, x: Datum) -> Datum:
        return value(self.format, self.activation, x, self.mode)

    def derivative(self, x: Datum) -> Datum:
        return derivative(self.format, self.activation, x, self.mode)


def _rounded(F: Format, name: str, f: RealFunction, x: Datum, mode: Mode) -> Datum:
    m, e = x
    if e is None:
        return _limit(F, f, x, mode)
    r = _dyadic(m, e) if m else mpq(0)
    exact = f.exact(r)
    if exact is not None:
        return round_rational(F, exact, mode)
    bracket, exponent = _bracket(F, f, x)
    if bracket is not None:
        y = _round_bracket(F, bracket, r, exponent, mode)
        if y is not None:
            return y
    return _narrowed(F, name, f, x, mode)


def _limit(F: Format, f: RealFunction, x: Datum, mode: Mode) -> Datum:
    if x == NAN:
        return NAN
    limit = f.limits[x[0] > 0]
    return round_datum(F, limit, mode) if isinstance(limit, tuple) else round_rational(F, limit, mode)


def _dyadic(m: int, e: int) -> mpq:
    return mpq(m << e) if e >= 0 else mpq(m, 1 << -e)


# Brackets


def _bracket(F: Format, f: RealFunction, x: Datum) -> tuple[Bracket | None, int]:
    """The bracket that holds at x != 0, and the logarithm (base 2) of a bound of its gap.

    Gaps below a quarter of omega are as good as that: the line's value is the only breakpoint that counts.
    """
    m, e = x
    assert e is not None
    least = F.emin - F.p - 2
    length = abs(m).bit_length() + e  # 2^(length - 1) <= |x| < 2^length
    if length <= -2 and m:
        bracket = f.near_zero[m > 0]
        order = 2 if bracket is not None and bracket.line.slope else 1
        return bracket, max(order * length + 1, least)
    if length >= 4:
        half = abs(m) << (e - 1) if e > 0 else abs(m) >> (1 - e)
        return f.tails[m > 0], max(-half, least)
    return None, 0


def _round_bracket(F: Format, bracket: Bracket, x: mpq, exponent: int, mode: Mode) -> Datum | None:
    """fl of any number strictly between line(x) and line(x) + side * 2^exponent, if it is one for all."""
    start = bracket.line(x)
    end = start + bracket.side * _dyadic(1, exponent)
    first, last = _beside(F, start, bracket.side), _beside(F, end, -bracket.side)
    y = round_dyadic(F, *first, mode)
    return y if first == last or y == round_dyadic(F, *last, mode) else None


def _beside(F: Format, r: mpq, side: int) -> Dyadic:
    """A number that rounds like r + side * epsilon for every small enough epsilon > 0.

    The grid of omega / 4 holds every breakpoint. r + side * epsilon is inside one of its open cells; so is the cell's middle.
    """
    grid = F.emin - F.p - 2
    scaled = r * _dyadic(1, -grid)
    below = int(scaled.numerator // scaled.denominator)
    if side < 0 and scaled.denominator == 1:
        below -= 1
    return 2 * below + 1, grid - 1


# Balls


def _narrowed(F: Format, name: str, f: RealFunction, x: Datum, mode: Mode) -> Datum:
    """Ziv's loop: twice the precision until the ball rounds to one float."""
    precision = F.p + 31
    while precision <= PRECISION_LIMIT:
        ends = ball_ends(name, f, x, precision)
        if ends is not None:
            low, high = ends
            if low == high == ZERO:
                return ZERO
            y = _round_end(F, low, mode)
            if y is not None and (low == high or y == _round_end(F, high, mode)):
                return y
        precision *= 2
    raise ActivationError(
        f"activation {name}: {PRECISION_LIMIT} bits do not decide how its value at {hexadecimal(x)} rounds to {F.name}",
        hint="if the value is exactly a float, or half-way between two, the definition must say so (exact)",
    )


def ball_ends(name: str, f: RealFunction, x: Datum, precision: int) -> tuple[Datum, Datum] | None:
    """The ends of a ball around f(x), as exact numbers; equal if the ball is a point; None if it is not bounded."""
    arb, context = flint(name)
    assert f.ball is not None, name
    saved = context.prec
    context.prec = precision
    try:
        ball = f.ball(arb(x))
        if not ball.is_finite():
            return None
        ends = (ball, ball) if ball.is_exact() else (ball.lower(), ball.upper())
        (low, low_exponent), (high, high_exponent) = (end.man_exp() for end in ends)
    finally:
        context.prec = saved
    return (int(low), int(low_exponent)), (int(high), int(high_exponent))


def _round_end(F: Format, end: Datum, mode: Mode) -> Datum | None:
    """fl of an end of a ball; None for zero, since a ball that ends there leaves the sign of its number open.

    Exponents of balls have no bounds: nothing is a breakpoint between 0 and omega / 2, nor beyond 2^(emax + 1), so a number there is
    replaced by another one.
    """
    m, e = end
    assert e is not None
    if m == 0:
        return None
    sign = 1 if m > 0 else -1
    top = abs(m).bit_length() + e
    if top < F.emin - F.p - 1:
        return round_dyadic(F, sign, F.emin - F.p - 2, mode)
    if top > F.emax + 2:
        return round_dyadic(F, sign, F.emax + 2, mode)
    return round_dyadic(F, m, e, mode)


def flint(name: str) -> tuple[Any, Any]:
    """arb and the context of python-flint; raises ActivationError with the way to install it."""
    try:
        from flint import arb, ctx
    except ImportError:
        raise ActivationError(
            f"activation {name}: python-flint, which encloses it in balls, is not installed", hint="pip install 'fpproof[balls]'"
        ) from None
    return arb, ctx
