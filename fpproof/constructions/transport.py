"""Transport: carrying a nonzero float to any float by three rounded multiplications.

((h (*) a) (*) b) (*) c = g. Source: Park, Park, Hwang, Park (2026), Lemma 4.4; here with three factors and a formula.
"""

from functools import lru_cache

from fpproof.errors import ConstructionError
from fpproof.formats import Datum, Format, Mode, round_rational
from fpproof.formats.arithmetic import divide, equal, exponent, multiply, negate, successor
from fpproof.formats.rounding import round_ratio
from fpproof.formats.text import both

Chain = tuple[Datum, Datum, Datum]

COMPLETE_SEARCH_WIDTH = 10
"""Formats up to this width are searched completely where the formula does not apply."""


def carry(F: Format, h: Datum, chain: Chain) -> Datum:
    """((h (*) a) (*) b) (*) c in F."""
    for factor in chain:
        h = multiply(F, h, factor)
    return h


def transport(F: Format, h: Datum, g: Datum) -> Chain:
    """Three floats whose product with h, rounded after each, is g; replayed before it is returned.

    h is finite and not 0, g is finite. Raises ConstructionError where there is none, or none is found.
    """
    to_one = bring_to_one(F, h)
    if to_one is not None:
        chain = (*to_one, g)
        assert equal(carry(F, h, chain), g)
        return chain
    if F.width > COMPLETE_SEARCH_WIDTH:
        raise ConstructionError(f"{F.name}: no way found to carry upstream {both(F, h)} to gradient {both(F, g)} by three multiplications")
    for y, (a, b) in _two_steps(F, h).items():
        for mode in (Mode.DOWN, Mode.UP):
            c = divide(F, g, y, mode)
            if c[1] is not None and equal(carry(F, h, (a, b, c)), g):
                return (a, b, c)
    raise ConstructionError(
        f"{F.name}: no three multiplications carry upstream {both(F, h)} to gradient {both(F, g)} (every chain was tried)",
        hint="another format, or another upstream for this point",
    )


@lru_cache(maxsize=4096)
def bring_to_one(F: Format, h: Datum) -> tuple[Datum, Datum] | None:
    """Two floats a, b with (h (*) a) (*) b = 1, by formula; None where it does not apply.

    Let u = 2^-(p+1), a = fl(2^k / |h|) normal, so that |h| a = 2^k (1 + d) with |d| <= u, and y = |h| (*) a is 2^k or its
    predecessor 2^k (1 - u) (a tie at 2^k (1 + u) goes to the even 2^k). With b = 2^-k, resp. b = 2^-k (1 + 2u), the product y b is 1, resp.
    1 + u - 2u^2, which lies below the midpoint 1 + u and rounds to 1. It applies where some k makes a, y and b normal:
    below, a in [2^emin, 2^emax], y >= 2^emin and b in [2^emin, 2^emax]; IEEE-like formats with p < emax have one for every h.
    """
    e = exponent(F, h)
    k = min(max(0, e + 1 + F.emin, F.emin + 1, 1 - F.emax), F.emax + e, -F.emin)
    if k < max(e + 1 + F.emin, F.emin + 1, -F.emax):
        return None
    m, quantum = h
    assert quantum is not None
    scale = k - quantum
    a = round_ratio(F, 1 << max(scale, 0), abs(m) << max(-scale, 0))
    a = negate(a) if m < 0 else a
    y, power = multiply(F, h, a), round_rational(F, 1)
    for b in (_power(F, -k), successor(F, _power(F, -k))):
        if equal(multiply(F, y, b), power):
            return a, b
    return None


def _power(F: Format, n: int) -> Datum:
    return F.power_of_two(n)


@lru_cache(maxsize=512)
def _two_steps(F: Format, h: Datum) -> dict[Datum, tuple[Datum, Datum]]:
    """Everything but 0 that two multiplications reach from h, with the factors."""
    factors = [w for w in F.finite() if w[0]]
    once: dict[Datum, Datum] = {}
    for a in factors:
        once.setdefault(multiply(F, h, a), a)
    twice: dict[Datum, tuple[Datum, Datum]] = {}
    for y, a in once.items():
        for b in factors if y[0] and y[1] is not None else ():
            z = multiply(F, y, b)
            if z[0] and z[1] is not None:
                twice.setdefault(z, (a, b))
    return twice
