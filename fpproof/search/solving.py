"""Whether there is a network: arguments first, then all weights one by one where these are few, then what can only say yes, then solvers.

*Points on demand.* Many points are not asked about at once. A network that fits some of them is evaluated at all, exactly; the first point where it
does not fit is added, and the question asked again. If there is no network for some of the points there is none for all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from fpproof.encodings import EncodingError
from fpproof.formats import rational
from fpproof.search.answer import Answer, Outcome
from fpproof.search.arguments import impossible
from fpproof.search.constructed import constructed
from fpproof.search.encoding import Pattern
from fpproof.search.enumeration import Chunks, assignments, enumerate_all
from fpproof.search.everywhere import Everywhere
from fpproof.search.finding import Weights, certificate_of, first_violated, fits, network_of
from fpproof.search.joining import join, joinable
from fpproof.search.limits import Effort, Limits
from fpproof.search.local import local_search
from fpproof.search.narrowing import narrowed, simplest
from fpproof.search.objective import improved
from fpproof.search.patterns import Split, split
from fpproof.search.proofs import Proofs, Refuted
from fpproof.search.queries import Asked, ask_all
from fpproof.search.roundings import applies
from fpproof.search.shallow import embedded_from_shallow
from fpproof.search.spec import Point, Spec

Progress = Callable[[str, int, int], object]
"""Told what is being done, how much of it is, and how much there is."""

LOCAL = "local search"
FEW_PATTERNS = 16
MANY_PATTERNS = 200
FIRST_POINTS = 3
SPREAD, ADDED = 48, 8
"""Of very many points, those that local searches begin with, and that are added where what they find fails."""
MOST_CHANGES = 4
"""Where more points have neighbours of which something else is wanted, as for value = "x", they say nothing."""


@dataclass(frozen=True)
class Search:
    """One spec with what may be spent on it. `proofs` says whether refutations by solvers are proved in clauses and checked."""

    spec: Spec
    limits: Limits = field(default_factory=Limits)
    jobs: int = 1
    proofs: Proofs | None = None
    progress: Progress | None = None
    kept: Chunks | None = None
    """Where an enumeration notes how far it is, so that it can go on."""

    def answer(self) -> Answer:
        """The answer without regard to an objective."""
        reason = impossible(self.spec)
        if reason:
            return Answer(Outcome.IMPOSSIBLE, "argument", reason, "argument")
        count = assignments(self.spec)
        if count is not None and count <= min(self.limits.few_assignments, self.limits.assignments):
            return self._by_enumeration(count)
        found = self._by_chance()
        if found is not None:
            return found
        if applies(self.spec) and (argued := self._by_patterns()) is not None:
            return argued
        if count is not None and count <= self.limits.assignments:
            return self._by_enumeration(count)
        if joinable(self.spec) and (joined := self._by_joining()) is not None:
            return joined
        try:
            return self._by_solvers()
        except EncodingError as error:
            return self.by_local_search(self.limits.thorough) or Answer(Outcome.OPEN, "solvers", str(error))

    def _by_chance(self) -> Answer | None:
        """What says yes or nothing: the constructions, and a local search where the points are few enough to look at all of them."""
        built = constructed(self.spec)
        if built is not None:
            return self._found(built[0], "construction", {"construction": built[1]})
        count = len(self.spec.points)
        if count > self.limits.local_points:
            return self._by_growing()
        found = self.by_local_search(self.limits.quick)
        if found is not None:
            return found
        shallow = embedded_from_shallow(self.spec, self.limits.quick, self.jobs)
        return None if shallow is None else self._found(shallow[0], LOCAL, {"points": count, "embedded from depth": shallow[1]})

    def by_local_search(self, effort: Effort) -> Answer | None:
        """What says yes or nothing, where the points are few enough to look at all of them."""
        few = len(self.spec.points) <= self.limits.local_points
        weights = local_search(self.spec, self.spec.points, effort, self.jobs) if few else None
        return None if weights is None else self._found(weights, LOCAL, {"points": len(self.spec.points)})

    def _by_growing(self) -> Answer | None:
        """Local searches at some of very many points: what fits these is evaluated at all, and some of those where it fails are added.

        First for networks with simple weights, since what is to hold everywhere is seldom a matter of luck.
        """
        points = self._everywhere.spread(SPREAD)
        for spec in (simplest(self.spec), narrowed(self.spec), self.spec):
            for seed in range(self.limits.growths if spec is not None else 0):
                assert spec is not None
                weights = local_search(spec, points, self.limits.quick, self.jobs, seed)
                if weights is None:
                    break
                wrong = self._everywhere.violated(network_of(self.spec, weights))
                if not wrong:
                    return self._found(weights, LOCAL, {"points looked at": len(points)})
                points = [*points, *wrong[:: max(1, len(wrong) // ADDED)][:ADDED]]
                self._say("points", len(points), len(self.spec.points))
        return None

    def _wrong(self, weights: Weights) -> Point | None:
        """A point at which a network does not do what is wanted: the first, or, of very many, one in the middle."""
        network = network_of(self.spec, weights)
        if len(self.spec.points) <= self.limits.local_points:
            found = first_violated(self.spec, network, self.spec.points)
            return None if found is None else found[0]
        wrong = self._everywhere.violated(network)
        return wrong[len(wrong) // 2] if wrong else None

    @cached_property
    def _everywhere(self) -> Everywhere:
        return Everywhere(self.spec)

    def _tell(self, what: str) -> Callable[[int, int], object] | None:
        progress = self.progress
        return None if progress is None else lambda done, total: progress(what, done, total)

    def _by_patterns(self) -> Answer | None:
        """Whether all activation patterns at a few points are settled by argument."""
        points = first_points(self.spec)
        cases = split(self.spec, points)
        evidence: dict[str, str | int] = {"patterns": cases.total, **dict(cases.settled)}
        return None if cases.patterns else self._none(points, Asked(), [], evidence)

    def _by_enumeration(self, count: int) -> Answer:
        weights = enumerate_all(self.spec, self.jobs, self._tell("assignments"), self.kept if count > self.limits.few_assignments else None)
        if weights is None:
            reason = f"none of {count} assignments of weights does it"
            return Answer(Outcome.IMPOSSIBLE, "enumeration", reason, "enumeration", evidence={"assignments": count})
        return self._found(weights, "enumeration", {"assignments": count})

    def _by_joining(self) -> Answer | None:
        """All weights of one hidden layer, neuron by neuron, at more and more points; None where they, or cases of the output, are too many."""
        points = first_points(self.spec)
        for _ in range(self.limits.rounds):
            joined = join(self.spec, points, self.jobs, self._tell(f"joining at {len(points)} points"))
            if joined is None:
                return None
            evidence: dict[str, str | int] = {"assignments": assignments(self.spec) or 0, "points looked at": len(points)}
            evidence |= {f"different rows of neuron {i}": rows for i, rows in enumerate(joined.rows, 1)}
            evidence |= {"sums of contributions": joined.sums}
            if joined.weights is None:
                reason = f"no neurons contribute what is wanted at {len(points)} points, whatever the bias"
                return Answer(Outcome.IMPOSSIBLE, "joining", reason, "enumeration", evidence=evidence)
            wrong = self._wrong(joined.weights)
            if wrong is None:
                if not fits(self.spec, joined.weights):
                    raise AssertionError("the weights of joined neurons are not what was asked of them: a bug in fpproof")
                return self._found(joined.weights, "joining", evidence)
            if wrong in points:
                raise AssertionError(f"a network of joined neurons fails at a point that was looked at ({wrong}): a bug in fpproof")
            self._say("points", len(points), len(self.spec.points))
            points = [*points, wrong]
        return None

    def _say(self, what: str, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(what, done, total)

    def _found(self, weights: Weights, by: str, evidence: dict[str, str | int]) -> Answer:
        certificate = certificate_of(self.spec, weights, search=by, spec=self.spec.file)
        return Answer(Outcome.FOUND, by, certificate=certificate, evidence=evidence)

    def _by_solvers(self) -> Answer:
        points = first_points(self.spec)
        refuted: list[Refuted] = []
        for number in range(1, self.limits.rounds + 1):
            cases, again = _without(split(self.spec, points), refuted)
            asked = self._asked(points, cases)
            refuted += [Refuted(tuple(points), pattern) for pattern in asked.unsat]
            evidence: dict[str, str | int] = {"rounds": number, "points asked about": len(points), "patterns": cases.total + again}
            evidence |= dict(cases.settled) | {"refuted at fewer points": again}
            evidence |= {f"answers of {solver}": count for solver, count in sorted(asked.solvers.items())}
            if asked.weights is None:
                return self._none(points, asked, refuted, evidence)
            wrong = self._wrong(asked.weights)
            if wrong is None:
                if not fits(self.spec, asked.weights):
                    raise AssertionError("a solver's weights are not what was asked of them: a bug in fpproof")
                return self._found(asked.weights, asked.solver or "solvers", evidence)
            if wrong in points:
                raise AssertionError(f"a solver's network fails at a point that was asked about ({wrong}): a bug in fpproof")
            points = [*points, wrong]
        return Answer(Outcome.OPEN, "solvers", f"{self.limits.rounds} points were added, and the network that fits them fails elsewhere")

    def _asked(self, points: Sequence[Point], cases: Split) -> Asked:
        """A network for some of the points: by local searches and solvers by turns, both more thorough from turn to turn.

        Where few patterns are left, solvers are asked for one with simple first weights before they are asked for any, and again with the second
        budget where they did not say that there is none. Where many are, solvers take their time, and local search comes before them.
        """
        limits, tell = self.limits, self._tell(f"patterns of {len(points)} points")
        stages = limits.stages
        few = [(limits.middling, stages[:1], stages[:1]), (limits.longer, stages[1:-1], stages[1:-1]), (limits.thorough, (), stages[1:][-1:])]
        many = [(limits.longer, (), stages[:1]), (limits.thorough, (), stages[1:])]
        most = [(limits.thorough, (), stages)]
        asked = Asked()
        patterns: Sequence[Pattern] = cases.patterns
        narrow = narrowed(self.spec) if len(patterns) <= FEW_PATTERNS else None
        simple = patterns
        turns = few if len(patterns) <= FEW_PATTERNS else many if len(patterns) <= MANY_PATTERNS else most
        for number, (effort, narrow_budgets, budgets) in enumerate(turns):
            if not patterns:
                break
            weights = local_search(self.spec, points, effort, self.jobs, seed=len(points) + number)
            if weights is not None:
                return replace(asked, weights=weights, solver=LOCAL)
            if len(patterns) > limits.patterns:
                return replace(asked, left=list(patterns))
            if narrow is not None and narrow_budgets:
                easier = ask_all(narrow, points, [p for p in patterns if p in simple], narrow_budgets, self.jobs, tell)
                if easier.weights is not None:
                    return easier
                simple = easier.left
            more = ask_all(self.spec, points, patterns, budgets, self.jobs, tell)
            asked = more.after(asked)
            patterns = asked.left
        return asked

    def _none(self, points: list[Point], asked: Asked, refuted: list[Refuted], evidence: dict[str, str | int]) -> Answer:
        """No network was found for some points: is it shown that there is none?"""
        if asked.left:
            reason = f"{len(asked.left)} activation patterns are undecided within the budget, {len(refuted)} are refuted: a larger --budget"
            return Answer(Outcome.OPEN, "solvers", reason, evidence=evidence)
        what = f"none of {evidence['patterns']} activation patterns at {len(points)} points has a network"
        if not refuted:
            return Answer(Outcome.IMPOSSIBLE, "argument", what, "argument", evidence=evidence)
        proof = "unsat, proof unchecked"
        if self.proofs is not None:
            checked = self.proofs.check_all(self.spec, refuted, self.limits, self._tell("proofs"))
            evidence |= checked.evidence
            if checked.complete:
                proof = "unsat, proof checked"
        return Answer(Outcome.IMPOSSIBLE, "solvers", what, proof, evidence=evidence)


def _without(cases: Split, refuted: Sequence[Refuted]) -> tuple[Split, int]:
    """The patterns that are not known to be impossible at the points that came before, and how many are.

    Points are only ever added at the end, so a pattern at fewer x is a beginning of one at more.
    """
    known = {one.pattern for one in refuted}
    lengths = {len(pattern) for pattern in known}
    left = tuple(p for p in cases.patterns if not any(p[:length] in known for length in lengths))
    return replace(cases, patterns=left), len(cases.patterns) - len(left)


def first_points(spec: Spec) -> list[Point]:
    """A few points to begin with: all if they are few, else the outermost and the middle one, and those beside which something else is wanted."""
    points = list(spec.points)
    if len(points) <= FIRST_POINTS + 2:
        return points
    order = sorted(points, key=lambda p: tuple(rational(entry) for entry in p.x))
    changes = [p for pair in pairwise(order) if pair[0].value != pair[1].value for p in pair]
    if len(changes) > MOST_CHANGES:
        changes = []
    return list(dict.fromkeys([order[0], order[len(order) // 2], order[-1], *changes]))


def search(
    spec: Spec,
    limits: Limits | None = None,
    jobs: int = 1,
    proofs: Proofs | None = None,
    progress: Progress | None = None,
    kept: Chunks | None = None,
) -> Answer:
    """Whether a network does what a spec wants, and the smallest by its objective, as far as the limits allow.

    A network that is found was evaluated exactly, its certificate checked. `kept`, such as a ledger, lets a long enumeration go on where it was.
    Raises FpproofError for a spec that makes no sense.
    """
    limits = limits or Limits()

    def one(question: Spec) -> Search:
        return Search(question, limits, jobs, proofs, progress, kept)

    answer = one(spec).answer()
    if spec.objective is None or answer.outcome is not Outcome.FOUND:
        return answer
    return improved(spec, answer, lambda harder: one(harder).answer(), lambda stricter: one(stricter).by_local_search(limits.quick))
