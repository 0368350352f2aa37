"""Lemmas for networks of ELU, GELU and Swish with infinite pre-activations allowed: one point z, every input x.

k says which activation: 0 is ELU, 1 GELU, 2 Swish. What is used of it is one lemma, `the_ramp`, looked at for every float: left of -reach it is
constant with derivative 0, it keeps signs, does not decrease on the right, and is the identity from c on. Two signals compare s x with |z|; each
passes an amplifier and a stage that kills, which leave two values; gates are copies of them. docs/representation.md has the derivation; networks like
these are built by fpproof/constructions/unbounded.py, with constants of their own.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1, with another construction.
"""
from fpproof.lang import (
    Bool,
    F,
    Float,
    Int,
    activation,
    assume,
    define,
    derivative,
    down,
    exists,
    exponent,
    fl,
    implies,
    infinity,
    is_float,
    lemma,
    pow2,
    pred,
    require,
    show,
    succ,
    up,
    uses,
)
from theories.representation.gate import side
from theories.representation.transport import first, second


@define
def fits():
    """Infinities, and exponents enough for the weights: every IEEE-like format with q >= 4 and 2 <= p <= 2^(q-2) among them."""
    return succ(F.Omega) > F.Omega and F.q >= 4 and 2 <= F.p <= pow2(F.q - 1)


@define
def act(k: Int, x: Float):
    return activation("elu", x) if k == 0 else (activation("gelu", x) if k == 1 else activation("swish", x))


@define
def slope(k: Int, x: Float):
    return derivative("elu", x) if k == 0 else (derivative("gelu", x) if k == 1 else derivative("swish", x))


@define
def low(k: Int):
    """The left level."""
    return -1 if k == 0 else 0


@define
def kappa(k: Int):
    """The slope at 0."""
    return 1 if k == 0 else 1 / 2


@define
def start():
    """c: from there on, each is the identity."""
    return F.p + 1


@define
def reach():
    """P: up to -P, each is constant."""
    return fl(3 * (F.p + 1 - F.emin) / 4 + 4, to=up)


@define
def quiet(k: Int, x: Float):
    """The pre-activation x gives the left level, with derivative 0."""
    return act(k, x) == low(k) and slope(k, x) == 0


# The weights


@define
def top():
    return pow2(F.emax)


@define
def half():
    return pow2(F.emax - 1)


@define
def loud():
    """S, the amplitude of gates."""
    return 5 * pow2(F.emax - 2)


@define
def carrier():
    """The weight of a killed signal in its carrier."""
    return 2 * pow2(exponent(reach()))


@define
def gain():
    """The weight of a carrier in a gate."""
    return fl((loud() + reach()) / reach(), to=down)


@define
def later():
    """The amplitude of gates that are copies of a carrier."""
    return fl(fl(gain() * reach()) - reach())


@define
def scale(z: Float):
    """1, or 1/4 where s x + t+ could overflow."""
    return 1 / 4 if abs(z) >= pow2(F.emax - F.p - 2) else 1


@define
def above(z: Float):
    """t+, scaled."""
    return scale(z) * succ(abs(z)) if abs(z) < F.Omega else half()


@define
def below(z: Float):
    """t-, scaled."""
    return scale(z) * pred(abs(z))


# Pre-activations, layer by layer


@define
def under(z: Float, x: Float):
    """Positive iff s x <= t."""
    return fl(fl(-scale(z) * side(z) * x) + above(z))


@define
def over(z: Float, x: Float):
    """Positive iff s x >= t."""
    return fl(fl(scale(z) * side(z) * x) - below(z))


@define
def amplified(r: Float):
    return fl(fl(-top() * r) + pow2(1 - F.p))


@define
def killed(e: Float):
    return fl(fl(-top() * e) + 4)


@define
def gated(k: Int, f: Float):
    return fl(fl(-half() * f) + (loud() + half() * low(k)))


@define
def carried(k: Int, f: Float):
    return fl(fl(-carrier() * f) + (reach() + carrier() * low(k)))


@define
def signal(k: Int, r: Float):
    """The killed signal's pre-activation, from that of the sign layer."""
    return killed(act(k, amplified(act(k, r))))


@define
def switched(t: Float, g: Float, h: Float):
    """Two copies of each of two signals, subtracted from t."""
    return fl(fl(fl(fl(t - g) - h) - g) - h)


@define
def opened(k: Int):
    """The bias that makes c of four quiet signals."""
    return start() + 4 * low(k)


# Lemmas


