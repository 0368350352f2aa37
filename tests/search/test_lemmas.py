"""The lemmas behind what the search leaves out hold, and their controls fail, however overflow goes: solvers, in three tiny formats."""

from pathlib import Path

import pytest

from fpproof.formats import parse_format
from fpproof.judges.registry import Spending, chosen
from fpproof.runs.files import theory_of
from fpproof.theory import instances

DIRECTORY = Path(__file__).parent.parent.parent / "theories" / "search"
FORMATS = {
    "infinities": "F(1,2)",
    "NaN": "(p=1,emin=0,emax=1,Omega=2,specials=nan,overflow=nan)",
    "saturation": "(p=1,emin=0,emax=1,specials=none,overflow=saturate)",
}
INAPPLICABLE = {
    "infinities": {"saturated_sums_are_off_by_little", "summands_of_any_size_leave_that_grid"},
    "NaN": {"saturated_sums_are_off_by_little", "summands_of_any_size_leave_that_grid"},
    "saturation": {
        "products_are_off_by_little",
        "sums_are_off_by_little",
        "summands_of_any_size_leave_that_grid",
        "infinite_adjoints_are_masked",
    },
}


@pytest.mark.parametrize("overflow", FORMATS)
@pytest.mark.parametrize("file", ["bounds.py", "symmetries.py"])
def test_lemmas_and_controls(file: str, overflow: str) -> None:
    F = parse_format(FORMATS[overflow])
    (smt,) = chosen(["smt"])
    for lemma in theory_of(DIRECTORY / file).lemmas:
        claims = list(instances(lemma, F))
        assert bool(claims) == (lemma.name not in INAPPLICABLE[overflow]), lemma.name
        for claim in claims:
            verdict = smt.judge.decide(claim, smt.budget(Spending()))
            assert verdict.outcome.value == lemma.expect, lemma.name
