"""What the benchmarks measure is kept until the end, and shown beside the goals."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from tabulate import tabulate


@dataclass(frozen=True)
class Goal:
    """The peer must need at least `ratio` times the time of ours, both being medians of one run on the same work."""

    name: str
    work: str
    ours: str
    peer: str
    ratio: float


@dataclass
class Medians:
    """Seconds by work and candidate, and the goals that were looked at."""

    seconds: dict[tuple[str, str], float] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def measure(
        self, benchmark: BenchmarkFixture, work: str, candidate: str, run: Callable[[], object], rounds: int = 7, iterations: int = 1
    ) -> None:
        """Time `run` and keep the median."""
        benchmark.group = work
        benchmark.pedantic(run, rounds=rounds, iterations=iterations, warmup_rounds=1)
        self.seconds[work, candidate] = benchmark.stats.stats.median

    def ratio(self, goal: Goal) -> float | None:
        """How much more time the peer took; None if one of the two was not measured."""
        ours, peer = self.seconds.get((goal.work, goal.ours)), self.seconds.get((goal.work, goal.peer))
        return None if ours is None or peer is None else peer / ours

    def require(self, goal: Goal) -> None:
        """Note the goal for the table, and fail if it is missed."""
        self.goals.append(goal)
        ratio = self.ratio(goal)
        if ratio is None:
            pytest.skip("not measured: a peer is not installed, or only a part of the file was run")
        assert ratio >= goal.ratio, f"{goal.name}: {ratio:.2f} times, goal {goal.ratio}"


_medians = Medians()


@pytest.fixture(scope="session")
def medians() -> Medians:
    return _medians


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of goals, one row a goal."""
    rows = []
    for goal in _medians.goals:
        ratio, seconds = _medians.ratio(goal), [_medians.seconds.get((goal.work, who)) for who in (goal.ours, goal.peer)]
        times = ["-" if s is None else f"{s * 1000:.3f}" for s in seconds]
        shown, met = ("-", "not measured") if ratio is None else (f"{ratio:.2f}", "yes" if ratio >= goal.ratio else "NO")
        rows.append((goal.name, goal.work, goal.ours, times[0], goal.peer, times[1], shown, goal.ratio, met))
    if rows:
        terminalreporter.section("goals")
        terminalreporter.write_line(
            tabulate(rows, ("goal", "work", "", "ms", "against", "ms", "ratio", "at least", "met"), disable_numparse=True, tablefmt="simple")
        )
    for remark in _medians.remarks:
        terminalreporter.write_line(remark)

