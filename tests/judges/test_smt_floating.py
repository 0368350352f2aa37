"""The second translation, to the solvers' own floats, says what the exact evaluator says; it is asked only where it may be."""

import pytest

from fpproof.encodings import Budget as Limits
from fpproof.encodings import EncodingError, FloatTerm, solve
from fpproof.encodings.smtlib import symbol
from fpproof.encodings.solving import FLOATS, Host, Member, Report
from fpproof.formats import Mode
from fpproof.judges import Budget, Outcome
from fpproof.judges.smt import SmtJudge, floating
from fpproof.judges.smt.floating import Queries, Script, queries
from fpproof.judges.smt.question import Question, question
from fpproof.theory import Op
from fpproof.theory.evaluate import Program
from fpproof.theory.networks import expanded
from tests.judges.test_smt_translation import NETWORKS, network_claims
from tests.judges.translated import Model, claim, expected_of, some_inputs

for _module in ("z3", "bitwuzla", "cvc5"):
    pytest.importorskip(_module)

WRITTEN = {
    "operations": "x: Datum, y: Datum | show(fl(x + y) < x, fl(x - y, to=down) == x - y, fl(x * y, to=up) >= fl(x / y), same(fl(sqrt(x)), -x))",
    "fused": "x: Datum, y: Datum | show(fl(x * y + 1) == x * y + 1, fl(x + y * y) > fl(x - 2))",
    "exact": "x: Datum, y: Datum | assume(y / 2 <= x); show(x + y < 3 * x, x * y == y * x * 0.5, abs(x - y) <= abs(x))",
    "conditions": "x: Datum, y: Datum, b: Bool | show((x if b else -x) <= y, b == (x > y) or is_nan(x), not is_float(x + y), finite(fl(x + y)))",
    "modes": "x: Datum, y: Datum | show(fl(x * y, to=toward_zero) <= fl(x * y, to=nearest_away), same(fl(x - x, to=down), fl(y - y)))",
    "formats": "x: Datum, y: Datum | show(fl(fl(x, G) + fl(y, G), G) == fl(x + y), fl(fl(x, G)) == x, same(x, 1) or x != infinity)",
}


def pinned(script: Script, model: Model, asked: Question) -> str:
    """The query with its variables fixed."""
    lines = []
    for variable, bits in asked.variables.items():
        name, value = symbol(variable.variable.name), model[variable.variable.name]
        width = bits.format.width if isinstance(bits, FloatTerm) else bits.width
        lines.append(f"(assert (= {name} (_ bv{value} {width})))" if width else f"(assert (= {name} {'true' if value else 'false'}))")
    return script.text.replace("(check-sat)", "\n".join([*lines, "(check-sat)"]))


def disagreements(asked: Question, found: Queries, count: int, solver: str) -> list[str]:
    """Inputs at which a solver, asked in its own floats with all variables fixed, differs from the exact evaluator."""
    program = Program((*asked.claim.assumptions, *asked.claim.conclusions))
    host, wrong = Host(solver), []
    for model in some_inputs(asked, count, 5):
        expected = expected_of(asked.claim, list(program.values(asked.values(model))))
        if expected is None:
            continue
        met, fails = expected
        for index, script in enumerate(found.failures):
            if fails[index] is None:
                continue
            host.ask(Member(solver, FLOATS, pinned(script, model, asked)), Limits())
            if (host.read().status == "sat") is not (bool(met) and fails[index]):
                wrong.append(f"{model}, conclusion {index}")
    host.close()
    return wrong


@pytest.mark.parametrize("name", list(WRITTEN))
@pytest.mark.parametrize(("format", "solver"), [("binary16", "bitwuzla"), ("bfloat16", "z3"), ("binary32", "cvc5"), ("binary32", "z3")])
def test_as_the_exact_evaluator(name: str, format: str, solver: str) -> None:
    text = WRITTEN[name]
    if name == "exact" and format in ("bfloat16", "binary32"):
        text = text.replace("x + y < 3 * x, ", "").replace(", abs(x - y) <= abs(x)", "")  # sums are too wide there
    found = claim(text, format, "binary32")
    written = queries(found)
    assert written is not None
    if solver not in written.failures[0].solvers():
        return
    assert disagreements(question(found), written, 10 if solver == "z3" else 20, solver) == []


