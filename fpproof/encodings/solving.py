"""Asking solvers whether assertions can hold: a portfolio in processes of their own, of which the first answer counts.

An answer is worth what stands behind it. A model is checked against the assertions by `terms.meaning` before anyone sees it; that no model
exists is the solver's word. Solvers stop at limits that do not depend on the machine: z3 and cvc5 count resources, and Bitwuzla is ended
after so many looks at whether it should go on, which it takes at places that its search decides. Where a clock or the memory ends
one first, an answer says so.
"""

import atexit
import hashlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from fpproof.encodings.errors import ContradictionError, EncodingError
from fpproof.encodings.interpret import evaluate
from fpproof.encodings.smtlib import query
from fpproof.encodings.terms import FALSE, TRUE, Term
from fpproof.paths import cache_directory, write_atomically

SOLVERS = ("z3", "bitwuzla", "cvc5")
ENCODING = "fpproof-bv"
"""The name of these encodings, for ledgers."""
FLOATS = "solver floats"
"""The name of queries in the solvers' own theory of floats."""
FAMILIES = {("bitwuzla", FLOATS): "SymFPU", ("cvc5", FLOATS): "SymFPU", ("z3", FLOATS): "z3's floats"}
"""Whose encoding of floats an answer rests on, where it is not ours: agreement within one family is one witness."""

_ORDER = (("bitwuzla", FLOATS), ("bitwuzla", ENCODING), ("z3", ENCODING), ("z3", FLOATS), ("cvc5", FLOATS), ("cvc5", ENCODING))
"""Who begins first, by how often each answered first when all began within seconds: of 768 verdicts Bitwuzla gave 743, z3 had a part in 25."""
_PATIENCE = (0.5, 4.0, 12.0, 30.0, 60.0)
"""Seconds until one more solver begins, if none has answered: nine in ten queries take the first less, and what takes long runs beside few others."""

Status = Literal["sat", "unsat", "unknown"]


@dataclass(frozen=True, slots=True)
class Budget:
    """What one query may cost each solver.

    Each in the solver's own units: the defaults take each some 20 to 40 seconds. `seconds` of CPU time are a second limit that should not be
    reached: an outcome that it decided is not reproducible. None is no limit.
    """

    z3: int | None = 60_000_000
    cvc5: int | None = 500_000
    bitwuzla: int | None = 2_000_000
    seconds: float | None = 200
    megabytes: int | None = 4096

    def limit(self, solver: str) -> int | None:
        """The deterministic limit of a solver."""
        return {"z3": self.z3, "cvc5": self.cvc5, "bitwuzla": self.bitwuzla}.get(solver)


@dataclass(frozen=True, slots=True)
class Report:
    """What one solver said."""

    solver: str
    status: Status
    reason: str = ""
    model: dict[str, int] = field(default_factory=dict)
    seconds: float = 0
    """CPU time."""
    spent: int | None = None
    """Resource units; of cvc5 they are not known."""
    exhausted: bool = False
    """The deterministic limit ended it."""
    encoding: str = ENCODING

    @property
    def family(self) -> str:
        """Whose encoding of floats the answer rests on."""
        return FAMILIES.get((self.solver, self.encoding), self.encoding)


@dataclass(frozen=True, slots=True)
class Member:
    """One solver of a portfolio with the text that it is given; all texts of a portfolio ask the same, of the same variables."""

    solver: str
    encoding: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a query: satisfiable with a model, unsatisfiable, or unknown for a reason."""

    status: Status
    solver: str
    """Who said so; "folding" if the assertions are constants."""
    model: dict[str, int]
    """Values of the variables; those that are missing may be anything."""
    reason: str
    reproducible: bool
    """No clock decided. Answers always are; an unknown is if every solver stopped at its deterministic limit."""
    seconds: float
    """From the question to the answer."""
    reports: tuple[Report, ...]
    encoding: str = ENCODING
    text: str = ""
    """The query, as it was given to the solvers."""
    ended: float = 0
    """CPU seconds of solvers that were ended."""


def solve(
    assertions: Sequence[Term],
    budget: Budget | None = None,
    solvers: Sequence[str] | None = None,
    agreement: bool = False,
    floats: Mapping[str, str] | None = None,
) -> Answer:
    """Whether all assertions can hold at once.

    The first solver that knows ends the others; with `agreement` all are heard. Without names, those that are installed are
    asked. `floats` has, for solvers that know it, the same question in their own theory of floats. Raises EncodingError if a
    solver is missing, ContradictionError if two answers contradict each other or a model is none.
    """
    started = time.monotonic()
    names = _installed(solvers)
    if any(a is FALSE for a in assertions):
        return Answer("unsat", "folding", {}, "", True, 0, ())
    if all(a is TRUE for a in assertions):
        return Answer("sat", "folding", {}, "", True, 0, ())
    text = query(assertions)
    members = [Member(name, ENCODING, text) for name in names]
    members += [Member(name, FLOATS, other) for name, other in (floats or {}).items() if name in names]
    members.sort(key=lambda member: _ORDER.index((member.solver, member.encoding)))
    reports, ended = _ask(members, budget or Budget(), agreement)
    for report in reports:
        if report.status == "sat" and not all(evaluate(assertions, report.model)):
            raise _contradiction(members, f"{report.solver} ({report.encoding}) gives a model that is none: {report.model}")
    known = [report for report in reports if report.status != "unknown"]
    if len({report.status for report in known}) > 1:
        raise _contradiction(members, " and ".join(f"{report.solver} ({report.encoding}) says {report.status}" for report in known))
    seconds = time.monotonic() - started
    if known:
        first = known[0]
        asked = next(member.text for member in members if (member.solver, member.encoding) == (first.solver, first.encoding))
        return Answer(first.status, first.solver, first.model, "", True, seconds, tuple(reports), first.encoding, asked, ended)
    reason = "; ".join(dict.fromkeys(f"{report.solver}: {report.reason}" for report in reports))
    return Answer("unknown", "", {}, reason, all(report.exhausted for report in reports), seconds, tuple(reports), text=text)


def _installed(solvers: Sequence[str] | None) -> list[str]:
    hint = "pip install 'fpproof[solvers]'"
    if solvers is None:
        found = [name for name in SOLVERS if find_spec(name)]
        if not found:
            raise EncodingError("no SMT solver is installed", hint=hint)
        return found
    for name in solvers:
        if name not in SOLVERS:
            raise EncodingError(f"the solver {name!r} is unknown", hint=f"there are {', '.join(SOLVERS)}")
        if not find_spec(name):
            raise EncodingError(f"the solver {name} is not installed", hint=hint)
    if not solvers:
        raise EncodingError("no solver was named", hint=f"there are {', '.join(SOLVERS)}")
    return list(solvers)


def save(text: str) -> Path:
    """Keep a query for whoever looks for the bug; the file's name is its hash."""
    directory = cache_directory() / "contradictions"
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.smt2"
    write_atomically(path, text.encode())
    return path


