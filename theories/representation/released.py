"""The authors' released ReLU blocks, restated for any format: which claims on them hold for which z > 0.

GE(z) is to be 1 for x >= z and 0 below, Exact(z) = ReLU(GE(z) - GE(succ z)) to be 1 at z and 0 elsewhere, and its AD derivative at z to be the
number that the code keeps, up to sign. z = a 2^e with 1 <= a < 2.

Source: the code published with Park, Park, Hwang (2026), for binary32, as formulas.
"""
from fpproof.lang import (
    Bool,
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
    ulp,
    uses,
    value,
)


@define
def depth(z: Float):
    """c, how far e lies below the normal exponents."""
    return max(F.emin - exponent(z), 0)


@define
def unit(z: Float):
    """u, the distance of significands at z."""
    return pow2(depth(z) - F.p)


@define
def quantum(z: Float):
    """The distance of floats at z."""
    return unit(z) * pow2(exponent(z))


@define
def is_special(z: Float):
    """A power of two other than omega, which has its own constants."""
    return significand(z) == 1 and z != F.omega


@define
def shift(z: Float):
    """k."""
    e0 = (F.emax + 1) // 2 - 1
    return e0 - F.p if exponent(z) > 0 else 3 - F.p - e0 - depth(z)


@define
def inner(z: Float):
    """A."""
    return pow2(F.p - exponent(z) + shift(z))


@define
def step(z: Float):
    """Q, what layer 2 makes of one quantum."""
    return inner(z) * quantum(z)


@define
def step_at(large: Bool):
    """Q for e > 0, and for all other e: the same number for all z of each sort."""
    e0 = (F.emax + 1) // 2 - 1
    return pow2(e0 - F.p if large else 3 - F.p - e0)


@define
def outer(z: Float):
    """S."""
    return pow2((1 if is_special(z) else 0) - depth(z) - shift(z))


@define
def top(z: Float):
    """(2 - u) 2^e, the largest float of z's binade."""
    return pow2(exponent(z) + 1) - ulp(z)


@define
def high(z: Float):
    return (2 - significand(z) - (unit(z) / 2 if is_special(z) else 0)) * pow2(F.p + shift(z))


@define
def low(z: Float):
    return (2 - significand(z) - unit(z)) * pow2(F.p + shift(z))


@define
def in_range(z: Float):
    """All constants of GE(z) are floats."""
    return is_float(inner(z)) and is_float(outer(z)) and is_float(top(z)) and is_float(high(z)) and is_float(low(z))


@network
def at_least(z: Float):
    """GE(z)."""
    A, S = inner(z), outer(z)
    return layers(relu([[-1]], bias=[top(z)]), relu([[-A], [-A]], bias=[high(z), low(z)]), relu([[S, -S]]))


@network
def first_half(z: Float):
    """The layers of GE(z) below its output."""
    return layers(relu([[-1]], bias=[top(z)]), relu([[-inner(z)], [-inner(z)]], bias=[high(z), low(z)]))


