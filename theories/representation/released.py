"""The authors' released ReLU blocks, restated for any format: which claims on them hold for which z > 0.

GE(z) is to be 1 for x >= z and 0 below, Exact(z) = ReLU(GE(z) - GE(succ z)) to be 1 at z and 0 elsewhere, and its AD derivative at z to be the
number that the code keeps, up to sign. z = a 2^e with 1 <= a < 2.

Source: the code published with Park, Park, Hwang (2026), for binary32, as formulas.
"""
from fpproof.lang import (
    F,
    Float,
    assume,
    define,
    exponent,
    finite,
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


@define
def depth(z: Float):
    """c, how far e lies below the normal exponents."""
    return max(F.emin - exponent(z), 0)


@define
def unit(z: Float):
    """u, the distance of significands at z."""
    return pow2(depth(z) - F.p)


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
def outer(z: Float):
    """S."""
    return pow2((1 if is_special(z) else 0) - depth(z) - shift(z))


@define
def top(z: Float):
    """The largest float of z's binade."""
    return (2 - unit(z)) * pow2(exponent(z))


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


@lemma(formats="F(2,4), F(3,4), E5M2, F(3,6), bfloat16, binary16")
def at_least_is_off_below(z: Float):
    """At the float below z the larger neuron of layer 2 is 0."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(z > 0, in_range(z))
    show(value(first_half(z), pred(z))[0] == 0)


@lemma(formats="F(2,4), F(3,6), binary16", plan={"F(2,4)": "exact"})
def at_least_is_on_within_the_binade(z: Float, x: Float):
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(z > 0, in_range(z), z <= x <= top(z))
    show(value(at_least(z), x) == 1)


@lemma(formats="F(2,4), F(3,6), binary16", plan="assembly")
def at_least_has_its_values(z: Float, x: Float):
    """GE(z) is 1 from z on, and 0 below."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    uses(at_least_is_off_below, at_least_is_on_within_the_binade)
    assume(z > 0, in_range(z))
    show(value(at_least(z), x) == (1 if x >= z else 0))


@lemma(formats="F(2,4), F(3,6), binary16", plan="assembly")
def exactly_has_its_values(z: Float, x: Float):
    """On the paper's domain."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    uses(at_least_has_its_values)
    assume(0 < z < F.Omega, in_range(z), in_range(succ(z)), abs(x) <= pow2(F.emax - 2), z <= pow2(F.emax - 2))
    show(value(exactly(z, succ(z)), x) == (1 if x == z else 0))


@lemma(formats="F(2,4), F(3,4), E5M2, F(3,6), bfloat16, binary16")
def the_derivative_beside_powers_of_two(z: Float):
    """It is the number that the code keeps, where that is a float."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(0 < z < F.Omega, in_range(z), in_range(succ(z)), significand(z) != 1, significand(succ(z)) != 1, exponent(z) >= F.p - F.emax)
    show(abs(gradient(exactly(z, succ(z)), z, 1)) == inner(succ(z)) * outer(succ(z)))


@lemma(formats="F(2,4), F(3,4), E5M2, F(3,6), bfloat16, binary16")
def the_derivative_at_powers_of_two(z: Float):
    """It is twice that number."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(pow2(F.p + 1 - F.emax) <= z < F.Omega, in_range(z), in_range(succ(z)), significand(z) == 1)
    show(abs(gradient(exactly(z, succ(z)), z, 1)) == 2 * inner(succ(z)) * outer(succ(z)))


@lemma(formats="F(2,4), F(3,4), E5M2, F(3,6), bfloat16, binary16")
def the_derivative_before_powers_of_two(z: Float):
    """It is 0 there: z is the top of its binade, g is 0, and its mask too."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(pow2(F.p + 1 - F.emax) <= z < F.Omega, in_range(z), in_range(succ(z)), significand(succ(z)) == 1)
    show(gradient(exactly(z, succ(z)), z, 1) == 0)


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2, F(3,6)")
def the_derivative_is_what_the_code_keeps(z: Float):
    """The claim, for all z."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(0 < z < F.Omega, in_range(z), in_range(succ(z)))
    show(abs(gradient(exactly(z, succ(z)), z, 1)) == inner(succ(z)) * outer(succ(z)))


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2, F(3,6)")
def the_derivative_of_small_numbers_is_finite(z: Float):
    """Below 2^(p - emax), the number that the code keeps is beyond Omega, and the derivative infinite."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(0 < z < F.Omega, in_range(z), in_range(succ(z)))
    show(finite(gradient(exactly(z, succ(z)), z, 1)))


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2, F(3,6)")
def exactly_has_its_values_everywhere(z: Float):
    """Beyond the paper's domain the first layer overflows, here at -Omega, and its infinity meets a weight 0."""
    require(succ(F.Omega) > F.Omega, F.q >= 4)
    assume(0 < z < F.Omega, in_range(z), in_range(succ(z)))
    show(value(exactly(z, succ(z)), -F.Omega) == 0)
