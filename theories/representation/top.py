"""The seven-layer ReLU network of one point z: layers 4 to 7.

Below them, m is k or 0, and K and C are omega (gate.py). Layer 4 computes s1 = [x != z], layer 5 s = S s1, layer 6 the neurons A, A' and u, which s
masks at every x != z; layer 7 adds A - A' and the sign of v times u. The path C, C4, C5, A carries the adjoint, with the weights w6, w5, w4.

Source: docs/representation.md.
"""
from fpproof.lang import F, Float, Int, affine, assume, define, finite, fl, gradient, layers, lemma, network, pow2, relu, require, show, uses, value
from theories.representation.gate import is_gap, level, suitable


@define
def size(v: Float):
    """S, what switches a value v off."""
    return max(abs(v), 1)


@define
def sign(v: Float):
    return (1 if v > 0 else -1) if v != 0 else 0


@network
def carrier(w: Float):
    """C4 on (K, C), and C5 on (K, C4): omega, with the weight w on the path."""
    return layers(relu([[-w, w]], bias=[F.omega]))


@network
def selector(k: Float, s: Float):
    """s1 and s on m."""
    return layers(relu([[1 / k]]), relu([[s]]))


@network
def gated(w: Float):
    """A on (K, s, C5), with its companion A'."""
    return layers(relu([[-w, -1, w], [0, -1, 0]], bias=[F.omega, F.omega]))


@network
def chosen(v: Float):
    """u on s."""
    return layers(relu([[-1]], bias=[abs(v)]))


@network
def output(v: Float):
    """Layers 6 and 7 on s: the constant terms of A, A' and u, with their signs."""
    return layers(relu([[-1], [-1], [-1]], bias=[F.omega, F.omega, abs(v)]), affine([[1, -1, sign(v)]]))


# Off, at x != z


@lemma
def the_selector_takes_two_values(n: Int):
    """m = k gives 1 and m = 0 gives 0, from layer 4 on."""
    require(suitable())
    assume(is_gap(n))
    k = level(pow2(n))
    show(value(selector(k, 1), k) == 1, value(selector(k, 1), 0) == 0)


@lemma
def the_size_is_kept(v: Float):
    """S times 1 is S, S times 0 is 0."""
    require(suitable())
    show(fl(size(v) * 1) == size(v), fl(size(v) * 0) == 0)


@lemma
def the_gate_of_one_masks(w: Float):
    """s = 1 masks A and A', for every weight w; s = 0 leaves omega in both."""
    require(suitable())
    show(value(gated(w), [F.omega, 1, F.omega]) == [0, 0], value(gated(w), [F.omega, 0, F.omega]) == [F.omega, F.omega])


@lemma
def every_gate_masks(w: Float, s: Float):
    """Every s >= 1 masks A and A', for every weight w."""
    require(suitable())
    uses(the_gate_of_one_masks)
    assume(s >= 1)
    show(value(gated(w), [F.omega, s, F.omega]) == [0, 0])


@lemma
def the_value_is_masked(v: Float):
    """s = S masks u, s = 0 leaves |v| in it: the output is 0 or v."""
    require(suitable())
    f = chosen(v)
    show(value(f, size(v)) == 0, value(f, 0) == abs(v), value(output(v), size(v)) == 0, value(output(v), 0) == v)


# The path


@lemma
def the_path_is_constant(w: Float):
    """C4 and C5 are omega, and so active, for every weight."""
    require(suitable())
    show(value(carrier(w), [F.omega, F.omega]) == F.omega)


@lemma
def the_path_multiplies(w: Float, delta: Float):
    """An adjoint delta at C4 or C5 arrives below as fl(delta w), and at K, which has no inputs, as its negative."""
    require(suitable())
    uses(the_path_is_constant)
    show(gradient(carrier(w), [F.omega, F.omega], delta) == [fl(-w * delta), fl(w * delta)])


@lemma
def the_adjoints_of_the_gate_are_finite(h: Float):
    """At z: -h from A and h from A' cancel at s, and u adds at most h; the mask of s is 0."""
    require(suitable())
    show(gradient(output(1), 0, h) == -h, gradient(output(-1), 0, h) == h, gradient(output(0), 0, h) == 0, finite(h))


# Negative controls


@lemma(expect="refuted")
def small_gates_mask(w: Float, s: Float):
    """A gate below the terms of the path does not: they absorb it."""
    require(suitable())
    assume(s > 0)
    show(value(gated(w), [F.omega, s, F.omega]) == [0, 0])


@lemma(expect="refuted")
def a_gate_of_one_masks_every_value(v: Float):
    require(suitable())
    show(value(chosen(v), 1) == 0)


@lemma(expect="refuted")
def values_stand_before_pairs(v: Float):
    """u before A and A' is absorbed, or absorbs."""
    require(suitable())
    show(value(layers(affine([[sign(v), 1, -1]])), [abs(v), F.omega, F.omega]) == v)


@lemma(expect="refuted")
def the_value_branch_may_scale(v: Float, h: Float):
    """Wrong variant: an indicator with output weight v. Its adjoint overflows, and a mask makes NaN of that."""
    require(suitable())
    show(gradient(layers(relu([[-1]], bias=[1]), affine([[v]])), 1, h) == 0)


@lemma(expect="refuted")
def the_gate_may_scale(v: Float, h: Float):
    """Wrong variant: u = ReLU(|v| - S s1) without the neuron s. The adjoint S h overflows at z."""
    require(suitable())
    show(finite(gradient(layers(relu([[-size(v)]], bias=[abs(v)])), 0, h)))
