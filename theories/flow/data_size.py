"""How many data force a positive loss: one hidden neuron meets a polynomial at few points, with all its weights.

For equally spaced data x = s + k h a neuron's exponential exp(-(w x + b)) is B E^k with B, E > 0, so that what a network can be at
the data is algebraic, and a claim about all weights is one about all numbers B, E > 0, c, d. Shifts and scales of the data and of the
target's leading coefficient are in c, d and in the target's lower terms, which are arbitrary here. General data and more neurons:
fpproof.dynamics.zeros has the proof.

Source: Kranz, Gallon, Dereich and Jentzen, SAD Neural Networks (2025), theorem 3.4, with the number of data from docs/dynamics.md.
"""
from fpproof.lang import Real, assume, define, derivative, exp, lemma, log, show


@define
def logistic(d: Real, c: Real, q: Real):
    """The network d + c logistic(z) for q = exp(-z)."""
    return d + c / (1 + q)


@define
def swish(d: Real, c: Real, z: Real, q: Real):
    """d + c z logistic(z) + a multiple of logistic(z): swish networks are among these."""
    return d + (c + z) / (1 + q)


@lemma
def exponentials_at_equally_spaced_data(w: Real, b: Real):
    show(exp(-(w * 3 + b)) == exp(-b) * exp(-w)**3, exp(-(w * -2 + b)) * exp(-w)**2 == exp(-b))


@lemma
def five_data_force_a_positive_loss(b: Real, d: Real, c: Real, B: Real, E: Real):
    """One logistic (or tanh) neuron and any parabola k^2 + b k: no weights meet it at five equally spaced points, one less than 2^m (q + 1)."""
    assume(B > 0, E > 0)
    show(
        logistic(d, c, B) != 0
        or logistic(d, c, B * E) != 1 + b
        or logistic(d, c, B * E**2) != 4 + 2 * b
        or logistic(d, c, B * E**3) != 9 + 3 * b
        or logistic(d, c, B * E**4) != 16 + 4 * b
    )


@lemma(expect="refuted")
def four_data_force_a_positive_loss(d: Real, c: Real, B: Real, E: Real):
    """The square is met at 0, 1, 2, 3, by d = 7 + sqrt(54), c = -sqrt(216), ..."""
    assume(B > 0, E > 0)
    show(logistic(d, c, B) != 0 or logistic(d, c, B * E) != 1 or logistic(d, c, B * E**2) != 4 or logistic(d, c, B * E**3) != 9)


@lemma
def six_data_for_swish(b: Real, d: Real, c: Real, w: Real, B: Real, E: Real):
    """The weights w and the exponential E are let be independent: the claim is stronger, and holds."""
    assume(B > 0, E > 0)
    show(
        swish(d, c, 0, B) != 0
        or swish(d, c, w, B * E) != 1 + b
        or swish(d, c, 2 * w, B * E**2) != 4 + 2 * b
        or swish(d, c, 3 * w, B * E**3) != 9 + 3 * b
        or swish(d, c, 4 * w, B * E**4) != 16 + 4 * b
        or swish(d, c, 5 * w, B * E**5) != 25 + 5 * b
    )


@lemma
def four_data_for_the_slope_of_softplus(b: Real, c: Real, B: Real, E: Real):
    """A softplus network has a logistic slope without bias, the parabola 2 k + b: at most three zeros, hence five data by Rolle, 2^m q + 1."""
    assume(B > 0, E > 0)
    show(
        logistic(0, c, B) != b
        or logistic(0, c, B * E) != 2 + b
        or logistic(0, c, B * E**2) != 4 + b
        or logistic(0, c, B * E**3) != 6 + b
    )


@lemma(expect="refuted")
def three_data_for_the_slope_of_softplus(b: Real, c: Real, B: Real, E: Real):
    assume(B > 0, E > 0)
    show(logistic(0, c, B) != b or logistic(0, c, B * E) != 2 + b or logistic(0, c, B * E**2) != 4 + b)


@lemma
def cubics_need_no_more_than_eight(a: Real, b: Real, d: Real, c: Real, B: Real, E: Real):
    """2 (q + 1) = 8 for any cubic k^3 + a k^2 + b k."""
    assume(B > 0, E > 0)
    show(
        logistic(d, c, B) != 0
        or logistic(d, c, B * E) != 1 + a + b
        or logistic(d, c, B * E**2) != 8 + 4 * a + 2 * b
        or logistic(d, c, B * E**3) != 27 + 9 * a + 3 * b
        or logistic(d, c, B * E**4) != 64 + 16 * a + 4 * b
        or logistic(d, c, B * E**5) != 125 + 25 * a + 5 * b
        or logistic(d, c, B * E**6) != 216 + 36 * a + 6 * b
        or logistic(d, c, B * E**7) != 343 + 49 * a + 7 * b
    )


@lemma
def a_step_of_the_induction(p: Real, q: Real, r: Real, e: Real, x: Real):
    """In general a sum of P_k exp(e_k x) is divided by one exponential and differentiated: the other P_k keep their degrees, this one loses one."""
    show(
        derivative((p * x**2 + q * x + r) * exp(e * x), x) == (e * p * x**2 + (2 * p + e * q) * x + q + e * r) * exp(e * x),
        derivative(p * x**2 + q * x + r, x) == 2 * p * x + q,
    )


@lemma
def a_target_of_degree_one_needs_more(k: Real, B: Real, E: Real):
    """Two softplus neurons of opposite weights meet a line everywhere: log(1 + q) - log(1 + 1/q) = log q, so degrees of 2 and more are meant."""
    assume(B > 0)
    show(log(1 + B) - log(1 + 1 / B) == log(B))
