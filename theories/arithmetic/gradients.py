"""What reverse-mode differentiation computes in rounded arithmetic, and what it is not.

Source: docs/semantics.md, section 4, says what it computes.
"""
from fpproof.lang import (
    Datum,
    F,
    Float,
    Mode,
    affine,
    assume,
    down,
    finite,
    fl,
    gradient,
    is_float,
    is_nan,
    layers,
    lemma,
    nearest_away,
    network,
    pow2,
    relu,
    require,
    same,
    show,
    succ,
    to_odd,
    toward_zero,
    up,
    value,
)


@network
def product(a: Float, b: Float):
    """x -> (x*a)*b, as two layers."""
    return layers(affine([[a]]), affine([[b]]))


@network
def switched(a: Float):
    """x -> a*relu(x)."""
    return layers(relu([[1]]), affine([[a]]))


@network
def hidden(a: Float, b: Float):
    """A ReLU that is on for x*a > 0, and its negative."""
    return layers(relu([[a], [a]]), affine([[b, -b]]))


# The order of local derivatives


@lemma
def the_gradient_multiplies_backwards(a: Float, b: Float, h: Float):
    """Weights and derivatives meet in the other order than in the value."""
    show(same(value(product(a, b), h), fl(fl(h * a) * b)), same(gradient(product(a, b), 1, h), fl(fl(h * b) * a)))


@lemma(expect="refuted")
def products_of_derivatives_do_not_depend_on_their_order(a: Float, b: Float, h: Float):
    """Not even far from underflow and overflow."""
    require(F.p >= 2)
    assume(1 <= a <= 2, 1 <= b <= 2, 1 <= h <= 2)
    show(gradient(product(a, b), 1, h) == gradient(product(b, a), 1, h))


@lemma(expect="refuted")
def products_of_derivatives_vanish_in_both_orders_or_in_none(a: Float, b: Float, h: Float):
    show((gradient(product(a, b), 1, h) == 0) == (gradient(product(b, a), 1, h) == 0))


@lemma
def products_of_two_derivatives_do_not_depend_on_their_order(a: Float, h: Float):
    """Forward and backward agree for a single weight."""
    show(same(gradient(product(a, 1), 1, h), value(product(1, a), h)))


# A constant value and a gradient


@network
def absorbed(w: Float, b: Float):
    """x -> ((x*w) + b) - b."""
    return layers(affine([[w]], bias=[b]), affine([[1]], bias=[-b]))


@lemma
def a_network_of_constant_value_and_nonzero_gradient(x: Float, h: Float):
    """On an interval: 2^(p+1) absorbs x, and differentiation does not see it."""
    require(pow2(F.p + 1) <= F.Omega)
    assume(abs(x) <= 1 / 2)
    f = absorbed(1, pow2(F.p + 1))
    show(value(f, x) == 0, same(gradient(f, x, h), h))


@lemma(expect="refuted")
def a_network_of_constant_value_on_a_larger_interval(x: Float):
    require(pow2(F.p + 1) <= F.Omega)
    assume(abs(x) <= 3 / 2)
    show(value(absorbed(1, pow2(F.p + 1)), x) == 0)


@lemma
def a_network_of_constant_value_and_nonzero_gradient_everywhere(x: Float):
    """For all floats, where the weight 2^(-emax - 1) is one, which scales them below 1."""
    require(is_float(pow2(-F.emax - 1)), pow2(F.p + 2) <= F.Omega)
    f = absorbed(pow2(-F.emax - 1), pow2(F.p + 2))
    show(value(f, x) == 0, gradient(f, x, 1) == pow2(-F.emax - 1))


@lemma(expect="refuted")
def the_gradient_of_a_constant_is_zero(x: Float):
    require(pow2(F.p + 1) <= F.Omega)
    f = absorbed(1, pow2(F.p + 1))
    assume(abs(x) <= 1 / 2, value(f, x) == 0)
    show(gradient(f, x, 1) == 0)


# The upstream


