"""What Exact(z) should be: an indicator with a derivative that is known, for every z and every finite x, in three layers.

    r = ReLU(s x - t-);  c = ReLU(-r + 2 mu),  e = ReLU(-r + mu);  ReLU((k/mu) c - (2k/mu) e) = k [x = z],  k = min(1, 2^(emax-1) mu)

Its derivative at z is -s k/mu, and 0 elsewhere: z = 0, -omega and powers of two need no case of their own. A gradient for every upstream takes more:
theorem_3_1, which is Grad(z, g) and its sum with the value, proved.

Source: fpproof/constructions/seven_layers.py.
"""
from fpproof.lang import F, Float, Int, assume, define, gradient, implies, layers, lemma, network, pow2, relu, require, show, uses, value
from theories.representation.gate import below, gap, gaps_are_powers_of_two, is_gap, layer_1_has_three_classes, side, suitable


@define
def height(mu: Float):
    """k."""
    return min(1, pow2(F.emax - 1) * mu)


@network
def upper(mu: Float):
    """Layers 2 and 3 on r."""
    k = height(mu)
    return layers(relu([[-1], [-1]], bias=[2 * mu, mu]), relu([[k / mu, -2 * k / mu]]))


@network
def indicator(z: Float):
    """The whole block."""
    mu = gap(z)
    k = height(mu)
    return layers(relu([[side(z)]], bias=[-below(z)]), relu([[-1], [-1]], bias=[2 * mu, mu]), relu([[k / mu, -2 * k / mu]]))


@lemma
def the_indicator_at_its_corners(n: Int):
    """For r = 0, mu, 2 mu the value is 0, k, 0; the derivative at mu is -k/mu."""
    require(suitable())
    assume(is_gap(n))
    mu = pow2(n)
    f, k = upper(mu), height(mu)
    show(value(f, 0) == 0, value(f, mu) == k, value(f, 2 * mu) == 0, gradient(f, mu, 1) == -k / mu, k > 0)


@lemma(plan="assembly")
def the_indicator_is_repaired(z: Float, x: Float, y: Float):
    """k at z and 0 elsewhere, for every finite x; derivative -s k/mu at z, and 0 elsewhere for every upstream y."""
    require(suitable())
    uses(layer_1_has_three_classes, gaps_are_powers_of_two, the_indicator_at_its_corners)
    f, k = indicator(z), height(gap(z))
    show(value(f, x) == (k if x == z else 0), gradient(f, z, 1) == -side(z) * k / gap(z), implies(x != z, gradient(f, x, y) == 0))


@lemma(expect="refuted")
def one_step_is_an_indicator(n: Int):
    """c without e is not 0 below z."""
    require(suitable())
    assume(is_gap(n))
    mu = pow2(n)
    show(value(layers(relu([[-1]], bias=[2 * mu]), relu([[height(mu) / mu]])), 0) == 0)