@lemma
def the_ramp(k: Int, x: Float):
    """All that is used of the activations."""
    require(fits())
    assume(0 <= k <= 2)
    show((act(k, x) > 0) == (x > 0), -1 <= act(k, x) <= max(x, 0), implies(x <= -reach(), quiet(k, x)))
    show(implies(x >= start(), act(k, x) == x and slope(k, x) == 1), implies(0 <= x < F.Omega, act(k, x) <= act(k, succ(x))))
    show(implies(k == 0 and x >= 0, act(k, x) == x and slope(k, x) == 1), abs(slope(k, x)) <= 2)


@lemma
def the_ramp_at_its_ends(k: Int):
    """At -infinity the limits; at 0 the value 0, and kappa."""
    require(fits())
    assume(0 <= k <= 2)
    show(quiet(k, -infinity), act(k, 0) == 0, slope(k, 0) == kappa(k), abs(slope(k, 0)) <= 1)


@lemma
def the_sign_layer_at_the_neighbours(z: Float):
    """Its pre-activations at z, at the floats beside z, and where they are largest."""
    require(fits())
    s, t = side(z), abs(z)
    show(is_float(above(z)), is_float(below(z)), under(z, z) >= F.omega, over(z, z) >= F.omega)
    show(t == F.Omega or under(z, s * succ(t)) <= 0, over(z, s * pred(t)) <= 0, under(z, -s * F.Omega) <= F.Omega, over(z, s * F.Omega) <= F.Omega)


@lemma
def the_sign_layer_compares(k: Int, z: Float, x: Float):
    """Its two neurons are positive on z's side, z counted, else from -1 to 0; both are finite."""
    require(fits())
    uses(the_ramp, the_ramp_at_its_ends, the_sign_layer_at_the_neighbours)
    assume(0 <= k <= 2)
    at, r, q = side(z) * x, act(k, under(z, x)), act(k, over(z, x))
    show((r > 0) == (at <= abs(z)), (q > 0) == (at >= abs(z)), -1 <= r <= F.Omega, -1 <= q <= F.Omega)


@lemma
def the_stages_at_their_corners(k: Int):
    """What the amplifier, the kill, gates and carriers make of the ends of their ranges."""
    require(fits())
    assume(0 <= k <= 2)
    rho, least = act(k, pow2(1 - F.p)), act(k, 4)
    show(amplified(F.omega) <= 0, amplified(0) == pow2(1 - F.p), amplified(-1) <= F.Omega)
    show(killed(rho) <= -reach(), killed(0) == 4, killed(-1) <= F.Omega)
    show(gated(k, low(k)) == loud() >= start(), gated(k, least) <= -reach())
    show(carried(k, low(k)) == reach() >= start(), carried(k, least) <= -reach())
    show(fl(fl(2 * reach()) - reach()) == reach(), fl(2 * low(k) - reach()) <= -reach())
    show(later() >= start(), fl(fl(gain() * low(k)) - reach()) <= -reach())


@lemma
def the_weights_are_floats(k: Int):
    require(fits())
    assume(0 <= k <= 2)
    show(is_float(start()), is_float(reach()), is_float(loud()), is_float(carrier()), is_float(gain()), is_float(later()))
    show(is_float(loud() + half() * low(k)), is_float(reach() + carrier() * low(k)))


@lemma
def the_signals_have_two_values(k: Int, z: Float, x: Float):
    """On z's side a gate is quiet; beyond it is S, and the stage below has derivative 0. Likewise its carrier."""
    require(fits())
    uses(the_ramp, the_ramp_at_its_ends, the_sign_layer_compares, the_stages_at_their_corners)
    assume(0 <= k <= 2)
    at, r, q = side(z) * x, signal(k, under(z, x)), signal(k, over(z, x))
    f, g = act(k, r), act(k, q)
    show(implies(at <= abs(z), quiet(k, gated(k, f)) and quiet(k, carried(k, f))))
    show(implies(at >= abs(z), quiet(k, gated(k, g)) and quiet(k, carried(k, g))))
    show(implies(at > abs(z), slope(k, r) == 0 and gated(k, f) == loud() and carried(k, f) == reach()))
    show(implies(at < abs(z), slope(k, q) == 0 and gated(k, g) == loud() and carried(k, g) == reach()))
    show(-1 <= f <= F.Omega, -1 <= g <= F.Omega)


@lemma
def the_head_is_the_identity_at_the_point(z: Float):
    """V = t + c, from c on; for every x it is finite, since it is at Omega."""
    require(fits())
    show(start() <= fl(abs(z) + start()) <= fl(F.Omega + start()) <= F.Omega)


