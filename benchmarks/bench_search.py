"""The search for networks against z3 on the same spec, in its own theory of floats, written as a user would write it.

CPU seconds of all processes: wall time says little on a busy machine, and on an idle one the search, which uses both cores, is faster than this.

Goals: never slower than twice, 10 times faster on the median of the specs with 3 points or more, and an answer where z3 refuses the format or gives
up after 10 seconds (which then count as 10 seconds).
"""

import os
from statistics import median
from threading import Event, Thread

import pytest
import z3

from fpproof.encodings import EncodingError
from fpproof.encodings.solving import close_hosts
from fpproof.formats import parse_format
from fpproof.search import Outcome, parse_spec, search
from fpproof.search.smtlib import as_floats

LIMIT = 10.0
NET = "layers = [{ width = 2 }, { width = 1 }]\n"
POINTS = {
    "one point": [("1", "1.25", "-3")],
    "two points": [("1", "1.25", "-3"), ("-2", "0.5", "0.25")],
    "three points": [("1", "1", "1"), ("2", "3", "3"), ("3", "6", "3")],
    "three gradients that cannot be": [("-1", "", "1"), ("1", "", "-1"), ("2", "", "5")],
    "four points": [("-1", "1", "-1"), ("-2", "2", "-1"), ("1", "1", "1"), ("2", "2", "1")],
}
FORMATS = ("F(3,4)", "E5M2", "bfloat16", "binary16", "binary32")

found: dict[tuple[str, str], tuple[float, float, bool]] = {}
"""(spec, format) -> CPU seconds of ours and of z3, and whether z3 answered."""


def spent() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def ask_z3(text: str) -> tuple[z3.CheckSatResult, float]:
    """What z3 says, interrupted at the limit, and what it took."""
    solver, done = z3.Solver(), Event()
    start = spent()

    def watch() -> None:
        while not done.wait(0.05):
            if spent() - start > LIMIT:
                solver.ctx.interrupt()

    watcher = Thread(target=watch)
    watcher.start()
    try:
        solver.from_string(text)
        status = solver.check()
    except z3.Z3Exception:  # interrupted while it was still reading
        status = z3.unknown
    finally:
        done.set()
        watcher.join()
    return status, spent() - start


def spec_text(name: str) -> str:
    text = NET
    for x, value, gradient in POINTS[name]:
        text += f'[[points]]\nx = ["{x}"]\ngradient = ["{gradient}"]\n' + (f'value = "{value}"\n' if value else "")
    return text


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """The loop of the local search is compiled, once for a machine, before anything is measured; solvers' processes begin."""
    for name in ("one point", "three gradients that cannot be"):
        search(parse_spec(spec_text(name), format=parse_format("E5M2")))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", POINTS)
def test_against_z3(name: str, format: str) -> None:
    spec = parse_spec(spec_text(name), format=parse_format(format))
    close_hosts()  # what solvers take counts once their processes have ended
    start = spent()
    answer = search(spec, jobs=2)
    close_hosts()
    ours = spent() - start
    assert answer.outcome is not Outcome.OPEN
    try:
        status, theirs = ask_z3(as_floats(spec))
    except EncodingError:
        status, theirs = z3.unknown, LIMIT
    if status != z3.unknown:
        assert (status == z3.sat) == (answer.outcome is Outcome.FOUND)
    found[name, format] = (ours, LIMIT if status == z3.unknown else theirs, status != z3.unknown)
    print(f"{name:<32} {format:<9} {answer.outcome:<11} ours {ours:6.2f} s   z3 {theirs:6.2f} s {status}")


def test_goals() -> None:
    if len(found) < len(POINTS) * len(FORMATS):
        pytest.skip("only a part of the file was run")
    many = [theirs / ours for (name, _), (ours, theirs, _) in found.items() if len(POINTS[name]) >= 3]
    assert median(many) >= 10
    assert all(ours <= 2 * theirs + 0.5 for ours, theirs, _ in found.values())
