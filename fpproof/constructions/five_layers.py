"""A table of values and gradients as a ReLU network of five layers (or six), in formats that overflow to infinity.

The names are those of fpproof/constructions/seven_layers.py, one coordinate at a time: s = +1 if z >= 0 else -1, t = |z|, t- = pred(t)
(-omega for 0), mu = t - t-, mu' = succ(t) - t (mu for t = Omega), w = omega; target (v, h, g).

    layer 1   r = ReLU(s x - t-)                     0 below z (seen from 0), mu at z, at least mu + mu' beyond
              a = ReLU(s x - t)                      0, 0, at least mu'
    layer 2   e = [x below z], of r and mu;  e' = [x not beyond z], of a and mu': a step, see below
              c = ReLU(-B r + B K_mu + w)            fl(B mu) + w below, w at z, 0 or w beyond;  K_mu = mu is a constant neuron
    layer 3   s = ReLU(S e - S e' + S) = S [x != z]
              C = ReLU(-w3 c + w3 K + w)             w at z, elsewhere from 0 to q = fl(w3 w) + w;  w3 > 0, K = w
    layer 4   A = ReLU(-w4 K - s + w4 C + w) = w [x = z];    A' = ReLU(-s + w);    u = ReLU(-s + |v|) = |v| [x = z]
    layer 5   sum over points of (A - A'), then sum over points of sign(v) u

At z the adjoint of A goes down the path A, C, c, r and arrives at x as s (((h w4) w3) B) = g. The masks of e, s and a are 0 there, so nothing else
does. K_mu takes the negative of what r takes, which is finite. At every other x, A, A' and u are masked, if S >= |v|, S >= 1 and S >= 2 |w4| q: and
every adjoint is 0. C need not be constant, as it must be in seven layers, since A is masked where it is not.

The step. Where 1/mu is a float, e = ReLU(-r / mu + 1). For smaller mu no float weight makes 1 of mu, but roundings do: with A = 2^-(p+1) / mu,

    e = ReLU(-A r + succ(1/2) + 2^p - 2^p)

adds to 2^p a number that is succ(1/2) for r = 0, which rounds to 2^p + 1, and at most 1/2 for r >= mu, which rounds to 2^p (a tie, to even) or
below it. 2^p and succ(1/2) are floats if p <= emax and emin < 0; mu >= 2^-emax needs neither.

Pre-activations may be -infinity for x far from z, which ReLU maps to 0; formats that overflow to NaN are refused.

The chain. B is any float with B mu finite: at z, c adds -fl(B mu) + fl(B mu) + w whether B mu is a float or not. Two factors bring h to a power 2^k
(fpproof/constructions/transport.py), and B = |g| 2^-k is the third: with k = 0 for |g| <= 1, with k = emax - p for larger g, if no other fits, so
that B mu <= Omega.

Two inputs or more: every coordinate has its s, and all are subtracted in layer 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fpproof.constructions.assembly import Name
from fpproof.constructions.seven_layers import Construction
from fpproof.constructions.table import Point, check_points
from fpproof.constructions.transport import bring_to_power, carry, scaled
from fpproof.errors import ConstructionError
from fpproof.formats import Datum, Format, rational, round_rational
from fpproof.formats.arithmetic import absolute, add, equal, multiply, negate, predecessor, successor
from fpproof.formats.text import both
from fpproof.networks import Network

FIVE_DEPTH = 5
WORKS_IN = "in five layers every table works in formats with p <= emax and emin < 0; --depth 7 works in more of them"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a coordinate of a point lies."""

    coordinate: int
    sign: int
    t: Fraction
    below: Fraction
    """t-"""
    mu: Fraction
    mu_above: Fraction


@dataclass(frozen=True, slots=True)
class _Path:
    """What carries the gradient of one coordinate: weights of A, C and c; `reach`, what w4 C is at most."""

    w4: Datum
    w3: Datum
    B: Datum
    reach: Datum


def build_five(F: Format, points: Sequence[Point], depth: int = FIVE_DEPTH) -> Network:
    """The network for a table, of `depth` >= 5 layers; every weight is exact.

    Raises TableError for tables that no network represents, ConstructionError where the construction does not work in F.
    """
    if depth < FIVE_DEPTH:
        raise ConstructionError(f"depth {depth}: the construction needs at least {FIVE_DEPTH} layers")
    if F.overflow == "nan":
        raise ConstructionError(f"{F.name}: with less than 7 layers pre-activations overflow, and overflow is NaN here", hint="--depth 7 works")
    return _Five(F, check_points(F, points)).network(depth)


