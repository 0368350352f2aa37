"""Exported scripts of specs of other kinds and of lemmas, as the command writes them: z3, cvc5 and Bitwuzla answer each, and say the same as we."""

from pathlib import Path

import pytest

from fpproof.cli.main import main
from fpproof.encodings.host import SOLVERS
from fpproof.formats import parse_format
from fpproof.search import Outcome, parse_spec, search
from tests.search.test_export import mapped

TINY = "(p=1,emin=0,emax=1,Omega=2,specials=nan,overflow=nan)"
ONE = "layers = [{ width = 1 }, { width = 1, bias = false }]\n"
SPECS = {
    "tanh": 'layers = [{ width = 1, activation = "tanh" }, { width = 1 }]\n[[points]]\nx = ["1"]\nvalue = "1.5"\ngradient = [{ not = "0" }]\n',
    "tanh, impossible": 'layers = [{ width = 1, activation = "tanh" }]\n[[points]]\nx = ["1"]\nvalue = "2"\n',
    "for all": ONE + '[[forall]]\nvalue = { between = ["0", "2"] }\ngradient = ["0"]\n',
    "for all, impossible": ONE + '[[forall]]\nx = { above = "0" }\nvalue = "x"\n[[forall]]\nx = { below = "0" }\nvalue = "-x"\n',
    "two hidden layers": "layers = [{ width = 1 }, { width = 1, bias = false }, { width = 1, bias = false }]\n"
    '[[points]]\nx = ["1"]\nvalue = "-1"\ngradient = ["2"]\n',
    "vectors": 'layers = [{ width = 1, bias = false }, { width = 2 }]\n[[points]]\nx = ["1", "-1"]\nupstream = ["1", "0"]\nvalue = ["1", "free"]\n'
    'gradient = ["1", { not = "1" }]\n[[weights]]\nlayer = 1\npowers_of_two = true\n',
    "weights, impossible": 'layers = [{ width = 1 }]\n[[points]]\nx = ["2"]\nvalue = "0.5"\n[[weights]]\nin = ["1", "-1"]\n',
}
LEMMAS = {
    "search/symmetries.py:sums_are_monotone": "unsat",
    "search/symmetries.py:a_unit_layer_changes_nothing": "unsat",
    "search/symmetries.py:sums_of_three_commute": "sat",
    "search/bounds.py:sums_are_no_less_than_half_an_ulp": "unsat",
    "search/bounds.py:doubles_stay_even": "unsat",
    "arithmetic/sterbenz.py:sterbenz": "unsat",
    "search/symmetries.py:the_first_layer_is_strictly_monotone": "sat",
}
THEORIES = Path(__file__).parent.parent.parent / "theories"


def answers(script: Path) -> dict[str, str]:
    """What each solver says of a file."""
    text = script.read_text()
    return {solver: str(solve(text, None)["status"]) for solver, solve in SOLVERS.items()}


@pytest.mark.parametrize("name", SPECS)
def test_specs(name: str, tmp_path: Path) -> None:
    spec, target = tmp_path / "spec.toml", tmp_path / "spec.smt2"
    spec.write_text(SPECS[name])
    assert main(["export", str(spec), "--to", "smtlib", "--format", TINY, "-o", str(target)]) == 0
    assert mapped(target.read_text())
    outcome = search(parse_spec(SPECS[name], format=parse_format(TINY))).outcome
    assert outcome is (Outcome.IMPOSSIBLE if name.endswith("impossible") else Outcome.FOUND)
    assert answers(target) == dict.fromkeys(SOLVERS, "sat" if outcome is Outcome.FOUND else "unsat")


@pytest.mark.parametrize("lemma", LEMMAS)
def test_lemmas(lemma: str, tmp_path: Path) -> None:
    target = tmp_path / "lemma.smt2"
    assert main(["export", f"{THEORIES}/{lemma}", "--to", "smtlib", "--format", "F(1,2)", "-o", str(target)]) == 0
    assert mapped(target.read_text())
    assert answers(target) == dict.fromkeys(SOLVERS, LEMMAS[lemma])
