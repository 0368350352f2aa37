"""Steps of the arguments of fpproof/search/bounds.py: how large numbers get, which grid they stay on, and what products reach; and of
fpproof/search/roundings.py: how far results are from exact ones, and what cancels."""
from fpproof.lang import F, Float, assume, finite, fl, lemma, pow2, require, show


@lemma
def products_are_bounded(x: Float, y: Float, a: Float, b: Float):
    """By the product of bounds; where that is infinite or NaN, nothing is concluded."""
    assume(abs(x) <= a, abs(y) <= b, finite(fl(a * b)))
    show(abs(fl(x * y)) <= fl(a * b))


@lemma
def sums_are_bounded(x: Float, y: Float, a: Float, b: Float):
    assume(abs(x) <= a, abs(y) <= b, finite(fl(a + b)))
    show(abs(fl(x + y)) <= fl(a + b))


@lemma(expect="refuted")
def sums_are_bounded_by_the_larger(x: Float, y: Float, a: Float):
    """The control."""
    assume(abs(x) <= a, abs(y) <= a)
    show(abs(fl(x + y)) <= a)


@lemma
def doubles_stay_even(x: Float, y: Float):
    """Sums of multiples of 2 omega are multiples of 2 omega: halves are floats."""
    assume(x == fl(fl(x / 2) * 2), y == fl(fl(y / 2) * 2), finite(fl(x + y)))
    show(fl(fl(fl(x + y) / 2) * 2) == fl(x + y))


@lemma(expect="refuted")
def sums_stay_below_one(x: Float, y: Float):
    """The control: a grid has no upper end."""
    require(F.p >= 1)
    assume(abs(x) < 1, abs(y) < 1)
    show(abs(fl(x + y)) < 1)


@lemma
def products_of_powers_of_two_are_powers(m: Float):
    """Times a power of two a normal number keeps its significand, where the product is normal."""
    assume(abs(m) >= 1, abs(m) * 2 <= F.Omega)
    show(fl(fl(m * 2) / 2) == m, fl(m * 2) == m * pow2(1))


@lemma
def products_grow_with_the_factor(h: Float, v: Float, w: Float):
    """So the factors that carry h to g are neighbours, and one of them is beside g / h if there is any. (A NaN of an overflow is not g.)"""
    assume(h > 0, v <= w)
    show(not fl(h * v) > fl(h * w))


@lemma
def products_are_off_by_little(x: Float, y: Float):
    """By half an ulp, which is at most so much of the result, or by omega / 2; unless overflow saturates."""
    require(not finite(fl(2 * F.Omega)))
    assume(finite(fl(x * y)))
    show(abs(fl(x * y) - x * y) <= abs(fl(x * y)) * pow2(-F.p - 1) + F.omega / 2)


@lemma
def sums_are_off_by_little(x: Float, y: Float):
    """Subnormal sums are exact."""
    require(not finite(fl(2 * F.Omega)))
    assume(finite(fl(x + y)))
    show(abs(fl(x + y) - (x + y)) <= abs(fl(x + y)) * pow2(-F.p - 1))


@lemma(expect="refuted")
def sums_are_off_by_less(x: Float, y: Float):
    """The control: by half of that they are not."""
    require(F.p >= 1)
    assume(finite(fl(x + y)))
    show(abs(fl(x + y) - (x + y)) <= abs(fl(x + y)) * pow2(-F.p - 2))


@lemma(expect="refuted")
def saturated_sums_are_off_by_little(x: Float, y: Float):
    """The control: what saturates is off by anything."""
    require(finite(fl(2 * F.Omega)))
    show(abs(fl(x + y) - (x + y)) <= abs(fl(x + y)) * pow2(-F.p - 1))


@lemma
def summands_leave_their_grid(x: Float, y: Float):
    """Sums of floats of 1 or more are multiples of 2^-p: so if the result is not, one of them is smaller. Other powers of two likewise."""
    require(F.p >= 1)
    assume(abs(x) >= 1, abs(y) >= 1, finite(fl(x + y)))
    show(fl(x + y) == 0 or abs(fl(x + y)) >= pow2(-F.p))


@lemma(expect="refuted")
def summands_of_any_size_leave_that_grid(x: Float, y: Float):
    """The control."""
    require(F.p >= 1, F.emin < 0)
    assume(abs(x) >= 1, finite(fl(x + y)))
    show(fl(x + y) == 0 or abs(fl(x + y)) >= pow2(-F.p))


@lemma
def signs_survive_sums(x: Float, y: Float):
    """A sum rounds to 0 only if it is 0: so what is not active has a sum of at most 0."""
    assume(fl(x + y) <= 0)
    show(x + y <= 0)


@lemma
def sums_are_no_less_than_half_an_ulp(x: Float, y: Float):
    """Of a summand, unless they are 0."""
    assume(finite(fl(x + y)))
    show(fl(x + y) == 0 or abs(fl(x + y)) >= abs(x) * pow2(-F.p - 1))


@lemma(expect="refuted")
def sums_are_no_less_than_an_ulp(x: Float, y: Float):
    """The control: 1 and the float below -1."""
    require(F.p >= 1)
    assume(finite(fl(x + y)))
    show(fl(x + y) == 0 or abs(fl(x + y)) >= abs(x) * pow2(-F.p))


@lemma
def sums_stay_on_the_grid(x: Float, y: Float):
    """Of numbers that are 0 or at least 1 in magnitude, sums below 2 are exact, so multiples of 2^-p; and floats of 2 or more are in any case."""
    assume(abs(x) >= 1 or x == 0, abs(y) >= 1 or y == 0, finite(fl(x + y)), abs(fl(x + y)) < 2)
    show(fl(x + y) == x + y)
