"""Theorem 3.1 for ReLU in five layers, for every finite float and every finite upstream.

Layers: (r, a, and constants), (e, e', c, K), (K, s, C), (A, A', u), the output. e says that x lies below z, e' that it does not lie beyond,
s = S [x != z]; c and C carry the adjoint of A down to r, and are omega at z. Layer 1 is that of the seven-layer network. What is shown for all inputs
is about one neuron each; the network follows by rules (docs/representation.md, "Rules").

Source: fpproof/constructions/five_layers.py; Park, Park, Hwang (2026), Theorem 3.1, whose depth is 7.
"""
from fpproof.lang import (
    Bool,
    F,
    Float,
    Int,
    affine,
    assume,
    define,
    exists,
    finite,
    fl,
    gradient,
    implies,
    is_float,
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
from theories.representation.gate import (
    below,
    gap,
    gap_above,
    gaps_are_powers_of_two,
    is_gap,
    layer_1_has_three_classes,
    side,
    suitable,
)
from theories.representation.order import (
    a_mask_lets_nothing_pass,
    a_pair_vanishes_in_an_empty_sum,
    zero_adjoints_stay_zero,
    zeros_keep_a_value,
)
from theories.representation.top import sign, the_adjoints_of_the_gate_are_finite
from theories.representation.transport import a_near_factor_reaches_a_power, first, shift, shifts_are_small


@define
def is_small(mu: Float):
    """1 / mu is no float: roundings make the step."""
    return pow2(F.emax) * mu < 1


@define
def slope(mu: Float):
    return pow2(-F.p - 1) / mu if is_small(mu) else 1 / mu


@define
def offset(mu: Float):
    """What is added to a multiple of the distance: succ(1/2), and the weight of a second constant."""
    return 1 / 2 + pow2(-F.p - 1) if is_small(mu) else 0


@define
def level(mu: Float):
    return pow2(F.p) if is_small(mu) else 0


@define
def rest(mu: Float):
    """The bias of the step."""
    return -pow2(F.p) if is_small(mu) else 1


@network
def step(mu: Float):
    """e on (r, 1, 1)."""
    return layers(relu([[-slope(mu), offset(mu), level(mu)]], bias=[rest(mu)]))


@network
def selector(S: Float):
    """s on (e, e')."""
    return layers(relu([[S, -S]], bias=[S]))


@define
def most(w3: Float):
    """q, what C is at most."""
    return fl(fl(w3 * F.omega) + F.omega)


@define
def gate(w4: Float, w3: Float):
    """The least S for the gradient."""
    return max(1, fl(2 * fl(abs(w4) * most(w3))))


@network
def head(w3: Float):
    """C on (c, K)."""
    return layers(relu([[-w3, w3]], bias=[F.omega]))


@network
def gated(w4: Float):
    """A on (K, s, C)."""
    return layers(relu([[-w4, -1, w4]], bias=[F.omega]))


@network
def five(z: Float, v: Float, w4: Float, w3: Float, B: Float, S: Float):
    """All layers: (r, a, 1, 1, mu), (e, e', c, K), (K, s, C), (A, A', u), the output."""
    mu, up, w = gap(z), gap_above(z), F.omega
    return layers(
        relu([[side(z)], [side(z)], [0], [0], [0]], bias=[-below(z), -abs(z), 1, 1, mu]),
        relu(
            [
                [-slope(mu), 0, offset(mu), level(mu), 0],
                [0, -slope(up), offset(up), level(up), 0],
                [-B, 0, 0, 0, B],
                [0, 0, 0, 0, 0],
            ],
            bias=[rest(mu), rest(up), w, w],
        ),
        relu([[0, 0, 0, 0], [S, -S, 0, 0], [0, 0, -w3, w3]], bias=[w, S, w]),
        relu([[-w4, -1, w4], [0, -1, 0], [0, -1, 0]], bias=[w, w, abs(v)]),
        affine([[1, -1, sign(v)]]),
    )


# The gate


@lemma
def the_step_at_its_corners(n: Int):
    """1 for the distance 0, and 0 for mu."""
    require(suitable())
    assume(is_gap(n))
    show(value(step(pow2(n)), [0, 1, 1]) == 1, value(step(pow2(n)), [pow2(n), 1, 1]) == 0)


@lemma(plan="assembly")
def the_step_takes_two_values(n: Int, d: Float):
    require(suitable())
    uses(the_step_at_its_corners)
    assume(is_gap(n), d == 0 or d >= pow2(n))
    show(value(step(pow2(n)), [d, 1, 1]) == (1 if d == 0 else 0))


@lemma
def the_selector_combines(S: Float):
    """s below, at and beyond z: S, 0, S."""
    require(suitable())
    assume(S >= 1)
    show(value(selector(S), [1, 1]) == S, value(selector(S), [0, 1]) == 0, value(selector(S), [0, 0]) == S)


@lemma
def half_of_the_gate_is_masked(y: Float):
    """What A adds to -S is at most half of it."""
    require(suitable())
    assume(y >= 0, finite(fl(2 * y)))
    show(fl(fl(y - max(1, fl(2 * y))) + F.omega) <= 0)


@lemma
def the_head_without_its_path(w3: Float):
    """C is q where c is 0."""
    require(suitable())
    assume(w3 >= 0)
    show(value(head(w3), [0, F.omega]) == most(w3), most(w3) >= F.omega)


@lemma(plan="assembly")
def the_head_is_bounded(w3: Float, c: Float):
    require(suitable())
    uses(the_head_without_its_path)
    assume(w3 >= 0, c >= 0)
    show(0 <= value(head(w3), [c, F.omega]) <= most(w3))


@lemma(plan="assembly")
def the_gate_masks_the_path(w4: Float, w3: Float, S: Float, C: Float):
    """A is 0 at x != z, whatever C is there."""
    require(suitable())
    uses(half_of_the_gate_is_masked, the_head_without_its_path)
    assume(w3 >= 0, gate(w4, w3) <= S, 0 <= C <= most(w3))
    show(value(gated(w4), [F.omega, S, C]) == 0)


@lemma
def the_least_gate_masks(v: Float):
    require(suitable())
    S = max(1, abs(v))
    show(fl(-S + F.omega) <= 0, fl(-S + abs(v)) <= 0)


@lemma(plan="assembly")
def the_gate_masks_companion_and_value(v: Float, S: Float):
    """A' and u are 0 at x != z."""
    require(suitable())
    uses(the_least_gate_masks)
    assume(S >= 1, abs(v) <= S)
    show(fl(-S + F.omega) <= 0, fl(-S + abs(v)) <= 0)


# At z


@lemma
def a_pair_leaves_the_bias(t: Float):
    """c, C and A are omega at z: a term, its negative, and the bias."""
    require(suitable())
    show(fl(fl(-t + t) + F.omega) == F.omega)


# Transport


@define
def second(h: Float, y: Float, k: Int):
    """For y = h * first(h), which is 2^j or the float below: 2^(k-j) or the float above."""
    return pow2(k - shift(h)) if y == pow2(shift(h)) else succ(pow2(k - shift(h)))


@define
def brings(h: Float, w4: Float, w3: Float, k: Int):
    """h w4 w3 = 2^k, with a gate that is finite."""
    return fl(fl(h * w4) * w3) == pow2(k) and w3 >= 0 and finite(gate(w4, w3))


@define
def target(g: Float):
    """k."""
    return 0 if abs(g) <= 1 else F.emax - F.p


@define
def power(large: Bool):
    """The two k."""
    return F.emax - F.p if large else 0


@lemma
def second_factors_close(j: Int, large: Bool):
    """2^j, and the float below it but for the least j, are carried to 2^k by their factors."""
    require(suitable(), F.p >= 2)
    assume(1 - F.p <= j <= 2)
    k = power(large)
    show(is_float(pow2(k - j)), fl(pow2(j) * pow2(k - j)) == pow2(k))
    show(j == 1 - F.p or fl(pred(pow2(j)) * succ(pow2(k - j))) == pow2(k))


@lemma
def gates_of_near_factors_are_finite(n: Int, large: Bool):
    """For h in the binade of 2^n, whose shift is j: w4 is at most 2^(j - n), and w3 at most the float above 2^(k - j)."""
    require(suitable(), F.p >= 2)
    assume(F.emin - F.p <= n <= F.emax)
    j = shift(pow2(n))
    show(is_float(pow2(j - n)), finite(gate(pow2(j - n), succ(pow2(power(large) - j)))))


@lemma
def two_factors_reach_two_powers(h: Float):
    """1 and 2^(emax - p). A check over h alone."""
    require(suitable(), F.p >= 2)
    uses(a_near_factor_reaches_a_power, shifts_are_small, second_factors_close, gates_of_near_factors_are_finite)
    assume(h > 0)
    show(exists(Float, lambda a: brings(h, a, second(h, fl(h * a), 0), 0), witness=first(h)))
    show(exists(Float, lambda a: brings(h, a, second(h, fl(h * a), F.emax - F.p), F.emax - F.p), witness=first(h)))


@lemma
def the_third_factor_fits(g: Float):
    """B = |g| 2^-k is a float, 2^k B is |g|, and B mu is finite for every gap mu."""
    require(suitable(), F.p >= 2)
    B = abs(g) * pow2(-target(g))
    show(is_float(B), fl(pow2(target(g)) * B) == abs(g), finite(fl(B * pow2(F.emax - F.p))))


# The network


@lemma(plan="assembly")
def one_point_in_five_layers(z: Float, v: Float, w4: Float, w3: Float, B: Float, S: Float, h: Float, x: Float, y: Float):
    """Value v at z and 0 elsewhere; the gradient at z is what the weights carry h to; elsewhere it is 0 for every upstream y."""
    require(suitable(), F.p >= 2)
    uses(layer_1_has_three_classes, gaps_are_powers_of_two, the_step_takes_two_values, the_selector_combines)
    uses(the_head_is_bounded, the_gate_masks_the_path, the_gate_masks_companion_and_value, a_pair_leaves_the_bias)
    uses(the_adjoints_of_the_gate_are_finite, a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    carried = fl(fl(fl(h * w4) * w3) * B)
    assume(w3 >= 0, B >= 0, gate(w4, w3) <= S, abs(v) <= S, finite(fl(B * gap(z))))
    assume(finite(fl(h * w4)), finite(fl(fl(h * w4) * w3)), finite(carried))
    f = five(z, v, w4, w3, B, S)
    show(value(f, x) == (v if x == z else 0), gradient(f, z, h) == side(z) * carried, implies(x != z, gradient(f, x, y) == 0))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16, binary32, binary64")
def theorem_3_1_in_five_layers(z: Float, v: Float, h: Float, g: Float, w4: Float, w3: Float, B: Float, S: Float, x: Float, y: Float):
    """Some weights carry h to s g; with any that do, the network has value v and gradient g at z for upstream h, and 0 elsewhere."""
    require(suitable(), F.p >= 2)
    uses(one_point_in_five_layers, two_factors_reach_two_powers, the_third_factor_fits, a_pair_vanishes_in_an_empty_sum, zeros_keep_a_value)
    assume(h != 0 or g == 0)
    k = target(g)
    show(exists(Float, lambda a: h == 0 or brings(abs(h), a, second(abs(h), fl(abs(h) * a), k), k), witness=first(abs(h))))
    fits = w3 >= 0 and B >= 0 and gate(w4, w3) <= S and abs(v) <= S and finite(fl(B * gap(z))) and finite(fl(h * w4)) and finite(fl(fl(h * w4) * w3))
    carried = fits and fl(fl(fl(h * w4) * w3) * B) == side(z) * g
    f = five(z, v, w4, w3, B, S)
    show(implies(carried, value(f, x) == (v if x == z else 0)), implies(carried, gradient(f, z, h) == g))
    show(implies(carried and x != z, gradient(f, x, y) == 0))


# Negative controls


@lemma(expect="refuted")
def a_tie_makes_the_step(n: Int):
    """2^p + 1/2 instead of 2^p + succ(1/2) rounds to 2^p."""
    require(suitable())
    assume(is_gap(n))
    mu = pow2(n)
    show(value(layers(relu([[-slope(mu), 1 / 2 if is_small(mu) else 0, level(mu)]], bias=[rest(mu)])), [0, 1, 1]) == 1)


@lemma(expect="refuted")
def a_gate_of_one_is_enough(w4: Float):
    """As in seven layers: C beyond z opens A."""
    require(suitable())
    show(value(gated(w4), [F.omega, 1, most(F.Omega)]) == 0)


@lemma(expect="refuted")
def the_third_factor_is_the_gradient(g: Float):
    """k = 0 for all g: B mu overflows."""
    require(suitable())
    show(finite(fl(abs(g) * pow2(F.emax - F.p))))


@lemma(expect="refuted")
def the_gradient_is_carried_without_a_sign(z: Float):
    """s is missing."""
    require(suitable())
    show(gradient(layers(relu([[side(z)]], bias=[-below(z)])), z, 1) == 1)
