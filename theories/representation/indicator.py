"""The odd point indicator: what roundings make of an upstream on its way down.

For T > 0, let 2^e < T <= 2^(e+1), s = max(0, e - emin) and kT = T 2^-s / omega, an integer with 2^i < kT <= 2^(i+1). Ten stages of linear operations,
each rounded, compute delta_T(y) = omega sign(y) [|y| = T] of every finite y. Stages 1 and 2 scale y into the binades up to that of 2^p omega; what
follows does not depend on T but through i and kT.

Source: fpproof/constructions/odd.py, for Theorem 3.2 of Park, Park, Hwang (2026).
"""
from fpproof.lang import F, Float, Int, assume, define, exponent, finite, fl, implies, lemma, pow2, require, show, uses
from theories.representation.gate import suitable


@define
def roomy():
    """The exponents reach for the stages."""
    return suitable() and F.p + 2 <= F.emax and 2 * F.p + 3 + F.emin <= F.emax


@define
def lower_exponent(T: Float):
    """e, with 2^e < T <= 2^(e+1)."""
    return exponent(T) - (1 if pow2(exponent(T)) == T else 0)


@define
def scale(T: Float):
    """s."""
    return max(0, lower_exponent(T) - F.emin)


@define
def scaled(s: Int, y: Float):
    """Stages 1 and 2: Y, for s."""
    k = min(s, F.emax - 1)
    return fl(fl(y * pow2(-k)) * pow2(k - s))


@define
def remainder(i: Int, Y: Float):
    """Stages 3 to 5: theta, what is left of Y when it is rounded to multiples of 2^(i+2) omega."""
    return fl(Y - fl(fl(Y * pow2(-i - 2)) * pow2(i + 2)))


@define
def barrier(i: Int, Y: Float):
    """Stages 3 to 6: b, which is 0 for small Y, and large where theta need not be 0."""
    t = fl(Y * pow2(-i - 2))
    return fl(fl(t * pow2(i + 2)) - fl(pow2(i + 2) * fl(fl(t * pow2(-F.p - 1)) * pow2(F.p + 1))))


@define
def absorbed(a: Float, b: Float, j: Int):
    """(a + 2^j b) - 2^j b."""
    return fl(fl(a + fl(pow2(j) * b)) - fl(pow2(j) * b))


@define
def low_pass(i: Int, Y: Float):
    """Stages 3 to 7: Z = Y [|Y| <= 2^(i+1) omega]."""
    return absorbed(remainder(i, Y), barrier(i, Y), F.p + 1)


@define
def chosen(i: Int, k: Float, Z: Float):
    """Stages 8 to 10: omega sign(Z) [|Z| = k omega] for 2^i < k <= 2^(i+1)."""
    C = fl(Z * pow2(-i - 1))
    return absorbed(C, fl(Z - fl(k * C)), F.p + 2)


@define
def sign(y: Float):
    return (1 if y > 0 else -1) if y != 0 else 0


@define
def indicator(T: Float, y: Float):
    """All ten stages."""
    i = lower_exponent(T) - scale(T) - F.emin + F.p
    return chosen(i, T * pow2(-scale(T)) / F.omega, low_pass(i, scaled(scale(T), y)))


@lemma
def scaling_keeps_a_binade(s: Int, y: Float):
    """Y is y 2^-s above 2^e, e = s + emin, and at most 2^emin, which is 2^p omega, up to there; it is y for s = 0."""
    require(roomy())
    assume(0 <= s <= F.emax - F.emin)
    Y = scaled(s, y)
    show(implies(abs(y) > pow2(s + F.emin), y * pow2(-s) == Y), implies(abs(y) <= pow2(s + F.emin), abs(Y) <= pow2(F.emin)), implies(s == 0, y == Y))


@lemma
def the_low_pass_keeps_small_numbers(i: Int, Y: Float):
    """Z is Y up to 2^(i+1) omega, and 0 beyond. What stands between is finite."""
    require(roomy())
    assume(-1 <= i <= F.p)
    show(low_pass(i, Y) == (Y if abs(Y) <= pow2(i + 1) * F.omega else 0), finite(fl(pow2(F.p + 1) * barrier(i, Y))))


@lemma
def the_last_stages_choose(k: Int, Z: Int):
    """Of the floats Z omega up to 2^(i+1) omega, those of magnitude k omega."""
    require(roomy())
    assume(1 <= k <= 2 ** (F.p + 1), -(2 ** (F.p + 1)) <= Z <= 2 ** (F.p + 1))
    i = exponent(k) - (1 if k == pow2(exponent(k)) else 0)
    assume(abs(Z) <= pow2(i + 1))
    show(chosen(i, k, Z * F.omega) == (F.omega * sign(Z) if abs(Z) == k else 0))


@lemma
def the_indicator_is_exact(T: Float, y: Float):
    """delta_T(y) is omega sign(y) for |y| = T, else 0."""
    require(roomy())
    uses(scaling_keeps_a_binade, the_low_pass_keeps_small_numbers, the_last_stages_choose)
    assume(T > 0)
    show(indicator(T, y) == (F.omega * sign(y) if abs(y) == T else 0))


@lemma(plan={"binary32": "smt"})
def omega_becomes_one(g: Float):
    """Stages 11 to 13."""
    require(roomy())
    one = fl(fl(F.omega * pow2(F.emax)) * pow2(F.p - 1))
    show(one == 1, fl(one * g) == g, fl(-one * g) == -g, fl(fl(0 * pow2(F.emax)) * pow2(F.p - 1)) * g == 0)


@lemma(expect="refuted")
def a_weaker_barrier_is_enough(i: Int, Y: Float):
    """2^(p-2) b instead of 2^(p+1) b."""
    require(roomy())
    assume(-1 <= i <= F.p)
    show(absorbed(remainder(i, Y), barrier(i, Y), F.p - 2) == (Y if abs(Y) <= pow2(i + 1) * F.omega else 0))


@lemma(expect="refuted")
def weaker_absorption_is_enough(T: Float, y: Float):
    """2^p d instead of 2^(p+2) d."""
    require(roomy())
    assume(T > 0)
    i = lower_exponent(T) - scale(T) - F.emin + F.p
    Z = low_pass(i, scaled(scale(T), y))
    C = fl(Z * pow2(-i - 1))
    d = fl(Z - fl(T * pow2(-scale(T)) / F.omega * C))
    show(absorbed(C, d, F.p) == (F.omega * sign(y) if abs(y) == T else 0))
