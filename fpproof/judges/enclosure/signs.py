"""That one term is nowhere greater than another on a box, by derivatives where intervals alone do not show it.

Let d be the difference, B the box. (1) Where d does not fall along a variable, it is least where the variable is, and the box may be replaced by
that face; likewise where it does not grow. (2) Mean values: d(B) lies in d(c) + sum of d_i(B) (B_i - c_i). (3) Taylor's theorem along one
variable from an end a of its range: with t = x - a,

    d = c_0 + c_1 t + ... + c_(n-1) t^(n-1) + r t^n,   c_k = d^(k)(a)/k! on the face x = a,   r in d^(n)(B)/n!.

If c_0, ..., c_(m-1) vanish exactly, d is t^m times a bracket whose sign is that of d beside the face: so inequalities that are equations at a are
shown near it, and those between functions that run to infinity together beyond some point. All three need that d is smooth (1, 2:
Lipschitz) on the closed box, which is seen from the enclosures of its derivatives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from fpproof.judges.enclosure.evaluate import Terms, is_real, is_zero
from fpproof.judges.enclosure.jets import Jet, Ring, jets
from fpproof.judges.enclosure.zeros import Zeros
from fpproof.judges.reals.boxes import Box, Range, enclosed
from fpproof.judges.reals.intervals import Arithmetic, Enclosed, Interval
from fpproof.theory import Claim, Term
from fpproof.theory.numbers import ZERO

HIGHEST_ORDER = 8
"""Of derivatives in Taylor's theorem."""
SLOPE_ORDER = 4
NARROW = 2**-30
"""Width of an enclosure around 0 that may well be 0: a hint only."""


@dataclass(frozen=True, slots=True)
class Shown:
    """d > 0 (`strict`) or d >= 0 on a box, but for points of faces on which d is 0: those with x_i = a for (i, a) in `faces`."""

    faces: tuple[tuple[int, Any], ...] = ()


