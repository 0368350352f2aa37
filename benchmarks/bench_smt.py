"""The portfolio of SMT solvers against each solver alone, on statements of theory files; CPU time.

The portfolio is asked, then each solver alone in both encodings. Goal: it solves what any of them solves, and the answer that counts took at most 1.3
times the CPU time of the best, and 0.1 s. What all its processes took until then is reported beside it. Alone, a solver gets no more CPU seconds than
the portfolio's answer took, and a second at least: who takes longer is not the best.
"""

from dataclasses import dataclass, replace

import pytest

from fpproof.encodings import solve
from fpproof.encodings.smtlib import query
from fpproof.encodings.solving import ENCODING, FLOATS, SOLVERS, Member, _ask
from fpproof.formats import parse_format
from fpproof.judges.smt.judge import limits
from fpproof.judges.smt.question import question
from fpproof.theory import instances, read_theory_text

pytestmark = pytest.mark.timeout(0)
"""A solver alone takes as long as its limits allow, on a busy machine longer than tests may."""

NEWLINE = "\n"
THEORY = read_theory_text(
    f"from fpproof.lang import *{NEWLINE}"
    """
@lemma
def sterbenz(x: Float, y: Float):
    assume(0 <= y / 2 <= x <= 2 * y)
    show(fl(x - y) == x - y)

@lemma
def comm(x: Float, y: Float):
    show(fl(x + y) == fl(y + x) or is_nan(fl(x + y)))

@lemma(expect="refuted")
def assoc(x: Float, y: Float, z: Float):
    assume(finite(fl(fl(x * y) * z)), finite(fl(x * fl(y * z))))
    show(fl(fl(x * y) * z) == fl(x * fl(y * z)))

@lemma
def mono(x: Float, y: Float, z: Float):
    assume(x <= y)
    show(fl(x + z) <= fl(y + z))

@network
def indicator_of_the_positive():
    return layers(relu([[-pow2(F.emax)]]), relu([[-pow2(F.emax)]], bias=[1]))

@lemma
def step(x: Float):
    show(value(indicator_of_the_positive(), x) == (1 if x >= 0 else 0))

@network
def indicator(a: Float, b: Float):
    k = pow2(F.emax - 2)
    return layers(relu([[-k], [k]], bias=[k * a, -k * b]), relu([[-k, -k]], bias=[1]))

@lemma
def ival(x: Float):
    show(value(indicator(0.75, 1.75), x) == (1 if 0.75 <= x <= 1.75 else 0))

@lemma
def ivalsym(x: Float, a: Float, b: Float):
    assume(0.5 <= a <= b <= 2)
    show(value(indicator(a, b), x) == (1 if a <= x <= b else 0))

@network
def small(u: Float, v: Float, b: Float, c: Float, s: Float, t: Float, d: Float):
    return layers(relu([[u], [v]], bias=[b, c]), affine([[s, t]], bias=[d]))

@lemma(expect="refuted")
def net1(u: Float, v: Float, b: Float, c: Float, s: Float, t: Float, d: Float):
    f = small(u, v, b, c, s, t, d)
    show(not (value(f, 1) == 1.5 and gradient(f, 1, 1) == 2))

@lemma(expect="refuted")
def net2(u: Float, v: Float, b: Float, c: Float, s: Float, t: Float, d: Float):
    f = small(u, v, b, c, s, t, d)
    show(not (value(f, 1) == 1.5 and gradient(f, 1, 1) == 2 and value(f, 2) == 0.75 and gradient(f, 2, 1) == -1))

@lemma(expect="refuted")
def net3(u: Float, v: Float, b: Float, c: Float, s: Float, t: Float, d: Float):
    f = small(u, v, b, c, s, t, d)
    assume(value(f, 1) == 1.5 and gradient(f, 1, 1) == 2 and value(f, 2) == 0.75 and gradient(f, 2, 1) == -1)
    show(not (value(f, 3) == -0.25 and gradient(f, 3, 1) == -1))

@lemma
def netu(u: Float, v: Float, b: Float, c: Float, s: Float, t: Float, d: Float):
    f = small(u, v, b, c, s, t, d)
    show(not (gradient(f, -1, 1) == 1 and gradient(f, 1, 1) == -1 and gradient(f, 2, 1) == 5))
"""
)
INSTANCES = {
    "sterbenz": ("E5M2", "bfloat16", "binary16", "binary32", "binary64"),
    "comm": ("E5M2", "bfloat16", "binary16", "binary32", "binary64"),
    "assoc": ("E5M2", "bfloat16", "binary16", "binary32", "binary64"),
    "mono": ("E5M2", "bfloat16", "binary16"),
    "step": ("E5M2", "bfloat16", "binary16", "binary32"),
    "ival": ("E5M2", "bfloat16", "binary16", "binary32"),
    "ivalsym": ("E5M2", "bfloat16", "binary16", "binary32"),
    "net1": ("E4M3FN", "binary16", "binary32"),
    "net2": ("E4M3FN", "binary16", "binary32"),
    "net3": ("E4M3FN", "binary16"),
    "netu": ("E4M3FN",),
}
FACTOR, SLACK = 1.3, 0.1
LIMITS = limits(25_000_000)
"""Some ten to twenty CPU seconds each."""