@lemma
def gates_shut_what_is_largest(k: Int, first_loud: Bool, second_layer: Bool):
    """Two copies of each signal, of which one is loud, take Omega to -P or below; so they take everything less."""
    require(fits())
    assume(0 <= k <= 2)
    s = later() if second_layer else loud()
    g, h = s if first_loud else low(k), low(k) if first_loud else s
    show(fl(switched(F.Omega, g, h) + opened(k)) <= -reach(), fl(fl(switched(0, g, h) + 4 * low(k)) + F.Omega) <= -reach())
    show(fl(switched(0, g, h) + opened(k)) <= -reach(), fl(switched(0, g, h) + 4 * low(k)) <= -reach())


@lemma
def quiet_gates_open(k: Int):
    """At z, a sum that is 0 before its gates is c with its bias, and 0 with 4 lam."""
    require(fits())
    assume(0 <= k <= 2)
    show(is_float(opened(k)), fl(switched(0, low(k), low(k)) + opened(k)) == start(), fl(switched(0, low(k), low(k)) + 4 * low(k)) == 0)


@define
def large(v: Float):
    """b for tau = c, or 1 for a value from c on, whose tau is the value."""
    return 1 if v >= start() else fl(v / start(), to=down)


@define
def rest(v: Float):
    """What is missing then."""
    return 0 if v >= start() else v - fl(large(v) * start())


@define
def small(k: Int, v: Float):
    """b' for tau = 1."""
    return fl(rest(v) / act(k, 1))


@lemma
def values_are_sums(k: Int, v: Float):
    """v is b c + b' sigma(1), or itself; no adjoint overflows on the way."""
    require(fits())
    assume(1 <= k <= 2, v >= 0)
    b, c = large(v), small(k, v)
    show(0 <= b <= 1, 0 <= c <= 1, fl(fl(b * max(v, start())) + fl(c * act(k, 1))) == v)
    show(abs(fl(fl(F.Omega * c) * slope(k, 1))) <= F.Omega)


# Transport


@define
def height(g: Float):
    """2^n, what arrives before the last weight: at least c for large gradients, so that the weight times c is finite; 1 for small ones."""
    return pow2(exponent(F.p) + 1) if abs(g) >= 1 else 1


@define
def arrives(k: Int, h: Float, w6: Float, w5: Float):
    """An upstream after two weights and two slopes."""
    return fl(fl(fl(fl(h * w6) * kappa(k)) * w5) * kappa(k))


@define
def lifted(k: Int, h: Float, g: Float, y: Float):
    """The second weight, for y = h times the first."""
    return second(h, y) * height(g) / kappa(k)**2


@define
def reaches(k: Int, h: Float, g: Float, w6: Float, w5: Float):
    return is_float(w5) and arrives(k, h, w6, w5) == height(g)


@lemma
def two_weights_reach_a_power(k: Int, h: Float, large_gradient: Bool):
    require(fits())
    assume(0 <= k <= 2, h != 0)
    g = 1 if large_gradient else 0
    show(exists(Float, lambda a: reaches(k, h, g, a, lifted(k, h, g, fl(h * a))), witness=first(h)))


@lemma
def the_last_weight_reaches_the_gradient(g: Float):
    require(fits())
    w = g / height(g)
    show(is_float(w), fl(height(g) * w) == g, abs(fl(w * start())) <= F.Omega)


# Negative controls


@lemma(expect="refuted")
def one_copy_shuts(k: Int):
    """Gate amplitude: one copy of each gate leaves Omega on."""
    require(fits())
    assume(0 <= k <= 2)
    show(fl(fl(F.Omega - loud()) - low(k)) <= -reach())


@lemma(expect="refuted")
def an_amplitude_of_the_value_shuts(v: Float):
    """Gate amplitude: |v| + P is |v| for large v."""
    require(fits())
    assume(v >= 0)
    show(fl(v - min(fl(v + reach()), F.Omega)) <= -reach())


@lemma(expect="refuted")
def values_may_be_steep(x: Float):
    """Slope bound: where b sigma'(tau) is more than 1, an adjoint of Omega overflows."""
    require(fits())
    show(abs(fl(F.Omega * slope(1, x))) <= F.Omega)


@lemma(expect="refuted")
def consumers_may_share_a_gate(h: Float):
    """Own gate copies: two adjoints add up to infinity, and a mask makes NaN of that."""
    require(fits())
    show(fl(fl(h + h) * 0) == 0)


@lemma(expect="refuted")
def the_last_weight_is_the_gradient(g: Float):
    """With n = 0 for all gradients, w4 c overflows."""
    require(fits())
    show(abs(fl(g * start())) <= F.Omega)
