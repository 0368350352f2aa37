"""Lemmas for networks of ELU, GELU and Swish in which nothing is infinite: one point z, every input x.

As in ramps.py, k is 0 for ELU, 1 for GELU, 2 for Swish, and two signals compare s x with |z|. Nothing may overflow, so between the sign layer and
what amplifies it a stage *presses* the signal into a bounded range, before the amplifier and before the kill; a carrier has the two levels P and lam,
and gates are copies of that. A gate has one copy, which shuts half of the range: the gradient has four heads, each of a quarter of x, and a large
value two halves. docs/representation.md has the derivation.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1, with another construction; fpproof/constructions/unbounded.py.
"""
from fpproof.lang import Bool, F, Float, Int, assume, define, fl, implies, is_float, lemma, pow2, require, show, ulp, up, uses
from theories.representation.gate import side
from theories.representation.ramps import (
    act,
    amplified,
    arrives,
    fits,
    gain,
    height,
    later,
    lifted,
    low,
    over,
    quiet,
    reach,
    start,
    the_ramp,
    the_ramp_at_its_ends,
    the_sign_layer_at_the_neighbours,
    the_sign_layer_compares,
    top,
    under,
)
from theories.representation.transport import first

# Stages


@define
def dip(k: Int):
    """No value is less than -dip."""
    return 1 if k == 0 else (3 / 16 if k == 1 else 5 / 16)


@define
def press(k: Int):
    """The weight of the second stage that presses: amplified signals are at most about 2^emax dip."""
    return 1 if k == 0 else (8 if k == 1 else 4)


@define
def raised(k: Int):
    """The least loud signal behind the amplifier."""
    return act(k, pow2(1 - F.p))


@define
def faint(k: Int):
    """The least loud signal before the kill."""
    return act(k, press(k) * raised(k))


@define
def spark(k: Int):
    """The bias of the kill."""
    return reach() if k == 0 else 4


@define
def kill(k: Int):
    return fl((2 * reach() if k == 0 else reach() + 8) / faint(k), to=up)


@define
def link(k: Int):
    """The weight of a killed signal in its carrier."""
    return max(2, ulp(reach())) if k == 0 else fl(2 * reach() / act(k, 4), to=up)


@define
def pressed(r: Float):
    return fl(-r + F.omega)


@define
def pressed_again(k: Int, e: Float):
    return fl(fl(-press(k) * e) + press(k) * raised(k))


@define
def killed(k: Int, e: Float):
    return fl(fl(-kill(k) * e) + spark(k))


@define
def linked(k: Int, f: Float):
    return fl(fl(-link(k) * f) + (reach() + link(k) * low(k)))


@define
def before_the_kill(k: Int, r: Float):
    """From the pre-activation of the sign layer."""
    return pressed_again(k, act(k, amplified(act(k, pressed(act(k, r))))))


@define
def before_the_carrier(k: Int, r: Float):
    return linked(k, act(k, killed(k, act(k, before_the_kill(k, r)))))


@lemma
def the_ramp_dips(k: Int, x: Float):
    require(fits())
    assume(0 <= k <= 2)
    show(act(k, x) >= -dip(k))


@lemma
def the_pressing_stages_at_their_corners(k: Int):
    """What each stage makes of the ends of its ranges: nothing overflows, and the kill leaves two levels."""
    require(fits())
    assume(0 <= k <= 2)
    widest, most = amplified(-dip(k)), pressed_again(k, -dip(k))
    show(pressed(F.omega) <= 0, pressed(F.Omega) >= -F.Omega, pressed(0) >= F.omega, pressed(-1) <= 1)
    show(amplified(F.omega) <= 0, amplified(1) >= -F.Omega, amplified(0) == pow2(1 - F.p), widest <= F.Omega)
    show(is_float(press(k) * raised(k)), pressed_again(k, raised(k)) <= 0, pressed_again(k, widest) >= -F.Omega)
    show(pressed_again(k, 0) == press(k) * raised(k) > 0, most <= F.Omega)
    show(is_float(kill(k)), killed(k, faint(k)) <= -reach(), killed(k, most) >= -F.Omega, killed(k, 0) == spark(k), killed(k, -dip(k)) <= F.Omega)
    show(is_float(link(k)), is_float(reach() + link(k) * low(k)), linked(k, low(k)) == reach() >= start())
    show(linked(k, act(k, spark(k))) <= -reach(), linked(k, killed(k, -dip(k))) >= -F.Omega)