class Difference:
    """The difference of two terms of a claim, right - left, where `positive` are greater than 0 and `real` are real numbers."""

    def __init__(self, claim: Claim, left: Term, right: Term, positive: Sequence[Term] = (), real: Sequence[Term] = ()) -> None:
        self.claim = claim
        self._terms = Terms([left, right])
        self._side = Terms([*positive, *real])
        self._positive = len(positive)
        self._zeros = Zeros(claim, left, right)

    def shown(self, box: Box, arithmetic: Arithmetic, strict: bool) -> Shown | None:
        """That it is positive, or at least not negative, on a box; None if that is not seen."""
        closed: Box = tuple(r.closed for r in box)
        side = self._side.values(enclosed(self.claim, closed, arithmetic), arithmetic)
        if not all(map(is_real, side)) or not all(arithmetic.interval(x).positive for x in side[: self._positive]):
            return None
        if self._by_faces(closed, arithmetic, strict) or (closed != box and self._by_faces(box, arithmetic, strict)):
            return Shown()
        return self._by_taylor(closed, arithmetic, strict)

    # Values

    def _jet(self, box: Box, along: int, order: int, arithmetic: Arithmetic) -> Jet:
        left, right = jets(self._terms, enclosed(self.claim, box, arithmetic), self.claim.variables[along], order, arithmetic)
        ring = Ring(arithmetic)
        value = ring.add(right[0], ring.negate(left[0]))
        return ring.plus(right, left, value, minus=True)

    def _value(self, box: Box, arithmetic: Arithmetic) -> Enclosed:
        return self._jet(box, 0, 0, arithmetic)[0]

    # Faces and mean values

    def _by_faces(self, box: Box, arithmetic: Arithmetic, strict: bool) -> bool:
        """The least face, as long as there is one; on it, mean values. Ends that are open do not belong to the box."""
        while True:
            slopes: dict[int, Enclosed] = {}
            face = list(box)
            for i, r in enumerate(box):
                if r.point:
                    continue
                jet = self._jet(box, i, 1, arithmetic)
                slopes[i] = jet[1] if len(jet) > 1 else ZERO
                end = self._least_end(r, slopes[i], arithmetic)
                if end is None and r.width is not None and is_real(slopes[i]) and sum(not other.point for other in box) == 1:
                    slopes[i] = self._narrower_slope(box, i, slopes[i], arithmetic)
                    end = self._least_end(r, slopes[i], arithmetic)
                if end is not None:
                    face[i] = r.at(end)
            if tuple(face) == box:
                return bool(slopes) and self._by_means(box, slopes, arithmetic, strict)
            box = tuple(face)
            if _sign(self._value(box, arithmetic), arithmetic, strict):
                return True

    def _narrower_slope(self, box: Box, i: int, slope: Enclosed, arithmetic: Arithmetic) -> Enclosed:
        """By Taylor's theorem for the slope: the sum of k c_k t^(k-1) about the middle, where d is small beside its terms."""
        r = box[i]
        middle = (r.low + r.high) / 2  # type: ignore[operator]  # the range has both ends
        at_middle = self._jet(tuple(r.at(middle) if j == i else other for j, other in enumerate(box)), i, SLOPE_ORDER, arithmetic)[1:]
        on_box = self._jet(box, i, SLOPE_ORDER, arithmetic)
        terms = [*at_middle[: SLOPE_ORDER - 1], *on_box[SLOPE_ORDER:]]
        if not all(is_real(c) for c in (*terms, *on_box)):
            return slope
        ring = Ring(arithmetic)
        away = Interval(arithmetic.low_end(r.low - middle), arithmetic.high_end(r.high - middle))
        found = arithmetic.interval(_horner([ring.multiply(mpq(k), c) for k, c in enumerate(terms, 1)], away, arithmetic))
        return found if found.high - found.low < (interval := arithmetic.interval(slope)).high - interval.low else slope

    @staticmethod
    def _least_end(r: Range, slope: Enclosed, arithmetic: Arithmetic) -> Any:
        """The end at which a function of such a slope is least; None if neither is, or it does not belong to the range."""
        if not is_real(slope):
            return None
        interval = arithmetic.interval(slope)
        if interval.low >= 0:
            return None if r.low_open else r.low
        return r.high if interval.high <= 0 and not r.high_open else None

    def _by_means(self, box: Box, slopes: Mapping[int, Enclosed], arithmetic: Arithmetic, strict: bool) -> bool:
        if any(box[i].width is None or not is_real(slope) for i, slope in slopes.items()):
            return False
        centre: Box = tuple(r if r.low is None or r.high is None else r.at((r.low + r.high) / 2) for r in box)
        ring = Ring(arithmetic)
        total = self._value(centre, arithmetic)
        for i, slope in slopes.items():
            half = box[i].width / 2  # type: ignore[operator]  # a range without width has been turned away
            total = ring.add(total, ring.multiply(slope, Interval(arithmetic.low_end(-half), arithmetic.high_end(half))))
        return _sign(total, arithmetic, strict)

    # Taylor

    def _by_taylor(self, box: Box, arithmetic: Arithmetic, strict: bool) -> Shown | None:
        """From an end at which the difference may vanish, or towards an infinity."""
        for i, r in enumerate(box):
            if r.point:
                continue
            ends = [end for end in (r.low, r.high) if end is not None]
            faces = {end: tuple(r.at(end) if j == i else other for j, other in enumerate(box)) for end in ends}
            if r.width is not None:
                faces = {end: face for end, face in faces.items() if self._zero(self._value(face, arithmetic), i, end, 0, arithmetic)}
            for end, face in faces.items():
                if (found := self._from(end, face, box, i, arithmetic, strict)) is not None:
                    return found
        return None

    def _from(self, end: Any, face: Box, box: Box, i: int, arithmetic: Arithmetic, strict: bool) -> Shown | None:
        """Taylor's theorem from one end, with remainders of all orders."""
        at_end = self._jet(face, i, HIGHEST_ORDER, arithmetic)
        at_end += [ZERO] * (HIGHEST_ORDER + 1 - len(at_end))
        vanishing = next((k for k, c in enumerate(at_end) if not self._zero(c, i, end, k, arithmetic)), None)
        if vanishing is None:
            return None
        on_box = self._jet(box, i, HIGHEST_ORDER, arithmetic)
        on_box += [ZERO] * (HIGHEST_ORDER + 1 - len(on_box))
        r = box[i]
        away = Interval(
            arithmetic.low_end(None if r.low is None else r.low - end),
            arithmetic.high_end(None if r.high is None else r.high - end),
            r.low is None,
            r.high is None,
        )
        for order in range(max(vanishing, 1), HIGHEST_ORDER + 1):
            if not all(is_real(c) for c in at_end[:order]) or not all(is_real(c) for c in on_box[: order + 1]):
                return None
            bracket = _horner([*at_end[vanishing:order], on_box[order]], away, arithmetic)
            if vanishing % 2 and end == r.high:
                bracket = Ring(arithmetic).negate(bracket)
            if _sign(bracket, arithmetic, strict):
                return Shown(((i, end),) if vanishing and strict else ())
        return None


    def _zero(self, c: Enclosed, i: int, end: Any, order: int, arithmetic: Arithmetic) -> bool:
        """Whether coefficient `order` at an end is 0: exactly, or by algebra where intervals cannot tell."""
        if is_zero(c) or not is_real(c):
            return is_zero(c)
        interval = arithmetic.interval(c)
        narrow = interval.has_zero and interval.high - interval.low < NARROW
        return narrow and self._zeros.vanishes(i, end, order)


def _horner(coefficients: Sequence[Enclosed], t: Interval, arithmetic: Arithmetic) -> Enclosed:
    ring = Ring(arithmetic)
    total: Enclosed = ZERO
    for c in reversed(coefficients):
        total = ring.add(c, ring.multiply(total, t))
    return total


def _sign(x: Enclosed, arithmetic: Arithmetic, strict: bool) -> bool:
    """Whether a number is known to be positive, or not negative."""
    if not is_real(x):
        return False
    interval = arithmetic.interval(x)
    return interval.positive if strict else bool(interval.low >= 0)


