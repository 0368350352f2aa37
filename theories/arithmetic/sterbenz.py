"""Exact subtraction.

Source: Sterbenz, Floating-Point Computation (1974), Theorem 4.3.1.
"""
from fpproof.lang import F, Float, Mode, assume, fl, lemma, pow2, require, show, succ
from theories.arithmetic.vocabulary import flushed


@lemma
def sterbenz(x: Float, y: Float):
    """The difference of two floats within a factor of two of each other is a float."""
    assume(0 <= y / 2 <= x <= 2 * y)
    show(fl(x - y) == x - y)


@lemma
def sterbenz_in_every_mode(x: Float, y: Float, mode: Mode):
    assume(0 <= y / 2 <= x <= 2 * y)
    show(fl(x - y, to=mode) == x - y)


@lemma(expect="refuted")
def sterbenz_with_a_factor_of_three(x: Float, y: Float):
    """Two is sharp, but for formats with two bits and two exponents."""
    require(F.p >= 2 or F.emax - F.emin >= 2)
    assume(0 <= y / 3 <= x <= 3 * y)
    show(fl(x - y) == x - y)


@lemma(expect="refuted")
def sterbenz_one_float_further(x: Float, y: Float):
    require(F.emax - F.emin >= 2)
    assume(0 <= y / 2 <= x <= succ(2 * y))
    show(fl(x - y) == x - y)


@lemma(expect="refuted")
def sterbenz_under_flush(x: Float, y: Float):
    """The difference of normal numbers can be subnormal."""
    assume(0 <= y / 2 <= x <= 2 * y)
    show(flushed(fl(flushed(x) - flushed(y))) == x - y)


@lemma
def sterbenz_under_flush_where_nothing_is_subnormal(x: Float, y: Float):
    """Then the operands are normal too, or equal."""
    assume(0 <= y / 2 <= x <= 2 * y, abs(x - y) >= pow2(F.emin) or x == y)
    show(flushed(fl(flushed(x) - flushed(y))) == x - y)
