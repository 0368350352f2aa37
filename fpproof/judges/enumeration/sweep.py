"""Running a kernel over its inputs in chunks: counts, lanes that fail, and the referee's word on those that the kernel leaves undecided."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np
from numpy.typing import NDArray

from fpproof.judges.enumeration.compiled import Functions, compiled_anew, functions
from fpproof.judges.enumeration.source import BLOCK, Kernel
from fpproof.judges.referee import Finding, Referee
from fpproof.theory import Term
from fpproof.theory.numbers import Number

LEAST_CASES, MOST_CASES = 1 << 20, 1 << 25
"""Inputs of a chunk, if a unit is not more: a fraction of a second for simple claims, and 64 chunks of what is not small."""
MOST_ROWS = 1 << 20
MOST_KEPT = 256
"""Rows of which it is remembered where the claim fails, while a counterexample is shrunk."""


class TooManyUndecided(Exception):
    """A chunk that leaves more to the referee than it was allowed to."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is known of the units from start to stop. `failing` has the places of an input that fails, in the order of the claim's variables.

    `met` counts inputs that meet the assumptions, `undecided` those that the referee decided; after a failing input they are not complete.
    `reason` is why the referee could not, if it could not.
    """

    start: int
    stop: int
    cases: int
    met: int
    undecided: int
    failing: tuple[int, ...] | None = None
    reason: str = ""


class Sweep:
    """One kernel over all its units; `compiled` if it was compiled elsewhere."""

    def __init__(self, kernel: Kernel, compiled: Functions | None = None) -> None:
        self.kernel = kernel
        self._functions = compiled or functions(kernel)
        self._tables = kernel.domains.tables

    @property
    def unit(self) -> int:
        """Inputs of a unit; the last may have less."""
        return self.kernel.rows * self.kernel.lanes

    @property
    def cases(self) -> int:
        return prod(self.kernel.sizes)

    def chunks(self) -> list[tuple[int, int]]:
        """Start and stop of each chunk; the same for the same claim, always."""
        aim = max(LEAST_CASES, min(self.cases // 64, MOST_CASES))
        step = max(1, min(aim // max(1, self.unit), MOST_ROWS // max(1, self.kernel.rows)))
        return [(i, min(i + step, self.kernel.units)) for i in range(0, self.kernel.units, step)]

    def compile(self) -> None:
        """Compiles, or finds compiled, what `run` calls in any case. What was kept and cannot be read is compiled again."""
        try:
            self._count(0, 0)
        except Exception:  # whatever unpickling a damaged file raises; an error of ours comes again
            self._functions = compiled_anew(self.kernel)
            self._count(0, 0)

    def _count(self, start: int, stop: int) -> tuple[int, list[int]]:
        """Inputs that meet the assumptions, not counting undecided ones, and the rows that have failing or undecided ones."""
        flagged = np.empty(max(1, (stop - start) * self.kernel.rows), np.int64)
        totals = np.zeros(2, np.int64)
        self._functions.count(start, stop, self._tables, flagged, totals)
        return int(totals[0]), flagged[: int(totals[1])].tolist()

    def counted(self, start: int, stop: int) -> int:
        """The inputs of some units, after running the kernel over them: for measuring how long it takes."""
        self._count(start, stop)
        return self._size(start, stop)

    def run(self, start: int, stop: int, most_undecided: int) -> Chunk:
        """The chunk of some units; raises TooManyUndecided beyond that many undecided inputs."""
        met, rows = self._count(start, stop)
        referee, undecided, reason = Referee(self.kernel.claim), 0, ""
        failing: tuple[int, ...] | None = None
        for place, fails in self._lanes(start, rows):
            if fails:
                failing = place
                break
            undecided += 1
            if undecided > most_undecided:
                raise TooManyUndecided
            finding = referee.at(self.values(place))
            met += finding is not Finding.UNMET
            if finding is Finding.FAILS:
                failing = place
                break
            if finding is Finding.UNKNOWN:
                reason = reason or referee.reason
        return Chunk(start, stop, self._size(start, stop), met, undecided, failing, reason)

    def _size(self, start: int, stop: int) -> int:
        """Inputs of a chunk."""
        if self.kernel.blocked:
            return max(0, min(stop * BLOCK, self.cases) - start * BLOCK)
        return (stop - start) * self.unit

    def _lanes(self, start: int, rows: list[int]) -> Iterator[tuple[tuple[int, ...], bool]]:
        """The places of failing and undecided inputs of some rows, and whether they fail."""
        for row in rows:
            outer, low, high = self._row(start, row)
            found = self._located(outer, low, high)
            for j in np.flatnonzero(found).tolist():
                yield self._in_claim_order((*outer, low + j)), bool(found[j] == 1)

    def _located(self, outer: tuple[int, ...], low: int, high: int) -> NDArray[np.int64]:
        """Of each lane of a row: 1 where the claim fails, 2 where that is undecided, else 0."""
        found = np.empty(high - low, np.int64)
        self._functions.locate(np.array(outer or (0,), np.int64), low, high, self._tables, found)
        return found

    def _row(self, start: int, row: int) -> tuple[tuple[int, ...], int, int]:
        """The places of the outer variables, and the ends of the innermost loop."""
        if self.kernel.blocked:
            low = (start + row) * BLOCK
            return (), low, min(low + BLOCK, self.cases)
        places: list[int] = []
        for size in reversed(self.kernel.sizes[1:-1]):
            row, place = divmod(row, size)
            places.append(place)
        return (start + row, *reversed(places)), 0, self.kernel.sizes[-1]

    def _in_claim_order(self, places: tuple[int, ...]) -> tuple[int, ...]:
        at = dict(zip(self.kernel.order, places, strict=True))
        return tuple(at[v] for v in self.kernel.claim.variables)

    def fails_at(self) -> Callable[[Mapping[Term, Number | bool]], bool] | None:
        """Whether the claim fails at an input: as the kernel says where it decides, row by row, else as the referee does.

        None where a variable has too many values to look them up.
        """
        if max(self.kernel.sizes) > MOST_ROWS:
            return None
        domains, order = self.kernel.domains, self.kernel.order
        places = {v: {domains.value(v, i): i for i in range(domains.size(v))} for v in order}
        referee = Referee(self.kernel.claim)

        @lru_cache(MOST_KEPT)
        def located(outer: tuple[int, ...], block: int) -> NDArray[np.int64]:
            low = block * self.kernel.lanes
            return self._located(outer, low, min(low + self.kernel.lanes, domains.size(order[-1])))

        def fails(values: Mapping[Term, Number | bool]) -> bool:
            found = [places[v].get(values[v]) for v in order]
            if None in found:  # such as an integer beyond the bounds that are assumed
                return referee.at(values) is Finding.FAILS
            *outer, j = (i for i in found if i is not None)
            code = located(tuple(outer), j // self.kernel.lanes)[j % self.kernel.lanes]
            return referee.at(values) is Finding.FAILS if code == 2 else bool(code == 1)

        return fails

    def values(self, places: tuple[int, ...]) -> dict[Term, Number | bool]:
        """The input at some places, as the referee takes it."""
        return {v: self.kernel.domains.value(v, i) for v, i in zip(self.kernel.claim.variables, places, strict=True)}
