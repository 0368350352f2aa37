"""The plan: which judges can, at what cost, and what their answers come to together."""

import pytest

from fpproof.errors import FpproofError
from fpproof.formats import parse_format
from fpproof.judges import Counterexample, Outcome, Verdict
from fpproof.judges.plan import BRIEF, combined, countable, offers
from fpproof.judges.registry import OFFERS, Available, Offer, Spending, available, chosen, judges, version_of
from fpproof.theory import Claim, instances, read_theory_text
from tests.runs.theories import HEADER, SUM, TRUE


def claim(text: str, format: str) -> Claim:
    (found,) = instances(read_theory_text(HEADER + text).lemmas[0], parse_format(format))
    return found


def test_the_order_is_that_of_the_cost() -> None:
    small = [asked.judge.name for asked in offers([claim(SUM, "E2M1")], Spending())[0]]
    assert small[0] == "exact"
    assert small[-2:] == ["sampling", "patterns"]
    large, cannot = offers([claim(SUM, "binary64")], Spending())
    assert "exact" not in [asked.judge.name for asked in large]
    assert cannot[0].startswith("exact: about ")


def test_a_solver_is_asked_briefly_first_where_every_input_can_be_looked_at() -> None:
    def asked(format: str, spending: Spending) -> list[tuple[str, bool]]:
        return [(one.judge.name, one.budget.resource == BRIEF) for one in offers([claim(SUM, format)], spending)[0]]

    counted = asked("binary16", Spending())
    assert [name for name, _ in counted] == ["laws", "smt", "enumeration", "laws", "smt", "sampling", "patterns"]
    assert [brief for _, brief in counted] == [True, True, False, False, False, False, False]
    assert ("smt", True) not in asked("binary64", Spending())
    assert [name for name, _ in asked("binary16", Spending(resource=10**9))].count("smt") == 1


@pytest.mark.parametrize(
    ("text", "format", "cases", "can"),
    [
        (TRUE, "binary16", None, True),
        (TRUE, "binary16", 1000, False),
        (TRUE, "binary64", None, False),
        (SUM, "binary32", None, False),
        (SUM, "binary32", 10**30, True),
        (SUM, "E2M1", 255, False),
        (SUM, "E2M1", 256, True),
    ],
)
def test_what_can_be_counted(text: str, format: str, cases: int | None, can: bool) -> None:
    assert countable([claim(text, format)], Spending(cases=cases)) is can


@pytest.mark.parametrize("judge", judges(), ids=lambda judge: judge.name)
def test_versions_are_known_before_a_judge_is_imported(judge: Available) -> None:
    """A judge whose answers change gets a new version in both places, so that its old verdicts are obsolete."""
    assert version_of(judge.name) == judge.version


def test_what_is_no_judge_has_no_version() -> None:
    assert version_of("oracle") is None


def test_no_judge_that_is_missing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = (
        Offer("module", "fpproof.judges.nothing:Judge", "", 0, None, 1),
        Offer("class", "fpproof.judges.exact:Nothing", "", 0, None, 1),
    )
    monkeypatch.setattr("fpproof.judges.registry.OFFERS", (OFFERS[0], *missing))
    available.cache_clear()
    assert [judge.name for judge in judges()] == ["exact"]
    for name in ("module", "class", "other"):
        with pytest.raises(FpproofError, match=f"judge '{name}': .*; there are exact"):
            chosen([name])
    available.cache_clear()


def verdict(outcome: Outcome, cases: int = 1, met: int | None = 1, **evidence: str | int) -> Verdict:
    found = Counterexample({}, 0) if outcome is Outcome.REFUTED else None
    return Verdict(outcome, "exact", "E2M1", cases, met, found, reason="a reason", evidence=evidence)


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["proved", "proved"], "proved"),
        (["proved", "vacuous"], "proved"),
        (["vacuous", "vacuous"], "vacuous"),
        (["proved", "supported"], "supported"),
        (["supported", "open"], "open"),
        (["open", "refuted", "proved"], "refuted"),
    ],
)
def test_the_whole_is_no_better_than_its_parts(parts: list[str], whole: str) -> None:
    assert combined([verdict(Outcome(part)) for part in parts]).outcome is Outcome(whole)


def test_counts_add_up_and_names_are_listed() -> None:
    first = verdict(Outcome.PROVED, 3, 2, seed=1, undecided=4, solver="z3")
    both = combined([first, verdict(Outcome.PROVED, 5, None, seed=1, undecided=6, solver="cvc5")])
    assert (both.cases, both.met) == (8, 2)
    assert both.evidence == {"seed": 1, "undecided": 10, "solver": "z3; cvc5"}
