"""Mutants: what a lemma does not need is found, what it needs is not."""

from pathlib import Path

from fpproof.judges import Outcome
from fpproof.runs.mutate import mutants
from tests.runs.test_check import results
from tests.runs.theories import written

STERBENZ = """
@lemma
def sterbenz(x: Float, y: Float):
    assume(0 <= y / 2 <= x <= 2 * y)
    show(fl(x - y) == x - y)
"""


def proved(path: Path, format: str) -> set[str]:
    (result,) = results(path, (format,))
    return {text for text, outcome in mutants(result.task) if outcome is Outcome.PROVED}


def test_sterbenz_needs_its_bounds_and_neither_the_first_one_nor_a_direction(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", STERBENZ)
    (result,) = results(path, ("F(2,3)",))
    found = dict(mutants(result.task))
    assert {text for text, outcome in found.items() if outcome is Outcome.PROVED} == {
        "without assume(0 <= y / 2)",
        "fl(x - y, F(2,3), to=up) instead of fl(x - y, F(2,3))",
        "fl(x - y, F(2,3), to=toward_zero) instead of fl(x - y, F(2,3))",
    }
    assert {text for text, outcome in found.items() if outcome is not Outcome.PROVED} >= {
        "without assume(y / 2 <= x)",
        "without assume(x <= 2 * y)",
        "2 in y / 2 moved by one ulp either way",
    }


def test_a_sharp_bound_is_told_from_a_loose_one(tmp_path: Path) -> None:
    lemma = "\n@lemma\ndef below(x: Float):\n    assume(x < 2)\n    show(x <= {})\n"
    sharp, loose = (proved(written(tmp_path / f"{name}.py", lemma.format(bound)), "F(1,2)") for name, bound in (("sharp", "1.5"), ("loose", "3")))
    assert "3 / 2 in x <= 3/2 moved by one ulp either way" not in sharp
    assert any(text.startswith("3 in x <= 3 moved") for text in loose)
    assert "x < 3 instead of x <= 3" in loose
    assert not any("instead of x <=" in text for text in sharp)


def test_what_the_lemma_says_in_another_mode_is_no_mutant(tmp_path: Path) -> None:
    header = "\n@lemma\ndef small(x: Float, y: Float{}):\n    assume(abs(x + y) <= pow2(F.emin + 1))\n    show(fl(x + y{}) == x + y)\n"
    (nearest,) = results(written(tmp_path / "a.py", header.format("", "")), ("E2M1",))
    (every,) = results(written(tmp_path / "b.py", header.format(", m: Mode", ", to=m")), ("E2M1",))
    assert any("to=up" in text for text, _ in mutants(nearest.task))
    assert not any("to=up" in text for text, _ in mutants(every.task))
    assert [text for text, _ in mutants(every.task) if text.startswith("without")]


def test_assumptions_are_not_made_stronger(tmp_path: Path) -> None:
    lemma = "\n@lemma\ndef small(x: Float):\n    assume(x <= -1 or 1 <= x)\n    show(not x == 0 and (x < 0 or x > 0))\n"
    (result,) = results(written(tmp_path / "a.py", lemma), ("E2M1",))
    texts = [text for text, _ in mutants(result.task)]
    assert not any(" instead of " in text for text in texts)
