"""Theorem 3.2 for ReLU, in 17 layers, for every finite float and every finite upstream.

The lemma `theorem_3_2` speaks of one point z and one T > 0: the adjoints on the path from A to x make of every upstream y what the table asks
for. That the neurons on the path are constants, and that tables are sums, are the layer rule and the order rule; docs/representation.md has both.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.2, whose depth is 2^(q+1) + 2p + 9.
"""
from fpproof.lang import F, Float, assume, fl, gradient, lemma, pow2, require, show, uses
from theories.representation.gate import (
    lower,
    masks_meet_at_the_point_only,
    side,
    the_gate_closes_at_the_point_only,
    the_gradient_is_carried_to_x,
)
from theories.representation.indicator import indicator, omega_becomes_one, roomy, sign, the_indicator_is_exact
from theories.representation.order import (
    a_mask_lets_nothing_pass,
    a_pair_vanishes_in_an_empty_sum,
    zero_adjoints_stay_zero,
    zeros_keep_a_value,
)
from theories.representation.top import (
    every_gate_masks,
    the_adjoints_of_the_gate_are_finite,
    the_path_is_constant,
    the_path_multiplies,
    the_selector_takes_two_values,
    the_size_is_kept,
    the_value_is_masked,
)


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16, binary32, binary64")
def theorem_3_2(z: Float, T: Float, g: Float, y: Float):
    """An upstream y arrives at x as g for y = T, as -g for y = -T, and as 0 otherwise."""
    require(roomy())
    uses(the_indicator_is_exact, omega_becomes_one)
    uses(the_gate_closes_at_the_point_only, masks_meet_at_the_point_only, the_gradient_is_carried_to_x)
    uses(the_selector_takes_two_values, the_size_is_kept, every_gate_masks, the_value_is_masked)
    uses(the_path_is_constant, the_path_multiplies, the_adjoints_of_the_gate_are_finite)
    uses(a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value, a_pair_vanishes_in_an_empty_sum)
    assume(T > 0)
    unit = fl(fl(indicator(T, y) * pow2(F.emax)) * pow2(F.p - 1))
    head = fl(unit * (-side(z) * g))
    show(gradient(lower(z), z, [0, 0, head]) == (g * sign(y) if abs(y) == T else 0))
