"""The SMT judge: right verdicts in formats of every size, models replayed, deterministic budgets, contradictions that stop the run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq

from fpproof.encodings import Answer, Report
from fpproof.encodings import Budget as Limits
from fpproof.errors import FpproofError, TheoryError
from fpproof.formats import parse_format
from fpproof.judges import Budget, Disagreement, ExactJudge, Outcome, Verdict
from fpproof.judges.registry import Spending, available, chosen, installed
from fpproof.judges.smt import SmtJudge
from fpproof.judges.smt.asking import limits
from fpproof.judges.verdict import NOT_STORED
from fpproof.theory import instances, read_theory, read_theory_text
from tests.judges.translated import claim

for _module in ("z3", "bitwuzla", "cvc5"):
    pytest.importorskip(_module)

JUDGE = SmtJudge()
ARITHMETIC = Path(__file__).parent.parent.parent / "theories" / "arithmetic"


def decide(text: str, format: str = "E5M2", resource: int = 50_000_000, **given: str) -> Verdict:
    return JUDGE.decide(claim(text, format, **given), Budget(resource=resource))


STERBENZ = "x: Float, y: Float | assume(0 <= y / 2 <= x <= 2 * y); show(fl(x - y) == x - y)"


@pytest.mark.parametrize("format", ["E2M1", "E4M3FN", "E4M3FN-sat", "bfloat16", "binary16", "binary32", "binary64", "tf32"])
def test_sterbenz(format: str) -> None:
    verdict = decide(STERBENZ, format)
    assert verdict.outcome is Outcome.PROVED
    assert verdict.evidence["queries"] == 2, "that the assumptions can be met is a query too"


@pytest.mark.parametrize(
    ("text", "format", "outcome"),
    [
        ("x: Datum, y: Datum | show(same(fl(x + y), fl(y + x)), same(fl(x * y, to=up), fl(y * x, to=up)))", "binary64", "proved"),
        ("x: Float, y: Float, z: Float | assume(x <= y); show(fl(x + z) <= fl(y + z))", "E5M2", "proved"),
        ("x: Float, y: Float, z: Float | assume(x < y); show(fl(x + z) < fl(y + z))", "binary64", "refuted"),
        ("x: Float | assume(x > F.Omega); show(x == 3)", "binary32", "vacuous"),
        ("x: Float | assume(x > 1, x < succ(1)); show(False)", "binary64", "vacuous"),
        ("x: Float | assume(x * x == 2); show(x > 5)", "binary32", "vacuous"),
        # False at one float, by one ulp
        ("x: Float | show(x != exact('0x1.921fb6p+1'))", "binary32", "refuted"),
        ("x: Float | assume(x != exact('0x1.fffffep+127')); show(fl(x + ulp(x)) <= F.Omega)", "binary32", "proved"),
        ("x: Float | assume(0 < x); show(fl(x + ulp(x)) <= F.Omega)", "binary32", "refuted"),
        ("r: Real, s: Real | assume(r <= s); show(fl(r) <= fl(s))", "binary64", "proved"),
        ("r: Real, s: Real | assume(r < s); show(fl(r) < fl(s))", "binary32", "refuted"),
        ("r: Real | assume(abs(r) <= F.Omega); show(fl(r) == fl(r, to=down) or fl(r) == fl(r, to=up))", "binary64", "proved"),
        ("r: Real | assume(r > 0); show(fl(r, to=up) > r)", "binary32", "refuted"),
        ("x: Float, n: Int | assume(0 <= n <= 3); show(fl(x * pow2(n)) == x * 2**n)", "bfloat16", "refuted"),
        ("b: Bool, x: Float | show((x if b else -x) <= abs(x))", "binary64", "proved"),
        ("x: Float | show(exists(Float, lambda w: w >= x, witness=x))", "binary64", "proved"),
        ("x: Float | assume(exists(Float, lambda w: w * w == x)); show(x >= 0)", "binary32", "proved"),
        ("x: Float | show(fl(x, G) == x)", "binary32", "refuted"),
        ("x: Float | show(fl(fl(x, G)) == x)", "bfloat16", "proved"),
    ],
)
def test_verdicts(text: str, format: str, outcome: str) -> None:
    """With G = binary32 where it occurs beside bfloat16, else bfloat16."""
    verdict = decide(text, format, G="binary32" if format == "bfloat16" else "bfloat16")
    assert verdict.outcome.value == outcome, verdict.reason


def test_two_sum_fails_where_an_intermediate_overflows() -> None:
    """In E5M2 at 12288 and -57344 and their negatives only, as enumeration says."""
    text = (
        "a: Float, b: Float | s = fl(a + b); t = fl(s - a); e = fl(fl(a - fl(s - t)) + fl(b - t)); "
        "assume(finite(s), finite(t), finite(fl(s - t))); show(s + e == a + b)"
    )
    assert decide(text, "F(1,3)").outcome is Outcome.PROVED
    weaker = decide(text.replace("finite(t), finite(fl(s - t))", "True"))
    assert weaker.outcome is Outcome.REFUTED
    assert weaker.counterexample is not None
    assert {abs(int(x)) for x in weaker.counterexample.values.values()} == {12288, 57344}


def test_a_real_that_stands_for_a_gap_is_a_real_counterexample() -> None:
    verdict = decide("r: Real | assume(fl(r) == 1); show(r <= 1)", "binary64")
    assert verdict.counterexample is not None
    (r,) = verdict.counterexample.values.values()
    assert 1 < r <= 1 + mpq(1, 1 << 53)


@pytest.mark.parametrize("format", ["E5M2", "binary32", "binary64"])
def test_relative_errors_are_refuted_where_they_are_attained(format: str) -> None:
    """The bound is proved by gaps, and where it is attained is found."""
    text = "r: Real | u = pow2(-F.p - 1); assume(pow2(F.emin) <= abs(r) <= F.Omega); show(abs(fl(r) - r) {} u / (1 + u) * abs(r))"
    assert decide(text.format("<"), format).outcome is Outcome.REFUTED
    if format == "E5M2":
        assert decide(text.format("<="), format).outcome is Outcome.PROVED


def test_two_reals_in_arithmetic_are_refuted_at_most() -> None:
    text = "r: Real, s: Real | assume(abs(r) <= 1, abs(s) <= 1); show(abs(fl(r) + fl(s) - (r + s)) {} pow2(-F.p))"
    assert decide(text.format("<="), "E2M1").outcome is Outcome.OPEN
    assert decide(text.format("<"), "E2M1").outcome is Outcome.REFUTED


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x: Float | show(exp(x) > 0)", "exp"),
        ("x: Float | show(exists(Real, lambda w: w > x))", "name a witness="),
        ("x: Float | show(exists(Float, lambda v: not exists(Float, lambda w: w > v)))", "nothing is encoded for all values of v"),
        ("x: Float | show(exists(Int, lambda n: n > x))", "an Int without bounds"),
        ("x: Float | show(x**9999 > 1)", "bits"),
    ],
)
def test_refused_is_open(text: str, reason: str) -> None:
    verdict = decide(text, "binary32")
    assert verdict.outcome is Outcome.OPEN
    assert any(part in verdict.reason for part in reason.split("|")), verdict.reason


def test_estimates_are_cheap_and_say_what_cannot_be() -> None:
    assert JUDGE.estimate(claim(STERBENZ, "binary64"), Budget()).possible
    assert "exp" in JUDGE.estimate(claim("x: Float | show(exp(x) > 0)"), Budget()).cannot
    assert JUDGE.estimate(claim(STERBENZ, "binary64"), Budget()).cases is None
    assert "without bounds" in JUDGE.estimate(claim("x: Float, n: Int | show(x * n != 1)"), Budget()).cannot


def test_a_weight_that_is_no_float_makes_the_statement_wrong() -> None:
    network = "@network\ndef f(a: Float):\n    return layers(affine([[a / 2]]))\n"
    text = f"from fpproof.lang import *\n{network}@lemma\ndef l(a: Float, x: Float):\n    {{}}show(same(value(f(a), x), fl(a / 2 * x)))\n"

    def lemma(assumption: str) -> Any:
        (found,) = instances(read_theory_text(text.format(assumption)).lemmas[0], parse_format("binary32"))
        return JUDGE.decide(found, Budget())

    with pytest.raises(TheoryError, match="which is no float of binary32"):
        lemma("")
    assert lemma("assume(is_float(a / 2)); ").outcome is Outcome.PROVED


# Against the other judges


@pytest.mark.parametrize("file", ["sterbenz", "rounding", "exact_operations", "gradients"])
def test_as_the_exact_judge_says_in_e2m1(file: str) -> None:
    compared = 0
    for lemma in read_theory(ARITHMETIC / f"{file}.py").lemmas:
        claims = instances(lemma, parse_format("E2M1"))
        if len(lemma.variables) > 3 or not claims:
            continue
        found = claims[0]
        mine, brute = JUDGE.decide(found, Budget()), ExactJudge().decide(found, Budget())
        if mine.outcome is not Outcome.OPEN and brute.outcome is not Outcome.OPEN:
            assert mine.outcome is brute.outcome, lemma.name
            compared += 1
    assert compared


# Trust


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> None:
    rest = list(answers)

    def solve(assertions: Sequence[object], budget: Limits, solvers: Sequence[str] | None, floats: object) -> Answer:
        return rest.pop(0)

    monkeypatch.setattr("fpproof.judges.smt.asking.solve", solve)


def answer(status: Any, model: dict[str, int] | None = None, reproducible: bool = True) -> Answer:
    report = Report("z3", status, "time", model or {}, exhausted=reproducible)
    return Answer(status, "z3", model or {}, "time", reproducible, 0.1, (report,), text="(check-sat)")


def test_a_model_that_the_referee_does_not_accept_is_a_disagreement(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path))
    found = claim("x: Float | show(fl(x + x) == x + x or abs(x) > 1)")
    answering(monkeypatch, answer("sat", {"x": 0}))
    with pytest.raises(Disagreement, match=r"z3 gives a counterexample, at which the referee says: holds; the query is .*\.smt2"):
        JUDGE.decide(found, Budget())
    (saved,) = tmp_path.rglob("*.smt2")
    assert saved.read_text() == "(check-sat)"
    answering(monkeypatch, answer("unsat"), answer("sat", {"x": 0}))
    with pytest.raises(Disagreement, match="an input that meets the assumptions, at which the referee says: assumptions not met"):
        JUDGE.decide(claim("x: Float | assume(x > 1); show(x > 0)"), Budget())


def test_proved_needs_an_input_that_meets_the_assumptions(monkeypatch: pytest.MonkeyPatch) -> None:
    found = claim("x: Float | assume(x > 1); show(x > 0)")
    answering(monkeypatch, answer("unsat"), answer("unknown"))
    verdict = JUDGE.decide(found, Budget())
    assert verdict.outcome is Outcome.OPEN
    assert "whether an input meets the assumptions is unknown" in verdict.reason
    answering(monkeypatch, answer("unsat"), answer("unsat"))
    assert JUDGE.decide(found, Budget()).outcome is Outcome.VACUOUS


def test_what_a_clock_decided_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    found = claim("x: Float | show(x > 0)")
    answering(monkeypatch, answer("unknown", reproducible=False))
    assert NOT_STORED in JUDGE.decide(found, Budget()).evidence
    answering(monkeypatch, answer("unknown", reproducible=True))
    assert NOT_STORED not in JUDGE.decide(found, Budget()).evidence


def test_a_small_budget_leaves_it_open_in_the_same_way_each_time() -> None:
    text = "x: Float, y: Float, z: Float | assume(x <= y, z >= 0, fl(y * z) <= F.Omega); show(fl(x * z) <= fl(y * z))"
    first, second = (decide(text, "binary32", resource=20_000) for _ in range(2))
    assert first.outcome is second.outcome is Outcome.OPEN
    assert "resource" in first.reason
    assert NOT_STORED not in first.evidence
    assert limits(100).z3 == 100


def test_without_a_solver_the_judge_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("fpproof.judges.registry.find_spec", lambda name: None)
        installed.cache_clear()
        available.cache_clear()
        with pytest.raises(FpproofError, match=r"judge 'smt': none of z3, bitwuzla, cvc5 is installed: pip install 'fpproof\[solvers\]'"):
            chosen(["smt"])
    installed.cache_clear()
    available.cache_clear()
    assert chosen(["smt"])[0].budget(Spending(resource=7)).resource == 7