class _Five(Construction):
    """The layers of one table while they are built."""

    depth = FIVE_DEPTH
    works_in = WORKS_IN

    def _add(self, number: int, point: Point) -> None:
        F = self.F
        carried = [j for j, g in enumerate(point.gradient) if g[0]]
        if not carried and point.value[0] == 0:
            return
        places = [self._place(j, x) for j, x in enumerate(point.x)]
        paths = {j: path_of(F, point.upstream, point.gradient[j], places[j].sign, places[j].mu) for j in carried}
        size = max([F.one, absolute(point.value), *(path.reach for path in paths.values())], key=F.ordinal)
        one, minus = self.exact(1), self.exact(-1)
        gates = {self._selector(place, size): minus for place in places}
        for j, path in paths.items():
            C = self._head(places[j], path)
            weights = {self._constant_neuron(2, j): negate(path.w4), C: path.w4, **gates}
            A = self.layers[3].add(("A", number, j), (0, number, j, 0), weights, self.omega)
            companion = self.layers[3].add(("A'", number, j), (0, number, j, 1), gates, self.omega)
            self.output |= {A: one, companion: minus}
        if point.value[0]:
            u = self.layers[3].add(("u", number), (1, number), gates, absolute(point.value))
            self.output[u] = one if point.value[0] > 0 else minus

    def _place(self, j: int, x: Datum) -> _Place:
        F, magnitude = self.F, absolute(x)
        t = rational(magnitude)
        below = rational(predecessor(F, magnitude)) if t else -F.omega
        mu_above = t - below if magnitude == F.largest else rational(successor(F, magnitude)) - t
        return _Place(j, -1 if x[0] < 0 else 1, t, below, t - below, mu_above)

    def _beyond(self, place: _Place, b: Fraction) -> Name:
        """ReLU(s x - b)."""
        bias = self.exact(-b)
        rank = (0, place.coordinate, place.sign, self.F.ordinal(self.exact(b)))
        return self.layers[0].add(("D", place.coordinate, place.sign, b), rank, {("x", place.coordinate): self.exact(place.sign)}, bias)

    def _constant_below(self, value: Fraction, rank: int, coordinate: int = 0) -> Name:
        """A constant neuron of layer 1, behind all that depends on x."""
        bias = self.exact(value)
        return self.layers[0].add(("K", coordinate, value, rank), (1, rank, coordinate, self.F.ordinal(bias)), {}, bias)

    def _signal(self, place: _Place, b: Fraction, gap: Fraction) -> Name:
        """[s x <= b], for the gap above b: e and e'; e' of a point is e of the next."""
        F, layer = self.F, self.layers[1]
        distance = self._beyond(place, b)
        name, rank = ("E", place.coordinate, place.sign, b), (1, place.coordinate, place.sign, F.ordinal(self.exact(b)))
        if gap * Fraction(2) ** F.emax >= 1:
            return layer.add(name, rank, {distance: self.exact(-1 / gap)}, F.one)
        level, unit = Fraction(2) ** F.p, Fraction(1, 2 ** (F.p + 1))
        weights = {
            distance: self.exact(-unit / gap),
            self._constant_below(Fraction(1), 0): self.exact(Fraction(1, 2) + unit),
            self._constant_below(Fraction(1), 1): self.exact(level),
        }
        return layer.add(name, rank, weights, self.exact(-level))

    def _selector(self, place: _Place, size: Datum) -> Name:
        """s, which is S where x is not the point, and 0 where it is."""
        e, e_above = self._signal(place, place.below, place.mu), self._signal(place, place.t, place.mu_above)
        rank = (1, place.coordinate, place.sign, self.F.ordinal(self.exact(place.t)), self.F.ordinal(size))
        return self.layers[2].add(("s", place.coordinate, place.sign, place.t, size), rank, {e: size, e_above: negate(size)}, size)

    def _head(self, place: _Place, path: _Path) -> Name:
        """C."""
        F, key = self.F, (place.coordinate, place.sign, place.t, path.B)
        rank = (2, place.coordinate, place.sign, F.ordinal(self.exact(place.t)), F.ordinal(path.B))
        constant = self._constant_below(place.mu, 2, place.coordinate)
        c = self.layers[1].add(("c", *key), rank, {self._beyond(place, place.below): negate(path.B), constant: path.B}, self.omega)
        weights = {self._constant_neuron(1, place.coordinate): path.w3, c: negate(path.w3)}
        return self.layers[2].add(("C", *key, path.w3), (*rank, F.ordinal(path.w3)), weights, self.omega)


def path_of(F: Format, upstream: Datum, gradient: Datum, sign: int, mu: Fraction) -> _Path:
    """Weights with sign (((upstream w4) w3) B) = gradient, replayed, for which B mu is finite and a gate covers what w4 C is beyond the point.

    Raises ConstructionError where none are found.
    """
    h, goal, gap = absolute(upstream), absolute(gradient), round_rational(F, mu)
    positive = (sign > 0) == ((upstream[0] > 0) == (gradient[0] > 0))
    for k in sorted(range(F.emin - F.p, F.emax + 1), key=abs):
        B = scaled(F, goal, -k)
        if B is None or multiply(F, B, gap)[1] is None or (pair := bring_to_power(F, h, k)) is None:
            continue
        w4, w3 = pair
        most = add(F, multiply(F, w3, F.smallest), F.smallest)
        reach = multiply(F, F.power_of_two(1), multiply(F, w4, most))
        if reach[1] is not None and equal(carry(F, h, (w4, w3, B)), goal):
            return _Path(w4 if positive else negate(w4), w3, B, reach)
    raise ConstructionError(f"{F.name}: no weights found to carry upstream {both(F, upstream)} to gradient {both(F, gradient)} in five layers")
