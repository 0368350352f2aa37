"""What reverse-mode differentiation computes in rounded arithmetic, and what it is not."""
from fpproof.lang import Datum, F, Float, affine, assume, fl, gradient, is_nan, layers, lemma, network, relu, same, show, succ, value


@network
def product(a: Float, b: Float):
    """x -> (x*a)*b, as two layers."""
    return layers(affine([[a]]), affine([[b]]))


@network
def hidden(a: Float, b: Float):
    """A ReLU that is always on for x > 0, and its negative."""
    return layers(relu([[a], [a]]), affine([[b, -b]]))


@lemma
def the_gradient_multiplies_backwards(a: Float, b: Float, x: Float, h: Float):
    """Weights and derivatives meet in the other order than in the value."""
    show(same(value(product(a, b), x), fl(fl(x * a) * b)), same(gradient(product(a, b), x, h), fl(fl(h * b) * a)))


@lemma(expect="refuted")
def products_of_derivatives_do_not_depend_on_their_order(a: Float, b: Float, h: Float):
    show(fl(fl(h * b) * a) == fl(fl(h * a) * b))


@lemma
def the_gradient_is_odd_in_the_upstream(a: Float, b: Float, x: Datum, h: Float):
    """Numerically, where nothing is NaN."""
    g = gradient(hidden(a, b), x, h)
    assume(not is_nan(g))
    show(gradient(hidden(a, b), x, -h) == -g)


@lemma
def zero_upstream_gives_zero(a: Float, b: Float, x: Float):
    """Unless something is infinite or NaN."""
    g = gradient(hidden(a, b), x, 0)
    assume(not is_nan(g))
    show(g == 0)


@lemma(expect="refuted")
def the_gradient_is_the_slope(a: Float, x: Float):
    """Not even of a product with one weight: the value is rounded, and the gradient is not its difference quotient."""
    assume(abs(x) < F.Omega, abs(a) <= 1)
    f = product(a, 1)
    show(gradient(f, x, 1) * (succ(x) - x) == value(f, succ(x)) - value(f, x))
