"""The odd point indicator with neurons of derivative 1/4, for networks of sigmoids: what roundings make of an upstream on its way down.

The stages are those of indicator.py, with weights four times as large, and a quarter after each sum, which rounds a second time where numbers are
small. So for T > 0 let 5/4 2^e < T <= 5/2 2^e, s = max(0, e - emin) and kT = T 2^-s / omega, an integer with 5/4 2^i < kT <= 5/2 2^i. Upstreams are
those up to H (levels.py).

Source: fpproof/constructions/responses.py, for Theorem 3.2 of Park, Park, Hwang (2026).
"""
from fpproof.lang import F, Float, Int, assume, define, exponent, finite, fl, implies, is_float, lemma, pow2, require, show, uses
from theories.representation.indicator import roomy, sign
from theories.representation.levels import fits, most


@define
def wide():
    """The exponents reach for the stages, with weights four times as large."""
    return fits() and roomy() and 2 * F.p + 5 + F.emin <= F.emax


@define
def lower(T: Float):
    """e"""
    return exponent(T) - (1 if 5 / 4 * pow2(exponent(T)) >= T else 0)


@define
def halvings(T: Float):
    """s"""
    return max(0, lower(T) - F.emin)


@define
def class_of(T: Float):
    """i"""
    return lower(T) - halvings(T) - F.emin + F.p


@define
def count(T: Float):
    """kT"""
    return T * pow2(-halvings(T)) / F.omega


@define
def quarter(x: Float):
    """What a neuron passes of a sum, or of a product, that arrives at it."""
    return fl(fl(x) / 4)


@define
def kept(x: Float):
    """A number that is carried one stage further."""
    return quarter(4 * x)


@define
def difference(x: Float, y: Float):
    return quarter(fl(4 * x) - fl(4 * y))


@define
def quartered(s: Int, y: Float):
    """Stages 1 and 2: Y, for s."""
    k = min(s, F.emax - 1)
    return quarter(pow2(2 + k - s) * quarter(pow2(2 - k) * y))


@define
def coarse(i: Int, Y: Float):
    """Stage 3: t"""
    return quarter(pow2(-i) * Y)


@define
def rounded_to_grid(i: Int, Y: Float):
    """Stage 4: Q"""
    return quarter(pow2(i + 4) * coarse(i, Y))


@define
def rest(i: Int, Y: Float):
    """Stages 3 to 6: theta"""
    return kept(difference(kept(kept(Y)), rounded_to_grid(i, Y)))


@define
def wall(i: Int, Y: Float):
    """Stages 3 to 6: b"""
    R = quarter(pow2(F.p + 3) * quarter(pow2(1 - F.p) * coarse(i, Y)))
    return quarter(fl(4 * kept(rounded_to_grid(i, Y))) - fl(pow2(i + 4) * R))


@define
def swallowed(a: Float, b: Float, j: Int):
    """(a + 2^j b) - 2^j b"""
    return quarter(fl(fl(4 * a) + fl(pow2(j + 2) * b)) - fl(pow2(j + 2) * b))


@define
def passed(i: Int, Y: Float):
    """Stages 3 to 7: Z"""
    return swallowed(rest(i, Y), wall(i, Y), F.p + 1)


@define
def told(i: Int, k: Float, Z: Float):
    """Stages 8 to 10."""
    C = quarter(pow2(1 - i) * Z)
    return swallowed(kept(C), quarter(fl(4 * kept(Z)) - fl(4 * k * C)), F.p + 2)


@define
def responds(T: Float, y: Float):
    """All ten stages."""
    return told(class_of(T), count(T), passed(class_of(T), quartered(halvings(T), y)))


@lemma
def quarters_keep_a_class(s: Int, y: Float):
    """Y is y 2^-s above 2^e, e = s + emin, and at most 2^emin up to there; it is y for s = 0, and never larger than H."""
    require(wide())
    assume(0 <= s <= F.emax - F.emin, abs(y) <= most())
    Y = quartered(s, y)
    show(implies(abs(y) > pow2(s + F.emin), y * pow2(-s) == Y), implies(abs(y) <= pow2(s + F.emin), abs(Y) <= pow2(F.emin)), implies(s == 0, y == Y))
    show(abs(Y) <= most())


@lemma
def quarters_keep_small_numbers(i: Int, Y: Float):
    """Z is Y up to 5/2 2^i omega, and 0 beyond. What stands between is finite."""
    require(wide())
    assume(-1 <= i <= F.p, abs(Y) <= most())
    show(passed(i, Y) == (Y if abs(Y) <= 5 / 2 * pow2(i) * F.omega else 0), finite(fl(pow2(F.p + 3) * wall(i, Y))))


@lemma
def quarters_choose(k: Int, Z: Int):
    """Of the floats Z omega up to 5/2 2^i omega, those of magnitude k omega."""
    require(wide())
    assume(1 <= k <= 5 * 2 ** (F.p - 1), -5 * 2 ** (F.p - 1) <= Z <= 5 * 2 ** (F.p - 1), is_float(k), is_float(Z))
    i = exponent(k) - (1 if k <= 5 / 4 * pow2(exponent(k)) else 0)
    assume(abs(Z) <= 5 / 2 * pow2(i))
    show(told(i, k, Z * F.omega) == (F.omega * sign(Z) if abs(Z) == k else 0))


@lemma
def the_indicator_of_quarters_is_exact(T: Float, y: Float):
    """It is omega sign(y) for |y| = T, else 0."""
    require(wide())
    uses(quarters_keep_a_class, quarters_keep_small_numbers, quarters_choose)
    assume(0 < T <= most(), abs(y) <= most())
    show(responds(T, y) == (F.omega * sign(y) if abs(y) == T else 0))


@lemma(expect="refuted")
def classes_may_begin_at_powers_of_two(k: Int, Z: Int):
    """Wrong variant: with 2^i < k <= 2^(i+1), as for neurons of slope 1, C is 0 for the least k of a class."""
    require(wide())
    assume(1 <= k <= 2 ** (F.p + 1), -(2 ** (F.p + 1)) <= Z <= 2 ** (F.p + 1))
    i = exponent(k) - (1 if k == pow2(exponent(k)) else 0)
    assume(abs(Z) <= pow2(i + 1))
    show(told(i, k, Z * F.omega) == (F.omega * sign(Z) if abs(Z) == k else 0))


@lemma(expect="refuted")
def a_weaker_wall_is_enough(i: Int, Y: Float):
    """2^(p-2) b instead of 2^(p+1) b."""
    require(wide())
    assume(-1 <= i <= F.p, abs(Y) <= most())
    show(swallowed(rest(i, Y), wall(i, Y), F.p - 2) == (Y if abs(Y) <= 5 / 2 * pow2(i) * F.omega else 0))
