"""kill -9 of a check and of a sweep at any moment: no verdict that was shown is lost, none is wrong, the run goes on.

A few moments here; `python -m tests.runs.test_kill 20` takes twenty of each, at random.
"""

import json
import random
import signal
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import pytest

from fpproof.ledger import Ledger
from tests.runs.killing import Killer
from tests.runs.theories import CONTROL, FALSE, SUM, TRUE, ran, started, written

FORMATS = "E2M1,E3M2,F(2,2),F(1,3),F(2,3),F(1,2),F(3,2)"
TRUTH = {"doubling_is_exact": "proved", "tripling_is_exact": "refuted", "sums_commute": "proved"}
SWEPT = {"F(2,4)": 120 * 120, "E5M2": 248 * 248}


def killed(ledger: Path, seconds: float, *arguments: str) -> str:
    """The output of a command that is killed after some seconds, if it still runs."""
    process = started(ledger, *arguments)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    return process.communicate()[0]


def shown(output: str) -> set[tuple[str, str, str]]:
    """Lemma, format and verdict of the whole lines that were printed."""
    whole = output[: output.rfind("\n") + 1]
    rows = (line.split() for line in whole.splitlines() if line.split() and line.split()[0] in TRUTH)
    return {(row[0], row[1], row[3]) for row in rows}


def stored(ledger: Path) -> set[tuple[str, str, str]]:
    if not ledger.exists():
        return set()
    with Ledger(ledger) as opened:
        return {(r.subject.lemma, r.subject.format, r.outcome.value) for r, _ in opened.all()}


def check_survives(directory: Path, moments: list[float], jobs: str) -> None:
    ledger = directory / "ledger.sqlite"
    path = str(written(directory / "a.py", TRUE, FALSE, SUM))
    seen: set[tuple[str, str, str]] = set()
    for moment in moments:
        seen |= shown(killed(ledger, moment, "check", path, "--format", FORMATS, "--jobs", jobs))
        there = stored(ledger)
        assert seen <= there
        assert all(TRUTH[lemma] == verdict for lemma, _, verdict in there)
    before = stored(ledger)
    code, out, err = ran(ledger, "check", path, "--format", FORMATS, "--json", "--jobs", jobs)
    assert (code, err) == (1, "")
    found = json.loads(out)
    assert {o["lemma"]: o["verdict"] for o in found} == TRUTH
    assert {(o["lemma"], o["format"], o["verdict"]) for o in found if o["stored"]} == before, "what was there was not decided again"
    code, out, err = ran(ledger, "replay", "--jobs", "1", "--budget", "1000")
    assert (code, out) == (0, "")


def sweep_survives(directory: Path, moments: list[float], jobs: str, format: str = "E5M2") -> int:
    """The number of chunks that did not have to be done again."""
    ledger = directory / "ledger.sqlite"
    path = str(written(directory / "a.py", SUM))
    arguments = ("sweep", f"{path}:sums_commute", "--format", format, "--by", "exact", "--jobs", jobs)
    before: set[tuple[str, int]] = set()
    for moment in moments:
        out = killed(ledger, moment, *arguments)
        there = chunks(ledger)
        assert before <= there or stored(ledger), "chunks stay until there is a verdict"
        assert not shown(out) or stored(ledger)
        before = there
    kept = len(chunks(ledger))
    code, out, _ = ran(ledger, *arguments, "--json")
    assert code == 0
    (found,) = json.loads(out)
    assert (found["verdict"], found["cases"]) == ("proved", SWEPT[format])
    assert chunks(ledger) == set()
    return kept


def chunks(ledger: Path) -> set[tuple[str, int]]:
    if not ledger.exists():
        return set()
    Ledger(ledger).close()  # one that was killed while it was made has no tables yet
    connection = sqlite3.connect(ledger)
    found = {(str(run), int(chunk)) for run, chunk in connection.execute("SELECT run, chunk FROM chunks")}
    connection.close()
    return found


@pytest.mark.parametrize(("moments", "jobs"), [([0.3, 0.9], "1"), ([1.6], "2")])
def test_a_check_survives_kills(tmp_path: Path, moments: list[float], jobs: str) -> None:
    check_survives(tmp_path, moments, jobs)


