"""The theories of representation in tiny formats: what is expected is found, by brute force, and not by their rules."""

from pathlib import Path

import pytest

from fpproof.formats import parse_format
from fpproof.judges import Budget, ExactJudge
from fpproof.theory import Lemma, instances, read_theory

DIRECTORY = Path(__file__).parents[2] / "theories" / "representation"
FILES = {
    "gate": ("F(1,3)", 3),
    "top": ("F(1,3)", 3),
    "order": ("F(1,3)", 3),
    "transport": ("F(1,3)", 3),
    "five_layers": ("F(2,3)", 2),
    "inputs": ("F(2,3)", 2),
    "repaired": ("F(2,3)", 2),
    "depth": ("F(2,3)", 2),
    "levels": ("F(2,4)", 2),
    "heads": ("F(2,4)", 2),
    "upstreams": ("F(2,4)", 1),
    "strict": ("F(2,4)", 1),
    "ramps_strict": ("F(2,4)", 2),
    "released": ("F(2,4)", 1),
    "released_left": ("F(2,4)", 1),
    "responses": ("F(2,4)", 2),
    "answers": ("F(2,4)", 2),
    "quarters": ("F(2,4)", 2),
}
"""A format with few inputs in which the file's lemmas speak, and up to how many variables they are looked at here."""
TOO_LONG = {"the_indicator_of_quarters_is_exact"}
"""Ten stages at 14400 pairs of floats; the judge `enumeration` has looked at them all (theories/representation/odd.verdicts.jsonl)."""
LEMMAS = {
    lemma.name: (lemma, format)
    for name, (format, most) in FILES.items()
    for lemma in read_theory(DIRECTORY / f"{name}.py").lemmas
    if len(lemma.variables) <= most and lemma.name not in TOO_LONG
}


@pytest.mark.parametrize(("lemma", "format"), list(LEMMAS.values()), ids=list(LEMMAS))
def test_as_expected(lemma: Lemma, format: str) -> None:
    outcomes = {ExactJudge().decide(claim, Budget()).outcome.value for claim in instances(lemma, parse_format(format))}
    assert outcomes <= {lemma.expect}


@pytest.mark.parametrize("name", FILES)
def test_each_file_has_a_control(name: str) -> None:
    lemmas = read_theory(DIRECTORY / f"{name}.py").lemmas
    assert {lemma.expect for lemma in lemmas} == {"proved", "refuted"}
