"""One or two multiplications do not carry every adjoint to every gradient, in any IEEE-like format with p >= 1; three do in most of them
(theories/representation/transport.py). The pairs are the first of their formats, by h and then by g; see docs/search.md.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Lemma 4.4, whose number of factors is not minimal.
"""

from fpproof.lang import F, Float, assume, define, exists, finite, fl, lemma, pow2, require, show, succ, ulp


@define
def out_of_reach():
    """The float above everything that one multiplication makes of omega."""
    return succ(fl(F.omega * F.Omega))


@lemma(expect="refuted")
def one_multiplication_reaches_everything(h: Float, g: Float):
    assume(h != 0)
    show(exists(Float, lambda a: fl(h * a) == g))


@lemma
def one_multiplication_does_not_carry_omega_far(a: Float):
    """The example behind it: it is above what the largest factor gives."""
    require(finite(out_of_reach()))
    show(fl(F.omega * a) != out_of_reach())


@lemma(expect="refuted")
def one_multiplication_does_not_carry_omega_to_the_float_below(a: Float):
    """The control: the largest factor gives it."""
    show(fl(F.omega * a) != fl(F.omega * F.Omega))


@lemma
def one_multiplication_carries_omega_to_all_below(g: Float):
    """So the example is the first: g is omega times g / omega, and the float below the example omega times Omega, as the control says."""
    require(finite(out_of_reach()))
    assume(g > 0, g < fl(F.omega * F.Omega))
    show(fl(F.omega * fl(g / F.omega)) == g)


@lemma
def one_multiplication_comes_within_an_ulp(h: Float, g: Float):
    """The control's control: where the quotient is in range, its float does nearly what the lemma wants."""
    assume(h != 0, pow2(F.emin) <= abs(g / h) <= F.Omega)
    show(exists(Float, lambda a: abs(fl(h * a) - g) <= ulp(g)))


@lemma(expect="refuted")
def one_multiplication_comes_within_half_an_ulp(h: Float, g: Float):
    """But not what it wants: for p >= 2, products leave floats out."""
    require(F.p >= 2)
    assume(h != 0, pow2(F.emin) <= abs(g / h) <= F.Omega)
    show(exists(Float, lambda a: abs(fl(h * a) - g) <= ulp(g) / 2))


@lemma(expect="refuted")
def two_multiplications_reach_everything(h: Float, g: Float):
    assume(h != 0)
    show(exists(Float, lambda a: exists(Float, lambda b: fl(fl(h * a) * b) == g)))


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E4M3FN-sat, E5M2, F(2,4)")
def two_multiplications_carry_everything_to_one(h: Float):
    """The control's control. In F(5,2) they do not: theories/representation/transport.py."""
    require(succ(F.Omega) > F.Omega, F.p <= pow2(F.q))
    assume(h != 0)
    show(exists(Float, lambda a: exists(Float, lambda b: fl(fl(h * a) * b) == 1)))


@lemma
def two_multiplications_do_not_carry_omega_to_the_largest_float(a: Float, b: Float):
    """The example behind it: omega a is less than 1, in IEEE-like formats for p >= 2."""
    require(fl(F.omega * F.Omega) < 1)
    show(fl(fl(F.omega * a) * b) != F.Omega)


@lemma
def two_multiplications_do_not_carry_the_largest_float_to_omega(a: Float, b: Float):
    """And for p = 1: Omega omega is 3/2, and 3/2 omega rounds to 2 omega."""
    require(F.p == 1)
    show(fl(fl(F.Omega * a) * b) != F.omega)


@lemma(expect="refuted")
def two_multiplications_do_not_carry_omega_to_one(a: Float, b: Float):
    """The control: they do where there are exponents enough; in F(5,2) they do not."""
    require(F.p <= pow2(F.q - 1))
    show(fl(fl(F.omega * a) * b) != 1)
