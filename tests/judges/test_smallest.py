"""The smallest counterexample: against all inputs, one by one, with sizes computed otherwise; and a judge that gives a larger one is found out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pytest
from gmpy2 import mpq

from fpproof.cli.main import main
from fpproof.errors import FpproofError
from fpproof.judges import Budget, Disagreement, ExactJudge, Finding, Outcome, Referee, Verdict
from fpproof.judges.smallest import smallest
from fpproof.judges.verdict import Counterexample, Progress, silent
from fpproof.theory import Claim, Domain
from fpproof.theory.evaluate import domain
from fpproof.theory.numbers import NEGATIVE_ZERO, Number, Special
from tests.judges.translated import claim

CLAIMS = [
    "x: Float, y: Float | show(fl(x + y) == x + y)",
    "x: Float, y: Float | assume(x != 0); show(exists(Float, lambda a: fl(x * a) == y))",
    "x: Float, y: Float | assume(x > y > 0); show(fl(x / y) * y == x or x > 4)",
    "b: Bool, x: Float | show(x < 3 if b else x > -2)",
    "x: Datum | show(x == x)",
    "x: Datum | show(abs(x) <= F.Omega or x != x)",
    "x: Float | show(x != F.omega)",
    "x: Float | show(x <= F.Omega)",
    "x: Float | assume(x > F.Omega); show(x == 1)",
]


def size(asked: Claim, values: tuple[Number | bool, ...]) -> tuple[int, int]:
    """Bits from the first to the last that is set, and the places of the first ones, written with strings."""
    bits = exponents = 0
    for variable, x in zip(asked.variables, values, strict=True):
        if isinstance(x, bool) or x == 0 or x is NEGATIVE_ZERO:
            continue
        if isinstance(x, Special):
            bits += variable.args[0].data.precision + 1
            continue
        scaled = bin(int(abs(x) * mpq(2) ** 64))[2:]
        bits += len(scaled.rstrip("0"))
        exponents += abs(len(scaled) - 1 - 64)
    return bits, exponents


def failing(asked: Claim) -> Iterator[tuple[Number | bool, ...]]:
    referee = Referee(asked)
    for values in product(*(list(domain(v) or ()) for v in asked.variables)):
        if referee.at(dict(zip(asked.variables, values, strict=True))) is Finding.FAILS:
            yield values


@pytest.mark.parametrize("format", ["E2M1", "F(2,2)"])
@pytest.mark.parametrize("text", CLAIMS)
def test_against_all_inputs(text: str, format: str) -> None:
    asked = claim(text, format)
    expected = min((size(asked, values) for values in failing(asked)), default=None)
    found = smallest(ExactJudge(), asked, Budget(cases=1 << 20))
    assert found.known == (expected is not None)
    if found.counterexample is not None:
        assert found.size == expected == size(asked, tuple(found.counterexample.values.values()))


@dataclass(frozen=True)
class Stubborn:
    """A judge that gives the same counterexample whatever it is asked."""

    name: str = "stubborn"
    version: int = 1
    estimate = ExactJudge.estimate

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        (x,) = claim.variables
        return Verdict(Outcome.REFUTED, self.name, claim.scope, counterexample=Counterexample({x: mpq(3)}, 0))


def test_a_counterexample_that_is_not_smaller_is_a_bug() -> None:
    with pytest.raises(Disagreement, match="not smaller"):
        smallest(Stubborn(), claim("x: Float | show(x != 3)", "E5M2"), Budget())


def test_what_is_open_is_not_smallest() -> None:
    """Where the budget is spent before it is known."""
    asked = claim("x: Float, y: Float | show(fl(x + y) == x + y)", "E2M1")
    assert not smallest(ExactJudge(), asked, Budget(cases=10)).known


@pytest.mark.parametrize("text", ["n: Int | assume(0 <= n <= 3); show(n == 0)", "b: Bool | show(b)", "r: Real, x: Float | show(x < r)"])
def test_what_has_no_size_is_refused(text: str) -> None:
    with pytest.raises(FpproofError, match="float"):
        smallest(ExactJudge(), claim(text, "E2M1"), Budget())


THEORY = "from fpproof.lang import Float, Mode, assume, fl, lemma, show\n"
LEMMAS = """
@lemma
def sums_are_exact(x: Float, y: Float):
    show(fl(x + y) == x + y)

@lemma
def sums_commute(x: Float, y: Float):
    show(fl(x + y) == fl(y + x))

@lemma
def in_every_mode(x: Float, M: Mode):
    show(fl(x / 2, to=M) == x / 2)
"""


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FPPROOF_LEDGER", str(tmp_path / "ledger.sqlite"))
    path = tmp_path / "t.py"
    path.write_text(THEORY + LEMMAS)
    assert main(["smallest", f"{path}:sums_are_exact", "--format", "E2M1,F(2,2)", "--by", "exact,enumeration"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert all("none is smaller" in line for line in lines)
    assert main(["smallest", f"{path}:sums_commute", "--format", "E2M1", "--by", "exact"]) == 1
    assert "there is no counterexample" in capsys.readouterr().out
    assert main(["smallest", f"{path}:sums_are_exact", "--format", "E2M1", "--by", "exact", "--budget", "10"]) == 3
    assert main(["smallest", f"{path}:sums_are_exact", "--format", "E2M1", "--by", "exact", "--json"]) == 0
    for arguments in (["sums_are_exact"], ["in_every_mode", "--format", "E2M1"], ["none", "--format", "E2M1"], ["sums_are_exact", "--format", "E9"]):
        assert main(["smallest", f"{path}:{arguments[0]}", *arguments[1:]]) == 2


def test_sizes_do_not_depend_on_variables_that_are_no_floats() -> None:
    asked = claim("b: Bool, x: Float | show(x < 3 if b else x > -2)", "E2M1")
    assert {v.variable.domain for v in asked.variables} == {Domain.BOOL, Domain.FLOAT}
    found = smallest(ExactJudge(), asked, Budget(cases=1 << 20))
    assert found.counterexample is not None
    assert found.size[0] == 1
    again = smallest(ExactJudge(), replace(asked, variables=asked.variables[::-1]), Budget(cases=1 << 20))
    assert again.size == found.size
