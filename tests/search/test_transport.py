"""The transport lemma with one and two factors, in every IEEE-like format of 8 bits: the first pair out of reach, by brute force, by enumeration and
by solvers with a checked proof; and the theory that states it, by two judges."""

from pathlib import Path

import numpy as np
import pytest

from fpproof.errors import FpproofError
from fpproof.formats import Datum, Format, parse_format
from fpproof.formats.arithmetic import multiply
from fpproof.formats.text import hexadecimal
from fpproof.judges import Finding, Referee
from fpproof.judges.registry import Spending, chosen
from fpproof.judges.verdict import Outcome as VerdictOutcome
from fpproof.runs.files import theory_of
from fpproof.search import Limits, Outcome, Proofs, Spec, parse_spec
from fpproof.search.enumeration import enumerate_all
from fpproof.search.solving import Search
from fpproof.theory import instances

THEORY = Path(__file__).parent.parent.parent / "theories" / "search" / "transport.py"
FIRST = {
    ("F(1,6)", 1): ("0x1p-31", "0x1p+1"),
    ("F(2,5)", 1): ("0x1p-16", "0x1p+0"),
    ("F(3,4)", 1): ("0x1p-9", "0x1p-1"),
    ("F(4,3)", 1): ("0x1p-6", "0x1.1p-2"),
    ("F(5,2)", 1): ("0x1p-5", "0x1.4p-3"),
    ("F(1,6)", 2): ("0x1.8p+31", "0x1p-31"),
    ("F(2,5)", 2): ("0x1p-16", "0x1.cp+15"),
    ("F(3,4)", 2): ("0x1p-9", "0x1.ep+6"),
    ("F(4,3)", 2): ("0x1p-6", "0x1p+2"),
    ("F(5,2)", 2): ("0x1p-5", "0x1.1p-1"),
}
"""(format, factors) -> h and g, as docs/search.md has them."""


def first_out_of_reach(F: Format, factors: int) -> tuple[Datum, Datum]:
    """The first positive pair by h and then g, from all products."""
    N = F.largest_ordinal
    once = np.zeros((N, N), np.bool_)
    for h in range(N):
        for a in range(N):
            product = multiply(F, F.from_ordinal(h + 1), F.from_ordinal(a + 1))
            if product[0] and product[1] is not None:
                once[h, F.ordinal(product) - 1] = True
    reached = once if factors == 1 else (once.astype(np.int64) @ once) > 0
    h, g = np.argwhere(~reached)[0]
    return F.from_ordinal(int(h) + 1), F.from_ordinal(int(g) + 1)


def chain(F: Format, factors: int, h: str, g: str) -> Spec:
    """A network whose gradient is h times one weight after the other."""
    layers = ", ".join(['{ width = 1, activation = "none", bias = false }'] * factors)
    return parse_spec(f'layers = [{layers}]\n[[points]]\nx = ["0"]\nupstream = "{h}"\ngradient = ["{g}"]\n', format=F)


@pytest.mark.usefixtures("cadical")
@pytest.mark.parametrize(("format", "factors"), FIRST)
def test_the_first_pair_out_of_reach(format: str, factors: int) -> None:
    F = parse_format(format)
    h, g = FIRST[format, factors]
    assert tuple(map(hexadecimal, first_out_of_reach(F, factors))) == (h, g)
    spec = chain(F, factors, h, g)
    assert enumerate_all(spec) is None
    answer = Search(spec, Limits(), proofs=Proofs())._by_solvers()
    assert (answer.outcome, answer.proof) == (Outcome.IMPOSSIBLE, "unsat, proof checked")


@pytest.mark.parametrize(("format", "factors"), FIRST)
def test_one_factor_more_reaches_it(format: str, factors: int) -> None:
    """The control. In F(5,2) three factors reach this pair too, though not every pair."""
    spec = chain(parse_format(format), factors + 1, *FIRST[format, factors])
    assert Search(spec, Limits(assignments=0)).answer().outcome is Outcome.FOUND


EXPECTED = {
    "one_multiplication_does_not_carry_omega_far": VerdictOutcome.PROVED,
    "one_multiplication_does_not_carry_omega_to_the_float_below": VerdictOutcome.REFUTED,
    "one_multiplication_carries_omega_to_all_below": VerdictOutcome.PROVED,
    "two_multiplications_do_not_carry_omega_to_the_largest_float": VerdictOutcome.PROVED,
    "two_multiplications_do_not_carry_the_largest_float_to_omega": VerdictOutcome.PROVED,
    "two_multiplications_do_not_carry_omega_to_one": VerdictOutcome.REFUTED,
}


JUDGED = [*((format, "smt") for format in ("F(1,6)", "F(2,5)", "F(3,4)", "F(4,3)", "F(5,2)")), ("F(3,4)", "enumeration")]


@pytest.mark.parametrize(("format", "judge"), JUDGED)
def test_the_theory(format: str, judge: str) -> None:
    (asked,) = chosen([judge])
    decided = 0
    for name, expected in EXPECTED.items():
        for claim in instances(theory_of(THEORY).lemma(name), parse_format(format)):
            assert asked.judge.decide(claim, asked.budget(Spending())).outcome is expected, name
            decided += 1
    assert decided == (4 if format == "F(5,2)" else 5), "one of the two examples for two factors is for p = 1 alone, and F(5,2) has no control"


IEEE_LIKE = [f"F({p},{7 - p})" for p in range(1, 6)]


def test_every_ieee_like_format_of_8_bits_is_here() -> None:
    """p and q of at least 1 and 2 come to 7."""
    assert [parse_format(name).width for name in IEEE_LIKE] == [8] * 5
    assert set(FIRST) == {(name, factors) for name in IEEE_LIKE for factors in (1, 2)}
    with pytest.raises(FpproofError):
        parse_format("F(6,1)")


ALL_PAIRS = [
    *((format, "one_multiplication_reaches_everything", by) for format in IEEE_LIKE for by in ("enumeration", "smt")),
    *((format, "two_multiplications_reach_everything", by) for format in ("F(1,3)", "F(5,2)") for by in ("enumeration", "smt")),
]


@pytest.mark.parametrize(("format", "lemma", "by"), ALL_PAIRS)
def test_all_pairs(format: str, lemma: str, by: str) -> None:
    """The lemma itself; of two factors in two formats. `fpproof check` of docs/search.md decides it in all."""
    (asked,) = chosen([by])
    (claim,) = instances(theory_of(THEORY).lemma(lemma), parse_format(format))
    verdict = asked.judge.decide(claim, asked.budget(Spending()))
    assert verdict.outcome is VerdictOutcome.REFUTED
    assert verdict.counterexample is not None
    assert Referee(claim).at(verdict.counterexample.values) is Finding.FAILS


TRUE = {
    "one_multiplication_comes_within_an_ulp": ("F(1,3)", "F(2,3)"),
    "two_multiplications_carry_everything_to_one": ("F(1,3)", "F(3,4)", "F(1,6)"),
}


@pytest.mark.parametrize(("lemma", "format"), [(lemma, format) for lemma, formats in TRUE.items() for format in formats])
def test_the_controls_control(lemma: str, format: str) -> None:
    (asked,) = chosen(["smt"])
    (claim,) = instances(theory_of(THEORY).lemma(lemma), parse_format(format))
    assert asked.judge.decide(claim, asked.budget(Spending())).outcome is VerdictOutcome.PROVED
