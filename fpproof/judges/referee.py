"""The referee: what a claim says at one input, exactly; replay of counterexamples, and their shrinking.

Where a number has no exact form (e^x at a rational x) it is enclosed in balls, with more and more bits, until every comparison
that counts is decided.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum

from gmpy2 import mpq

from fpproof.formats import Datum, Format
from fpproof.judges.verdict import Counterexample, Disagreement, wrong_statement
from fpproof.theory import Claim, Domain, Term, balls
from fpproof.theory.evaluate import Apply, Failure, Program, apply
from fpproof.theory.numbers import NAN, NEGATIVE_ZERO, ONE, ZERO, Number, Special, Surd, absolute, from_datum, sign_bit, to_datum

BITS = (64, 256, 1024, 4096)
"""Precisions of the balls, one after the other."""


class Finding(Enum):
    """What the claim says at one input."""

    HOLDS = "holds"
    FAILS = "fails"
    UNMET = "assumptions not met"
    UNKNOWN = "beyond the exact evaluator, and balls do not tell"


class Referee:
    """Evaluates one claim exactly; `bits` is the precision of the balls that the last answer needed, 0 if none."""

    def __init__(self, claim: Claim, operation: Apply = apply) -> None:
        self.claim = claim
        self._roots = (*claim.assumptions, *claim.conclusions)
        self._programs: dict[int, Program] = {0: Program(self._roots, operation)}
        self._enclosing = operation is apply and balls.available()
        self._exact_only = operation is apply and not balls.available()
        self.bits = 0
        self.failed: int = 0
        """After FAILS, the conclusion that fails."""
        self.reason: str = ""
        """After UNKNOWN, why."""
        self._reasons: list[str] = []
        """All that was unknown in the last evaluation."""

    def at(self, values: Mapping[Term, Number | bool]) -> Finding:
        """What the claim says at an input; raises TheoryError if it is wrong there.

        Assumptions are looked at in their order, and no further than to the first that does not hold. A conclusion that fails refutes,
        whatever is unknown of the others.
        """
        found = self._at(0, values)
        if found is Finding.UNKNOWN and self._exact_only:
            self.reason += f"; balls might tell: {balls.INSTALL}"
        if found is Finding.UNKNOWN and self._enclosing:
            exact = self.reason
            for bits in BITS:
                before = self._reasons
                if (found := self._at(bits, values)) is not Finding.UNKNOWN:
                    return found
                if self._reasons == before:  # not the precision, which a ball that decides nothing names
                    break
            self.reason = f"{exact}; {self.reason}" if self.reason != exact else exact
        return found

    def _at(self, bits: int, values: Mapping[Term, Number | bool]) -> Finding:
        """With balls of so many bits, without any for 0."""
        self.bits, self._reasons = bits, []
        if bits not in self._programs:
            self._programs[bits] = Program(self._roots, balls.enclosing(bits))
        assumptions, unknown = len(self.claim.assumptions), False
        for i, value in enumerate(self._programs[bits].values(values)):
            if isinstance(value, Failure):
                if value.wrong:
                    raise wrong_statement(self.claim, value.reason, value.place, values)
                self.reason = value.reason
                self._reasons.append(value.reason)
                if i < assumptions:
                    return Finding.UNKNOWN
                unknown = True
            elif not value:
                self.failed = i - assumptions
                return Finding.UNMET if i < assumptions else Finding.FAILS
        return Finding.UNKNOWN if unknown else Finding.HOLDS


Fails = Callable[[Mapping[Term, Number | bool]], bool]
"""Whether a claim fails at an input."""


def replay(claim: Claim, values: Mapping[Term, Number | bool], fails: Fails | None = None) -> Counterexample:
    """The counterexample, shrunk; raises Disagreement if the claim does not fail there.

    `fails` may say sooner than the referee where else it does. What comes of that is replayed; where the referee does not know, it shrinks itself.
    """
    referee = Referee(claim)
    smallest = values if fails is None else shrunk(fails, values)
    found = referee.at(smallest)
    if found is Finding.UNKNOWN and fails is not None:
        return replay(claim, values)
    if found is not Finding.FAILS:
        raise Disagreement(f"lemma {claim.lemma.name} in {claim.scope}: a counterexample at which the referee says: {found.value}")
    if fails is None:
        smallest = shrunk(lambda at: referee.at(at) is Finding.FAILS, values)
        referee.at(smallest)
    return Counterexample(smallest, referee.failed, referee.bits)


MOST_TRIALS = 4000
"""Inputs evaluated to shrink one counterexample."""
FEW_BITS = (1, 3, 5, 7)


def shrunk(fails: Fails, found: Mapping[Term, Number | bool]) -> dict[Term, Number | bool]:
    """An input at which a claim fails that is simpler, one variable at a time, until no simpler value of any variable serves.

    Simpler is: zero, then a small exponent, then few significand bits, then the plus sign. The order is total, so that this ends.
    """
    values, trials, changed = dict(found), 0, True
    while changed:
        changed = False
        for variable in values:
            for candidate in simpler(variable, values[variable]):
                trials += 1
                if trials > MOST_TRIALS:
                    return values
                if fails({**values, variable: candidate}):
                    values[variable], changed = candidate, True
                    break
    return values


def simpler(variable: Term, value: Number | bool) -> Iterator[Number | bool]:
    """Values of a variable that are simpler than the given one, the simplest first."""
    candidates: Sequence[Number | bool]
    match variable.variable.domain:
        case Domain.BOOL:
            candidates = [False]
        case Domain.FLOAT | Domain.DATUM:
            candidates = _simpler_data(variable.args[0].data, value)
        case Domain.INT:
            candidates = [ZERO, ONE, -ONE, mpq(int(value) // 2), value - (1 if value > 0 else -1)] if value else []
        case _:
            candidates = [] if isinstance(value, Surd | Special) else _simpler_rationals(value)
    size = _size(value)
    return (c for c in candidates if _size(c) < size)


def _simpler_data(F: Format, value: Number) -> list[Number]:
    """Zero, one, numbers of few bits, then the same number with fewer bits, a smaller exponent, no sign."""
    if value is NAN:
        return []
    found: list[Number] = [ZERO, NEGATIVE_ZERO, ONE, -ONE, mpq(F.omega)]
    datum = to_datum(F, value)
    assert datum is not None
    m, e = datum
    if e is not None and m:
        found += [from_datum((sign * bits, exponent)) for bits in FEW_BITS for exponent in _exponents(F, e) for sign in (1, -1)]
        found += _fewer_bits(m, e)
        found += [from_datum((m, e + step)) for step in (-e, *(1 << k for k in range(8, -1, -1)), *(-(1 << k) for k in range(8, -1, -1)))]
    found.append(absolute(value))
    return [x for x in found if to_datum(F, x) is not None]


def _exponents(F: Format, e: int) -> list[int]:
    """Exponents of last bits at which much happens: next to the subnormal range, to 1, to the greatest, and to a given one; 0 first."""
    reach = range(-F.p - 1, F.p + 2)
    near = {place + step for place in (F.emin - F.p, F.emin, 0, F.emax, e) for step in reach}
    return sorted((x for x in near if F.emin - F.p <= x <= F.emax), key=lambda x: (abs(x), x))


def _fewer_bits(m: int, e: int) -> list[Number]:
    """The number cut after its first bits, the fewest first, downwards and upwards."""
    sign, magnitude = (-1 if m < 0 else 1), abs(m)
    found: list[Datum] = []
    for cut in range(magnitude.bit_length() - 1, 0, -1):
        found += [(sign * ((magnitude >> cut) + up << cut), e) for up in (0, 1)]
    return [from_datum(x) for x in found if x[0]]


def _simpler_rationals(value: Number) -> list[Number]:
    found = [ZERO, ONE, -ONE, abs(value)]
    for bits in range(int(value.denominator).bit_length()):
        scaled = value * (1 << bits)
        found += [mpq(int(scaled.numerator // scaled.denominator) + up, 1 << bits) for up in (0, 1)]
    return found


def _size(value: Number | bool) -> tuple[int, ...]:
    """What is shrunk, in order of weight: special or not, zero, bits, distance of the exponent from 0, sign, size."""
    if isinstance(value, bool):
        return (int(value),)
    if isinstance(value, Special):
        return (0, 0, 0, 1) if value is NEGATIVE_ZERO else (2, 0, 0, int(sign_bit(value)))
    if isinstance(value, Surd) or not value:
        return (0, 0, 0, 0)
    n, d = abs(int(value.numerator)), int(value.denominator)
    zeros = (n & -n).bit_length() - 1
    exponent = n.bit_length() - d.bit_length()
    return (1, (n >> zeros).bit_length() + (d.bit_length() if d & (d - 1) else 0), abs(exponent), int(value < 0), n, d)
