"""For all a there is a b, by solvers: as brute force says, in formats small enough for it; and in large ones, with what stands behind each answer."""

from collections.abc import Sequence
from shutil import which

import pytest
from hypothesis import given, settings

from fpproof.encodings import Answer, solve
from fpproof.encodings import Budget as Limits
from fpproof.encodings.terms import Term as Bits
from fpproof.formats import parse_format
from fpproof.judges import Budget, Disagreement, ExactJudge, Finding, Outcome, Referee, Verdict
from fpproof.judges.smt import SmtJudge, functions, prenex
from fpproof.judges.smt.prenex import alternation
from fpproof.judges.verdict import Estimate
from fpproof.search.proofs import PROGRAM
from fpproof.theory import Claim
from tests.judges import statements
from tests.judges.translated import claim

for _module in ("z3", "bitwuzla", "cvc5"):
    pytest.importorskip(_module)

JUDGE = SmtJudge()


def decide(text: str, format: str, resource: int = 50_000_000) -> Verdict:
    return JUDGE.decide(claim(text, format), Budget(resource=resource))


@pytest.fixture
def every_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written out value by value: also of the smallest formats the witnesses are found."""
    monkeypatch.setattr(prenex, "MOST_VALUES", 0)


def by_brute_force(asked: Claim) -> Outcome:
    return ExactJudge().decide(asked, Budget(cases=1 << 20)).outcome


CLAIMS = [
    "x: Float | show(exists(Float, lambda w: w > x))",  # false at Omega alone
    "x: Float | show(exists(Float, lambda w: w + x == 0 and x != 1.5))",  # false at 1.5 alone
    "x: Float | show(exists(Float, lambda w: w + x == 0))",
    "x: Float, y: Float | assume(x < y); show(exists(Float, lambda w: x < w <= y and not exists(Bool, lambda b: b and w > y)))",
    "x: Float, y: Float | assume(x < y); show(exists(Float, lambda w: x < w < y))",
    "x: Float, y: Float | show(exists(Float, lambda w: fl(x + w) == y))",
    "x: Float | show(exists(Float, lambda w: w * 2 == x, witness=x / 2))",  # the witness need be no float
    "x: Float | assume(is_float(x / 2)); show(exists(Float, lambda w: w * 2 == x, witness=x / 2))",
    "x: Float | show(exists(Float, lambda v, w: v < x < w) or abs(x) == F.Omega)",
    "x: Float | show(exists(Float, lambda v: v < x) and exists(Float, lambda w: w > x) or abs(x) == F.Omega)",
    "x: Float | show(exists(Float, lambda v: v < x) or exists(Float, lambda w: w > x))",
    "x: Float | show(not exists(Float, lambda w: not exists(Float, lambda v: fl(v + w) == x)))",
    "x: Float | assume(exists(Float, lambda w: w * w == x)); show(exists(Float, lambda w: w * w == x and w >= 0))",
    "x: Float | assume(not exists(Float, lambda w: w > x)); show(x == F.Omega)",
    "x: Float | assume(not exists(Float, lambda w: w > x)); show(x == 1)",
    "x: Float | assume(not exists(Float, lambda w: w >= x)); show(x == 1)",  # vacuous
    "x: Float | assume(x > F.Omega); show(exists(Float, lambda w: w == 2 * x))",  # vacuous
    "x: Datum | show(exists(Datum, lambda w: same(w, -x)))",
    "x: Float | show(exists(Datum, lambda w: w > F.Omega or w != w))",  # false where nothing is but floats
    "n: Int, x: Float | assume(0 <= n <= 3); show(exists(Float, lambda w: w == n) or n == 3)",
    "x: Float | show(exists(Float, lambda w: w == 1 if x > 0 else w == x))",
    "b: Bool, x: Float | show(exists(Float, lambda w: w >= x if b else w < x))",
    "b: Bool | show(exists(Float, lambda w: (w > 0) == b))",
    "x: Float | show(exists(Float, lambda w: w == x), exists(Float, lambda w: abs(w) == x))",
    "x: Float | show(x <= F.Omega, exists(Float, lambda w: w <= x), x < F.Omega)",
    "x: Float | show(exists(Float, lambda w: abs(fl(w * x) - 1) <= ulp(1)) or abs(x) < 1)",
]


@pytest.mark.usefixtures("every_exists")
@pytest.mark.parametrize("format", ["E2M1", "F(2,2)"])
@pytest.mark.parametrize("text", CLAIMS)
def test_as_brute_force_says(text: str, format: str) -> None:
    asked = claim(text, format)
    assert JUDGE.decide(asked, Budget()).outcome is by_brute_force(asked)


def test_the_claims_are_of_all_kinds() -> None:
    outcomes = [by_brute_force(claim(text, "E2M1")) for text in CLAIMS]
    assert {Outcome.PROVED, Outcome.REFUTED, Outcome.VACUOUS} == set(outcomes)
    assert sum(any(alternation(asked, c) is not None for c in asked.conclusions) for asked in (claim(t, "binary16") for t in CLAIMS)) == len(CLAIMS)


@pytest.mark.usefixtures("every_exists")
@settings(max_examples=12, deadline=None, derandomize=True)
@given(statements.conditions(1, ("x", "w")), statements.conditions(0, ("x", "w")))
def test_random_claims(condition: str, other: str) -> None:
    """Where the encoding refuses it is open, and the exact judge where it meets a number without a form."""
    for body in (f"{condition})", f"{condition} and {other}) or x > 1"):
        text = f"x: Float | show(exists(Float, lambda w: {body})"
        asked = claim(text, "E2M1", G="F(2,2)")
        found, expected = JUDGE.decide(asked, Budget(resource=5_000_000)), by_brute_force(asked)
        if Outcome.OPEN not in (found.outcome, expected):
            assert found.outcome is expected, text


@pytest.mark.parametrize("format", ["F(1,3)", "F(3,3)"])
@pytest.mark.parametrize("body", ["a: fl(h * a) == g", "a, b: fl(fl(h * a) * b) == g"])
def test_transport(format: str, body: str) -> None:
    """One factor does not suffice, nor do two; but two reach 1."""
    asked = claim(f"h: Float, g: Float | assume(h != 0); show(exists(Float, lambda {body}))", format)
    verdict = JUDGE.decide(asked, Budget())
    assert verdict.counterexample is not None
    assert Referee(asked).at(verdict.counterexample.values) is Finding.FAILS
    if format == "F(3,3)":
        assert str(verdict.evidence["nothing serves"]).endswith("tried")
    reached = f"h: Float, g: Float | assume(h != 0, g == 1); show(exists(Float, lambda {body}))"
    assert decide(reached, format).outcome is (Outcome.PROVED if "b" in body else Outcome.REFUTED)


# Large formats

INTEGERS = "x: Float | show(exists(Int, lambda n: 0 <= n <= {} and n == x) or not exists(Int, lambda m: m == x and 0 <= m <= 8))"


@pytest.mark.parametrize(
    ("text", "format", "outcome"),
    [
        ("x: Float | show(exists(Float, lambda w: w > x))", "binary32", Outcome.REFUTED),
        ("x: Float | show(exists(Float, lambda w: w >= x))", "binary64", Outcome.PROVED),
        ("x: Float | show(exists(Float, lambda w: w > x or x == F.Omega))", "binary64", Outcome.PROVED),
        ("x: Float | show(exists(Float, lambda w: fl(w + w) == x))", "binary32", Outcome.REFUTED),
        ("x: Float | assume(abs(x) >= 2 * pow2(F.emin)); show(exists(Float, lambda w: fl(w + w) == x))", "binary32", Outcome.PROVED),
        (INTEGERS.format(9), "binary32", Outcome.PROVED),
        (INTEGERS.format(7), "binary32", Outcome.REFUTED),
    ],
)
def test_large_formats(text: str, format: str, outcome: Outcome) -> None:
    verdict = decide(text, format)
    assert verdict.outcome is outcome, verdict.reason


NOTHING_ABOVE = "x: Float | show(exists(Float, lambda w: w > x))"


def test_a_refutation_says_what_stands_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every value was tried; or a proof was checked; or it is a solver's word, and the reason says so."""
    assert decide(NOTHING_ABOVE, "E5M2").evidence["nothing serves"] == f"{parse_format('E5M2').finite_count} tried"
    if which(PROGRAM) is not None:
        verdict = decide(NOTHING_ABOVE, "binary32")
        assert (verdict.evidence["nothing serves"], verdict.reason) == ("unsat, proof checked", "")
    monkeypatch.setattr("fpproof.search.proofs.which", lambda _: None)
    verdict = decide(NOTHING_ABOVE, "binary32")
    assert verdict.evidence["nothing serves"] == "unsat, proof unchecked"
    assert "a solver's word" in verdict.reason


