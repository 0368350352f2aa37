"""Proofs in steps: what is left out changes nothing, what has few bits has no more, and neither is believed without a proof."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from gmpy2 import mpq

from fpproof.formats import Format, parse_format
from fpproof.judges import Budget, Outcome
from fpproof.judges.laws import LawsJudge
from fpproof.judges.laws.products import Products
from fpproof.judges.laws.space import Bits
from fpproof.judges.laws.steps import Samples, Steps
from fpproof.theory import Claim, Op, Term, instances, read_theory_text
from fpproof.theory.evaluate import Program
from fpproof.theory.numbers import NEGATIVE_ZERO, Number, from_datum
from tests.judges.test_laws import claims, contradicted

PARTS = """from fpproof.lang import F, Float, Real, assume, define, exponent, fl, lemma, pow2, show, ulp

@define
def upper(x: Real):
    c = fl((pow2((F.p + 2) // 2) + 1) * x)
    return fl(c + fl(x - c))

@lemma
def parts_multiply_exactly(x: Float):
    assume(abs((pow2((F.p + 2) // 2) + 1) * x) <= F.Omega, 2 * exponent(x) >= F.emin + F.p, x * x < F.Omega / 2)
    show(fl(upper(x) * fl(x - upper(x))) == upper(x) * fl(x - upper(x)))
"""
FORMATS = ("E4M3FN", "F(4,4)")


def parts(format: str) -> Claim:
    (claim,) = instances(read_theory_text(PARTS).lemmas[0], parse_format(format))
    return claim


def taken(format: str) -> Steps:
    steps = Steps(parts(format))
    steps.follows(0, 1000)
    return steps


@cache
def taken_once(format: str) -> Steps:
    return taken(format)


def all_inputs(claim: Claim) -> Iterator[Mapping[Term, Number | bool]]:
    """Every float that meets the assumptions."""
    (x,) = claim.variables
    F: Format = x.args[0].data
    met = Program(claim.assumptions)
    for n in range(-F.largest_ordinal, F.largest_ordinal + 1):
        inputs: Mapping[Term, Number | bool] = {x: from_datum(F.from_ordinal(n))}
        if all(value is True for value in met.values(inputs)):
            yield inputs


def number(value: object) -> mpq:
    if value is NEGATIVE_ZERO:
        return mpq(0)
    assert isinstance(value, type(mpq(0)))
    return value


@pytest.mark.parametrize("format", FORMATS)
def test_steps_say_what_is_so_of_every_float(format: str) -> None:
    """Roundings that were left out, and bits, against the exact evaluator at all inputs."""
    steps = taken_once(format)
    inputs = list(all_inputs(steps.claim))
    assert len(steps.exact) >= 2
    assert inputs
    roundings, few = list(steps.exact), list(steps.bits.items())
    program = Program([t for r in roundings for t in (r, r.args[0])] + [t for term, bits in few for t in (term, bits.of)])
    for given in inputs:
        values = [number(value) for value in program.values(given)]
        changed = values[: 2 * len(roundings)]
        assert changed[::2] == changed[1::2]
        rest = values[2 * len(roundings) :]
        for (_, bits), x, of in zip(few, rest[::2], rest[1::2], strict=True):
            assert x == 0 or of != 0
            if of:
                B = next(mpq(2) ** e for e in range(bits.F.emin - bits.F.p, bits.F.emax + 1) if mpq(2) ** e <= abs(of) < mpq(2) ** (e + 1))
                assert (x / (mpq(2) ** bits.low * B)).denominator == 1
                assert abs(x) <= mpq(2) ** bits.high * B


@pytest.mark.parametrize("format", FORMATS)
def test_what_was_computed_contradicts_no_law_after_the_steps(format: str) -> None:
    assert contradiction(format) is None


def contradiction(format: str) -> object:
    steps = taken_once(format)
    assert steps.forgotten
    after, known = steps.reached()
    assert not any(t.op is Op.ROUND for t in after.conclusions)
    parts_of = Program(list(steps.forgotten))
    inputs = [{**given, **dict(zip(steps.forgotten.values(), parts_of.values(given), strict=True))} for given in list(all_inputs(steps.claim))[::7]]
    return contradicted(after, inputs[:12], known)


def test_bits_that_are_too_few_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Samples.bits_of
    for low, high in ((1, 0), (0, -1)):

        def wrong(self: Samples, term: Term, x: Term, low: int = low, high: int = high) -> Bits | None:
            found = right(self, term, x)
            return found and Bits(found.of, found.F, found.low + low, found.high + high)

        monkeypatch.setattr(Samples, "bits_of", wrong)
        assert not taken("F(2,4)").bits


def test_roundings_that_only_samples_left_alone_are_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Samples, "never_rounded", lambda self, roundings: list(roundings))
    steps = taken("F(2,4)")
    (x,) = steps.claim.variables
    program = Program([t for r in steps.exact for t in (r, r.args[0])])
    for given in all_inputs(steps.claim):
        values = list(program.values({x: given[x]}))
        assert values[::2] == values[1::2]


def test_products_of_few_bits_have_no_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A product that is thought to be half as large is contradicted."""
    right = Products.of_few_bits

    def wrong(self: Products) -> Iterator[Any]:
        self.few = {key: (grid, low, high - 2) for key, (grid, low, high) in self.few.items()}
        yield from right(self)

    assert contradiction("F(4,4)") is None
    monkeypatch.setattr(Products, "of_few_bits", wrong)
    assert contradiction("F(4,4)") is not None


def test_dekkers_product_is_proved_in_steps() -> None:
    (claim,) = claims("error_free", "dekker_product", "F(5,4)")
    verdict = LawsJudge().decide(claim, Budget())
    assert verdict.outcome is Outcome.PROVED
    assert verdict.evidence["exact roundings"] == 12
