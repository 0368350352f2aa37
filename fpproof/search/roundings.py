"""Patterns that no network has even if roundings go as they please: linear inequalities that contradict each other, in any format.

One hidden ReLU layer, one input, one output. A neuron (w, b, v) that is active at x contributes T = fl(v fl(fl(w x) + b)) to the value, and
P = fl(fl(h v) w) to the gradient. With S = v w and B = v b, exact products, u = 2^-(p+1) and V, W the largest |v| and |w|,

    |fl(z) - z| <= u |fl(z)|  for sums,   and  + omega / 2  for products,                                  (lemmas of theories/search/bounds.py)
    |v fl(w x) - S x| <= u |S x| + D,           so where the neuron is active     |T - (S x + B)| <= u |S x| + (2u + u^2) |T| + D + (1 + u) omega / 2,
                                                and where not     sign(v) (S x + B) <= u |S x| + D,            D = |v| omega / 2 <= V omega / 2,
    |P - h S| <= u |P| + u |h S| + (1 + W) omega / 2,        for h = 1, where fl(h v) = v,     |P - S| <= u |P| + omega / 2.

Given the signs of v and w these are linear in S, B, D, T, P and the output's bias: T has the sign of v, as what is active is positive; P that of h S.
A neuron that is active at the larger x alone has w > 0, else w < 0 if it is not active at all of them. Sums from left to right are off by u times the
sum of magnitudes (times (1 + u)^j) a step, and by u times the result in the last.

*What is active is not too small.* z is at least omega, and at least u |fl(w x)|: a sum that is not 0 is no less than half an ulp of what is added. So

    (1 + u) |T| >= 2 D - omega / 2,             (1 + u)^2 |T| >= u |S x| - u D - (1 + u) omega / 2.

*What grows.* Rounding is monotone, so T grows with x where v w > 0, and falls where v w < 0 (lemma `the_first_layer_is_monotone` of theories/search).

*What cancels.* If fl(X + Y) = r, not 0, and |X|, |Y| >= 2^E, then X, Y, X + Y and r are multiples of 2^(E - p). So the smaller of |X| and |Y| is
below 2^(t + p + 1), where 2^t is the largest power of two that divides r; and the larger is that and |r| (1 + u) at most. Without this nothing would
follow, since large numbers have large errors.

*Grids.* Floats of magnitude 2^E or more, and roundings of their sums, are multiples of 2^(E - p). At two x the sums of all T differ as the values
do, up to u times each value, whatever the output's bias. If no multiple of 2^(E - p) is there, some T at these x is below 2^E: each is a case.

*An output with ReLU* is its pre-activation where it is active; other x are left out.

Where overflow saturates, an error may be of any size: only signs count then, and single sums that come to less than Omega. Where it gives infinities,
a finite value has met none but -infinity in pre-activations that are not active, where S x + B has the sign that is claimed.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, count, pairwise, product
from math import ceil, floor

from fpproof.formats import Datum, Format, rational
from fpproof.networks import RELU
from fpproof.search.bounds import largest_magnitude, two_power
from fpproof.search.encoding import Pattern
from fpproof.search.linear import Between, contradictory
from fpproof.search.spec import Kind, Place, Point, Spec, Vector, Wanted

WIDEST = 3
"""Neurons; there are up to 4 cases of signs for each."""
ALL_PAIRS = 4
"""Points of which all pairs are compared; of more, each with the next, since cases multiply."""
Active = Sequence[Sequence[bool | None]]
"""Whether a neuron is active at each x."""
Signs = Mapping[int, tuple[int, int]]
"""The signs of v and w of the neurons that are active somewhere."""
Term = tuple[str, int]
"""A variable and its sign."""


def applies(spec: Spec) -> bool:
    """Whether the inequalities are for this shape."""
    if spec.depth != 2 or spec.inputs != 1:
        return False
    hidden, last = spec.layers
    return hidden.activation == RELU and hidden.width <= WIDEST and last.activation in (None, RELU) and last.width == 1


def ruled_out(spec: Spec, points: Sequence[Point], inputs: Sequence[Vector], pattern: Pattern) -> bool:
    """Whether the inequalities contradict each other whatever the signs of the weights; the spec is one that they apply to."""
    everywhere = [[pattern[k][0][i] for k in range(len(inputs))] for i in range(spec.layers[0].width)]
    outputs = [pattern[k][1][0] for k in range(len(inputs))]
    if any(a is None for row in everywhere for a in row) or (spec.layers[1].activation == RELU and None in outputs):
        return False
    # Where an output with ReLU is not active, what comes to it may be -infinity.
    there = [k for k, output in enumerate(outputs) if output is not False]
    active = [[row[k] for k in there] for row in everywhere]
    kept = [inputs[k] for k in there]
    asked = [p for p in points if any(rational(p.x[0]) == rational(x[0]) for x in kept)]
    neurons = [i for i, row in enumerate(active) if any(row)]
    xs = [rational(x[0]) for x in inputs]
    signs = [list(_signs([bool(a) for a in everywhere[i]], xs)) for i in neurons]
    grids = list(_grids(spec, asked, kept, active))
    cases = (dict(zip(neurons, chosen, strict=True)) for chosen in product(*signs))
    return all(_contradictory(list(_Inequalities(spec, asked, kept, active, case).all()), grids) for case in cases)


def _contradictory(system: list[Between], splits: Sequence[Sequence[Between]]) -> bool:
    """Whether the system contradicts itself, at least together with any one of each split."""
    if contradictory(system):
        return True
    return bool(splits) and all(_contradictory([*system, one], splits[1:]) for one in splits[0])


def _grids(spec: Spec, points: Sequence[Point], inputs: Sequence[Vector], active: Active) -> Iterator[list[Between]]:
    """For values at two x: bounds of which one holds."""
    F = spec.format
    asked = {inputs.index(p.x): p.value[0] for p in points if p.value[0].kind in (Kind.IS, Kind.BETWEEN) and p.x in inputs}
    if F.overflow == "saturate":
        return
    for (j, first), (k, second) in combinations(asked.items(), 2) if len(asked) <= ALL_PAIRS else pairwise(asked.items()):
        low, high = _difference(F, first, second)
        exponent = coarsest(F, low, high)
        if exponent is not None:
            most = Fraction(2) ** (exponent + F.p)
            there = [f"T{i},{x}" for i, row in enumerate(active) for x in (j, k) if row[x]]
            yield [Between({name: Fraction(1)}, -most, most) for name in there]


def _difference(F: Format, first: Wanted, second: Wanted) -> tuple[Fraction, Fraction]:
    """What sums differ by that become these values when one number is added to both."""
    (a, b), (c, d) = ((rational(w.low), rational(w.high if w.kind is Kind.BETWEEN else w.low)) for w in (first, second))
    off = unit(F) * (max(abs(a), abs(b)) + max(abs(c), abs(d)))
    return c - b - off, d - a + off


def coarsest(F: Format, low: Fraction, high: Fraction) -> int | None:
    """The least e such that no multiple of 2^e is from low to high, nor of any greater power of two; None if 0 is."""
    if low <= 0 <= high:
        return None
    return next(e for e in count(F.emin - F.p) if floor(high / Fraction(2) ** e) < ceil(low / Fraction(2) ** e))


def _signs(active: Sequence[bool], xs: Sequence[Fraction]) -> Iterator[tuple[int, int]]:
    """What the signs of v and w may be; w = 0 counts as both where a neuron is active everywhere."""
    on = [x for x, a in zip(xs, active, strict=True) if a]
    off = [x for x, a in zip(xs, active, strict=True) if not a]
    slopes = (1, -1) if not off else (1,) if max(off) < max(on) else (-1,)
    yield from product((1, -1), slopes)


class _Inequalities:
    """Those of one pattern, for given signs."""

    def __init__(self, spec: Spec, points: Sequence[Point], inputs: Sequence[Vector], active: Active, signs: Signs) -> None:
        self.spec, self.points, self.active, self.signs = spec, points, active, signs
        self.xs = [rational(x[0]) for x in inputs]
        self.u, self.half = unit(spec.format), spec.format.omega / 2
        self.saturates = spec.format.overflow == "saturate"
        self.V = {i: rational(largest_magnitude(spec, Place(1, 0, i))) for i in signs}
        self.W = {i: rational(largest_magnitude(spec, Place(0, i, 0))) for i in signs}

    def all(self) -> Iterator[Between]:
        for i in self.signs:
            yield from self._signed(i)
            yield from self._monotone(i)
            if not self.saturates:
                yield from self._neuron(i)
        for point in self.points:
            k = self.xs.index(rational(point.x[0]))
            there = [i for i in self.signs if self.active[i][k]]
            values: list[Term] = [(f"T{i},{k}", self.signs[i][0]) for i in there]
            yield from self._sum([*values, *([("c", 0)] if self.spec.layers[1].bias else [])], point.value[0])
            if point.gradient is not None:
                h = rational(point.upstream[0])
                yield from self._sum([(f"P{i},{h}", self._sign_of_product(i, h)) for i in there], point.gradient[0])

    def _sign_of_product(self, i: int, h: Fraction) -> int:
        v, w = self.signs[i]
        return v * w * (1 if h > 0 else -1)

    def _upstreams(self) -> set[Fraction]:
        return {rational(p.upstream[0]) for p in self.points if p.gradient is not None}

    def _signed(self, i: int) -> Iterator[Between]:
        """The signs of its contributions."""
        for k in range(len(self.xs)):
            if self.active[i][k]:
                yield Between({f"T{i},{k}": Fraction(self.signs[i][0])}, low=Fraction(0))
        for h in self._upstreams():
            yield Between({f"P{i},{h}": Fraction(self._sign_of_product(i, h))}, low=Fraction(0))

    def _monotone(self, i: int) -> Iterator[Between]:
        """Its contributions at one x after the other."""
        v, w = self.signs[i]
        there = sorted((k for k in range(len(self.xs)) if self.active[i][k]), key=lambda k: self.xs[k])
        for j, k in pairwise(there):
            yield Between({f"T{i},{k}": Fraction(v * w), f"T{i},{j}": Fraction(-v * w)}, low=Fraction(0))

    def _neuron(self, i: int) -> Iterator[Between]:
        """What its contributions have to do with each other."""
        v, w = self.signs[i]
        S, B, D, u = f"S{i}", f"B{i}", f"D{i}", self.u
        bias = self.spec.layers[0].bias
        yield Between({S: Fraction(v * w)}, low=Fraction(0))
        yield Between({D: Fraction(1)}, low=Fraction(0), high=self.V[i] * self.half)
        for k, x in enumerate(self.xs):
            size = u * v * w * abs(x)  # times S: u |S x|
            line = {S: x} | ({B: Fraction(1)} if bias else {})
            if self.active[i][k]:
                T = f"T{i},{k}"
                for sign in (1, -1):  # sign (T - S x - B) - u |S x| - (2u + u^2) |T| - D <= error
                    form = {name: -sign * a for name, a in line.items()}
                    form[S] -= size
                    yield Between({**form, T: sign - (2 * u + u * u) * v, D: Fraction(-1)}, high=(1 + u) * self.half)
                yield Between({T: (1 + u) * v, D: Fraction(-2)}, low=-self.half)
                ulp = least(self.spec.format)
                yield Between({T: (1 + u) ** 2 * v, S: -ulp * v * w * abs(x), D: ulp}, low=-(1 + u) * self.half)
            else:
                form = {name: v * a for name, a in line.items()}
                form[S] -= size
                yield Between({**form, D: Fraction(-1)}, high=Fraction(0))
        for h in self._upstreams():
            P, sign_of_product = f"P{i},{h}", self._sign_of_product(i, h)
            error = self.half if h == 1 else (1 + self.W[i]) * self.half
            for sign in (1, -1):
                form = {P: sign - u * sign_of_product, S: -sign * h}
                if h != 1:
                    form[S] -= u * abs(h) * v * w
                yield Between(form, high=error)

    def _sum(self, terms: Sequence[Term], wanted: Wanted) -> Iterator[Between]:
        """Terms that are added from left to right come to what is wanted; all but the last have a sign."""
        if wanted.kind not in (Kind.IS, Kind.BETWEEN) or not terms:
            return
        u = self.u
        low, high = rational(wanted.low), rational(wanted.high if wanted.kind is Kind.BETWEEN else wanted.low)
        if len(terms) == 1:
            yield Between({terms[0][0]: Fraction(1)}, low, high)
            return
        if self.saturates and (len(terms) > 2 or max(abs(low), abs(high)) >= rational(self.spec.format.largest)):
            return
        error: dict[str, Fraction] = {name: Fraction(0) for name, _ in terms}
        for j in range(2, len(terms)):
            for name, sign in terms[:j]:
                error[name] += u * (1 + u) ** j * sign
        last = u * max(abs(low), abs(high))
        yield Between({name: 1 - error[name] for name, _ in terms}, high=high + last)
        yield Between({name: 1 + error[name] for name, _ in terms}, low=low - last)
        if wanted.kind is Kind.IS and low:
            most = cancelling(self.spec.format, wanted.low)
            yield Between({terms[-1][0]: Fraction(1)}, -most, most)
            yield Between({name: 1 - error[name] for name, _ in terms[:-1]}, high=most)
            yield Between({name: 1 + error[name] for name, _ in terms[:-1]}, low=-most)


def unit(F: Format) -> Fraction:
    """u: how far a rounded number is from the exact one at most, relative to the rounded one."""
    return Fraction(1, 1 << (F.p + 1))


def least(F: Format) -> Fraction:
    """What a sum of two floats that is not 0 comes to at least, relative to one of them."""
    return Fraction(1, 1 << (F.p + 1))


def cancelling(F: Format, r: Datum) -> Fraction:
    """What the magnitude of each of two floats is at most whose sum rounds to r, which is not 0."""
    return Fraction(2) ** (two_power(r) + F.p + 1) + abs(rational(r)) * (1 + unit(F))
