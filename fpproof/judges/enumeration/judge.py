"""The judge that looks at every input, with compiled kernels; see docs/enumeration.md."""

import os
import time
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import prod
from threading import Lock

from fpproof.judges.enumeration import arrays
from fpproof.judges.enumeration.source import Beyond, Kernel, NoDomain, kernel
from fpproof.judges.enumeration.sweep import Chunk, Sweep, TooManyUndecided
from fpproof.judges.exact import NOBODY_WAITS, ExactJudge, tries
from fpproof.judges.gaps import NotReducible, by_gaps, parts
from fpproof.judges.referee import Finding, Referee, replay
from fpproof.judges.verdict import Budget, Estimate, Outcome, Progress, Verdict, number_of, silent
from fpproof.theory import Claim, Domain

MOST_UNDECIDED = 200_000
"""Inputs that are left to the referee in one run; it does some ten thousand a second."""

MOST_TRIES = 1 << 33
"""Of `exists`, at all inputs together, in a run that nobody asked for."""

COMPILING, RATE = 1.0, 3e8
"""Seconds that numba takes for a kernel, and inputs that it decides in a second."""
ARRAYS, ARRAY_RATE = 0.05, 1e9
"""Seconds that writing a claim for numpy takes, and operations in a second."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would take: inputs, and roughly the seconds on one core, measured on a few of them."""

    cases: int
    seconds: float


