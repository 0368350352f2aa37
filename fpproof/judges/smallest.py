"""The smallest counterexample of a claim: found by asking, of each one, whether there is a smaller one.

Counterexamples are ordered by how many significand bits their floats have together, from the first bit that is set to the last; then by how far the
exponents of their first bits are from 0 together. Zeros, and variables that are no floats, do not count, infinities and NaN count as one bit more
than the format has. That one is smaller than another is a condition on the input, so it is the claim with one assumption more that is decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from fpproof.errors import FpproofError
from fpproof.formats import Format
from fpproof.judges.verdict import Budget, Counterexample, Disagreement, Judge, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim, Domain, Op, Term
from fpproof.theory.evaluate import Program
from fpproof.theory.numbers import Number
from fpproof.theory.terms import Pool

Size = tuple[int, int]
"""Significand bits, and the sum of the magnitudes of exponents."""


@dataclass(frozen=True)
class Smallest:
    """The last counterexample that was found, with its size; `verdict` is what was said of a smaller one, or of the claim if it does not fail."""

    counterexample: Counterexample | None
    size: Size
    verdict: Verdict
    asked: int
    """Claims that were decided."""

    @property
    def known(self) -> bool:
        """Whether no counterexample is smaller than the one found."""
        return self.counterexample is not None and self.verdict.outcome in (Outcome.PROVED, Outcome.VACUOUS)


def smallest(judge: Judge, claim: Claim, budget: Budget, progress: Progress = silent) -> Smallest:
    """The smallest counterexample by one judge, as far as its budget reaches for each question.

    Raises FpproofError for claims with variables over Real or Int, which have no size here.
    """
    if odd := [v.variable.name for v in claim.variables if v.variable.domain not in (Domain.FLOAT, Domain.DATUM, Domain.BOOL)]:
        raise FpproofError(f"lemma {claim.lemma.name}: {odd[0]} is no float, and counterexamples are compared by their floats")
    if not any(v.variable.domain is not Domain.BOOL for v in claim.variables):
        raise FpproofError(f"lemma {claim.lemma.name} has no floats, by which counterexamples could be compared")
    bits, exponents = _sizes(claim)
    measure = Program([bits, exponents])
    found: Counterexample | None = None
    size = (0, 0)
    asked = 0
    while True:
        question = claim if found is None else _with_smaller(claim, bits, exponents, size)
        verdict = judge.decide(question, budget, progress)
        asked += 1
        if verdict.counterexample is None:
            return Smallest(found, size, verdict, asked)
        before, found = size, verdict.counterexample
        size = _size(measure, found.values)
        if asked > 1 and not size < before:
            raise Disagreement(f"lemma {claim.lemma.name} in {claim.scope}: {judge.name} gives a counterexample that is not smaller: {found}")


def _size(measure: Program, values: Mapping[Term, Number | bool]) -> Size:
    bits, exponents = measure.values(values)
    return int(bits), int(exponents)


def _with_smaller(claim: Claim, bits: Term, exponents: Term, size: Size) -> Claim:
    """The claim for inputs below a size."""
    pool = claim.pool
    fewer = pool.make(Op.LESS, bits, pool.constant(size[0]))
    as_many = pool.make(Op.LESS_EQUAL, bits, pool.constant(size[0]))
    nearer = pool.make(Op.LESS, exponents, pool.constant(size[1]))
    smaller = pool.make(Op.OR, fewer, pool.make(Op.AND, as_many, nearer))
    return replace(claim, assumptions=(*claim.assumptions, smaller))


def _sizes(claim: Claim) -> tuple[Term, Term]:
    """The two numbers of a size, as terms in the claim's variables."""
    floats = [v for v in claim.variables if v.variable.domain is not Domain.BOOL]
    bits = [_bits(claim.pool, v) for v in floats]
    exponents = [_exponent(claim.pool, v) for v in floats]
    return _sum(claim.pool, bits), _sum(claim.pool, exponents)


def _sum(pool: Pool, terms: Sequence[Term]) -> Term:
    total = terms[0]
    for term in terms[1:]:
        total = pool.make(Op.ADD, total, term)
    return total


def _bits(pool: Pool, x: Term) -> Term:
    """The significand bits of a float: of how small a precision it is a float too, with exponents enough."""
    F: Format = x.args[0].data
    found = pool.constant(F.precision + 1)
    for n in range(F.precision, 1, -1):
        narrow = pool.make(Op.IS_FLOAT, x, pool.format(_narrow(F, n)))
        found = pool.make(Op.IF, narrow, pool.constant(n), found)
    one = pool.make(Op.EQUAL, pool.make(Op.ABSOLUTE, x), pool.make(Op.POW2, _safe_exponent(pool, x)))
    found = pool.make(Op.IF, one, pool.constant(1), found)
    return pool.make(Op.IF, _is_zero(pool, x), pool.constant(0), found)


def _narrow(F: Format, precision: int) -> Format:
    """A format of a precision that has all exponents at which F has bits."""
    emax = F.emax + 1
    return Format(
        f"{precision} bits", precision - 1, F.quanta[0] - 1, emax, (2 - Fraction(1, 1 << (precision - 1))) * Fraction(2) ** emax, "ieee", "infinity"
    )


def _is_zero(pool: Pool, x: Term) -> Term:
    return pool.make(Op.EQUAL, x, pool.constant(0))


def _safe_exponent(pool: Pool, x: Term) -> Term:
    """The exponent of the first bit; 0 of zeros, infinities and NaN."""
    finite = pool.make(Op.FINITE, x)
    counts = pool.make(Op.AND, finite, pool.make(Op.NOT, _is_zero(pool, x)))
    return pool.make(Op.IF, counts, pool.make(Op.EXPONENT, x, x.args[0]), pool.constant(0))


def _exponent(pool: Pool, x: Term) -> Term:
    return pool.make(Op.ABSOLUTE, _safe_exponent(pool, x))
