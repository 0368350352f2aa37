"""Inputs with patterns: significands of few bits or of nearly all ones, exponents that add up to an edge of the range, products near midpoints.

Most lemmas that are false in large formats fail at floats that have one of these in common with those of small formats, and hardly anywhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from fpproof.formats import Datum, Format
from fpproof.formats.arithmetic import negate
from fpproof.judges.sampling import Draw, SamplingJudge
from fpproof.theory import Claim, Domain, Term
from fpproof.theory.numbers import Number, from_datum, to_datum


@dataclass(frozen=True)
class PatternsJudge(SamplingJudge):
    """Draws Float variables so, others as `sampling` does."""

    samples: int = 40_000
    name: str = "patterns"

    def draw(self, claim: Claim, random: Random) -> Draw:
        return _Patterned(claim, random)


class _Patterned(Draw):
    """Inputs of one claim."""

    def datum(self, variable: Term, before: list[Number]) -> Number:
        F: Format = variable.args[0].data
        if variable.variable.domain is Domain.DATUM and self.random.random() < 0.1:
            return super().datum(variable, before)
        data = [found for x in before if (found := to_datum(F, x)) is not None]
        return from_datum(patterned_datum(F, self.random, data))


def patterned_datum(F: Format, random: Random, before: Sequence[Datum]) -> Datum:
    """A finite float of a format, of either sign, after others that were drawn."""
    m, e = _significand(F, random, before), min(_exponent(F, random, before), F.emax) - F.p
    shift = max(0, min(F.quanta[0] - e, F.p))  # a subnormal number has fewer bits
    x: Datum = (m >> shift, max(e, F.quanta[0]))
    if x[1] == F.quanta[1] and m > F.largest[0]:
        x = F.largest
    return negate(x) if random.random() < 0.5 else x


def _significand(F: Format, random: Random, before: Sequence[Datum]) -> int:
    """An integer of p + 1 bits."""
    top, kind = 1 << F.p, random.randrange(7)
    few = sum(1 << random.randrange(F.p) for _ in range(random.randint(1, 2)))
    if kind == 0:
        return top
    if kind == 1:
        return top + top // 2
    if kind == 2:
        return min(top + few, 2 * top - 1)
    if kind == 3:
        return 2 * top - 1 - random.choice([0, min(few, top - 1)])
    odd = [abs(x[0]) for x in before if x[0] % 2]
    if kind in (4, 5) and odd:
        return _partner(F, random, random.choice(odd))
    return top + random.randrange(top)


def _partner(F: Format, random: Random, m: int) -> int:
    """n for which m n is near a midpoint of floats, or near one: modulo 2^k, m is invertible."""
    bits = F.precision - random.choice([0, 0, 1])
    target = random.choice([0, 1 << (bits - 1)]) + random.choice([-1, 1])
    n = target * pow(m, -1, 1 << bits) % (1 << bits)
    while 0 < n < 1 << F.p:
        n *= 2
    return n or 1 << F.p


def _exponent(F: Format, random: Random, before: Sequence[Datum]) -> int:
    """That of a normal number: near an edge of the range or an earlier one, or what an earlier one lacks to an edge."""
    edges = [0, F.emin, F.emax, F.emin + F.p, F.emin - F.p, F.emax - F.p]
    near = random.choice([-2, -1, -1, 0, 0, 0, 1, 1, 2]) + random.choice([0, 0, 0, F.p, -F.p, F.p // 2])
    exponents = [abs(x[0]).bit_length() - 1 + x[1] for x in before if x[0] and x[1] is not None]
    if not exponents or random.random() < 0.3:
        return near + (random.choice(edges) if random.random() < 0.7 else random.randint(F.emin, F.emax))
    other = random.choice(exponents)
    return near + (other if random.random() < 0.4 else random.choice(edges) - other)
