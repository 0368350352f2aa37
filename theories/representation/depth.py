"""Below five layers: what no ReLU network can do.

Let z = 2^(emax-2) be among the points, with upstream omega, and let some point have an upstream of magnitude Omega. All activations are finite, and
so are all adjoints. Then the output's weights are at most 1 (`larger_output_weights_overflow`). On its way down the adjoint omega is multiplied by
weights and added to others; a sum from left to right of terms that are at most 2^k never passes 2^(k+p+1) (`sums_stand_still`), however many are
added. Weights on x are less than 8 (`weights_on_x_are_small`). With one input, a weight on an active neuron of the first layer, times the least power
of two that is not less than that neuron's weight on x, is at most 2^(p+4) (`active_neurons_are_not_small`, `two_weights_are_bounded`). So

    depth 2:  |g| <= 2^(emin+4)                       impossible where emax >= 3
    depth 3:  |g| <= 2^(p+7), and <= 2^(2p+7-emax)    impossible where emax >= p + 4
    depth 4:  |g| <= 2^(3p+9)                         impossible where emax >= 3p + 9

docs/representation.md, "Fewer layers", has the sums; `depth_3_is_bounded` and `depth_4_is_bounded` are their last lines.

Source: the bound for depth 3 in the notes on Park, Park, Hwang (2026) is 2^(p+9), and says nothing where emax < p + 9.
"""
from fpproof.lang import F, Float, Int, Real, assume, define, exponent, finite, fl, lemma, pow2, require, show, succ


@define
def large():
    """z."""
    return pow2(F.emax - 2)


@define
def covering(x: Float):
    """The least power of two that is at least |x|."""
    return pow2(exponent(x)) if pow2(exponent(x)) == abs(x) else 2 * pow2(exponent(x))


@define
def has_infinities():
    return succ(F.Omega) > F.Omega and F.emax >= 2 and F.p >= 1


@lemma
def larger_output_weights_overflow(c: Float):
    """A weight c of the output makes of the upstream Omega an adjoint that is finite only for |c| <= 1."""
    require(has_infinities())
    assume(finite(fl(c * F.Omega)))
    show(abs(c) <= 1)


@lemma
def weights_on_x_are_small(a: Float):
    require(has_infinities())
    assume(finite(fl(a * large())))
    show(abs(a) < 8)


@lemma(formats="F(2,4), binary16, bfloat16")
def sums_stand_still(k: Int, s: Float, t: Float):
    """One step of a sum: what is at most 2^(k+p+1) stays so when t, at most 2^k, is added."""
    require(has_infinities())
    assume(F.emin - F.p <= k <= F.emax - F.p - 1, abs(t) <= pow2(k), abs(s) <= pow2(k + F.p + 1))
    show(abs(fl(s + t)) <= pow2(k + F.p + 1))


@lemma(formats="F(2,4), binary16, bfloat16")
def products_stay_below_powers(x: Float, w: Float, n: Int):
    """Rounding does not pass a power of two that is a float."""
    require(has_infinities())
    assume(F.emin - F.p <= n <= F.emax, abs(x * w) <= pow2(n))
    show(abs(fl(x * w)) <= pow2(n))


@lemma(formats="F(2,4), binary16, bfloat16")
def active_neurons_are_not_small(f: Float, b: Float):
    """A sum f + b that is positive is at least 2^-(p+1) covering(f). For f = fl(a z) = a z it is a neuron of the first layer, active at z."""
    require(has_infinities())
    assume(fl(f + b) > 0)
    show(fl(f + b) >= covering(f) * pow2(-F.p - 1))


@lemma
def weights_on_x_scale_exactly(a: Float):
    require(has_infinities())
    assume(finite(fl(a * large())))
    show(fl(a * large()) == a * large())


@lemma
def two_weights_are_bounded(a: Real, B: Real, r: Real, u: Real, top: Real):
    """a covers the weight on x, u = 2^-(p+1), top = 2^(emax+1): B r < top and r >= u a top / 8 give B a < 8 / u = 2^(p+4)."""
    assume(u > 0, top > 0, r > 0, B >= 0, a >= 0, B * r < top, r >= u * a * top / 8)
    show(B * a * u < 8)


@lemma
def depth_2_is_bounded():
    """omega, times a weight below 8, added up."""
    show(F.omega * 8 * pow2(F.p + 1) == pow2(F.emin + 4))


@lemma
def depth_2_is_impossible():
    """So no network of two layers has the gradient Omega at z."""
    require(F.emax >= 3)
    show(pow2(F.emin + 4) < F.Omega)


@lemma
def depth_3_is_bounded():
    """omega Omega < 2^(2-p), added up, times 8, added up; or omega 2^(p+4) / a, added up, times a, added up, for the power of two a."""
    require(F.emin == 1 - F.emax)
    added = pow2(F.p + 1)
    show(F.omega * F.Omega < pow2(2 - F.p), pow2(2 - F.p) * added * 8 * added == pow2(F.p + 7))
    show(F.omega * pow2(F.p + 4) * added * added == pow2(2 * F.p + 7 - F.emax))


@lemma
def depth_3_is_impossible():
    """So no network of three layers has the gradient Omega at z."""
    require(F.emin == 1 - F.emax, F.emax >= F.p + 4)
    show(pow2(F.p + 7) < F.Omega or pow2(2 * F.p + 7 - F.emax) < F.Omega)


@lemma
def depth_4_is_bounded():
    """omega Omega, added up, is at most 8; times 2^(p+4) / a, added up, times a, added up."""
    require(F.emin == 1 - F.emax)
    added = pow2(F.p + 1)
    show(pow2(2 - F.p) * added == 8, 8 * pow2(F.p + 4) * added * added == pow2(3 * F.p + 9))


@lemma
def depth_4_is_impossible():
    """So no network of four layers has the gradient Omega at z."""
    require(F.emin == 1 - F.emax, F.emax >= 3 * F.p + 9)
    show(pow2(3 * F.p + 9) < F.Omega)


# Negative controls


@lemma(expect="refuted")
def output_weights_are_less_than_one(c: Float):
    require(has_infinities())
    assume(finite(fl(c * F.Omega)))
    show(abs(c) < 1)


@lemma(expect="refuted")
def weights_on_x_are_less_than_seven(a: Float):
    require(has_infinities())
    assume(finite(fl(a * large())))
    show(abs(a) < 7)


@lemma(expect="refuted", formats="F(2,4), binary16, bfloat16")
def sums_stand_still_sooner(s: Float, t: Float):
    """They do pass 2^(k+p), here for k = 0."""
    require(has_infinities(), F.p + 1 <= F.emax)
    assume(abs(t) <= 1, abs(s) <= pow2(F.p))
    show(abs(fl(s + t)) <= pow2(F.p))


@lemma(expect="refuted", formats="F(2,4), binary16, bfloat16")
def active_neurons_are_larger(f: Float, b: Float):
    """2^-p covering(f): for a power of two f, b may lie in the binade below."""
    require(has_infinities())
    assume(fl(f + b) > 0)
    show(fl(f + b) >= covering(f) * pow2(-F.p))


@lemma(expect="refuted", formats="F(2,4), binary16, bfloat16")
def larger_terms_move_a_sum(t: Float, s: Float):
    """A sum at 2^(p+1) does not stand still for terms above 1."""
    require(has_infinities(), F.p + 1 <= F.emax)
    assume(abs(t) <= 1 + pow2(-F.p), abs(s) <= pow2(F.p + 1))
    show(abs(fl(s + t)) <= pow2(F.p + 1))
