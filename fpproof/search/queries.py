"""One question a pattern, asked of solvers: all patterns get a small budget, then those that are left a larger one."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from importlib.util import find_spec

from fpproof.encodings import solve
from fpproof.encodings.solving import SOLVERS
from fpproof.search.encoding import Encoding, Pattern, encode
from fpproof.search.finding import Weights, decoded
from fpproof.search.limits import Stage
from fpproof.search.patterns import ordering
from fpproof.search.spec import Point, Spec

Progress = Callable[[int, int], object]


@dataclass
class Asked:
    """What solvers said of all patterns together: `weights` if one has a network, `unsat` those that have none, `left` those nobody knows of."""

    weights: Weights | None = None
    solver: str = ""
    unsat: list[Pattern] = field(default_factory=list)
    left: list[Pattern] = field(default_factory=list)
    solvers: dict[str, int] = field(default_factory=dict)
    """How many answers each solver gave."""

    def after(self, before: "Asked") -> "Asked":
        """What was said together with what was said before."""
        counts = {name: self.solvers.get(name, 0) + before.solvers.get(name, 0) for name in before.solvers | self.solvers}
        return Asked(self.weights, self.solver, [*before.unsat, *self.unsat], self.left, counts)


def query_of(spec: Spec, points: Sequence[Point], pattern: Pattern | None) -> Encoding:
    """What a network with this pattern must satisfy."""
    encoding = encode(spec)
    encoding.add_points(points, pattern)
    if pattern is not None:
        encoding.assertions += ordering(spec, pattern, encoding.weights)
    return encoding


def ask_all(
    spec: Spec, points: Sequence[Point], patterns: Sequence[Pattern], stages: Sequence[Stage], jobs: int, progress: Progress | None = None
) -> Asked:
    """Asks about every pattern until one has a network, or all are known to have none, or the stages' budgets are spent."""
    asked = Asked()
    left = list(patterns)
    for stage in stages:
        names = _installed() if stage.portfolio else _installed()[:1]
        undecided: list[Pattern] = []
        for pattern, status, solver, weights in _answers(spec, points, left, stage, names, jobs):
            if status in ("sat", "unsat"):
                asked.solvers[solver] = asked.solvers.get(solver, 0) + 1
            if status == "sat":
                asked.weights, asked.solver = weights, solver
                return asked
            if status == "unsat":
                asked.unsat.append(pattern)
            else:
                undecided.append(pattern)
            if progress is not None:
                progress(len(asked.unsat), len(patterns))
        left = undecided
        if not left:
            break
    asked.left = left
    return asked


def _installed() -> list[str]:
    """The solvers that are there, the one that is fastest on these queries first (docs/search.md)."""
    return [name for name in ("bitwuzla", "z3", "cvc5") if name in SOLVERS and find_spec(name)]


Reply = tuple[Pattern, str, str, Weights | None]


def _answers(spec: Spec, points: Sequence[Point], patterns: Sequence[Pattern], stage: Stage, names: Sequence[str], jobs: int) -> Iterator[Reply]:
    """Answers as they come in, `jobs` questions at a time; when the caller has enough, no more are begun."""

    def one(pattern: Pattern) -> Reply:
        encoding = query_of(spec, points, pattern)
        answer = solve(encoding.assertions, stage.budget, names or None)
        weights = decoded(spec, encoding.weights, answer.model) if answer.status == "sat" else None
        return pattern, answer.status, answer.solver, weights

    # Queries are made of terms in one shared pool and threads only wait for solvers, so threads are enough.
    with ThreadPoolExecutor(max(1, jobs)) as executor:
        waiting: set[Future[Reply]] = set()
        queue = iter(patterns)
        try:
            while True:
                while len(waiting) < 2 * max(1, jobs) and (pattern := next(queue, None)) is not None:
                    waiting.add(executor.submit(one, pattern))
                if not waiting:
                    return
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in waiting:
                future.cancel()
