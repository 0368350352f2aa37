"""What a search for networks leaves out, and why: see docs/search.md.

Each lemma is the step by which one question is asked instead of several.
"""

from fpproof.lang import Datum, F, Float, affine, assume, finite, fl, gradient, layers, lemma, network, relu, require, same, show, value


@lemma
def sums_commute(x: Float, y: Float):
    """The first two neurons of a layer may change places."""
    show(same(fl(x + y), fl(y + x)))


@lemma(expect="refuted")
def sums_of_three_commute(x: Float, y: Float, z: Float):
    """The others may not: sums run from left to right."""
    show(fl(fl(x + y) + z) == fl(fl(x + z) + y))


@lemma
def the_first_layer_is_monotone(w: Float, x: Float, y: Float, b: Float):
    """A neuron of one input is active from some x on, or up to some x: its pre-activation is monotone."""
    low, high = fl(fl(w * x) + b), fl(fl(w * y) + b)
    assume(x <= y, w >= 0, low == low, high == high)
    show(low <= high)


@lemma(expect="refuted")
def the_first_layer_is_strictly_monotone(w: Float, x: Float, y: Float, b: Float):
    assume(x < y, w > 0)
    show(fl(fl(w * x) + b) < fl(fl(w * y) + b))


@lemma
def without_a_bias_it_is_active_on_one_side(w: Float, x: Float, y: Float):
    """Products have the sign of their factors, or are 0."""
    assume(x <= 0, y >= 0, fl(w * x) > 0)
    show(not fl(w * y) > 0)


@lemma
def products_are_monotone(w: Float, x: Datum, y: Datum):
    """A NaN is not greater than anything; so queries say it of all operands."""
    assume(not x > y, w >= 0)
    show(not fl(w * x) > fl(w * y), not fl(-w * y) > fl(-w * x))


@lemma
def sums_are_monotone(x: Datum, y: Datum, z: Datum):
    """In one operand, and so in both."""
    assume(not x > y)
    show(not fl(x + z) > fl(y + z))


@lemma(expect="refuted")
def sums_are_strictly_monotone(x: Float, y: Float, z: Float):
    """The control."""
    assume(x < y)
    show(fl(x + z) < fl(y + z))


@lemma
def zeros_do_not_count(x: Float, w: Float):
    """A product with 0 is 0 or -0, and adding it changes no number: so weights are never -0, and inactive neurons are left out."""
    show(fl(x + fl(w * 0)) == x, fl(x + fl(w * -0.0)) == x)


@lemma(expect="refuted")
def infinite_adjoints_are_masked(w: Float, h: Float):
    """They are not: an infinity times 0 is NaN. A masked adjoint must have been finite."""
    require(not finite(fl(2 * F.Omega)))
    show(fl(fl(h * w) * 0) == 0)


@network
def one_neuron(a: Float, b: Float, c: Float):
    return layers(relu([[a]], bias=[b]), affine([[c]]))


@network
def with_a_unit_layer(a: Float, b: Float, c: Float):
    return layers(relu([[a]], bias=[b]), relu([[1]]), affine([[c]]))


@network
def with_a_layer_of_twos(a: Float, b: Float, c: Float):
    return layers(relu([[a]], bias=[b]), relu([[2]]), affine([[c]]))


@network
def with_a_silent_neuron(a: Float, b: Float, c: Float):
    return layers(relu([[a], [0]], bias=[b, 0]), affine([[c, 0]]))


@network
def with_a_loud_neuron(a: Float, b: Float, c: Float):
    return layers(relu([[a], [1]], bias=[b, 0]), affine([[c, 1]]))


@lemma
def a_unit_layer_changes_nothing(a: Float, b: Float, c: Float, x: Float):
    """After a ReLU layer, where value and gradient are finite."""
    f = one_neuron(a, b, c)
    assume(finite(value(f, x)), finite(gradient(f, x, 1)))
    show(value(with_a_unit_layer(a, b, c), x) == value(f, x), gradient(with_a_unit_layer(a, b, c), x, 1) == gradient(f, x, 1))


@lemma(expect="refuted")
def a_layer_of_twos_changes_nothing(a: Float, b: Float, c: Float, x: Float):
    """The control: another weight than 1."""
    f = one_neuron(a, b, c)
    assume(finite(value(f, x)), finite(gradient(f, x, 1)))
    show(value(with_a_layer_of_twos(a, b, c), x) == value(f, x), gradient(with_a_layer_of_twos(a, b, c), x, 1) == gradient(f, x, 1))


@lemma
def a_silent_neuron_changes_nothing(a: Float, b: Float, c: Float, x: Float):
    """With one hidden layer, where value and gradient are finite."""
    f = one_neuron(a, b, c)
    assume(finite(value(f, x)), finite(gradient(f, x, 1)))
    show(value(with_a_silent_neuron(a, b, c), x) == value(f, x), gradient(with_a_silent_neuron(a, b, c), x, 1) == gradient(f, x, 1))


@lemma(expect="refuted")
def a_loud_neuron_changes_nothing(a: Float, b: Float, c: Float, x: Float):
    """The control: a second neuron whose weights are not 0."""
    f = one_neuron(a, b, c)
    g = with_a_loud_neuron(a, b, c)
    assume(finite(value(f, x)))
    show(value(g, x) == value(f, x))
