"""The tent map behind the sawtooth networks: what one rounded constant does to it.

tent(s, c, x) = s rho(x) - 2 s rho(x - c), rho = max(., 0): its L-fold composition is the network that `fpproof pieces --sawtooth L` counts.
These are the steps of the proofs in docs/pieces.md, for all slopes and thresholds of a format, in exact arithmetic; and that the dyadic sawtooth
is exact in one.

Source: Karner, Kazeev, Petersen, Limitations of neural network training due to numerical instability of backpropagation (2024), section 4.
"""
from fpproof.lang import Float, Real, affine, assume, define, layers, lemma, network, relu, show, value


@define
def tent(s: Real, c: Real, x: Real):
    return s * max(x, 0) - 2 * s * max(x - c, 0)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def left_branch(s: Float, x: Float):
    """On [0, c] the tent is s x, here with c = 1/2."""
    assume(0 <= x <= 0.5)
    show(tent(s, 0.5, x) == s * x)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def right_branch(s: Float, x: Float):
    """Beyond c it is 2 s c - s x."""
    assume(x >= 0.5)
    show(tent(s, 0.5, x) == s - s * x)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def thresholds_scale_away(c: Float, x: Float):
    """T with threshold c is T with threshold 1/2, seen in units of 2c; slope 2 here, any other below."""
    assume(c > 0)
    show(tent(2, c, 2 * c * x) == 2 * c * tent(2, 0.5, x))


@lemma(formats="E2M1, E2M3, F(1,3)")
def thresholds_scale_away_for_every_slope(s: Float, c: Float, x: Float):
    assume(c > 0)
    show(tent(s, c, 2 * c * x) == 2 * c * tent(s, 0.5, x))


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)", expect="refuted")
def thresholds_do_not_matter(c: Float, x: Float):
    assume(c > 0)
    show(tent(2, c, x) == tent(2, 0.5, x))


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def the_tip_is_the_greatest_value(s: Float, x: Float):
    """T <= s c: points above s c have no preimage, and are what is lost where s < 2."""
    assume(s >= 0)
    show(tent(s, 0.5, x) <= s / 2)


@lemma(expect="refuted")
def the_tip_reaches_one(s: Float):
    """Not with s < 2."""
    assume(s > 1)
    show(tent(s, 0.5, 0.5) >= 1)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def the_last_preimage(s: Float, y: Float):
    """1 - y/s is the greatest point that T sends to y <= s/2: from the right branch. So the last one of T^-k(1/2) is 1 - 1/(2 s^k)."""
    assume(s > 0, 0 <= y <= s / 2)
    show(tent(s, 0.5, 1 - y / s) == y)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)", expect="refuted")
def the_last_preimage_of_any_value(s: Float, y: Float):
    assume(s > 0)
    show(tent(s, 0.5, 1 - y / s) == y)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def what_overshoots_is_cut_flat(s: Float, y: Float):
    """Above 1 the image is negative, and its image 0, where everything stays: the constant pieces of s > 2."""
    assume(s > 0, y > 1)
    show(tent(s, 0.5, y) < 0, tent(s, 0.5, tent(s, 0.5, y)) == 0, tent(s, 0.5, 0) == 0)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)", expect="refuted")
def nothing_overshoots(s: Float, x: Float):
    """With s > 2 the tip does."""
    assume(s > 0, 0 <= x <= 1)
    show(tent(s, 0.5, x) <= 1)


@network
def sawtooth():
    """Three tents on each other."""
    return layers(
        relu([[1], [1]], bias=[0, -0.5]), relu([[2, -4], [2, -4]], bias=[0, -0.5]), relu([[2, -4], [2, -4]], bias=[0, -0.5]), affine([[2, -4]])
    )


@network
def deep_sawtooth():
    """Ten tents on each other."""
    return layers(
        relu([[1], [1]], bias=[0, -0.5]),
        relu([[2, -4], [2, -4]], bias=[0, -0.5]),
        relu([[2, -4], [2, -4]], bias=[0, -0.5]),
        relu([[2, -4], [2, -4]], bias=[0, -0.5]),
        relu([[2, -4], [2, -4]], bias=[0, -0.5]),
        relu([[2, -4], [2, -4]], bias=[0, -0.5]),
        relu([[2, -4], [2, -4]], bias=[0, -0.5]),
        relu([[2, -4], [2, -4]], bias=[0, -0.5]),
        relu([[2, -4], [2, -4]], bias=[0, -0.5]),
        relu([[2, -4], [2, -4]], bias=[0, -0.5]),
        affine([[2, -4]]),
    )


@define
def twice(x: Real):
    return tent(2, 0.5, tent(2, 0.5, x))


@lemma(formats="E3M2, F(3,4), E4M3FN, E5M2, F(2,4), binary16, bfloat16", source="S1-M3")
def the_sawtooth_is_exact(x: Float):
    """At every float of [0, 1], not only at multiples of 2^-p: x - 1/2 is exact where it is positive (Sterbenz), and cut off where it is not."""
    assume(0 <= x <= 1)
    show(value(sawtooth(), x) == tent(2, 0.5, twice(x)))


@network
def flatter():
    """Three tents of slope 3/2."""
    return layers(
        relu([[1], [1]], bias=[0, -0.5]),
        relu([[1.5, -3], [1.5, -3]], bias=[0, -0.5]),
        relu([[1.5, -3], [1.5, -3]], bias=[0, -0.5]),
        affine([[1.5, -3]]),
    )


@lemma(formats="E3M2, F(3,4), E4M3FN, E5M2, F(2,4), binary16, bfloat16", expect="refuted")
def every_sawtooth_is_exact(x: Float):
    """Products with 3/2 are rounded."""
    assume(0 <= x <= 1)
    show(value(flatter(), x) == tent(1.5, 0.5, tent(1.5, 0.5, tent(1.5, 0.5, x))))


@lemma(formats="binary16", source="S1-M3")
def ten_tents_are_exact_in_binary16(x: Float):
    """The dossier's 1025 points k/1024 are among them."""
    assume(0 <= x <= 1)
    show(value(deep_sawtooth(), x) == twice(twice(twice(twice(twice(x))))))
