"""Patterns that no network has even if roundings go as they please: linear inequalities that contradict each other, in any format.

One hidden ReLU layer, one input, one output. A neuron (w, b, v) that is active at x contributes T = fl(v fl(fl(w x) + b)) to the value, and
P = fl(fl(h v) w) to the gradient. With S = v w and B = v b, exact products, u = 2^-(p+1) and V, W the largest |v| and |w|,

    |fl(z) - z| <= u |fl(z)|  for sums,   and  + omega / 2  for products,                                  (lemmas of theories/search/bounds.py)
    |v fl(w x) - S x| <= u |S x| + V omega / 2,     so where the neuron is active     |T - (S x + B)| <= u |S x| + (2u + u^2) |T| + E,
                                                    and where not     sign(v) (S x + B) <= u |S x| + E,        E = (V + 1 + u) omega / 2,
    |P - h S| <= u |P| + u |h S| + (1 + W) omega / 2,        for h = 1, where fl(h v) = v,     |P - S| <= u |P| + omega / 2.

Given the signs of v and w these are linear in S, B, T, P and the output's bias: T has the sign of v, as what is active is positive; P that of h S.
A neuron that is active at the larger x alone has w > 0, else w < 0 if it is not active at all of them. Sums from left to right are off by u times the
sum of magnitudes (times (1 + u)^j) a step, and by u times the result in the last.

*What cancels.* If fl(X + Y) = r, not 0, and |X|, |Y| >= 2^E, then X, Y, X + Y and r are multiples of 2^(E - p). So the smaller of |X| and |Y| is
below 2^(t + p + 1), where 2^t is the largest power of two that divides r; and the larger is that and |r| (1 + u) at most. Without this nothing would
follow, since large numbers have large errors.

Where overflow saturates, an error may be of any size: only signs count then, and single sums that come to less than Omega. Where it gives infinities,
a finite value has met none but -infinity in pre-activations that are not active, where S x + B has the sign that is claimed.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from fpproof.formats import Datum, Format, rational
from fpproof.networks import RELU
from fpproof.search.bounds import largest_magnitude, two_power
from fpproof.search.encoding import Pattern
from fpproof.search.linear import Between, contradictory
from fpproof.search.spec import Kind, Place, Point, Spec, Vector, Wanted

WIDEST = 3
"""Neurons; there are up to 4 cases of signs for each."""
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
    return hidden.activation == RELU and hidden.width <= WIDEST and last.activation is None and last.width == 1


def ruled_out(spec: Spec, points: Sequence[Point], inputs: Sequence[Vector], pattern: Pattern) -> bool:
    """Whether the inequalities contradict each other whatever the signs of the weights; the spec is one that they apply to."""
    active = [[pattern[k][0][i] for k in range(len(inputs))] for i in range(spec.layers[0].width)]
    if any(a is None for row in active for a in row):
        return False
    neurons = [i for i, row in enumerate(active) if any(row)]
    xs = [rational(x[0]) for x in inputs]
    signs = [list(_signs([bool(a) for a in active[i]], xs)) for i in neurons]
    cases = (dict(zip(neurons, chosen, strict=True)) for chosen in product(*signs))
    return all(contradictory(list(_Inequalities(spec, points, inputs, active, case).all())) for case in cases)


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

    def _neuron(self, i: int) -> Iterator[Between]:
        """What its contributions have to do with each other."""
        v, w = self.signs[i]
        S, B, u = f"S{i}", f"B{i}", self.u
        bias = self.spec.layers[0].bias
        error = (self.V[i] + 1 + u) * self.half
        yield Between({S: Fraction(v * w)}, low=Fraction(0))
        for k, x in enumerate(self.xs):
            size = u * v * w * abs(x)  # times S: u |S x|
            line = {S: x} | ({B: Fraction(1)} if bias else {})
            if self.active[i][k]:
                T = f"T{i},{k}"
                for sign in (1, -1):  # sign (T - S x - B) - u |S x| - (2u + u^2) |T| <= error
                    form = {name: -sign * a for name, a in line.items()}
                    form[S] -= size
                    yield Between({**form, T: sign - (2 * u + u * u) * v}, high=error)
            else:
                form = {name: v * a for name, a in line.items()}
                form[S] -= size
                yield Between(form, high=error)
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


def cancelling(F: Format, r: Datum) -> Fraction:
    """What the magnitude of each of two floats is at most whose sum rounds to r, which is not 0."""
    return Fraction(2) ** (two_power(r) + F.p + 1) + abs(rational(r)) * (1 + unit(F))
