"""Lemmas for networks of sigmoids whose pre-activations are finite, in six layers: one point z, every input x of the largest domain |x| <= M.

M is that of separable.py. A side of z has a neuron r = sigma(w s x + b) of layer 1 that differs between t and the float beside it; w and b are one
of forty candidates, which take the float beyond, or before, next to the break of sigma below 1/2 (`some_neuron_compares_above`). Layers 2 and 3
take r farther from its value at z. Heads have weights of at most 1, or 1/2 where M is large, so that none overflows; an upstream has one layer
more to pass than in heads.py.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1 for Sigmoid, with another construction; fpproof/constructions/separation.py.
"""
from fpproof.lang import F, Float, Int, activation, assume, define, down, exponent, fl, is_float, lemma, pow2, pred, require, show, succ, up, uses
from theories.representation.gate import side
from theories.representation.levels import edge, fits, half, limit, slope, the_levels, the_levels_at_their_ends, top
from theories.representation.separable import heaviest, ieee, largest
from theories.representation.top import sign


@define
def known():
    """Formats of which M is known."""
    return fits() and ieee() and (F.emax > 2 * F.p + 3 or F.p == 2 or F.p == 3 or F.p == 10)


# Candidates


@define
def sigma(x: Float):
    return activation("sigmoid", x)


@define
def weight(i: Int, w: Float):
    """Of s x; w is the heaviest."""
    n = i // 2 % 5
    m = w if n == 0 else (pred(w) if n == 1 else pow2(exponent(w) + 2 - n))
    return m if i % 2 == 0 else -m


@define
def goal():
    """The float before the first break of sigma below 0."""
    return -pow2(-F.p - 1) * (1 + pow2(-F.p))