def _contradiction(members: Sequence[Member], what: str) -> ContradictionError:
    paths = [save(text) for text in dict.fromkeys(member.text for member in members)]
    return ContradictionError(f"{what}; this is a bug in fpproof or a solver, the query is in {' and in '.join(map(str, paths))}")


# The portfolio


class Host:
    """One solver's process (host.py), which answers one query at a time."""

    def __init__(self, solver: str) -> None:
        self.solver = solver
        script = str(Path(__file__).with_name("host.py"))
        self.process = subprocess.Popen([sys.executable, "-P", script, solver], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        self.encoding = ENCODING

    def ask(self, member: Member, budget: Budget) -> None:
        """Give it a query; `read` gives the answer."""
        self.encoding = member.encoding
        limit = budget.limit(self.solver)
        self.send(json.dumps({"text": member.text, "limit": limit, "seconds": budget.seconds, "megabytes": budget.megabytes}))

    def send(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def fileno(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def read(self) -> Report:
        """The answer; waits for it."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"status": "unknown", "reason": "the solver's process ended"}
        if answer["status"] == "error":  # an exception in the solver: reported, never taken for a time-out
            answer |= {"status": "unknown", "reason": f"error: {answer['reason']}"}
        known = {key: answer[key] for key in ("status", "reason", "model", "seconds", "spent", "exhausted") if key in answer}
        return Report(self.solver, encoding=self.encoding, **known)

    def close(self) -> None:
        """Ends the process, and a query that runs in it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


_lock = threading.Lock()
_idle: dict[tuple[int, str], list[Host]] = {}
"""Hosts that wait for a query, by the process that owns them and the solver: a forked child must not use its parent's."""


def _host(solver: str) -> Host:
    with _lock:
        waiting = _idle.get((os.getpid(), solver))
        return waiting.pop() if waiting else Host(solver)


def _give_back(host: Host) -> None:
    if host.process.poll() is not None:
        host.close()
        return
    with _lock:
        _idle.setdefault((os.getpid(), host.solver), []).append(host)


@atexit.register
def close_hosts() -> None:
    """Ends the waiting processes of this process."""
    with _lock:
        hosts = [host for key in list(_idle) if key[0] == os.getpid() for host in _idle.pop(key)]
    for host in hosts:
        host.close()


def _ask(members: Sequence[Member], budget: Budget, agreement: bool) -> tuple[list[Report], float]:
    """The reports, in the order they came in, and the CPU seconds of solvers that were ended; those that never began are left out."""
    rest = list(members)
    waiting: list[Host] = []
    reports: list[Report] = []
    ended = 0.0
    patience = iter(_PATIENCE)

    def begin() -> None:
        member = rest.pop(0)
        host = _host(member.solver)
        waiting.append(host)
        host.ask(member, budget)

    try:
        for _ in range(len(rest) if agreement else 1):
            begin()
        while waiting and (agreement or not any(report.status != "unknown" for report in reports)):
            ready = select.select(list(waiting), [], [], next(patience, _PATIENCE[-1]) if rest else None)[0]
            for host in ready:
                reports.append(host.read())
                waiting.remove(host)
                _give_back(host)
            if rest and not any(report.status != "unknown" for report in reports):
                begin()
        for host in list(waiting):
            host.send("cancel")
            late = host.read()  # its own answer if it came first: it must agree
            if late.reason == "ended":
                ended += late.seconds
            else:
                reports.append(late)
            waiting.remove(host)
            _give_back(host)
    finally:
        for host in waiting:
            host.close()
    return reports, ended
