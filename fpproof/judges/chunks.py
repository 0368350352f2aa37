"""Long runs in chunks: a judge that can be asked about a part of a claim's inputs, and the exact judge as one.

A chunk's verdict speaks of its inputs alone: proved, vacuous, refuted or open there. `plan.combined` makes one verdict of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Protocol, runtime_checkable

from gmpy2 import mpq

from fpproof.judges.exact import ExactJudge, bounds
from fpproof.judges.referee import Finding, Referee, replay
from fpproof.judges.verdict import Budget, Judge, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim, Domain, Term
from fpproof.theory.evaluate import domain
from fpproof.theory.numbers import Number

CASES_A_CHUNK = 2_000
WIDEST = 16
"""Bits of a format whose values the exact judge lists."""
MOST_INTEGERS = 1 << WIDEST


@runtime_checkable
class ChunkedJudge(Protocol):
    """A judge with chunks. How many there are depends on the claim and on the judge's version, on nothing else."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    def chunks(self, claim: Claim) -> int:
        """The number of chunks; 0 if the claim cannot be cut."""
        ...

    def decide_chunk(self, claim: Claim, chunk: int, budget: Budget, progress: Progress = silent) -> Verdict:
        """The verdict on the inputs of one chunk, numbered from 0."""
        ...


@dataclass(frozen=True)
class ExactChunks:
    """The exact judge, some thousand inputs at a time, in the order of the domains; not for Real variables."""

    name: str = "exact"
    version: int = ExactJudge.version

    def chunks(self, claim: Claim) -> int:
        sizes = [_size(claim, v) for v in claim.variables]
        known = [size for size in sizes if size is not None]
        return 0 if len(known) < len(sizes) else max(1, -(-prod(known) // CASES_A_CHUNK))

    def decide_chunk(self, claim: Claim, chunk: int, budget: Budget, progress: Progress = silent) -> Verdict:
        domains = _domains(claim)
        first = chunk * CASES_A_CHUNK
        end = min(first + CASES_A_CHUNK, prod(map(len, domains)))
        referee, met, reason = Referee(claim), 0, ""
        for index in range(first, end):
            values = _input(claim, domains, index)
            finding = referee.at(values)
            met += finding is not Finding.UNMET
            if finding is Finding.FAILS:
                return Verdict(Outcome.REFUTED, self.name, claim.scope, index + 1 - first, met, replay(claim, values))
            if finding is Finding.UNKNOWN:
                reason = reason or referee.reason
        progress(end - first)
        outcome = Outcome.OPEN if reason else (Outcome.PROVED if met else Outcome.VACUOUS)
        return Verdict(outcome, self.name, claim.scope, end - first, met, reason=reason)


def in_chunks(judge: Judge) -> ChunkedJudge | None:
    """The judge's way of working in chunks, if it has one."""
    if isinstance(judge, ExactJudge):
        return ExactChunks()
    return judge if isinstance(judge, ChunkedJudge) else None


def _size(claim: Claim, variable: Term) -> int | None:
    match variable.variable.domain:
        case Domain.FLOAT | Domain.DATUM if variable.args[0].data.width <= WIDEST:
            return len(_domain(claim, variable))
        case Domain.BOOL:
            return 2
        case Domain.INT:
            low, high = bounds(claim, variable)
            return None if low is None or high is None or high - low >= MOST_INTEGERS else max(0, high - low + 1)
    return None


@lru_cache(maxsize=8)
def _domains(claim: Claim) -> list[Sequence[Number | bool]]:
    return [_domain(claim, v) for v in claim.variables]


@lru_cache(maxsize=32)
def _domain(claim: Claim, variable: Term) -> Sequence[Number | bool]:
    if variable.variable.domain is Domain.INT:
        low, high = bounds(claim, variable)
        assert low is not None, "the size is known"
        assert high is not None, "the size is known"
        return [mpq(i) for i in range(low, high + 1)]
    every = domain(variable)
    assert every is not None, "no Real is cut into chunks"
    return list(every)


def _input(claim: Claim, domains: Sequence[Sequence[Number | bool]], index: int) -> dict[Term, Number | bool]:
    """Input number `index`: the last variable runs fastest."""
    values: dict[Term, Number | bool] = {}
    for variable, every in zip(reversed(claim.variables), reversed(domains), strict=True):
        index, place = divmod(index, len(every))
        values[variable] = every[place]
    return values