def test_networks_are_written_too() -> None:
    assert "@network" in NETWORKS
    for name, found in network_claims("binary16"):
        written = queries(expanded(found))
        if name == "wrong":
            assert written is None, "a weight may be no float"
        else:
            assert written is not None
            assert disagreements(question(found), written, 15, "bitwuzla") == []


def test_a_wrong_translation_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(floating._MODES, Mode.NEAREST_EVEN, "RNA")
    monkeypatch.setitem(floating._OPERATIONS, Op.SUBTRACT, "fp.add")
    found = claim(WRITTEN["operations"], "binary16", "binary32")
    written = queries(found)
    assert written is not None
    assert disagreements(question(found), written, 25, "bitwuzla") != []


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("x: Float | show(fl(x + 1) == x + 1)", "E5M2"),
        ("x: Float | show(fl(x + 1) == x + 1)", "E4M3FN"),
        ("x: Float | show(fl(x + 1, to=to_odd) == x + 1)", "binary16"),
        ("x: Float | show(ulp(x) <= 1)", "binary16"),
        ("x: Float, y: Float | show(x + y == y + x + x)", "binary64"),
        ("x: Float, n: Int | assume(0 <= n <= 3); show(x * n == 3)", "binary16"),
        ("x: Float | show(fl(x / 3 + 1) == 1)", "binary16"),
        ("r: Real | show(fl(r) == r)", "binary16"),
    ],
)
def test_what_is_not_written(text: str, format: str) -> None:
    assert queries(claim(text, format)) is None


@pytest.mark.parametrize(
    ("text", "format", "solvers"),
    [
        ("x: Float | show(fl(x + 1) == 1)", "binary16", ["bitwuzla", "z3"]),
        ("x: Float | show(fl(x + 1) == 1)", "bfloat16", ["z3"]),
        ("x: Float | show(fl(x + 1) == 1)", "binary64", ["bitwuzla", "z3", "cvc5"]),
        ("x: Float | show(fl(x * x + 1) == 1)", "binary64", ["bitwuzla", "cvc5"]),
    ],
)
def test_who_is_asked(text: str, format: str, solvers: list[str]) -> None:
    """Nobody in formats that it calls experimental, nor z3 about fused operations."""
    found = queries(claim(text, format))
    assert found is not None
    assert found.failures[0].solvers() == solvers


def test_the_portfolio_says_which_encoding_answered() -> None:
    text = "x: Float, y: Float | assume(0 <= y / 2 <= x <= 2 * y); show(fl(x - y) == x - y)"
    asked = question(claim(text, "binary16"))
    assert asked.floats is not None
    floats = asked.floats.failures[0].texts()
    answer = solve(asked.failures[0], agreement=True, floats=floats)
    assert answer.status == "unsat"
    assert {(report.solver, report.encoding) for report in answer.reports} == {
        ("z3", "fpproof-bv"), ("bitwuzla", "fpproof-bv"), ("cvc5", "fpproof-bv"), ("bitwuzla", FLOATS), ("z3", FLOATS),
    }  # fmt: skip
    assert {report.family for report in answer.reports} == {"fpproof-bv", "SymFPU", "z3's floats"}
    verdict = SmtJudge().decide(claim(text, "binary32"), Budget())
    assert verdict.outcome is Outcome.PROVED
    assert set(str(verdict.evidence["encoding"]).split(", ")) <= {"fpproof-bv", FLOATS}


def test_agreement_within_a_family_counts_once() -> None:
    assert Report("cvc5", "unsat", encoding=FLOATS).family == Report("bitwuzla", "unsat", encoding=FLOATS).family
    assert Report("cvc5", "unsat").family == Report("z3", "unsat").family != Report("z3", "unsat", encoding=FLOATS).family


def test_a_question_that_is_too_wide_is_refused_by_both() -> None:
    with pytest.raises(EncodingError):
        question(claim("x: Float | show(x**9999 > 1)", "binary64"))