def test_a_solver_that_is_wrong_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that nothing serves where something does: the values that are tried contradict it."""
    asked = 0

    def wrong(assertions: Sequence[Bits], budget: Limits, solvers: Sequence[str] | None) -> Answer:
        nonlocal asked
        asked += 1
        return solve(assertions, budget, solvers) if asked == 1 else Answer("unsat", "z3", {}, "", True, 0, ())

    monkeypatch.setattr("fpproof.judges.smt.asking.solve", wrong)
    with pytest.raises(Disagreement, match="where the referee finds one"):
        decide("x: Float | show(exists(Float, lambda v, w: v < x < w or x == F.Omega or x == -F.Omega))", "E5M2")


def test_a_witness_must_be_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant that lets x / 2 count as a float proves what is false."""
    text = "x: Float | show(exists(Float, lambda w: w * 2 == x, witness=x / 2))"
    assert decide(text, "binary16").outcome is Outcome.REFUTED
    monkeypatch.setattr(functions.Functions, "_is_value", lambda self, variable, term: self.pool.truth(True))
    assert decide(text, "binary16").outcome is Outcome.PROVED


def test_budgets_are_deterministic() -> None:
    """What is left open says how far it came, and two runs say the same."""
    text = "h: Float, g: Float | assume(h != 0); show(exists(Float, lambda a, b, c: fl(fl(fl(h * a) * b) * c) == g))"
    first, second = (decide(text, "F(2,3)", resource=100_000) for _ in range(2))
    assert first.outcome is Outcome.OPEN
    assert "witnesses were found" in first.reason
    assert (first.reason, first.evidence["query"]) == (second.reason, second.evidence["query"])


def test_what_cannot_be_tried_is_confirmed_by_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExactJudge, "estimate", lambda *_: Estimate(cannot="it may not"))
    if which(PROGRAM) is None:
        pytest.skip("cadical is not installed (apt install cadical)")
    verdict = decide(NOTHING_ABOVE, "E5M2")
    assert verdict.evidence["nothing serves"] == "unsat, proof checked"
    assert isinstance(verdict.evidence["clauses"], int)
