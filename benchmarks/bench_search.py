"""The search for networks against z3 on the same spec, in its own theory of floats, written as a user would write it.

CPU seconds of all processes: wall time says little on a busy machine, and on an idle one the search, which uses both cores, is faster than this.
z3 runs in a process of its own that the kernel ends at the limit, whatever it does then: while it reads it does not stop when asked.

Goals: never slower than twice, 10 times faster on the median of the specs with 3 points or more, and an answer where z3 refuses the format or gives
up after 10 seconds (which then count as 10 seconds). The table of all rows comes at the end, whether the goals are met or not.
"""

import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from statistics import median

import pytest
from tabulate import tabulate

from benchmarks.conftest import Medians
from fpproof.encodings import EncodingError
from fpproof.encodings.solving import close_hosts
from fpproof.formats import parse_format
from fpproof.search import Outcome, parse_spec, search
from fpproof.search.smtlib import as_floats

LIMIT = 10
CONSTANT = 0.5
"""Seconds that do not count in "never slower than twice": our solvers' processes begin anew for each row."""
NET = "layers = [{ width = 2 }, { width = 1 }]\n"
POINTS = {
    "one point": [("1", "1.25", "-3")],
    "two points": [("1", "1.25", "-3"), ("-2", "0.5", "0.25")],
    "two points, one slope": [("1", "1", "1"), ("2", "4", "1")],
    "three points": [("1", "1", "1"), ("2", "3", "3"), ("3", "6", "3")],
    "three gradients, impossible": [("-1", "", "1"), ("1", "", "-1"), ("2", "", "5")],
    "four points": [("-1", "1", "-1"), ("-2", "2", "-1"), ("1", "1", "1"), ("2", "2", "1")],
    "four points, impossible": [("-1", "1", "1"), ("1", "0", "-1"), ("2", "3", "1"), ("3", "1", "-1")],
}
FORMATS = ("F(3,4)", "E5M2", "bfloat16", "binary16", "binary32")
MANY = [name for name, points in POINTS.items() if len(points) >= 3]
PROGRAM = """
import sys, time, z3
text = sys.stdin.read()
start = time.process_time()
solver = z3.Solver()
solver.from_string(text)
print(solver.check(), time.process_time() - start)
"""


@dataclass(frozen=True)
class Row:
    """CPU seconds of both, and what each said; z3 says "refused", "gave up", "sat" or "unsat"."""

    ours: float
    answer: Outcome
    theirs: float
    status: str


found: dict[tuple[str, str], Row] = {}


def spent() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def ask_z3(text: str) -> tuple[str, float]:
    """What z3 says, and the CPU seconds that it took, without those that Python takes to begin; one more for these, then the kernel ends it."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=40 * LIMIT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (LIMIT + 1, LIMIT + 1)),
    )
    status, _, seconds = done.stdout.strip().partition(" ")
    if done.returncode < 0:  # ended by a signal: the limit
        return "gave up", float(LIMIT)
    assert done.returncode == 0, done.stderr
    return (status, float(seconds)) if status in ("sat", "unsat") else ("refused", float(LIMIT))


def spec_text(name: str) -> str:
    text = NET
    for x, value, gradient in POINTS[name]:
        text += f'[[points]]\nx = ["{x}"]\ngradient = ["{gradient}"]\n' + (f'value = "{value}"\n' if value else "")
    return text


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """The loop of the local search is compiled, once for a machine, before anything is measured."""
    for name in ("one point", "three gradients, impossible"):
        search(parse_spec(spec_text(name), format=parse_format("E5M2")))


@pytest.mark.timeout(50 * LIMIT)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", POINTS)
def test_against_z3(name: str, format: str) -> None:
    spec = parse_spec(spec_text(name), format=parse_format(format))
    close_hosts()  # what solvers take counts once their processes have ended
    start = spent()
    answer = search(spec, jobs=2)
    close_hosts()
    ours = spent() - start
    try:
        status, theirs = ask_z3(as_floats(spec))
    except EncodingError:
        status, theirs = "refused", float(LIMIT)
    found[name, format] = Row(ours, answer.outcome, theirs, status)
    print(f"{name:<28} {format:<9} {answer.outcome:<11} ours {ours:6.2f} s   z3 {theirs:6.2f} s {status}")
    assert answer.outcome is not Outcome.OPEN
    if status in ("sat", "unsat"):
        assert (status == "sat") == (answer.outcome is Outcome.FOUND)


def test_goals(medians: Medians) -> None:
    """Over the rows that were run; the table is shown first."""
    if not found:
        pytest.skip("no row was run")
    rows = [
        (name, format, row.answer, f"{row.ours:.2f}", f"{row.theirs:.2f}", row.status, f"{row.theirs / row.ours:.1f}")
        for (name, format), row in found.items()
    ]
    headers = ("spec", "format", "ours", "CPU s", "z3, CPU s", "says", "ratio")
    medians.remarks += tabulate(rows, headers, disable_numparse=True, tablefmt="simple").splitlines()
    many = [row.theirs / row.ours for (name, _), row in found.items() if name in MANY]
    slow = [key for key, row in found.items() if row.ours > 2 * row.theirs + CONSTANT]
    if many:
        medians.remarks.append(f"median ratio of {len(many)} rows with 3 points or more: {median(many):.1f}, at least 10 is the goal")
        assert median(many) >= 10
    assert not slow, f"slower than twice: {slow}"