@lemma
def the_carriers_and_gates_have_two_levels(k: Int):
    """A carrier passes P or lam on; a gate above it is `later` or lam. Their weights are floats."""
    require(fits())
    assume(0 <= k <= 2)
    show(is_float(reach()), is_float(gain()), is_float(start()), fl(fl(2 * reach()) - reach()) == reach(), fl(2 * low(k) - reach()) <= -reach())
    show(fl(fl(gain() * reach()) - reach()) == later(), start() <= later() <= F.Omega, fl(fl(gain() * low(k)) - reach()) <= -reach())
    show(fl(2 * low(k) - reach()) >= -F.Omega, fl(fl(gain() * low(k)) - reach()) >= -F.Omega)


@lemma
def the_sign_layer_stays_finite(z: Float):
    """Also where its two sums are least."""
    require(fits())
    show(under(z, side(z) * F.Omega) >= -F.Omega, over(z, -side(z) * F.Omega) >= -F.Omega)


@lemma(plan={"F(3,4)": "assembly", "E5M2": "assembly", "F(2,6)": "assembly", "F(3,6)": "assembly"})
def the_pressed_signals_have_two_values(k: Int, z: Float, x: Float):
    """On z's side a carrier is quiet, beyond it is P; every pre-activation on the way is finite."""
    require(fits())
    uses(the_ramp, the_ramp_at_its_ends, the_sign_layer_at_the_neighbours, the_sign_layer_compares)
    uses(the_sign_layer_stays_finite, the_ramp_dips, the_pressing_stages_at_their_corners)
    assume(0 <= k <= 2)
    at, r, q = side(z) * x, under(z, x), over(z, x)
    a, b = before_the_carrier(k, r), before_the_carrier(k, q)
    show(quiet(k, a) if at <= abs(z) else a == reach(), quiet(k, b) if at >= abs(z) else b == reach())
    show(abs(r) <= F.Omega, abs(q) <= F.Omega, abs(a) <= F.Omega, abs(b) <= F.Omega)
    show(abs(before_the_kill(k, r)) <= F.Omega, abs(before_the_kill(k, q)) <= F.Omega)


# Heads, gates and values


@define
def quartered(z: Float, x: Float):
    """The pre-activation of a head; at z it is V."""
    return fl(fl(side(z) / 4 * x) + start())


@define
def widest_head():
    return fl(F.Omega / 4 + start())


@define
def shut(t: Float, g: Float, h: Float):
    """One copy of each of two signals, subtracted from t."""
    return fl(fl(t - g) - h)


@define
def ajar(k: Int):
    """The bias that makes c of two quiet signals."""
    return start() + 2 * low(k)


@lemma
def the_quartered_head_is_the_identity_at_the_point(z: Float):
    """V is c or more; a head, which does not decrease in s x, is finite at both ends."""
    require(fits())
    s = side(z)
    show(start() <= quartered(z, z) <= widest_head() <= F.Omega, quartered(z, s * F.Omega) <= widest_head(), quartered(z, -s * F.Omega) >= -F.Omega)
    show(is_float(s / 4))


