"""Linear inequalities over the rationals: whether they contradict each other, exactly.

The simplex method with bounds on every variable, with Bland's rule, which ends. Source: Dutertre and de Moura, A Fast Linear-Arithmetic Solver for
DPLL(T) (2006).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

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


class _Tableau:
    """Each inequality is a variable of its own, numbered before those of the forms; rows say what basic variables are of the others."""

    def __init__(self, system: Sequence[Between]) -> None:
        names = sorted({name for one in system for name in one.form})
        number = {name: len(system) + n for n, name in enumerate(names)}
        self.low = [None if one.low is None else mpq(one.low) for one in system] + [None] * len(names)
        self.high = [None if one.high is None else mpq(one.high) for one in system] + [None] * len(names)
        self.at = [mpq(0)] * (len(system) + len(names))
        self.rows = {i: {number[name]: mpq(a) for name, a in one.form.items() if a} for i, one in enumerate(system)}

    def feasible(self) -> bool:
        while (found := self._violated()) is not None:
            basic, bound = found
            rises = bound > self.at[basic]
            entering = next((j for j in sorted(self.rows[basic]) if self._can_move(j, (self.rows[basic][j] > 0) == rises)), None)
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
        row = self.rows.pop(basic)
        a = row.pop(entering)
        step = (bound - self.at[basic]) / a
        self.at[basic] = bound
        self.at[entering] += step
        solved = {j: -b / a for j, b in row.items()} | {basic: 1 / a}
        for i, other in self.rows.items():
            factor = other.pop(entering, None)
            if factor is not None:
                self.at[i] += factor * step
                for j, b in solved.items():
                    new = other.get(j, 0) + factor * b
                    if new:
                        other[j] = new
                    else:
                        other.pop(j, None)
        self.rows[entering] = solved
