"""Losses for `fpproof flow examples/losses.py:NAME`, `descend` and `distance`."""
from fpproof.lang import Real, cosh, log, loss


@loss(start=[1, 5 / 2])
def toy(w: Real, c: Real):
    """The network c log(cosh(w x)) for x^2 at x = 1 and 2."""
    return (c * log(cosh(w)) - 1)**2 + (c * log(cosh(2 * w)) - 4)**2


@loss(start=[1 / 2, 1 / 2])
def product(u: Real, v: Real):
    """Two linear layers of one neuron each, target 1."""
    return (u * v - 1)**2 / 2
