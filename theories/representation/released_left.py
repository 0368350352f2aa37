"""The authors' released ReLU blocks, continued: LE(z), Exact(z) for z < 0, Cancel, ZeroGrad and Grad.

LE(t) is to be 1 for x <= t and 0 beyond; for z < 0, GE(z) is LE(-z) with first weight -1, so Exact(z) = ReLU(LE(t)(-x) - LE(pred t)(-x)) for t = -z.
Cancel(x) = ReLU(2^(p-emax) ReLU(x + sum over k = p ... emax of (succ(2^k) - succ(2^k)))), summed from left to right, is to keep 0 and 1, and three of
them are to make every adjoint 0. Grad(z, g) is to multiply the derivative D of Exact(z) by g / D.

Source: the code published with Park, Park, Hwang (2026), for binary32, as formulas.
"""
from fpproof.lang import (
    F,
    Float,
    Int,
    assume,
    define,
    exponent,
    finite,
    fl,
    gradient,
    is_float,
    layers,
    lemma,
    network,
    pow2,
    pred,
    relu,
    require,
    show,
    significand,
    succ,
    uses,
    value,
)
from theories.representation.released import depth, inner, numbers_of_steps_are_exact, shift, step, step_at, unit


@define
def outer(t: Float):
    """S of LE(t)."""
    return pow2(-depth(t) - shift(t))


@define
def bottom(t: Float):
    """The power of two at or below t."""
    return pow2(exponent(t))


@define
def high(t: Float):
    return (significand(t) - 1 + unit(t)) * pow2(F.p + shift(t))


@define
def low(t: Float):
    return (significand(t) - 1) * pow2(F.p + shift(t))


@define
def in_range(t: Float):
    """All constants of LE(t) are floats."""
    return is_float(inner(t)) and is_float(outer(t)) and is_float(bottom(t)) and is_float(high(t)) and is_float(low(t))


@network
def first_half(t: Float):
    """The layers of LE(t) below its output."""
    return layers(relu([[1]], bias=[-bottom(t)]), relu([[-inner(t)], [-inner(t)]], bias=[high(t), low(t)]))


@network
def at_most(t: Float):
    """LE(t)."""
    A, S = inner(t), outer(t)
    return layers(relu([[1]], bias=[-bottom(t)]), relu([[-A], [-A]], bias=[high(t), low(t)]), relu([[S, -S]]))


@network
def exactly_left(t: Float, s: Float):
    """Exact(-t), for s = pred(t)."""
    A, S, B, T = inner(t), outer(t), inner(s), outer(s)
    return layers(
        relu([[-1], [-1]], bias=[-bottom(t), -bottom(s)]),
        relu([[-A, 0], [-A, 0], [0, -B], [0, -B]], bias=[high(t), low(t), high(s), low(s)]),
        relu([[S, -S, 0, 0], [0, 0, T, -T]]),
        relu([[1, -1]]),
    )


@define
def works(t: Float):
    """The constants of Exact(-t) are floats, which the code asks for."""
    return t > F.omega and in_range(t) and in_range(pred(t))


