"""Exact subtraction.

Source: Sterbenz, Floating-Point Computation (1974), Theorem 4.3.1.
"""
from fpproof.lang import Float, assume, fl, lemma, show


@lemma
def sterbenz(x: Float, y: Float):
    """The difference of two floats within a factor of two of each other is a float."""
    assume(0 <= y / 2 <= x <= 2 * y)
    show(fl(x - y) == x - y)


@lemma(expect="refuted")
def sterbenz_with_a_factor_of_three(x: Float, y: Float):
    """Two is sharp."""
    assume(0 <= y / 3 <= x <= 3 * y)
    show(fl(x - y) == x - y)
