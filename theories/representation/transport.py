"""Transport: carrying an adjoint h to a gradient g by multiplications with floats, each rounded.

Two multiplications bring every h != 0 to 1, and the third is with g. The first factor is a = fl(2^k / h), with k chosen so that a and h * a are
normal; h * a is then 2^k or the float below it, and the second factor is 2^-k or the float above it. The derivation stands in
fpproof/constructions/transport.py. These are witnesses: where they do not fit, all floats are tried.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Lemma 4.4, with three factors.
"""
from fpproof.lang import F, Float, Int, assume, define, exists, exponent, fl, lemma, pow2, pred, require, show, succ, ulp, uses
from theories.representation.gate import suitable


@define
def shift(h: Float):
    """k: 0 where 1/h is normal, else as near to 0 as it can be."""
    return min(max(0, exponent(h) + 1 + F.emin), F.emax + exponent(h))


@define
def first(h: Float):
    return fl(pow2(shift(h)) / h)


@define
def second(h: Float, y: Float):
    """For y = h * first(h)."""
    return pow2(-shift(h)) if y == pow2(shift(h)) else succ(pow2(-shift(h)))


@define
def to_one(h: Float):
    """What two multiplications make of h."""
    return exists(Float, lambda a: fl(fl(h * a) * second(h, fl(h * a))) == 1, witness=first(h))


@lemma(plan={"binary16": "smt", "bfloat16": "smt"})
def a_near_factor_reaches_a_power(h: Float, a: Float):
    """A float a within half a unit of 2^k / h makes 2^k of h, or the float below it, but that not for the least k; and 2^k / h is in range."""
    require(suitable())
    goal = pow2(shift(h))
    assume(h != 0, abs(h * a - goal) <= abs(h) * ulp(a) / 2)
    show(goal <= abs(h) * F.Omega, fl(h * a) == goal or (fl(h * a) == pred(goal) and shift(h) > 1 - F.p))


@lemma
def the_second_factor_closes(k: Int):
    """2^k, and the float below it but for the least k, are carried to 1 by their factors."""
    require(suitable())
    assume(1 - F.p <= k <= 2)
    show(fl(pow2(k) * pow2(-k)) == 1, k == 1 - F.p or fl(pred(pow2(k)) * succ(pow2(-k))) == 1)


@lemma(plan={"binary32": "smt"})
def shifts_are_small(h: Float):
    """The k that occur."""
    require(suitable())
    assume(h != 0)
    show(1 - F.p <= shift(h) <= 2)


@lemma
def two_multiplications_reach_one(h: Float):
    """L5. A check over h alone."""
    require(suitable())
    uses(a_near_factor_reaches_a_power, the_second_factor_closes, shifts_are_small)
    assume(h != 0)
    show(to_one(h))


@lemma
def one_times_a_float(g: Float):
    show(fl(1 * g) == g)


@lemma
def three_multiplications_reach_everything(h: Float, g: Float):
    """L5, Lemma 4.4: h != 0 is carried to every g, and to 0 also h = 0."""
    require(suitable())
    uses(two_multiplications_reach_one, one_times_a_float)
    assume(h != 0)
    show(exists(Float, lambda a: fl(fl(fl(h * a) * second(h, fl(h * a))) * g) == g, witness=first(h)))


@lemma(expect="refuted")
def one_multiplication_reaches_one(h: Float):
    assume(h != 0)
    show(exists(Float, lambda a: fl(h * a) == 1, witness=first(h)))


@lemma(expect="refuted")
def zero_is_carried_to_one(h: Float):
    """Lemma B.8 as it is printed: it leaves out that the adjoint must not be 0."""
    assume(h == 0)
    show(exists(Float, lambda a: fl(h * a) == 1))


@lemma(expect="refuted", formats="F(5,2)")
def two_multiplications_reach_one_in_every_format(h: Float):
    """In F(5,2) there is an h that no two factors bring to 1."""
    require(F.p > pow2(F.q))
    assume(h != 0)
    show(exists(Float, lambda a: exists(Float, lambda b: fl(fl(h * a) * b) == 1)))
