"""What a first layer can tell apart: adjacent floats x < x', by a neuron sigma(w x + b) whose pre-activation is finite for every input.

ELU, GELU, Swish and tanh tell every float from the next, on all finite floats. Strict sigmoids do not: 0 and omega are inseparable on every domain
|x| <= M with M > (2 - 2^-p) 2^(p+3), whatever the weight and the bias; where fl(w omega) is subnormal (binary16, F(2,4), F(3,4)) the domain is a
little larger. As later layers see only the first, no network with finite pre-activations has f(0) != f(omega) there: the domain |x| <= 2^(emax-1)
of Theorem 3.1 for Sigmoid is impossible in that mode. fpproof/constructions/separation.py has the derivation, and finds the weights on the domain.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1.
"""
from fpproof.lang import F, Float, Int, activation, assume, define, fl, implies, lemma, pow2, pred, require, show, succ, up, uses


@define
def sigma(k: Int, x: Float):
    """The activations that tell everything apart: ELU, GELU, Swish, tanh."""
    return activation("elu", x) if k == 0 else (activation("gelu", x) if k == 1 else (activation("swish", x) if k == 2 else activation("tanh", x)))


@define
def weight(x: Float):
    """1, or 1/2 where the sum could overflow: then x is large, and x/2 exact."""
    return 1 / 2 if abs(x) >= pow2(F.emax - F.p - 1) else 1


@define
def ieee():
    return succ(F.Omega) > F.Omega and F.p >= 2 and F.q >= 4


@define
def largest():
    """M. Where fl(w omega) is subnormal, smaller w do as well, and M is larger."""
    normal = (2 - pow2(-F.p)) * pow2(F.p + 3)
    subnormal = 64 if F.p == 2 else (160 if F.p == 3 else 18704)
    return subnormal if F.emax <= 2 * F.p + 3 else normal


@define
def heaviest(m: Float):
    """The largest w with w m finite."""
    w = fl(F.Omega / m, to=up)
    return w if fl(w * m) <= F.Omega else pred(w)


@define
def step(w: Float, b: Float):
    """What omega and 0 become."""
    return activation("sigmoid", fl(fl(w * F.omega) + b)) == activation("sigmoid", fl(fl(w * 0) + b))


@lemma
def every_float_is_told_from_the_next(k: Int, x: Float):
    """With w = 1 and b = -x, at half size for large x: sigma(0) and sigma(w gap) differ, and no pre-activation overflows."""
    require(ieee())
    assume(0 <= k <= 3, x < F.Omega)
    w = weight(x)
    low, high = fl(fl(w * x) - w * x), fl(fl(w * succ(x)) - w * x)
    show(sigma(k, low) != sigma(k, high), abs(fl(fl(w * F.Omega) - w * x)) <= F.Omega, abs(fl(fl(w * -F.Omega) - w * x)) <= F.Omega)


@lemma
def the_heaviest_weights_do_not_tell_omega_from_zero(b: Float):
    """On [-succ(M), succ(M)], for the largest weight and its negative, whatever the bias."""
    require(ieee(), F.emax > 2 * F.p + 3 or F.p == 2 or F.p == 3 or F.p == 10)
    w = heaviest(succ(largest()))
    show(step(w, b), step(-w, b), fl(w * succ(largest())) <= F.Omega < fl(succ(w) * succ(largest())))


@lemma
def no_first_layer_tells_omega_from_zero(w: Float, b: Float):
    """Strict sigmoids on [-succ(M), succ(M)]: fl(w omega + b) lies between those of the heaviest weights."""
    require(ieee(), F.emax > 2 * F.p + 3 or F.p == 2 or F.p == 3 or F.p == 10)
    uses(the_heaviest_weights_do_not_tell_omega_from_zero)
    show(implies(abs(fl(w * succ(largest()))) <= F.Omega, step(w, b)))


@lemma
def a_weight_tells_omega_from_zero():
    """On [-M, M] one does: its bias is the last float before the first break below 1/2, and omega w crosses half of the gap."""
    require(ieee(), F.emax > 2 * F.p + 3 or F.p == 2 or F.p == 3 or F.p == 10)
    w, b = heaviest(largest()), -pow2(-F.p - 1) * (1 + pow2(-F.p))
    show(not step(w, b), abs(fl(fl(w * largest()) + b)) <= F.Omega, abs(fl(fl(-w * largest()) + b)) <= F.Omega)


@lemma(expect="refuted", formats="E5M2, F(2,6), F(3,6), bfloat16")
def the_domain_of_the_paper_is_possible():
    """Theorem 3.1 for Sigmoid has |x| <= 2^(emax-1) and q >= 6; with finite pre-activations M is the most. (In binary16 it fits into M.)"""
    require(ieee(), F.q >= 5, F.emax > 2 * F.p + 3)
    show(pow2(F.emax - 1) <= largest())


@lemma(expect="refuted")
def no_first_layer_tells_them_apart_on_the_domain(b: Float):
    """Negative control: on [-M, M] the heaviest weight does, with some bias."""
    require(ieee(), F.emax > 2 * F.p + 3 or F.p == 2 or F.p == 3 or F.p == 10)
    show(step(heaviest(largest()), b))
