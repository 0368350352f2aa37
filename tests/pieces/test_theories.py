"""The theories of instability in tiny formats: what is expected is found, and every file has controls."""

from pathlib import Path

import pytest

from fpproof.formats import parse_format
from fpproof.judges import Budget, ExactJudge, Judge, SamplingJudge
from fpproof.judges.algebra import AlgebraJudge
from fpproof.theory import EVERY, Lemma, formats_of, instances, read_theory

INSTABILITY = Path(__file__).parent.parent.parent / "theories" / "instability"
FILES = ("crossings", "expectation", "laws", "sawtooth", "stagnation")
LEMMAS = {f"{name}:{lemma.name}": lemma for name in FILES for lemma in read_theory(INSTABILITY / f"{name}.py").lemmas}


def tiny(lemma: Lemma) -> str | None:
    """The smallest of the lemma's formats, where all its inputs are soon looked at."""
    names = ["E2M1", "F(1,2)", "F(1,3)", "E3M2"]
    return next((name for name in names if lemma.formats is None or name in str(lemma.formats)), None)


REAL = {name: lemma for name, lemma in LEMMAS.items() if not lemma.speaks_of_formats and lemma.variables}
SMALL = {name: lemma for name, lemma in LEMMAS.items() if name not in REAL and tiny(lemma) is not None}


@pytest.mark.parametrize("name", SMALL)
def test_as_expected(name: str) -> None:
    """Lemmas of four variables by samples: `fpproof check` looks at all their inputs."""
    lemma = SMALL[name]
    few = len(lemma.variables) < 4
    judge: Judge = ExactJudge() if few else SamplingJudge(2000)
    outcomes = {judge.decide(claim, Budget()).outcome.value for claim in instances(lemma, parse_format(tiny(lemma) or ""))}
    assert outcomes == {"supported" if lemma.expect == "proved" and not few else lemma.expect}


@pytest.mark.parametrize("name", REAL)
def test_over_the_reals_as_expected(name: str) -> None:
    lemma = REAL[name]
    (stated,) = instances(lemma, formats_of(lemma, EVERY))
    assert AlgebraJudge().decide(stated, Budget()).outcome.value == lemma.expect


def test_each_file_has_controls() -> None:
    for name in FILES:
        assert {lemma.expect for n, lemma in LEMMAS.items() if n.startswith(f"{name}:")} == {"proved", "refuted"}
    assert len(SMALL) > 35
    assert len(REAL) > 29