@lemma
def one_copy_shuts_half_of_the_range(k: Int, first_loud: Bool):
    """Of two signals one is loud: heads, tops and values are -P or below, and finite, whatever the head is."""
    require(fits())
    assume(0 <= k <= 2)
    g, h = later() if first_loud else low(k), low(k) if first_loud else later()
    widest, least = fl(widest_head() - start()), fl(-1 - widest_head())
    show(fl(shut(widest, g, h) + ajar(k)) <= -reach(), fl(shut(least, g, h) + ajar(k)) >= -F.Omega, least <= 0 <= widest)
    show(fl(fl(shut(0, g, h) + 2 * low(k)) + F.Omega / 2) <= -reach(), fl(shut(0, g, h) + 2 * low(k)) >= -F.Omega)


@lemma
def two_quiet_gates_open(k: Int):
    """At z, a sum that is 0 before its gates is c with its bias, and 0 with 2 lam."""
    require(fits())
    assume(0 <= k <= 2)
    show(is_float(ajar(k)), fl(shut(0, low(k), low(k)) + ajar(k)) == start(), fl(shut(0, low(k), low(k)) + 2 * low(k)) == 0)


@define
def halves(v: Float):
    """Whether a value is made of two halves, each from c on."""
    return v >= 2 * start()


@lemma
def a_value_has_two_halves(v: Float):
    """And others are below half of Omega."""
    require(fits())
    assume(v >= 0)
    show(implies(halves(v), is_float(v / 2) and fl(v / 2 + v / 2) == v and start() <= v / 2 <= F.Omega / 2), halves(v) or v <= F.Omega / 2)


# Transport


@define
def some(h: Float):
    return h if h != 0 else 1


@define
def sixth(h: Float):
    """w6"""
    return first(some(h))


@define
def fifth(k: Int, h: Float, g: Float):
    """w5"""
    return lifted(k, some(h), g, fl(some(h) * sixth(h)))


@define
def fourth(g: Float, i: Int):
    """w4 of head i, which makes a quarter of what it gets: a gradient below 1 takes one head."""
    return (g if abs(g) >= 1 else (4 * g if i == 0 else 0)) / height(g)


@define
def handed(g: Float, i: Int):
    return fl(fl(height(g) * fourth(g, i)) / 4)


@lemma
def two_formulas_reach_a_power(k: Int, h: Float, large_gradient: Bool):
    """Without a search: every upstream but 0 becomes 2^n."""
    require(fits())
    assume(0 <= k <= 2, h != 0)
    g = 1 if large_gradient else 0
    show(is_float(sixth(h)), is_float(fifth(k, h, g)), arrives(k, h, sixth(h), fifth(k, h, g)) == height(g))


@lemma
def heads_of_a_quarter_give_the_gradient(g: Float):
    """Exactly; their weights times c are finite, and so is what arrives at each."""
    require(fits())
    show(all(is_float(fourth(g, i)) and abs(fl(fourth(g, i) * start())) <= F.Omega for i in range(4)))
    show(fl(fl(fl(handed(g, 0) + handed(g, 1)) + handed(g, 2)) + handed(g, 3)) == g, abs(fl(height(g) * fourth(g, 0))) <= F.Omega)


# Negative controls


@lemma(expect="refuted")
def signals_need_no_pressing(k: Int, r: Float):
    """Without the first pressing stage the amplifier overflows; so the tolerant network does."""
    require(fits())
    assume(0 <= k <= 2, r >= 0)
    show(abs(amplified(r)) <= F.Omega)


@lemma(expect="refuted")
def a_killed_signal_makes_a_gate(k: Int):
    """Without a carrier between them, gates overflow."""
    require(fits())
    assume(0 <= k <= 2)
    show(fl(top() * killed(k, -dip(k))) <= F.Omega)


@lemma(expect="refuted")
def one_copy_shuts_a_whole_head(k: Int):
    """Heads of all of x, instead of a quarter, stay open."""
    require(fits())
    assume(0 <= k <= 2)
    show(fl(shut(F.Omega, later(), low(k)) + ajar(k)) <= -reach())


@lemma(expect="refuted")
def one_head_of_a_quarter_gives_every_gradient(g: Float):
    """4 g overflows."""
    require(fits())
    show(abs(fl(4 * g)) <= F.Omega)
