"""Theorem 3.1 for ReLU, in seven layers, for every finite float and every finite upstream.

The lemma `theorem_3_1` speaks of one point z with value v, upstream h and gradient g, and of every other x with every upstream y. It has too many
variables to be looked at input by input; it is concluded from the lemmas that it uses, layer by layer, and extended from one point to every
table f*, g*, h* by the order rule. Both rules are code (fpproof/judges/rules.py), and have their proofs in docs/representation.md.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1.
"""
from fpproof.lang import F, Float, affine, assume, exists, fl, gradient, implies, layers, lemma, network, relu, require, show, uses, value
from theories.representation.gate import (
    below,
    gap,
    gap_above,
    level,
    masks_meet_at_the_point_only,
    side,
    suitable,
    the_gate_closes_at_the_point_only,
    the_gradient_is_carried_to_x,
)
from theories.representation.order import (
    a_mask_lets_nothing_pass,
    a_pair_vanishes_in_an_empty_sum,
    zero_adjoints_stay_zero,
    zeros_keep_a_value,
)
from theories.representation.top import (
    every_gate_masks,
    sign,
    size,
    the_adjoints_of_the_gate_are_finite,
    the_path_is_constant,
    the_path_multiplies,
    the_selector_takes_two_values,
    the_size_is_kept,
    the_value_is_masked,
)
from theories.representation.transport import first, second, three_multiplications_reach_everything


@network
def point(z: Float, v: Float, w6: Float, w5: Float, w4: Float):
    """All seven layers: (r, a), (e, e', c), (K, m, C), (K, s1, C4), (K, s, C5), (A, A', u), the output."""
    mu, mu_above = gap(z), gap_above(z)
    k, w = level(mu), F.omega
    return layers(
        relu([[side(z)], [side(z)]], bias=[-below(z), -abs(z)]),
        relu([[-1, 0], [0, -1], [-1, 0]], bias=[mu, mu_above, 2 * mu]),
        relu([[0, 0, 0], [k / mu, -k / mu_above, 0], [-1, -mu / mu_above, 1]], bias=[w, k, w]),
        relu([[0, 0, 0], [0, 1 / k, 0], [-w4, 0, w4]], bias=[w, None, w]),
        relu([[0, 0, 0], [0, size(v), 0], [-w5, 0, w5]], bias=[w, None, w]),
        relu([[-w6, -1, w6], [0, -1, 0], [0, -1, 0]], bias=[w, w, abs(v)]),
        affine([[1, -1, sign(v)]]),
    )


@lemma
def one_point(z: Float, v: Float, w6: Float, w5: Float, w4: Float, h: Float, x: Float, y: Float):
    """The value is v at z and 0 elsewhere; the gradient at z is what the weights carry h to; elsewhere it is 0 for every upstream y."""
    require(suitable())
    uses(the_gate_closes_at_the_point_only, masks_meet_at_the_point_only, the_gradient_is_carried_to_x)
    uses(the_selector_takes_two_values, the_size_is_kept, every_gate_masks, the_value_is_masked)
    uses(the_path_is_constant, the_path_multiplies, the_adjoints_of_the_gate_are_finite)
    uses(a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    carried = fl(fl(fl(h * w6) * w5) * w4)
    assume(abs(fl(h * w6)) <= F.Omega, abs(fl(fl(h * w6) * w5)) <= F.Omega, abs(carried) <= F.Omega)
    f = point(z, v, w6, w5, w4)
    show(value(f, x) == (v if x == z else 0), gradient(f, z, h) == -side(z) * carried, implies(x != z, gradient(f, x, y) == 0))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16, binary32, binary64")
def theorem_3_1(z: Float, v: Float, h: Float, g: Float, w6: Float, w5: Float, w4: Float, x: Float, y: Float):
    """Some weights carry h to -s g; with any that do, the network has value v and gradient g at z for upstream h, and 0 elsewhere."""
    require(suitable())
    uses(one_point, three_multiplications_reach_everything, a_pair_vanishes_in_an_empty_sum, zeros_keep_a_value)
    assume(h != 0 or g == 0)
    goal = -side(z) * g
    show(implies(h != 0, exists(Float, lambda a: fl(fl(fl(h * a) * second(h, fl(h * a))) * goal) == goal, witness=first(h))))
    carried = abs(fl(h * w6)) <= F.Omega and abs(fl(fl(h * w6) * w5)) <= F.Omega and fl(fl(fl(h * w6) * w5) * w4) == goal
    f = point(z, v, w6, w5, w4)
    show(implies(carried, value(f, x) == (v if x == z else 0)), implies(carried, gradient(f, z, h) == g))
    show(implies(carried and x != z, gradient(f, x, y) == 0))


@lemma(expect="refuted")
def without_the_companion(z: Float, v: Float, h: Float):
    """Wrong variant: A without A', whose constant stays in the value."""
    require(suitable())
    assume(h != 0)
    f = layers(relu([[-1, -1, 1], [0, -1, 0]], bias=[F.omega, abs(v)]), affine([[1, sign(v)]]))
    show(value(f, [F.omega, 0, F.omega]) == v)
