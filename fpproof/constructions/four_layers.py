"""A table of values and gradients as a ReLU network of four layers, in formats with few exponents for their precision.

The names are those of fpproof/constructions/five_layers.py, one coordinate at a time; w = omega, target (v, h, g). What five layers do with one
neuron and large weights, four do with many neurons of small ones, whose sums are exact:

    layer 1   r = ReLU(s x - t-),  a = ReLU(s x - t)      r in copies; and constants
    layer 2   e = E [x below z], of r;  e' = E [x not beyond z], of a;  K_E = E;  c = ReLU(-B r + B K_mu + w) in copies
    layer 3   A = ReLU(-e + e' - K_E - b c + b K - ... + w) = w [x = z] in copies, each with A' = ReLU(-e + e' - K_E + w);
              U = ReLU(-e + e' - K_E + d) and V = ReLU(-e + e' - K_E + d') in pairs
    layer 4   sum over points of (y A - y A'), then sum over points and pairs of (-V + U), with the sign of v

The gate. -e + e' - K_E is -E, 0, -E below, at and beyond z. e' is active at z, but all that takes it comes in pairs of opposite adjoints, A and A',
V and U, so its adjoint is h - h + ... = 0, and weights below it may be large. All gates have weight 1, so that no adjoint overflows.

The step. One weight makes E = 2^emax min(1, mu), where that is at least 2^(emax - p). For smaller mu, roundings amplify -2^emax r, which is 0 or at
most -2^l: for m = min(l + p, emax - p - 1),

    (-2^emax r + (2^m + 2^l)) + 2^(m+p+1) - 2^(m+p+1)     is 2^(m+1) for r = 0, and at most 0 else (2^m is a tie, which goes to even);

with 2^(m+1) taken away the same again, from l = m + 1, until 2^(m+1) = E = 2^(emax - p).

The value. |v| is a sum of parts d <= E that are multiples of its unit Q; each is -V + U with levels d' and d. For Q >= 2^(p+2) w, d' = w vanishes in
every partial sum; for smaller Q there is one part, with levels Q and |v| + Q: every sum is a multiple of Q that is a float.

The gradient. With 2^k <= h the power of two of its binade, y = fl(2^k / h) <= 1 brings h to 2^k or the float below, and b = 2^(j-k) or the float
above that to 2^j. n copies of A make delta = n 2^j of it at each c, and c gives B delta to its r, whose weight is s. With B mu finite, powers of two
B take this up to T = 2^emax delta / mu. A gradient above is a sum: of equal powers of two, each a copy of c or of r, and a rest. Partial sums are
multiples of a power of two, up to 2^(p+1) of them. That is where few exponents are needed: emax >= 3p + 9 is too many for any network of four layers
(theories/representation/depth.py).

Beyond z every c is at most w, so A's sum is at most -E and a sum of b w, which must stay below E.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from fpproof.constructions.assembly import Name
from fpproof.constructions.seven_layers import Construction
from fpproof.constructions.table import Point, check_points
from fpproof.errors import ConstructionError
from fpproof.formats import Datum, Format, rational, round_rational
from fpproof.formats.arithmetic import absolute, add, equal, exponent, multiply, negate, predecessor, successor
from fpproof.formats.text import both
from fpproof.networks import Network

FOUR_DEPTH = 4
MOST_NEURONS = 1 << 17
"""Of a point: more are not built."""
MORE_LAYERS = "--depth 5 or more; docs/representation.md says where four layers are enough"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a coordinate of a point lies."""

    coordinate: int
    sign: int
    t: Fraction
    below: Fraction
    mu: Fraction


Pieces = tuple[tuple[int, Fraction], ...]
"""How many of each."""
Rows = tuple[tuple[int, Pieces], ...]
"""How many copies of r, and for each the pieces that its heads c bring."""


@dataclass(frozen=True, slots=True)
class _Path:
    """What carries a gradient: the output's weight, the weight on c, copies of A, and the weights B of the heads."""

    y: Datum
    b: Datum
    copies: int
    rows: Rows

    @property
    def heads(self) -> int:
        return sum(copies * sum(count for count, _ in pieces) for copies, pieces in self.rows)

    @property
    def neurons(self) -> int:
        return 2 * self.copies + 2 * self.heads + sum(copies for copies, _ in self.rows)

    def by_copy(self) -> Iterator[list[Fraction]]:
        """For each copy of r, the weights of its heads in their order."""
        for copies, pieces in self.rows:
            for _ in range(copies):
                yield [B for count, B in pieces for _ in range(count)]


def build_four(F: Format, points: Sequence[Point]) -> Network:
    """The network for a table, of four layers; every weight is exact.

    Raises TableError for tables that no network represents, ConstructionError where the construction does not work in F.
    """
    if not F.has_infinities or F.emin != 1 - F.emax or F.emax < F.p + 2:
        raise ConstructionError(f"{F.name}: four layers are built in IEEE-like formats with emax >= p + 2", hint=MORE_LAYERS)
    return _Four(F, check_points(F, points)).network(FOUR_DEPTH)