@network
def exactly(z: Float, t: Float):
    """Exact(z), for t = succ(z)."""
    A, S, B, T = inner(z), outer(z), inner(t), outer(t)
    return layers(
        relu([[-1], [-1]], bias=[top(z), top(t)]),
        relu([[-A, 0], [-A, 0], [0, -B], [0, -B]], bias=[high(z), low(z), high(t), low(t)]),
        relu([[S, -S, 0, 0], [0, 0, T, -T]]),
        relu([[1, -1]]),
    )


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def at_least_is_off_below(z: Float):
    """At the float below z the larger neuron of layer 2 is 0."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(z > 0, in_range(z))
    show(value(first_half(z), pred(z))[0] == 0)


# Inside a binade nothing is rounded: the layers count quanta


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_distance_to_the_top_is_exact(x: Float):
    """All z of x's binade have its top, so it is layer 1 there."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(x > 0)
    show(fl(-x + top(x)) == top(x) - x)


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_constants_count_from_the_top(z: Float):
    """At x = z layer 2 is one step, or half a step where z is special, and 0; the output's weight makes 1 of a step, or of half a step."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(z > 0, in_range(z))
    down, half = inner(z) * (top(z) - z), 1 / 2 if is_special(z) else 1
    show(step(z) == step_at(exponent(z) > 0), high(z) - down == half * step(z), low(z) == down, outer(z) * step(z) * half == 1)


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def numbers_of_steps_are_exact(n: Int, large: Bool, special: Bool):
    """n steps, and n + 1 or n + 1/2 steps, are floats; the output's weight makes 1 of their difference."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(0 <= n < 2**F.p)
    Q, half = step_at(large), 1 / 2 if special else 1
    S = 1 / (half * Q)
    show(is_float(n * Q), is_float((n + half) * Q), fl(fl(S * ((n + half) * Q)) - fl(S * (n * Q))) == 1)


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32", plan="assembly")
def at_least_is_on_within_the_binade(z: Float, x: Float):
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    uses(the_distance_to_the_top_is_exact, the_constants_count_from_the_top, numbers_of_steps_are_exact)
    assume(z > 0, in_range(z), z <= x <= top(z))
    show(value(at_least(z), x) == 1)


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32", plan="assembly")
def at_least_has_its_values(z: Float, x: Float):
    """GE(z) is 1 from z on, and 0 below."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    uses(at_least_is_off_below, at_least_is_on_within_the_binade)
    assume(z > 0, in_range(z))
    show(value(at_least(z), x) == (1 if x >= z else 0))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32", plan="assembly")
def exactly_has_its_values(z: Float, x: Float):
    """On the paper's domain."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    uses(at_least_has_its_values)
    assume(0 < z < F.Omega, in_range(z), in_range(succ(z)), abs(x) <= pow2(F.emax - 2), z <= pow2(F.emax - 2))
    show(value(exactly(z, succ(z)), x) == (1 if x == z else 0))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_derivative_beside_powers_of_two(z: Float):
    """It is the number that the code keeps, where that is a float."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(0 < z < F.Omega, in_range(z), in_range(succ(z)), significand(z) != 1, significand(succ(z)) != 1, exponent(z) >= F.p - F.emax)
    show(abs(gradient(exactly(z, succ(z)), z, 1)) == inner(succ(z)) * outer(succ(z)))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_derivative_at_powers_of_two(n: Int):
    """It is twice that number."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    z = pow2(n)
    assume(F.p + 1 - F.emax <= n <= F.emax, in_range(z), in_range(succ(z)))
    show(abs(gradient(exactly(z, succ(z)), z, 1)) == 2 * inner(succ(z)) * outer(succ(z)))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_derivative_before_powers_of_two(n: Int):
    """It is 0 there: z is the top of its binade, g is 0, and its mask too."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    z = pred(pow2(n))
    assume(F.p + 1 - F.emax < n <= F.emax, in_range(z), in_range(succ(z)))
    show(gradient(exactly(z, succ(z)), z, 1) == 0)


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_derivative_is_what_the_code_keeps(z: Float):
    """The claim, for all z."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(0 < z < F.Omega, in_range(z), in_range(succ(z)))
    show(abs(gradient(exactly(z, succ(z)), z, 1)) == inner(succ(z)) * outer(succ(z)))


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def the_derivative_of_small_numbers_is_finite(z: Float):
    """Below 2^(p - emax), the number that the code keeps is beyond Omega, and the derivative infinite."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(0 < z < F.Omega, in_range(z), in_range(succ(z)))
    show(finite(gradient(exactly(z, succ(z)), z, 1)))


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), bfloat16, binary16, binary32")
def exactly_has_its_values_everywhere(z: Float):
    """Beyond the paper's domain the first layer overflows, here at -Omega, and its infinity meets a weight 0."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(0 < z < F.Omega, in_range(z), in_range(succ(z)))
    show(value(exactly(z, succ(z)), -F.Omega) == 0)
