"""Transport: carrying a nonzero float to any float by three rounded multiplications.

((h (*) a) (*) b) (*) c = g. Source: Park, Park, Hwang, Park (2026), Lemma 4.4; here with three factors and a formula.
"""

from fractions import Fraction
from functools import lru_cache

from fpproof.errors import ConstructionError
from fpproof.formats import Datum, Format, Mode, rational, round_dyadic
from fpproof.formats.arithmetic import divide, equal, exponent, multiply, successor
from fpproof.formats.rounding import round_ratio
from fpproof.formats.text import both

Chain = tuple[Datum, Datum, Datum]

POWERS = (0, 1, -1, 2, -2)
"""Exponents of the powers of two that are tried on the way from h to g; 0 does where the formats are not tiny."""
TRIED = 8
"""Exponents tried on either side of the one that the formula gives."""
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
    for j in POWERS:
        pair, last = bring_to_power(F, h, j), scaled(F, g, -j)
        if pair is not None and last is not None:
            chain = (*pair, last)
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


def scaled(F: Format, x: Datum, n: int) -> Datum | None:
    """x * 2^n if that is a float, else None."""
    m, e = x
    if m == 0 or e is None:
        return x
    y = round_dyadic(F, m, e + n)
    return y if y[1] is not None and rational(y) == rational(x) * Fraction(2) ** n else None


@lru_cache(maxsize=4096)
def bring_to_power(F: Format, h: Datum, j: int = 0) -> tuple[Datum, Datum] | None:
    """Two floats a, b with (h (*) a) (*) b = 2^j, by formula; None where it does not apply.

    Let u = 2^-(p+1), a = fl(2^k / h) normal, so that h a = 2^k (1 + d) with |d| <= u, and y = h (*) a is 2^k or its
    predecessor 2^k (1 - u) (a tie at 2^k (1 + u) goes to the even 2^k). With b = 2^(j-k), resp. 2^(j-k) (1 + 2u), the product y b is 2^j, resp.
    2^j (1 + u - 2u^2), which lies below the midpoint 2^j (1 + u) and rounds to 2^j. It applies where a k makes a, y and b normal; IEEE-like
    formats with p < emax have one for every h and j = 0. Powers of two h need no normal y, so exponents beyond are tried too: what is returned
    was replayed.
    """
    e = exponent(F, h)
    m, quantum = h
    assert quantum is not None
    least = F.emin - F.p
    if not least <= j <= F.emax:
        return None
    low, high = max(e + least, least, j - F.emax), min(F.emax + e + 1, F.emax, j - least)
    normal = max(e + 1 + F.emin, F.emin + 1, j - F.emax)  # the least k that makes a and y normal
    start = min(max(j, normal), F.emax + e)
    goal = F.power_of_two(j)
    for k in sorted(range(max(low, start - TRIED), min(high, start + TRIED) + 1), key=lambda k: abs(k - start)):
        scale = k - quantum
        a = round_ratio(F, (1 if m > 0 else -1) << max(scale, 0), abs(m) << max(-scale, 0))
        if a[1] is None:
            continue
        y, power = multiply(F, h, a), F.power_of_two(j - k)
        for b in (power, successor(F, power)):
            if equal(multiply(F, y, b), goal):
                return a, b
    return None


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
