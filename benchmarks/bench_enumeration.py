"""Exhaustive checks of two- and three-operand lemmas in CPU time: compiled kernels against loops over arrays, and against a kernel written by hand.

The same pairs in one run. Peers get a slice of the rows, since all would take minutes; each says how many pairs fail, and must agree. The lemma is
Sterbenz's with its condition as a part of the conclusion, so that nothing is cut; how long the lemma itself takes, cut, is measured apart.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from gfloat import round_ndarray
from gfloat.formats import format_info_bfloat16, format_info_binary16
from numba import njit

from fpproof.formats import Format, parse_format
from fpproof.judges import Budget, Outcome
from fpproof.judges.enumeration import EnumerationJudge
from fpproof.judges.enumeration.judge import sweep_of
from fpproof.judges.enumeration.sweep import Sweep
from fpproof.judges.smt import SmtJudge
from fpproof.theory import Claim, instances, read_theory_text

THEORY = read_theory_text(
    """
from fpproof.lang import *

@lemma
def sterbenz(x: Float, y: Float):
    assume(0 <= y / 2 <= x <= 2 * y)
    show(fl(x - y) == x - y)

@lemma
def uncut(x: Float, y: Float):
    assume(x < 0 or x >= 0)
    show(fl(x - y) == x - y or not 0 <= y / 2 <= x <= 2 * y)

@lemma
def monotone(x: Float, y: Float, z: Float):
    assume(x <= y)
    show(fl(x + z) <= fl(y + z))
"""
)
TYPES = {"binary16": np.float16, "bfloat16": ml_dtypes.bfloat16}
ROWS = 512
GOALS = {
    ("binary16", "by hand"): 0.5,
    ("binary16", "arrays"): 8,
    ("binary16", "gfloat"): 10,
    ("bfloat16", "by hand"): 0.5,
    ("bfloat16", "arrays"): 4,
    ("bfloat16", "gfloat"): 10,
}
"""How many times the peer's rate ours is to be, where nothing is cut."""
WHOLE = 20
"""How many times faster than loops over arrays would take for all pairs Sterbenz's lemma is to be decided."""

_medians: dict[tuple[str, str], float] = {}


def claim(name: str, format: str) -> Claim:
    return instances(THEORY.lemma(name), parse_format(format))[0]


@cache
def floats(format: str) -> Any:
    """All finite floats in order, as doubles."""
    return sweep_of(claim("uncut", format)).kernel.domains.tables[0]


def rows(format: str) -> tuple[int, int]:
    """Rows about 1, where many conditions hold."""
    start = int(np.searchsorted(floats(format), 1.0)) - ROWS // 2
    return start, start + ROWS


@njit(error_model="numpy")
def _by_hand(first: Any, second: Any, omega: float, least: float, scale: float) -> int:
    """What one would write for this lemma: differences of a row rounded by adding and subtracting a constant that their power of two gives.

    It takes differences for exact that are not, in bfloat16, and is right all the same, since those do not meet the condition.
    """
    failures = 0
    row, power = np.empty(second.shape[0]), np.empty(second.shape[0])
    bits, power_bits = row.view(np.int64), power.view(np.int64)
    for x in first:
        for i in range(second.shape[0]):
            row[i] = x - second[i]
        for i in range(second.shape[0]):
            power_bits[i] = bits[i] & 0x7FF0000000000000
        for i in range(second.shape[0]):
            y = second[i]
            p = power[i] if power[i] > least else least
            rounded = (row[i] + p * scale) - p * scale
            rounded = rounded if abs(rounded) <= omega else np.inf
            failures += (y * 0.5 >= 0.0) & (y * 0.5 <= x) & (x <= 2.0 * y) & (rounded != row[i])
    return failures


def hand_run(format: str) -> Callable[[], int]:
    F: Format = parse_format(format)
    start, stop = rows(format)
    every = floats(format)
    constants = (float(F.Omega), 2.0**F.emin, 1.5 * 2.0 ** (52 - F.p))
    return lambda: int(_by_hand(every[start:stop], every, *constants))


def array_run(format: str) -> Callable[[], int]:
    """Row by row in the format's own type; a difference is exact iff it is as a double, which binary16's are and bfloat16's where it matters."""
    start, stop = rows(format)
    exact = floats(format)
    narrow = exact.astype(TYPES[format])
    half, double = exact / 2, exact * 2

    def run() -> int:
        failures = 0
        for x in range(start, stop):
            with np.errstate(over="ignore"):
                rounded = (narrow[x] - narrow).astype(np.float64)
            near = (half >= 0) & (half <= exact[x]) & (exact[x] <= double)
            failures += int(np.count_nonzero(near & (rounded != exact[x] - exact)))
        return failures

    return run


def our_run(format: str) -> Callable[[], int]:
    sweep: Sweep = sweep_of(claim("uncut", format))
    start, stop = rows(format)
    sweep.compile()
    return lambda: len(sweep._count(start, stop)[1])


