"""A process that runs one solver: `python -P host.py SOLVER`. It reads requests and writes answers, each one line of JSON.

A request has the query's `text`, a `limit` in the solver's own deterministic units or null, `seconds` of CPU time and `megabytes` of memory,
or null. Each query runs in a child forked after the solver was imported: starting costs little, and a solver that crashes or is
ended takes nothing with it. The line "cancel" ends the child; the end of the input ends the host and its child.

This file imports nothing of fpproof and is run as a script, so that a host starts fast.
"""

import json
import math
import os
import resource
import select
import signal
import sys
from typing import Any

PREFIX = "v."
"""Before the names of variables, as smtlib.py writes them."""


def solve_with_z3(text: str, limit: int | None) -> dict[str, Any]:
    import z3

    # The solver of QF_BV takes what it does not know, floats, for uninterpreted.
    solver = z3.SolverFor("QF_BVFP" if text.startswith("(set-logic QF_BVFP)") else "QF_BV")
    if limit is not None:
        solver.set("rlimit", limit)
    solver.from_string(text)
    status = str(solver.check())
    answer: dict[str, Any] = {"status": status}
    if status == "unknown":
        reason = solver.reason_unknown()
        answer |= {"reason": reason, "exhausted": limit is not None and ("resource" in reason or "cancel" in reason)}
    if status == "sat":
        model = solver.model()
        # A model lists what the text defines, too, as terms: only variables have values.
        values = {d.name(): model[d] for d in model.decls() if d.arity() == 0 and d.name().strip("|").startswith(PREFIX)}
        answer["model"] = {name: int(z3.is_true(v)) if z3.is_bool(v) else v.as_long() for name, v in values.items()}
    statistics = solver.statistics()
    answer["spent"] = statistics.get_key_value("rlimit count") if "rlimit count" in statistics.keys() else None  # noqa: SIM118  # no dict
    return answer


def solve_with_bitwuzla(text: str, limit: int | None) -> dict[str, Any]:
    import bitwuzla

    options = bitwuzla.Options()
    options.set(bitwuzla.Option.PRODUCE_MODELS, True)
    parser = bitwuzla.Parser(bitwuzla.TermManager(), options)
    parser.parse(text, True, False)
    solver = parser.bitwuzla()
    looks = 0

    def is_over() -> bool:
        nonlocal looks
        looks += 1
        return limit is not None and looks > limit

    solver.configure_terminator(is_over)
    status = {bitwuzla.Result.SAT: "sat", bitwuzla.Result.UNSAT: "unsat"}.get(solver.check_sat(), "unknown")
    answer: dict[str, Any] = {"status": status, "spent": looks}
    if status == "unknown":
        exhausted = limit is not None and looks > limit
        answer |= {"reason": "resource limit" if exhausted else "it gave up", "exhausted": exhausted}
    if status == "sat":
        values = {name.symbol(): solver.get_value(name) for name in parser.get_declared_funs()}
        answer["model"] = {name: int(v.value()) if v.sort().is_bool() else int(v.value(10)) for name, v in values.items()}
    return answer


def solve_with_cvc5(text: str, limit: int | None) -> dict[str, Any]:
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("produce-models", "true")
    if limit is not None:
        solver.setOption("rlimit", str(limit))
    parser = cvc5.InputParser(solver)
    symbols = parser.getSymbolManager()
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text.replace("(check-sat)", ""), "query")
    while not (command := parser.nextCommand()).isNull():
        command.invoke(solver, symbols)
    result = solver.checkSat()
    if result.isSat():
        values = {name.getSymbol(): solver.getValue(name) for name in symbols.getDeclaredTerms()}
        model = {name: int(v.getBooleanValue()) if v.isBooleanValue() else int(v.getBitVectorValue(10)) for name, v in values.items()}
        return {"status": "sat", "model": model}
    if result.isUnsat():
        return {"status": "unsat"}
    reason = str(result.getUnknownExplanation())
    return {"status": "unknown", "reason": reason, "exhausted": limit is not None and "RESOURCEOUT" in reason}


SOLVERS = {"z3": solve_with_z3, "bitwuzla": solve_with_bitwuzla, "cvc5": solve_with_cvc5}


def child(solver: str, request: dict[str, Any], output: int) -> None:
    """Solve in this process, which ends with it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if request["seconds"] is not None:
        seconds = math.ceil(request["seconds"])
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    if request["megabytes"] is not None:
        resource.setrlimit(resource.RLIMIT_AS, (request["megabytes"] << 20,) * 2)
    try:
        answer = SOLVERS[solver](request["text"], request["limit"])
    except MemoryError:
        answer = {"status": "unknown", "reason": "out of memory"}
    except Exception as error:
        answer = {"status": "error", "reason": f"{type(error).__name__}: {error}"}
    model = answer.get("model", {})
    answer["model"] = {name.strip("|").removeprefix(PREFIX): value for name, value in model.items() if name.strip("|").startswith(PREFIX)}
    times = os.times()
    answer["seconds"] = times.user + times.system
    with os.fdopen(output, "w") as pipe:
        json.dump(answer, pipe)


def run(solver: str, request: dict[str, Any], lines: "Lines") -> dict[str, Any] | None:
    """The answer of a child; None if the input ended."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            child(solver, request, writing)
        finally:
            os._exit(0)
    os.close(writing)
    found = b""
    cancelled = closed = False
    while True:
        ready, _, _ = select.select([reading, lines.source], [], [])
        if reading in ready:
            piece = os.read(reading, 1 << 16)
            if not piece:
                break
            found += piece
        elif not cancelled:
            closed = lines.next() is None
            cancelled = True
            os.kill(pid, signal.SIGKILL)
    os.close(reading)
    _, status, usage = os.wait4(pid, 0)
    if closed:
        return None
    try:
        return dict(json.loads(found))
    except ValueError:
        return {"status": "unknown", "reason": _how_it_ended(status, cancelled), "seconds": usage.ru_utime + usage.ru_stime}


def _how_it_ended(status: int, cancelled: bool) -> str:
    if cancelled:
        return "ended"
    if not os.WIFSIGNALED(status):
        return f"the solver's process ended with status {os.waitstatus_to_exitcode(status)}"
    name = signal.Signals(os.WTERMSIG(status)).name
    # At the hard limit of CPU time the kernel sends SIGKILL.
    return "out of time" if name in ("SIGXCPU", "SIGKILL") else f"the solver died of {name}"


class Lines:
    """Lines of a file descriptor, read without a buffer that select would not see."""

    def __init__(self, source: int) -> None:
        self.source = source
        self.rest = b""

    def next(self) -> bytes | None:
        """The next line; None at the end of the input. A line is asked for only when one is coming."""
        while b"\n" not in self.rest:
            piece = os.read(self.source, 1 << 20)
            if not piece:
                return None
            self.rest += piece
        line, _, self.rest = self.rest.partition(b"\n")
        return line


def main(solver: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt at the terminal is for the caller, who then closes the input
    __import__(solver)
    lines = Lines(sys.stdin.fileno())
    while (line := lines.next()) is not None:
        if line == b"cancel":  # too late: the answer is on its way
            continue
        answer = run(solver, json.loads(line), lines)
        if answer is None:
            return
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