class _Four(Construction):
    """The layers of one table while they are built."""

    depth = FOUR_DEPTH

    def _add(self, number: int, point: Point) -> None:
        places = [self._place(j, x) for j, x in enumerate(point.x)]
        carried = [j for j, g in enumerate(point.gradient) if g[0]]
        if not carried and point.value[0] == 0:
            return
        gates: dict[Name, Datum] = {}
        for place in places:
            gates |= self._selector(place)
        for j in carried:
            self._carry(number, places[j], gates, path_of(self.F, point.upstream, point.gradient[j], places[j].mu))
        if point.value[0]:
            self._value(number, point.value, gates, min(amplitude(self.F, place.mu) for place in places))

    def _place(self, j: int, x: Datum) -> _Place:
        t = rational(absolute(x))
        below = rational(predecessor(self.F, absolute(x))) if t else -self.F.omega
        return _Place(j, -1 if x[0] < 0 else 1, t, below, t - below)

    def _beyond(self, place: _Place, b: Fraction, copy: int = 0) -> Name:
        """ReLU(s x - b)."""
        bias = self.exact(-b)
        rank = (0, place.coordinate, place.sign, self.F.ordinal(self.exact(b)), copy)
        return self.layers[0].add(("D", place.coordinate, place.sign, b, copy), rank, {("x", place.coordinate): self.exact(place.sign)}, bias)

    def _constant_below(self, value: Fraction, *key: int) -> Name:
        """A constant neuron of layer 1, behind all that depends on x."""
        return self.layers[0].add(("K", value, *key), (1, *key, self.F.ordinal(self.exact(value))), {}, self.exact(value))

    def _signal(self, place: _Place, b: Fraction) -> Name:
        """E [s x <= b]."""
        F = self.F
        slope, *summands = step(F, place.mu)
        weights = {self._beyond(place, b): self.exact(-slope)}
        for i, summand in enumerate(summands[:-1]):
            weights[self._constant_below(Fraction(1), 0, i)] = self.exact(summand)
        rank = (0, place.coordinate, place.sign, F.ordinal(self.exact(b)), F.ordinal(self.exact(place.mu)))
        return self.layers[1].add(("e", place.coordinate, place.sign, b, place.mu), rank, weights, self.exact(summands[-1]))

    def _selector(self, place: _Place) -> dict[Name, Datum]:
        """-e + e' - K_E, in this order: the ranks of the three come in it."""
        one = self.exact(1)
        e, e_not_beyond = self._signal(place, place.below), self._signal(place, place.t)
        level = self.exact(amplitude(self.F, place.mu))
        behind = (0, place.coordinate, 2, self.F.ordinal(level))  # what depends on x has a sign in the place of the 2
        K = self.layers[1].add(("K", place.coordinate, level), behind, {}, level)
        return {e: negate(one), e_not_beyond: one, K: negate(one)}

    def _carry(self, number: int, place: _Place, gates: dict[Name, Datum], path: _Path) -> None:
        F, j = self.F, place.coordinate
        terms: dict[Name, Datum] = {}
        constant = self._constant_below(place.mu, 1, j)
        count = 0
        for copy, heads in enumerate(path.by_copy()):
            r = self._beyond(place, place.below, copy)
            for B in heads:
                weight, rank = round_rational(F, B), (2, j, count)
                c = self.layers[1].add(("c", number, j, count), (*rank, 0, number), {r: negate(weight), constant: weight}, self.omega)
                K = self.layers[1].add(("K", "of heads", j, count), (*rank, 1), {}, self.omega)
                terms |= {c: negate(path.b), K: path.b}
                count += 1
        if F.ordinal(most_beyond(F, amplitude(F, place.mu), path.b, path.heads)) > 0:
            raise ConstructionError(f"{F.name}: the gate of four layers is too small for the gradient's path", hint=MORE_LAYERS)
        one_way = path.y if place.sign > 0 else negate(path.y)
        for copy in range(path.copies):
            A = self.layers[2].add(("A", number, j, copy), (0, number, j, copy, 0), gates | terms, self.omega)
            companion = self.layers[2].add(("A'", number, j, copy), (0, number, j, copy, 1), gates, self.omega)
            self.output |= {A: one_way, companion: negate(one_way)}

    def _value(self, number: int, value: Datum, gates: dict[Name, Datum], level: Fraction) -> None:
        if abs(rational(value)) > level * MOST_NEURONS:
            raise ConstructionError(f"{self.F.name}: the value {both(self.F, value)} has too many parts in four layers", hint=MORE_LAYERS)
        one = self.exact(1 if value[0] > 0 else -1)
        for part, (d, taken) in enumerate(parts(self.F, absolute(value), level)):
            V = self.layers[2].add(("V", number, part), (1, number, part, 0), gates, self.exact(taken))
            U = self.layers[2].add(("U", number, part), (1, number, part, 1), gates, self.exact(d))
            self.output |= {V: negate(one), U: one}