# LE


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def at_most_is_off_beyond(t: Float):
    """At the float beyond t the larger neuron of layer 2 is 0."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(0 < t < F.Omega, in_range(t))
    show(value(first_half(t), succ(t))[0] == 0)


# Inside a binade nothing is rounded


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_distance_to_the_bottom_is_exact(x: Float):
    """All t of x's binade have its bottom, so it is layer 1 there."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(x > 0)
    show(fl(x - bottom(x)) == x - bottom(x))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_constants_count_from_the_bottom(t: Float):
    """At x = t layer 2 is one step, and 0; the output's weight makes 1 of a step."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(t > 0, in_range(t))
    down = inner(t) * (t - bottom(t))
    show(step(t) == step_at(exponent(t) > 0), high(t) - down == step(t), low(t) == down, outer(t) * step(t) == 1)


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32", plan="assembly")
def at_most_is_on_within_the_binade(t: Float, x: Float):
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    uses(the_distance_to_the_bottom_is_exact, the_constants_count_from_the_bottom, numbers_of_steps_are_exact)
    assume(t > 0, in_range(t), bottom(t) <= x <= t)
    show(value(at_most(t), x) == 1)


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32", plan="assembly")
def at_most_has_its_values(t: Float, x: Float):
    """LE(t) is 1 up to t, and 0 beyond, for every finite x."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    uses(at_most_is_off_beyond, at_most_is_on_within_the_binade)
    assume(0 < t < F.Omega, in_range(t))
    show(value(at_most(t), x) == (1 if x <= t else 0))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def large_numbers_have_their_constants(t: Float):
    """The code refuses LE(t) for exponents above emax - 2 - p; it need not: all constants are floats there."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(t >= pow2(F.emax - 1 - F.p))
    show(in_range(t))


# Exact(z) for z < 0


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_derivative_left_of_0(t: Float):
    """It is what the code keeps, that of LE(pred t), where t is no power of two and that number is a float."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(t > 0, works(t), significand(t) != 1, exponent(t) >= F.p - F.emax)
    show(abs(gradient(exactly_left(t, pred(t)), -t, 1)) == inner(pred(t)) * outer(pred(t)))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_derivative_at_negative_powers_of_two(n: Int):
    """It is 0: g is 0 at the bottom of the binade, and its mask too."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    t = pow2(n)
    assume(F.p + 1 - F.emax <= n <= F.emax, works(t))
    show(gradient(exactly_left(t, pred(t)), -t, 1) == 0)


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_derivative_left_of_0_is_what_the_code_keeps(t: Float):
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(t > 0, works(t))
    show(abs(gradient(exactly_left(t, pred(t)), -t, 1)) == inner(pred(t)) * outer(pred(t)))


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_derivative_left_of_0_is_finite(t: Float):
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(t > 0, works(t))
    show(finite(gradient(exactly_left(t, pred(t)), -t, 1)))


# Cancel


@define
def stage(k: Int, x: Float):
    """The two terms of k."""
    return fl(fl(x + succ(pow2(k))) - succ(pow2(k)))


@lemma
def cancel_doubles(k: Int):
    """0 stays 0; 1 stays 1 for k = p, and then each k makes 2^(k-p) of 2^(k-p-1), by a tie. The last is 2^(emax-p)."""
    require(succ(F.Omega) > F.Omega, F.emax > F.p >= 2)
    assume(F.p <= k <= F.emax)
    show(stage(k, 0) == 0, stage(k, 1 if k == F.p else pow2(k - F.p - 1)) == pow2(k - F.p))
    show(fl(pow2(F.emax - F.p) * pow2(F.p - F.emax)) == 1)


@lemma
def three_cancels_kill_an_adjoint(delta: Float):
    """Three factors 2^(p - emax) make every finite adjoint 0, where emax > 4p."""
    require(succ(F.Omega) > F.Omega, 4 * F.p < F.emax)
    c = pow2(F.p - F.emax)
    show(fl(fl(fl(delta * c) * c) * c) == 0)


@lemma(expect="refuted", formats="F(2,4), F(3,4), binary16")
def three_cancels_kill_in_every_format(delta: Float):
    """They do not where the exponents are few."""
    require(4 * F.p >= F.emax > F.p)
    c = pow2(F.p - F.emax)
    show(fl(fl(fl(delta * c) * c) * c) == 0)


# ZeroGrad and Grad


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def zero_grad_has_no_gradient(h: Float):
    """v Cancel^3(...), here with v = 2: the adjoint v h overflows before the first Cancel, and infinity stays."""
    require(succ(F.Omega) > F.Omega)
    c = pow2(F.p - F.emax)
    show(fl(fl(fl(fl(2 * h) * c) * c) * c) == 0)


@lemma
def grad_scales_back(n: Int, g: Float):
    """g / D, times D = 2^n, is g, where g / D is a float."""
    require(succ(F.Omega) > F.Omega)
    assume(F.emin - F.p <= n <= F.emax, is_float(g * pow2(-n)))
    show(fl(fl(g * pow2(-n)) * pow2(n)) == g)


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def grad_has_its_gradient(g: Float):
    """Grad(-1, g) has the gradient g: not where the derivative of Exact is not what the code keeps."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    D = inner(pred(1)) * outer(pred(1))
    show(abs(gradient(exactly_left(1, pred(1)), -1, fl(g * fl(1 / D)))) == abs(g))
