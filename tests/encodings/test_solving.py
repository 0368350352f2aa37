"""The portfolio: answers, budgets, missing solvers, contradictions, processes that end."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from fpproof.encodings import Budget, ContradictionError, EncodingError, Term, smtlib, solve, solving
from fpproof.encodings.solving import Member, Report, close_hosts
from fpproof.encodings.terms import FALSE, TRUE, any_of, constant, equal, extract, less, variable, zero_extend

for _module in ("z3", "bitwuzla", "cvc5"):
    pytest.importorskip(_module)

x, y = variable("x", 16), variable("y", 16)
SQUARE = [equal(x * x, 0x2971), less(x, 0x0200)]


def factoring() -> list[Term]:
    """Two factors of the prime 2^63 - 25: too hard for small budgets."""
    p, q = variable("p", 32), variable("q", 32)
    return [equal(zero_extend(p, 64) * zero_extend(q, 64), 2**63 - 25), less(constant(1, 32), p), less(p, q)]


@pytest.mark.parametrize("solver", solving.SOLVERS)
def test_each_solver(solver: str) -> None:
    answer = solve(SQUARE, solvers=[solver])
    assert (answer.status, answer.solver, answer.reproducible) == ("sat", solver, True)
    assert answer.model["x"] ** 2 % 2**16 == 0x2971
    assert solve([*SQUARE, equal(x, 7)], solvers=[solver]).status == "unsat"


def test_the_portfolio() -> None:
    answer = solve(SQUARE)
    assert answer.status == "sat"
    assert answer.encoding == "fpproof-bv"
    everyone = solve([*SQUARE, equal(x, 7)], agreement=True)
    assert everyone.status == "unsat"
    assert {report.solver for report in everyone.reports} == set(solving.SOLVERS)


def test_others_begin_when_the_first_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who answers in time is the only one that was asked; who gives up makes room at once."""
    monkeypatch.setattr(solving, "_PATIENCE", (600.0,))
    alone = solve(SQUARE)
    assert [report.solver for report in alone.reports] == [alone.solver]
    assert alone.ended == 0
    nobody = solve(factoring(), Budget(z3=1000, cvc5=10, bitwuzla=1))
    assert [report.status for report in nobody.reports] == ["unknown"] * 3


def test_constants_need_no_solver() -> None:
    assert (solve([TRUE, FALSE]).status, solve([TRUE, FALSE]).solver) == ("unsat", "folding")
    assert (solve([]).status, solve([TRUE]).model) == ("sat", {})


def test_deterministic_budgets_repeat() -> None:
    small = Budget(z3=200_000, cvc5=20_000, bitwuzla=5_000, seconds=None)
    answers = [solve(factoring(), small, ["z3", "cvc5", "bitwuzla"]) for _ in range(2)]
    for answer in answers:
        assert answer.status == "unknown"
        assert answer.reproducible
        assert "z3: " in answer.reason
        assert "cvc5: " in answer.reason
        assert "bitwuzla: resource limit" in answer.reason
    spent = [{report.solver: report.spent for report in answer.reports} for answer in answers]
    assert spent[0] == spent[1]


def test_a_clock_is_not_reproducible() -> None:
    answer = solve(factoring(), Budget(bitwuzla=None, seconds=1), ["bitwuzla"])
    assert (answer.status, answer.reproducible) == ("unknown", False)
    assert "out of time" in answer.reason


def test_memory_is_bounded() -> None:
    answer = solve(factoring(), Budget(megabytes=1, seconds=5), ["z3"])
    assert (answer.status, answer.reproducible) == ("unknown", False)