def amplitude(F: Format, mu: Fraction) -> Fraction:
    """E."""
    return Fraction(2) ** F.emax * min(Fraction(1), max(mu, Fraction(1, 1 << F.p)))


def step(F: Format, mu: Fraction) -> list[Fraction]:
    """A, and what is added to -A r to make E of r = 0, and at most 0 of r >= mu."""
    top = Fraction(2) ** F.emax
    if mu >= Fraction(1, 1 << F.p):
        return [amplitude(F, mu) / mu, amplitude(F, mu)]
    least = top * mu  # 2^l
    found = [top]
    while True:
        half = min(least * 2**F.p, top / 2 ** (F.p + 1))  # 2^m
        pivot = half * 2 ** (F.p + 1)
        found += [half + least, pivot, -pivot]
        least = 2 * half
        if least == amplitude(F, mu):
            return found
        found.append(-least)


def parts(F: Format, value: Datum, level: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """Levels of U and V whose differences add up to the value, each at most E."""
    v = rational(value)
    unit = Fraction(2) ** (max(exponent(F, value), F.emin) - F.p)
    if unit < F.omega * 2 ** (F.p + 2):
        yield v + unit, unit
        return
    while v:
        d = min(v, level)
        yield d, F.omega
        v -= d


def most_beyond(F: Format, level: Fraction, b: Datum, heads: int) -> Datum:
    """What A's sum is at most beyond z: -E, a term b w for each head, and w."""
    total, term = round_rational(F, -level), multiply(F, b, F.smallest)
    for _ in range(heads):
        total = add(F, total, term)
    return add(F, total, F.smallest)


def path_of(F: Format, upstream: Datum, gradient: Datum, mu: Fraction) -> _Path:
    """Of the paths that carry |upstream| to |gradient|, one of few neurons; the sign is in the output's weight.

    Raises ConstructionError where none is found.
    """
    h, goal = absolute(upstream), rational(absolute(gradient))
    k = exponent(F, h)
    y = round_rational(F, Fraction(2) ** k / rational(h))
    reached = multiply(F, h, y)
    best: _Path | None = None
    for j in sorted(range(F.emin - F.p, F.emax + 1), key=lambda j: abs(j - exponent(F, gradient))):
        b = _second(F, reached, j, k)
        if b is None:
            continue
        for n in range(F.p + 1):
            rows = _split(F, goal, Fraction(2) ** (j + n), mu) if j + n <= F.emax else None
            if rows is not None:
                path = _Path(y, b, 1 << n, rows)
                best = path if best is None or path.neurons < best.neurons else best
        if best is not None and best.neurons == _LEAST:
            break
    if best is None or best.neurons > MOST_NEURONS:
        raise ConstructionError(
            f"{F.name}: no weights found to carry upstream {both(F, upstream)} to gradient {both(F, gradient)} in four layers",
            hint=MORE_LAYERS,
        )
    positive = (upstream[0] > 0) == (gradient[0] > 0)
    return best if positive else replace(best, y=negate(best.y))


_LEAST = _Path((0, 0), (0, 0), 1, ((1, ((1, Fraction(0)),)),)).neurons


def _second(F: Format, reached: Datum, j: int, k: int) -> Datum | None:
    """b with reached (*) b = 2^j."""
    if not F.emin - F.p <= j - k <= F.emax:
        return None
    power = F.power_of_two(j - k)
    return next((b for b in (power, successor(F, power)) if equal(multiply(F, reached, b), F.power_of_two(j))), None)


def _split(F: Format, goal: Fraction, delta: Fraction, mu: Fraction) -> Rows | None:
    """Weights whose products with delta add up to the goal, every partial sum a float; None if there are none of this sort."""
    most = min(Fraction(2) ** F.emax / mu, Fraction(2) ** F.emax) * delta  # of one head, as a power of two
    many = 1 << F.p
    if goal < 2 * most:
        rows: Rows = ((1, ((1, goal),)),)
    elif goal <= 2 * many * most:  # multiples of `most` up to the goal are floats
        rows = ((1, _pieces(goal, most)),)
    elif goal <= 2 * many * many * most:
        rows = tuple((copies, _pieces(piece, most)) for copies, piece in _pieces(goal, many * most))
    else:
        return None
    scaled = tuple((copies, tuple((count, piece / delta) for count, piece in pieces)) for copies, pieces in rows)
    return scaled if all(_is_float(F, B) for _, pieces in scaled for _, B in pieces) else None


def _pieces(goal: Fraction, piece: Fraction) -> Pieces:
    """Equal pieces, and a rest."""
    count, rest = divmod(goal, piece)
    return tuple((n, part) for n, part in ((int(count), piece), (1, rest)) if n and part)


def _is_float(F: Format, r: Fraction) -> bool:
    x = round_rational(F, r)
    return x[1] is not None and bool(rational(x) == r)
