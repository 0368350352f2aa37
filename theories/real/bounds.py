"""Inequalities between elementary functions that proofs about descent and flow rest on; most of them touch somewhere."""
from fpproof.lang import Real, assume, cosh, define, derivative, exp, lemma, log, show, sin, sqrt, tanh


@define
def log_cosh(z: Real):
    return log(cosh(z))


@lemma
def log_below_a_parabola(z: Real):
    """Why gradient descent needs an exponentially small step to follow the flow away from a maximum."""
    assume(0 <= z <= 1)
    show(log(1 + z) <= z - z**2 / 6)


@lemma(expect="refuted")
def log_below_a_lower_parabola(z: Real):
    """1 - log 2 = 0.3068528... is the best constant on [0, 1]."""
    assume(0 <= z <= 1)
    show(log(1 + z) <= z - 0.306852819441 * z**2)


@lemma
def log_below_nearly_the_best_parabola(z: Real):
    assume(0 <= z <= 1)
    show(log(1 + z) <= z - 0.306852819440 * z**2)


@lemma
def exponential_above_its_tangent(x: Real):
    show(exp(x) >= 1 + x)


@lemma(expect="refuted")
def exponential_strictly_above_its_tangent(x: Real):
    show(exp(x) > 1 + x)


@lemma
def tanh_between_odd_polynomials(z: Real):
    assume(z >= 0)
    show(z - z**3 / 3 <= tanh(z) <= z)


@lemma
def log_cosh_between_even_polynomials(z: Real):
    assume(0 <= z <= 3)
    show(z**2 / 2 - z**4 / 12 <= log_cosh(z) <= z**2 / 2)


@lemma(expect="refuted")
def log_cosh_below_a_lower_parabola(z: Real):
    assume(0 <= z <= 3)
    show(log_cosh(z) <= 0.4999999 * z**2)


@lemma
def double_angle_of_log_cosh(w: Real):
    """psi(2w) < 4 psi(w) by its slope, which is 4 t^3/(1 + t^2) with t = tanh w."""
    t = tanh(w)
    show(derivative(4 * log_cosh(w) - log_cosh(2 * w), w) == 4 * t**3 / (1 + t**2))


@lemma
def entropy_is_at_most_one_bit(p: Real):
    """With a little room at the top: where it is flat, balls do not tell it from log 2."""
    assume(0 < p < 1)
    show(0 < -p * log(p) - (1 - p) * log(1 - p) <= log(2) + 1e-12)


@lemma
def gaussian_tail(x: Real):
    """x exp(-x^2/2) is greatest at 1."""
    assume(x >= 0)
    show(x * exp(-x**2 / 2) <= 0.6065306598)


@lemma(expect="refuted")
def gaussian_tail_cut(x: Real):
    assume(x >= 0)
    show(x * exp(-x**2 / 2) <= 0.6065306597)


@lemma
def sine_below_its_argument(x: Real):
    assume(x >= 0)
    show(x - x**3 / 6 <= sin(x) <= x)


@lemma
def square_roots_are_concave(x: Real, y: Real):
    assume(x >= 0, y >= 0)
    show((sqrt(x) + sqrt(y)) / 2 <= sqrt((x + y) / 2), sqrt(x * y) <= (x + y) / 2)


@lemma(expect="refuted")
def roots_of_squares_are_the_numbers(x: Real):
    """They are their absolute values."""
    show(sqrt(x**2) == x)


@lemma(expect="vacuous")
def nothing_is_above_one_and_below_zero(x: Real):
    assume(exp(x) > 1, x < 0)
    show(x == 7)