@define
def bias(i: Int, w: Float, left: Float, right: Float):
    """Takes w left or w right to the goal."""
    b = goal() - fl(w * (right if i // 20 == 1 else left))
    return fl(b, to=up) if i // 10 % 2 == 0 else fl(b, to=down)


@define
def sum_at(w: Float, b: Float, x: Float):
    return fl(fl(w * x) + b)


@define
def apart(w: Float, b: Float, t: Float, x: Float):
    """What layers 2 and 3 make of s x = x."""
    r, k = sigma(sum_at(w, b, x)), sigma(sum_at(w, b, t))
    return sigma(fl(fl(top() * sigma(fl(fl(top() * r) - fl(top() * k)))) - half()))


@define
def higher(w: Float, q: Float):
    """The signal that is loud for s x > t."""
    return fl(fl(fl((top() if w > 0 else -top()) * q) + (-half() if w > 0 else half())) - edge())


@define
def stays_finite(w: Float, b: Float):
    return abs(sum_at(w, b, largest())) <= F.Omega and abs(sum_at(w, b, -largest())) <= F.Omega


@define
def compares_above(t: Float, w: Float, b: Float):
    return stays_finite(w, b) and (t == largest() or higher(w, apart(w, b, t, succ(t))) >= edge())


@define
def compares_below(t: Float, w: Float, b: Float):
    return stays_finite(w, b) and higher(-w, apart(w, b, t, pred(t))) >= edge()


@define
def above_serves(t: Float, i: Int, w: Float):
    return compares_above(t, w, bias(i, w, t, succ(t)))


@define
def below_serves(t: Float, i: Int, w: Float):
    return compares_below(t, w, bias(i, w, pred(t), t))


@lemma
def some_neuron_compares_above(z: Float):
    """For every point of the domain."""
    require(known())
    assume(abs(z) <= largest())
    w = heaviest(largest())
    show(any(above_serves(abs(z), i, weight(i, w)) for i in [0, 7, 20, 21, 25, 26, 29, 33, 35, 37]))


@lemma
def some_neuron_compares_below(z: Float):
    require(known())
    assume(abs(z) <= largest())
    w = heaviest(largest())
    show(any(below_serves(abs(z), i, weight(i, w)) for i in [0, 7, 20, 21, 25, 26, 29, 33, 35, 37]))


@lemma(plan={"F(2,4)": "assembly", "F(3,4)": "assembly"})
def the_signals_compare_strictly(z: Float, i: Int, j: Int, x: Float):
    """[s x > t] and [s x < t], with derivative 0 in both states, and finite sums."""
    require(known())
    uses(the_levels, the_levels_at_their_ends)
    t, at, w, e = abs(z), side(z) * x, weight(i, heaviest(largest())), weight(j, heaviest(largest()))
    b, d = bias(i, w, t, succ(t)), bias(j, e, pred(t), t)
    assume(t <= largest(), abs(x) <= largest(), 0 <= i < 40, 0 <= j < 40, compares_above(t, w, b), compares_below(t, e, d))
    m, n = higher(w, apart(w, b, t, at)), higher(-e, apart(e, d, t, at))
    show(sigma(m) == (1 if at > t else 0), sigma(n) == (1 if at < t else 0), slope(0, m) == 0, slope(0, n) == 0)
    show(abs(sum_at(w, b, at)) <= F.Omega, abs(sum_at(e, d, at)) <= F.Omega)


# Heads


@define
def largest_head():
    """The weight of x that no head exceeds."""
    return 1 if 2 * largest() <= F.Omega else 1 / 2


@define
def handed_down(g: Float):
    """What arrives at a head, below its slope."""
    return limit() if abs(g) >= 1 / 2 else 1


@define
def part(g: Float):
    """The most that a head gives to the gradient."""
    return limit() * largest_head() if abs(g) >= 1 / 2 else 1 / 2


@define
def third(g: Float):
    """The weight of heads in layer 2."""
    return handed_down(g) / 2


@define
def unit_of(g: Float):
    """What the gradient's sign gives to weights of x."""
    return sign(g) / handed_down(g)


@define
def narrow(i: Int, a: Float, p: Float, q: Float):
    """The weight of x in head i, for a = abs(g), p = part(g), q = unit_of(g): it gives p, or what is left of a."""
    return q * min(max(a - i * p, 0), p)


@define
def yields(t: Float, w: Float):
    """What a head of the weight w gives to the gradient, for t = third(g): 1 arrives three layers above."""
    return fl(fl(fl(fl(fl(1 * 32) / 4) * t) / 4) * w)


@define
def added(s: Float, i: Int, t: Float, a: Float, p: Float, q: Float):
    """Two more heads."""
    return fl(fl(s + yields(t, narrow(i, a, p, q))) + yields(t, narrow(i + 1, a, p, q)))


@lemma
def sixteen_heads_give_the_gradient(g: Float):
    """Exactly; their weights keep sums in the domain finite, and so do those of layer 2, where eight heads may be on one side of K."""
    require(known())
    t, a, p, q = third(g), abs(g), part(g), unit_of(g)
    show(is_float(t), 9 * t <= F.Omega, all(is_float(narrow(i, a, p, q)) for i in range(16)))
    show(all(abs(narrow(i, a, p, q)) <= largest_head() for i in range(16)), 2 * largest() * largest_head() <= F.Omega)
    half_of_it = added(added(added(added(0, 0, t, a, p, q), 2, t, a, p, q), 4, t, a, p, q), 6, t, a, p, q)
    show(added(added(added(added(half_of_it, 8, t, a, p, q), 10, t, a, p, q), 12, t, a, p, q), 14, t, a, p, q) == g)


# Negative controls


@lemma(expect="refuted")
def the_heaviest_weight_compares(z: Float):
    """No one candidate does."""
    require(known())
    assume(abs(z) <= largest())
    show(above_serves(abs(z), 0, weight(0, heaviest(largest()))))


@lemma(expect="refuted")
def four_heads_give_the_gradient(g: Float):
    """Their weights would have to be larger."""
    require(known())
    t, a, p, q = third(g), abs(g), part(g), unit_of(g)
    show(added(added(0, 0, t, a, p, q), 2, t, a, p, q) == g)
