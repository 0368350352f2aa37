"""What networks of sigmoids and of hyperbolic tangents share: signals that compare x with a point, and values as sums of terms.

Notation: lam the lower level (0, for tanh -1), kappa = sigma'(0) (1/4, 1), K = sigma(0), for r its value at z; B a float with
sigma_F(-B) = lam, sigma_F(B) = 1 and derivative 0 at both, hence beyond. For a point z: s its sign (+1 for 0), t = |z|. m is the number of
comparator layers.

    layer 1        r = sigma(w s x + b)                        K at z, else at least one float off; w, b: see `comparing`
    layers 2..m-1  r = sigma(a r - a K), a = 2^emax            farther from K
    layer m        D1 = sigma(a r - a K - B) = [s x > t]       two levels, lam and 1, derivative 0 in both
                   D2 = sigma(-a r + a K - B) = [s x < t]

Activations are at most 1, so a value is a sum of terms c u with u = [x = z] and c H finite, H the largest upstream; sums are from left to right and
rounded: `parts` finds the terms by adding in F.
"""

from abc import abstractmethod
from collections.abc import Sequence
from fractions import Fraction

from fpproof.constructions.assembly import Name, Rank
from fpproof.constructions.comparing import Comparators
from fpproof.constructions.gated import Gated
from fpproof.constructions.table import Point
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Datum, Format, Mode, rational, round_rational
from fpproof.formats.arithmetic import absolute, add, divide, equal, negate
from fpproof.formats.text import both

BOUNDED = ("sigmoid", "tanh")
MOST_TERMS = 4096
"""Terms of one sum: more are refused."""


def parts(F: Format, target: Datum, cap: Datum) -> list[Datum]:
    """Floats of magnitude at most `cap`, whose sum from left to right, each addition rounded, is `target`; few of them.

    Each step adds the cap or, within its reach, what is missing. Raises ConstructionError if the sum stands still below the target.
    """
    if target[0] == 0:
        return []
    size = absolute(target)
    total = ZERO
    terms: list[Datum] = []
    hopeless = rational(size) > 2 * MOST_TERMS * rational(cap)  # an addition adds at most twice a term, as the sum before is a float too
    while not equal(total, size):
        missing = round_rational(F, rational(size) - rational(total), Mode.DOWN)
        term = missing if rational(missing) <= rational(cap) else cap
        after = add(F, total, term)
        if equal(after, total) or len(terms) == MOST_TERMS or hopeless:
            found = "more than can be added up" if equal(after, total) else f"more than {MOST_TERMS}"
            raise ConstructionError(f"{F.name}: {both(F, target)} would need terms of at most {both(F, cap)}, {found}")
        total = after
        terms.append(term if target[0] > 0 else negate(term))
    return terms


def largest_upstream(F: Format) -> int:
    """H, beside which every value is a sum of terms: no network has a larger one (theories/representation/upstreams.py)."""
    return (4 << F.p) - 6


class Signals(Gated):
    """The layers of one table while they are built."""

    def __init__(self, comparators: Comparators, points: Sequence[Point], stages: range, above: int) -> None:
        """`stages`: how many comparator layers there may be; `above`: layers from the last of these to the one whose neurons the output adds up."""
        self.comparators, self.levels = comparators, comparators.levels
        self.most_upstream = max((absolute(p.upstream) for p in points), key=rational)
        self.compared, self.stages = comparators.compared(points, stages)
        self.top = self.stages + above - 1
        """The index of the layer of what the output adds up."""
        super().__init__(comparators.F, self.levels.sigma, self.levels.low, points, self.top + 2)

    def _comparator(self, number: int, x: Datum) -> None:
        """r of both sides, and K, in the layers below layer m."""
        a = self.F.power_of_two(self.F.emax)
        for which in (1, -1):
            side = self.compared[number].side(which)
            below, rank = self._r(number, which), self._r_rank(number, which)
            self.layers[0].add(below, rank, {"x": side.weight}, side.bias)
            for index in range(1, self.stages - 1):
                K = self._middle(number, which, index - 1)
                self.layers[index].add(below, rank, {below: a, K: negate(a)}, ZERO)
            self._middle(number, which, self.stages - 2)

    def _r(self, number: int, which: int) -> Name:
        """Sides with the same neuron share it."""
        above, below = self.compared[number].sides
        return ("r", number, which if above.bias != below.bias or above.weight != below.weight else 1)

    def _r_rank(self, number: int, which: int) -> Rank:
        name = self._r(number, which)
        assert isinstance(name, tuple)
        return (number, 0, name[2] < 0)

    def _middle(self, number: int, which: int, index: int) -> Name:
        """K: r at z."""
        center = self.compared[number].side(which).center if index == 0 else ZERO
        return self._constant(index, (number, 1, self._r_rank(number, which)[2]), center)

    def _signal(self, number: int, side: int, index: int, rank: Rank) -> Name:
        """D1 (side 1) or D2 (side -1) in the layer of that index, not below layer m, named by its rank: a copy of its own."""
        B, a = self.levels.bound, self._amplitude(number)
        toward = a if self.compared[number].side(side).rises else -a
        weights = {self._r(number, side): self.exact(toward), self._middle(number, side, self.stages - 2): self.exact(-toward)}
        name = self.layers[self.stages - 1].add(("D", side, rank), rank, weights, self.exact(-B))
        for above in range(self.stages, index + 1):
            name = self._repeated(side, above, rank, name)
        return name

    def _amplitude(self, number: int) -> Fraction:
        """a of layer m."""
        found = self.comparators.amplitude(self.compared[number])
        assert found is not None
        return found

    def _repeated(self, side: int, index: int, rank: Rank, below: Name) -> Name:
        """A signal one layer higher."""
        B = self.levels.bound
        weights, bias = ({below: self.exact(2 * B)}, self.exact(-B)) if self.levels.low == 0 else ({below: self.exact(B)}, ZERO)
        return self.layers[index].add(("D", side, rank), rank, weights, bias)

    def _add_value(self, number: int, value: Datum) -> None:
        try:
            terms = parts(self.F, value, self._cap())
        except ConstructionError as error:
            largest = f"a term times the table's largest upstream, {both(self.F, self.most_upstream)}, must be finite"
            most = min(largest_upstream(self.F), MOST_TERMS)
            raise ConstructionError(error.message, hint=f"{largest}; every value is reached beside upstreams of at most {most}") from None
        for i, term in enumerate(terms):
            self.output[self._unit(number, i, self.top)] = term

    def _cap(self) -> Datum:
        """The largest weight c of an output with c H finite."""
        F, H = self.F, self.most_upstream
        return F.largest if rational(H) <= 1 else divide(F, F.largest, H, Mode.DOWN)

    @abstractmethod
    def _unit(self, number: int, i: int, top: int) -> Name:
        """u = [x = z] for the value's term of that number, in the layer of that index; finite adjoints below it meet the derivative 0."""
