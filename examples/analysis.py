"""Real analysis beside floats: nothing here rounds, so that no format matters.

`fpproof check examples/analysis.py` decides each lemma once.
"""
from fpproof.lang import Real, assume, exp, lemma, log, show, sqrt, tanh


@lemma
def log_below_a_parabola(z: Real):
    """They touch at 0."""
    assume(0 <= z <= 1)
    show(log(1 + z) <= z - z**2 / 6)


@lemma(expect="refuted")
def log_below_a_lower_parabola(z: Real):
    """1 - log 2 = 0.306852819440055 is the best constant."""
    assume(0 <= z <= 1)
    show(log(1 + z) <= z - 0.30685281944006 * z**2)


@lemma
def tanh_is_a_sigmoid(x: Real):
    show(tanh(x) == 2 / (1 + exp(-2 * x)) - 1, -1 < tanh(x) < 1)


@lemma
def means(x: Real, y: Real):
    assume(x >= 0, y >= 0)
    show(sqrt(x * y) <= (x + y) / 2)


@lemma(expect="refuted")
def quotients_are_one(x: Real):
    """0/0 is NaN, which is equal to nothing."""
    show(x / x == 1)
