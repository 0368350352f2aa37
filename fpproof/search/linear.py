"""Linear inequalities over the rationals: whether they contradict each other, exactly.

The simplex method with bounds on every variable, with Bland's rule, which ends. Source: Dutertre and de Moura, A Fast Linear-Arithmetic Solver for
DPLL(T) (2006).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from gmpy2 import mpq

Form = Mapping[str, Fraction]
"""A linear form: coefficients by variable."""


@dataclass(frozen=True, slots=True)
class Between:
    """low <= form <= high; None is no bound."""

    form: Form
    low: Fraction | None = None
    high: Fraction | None = None


def contradictory(system: Sequence[Between]) -> bool:
    """Whether no rational (and so no real) numbers satisfy all of it. Exact: both answers are proofs."""
    if any(one.low is not None and one.high is not None and one.low > one.high for one in system):
        return True
    return not _Tableau(system).feasible()


Row = tuple[int, dict[int, int]]
"""A positive denominator d and numerators: the variable is the sum of n_j / d times variable j."""


class _Tableau:
    """Each inequality is a variable of its own, numbered before those of the forms; rows say what basic variables are of the others.

    Rows are integers over a common denominator: sums of fractions one by one would take most of the time.
    """

    def __init__(self, system: Sequence[Between]) -> None:
        names = sorted({name for one in system for name in one.form})
        number = {name: len(system) + n for n, name in enumerate(names)}
        self.low = [None if one.low is None else mpq(one.low) for one in system] + [None] * len(names)
        self.high = [None if one.high is None else mpq(one.high) for one in system] + [None] * len(names)
        self.at = [mpq(0)] * (len(system) + len(names))
        self.rows: dict[int, Row] = {}
        for i, one in enumerate(system):
            d = lcm(*(a.denominator for a in one.form.values()))
            self.rows[i] = d, {number[name]: a.numerator * (d // a.denominator) for name, a in one.form.items() if a}

    def feasible(self) -> bool:
        while (found := self._violated()) is not None:
            basic, bound = found
            rises = bound > self.at[basic]
            row = self.rows[basic][1]
            entering = next((j for j in sorted(row) if self._can_move(j, (row[j] > 0) == rises)), None)
            if entering is None:
                return False
            self._pivot(basic, entering, bound)
        return True

    def _violated(self) -> tuple[int, mpq] | None:
        """The first basic variable out of its bounds, and the bound."""
        for i in sorted(self.rows):
            low, high, at = self.low[i], self.high[i], self.at[i]
            if low is not None and at < low:
                return i, low
            if high is not None and at > high:
                return i, high
        return None

    def _can_move(self, j: int, up: bool) -> bool:
        bound = self.high[j] if up else self.low[j]
        return bound is None or (self.at[j] < bound if up else self.at[j] > bound)

    def _pivot(self, basic: int, entering: int, bound: mpq) -> None:
        """Puts the basic variable at its bound; the entering one takes its row."""
        d, row = self.rows.pop(basic)
        a = row.pop(entering)
        step = (bound - self.at[basic]) * d / a
        self.at[basic] = bound
        self.at[entering] += step
        sign, size = (1, a) if a > 0 else (-1, -a)
        solved = {j: -sign * n for j, n in row.items()} | {basic: sign * d}
        for i, (e, other) in self.rows.items():
            factor = other.pop(entering, None)
            if factor is not None:
                self.at[i] += step * factor / e
                self.rows[i] = _reduced(e * size, _combined(other, size, solved, factor))
        self.rows[entering] = size, solved


def _combined(first: Mapping[int, int], a: int, second: Mapping[int, int], b: int) -> dict[int, int]:
    """a times the first and b times the second numerators, without zeros."""
    found = {j: a * n for j, n in first.items()}
    for j, n in second.items():
        new = found.get(j, 0) + b * n
        if new:
            found[j] = new
        else:
            found.pop(j, None)
    return found


def _reduced(d: int, row: dict[int, int]) -> Row:
    divisor = gcd(d, *row.values())
    return (d, row) if divisor == 1 else (d // divisor, {j: n // divisor for j, n in row.items()})