@dataclass(frozen=True)
class EnumerationJudge:
    """Decides claims whose variables are Float, Datum, Bool and bounded Int, over all their values, and one Real by its gaps.

    `jobs` threads; 0 for one a core.

    `decide` runs all chunks; a run that must survive its end asks for them one by one (`fpproof.judges.chunks.ChunkedJudge`).
    """

    name: str = "enumeration"
    version: int = 1
    jobs: int = field(default=0, compare=False)

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        """The number of inputs; times what `exists` may try at each where that is more than anybody waits for, as it ends with the first that does.

        Nothing is compiled.
        """
        try:
            claims = [part.claim for part in parts(claim) if part.claim.variables] if _speaks_of_a_real(claim) else [claim]
            kernels = [kernel(claim) for claim in claims]
            return Estimate(sum(map(_expected, kernels)), seconds=sum(map(_seconds, kernels)))
        except (Beyond, NoDomain, NotReducible) as reason:
            return Estimate(cannot=str(reason))

    def forecast(self, claim: Claim) -> Forecast:
        """A cost estimate for people; compiles. Raises Beyond or NoDomain where the judge cannot."""
        sweep = sweep_of(claim)
        sweep.compile()
        chunks = sweep.chunks()
        cases, spent = 0, 0.0
        for start, stop in chunks[:: max(1, len(chunks) // 8)]:
            began = time.process_time()
            cases += sweep.counted(start, start + max(1, (stop - start) // 8))
            spent += time.process_time() - began
            if spent > 1.0:
                break
        return Forecast(sweep.cases, spent * sweep.cases / max(1, cases))

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        if _speaks_of_a_real(claim):
            return self._by_gaps(claim, budget, progress)
        try:
            sweep = sweep_of(claim)
        except (Beyond, NoDomain) as reason:
            return self._open(claim, str(reason))
        if sweep.cases > budget.cases:
            return self._open(claim, f"{number_of(sweep.cases)} cases, the budget is {budget.cases}: a larger budget, or another judge")
        return self._verdict(claim, sweep, self._run(sweep, progress))

    def _by_gaps(self, claim: Claim, budget: Budget, progress: Progress) -> Verdict:
        """A claim on a real number: its parts, of which those without variables are the exact judge's."""
        exact = ExactJudge(self.name)
        try:
            return by_gaps(claim, lambda part: (self if part.variables else exact).decide(part, budget, progress))
        except NotReducible as reason:
            return self._open(claim, str(reason))

    def chunks(self, claim: Claim) -> int:
        try:
            return len(sweep_of(claim).chunks())
        except (Beyond, NoDomain):
            return 0

    def decide_chunk(self, claim: Claim, chunk: int, budget: Budget, progress: Progress = silent) -> Verdict:
        sweep = sweep_of(claim)

        def one() -> Iterator[Chunk]:
            found = sweep.run(*sweep.chunks()[chunk], MOST_UNDECIDED)
            progress(found.cases)
            yield found

        return self._verdict(claim, sweep, one())

    def _open(self, claim: Claim, reason: str) -> Verdict:
        return Verdict(Outcome.OPEN, self.name, claim.scope, reason=reason)

    def _run(self, sweep: Sweep, progress: Progress) -> Iterator[Chunk]:
        """All chunks in their order. When the caller has seen enough, or is interrupted, those that have not begun are cancelled."""
        sweep.compile()
        executor = ThreadPoolExecutor(self.jobs or os.cpu_count() or 1)
        futures = [executor.submit(sweep.run, start, stop, MOST_UNDECIDED) for start, stop in sweep.chunks()]
        try:
            for future in futures:
                chunk = future.result()
                progress(chunk.cases)
                yield chunk
        finally:
            executor.shutdown(cancel_futures=True)

    def _verdict(self, claim: Claim, sweep: Sweep, chunks: Iterator[Chunk]) -> Verdict:
        """What chunks say together, in their order: so the first input that fails is the same, however many threads there are."""
        cases = met = undecided = 0
        reason = ""
        try:
            for chunk in chunks:
                cases, met, undecided = cases + chunk.cases, met + chunk.met, undecided + chunk.undecided
                if chunk.failing is not None:
                    return self._refuted(claim, sweep, chunk.failing, cases, undecided)
                reason = reason or chunk.reason
                if undecided > MOST_UNDECIDED:
                    raise TooManyUndecided
        except TooManyUndecided:
            return self._open(claim, f"the kernel leaves more than {MOST_UNDECIDED} inputs undecided: another judge")
        outcome = Outcome.OPEN if reason else (Outcome.PROVED if met else Outcome.VACUOUS)
        return Verdict(outcome, self.name, claim.scope, cases, met, reason=reason, evidence={"undecided": undecided})

    def _refuted(self, claim: Claim, sweep: Sweep, failing: tuple[int, ...], cases: int, undecided: int) -> Verdict:
        """The first input that fails, replayed; open if the referee cannot tell, and a Disagreement if it says otherwise."""
        values = sweep.values(failing)
        referee = Referee(claim)
        if referee.at(values) is Finding.UNKNOWN:
            return self._open(claim, f"an input fails in the kernel, but the referee needs {referee.reason}")
        searches = tries(claim) > 1 and all(sweep.kernel.domains.table(v) is not None for v in sweep.kernel.order)
        found = replay(claim, values, sweep.fails_at() if searches else None)
        return Verdict(Outcome.REFUTED, self.name, claim.scope, cases, None, found, evidence={"undecided": undecided})


def _expected(kernel: Kernel) -> int:
    inputs = prod(kernel.sizes)
    most = inputs * tries(kernel.claim)
    return most if most > MOST_TRIES else inputs


def _seconds(kernel: Kernel) -> float:
    """About how long a run takes, compiling included."""
    if arrays.few(kernel):
        return ARRAYS + arrays.work(kernel) / ARRAY_RATE
    return COMPILING + min(prod(kernel.sizes) * tries(kernel.claim), NOBODY_WAITS) / RATE


def _speaks_of_a_real(claim: Claim) -> bool:
    return any(v.variable.domain is Domain.REAL for v in claim.variables)


_lock = Lock()
_sweeps: "OrderedDict[Claim, Sweep]" = OrderedDict()
_MOST_SWEEPS = 16


def sweep_of(claim: Claim) -> Sweep:
    """The sweep of a claim, made once as long as few others are asked for; raises Beyond or NoDomain."""
    with _lock:
        if claim not in _sweeps:
            found = kernel(claim)
            _sweeps[claim] = Sweep(found, arrays.functions(found) if arrays.few(found) else None)
            if len(_sweeps) > _MOST_SWEEPS:
                _sweeps.popitem(last=False)
        _sweeps.move_to_end(claim)
        return _sweeps[claim]
