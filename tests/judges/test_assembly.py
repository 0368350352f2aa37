"""Conclusions by rules: only from the statements they were written for, and only as good as these."""

from dataclasses import replace
from pathlib import Path

import pytest

from fpproof.formats import Float, Format, parse_format
from fpproof.judges.assembly import RULES, STATEMENTS, AssemblyJudge, Rule, pin
from fpproof.judges.referee import Finding, Referee
from fpproof.judges.verdict import Budget, Outcome
from fpproof.runs.files import theories_in, theory_of
from fpproof.runs.task import claims_of
from fpproof.theory import Claim, Lemma
from fpproof.theory.numbers import from_datum

THEORIES = Path(__file__).parents[2] / "theories" / "representation"


def lemmas() -> dict[str, tuple[Path, Lemma]]:
    return {lemma.name: (path, lemma) for path in theories_in(THEORIES) for lemma in theory_of(path).lemmas}


def claim_of(name: str, format: str = "F(2,4)") -> Claim:
    path, lemma = lemmas()[name]
    return claims_of(str(path), lemma, format)[0]


def test_pins_are_the_statements() -> None:
    """After a change of a lemma, read its rule's proof again in docs/representation.md, then pin what this test says."""
    known = lemmas()
    names = {name for rule in RULES for name in (rule.conclusion, *rule.premises)}
    assert {name: pin(known[name][1]) for name in sorted(names)} == dict(sorted(STATEMENTS.items()))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.conclusion)
def test_every_rule_concludes(rule: Rule) -> None:
    verdict = AssemblyJudge().decide(claim_of(rule.conclusion), Budget())
    assert verdict.outcome is Outcome.PROVED
    assert verdict.evidence["rule"]


@pytest.mark.parametrize("name", ["theorem_3_1", "one_point", "three_multiplications_reach_everything"])
def test_nothing_is_concluded_from_other_statements(name: str) -> None:
    claim = claim_of(name)
    rule = next(rule for rule in RULES if rule.conclusion == name)
    for changed in (name, *rule.premises):
        verdict = AssemblyJudge(statements=STATEMENTS | {changed: "0" * 16}).decide(claim, Budget())
        assert verdict.outcome is Outcome.OPEN
        assert changed in verdict.reason


def test_nothing_is_concluded_without_a_premise() -> None:
    claim = claim_of("theorem_3_1")
    shortened = replace(claim.lemma, uses=claim.lemma.uses[1:])
    claim = Claim(shortened, claim.formats, claim.modes, claim.variables, claim.assumptions, claim.conclusions, claim.pool)
    assert "one_point" in AssemblyJudge().decide(claim, Budget()).reason


def test_other_lemmas_have_no_rule() -> None:
    assert not AssemblyJudge().estimate(claim_of("layer_1_at_the_neighbours"), Budget()).possible


@pytest.mark.parametrize("z", ["0", "-0x1p-8", "0x1.cp+7", "-0x1p+0", "0x1.4p-2"])
def test_the_theorem_holds_where_it_is_evaluated(z: str) -> None:
    """The conclusions against the referee, at points that meet the weights' condition, with h = g = 1, and at every x."""
    F = parse_format("F(2,4)")
    side = 1 if Float.parse(F, z).datum[0] >= 0 else -1
    named = {"z": z, "v": "0x1.cp+7", "h": "1", "g": "1"}
    _holds_everywhere("theorem_3_1", F, named | {"w6": "0x1p+3", "w5": "0x1p-3", "w4": str(-side)})
    _holds_everywhere("theorem_3_1_in_five_layers", F, named | {"w4": str(side), "w3": "0x1p+3", "B": "0x1p-3", "S": "0x1.cp+7"})


def _holds_everywhere(name: str, F: Format, named: dict[str, str]) -> None:
    claim = claim_of(name)
    referee = Referee(claim)
    for x in F.finite():
        for y in (F.largest, F.smallest):
            data = {name: Float.parse(F, text).datum for name, text in named.items()} | {"x": x, "y": y}
            assert referee.at({v: from_datum(data[v.variable.name]) for v in claim.variables}) is Finding.HOLDS
