"""Lemma files for the seven-layer ReLU network of one point z: layers 1 to 3, for every input x.

They turn x into a signal m = k [x != z] and a constant C = omega with a path to x. Layer 1 is looked at for all z and x; what it computes falls
into three classes, and the layers above are looked at class by class, where the gap mu of the floats at z is all that matters of z. The
lemmas on whole networks rest on these; docs/representation.md has the derivation.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Lemmas 3.4 and 3.5, with another construction.
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
    gradient,
    implies,
    layers,
    lemma,
    network,
    pow2,
    pred,
    relu,
    require,
    show,
    succ,
    uses,
    value,
)


@define
def suitable():
    """Infinities, and room for the network's weights: every IEEE-like format with q >= 3 and p <= 2^(q-1)."""
    return succ(F.Omega) > F.Omega and F.q >= 3 and F.p <= pow2(F.q - 1)


@define
def side(z: Float):
    """s: the side of 0 on which z lies."""
    return 1 if z >= 0 else -1


@define
def below(z: Float):
    """t-, the float below t = |z|; -omega for 0."""
    return pred(abs(z))


@define
def gap(z: Float):
    """mu = t - t-, a power of two."""
    return abs(z) - pred(abs(z))


@define
def gap_above(z: Float):
    """mu' = t+ - t, which is mu or 2 mu; mu where there is no t+."""
    return succ(abs(z)) - abs(z) if abs(z) < F.Omega else gap(z)


@define
def level(mu: Float):
    """k, a signal large enough that k / mu and 1 / k are floats."""
    return min(1, pow2(F.emax) * mu)


@define
def is_gap(n: Int):
    """2^n is the distance of neighbouring floats."""
    return F.emin - F.p <= n <= F.emax - F.p


@network
def distances(z: Float):
    """Layer 1: r and a, how far s x lies above t- and above t."""
    return layers(relu([[side(z)], [side(z)]], bias=[-below(z), -abs(z)]))


@network
def steps(mu: Float, mu_above: Float):
    """Layer 2 on (r, a): e, e' and c."""
    return layers(relu([[-1, 0], [0, -1], [-1, 0]], bias=[mu, mu_above, 2 * mu]))


@network
def signals(mu: Float, mu_above: Float):
    """Layer 3 on (e, e', c): K, m and C."""
    k = level(mu)
    return layers(relu([[0, 0, 0], [k / mu, -k / mu_above, 0], [-1, -mu / mu_above, 1]], bias=[F.omega, k, F.omega]))


@network
def middle(mu: Float, mu_above: Float):
    """Layers 2 and 3 on (r, a)."""
    k = level(mu)
    return layers(
        relu([[-1, 0], [0, -1], [-1, 0]], bias=[mu, mu_above, 2 * mu]),
        relu([[0, 0, 0], [k / mu, -k / mu_above, 0], [-1, -mu / mu_above, 1]], bias=[F.omega, k, F.omega]),
    )


@network
def lower(z: Float):
    """Layers 1 to 3 on x."""
    mu, mu_above = gap(z), gap_above(z)
    k = level(mu)
    return layers(
        relu([[side(z)], [side(z)]], bias=[-below(z), -abs(z)]),
        relu([[-1, 0], [0, -1], [-1, 0]], bias=[mu, mu_above, 2 * mu]),
        relu([[0, 0, 0], [k / mu, -k / mu_above, 0], [-1, -mu / mu_above, 1]], bias=[F.omega, k, F.omega]),
    )


# Class by class


@lemma(plan={"binary32": "smt"})
def layer_1_at_the_neighbours(z: Float):
    """The three classes at the floats beside z, and at Omega."""
    require(suitable())
    s, f = side(z), distances(z)
    show(value(f, s * below(z)) == [0, 0], value(f, z) == [gap(z), 0])
    beyond, last = value(f, s * succ(abs(z))), value(f, s * F.Omega)
    show(abs(z) == F.Omega or (gap(z) + gap_above(z) <= beyond[0] and gap_above(z) <= beyond[1]), last[0] <= F.Omega, last[1] <= F.Omega)


@lemma
def layer_1_has_three_classes(z: Float, x: Float):
    """(r, a) is (0, 0) below z, seen from 0; (mu, 0) at z; at least (mu + mu', mu') beyond, and finite."""
    require(suitable())
    uses(layer_1_at_the_neighbours)
    d = value(distances(z), x)
    r, a, at = d[0], d[1], side(z) * x
    show(implies(at < abs(z), r == 0 and a == 0), implies(x == z, r == gap(z) and a == 0))
    show(implies(at > abs(z), gap(z) + gap_above(z) <= r <= F.Omega and gap_above(z) <= a <= F.Omega))


@lemma(plan={"binary32": "smt"})
def gaps_are_powers_of_two(z: Float):
    """mu and mu' are powers of two, and mu' is mu or 2 mu."""
    require(suitable())
    n = exponent(gap(z))
    show(is_gap(n), gap(z) == pow2(n), gap_above(z) == gap(z) or gap_above(z) == 2 * gap(z) <= pow2(F.emax - F.p))


@lemma
def layer_2_at_its_corners(n: Int):
    """ReLU(-d + mu) is mu for a distance d = 0 and 0 for d = mu; ReLU(-d + 2 mu) is 2 mu, mu, 0 for d = 0, mu, 2 mu."""
    require(suitable())
    assume(is_gap(n))
    mu = pow2(n)
    f = steps(mu, mu)
    show(value(f, [0, 0]) == [mu, mu, 2 * mu], value(f, [mu, mu]) == [0, 0, mu], value(f, [2 * mu, 0])[2] == 0)