@dataclass(frozen=True)
class Row:
    """CPU seconds of each who answered, of the portfolio's answer, and of all its processes until the answer was there."""

    alone: dict[str, float]
    winner: str
    answer: float | None
    total: float

    @property
    def best(self) -> float | None:
        return min(self.alone.values(), default=None)


_rows: dict[tuple[str, str], Row] = {}


@pytest.mark.parametrize(("name", "format"), [(name, format) for name, formats in INSTANCES.items() for format in formats])
def test_the_portfolio_is_near_the_best_of_its_solvers(name: str, format: str) -> None:
    (claim,) = instances(THEORY.lemma(name), parse_format(format))
    asked = question(claim)
    assertions, floats = asked.failures[0], {} if asked.floats is None else asked.floats.failures[0].texts()
    members = [Member(s, ENCODING, query(assertions)) for s in SOLVERS] + [Member(s, FLOATS, text) for s, text in floats.items()]
    expected = "unsat" if claim.lemma.expect == "proved" else "sat"
    alone: dict[str, float] = {}
    answer = solve(assertions, LIMITS, floats=floats)
    taken = next((r.seconds for r in answer.reports if r.status != "unknown"), None)
    bounds = LIMITS if taken is None else replace(LIMITS, seconds=max(1.0, taken))
    for member in members if answer.reports else ():
        ((report,), _) = _ask([member], bounds, False)
        if report.status != "unknown":
            assert report.status == expected
            alone[f"{member.solver} {'fp' if member.encoding == FLOATS else 'bv'}"] = report.seconds
    total = sum(r.seconds for r in answer.reports) + answer.ended
    winner = f"{answer.solver} {'fp' if answer.encoding == FLOATS else 'bv'}"
    row = _rows[name, format] = Row(alone, winner, (taken or 0.0) if answer.status == expected else None, total)
    assert answer.status in (expected, "unknown")
    if row.best is not None:
        assert row.answer is not None, f"not solved, but alone by {', '.join(alone)}"
        assert row.answer <= FACTOR * row.best + SLACK


def test_table() -> None:
    print(f"\n{'problem':<10}{'format':<10}{'portfolio':>10}{'in all':>8}  {'by':<14}{'best alone':>10}  {'of':<14}others")
    for (name, format), row in _rows.items():
        ranked = sorted(row.alone.items(), key=lambda item: item[1])
        best = ranked[0] if ranked else ("nobody else in time", 0.0)
        others = ", ".join(f"{who} {seconds:.2f}" for who, seconds in ranked[1:])
        mine = "open" if row.answer is None else f"{row.answer:.2f}"
        print(f"{name:<10}{format:<10}{mine:>10}{row.total:>8.2f}  {row.winner:<14}{best[1]:>10.2f}  {best[0]:<14}{others}")
