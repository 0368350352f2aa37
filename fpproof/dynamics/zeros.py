"""How many data force a positive loss (S2-E1): a network with one hidden layer meets a polynomial at few points.

N(x) = d + sum_i c_i psi(w_i x + b_i) with m neurons, p a polynomial of degree q >= 2. Times prod_i (1 + exp(-(w_i x + b_i))) > 0, N - p is an
exponential
polynomial sum_S P_S(x) exp(-w_S x) over the subsets S of neurons, each P_S of degree q with leading coefficient -lead(p) exp(-b_S) (swish adds
terms of
degree 1 only); where exponents are equal these add up and do not cancel, so it is not 0. A sum of K terms P_k exp(l_k x) with different l_k that
is not 0 has at most
sum (deg P_k + 1) - 1 real zeros (induction by Rolle). So 2^m (q + 1) - 1 for logistic, tanh (tanh z = 2 logistic(2z) - 1) and swish; softplus has
a logistic
derivative and p' has degree q - 1, so at most 2^m q - 1 zeros there, and one more by Rolle.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from fpproof.dynamics.balls import Ball, ball, flint, real_balls, working
from fpproof.dynamics.graph import DynamicsError, Program

MOST_NEURONS = 64


def most_zeros(neurons: int, degree: int, activation: str) -> int:
    """The most zeros of N - p for any weights. Raises DynamicsError where the theorem says nothing (degree below 2, other activations)."""
    if degree < 2:
        raise DynamicsError(
            f"a target of degree {degree} may be met everywhere: softplus(x) - softplus(-x) = x", hint="the theorem is about degrees of 2 and more"
        )
    if not 1 <= neurons <= MOST_NEURONS or degree > 10**6:
        raise DynamicsError(f"expected from 1 to {MOST_NEURONS} neurons and a degree up to 1000000, found {neurons} and {degree}")
    if activation in ("sigmoid", "logistic", "tanh", "swish", "silu"):
        return (1 << neurons) * (degree + 1) - 1
    if activation == "softplus":
        return (1 << neurons) * degree
    raise DynamicsError(f"no bound is known here for {activation[:40]!r}", hint="there are logistic, tanh, swish and softplus; ReLU meets any data")


def data_size(neurons: int, degree: int, activation: str) -> int:
    """A number of different points on which every network has a positive loss."""
    return most_zeros(neurons, degree, activation) + 1


def most_zeros_deep(neurons: int, layers: int, degree: int) -> int:
    """Khovanskii's bound for logistic networks of several hidden layers, doubled for degenerate zeros: 2 * 2^(r(r-1)/2) q (2D + q)^r."""
    if min(neurons, layers) < 1 or degree < 1 or neurons > 200:
        raise DynamicsError("expected from 1 to 200 neurons, at least one layer, and a degree of at least 1")
    return int(2 * 2 ** (neurons * (neurons - 1) // 2) * degree * (2 * layers + degree) ** neurons)


def sign_changes(difference: Program, points: Sequence[Fraction], bits: int = 200) -> int:
    """How often a function of one variable changes its sign along increasing points: a lower bound of its zeros. Undecided signs raise
    DynamicsError."""
    signs: list[bool] = []
    with working(bits):
        for x in points:
            value = difference.run(real_balls(), [ball(x)])[0]
            if not (value > 0 or value < 0):
                raise DynamicsError(f"{bits} bits do not decide the sign at {x}")
            signs.append(bool(value > 0))
    return sum(a != b for a, b in pairwise(signs))


def certified_positive(residuals: Program, points: Sequence[Fraction], bits: int = 200) -> Fraction | None:
    """A point at which a function is certainly not 0: a certificate that the loss on these points is positive for this network; None if none is
    found."""
    with working(bits):
        for x in points:
            value: Ball = residuals.run(real_balls(), [ball(x)])[0]
            if not value.contains(flint().arb(0)):
                return x
    return None


def exponential_zeros(terms: Sequence[tuple[int, int]]) -> int:
    """The number of real zeros of sum c_k exp(l_k x) with whole l_k: positive roots of sum c_k y^(l_k), without multiplicity, by Sturm's theorem."""
    import sympy

    y = sympy.Symbol("y")
    least = min(exponent for _, exponent in terms)
    polynomial = sympy.Poly(sum(c * y ** (exponent - least) for c, exponent in terms), y)
    if polynomial.is_zero:
        raise DynamicsError("the sum is 0 everywhere")
    return int(polynomial.sqf_part().count_roots(0, None)) - int(polynomial.eval(0) == 0)