@lemma
def layer_2_steps_down(n: Int, d: Float):
    """ReLU(-d + mu) is mu for a distance d = 0 and 0 for d >= mu; ReLU(-d + 2 mu) takes two steps."""
    require(suitable())
    uses(layer_2_at_its_corners)
    assume(is_gap(n), d >= 0)
    mu = pow2(n)
    f = value(steps(mu, mu), [d, 0])
    show(implies(d == 0, f[0] == mu and f[2] == 2 * mu), implies(d == mu, f[2] == mu), implies(d >= mu, f[0] == 0), implies(d >= 2 * mu, f[2] == 0))
    show(implies(d == 0, value(steps(mu, mu), [0, d])[1] == mu), implies(d >= mu, value(steps(mu, mu), [0, d])[1] == 0))


@lemma
def layer_3_maps_the_classes(n: Int, wider: Bool):
    """From (e, e', c) below, at and beyond z: K = C = omega, and m = k, 0, k."""
    require(suitable())
    assume(is_gap(n), n < F.emax - F.p or not wider)
    mu = pow2(n)
    mu_above = 2 * mu if wider else mu
    f = signals(mu, mu_above)
    w, k = F.omega, level(mu)
    show(value(f, [mu, mu_above, 2 * mu]) == [w, k, w], value(f, [0, mu_above, mu]) == [w, 0, w], value(f, [0, 0, 0]) == [w, k, w])


@lemma(plan={"binary32": "smt"})
def the_head_at_either_ratio(wider: Bool, delta: Float):
    """At z with mu = omega, where (r, a) = (mu, 0), an adjoint delta at C arrives as -delta at r; what arrives at a is finite."""
    require(suitable())
    g = gradient(middle(F.omega, 2 * F.omega if wider else F.omega), [F.omega, 0], [0, 0, delta])
    show(g[0] == -delta, finite(g[1]))


@lemma
def the_head_passes_the_adjoint(n: Int, wider: Bool, delta: Float):
    """Likewise for every mu: the masks are the same, and the weights on the way do not depend on it."""
    require(suitable())
    uses(layer_2_at_its_corners, layer_3_maps_the_classes, the_head_at_either_ratio)
    assume(is_gap(n), n < F.emax - F.p or not wider)
    mu = pow2(n)
    g = gradient(middle(mu, 2 * mu if wider else mu), [mu, 0], [0, 0, delta])
    show(g[0] == -delta, finite(g[1]))


# Whole layers 1 to 3


@lemma
def the_gate_closes_at_the_point_only(z: Float, x: Float):
    """L1 and L3. The signal m is 0 at z and k elsewhere; K and C are constants."""
    require(suitable())
    uses(layer_1_has_three_classes, gaps_are_powers_of_two, layer_2_steps_down, layer_3_maps_the_classes)
    show(value(lower(z), x) == [F.omega, 0 if x == z else level(gap(z)), F.omega])


@lemma
def masks_meet_at_the_point_only(z: Float, x: Float):
    """L2. r and e are never both active, nor a and e'; r and c both are exactly at z. All are finite."""
    require(suitable())
    uses(layer_1_has_three_classes, gaps_are_powers_of_two, layer_2_steps_down)
    d = value(distances(z), x)
    n = value(steps(gap(z), gap_above(z)), d)
    show(d[0] == 0 or n[0] == 0, d[1] == 0 or n[1] == 0, (d[0] > 0 and n[2] > 0) == (x == z), finite(n[0]), finite(n[1]), finite(n[2]))


@lemma
def the_gradient_is_carried_to_x(z: Float, delta: Float):
    """At z, an adjoint -s delta at C arrives at x as delta."""
    require(suitable())
    uses(layer_1_has_three_classes, gaps_are_powers_of_two, the_head_passes_the_adjoint)
    show(gradient(lower(z), z, [0, 0, -side(z) * delta]) == delta)


# Negative controls


@lemma(expect="refuted")
def layer_1_without_the_float_below(z: Float, x: Float):
    """With r = ReLU(s x - t), nothing is active at z."""
    require(suitable())
    show((value(distances(z), x)[1] > 0) == (side(z) * x >= abs(z)))


@lemma(expect="refuted")
def the_gate_stays_closed_beyond_the_point(z: Float, x: Float):
    """It opens again: m is no comparison."""
    require(suitable())
    show(value(lower(z), x)[1] == (0 if side(z) * x >= abs(z) else level(gap(z))))


@lemma(expect="refuted")
def one_gap_is_enough(n: Int):
    """With mu' = mu where the floats beyond z are twice as far apart, m is not 0 at z any more."""
    require(suitable())
    assume(is_gap(n), n < F.emax - F.p)
    mu = pow2(n)
    show(value(signals(mu, mu), [0, 2 * mu, mu])[1] == 0, value(signals(mu, 2 * mu), [0, mu, mu])[1] == 0)


@lemma(expect="refuted")
def the_head_keeps_the_sign(z: Float, delta: Float):
    """An adjoint delta at C arrives as -s delta, not as delta."""
    require(suitable())
    show(gradient(lower(z), z, [0, 0, delta]) == delta)