def test_a_sweep_survives_kills(tmp_path: Path) -> None:
    sweep_survives(tmp_path, [0.2, 0.9, 1.2], "1", "F(2,4)")


MOMENTS = 20
LONG = 250.0
"""Seconds in which a run comes to its end also on a machine that is busy with other things."""


def test_a_check_survives_twenty_kills_at_random_moments(tmp_path: Path) -> None:
    """No verdict that was shown is lost, none is wrong, and the run comes to its end."""
    ledger, choose = tmp_path / "ledger.sqlite", random.Random(20)
    path = str(written(tmp_path / "a.py", TRUE, FALSE, SUM))
    arguments = ("check", path, "--format", FORMATS, "--jobs", "1")
    seen: set[tuple[str, str, str]] = set()
    kills = 0
    with Killer(ledger) as run:
        while kills < MOMENTS:
            out, ended = run(choose.uniform(0.0, 0.3), *arguments)
            kills += not ended
            seen |= shown(out)
            there = stored(ledger)
            assert seen <= there, "what was shown is stored"
            assert all(TRUTH[lemma] == verdict for lemma, _, verdict in there), "nothing that is stored is wrong"
            if ended:
                assert shown(out) == there, "the run has come to its end, and begins anew"
                ledger.unlink()
                seen = set()
        out, ended = run(LONG, *arguments)
    assert ended
    assert shown(out) == stored(ledger) >= seen
    assert len(stored(ledger)) == 21


def test_a_sweep_survives_twenty_kills_at_random_moments(tmp_path: Path) -> None:
    """Chunks that are done stay done until the verdict takes their place."""
    ledger, choose = tmp_path / "ledger.sqlite", random.Random(21)
    path = str(written(tmp_path / "a.py", SUM))
    arguments = ("sweep", f"{path}:sums_commute", "--format", "F(3,4)", "--by", "exact", "--jobs", "1", "--json")
    before: set[tuple[str, int]] = set()
    longest = 0.3
    with Killer(ledger) as run:
        for _ in range(MOMENTS):
            out, ended = run(choose.uniform(0.0, longest), *arguments)
            if ended or stored(ledger):  # a kill may come after the verdict was stored, and before it was printed
                break
            assert not out
            there = chunks(ledger)
            assert before <= there, "chunks stay until there is a verdict"
            longest *= 1.0 if there > before else 1.3  # as long as it takes here until some are done
            before = there
        assert before
        out, ended = run(LONG, *arguments)
    assert ended
    (found,) = json.loads(out)
    assert (found["verdict"], found["cases"], found["evidence"]["chunks"]) == ("proved", 240 * 240, 29)
    assert chunks(ledger) == set()


def test_two_checks_at_once(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite"
    path = str(written(tmp_path / "a.py", TRUE, CONTROL, SUM))
    both = [started(ledger, "check", path, "--format", "E2M1,E3M2,F(2,2)", "--json") for _ in range(2)]
    answers = [json.loads(process.communicate()[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    first, second = ([(o["lemma"], o["format"], o["verdict"]) for o in answer] for answer in answers)
    assert first == second
    assert len(stored(ledger)) == 9


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    """No process goes on working for a run that is gone."""
    path = str(written(tmp_path / "a.py", SUM))
    process = started(tmp_path / "ledger.sqlite", "sweep", f"{path}:sums_commute", "--format", "F(5,4)", "--by", "exact", "--jobs", "2")
    deadline = time.monotonic() + 60  # a million pairs in rationals take seconds, so that the workers can be seen at it
    while len(children(process.pid)) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    workers = children(process.pid)
    process.kill()
    process.communicate()
    assert workers
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}/stat").exists() and state(pid) != "Z" for pid in workers):
        assert time.monotonic() < deadline, f"{workers} still run"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(text) for text in path.read_text().split()]
    except OSError:
        return []


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def main(repetitions: int) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    choose = random.Random(seed)
    for i in range(repetitions):
        for run in (check_survives, sweep_survives):
            moments, jobs = [choose.uniform(0.0, 5.0) for _ in range(choose.randint(1, 3))], choose.choice(["1", "2"])
            with tempfile.TemporaryDirectory() as directory:
                kept = run(Path(directory), moments, jobs)
            print(f"{i + 1} {run.__name__}: killed after {', '.join(f'{m:.2f}' for m in moments)} s, jobs {jobs}, kept {kept}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
