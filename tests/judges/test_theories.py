"""The theories of arithmetic: decided by brute force in the smallest formats, and a sample of what is committed decided again."""

import os
import subprocess
from pathlib import Path
from random import Random

import pytest

from fpproof.judges import Budget, ExactJudge, Judge, SamplingJudge
from fpproof.runs.files import theories_in, theory_of
from fpproof.runs.replay import again, stored_in_export
from fpproof.runs.task import formats_for
from fpproof.theory import Lemma, instances

ROOT = Path(__file__).parent.parent.parent
ARITHMETIC = ROOT / "theories" / "arithmetic"
COMMITTED = ARITHMETIC / "sweeps.verdicts.jsonl"
LEMMAS = {f"{path.stem}:{lemma.name}": lemma for path in theories_in(ARITHMETIC) for lemma in theory_of(path).lemmas}
SAMPLE, MOST_CASES, MOST_SECONDS = 12, 1 << 25, 4.0


def tiniest(lemma: Lemma) -> list[str]:
    """E2M1, with the lemma's own G of fewer exponents; a larger format where the lemma does not speak of it."""
    texts = [text.replace(",6)", ",4)") for text in lemma.formats if text.startswith("E2M1")] if lemma.formats else ["E2M1", "F(2,3)", "E3M2"]
    return [text for text in texts if instances(lemma, formats_for(lemma, text))][:1]


@pytest.mark.parametrize("name", [name for name, lemma in LEMMAS.items() if tiniest(lemma)])
def test_as_expected_in_a_tiny_format(name: str) -> None:
    """By brute force; lemmas of four variables by samples, since all their inputs would take a minute."""
    lemma = LEMMAS[name]
    (text,) = tiniest(lemma)
    judge: Judge = ExactJudge() if len(lemma.variables) < 4 else SamplingJudge(2000)
    outcomes = [judge.decide(claim, Budget()).outcome.value for claim in instances(lemma, formats_for(lemma, text))]
    holds = "supported" if len(lemma.variables) == 4 else "proved"
    assert ("refuted" in outcomes) if lemma.expect == "refuted" else (set(outcomes) == {holds})


def seed() -> str:
    """Another one with each commit, or the run of CI that names one: each failure can be had again."""
    given = os.environ.get("FPPROOF_SEED")
    if given is not None:
        return given
    shown = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    return shown.stdout.strip() or "0"


def test_a_sample_is_decided_again() -> None:
    """Of what is committed and quickly decided; `make theories` decides everything of 8 bits and less again."""
    stored = [one for one in stored_in_export(COMMITTED) if one.record.cases <= MOST_CASES and one.record.seconds <= MOST_SECONDS]
    chosen = Random(seed()).sample(stored, SAMPLE)
    found = [(one.record.subject.lemma, one.record.subject.format, result.change) for one in chosen if (result := again(one)).change]
    assert found == [], f"with FPPROOF_SEED={seed()}"
