"""The theories of representation in tiny formats: what is expected is found, by brute force, and not by their rules."""

from pathlib import Path

import pytest

from fpproof.formats import parse_format
from fpproof.judges import Budget, ExactJudge
from fpproof.theory import Lemma, instances, read_theory

DIRECTORY = Path(__file__).parents[2] / "theories" / "representation"
FILES = ("gate", "top", "order", "transport")
LEMMAS = {lemma.name: lemma for name in FILES for lemma in read_theory(DIRECTORY / f"{name}.py").lemmas if len(lemma.variables) <= 3}


@pytest.mark.parametrize("lemma", list(LEMMAS.values()), ids=list(LEMMAS))
def test_as_expected(lemma: Lemma) -> None:
    outcomes = {ExactJudge().decide(claim, Budget()).outcome.value for claim in instances(lemma, parse_format("F(1,3)"))}
    assert outcomes <= {lemma.expect}


@pytest.mark.parametrize("name", FILES)
def test_each_file_has_a_control(name: str) -> None:
    lemmas = read_theory(DIRECTORY / f"{name}.py").lemmas
    assert {lemma.expect for lemma in lemmas} == {"proved", "refuted"}
