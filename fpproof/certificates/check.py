"""Checking a certificate with the package's own evaluators: is everything that it claims so?

The array kernel looks at all points; a point that fails is replayed by the exact evaluator before anyone sees it. The stand-alone
checker is the other way, and shares no code with this one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from random import Random
from time import perf_counter

import numpy as np

from fpproof.certificates.certificate import FINITE_KINDS, LARGEST_ELSEWHERE, Certificate, Elsewhere, Vector
from fpproof.errors import CertificateError, NetworkError
from fpproof.formats import ZERO, Datum, Format
from fpproof.formats.arithmetic import equal, negate
from fpproof.formats.text import both, code_text
from fpproof.networks import Counters, Evaluation, NonFinite, Semantics, evaluate
from fpproof.networks.batch import Agreement, Comparer, Pair

CHUNK = 8192
"""Pairs a step of a claim about elsewhere: enough to keep the kernel busy, few enough to stop early."""
LARGEST_SCAN = 10**9
"""Evaluations that `everywhere` may take."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The first point at which a claim is not so; `what` is "value", "gradient", "finite" or "table"."""

    what: str
    listed: int | None
    """Its number among the listed points, from 1; None elsewhere."""
    x: Vector
    upstream: Vector
    expected: str
    found: str
    first_non_finite: NonFinite | None


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, and the verdict."""

    accepted: bool
    listed: int
    """Listed (x, upstream) pairs that were evaluated."""
    elsewhere: int
    """Further pairs that were evaluated."""
    elsewhere_scope: str
    """What `elsewhere` covered, in words; empty if nothing."""
    complete: bool
    """False if `elsewhere` was sampled: then it is supported, not shown."""
    counters: Counters
    densely: int
    finite: tuple[str, ...]
    semantics: Semantics
    method: str
    failure: Failure | None
    seconds: float


def check(
    certificate: Certificate,
    semantics: Semantics | None = None,
    everywhere: bool = False,
    jobs: int = 1,
    seed: int = 0,
    progress: Callable[[int, int], object] | None = None,
) -> Report:
    """Evaluates every claim exactly; `semantics` overrides the certificate's.

    `everywhere` also checks that value and gradient are 0 at every other finite x: for every finite upstream in formats of 8 bits and
    less, else for a sample of upstreams; in formats above 16 bits, where that is too much, at a sample of x. `progress` is told done and total.
    """
    start = perf_counter()
    if semantics is not None:
        certificate = replace(certificate, semantics=semantics)
    return _Check(certificate, everywhere, jobs, seed, progress).report(start)


@dataclass(frozen=True, slots=True)
class _Scan:
    """A claim about x that are not listed, and the x at which it is looked at."""

    claim: Elsewhere
    xs: Iterable[Vector]
    words: str
    complete: bool


class _Check:
    def __init__(
        self, certificate: Certificate, everywhere: bool, jobs: int, seed: int, progress: Callable[[int, int], object] | None
    ) -> None:
        self.certificate, self.network = certificate, certificate.network
        self.comparer = Comparer(certificate.network, certificate.semantics, jobs)
        self.progress, self.done, self.total = progress, 0, len(certificate.points)
        self.counters = np.zeros(3, np.int64)
        self.densely = 0
        self.scans: list[_Scan] = []
        if certificate.elsewhere is not None:
            self._plan(certificate.elsewhere, self._every_x(), LARGEST_ELSEWHERE, "claims.elsewhere")
        if everywhere:
            whole = self.network.format.width * self.network.inputs <= 16
            self._plan(self._zero(seed), self._every_x() if whole else self._some_x(seed), LARGEST_SCAN, "--everywhere")

    def report(self, start: float) -> Report:
        certificate = self.certificate
        failure = self._listed()
        listed, scope, complete = self.done, "", True
        for scan in self.scans:
            if failure is not None:
                break
            upstreams = scan.claim.upstreams
            scope = f"{scan.words}, {'every finite upstream' if upstreams is None else f'{len(upstreams)} upstreams'}"
            complete = complete and scan.complete
            failure = self._elsewhere(scan)
        counters = Counters(*map(int, self.counters))
        return Report(
            failure is None,
            listed,
            self.done - listed,
            scope,
            complete,
            counters,
            self.densely,
            certificate.finite,
            certificate.semantics,
            self.comparer.method,
            failure,
            perf_counter() - start,
        )

    def _advance(self, points: int) -> None:
        self.done += points
        if self.progress is not None:
            self.progress(self.done, self.total)

    def _listed(self) -> Failure | None:
        points = self.certificate.points
        if not points:
            return None
        agreement = self.comparer.compare([(p.x, p.upstream) for p in points], [(p.value, p.gradient) for p in points], self._advance)
        self._tally(agreement)
        bad = self._first_bad(agreement)
        return None if bad is None else self._failure(bad, (points[bad].x, points[bad].upstream), points[bad].value, points[bad].gradient)

    def _elsewhere(self, scan: "_Scan") -> Failure | None:
        points = ((x, h) for x in scan.xs for h in self._upstreams(scan.claim))
        while pairs := list(islice(points, CHUNK)):
            if failure := self._scan(scan.claim, pairs):
                return failure
        return None

    def _scan(self, scan: Elsewhere, pairs: Sequence[Pair]) -> Failure | None:
        agreement = self.comparer.compare(pairs, [(scan.value, scan.gradient)] * len(pairs), self._advance)
        self._tally(agreement)
        bad = self._first_bad(agreement)
        return None if bad is None else self._failure(None, pairs[bad], scan.value, scan.gradient)

    def _tally(self, agreement: Agreement) -> None:
        self.counters += agreement.counters.sum(axis=0)
        self.densely += int(agreement.densely.sum())

    def _first_bad(self, agreement: Agreement) -> int | None:
        good = agreement.values & agreement.gradients & ~agreement.incomplete
        for column, kind in enumerate(("pre-activations", "activations", "adjoints")):
            if kind in self.certificate.finite:
                good &= agreement.counters[:, column] == 0
        bad = np.flatnonzero(~good)
        return int(bad[0]) if len(bad) else None

    def _failure(self, listed: int | None, pair: Pair, value: Vector, gradient: Vector) -> Failure:
        """The failure at a pair, as the exact evaluator sees it."""
        number = None if listed is None else listed + 1
        F = self.network.format
        try:
            evaluation = evaluate(self.network, *pair, self.certificate.semantics)
        except NetworkError as error:
            return Failure("table", number, *pair, "an entry of the table", error.message, None)
        first = evaluation.first_non_finite
        for what, expected, found in (("value", value, evaluation.value), ("gradient", gradient, evaluation.gradient)):
            if not all(map(equal, expected, found)):
                return Failure(what, number, *pair, show_vector(F, expected), show_vector(F, found), first)
        for kind in self.certificate.finite:
            if count := _count(evaluation, kind):
                return Failure("finite", number, *pair, f"finite {kind}", f"{count} that are not", first)
        raise AssertionError(f"the kernel and the exact evaluator disagree at x = {show_vector(F, pair[0])}: a bug in fpproof")

    def _zero(self, seed: int) -> Elsewhere:
        F, m = self.network.format, self.network.outputs
        upstreams = None if F.width <= 8 else tuple((h,) * m for h in sample(F, 8, seed))
        return Elsewhere((ZERO,) * m, (ZERO,) * self.network.inputs, upstreams)

    def _plan(self, claim: Elsewhere, scan: "tuple[int, Iterable[Vector], str]", most: int, what: str) -> None:
        """Adds a scan of so many x, unless it takes more evaluations than are made."""
        count, xs, words = scan
        evaluations = count * self._upstream_count(claim)
        if evaluations > most:
            raise CertificateError(f"{what}: the claim is about more than {most} points", hint="at most so many are checked")
        self.total += evaluations
        self.scans.append(_Scan(claim, xs, words, words.startswith("every")))

    @property
    def _listed_x(self) -> set[Vector]:
        return {tuple(ZERO if c[0] == 0 else c for c in p.x) for p in self.certificate.points}

    def _every_x(self) -> tuple[int, Iterable[Vector], str]:
        """Every x that is not listed: how many, which, and in words."""
        F, d, listed = self.network.format, self.network.inputs, self._listed_x
        count = int((2 * F.largest_ordinal + 1) ** min(d, 64)) - len(listed)

        def others() -> Iterator[Vector]:  # made when it is looked at: the format may be too large to be listed
            yield from (x for x in product(_finite(F), repeat=d) if x not in listed)

        return count, others(), f"every other finite x of {F.name}"

    def _some_x(self, seed: int) -> tuple[int, Iterable[Vector], str]:
        """A sample of such x."""
        F, d, listed = self.network.format, self.network.inputs, self._listed_x
        near = {neighbour for x in listed for neighbour in _neighbours(F, x)}
        random = Random(seed)
        edges = sample(F, 1000, seed)
        xs = near | {tuple(random.choice(edges) for _ in range(d)) for _ in range(1000)}
        chosen = sorted(xs - listed, key=lambda x: [F.ordinal(c) for c in x])
        words = f"a sample of {len(chosen)} other x of {F.name} (neighbours of the listed ones, and random ones of seed {seed})"
        return len(chosen), chosen, words

    def _upstream_count(self, scan: Elsewhere) -> int:
        if scan.upstreams is not None:
            return len(scan.upstreams)
        return int((2 * self.network.format.largest_ordinal + 1) ** min(self.network.outputs, 64))  # 5^64 is beyond every bound

    def _upstreams(self, scan: Elsewhere) -> Iterable[Vector]:
        return product(_finite(self.network.format), repeat=self.network.outputs) if scan.upstreams is None else scan.upstreams


def _count(evaluation: Evaluation, kind: str) -> int:
    assert kind in FINITE_KINDS
    return int(getattr(evaluation.counters, kind.replace("-", "_")))


def _finite(F: Format) -> list[Datum]:
    """All finite numbers in order, 0 once."""
    return [F.from_ordinal(n) for n in range(-F.largest_ordinal, F.largest_ordinal + 1)]


def _neighbours(F: Format, x: Vector) -> Iterator[Vector]:
    for j, c in enumerate(x):
        for step in (-1, 1):
            n = F.ordinal(c) + step
            if abs(n) <= F.largest_ordinal:
                yield (*x[:j], F.from_ordinal(n), *x[j + 1 :])


def sample(F: Format, count: int, seed: int) -> list[Datum]:
    """Finite floats of both signs: 0, omega, 1, Omega, and random ordinals; the same for the same seed."""
    random = Random(seed)
    n = F.largest_ordinal
    edges = [F.from_ordinal(k) for k in (1, n)] + ([F.one] if F.emin - F.p <= 0 <= F.emax else [])
    chosen = [ZERO, *edges, *map(negate, edges)]
    while len(chosen) < count:
        chosen.append(F.from_ordinal(random.randint(-n, n)))
    return chosen[:count]


def show_vector(F: Format, vector: Vector) -> str:
    """Decimal, hex and bits of each entry."""
    return ", ".join(f"{both(F, x)} [{code_text(F, x)}]" for x in vector)
