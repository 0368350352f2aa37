"""The laws of sawtooth networks with one constant off, over the real numbers: what the rows of docs/pieces.md rest on.

sawtooth.py has the same steps for the numbers of small formats. First losses are decided for the slopes 2 - 2^-p that were counted.

Source: S1-M2; derivations in docs/pieces.md.
"""
from fpproof.lang import Real, assume, define, lemma, show


@define
def tent(s: Real, c: Real, x: Real):
    return s * max(x, 0) - 2 * s * max(x - c, 0)


@lemma(source="S1-M2")
def thresholds_scale_away(s: Real, c: Real, x: Real):
    """T with threshold c is T with threshold 1/2 in units of 2c."""
    assume(c > 0)
    show(tent(s, c, 2 * c * x) == 2 * c * tent(s, 0.5, x))


@lemma(source="S1-M2", expect="refuted")
def thresholds_do_not_matter(c: Real, x: Real):
    assume(c > 0)
    show(tent(2, c, x) == tent(2, 0.5, x))


@lemma(source="S1-M2")
def low_thresholds_leave_a_full_tent(c: Real, x: Real):
    """s = 2, c <= 1/2: [0, 2c] is sent to itself."""
    assume(0 < c <= 0.5, 0 <= x <= 2 * c)
    show(0 <= tent(2, c, x) <= 2 * c)


@lemma(source="S1-M2")
def beyond_a_full_tent_is_one_more_piece(c: Real, x: Real):
    """s = 2, c < 1/2: T is negative on (2c, 1], and T o T constant. So 2^L + 1 pieces for L >= 2."""
    assume(0 < c < 0.5, 2 * c < x <= 1)
    show(tent(2, c, x) < 0, tent(2, c, tent(2, c, x)) == 0)


@lemma(source="S1-M2", expect="refuted")
def beyond_the_threshold_is_one_more_piece(c: Real, x: Real):
    assume(0 < c < 0.5, c < x <= 1)
    show(tent(2, c, x) < 0)


@lemma(source="S1-M2")
def steep_tips_overshoot(s: Real):
    """s > 2: the tip is above 1, its image negative, and the next one 0; below 2 all stays in [0, 1]."""
    assume(s > 2)
    show(tent(s, 0.5, 0.5) > 1, tent(s, 0.5, tent(s, 0.5, 0.5)) < 0, tent(s, 0.5, tent(s, 0.5, tent(s, 0.5, 0.5))) == 0)


@lemma(source="S1-M2")
def flat_tents_stay_inside(s: Real, x: Real):
    assume(0 < s <= 2, 0 <= x <= 1)
    show(0 <= tent(s, 0.5, x) <= 1)


@lemma(source="S1-M2", expect="refuted")
def steep_tents_stay_inside(s: Real, x: Real):
    assume(0 < s <= 3, 0 <= x <= 1)
    show(0 <= tent(s, 0.5, x) <= 1)


@lemma(source="S1-M2")
def the_last_preimage(s: Real, y: Real):
    """1 - y/s is sent to y <= s/2, and no greater point is: to any y' >= y only smaller ones are."""
    assume(s > 0, 0 <= y <= s / 2)
    show(tent(s, 0.5, 1 - y / s) == y)


@lemma(source="S1-M2")
def the_last_preimage_is_the_greatest(s: Real, x: Real, y: Real):
    assume(s > 0, 0 <= y <= s / 2, x > 1 - y / s)
    show(tent(s, 0.5, x) < y)


@lemma(source="S1-M2", expect="refuted")
def the_left_preimage_is_the_greatest(s: Real, x: Real, y: Real):
    assume(s > 0, 0 <= y <= s / 2, x > y / s)
    show(tent(s, 0.5, x) < y)


@lemma(source="S1-M2")
def the_tip_passes_the_last_preimage(s: Real, k: Real):
    """With k = s^n: the greatest point of T^-n(1/2), 1 - 1/(2k), lies below the tip s/2 as long as k (2 - s) < 1, and is passed beyond."""
    assume(k > 0)
    show((1 - 1 / (2 * k) < s / 2) == (k * (2 - s) < 1))


@lemma(source="S1-M2")
def first_loss_at_depth_6():
    """s = 2 - 2^-3: s^k (2 - s) > 1 for k = 4 first, so pieces are lost at L = k + 2."""
    show((2 - 1 / 8) ** 3 / 8 <= 1, (2 - 1 / 8) ** 4 / 8 > 1)


@lemma(source="S1-M2")
def first_loss_at_depth_7():
    """s = 2 - 2^-4: for k = 5."""
    show((2 - 1 / 16) ** 4 / 16 <= 1, (2 - 1 / 16) ** 5 / 16 > 1)


@lemma(source="S1-M2")
def first_loss_at_depth_10():
    """s = 2 - 2^-7: for k = 8."""
    show((2 - 1 / 128) ** 7 / 128 <= 1, (2 - 1 / 128) ** 8 / 128 > 1)


@lemma(source="S1-M2")
def first_loss_at_depth_13():
    """s = 2 - 2^-10: for k = 11."""
    show((2 - 1 / 1024) ** 10 / 1024 <= 1, (2 - 1 / 1024) ** 11 / 1024 > 1)


@lemma(source="S1-M2", expect="refuted")
def first_loss_at_depth_12():
    show((2 - 1 / 1024) ** 10 / 1024 > 1)