def gfloat_run(format: str) -> Callable[[], int]:
    """Row by row in doubles, rounded by gfloat's rounding of arrays."""
    start, stop = rows(format)
    exact = floats(format)
    half, double = exact / 2, exact * 2
    info = {"binary16": format_info_binary16, "bfloat16": format_info_bfloat16}[format]

    def run() -> int:
        failures = 0
        for x in range(start, start + (stop - start) // GFLOAT_PART):
            rounded = round_ndarray(info, exact[x] - exact)
            near = (half >= 0) & (half <= exact[x]) & (exact[x] <= double)
            failures += int(np.count_nonzero(near & (rounded != exact[x] - exact)))
        return failures

    return run


RUNS = {"fpproof": our_run, "by hand": hand_run, "arrays": array_run, "gfloat": gfloat_run}
GFLOAT_PART = 16
"""gfloat gets one row in so many, and its time is counted so many times."""


@pytest.mark.parametrize("peer", RUNS)
@pytest.mark.parametrize("format", TYPES)
@pytest.mark.benchmark(timer=time.process_time, min_rounds=5, max_time=2, warmup=True, warmup_iterations=1)
def test_pairs(benchmark: Any, format: str, peer: str) -> None:
    run = RUNS[peer](format)
    assert run() == 0
    benchmark.group = f"{format}: {ROWS} rows of pairs"
    benchmark(run)
    _medians[format, peer] = benchmark.stats.stats.median * (GFLOAT_PART if peer == "gfloat" else 1)


@pytest.mark.parametrize(("format", "peer"), GOALS)
def test_goal(format: str, peer: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The measured ratio against the goal."""
    pairs = ROWS * len(floats(format))
    ratio = _medians[format, peer] / _medians[format, "fpproof"]
    with capsys.disabled():
        print(f"\n{format}: {pairs / _medians[format, 'fpproof'] / 1e6:.0f} M pairs/s, {ratio:.1f} times {peer}, goal {GOALS[format, peer]}")
    assert ratio >= GOALS[format, peer]


@pytest.mark.parametrize(("name", "format", "goal"), [("sterbenz", "binary16", 2.0), ("sterbenz", "bfloat16", 2.0), ("monotone", "E5M2", 0.1)])
@pytest.mark.benchmark(timer=time.process_time)
def test_whole_lemmas(name: str, format: str, goal: float, benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """All inputs, verdict included, after compilation, one thread: CPU seconds."""
    statement, judge, budget = claim(name, format), EnumerationJudge(jobs=1), Budget(cases=1 << 40)
    verdict = judge.decide(statement, budget)
    assert verdict.outcome is Outcome.PROVED
    benchmark.pedantic(judge.decide, (statement, budget), rounds=5)
    seconds = benchmark.stats.stats.median
    with capsys.disabled():
        print(f"\n{name} in {format}: {verdict.cases} cases in {seconds:.3f} s, goal {goal}")
    assert seconds <= goal
    if name == "sterbenz":
        arrays = _medians[format, "arrays"] * verdict.cases / (ROWS * len(floats(format)))
        with capsys.disabled():
            print(f"{arrays / seconds:.0f} times faster than loops over arrays, goal {WHOLE}")
        assert arrays / seconds >= WHOLE


SMT_FACTOR = 20
"""How many times faster than the best solver a lemma on three floats of 8 bits is to be decided."""


def test_three_operands_against_solvers(capsys: pytest.CaptureFixture[str]) -> None:
    """Monotone addition in E5M2: CPU seconds of the kernel, and what each solver reports for this project's encoding."""
    statement, budget = claim("monotone", "E5M2"), Budget(cases=1 << 40)
    judge = EnumerationJudge(jobs=1)
    judge.decide(statement, budget)
    start = time.process_time()
    judge.decide(statement, budget)
    ours = time.process_time() - start
    solvers = {}
    for name in ("z3", "bitwuzla", "cvc5"):
        verdict = SmtJudge(solvers=(name,)).decide(statement, budget)
        if verdict.outcome is Outcome.PROVED:
            solvers[name] = int(verdict.evidence["milliseconds"] or 0) / 1000
    best = min(solvers.values())
    with capsys.disabled():
        print(f"\nmonotone in E5M2: {ours:.4f} s; {solvers} s: {best / ours:.0f} times faster than the best, goal {SMT_FACTOR}")
    assert best / ours >= SMT_FACTOR


def test_compilation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a kernel that is nowhere kept, and again from the cache on disk in another process: CPU seconds."""
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path))
    text = "from benchmarks.bench_enumeration import compiled_in; print(compiled_in('E5M2'))"
    first, second = (float(subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout) for _ in range(2))
    with capsys.disabled():
        print(f"\nmonotone in E5M2: compiled in {first:.2f} s, goal 3; from the cache in {second:.3f} s")
    assert first <= 3
    assert second <= first / 2



def compiled_in(format: str) -> float:
    start = time.process_time()
    sweep_of(claim("monotone", format)).compile()
    return time.process_time() - start
