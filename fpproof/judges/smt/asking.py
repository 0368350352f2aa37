"""Queries of one claim to solvers, and what they come to as evidence."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from fpproof.encodings import Answer, solve
from fpproof.encodings import Budget as Limits
from fpproof.encodings.solving import ENCODING, SOLVERS
from fpproof.encodings.terms import Term as Bits
from fpproof.judges.smt.floating import Script
from fpproof.judges.verdict import NOT_STORED


def limits(resource: int) -> Limits:
    """Each solver's limit for a resource in units of z3: in its own units, and about as much work.

    The clock is long enough for the limits to decide, unless the machine is very slow.
    """
    return Limits(z3=resource, cvc5=max(1, resource // 100), bitwuzla=max(1, resource // 25), seconds=max(10.0, resource / 250_000), megabytes=2048)


_COSTS = {"z3": 1, "bitwuzla": 25}
"""Units of z3's rlimit that one of a solver's own is counted as."""
_LEAST_COST = 20_000
"""What a query costs at least, so that a budget bounds their number."""
_BRIEFLY = 4_000_000
"""What the first solver may spend on a query alone."""
_FIRST = ("bitwuzla", "z3", "cvc5")
"""Who is asked first, of those that are installed."""


@dataclass
class Asker:
    """Asks, and keeps the answers. `solvers` are those that are asked, all that are installed if none is named."""

    solvers: tuple[str, ...]
    answers: list[Answer] = field(default_factory=list)

    def ask(self, assertions: Sequence[Bits], floats: Script | None, resource: int) -> Answer:
        """Whether all assertions can hold at once, within a resource."""
        answer = solve(assertions, limits(resource), self.solvers or None, floats=None if floats is None else floats.texts())
        self.answers.append(answer)
        return answer

    def ask_in_turn(self, assertions: Sequence[Bits], floats: Script | None, resource: int) -> tuple[Answer, int]:
        """The answer, and what it cost: of one solver, so that models are the same every time; of all, where it has none within little."""
        every = self.solvers or SOLVERS
        first = next((name for name in _FIRST if name in every and find_spec(name)), None)
        answer = solve(assertions, limits(min(resource, _BRIEFLY)), self.solvers or None if first is None else (first,))
        self.answers.append(answer)
        cost = _cost(answer)
        if answer.status == "unknown" and resource > cost:
            answer = self.ask(assertions, floats, resource - cost)
            cost += _cost(answer)
        return answer, cost

    def evidence(self) -> dict[str, str | int | bool | None]:
        """Who answered which encoding, at what cost; the hash of all queries. An unknown that a clock made is marked.

        `families` are the encodings of floats that answers rest on: those that agree within one are one witness.
        """
        answers = [answer for answer in self.answers if answer.reports]
        heard = [report for answer in answers for report in answer.reports]
        spent = [report.spent for report in heard if report.spent is not None]
        evidence: dict[str, str | int | bool | None] = {
            "solver": ", ".join(dict.fromkeys(answer.solver for answer in answers if answer.solver)) or "none needed",
            "encoding": ", ".join(dict.fromkeys(answer.encoding for answer in answers)) or ENCODING,
            "families": ", ".join(dict.fromkeys(report.family for report in heard if report.status != "unknown")),
            "queries": len(self.answers),
            "query": hashlib.sha256("".join(answer.text for answer in self.answers).encode()).hexdigest(),
            "milliseconds": round(1000 * sum(report.seconds for report in heard)),
        }
        if spent:
            evidence["resource"] = sum(spent)
        if not all(answer.reproducible for answer in self.answers):
            evidence[NOT_STORED] = "a clock or the memory ended a solver before its deterministic limit"
        return evidence


def _cost(answer: Answer) -> int:
    """What was spent, in units of z3; of cvc5 it is not known."""
    return max(_LEAST_COST, sum(_COSTS.get(report.solver, 0) * (report.spent or 0) for report in answer.reports))
