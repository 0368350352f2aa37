"""The theories of arithmetic in tiny formats: what is expected is found, by brute force."""

from pathlib import Path

import pytest

from fpproof.formats import parse_format
from fpproof.judges import Budget, ExactJudge, Judge, SamplingJudge
from fpproof.theory import Lemma, instances, read_theory

ARITHMETIC = Path(__file__).parent.parent.parent / "theories" / "arithmetic"
FILES = ("sterbenz", "rounding", "exact_operations", "gradients")
LEMMAS = {f"{name}:{lemma.name}": lemma for name in FILES for lemma in read_theory(ARITHMETIC / f"{name}.py").lemmas}


@pytest.mark.parametrize("lemma", list(LEMMAS.values()), ids=list(LEMMAS))
def test_as_expected_in_e2m1(lemma: Lemma) -> None:
    """Lemmas of four variables, which are networks, by samples: all their inputs would take a minute."""
    judge: Judge = ExactJudge() if len(lemma.variables) < 4 else SamplingJudge(2000)
    outcomes = {judge.decide(claim, Budget()).outcome.value for claim in instances(lemma, parse_format("E2M1"))}
    assert outcomes == {lemma.expect} or (outcomes == {"supported"} and lemma.expect == "proved" and len(lemma.variables) == 4)


@pytest.mark.parametrize("name", [n for n, lemma in LEMMAS.items() if len(lemma.variables) <= 2 and "monotone" not in n])
def test_as_expected_in_f23(name: str) -> None:
    lemma = LEMMAS[name]
    outcomes = {ExactJudge().decide(claim, Budget()).outcome.value for claim in instances(lemma, parse_format("F(2,3)"))}
    assert outcomes == {lemma.expect}


def test_each_file_has_a_control() -> None:
    for name in FILES:
        expected = {lemma.expect for n, lemma in LEMMAS.items() if n.startswith(f"{name}:")}
        assert expected == {"proved", "refuted"}
