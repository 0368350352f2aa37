"""Runs in several arithmetics side by side, measured step by step; on several processes once it takes long."""

import signal
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import zip_longest
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from fpproof.training.arithmetic import parse_arithmetic
from fpproof.training.description import Run
from fpproof.training.trajectory import MOST_BITS, Place, State, Trajectory

QUICK = 2.0
"""Seconds in which runs may end before other processes are started for them."""

Measure = Callable[[str, State | None, State], Any]
"""What is measured of a state, given the arithmetic's text and the state before; where other processes do it, it must be picklable."""


@dataclass(frozen=True, slots=True)
class Step:
    """A state of one run, and what was measured of it."""

    state: State
    measured: Any


@dataclass
class Together:
    """One run in several arithmetics, by their texts; `rows` yields a list with a Step a run after every step, None where a run has ended.

    With `begin` the runs go on from there, which is not yielded again (None: that run has ended); `stopped` has the reasons of runs that
    ended early, by texts.
    """

    run: Run
    texts: Sequence[str]
    measure: Measure
    jobs: int = 1
    most_bits: int = MOST_BITS
    begin: Sequence[Place | None] | None = None
    stopped: dict[str, str] = field(default_factory=dict)

    def rows(self) -> Generator[list[Step | None], None, None]:
        """Row after row. What a run raises is raised here."""
        begun, ended = time.monotonic(), set[int]()
        series = [self._series(k, place) for k, place in enumerate(self.begin or [None] * len(self.texts))]
        for row in zip_longest(*series):
            yield list(row)
            ended |= {k for k, step in enumerate(row) if step is None}
            if self.jobs > 1 and len(self.texts) - len(ended) > 1 and time.monotonic() - begun > QUICK:
                yield from self._in_processes([None if step is None else step.state for step in row])
                return

    def _series(self, k: int, place: Place | None) -> Iterator[Step]:
        if self.begin is not None and place is None:
            return
        trajectory = Trajectory(self.run, parse_arithmetic(self.texts[k]), self.most_bits, place)
        before: State | None = None
        for state in trajectory.states():
            if place is None or before is not None:
                yield Step(state, self.measure(self.texts[k], before, state))
            before = state
        if trajectory.stopped is not None:
            self.stopped[self.texts[k]] = trajectory.stopped

    def _in_processes(self, states: Sequence[State | None]) -> Iterator[list[Step | None]]:
        """The runs that are left, dealt to `jobs` processes; each sends its rows as fast as they are taken."""
        left = [k for k, state in enumerate(states) if state is not None and state.step < self.run.steps]
        groups = [group for j in range(self.jobs) if (group := left[j :: self.jobs])]
        workers = [_Worker(self, group, [state.place for k in group if (state := states[k]) is not None]) for group in groups]
        try:
            numbers = [parse_arithmetic(text).steps for text in self.texts]
            for rows in zip_longest(*(worker.rows() for worker in workers)):
                row: list[Step | None] = [None] * len(self.texts)
                for group, steps in zip(groups, rows, strict=True):
                    for k, sent in zip(group, steps or [], strict=False):
                        if sent is not None:
                            place, stagnant, measured = sent
                            row[k] = Step(State(place.step, place.parameters, numbers[k], stagnant, momenta=place.momenta), measured)
                yield row
        finally:
            for worker in workers:
                worker.end()


class _Worker:
    """A process with some of the runs."""

    def __init__(self, whole: Together, group: Sequence[int], places: Sequence[Place]) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe(duplex=False)
        self._stopped = whole.stopped
        part = Together(whole.run, [whole.texts[k] for k in group], whole.measure, 1, whole.most_bits, places)
        self._process = context.Process(target=_work, args=(theirs, part), daemon=True)
        self._process.start()
        theirs.close()

    def rows(self) -> Iterator[Any]:
        while True:
            kind, content = self._pipe.recv()
            if kind == "row":
                yield content
                continue
            if kind == "error":
                raise content
            self._stopped.update(content)
            return

    def end(self) -> None:
        self._process.terminate()
        self._process.join()
        self._pipe.close()


def _work(pipe: Connection, part: Together) -> None:
    """The process: an interrupt at the terminal is for the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with closing(pipe):
        try:
            for row in part.rows():
                pipe.send(("row", [None if step is None else (step.state.place, step.state.stagnant, step.measured) for step in row]))
            pipe.send(("end", part.stopped))
        except Exception as error:
            pipe.send(("error", error))