@pytest.mark.parametrize("solver", solving.SOLVERS)
def test_a_loser_is_ended(solver: str) -> None:
    """A host whose query is cancelled ends it at once, and serves the next one."""
    host = solving.Host(solver)
    hard, easy = ({"text": smtlib.query(terms), "limit": None, "seconds": 60, "megabytes": None} for terms in (factoring(), SQUARE))
    host.send(json.dumps(hard))
    time.sleep(0.5)
    host.send("cancel")
    report = host.read()
    assert (report.status, report.reason) == ("unknown", "ended")
    assert report.seconds < 30
    host.send("cancel")  # one that comes too late is none
    host.send(json.dumps(easy))
    assert host.read().status == "sat"
    host.close()
    assert host.process.returncode == 0


def test_several_threads() -> None:
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(solve(SQUARE).status)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["sat"] * 3
    close_hosts()
    assert solve(SQUARE, solvers=["z3"]).status == "sat"


def test_a_late_answer_is_heard() -> None:
    """Many quick queries: an answer may come just when it is no longer wanted, and must not be taken for the next one."""
    for n in range(30):
        assert solve([equal(x, n), less(y, x)]).status == ("sat" if n else "unsat")


def test_a_killed_caller_leaves_nothing() -> None:
    """The processes end with the caller, even if it is killed."""
    code = (
        "import os, threading, time\n"
        "from tests.encodings.test_solving import factoring\n"
        "from fpproof.encodings import Budget, solve\n"
        "threading.Thread(target=solve, args=(factoring(), Budget(seconds=60), ['bitwuzla']), daemon=True).start()\n"
        "time.sleep(2)\n"
        "print(*[line.split()[0] for line in os.popen(f'ps --no-headers -o pid --ppid {os.getpid()}')], flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    run = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=False)
    hosts = [int(pid) for pid in run.stdout.split()]
    assert hosts, run.stderr
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in hosts) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [pid for pid in hosts if alive(pid)] == []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_missing_solvers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "find_spec", lambda name: None)
    with pytest.raises(EncodingError, match=r"bitwuzla is not installed; pip install 'fpproof\[solvers\]'"):
        solve(SQUARE, solvers=["bitwuzla"])
    with pytest.raises(EncodingError, match=r"fpproof\[solvers\]"):
        solve(SQUARE)
    with pytest.raises(EncodingError, match="there are z3, bitwuzla, cvc5"):
        solve(SQUARE, solvers=["yices"])
    with pytest.raises(EncodingError, match="no solver was named"):
        solve(SQUARE, solvers=[])


def fixed(*reports: Report) -> object:
    def ask(members: Sequence[Member], budget: Budget, agreement: bool) -> tuple[list[Report], float]:
        return list(reports), 0.0

    return ask


@pytest.mark.parametrize(
    ("reports", "what"),
    [
        ([Report("z3", "sat", model={"x": 103}), Report("cvc5", "unsat")], r"z3 \(fpproof-bv\) says sat and cvc5 \(fpproof-bv\) says unsat"),
        ([Report("z3", "sat", model={"x": 5})], r"z3 \(fpproof-bv\) gives a model that is none"),
    ],
)
def test_contradictions_stop(reports: list[Report], what: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path))
    monkeypatch.setattr(solving, "_ask", fixed(*reports))
    with pytest.raises(ContradictionError, match=what):
        solve(SQUARE)
    (saved,) = (tmp_path / "contradictions").iterdir()
    assert "(check-sat)" in saved.read_text()


def test_an_exception_in_a_solver_is_no_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "query", lambda assertions: "(assert (nonsense))")
    answer = solve(SQUARE, solvers=["bitwuzla"])
    assert answer.status == "unknown"
    assert "error: " in answer.reason
    assert not answer.reproducible


@pytest.mark.parametrize("solver", solving.SOLVERS)
def test_what_a_text_defines_is_no_part_of_a_model(solver: str) -> None:
    """z3 lists defined names among a model's, as terms without values; so it does with small queries like this one."""
    small = variable("x", 4)
    magnitude = extract(small, 2, 0)
    answer = solve([equal(magnitude, 3), any_of([equal(magnitude, 0), equal(extract(small, 3, 3), 0)])], solvers=[solver])
    assert (answer.status, answer.model) == ("sat", {"x": 3})