@lemma
def the_gradient_is_odd_in_the_upstream(a: Float, x: Float, h: Float):
    """Bit for bit where no zero is added, and where nothing is NaN."""
    g = gradient(product(a, x), 1, h)
    assume(not is_nan(g))
    show(same(gradient(product(a, x), 1, -h), -g))


@lemma
def the_gradient_of_a_sum_is_odd_in_the_upstream(a: Float, x: Float, h: Float):
    """Numerically: a sum of zeros loses its sign."""
    g = gradient(hidden(a, 1), x, h)
    assume(not is_nan(g))
    show(gradient(hidden(a, 1), x, -h) == -g)


@lemma(expect="refuted")
def the_gradient_of_a_sum_is_odd_bit_for_bit(a: Float, x: Float, h: Float):
    show(same(gradient(hidden(a, 1), x, -h), -gradient(hidden(a, 1), x, h)))


@lemma
def products_are_odd_in_symmetric_modes(a: Float, b: Float, h: Float):
    """The same for gradients that are computed in another mode."""
    show(all(same(fl(fl(-h * b, to=m) * a, to=m), -fl(fl(h * b, to=m) * a, to=m)) for m in (nearest_away, toward_zero, to_odd)))


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E4M3FN-sat, E5M2, F(2,4), binary16, bfloat16, binary32")
def sums_of_products_are_odd_in_symmetric_modes(a: Float, b: Float, h: Float, m: Mode):
    """Numerically, and where nothing is NaN."""
    require(m != up, m != down)
    g = fl(fl(h * a, to=m) + fl(h * b, to=m), to=m)
    assume(not is_nan(g))
    show(fl(fl(-h * a, to=m) + fl(-h * b, to=m), to=m) == -g)


@lemma(expect="refuted")
def products_are_odd_rounding_up(a: Float, b: Float, h: Float):
    show(fl(fl(-h * b, to=up) * a, to=up) == -fl(fl(h * b, to=up) * a, to=up))


@lemma
def zero_upstream_gives_zero(a: Float, b: Float, x: Float):
    """Unless something is NaN: here the pre-activation is finite."""
    assume(finite(fl(x * a)))
    show(gradient(hidden(a, b), x, 0) == 0)


@lemma
def zero_upstream_gives_zero_unless_something_is_nan(a: Float, b: Float, x: Datum):
    """At infinities too: the derivative of ReLU is 1 or 0 there."""
    assume(not is_nan(fl(x * a)))
    show(gradient(hidden(a, b), x, 0) == 0)


@lemma(expect="refuted")
def zero_upstream_gives_zero_at_every_value(x: Datum):
    """The derivative of ReLU at NaN is NaN, and NaN times zero is not zero. Those of the usual formats that have no NaN have few exponents."""
    require(F.q >= 4)
    show(gradient(switched(1), x, 0) == 0)


@lemma(expect="refuted")
def only_zero_upstream_gives_zero(a: Float, h: Float):
    """Gradients underflow."""
    assume(a != 0, h != 0)
    show(gradient(product(a, 1), 1, h) != 0)


# Slopes


@lemma(expect="refuted")
def the_gradient_is_the_slope(a: Float, x: Float):
    """Not even of a product with one weight: the value is rounded, and the gradient is not its difference quotient."""
    assume(abs(x) < F.Omega, abs(a) <= 1)
    f = product(a, 1)
    show(gradient(f, x, 1) * (succ(x) - x) == value(f, succ(x)) - value(f, x))


@lemma
def the_gradient_is_the_slope_where_nothing_is_rounded(a: Float, x: Float):
    assume(abs(x) < F.Omega, abs(a) <= 1, is_float(a * x), is_float(a * succ(x)))
    f = product(a, 1)
    show(gradient(f, x, 1) * (succ(x) - x) == value(f, succ(x)) - value(f, x))


@lemma
def the_gradient_of_a_switch_is_a_weight_or_zero(a: Float, x: Float):
    """That of x -> a*relu(x): a to the right of zero, 0 elsewhere, at zero too."""
    show(gradient(switched(a), x, 1) == (a if x > 0 else 0))
