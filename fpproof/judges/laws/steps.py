"""Proofs in steps: which roundings change nothing is found first, one after the other; what is left of the claim has fewer of them.

Each step is a claim of its own, decided by the laws from those before it:

- A rounding that never changed a number at samples is asked whether it ever does. If not, it is left out of the claim, and its argument is a float.
- Of what is computed from one float x without an error, and multiplied, samples say how few bits it has: of which 2^low B it is a multiple, and
  which 2^high B it does not exceed, with B = 2^exponent(x). If that is so for all x, the roundings within are forgotten: it is any such number.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from gmpy2 import mpq

from fpproof.judges.laws.facts import Laws
from fpproof.judges.laws.forms import TooLarge
from fpproof.judges.laws.numbers import Numbers
from fpproof.judges.laws.space import NOTHING, Beyond, Bits, Condition, Known
from fpproof.judges.sampling import Draw
from fpproof.theory import Claim, Domain, Op, Term, ordered, rebuild
from fpproof.theory.evaluate import Program
from fpproof.theory.numbers import NEGATIVE_ZERO, Number, exponent
from fpproof.theory.terms import variables

SAMPLES = 300
"""Inputs that must meet the assumptions, of up to ten times as many."""
STEP = 15_000_000
"""Of z3's rlimit, for one step."""
ALL_STEPS = 300_000_000
"""After so much, no more are taken."""

Said = tuple[bool, list[str], int]
"""Whether something follows, the laws that z3 needed, and what it spent."""


def excluded(numbers: Numbers, laws: Laws, conditions: Sequence[Condition], resource: int) -> Said:
    """Whether the laws exclude that conditions on the numbers of a claim hold together."""
    z3 = numbers.z3
    solver = z3.SolverFor("QF_LIRA", ctx=numbers.context)
    solver.set("rlimit", resource)
    groups: dict[str, list[Any]] = {}
    for name, law in laws.all():
        groups.setdefault(name, []).append(law)
    for name, instances in groups.items():
        solver.assert_and_track(z3.And(*instances), z3.Bool(name, ctx=numbers.context))
    solver.add(*numbers.definitions, *conditions)
    answer = solver.check()
    statistics = solver.statistics()
    spent = next((int(statistics.get_key_value(key)) for key in statistics.keys() if key == "rlimit count"), 0)  # noqa: SIM118
    if answer != z3.unsat:
        return False, [str(answer)], spent
    return True, [str(name) for name in solver.unsat_core()], spent


def impossible(claim: Claim, conclusion: Term, resource: int, known: Known = NOTHING) -> Said:
    """Whether the laws exclude that the assumptions hold and a conclusion does not; not where they do not speak of them."""
    try:
        return _impossible(claim, conclusion, resource, known)
    except (Beyond, TooLarge) as why:
        return False, [str(why)], 0


def _impossible(claim: Claim, conclusion: Term, resource: int, known: Known) -> Said:
    numbers = Numbers(claim, known)
    assumed = [numbers.condition(a) for a in claim.assumptions]
    holds = numbers.condition(conclusion)
    for product in known.products:
        numbers.value(product)
    failing = numbers.opposite(numbers.all(holds, *numbers.obligations))
    return excluded(numbers, Laws(numbers), [*assumed, failing], resource)


@dataclass
class Steps:
    """What was found of one claim; terms are those of the claim as it was."""

    claim: Claim
    seed: int = 0
    exact: dict[Term, None] = field(default_factory=dict)
    bits: dict[Term, Bits] = field(default_factory=dict)
    forgotten: dict[Term, Term] = field(default_factory=dict)
    """Terms, and the variables that stand for them."""
    laws: dict[str, None] = field(default_factory=dict)
    spent: int = 0
    taken: bool = False

    def follows(self, conclusion: int, resource: int) -> bool:
        """Whether a conclusion of the claim, by its number, follows from what the steps leave."""
        if not self.taken:
            self.taken = True
            self._take()
        claim, known = self.reached()
        return self.noted(impossible(claim, claim.conclusions[conclusion], resource, known))

    def _take(self) -> None:
        terms = ordered((*self.claim.conclusions, *self.claim.assumptions))
        samples = Samples(self.claim, self.seed)
        roundings = samples.never_rounded([t for t in terms if t.op is Op.ROUND])
        factors = [a for t in terms if t.op is Op.MULTIPLY for a in t.args]
        for x in self.claim.variables:
            if x.variable.domain is Domain.FLOAT:
                own = [t for t in roundings if variables([t]) == [x]]
                self._leave_out(own)
                self._forget(x, [t for t in self.exact if t in own and t in factors], samples)
        self._leave_out([t for t in roundings if t not in self.exact])

    def reached(self) -> tuple[Claim, Known]:
        """The claim as it is after the steps, and what is known of its terms."""
        claim = replace(
            self.claim,
            variables=(*self.claim.variables, *self.forgotten.values()),
            assumptions=tuple(self._now(self.claim.assumptions)),
            conclusions=tuple(self._now(self.claim.conclusions)),
        )
        exact: dict[Term, None] = {} if self.bits else self.exact  # bits say more, and each float has laws with each other
        floats = {now: t.args[1].data for t, now in zip(exact, self._now(exact), strict=True)}
        bits = dict(zip(self._now(self.bits), self.bits.values(), strict=True))
        terms = ordered((*claim.assumptions, *claim.conclusions))
        return claim, Known(floats, bits, tuple(t for t in terms if t.op is Op.MULTIPLY and bits.keys() >= set(t.args)))

    def _now(self, terms: Iterable[Term]) -> list[Term]:
        """Terms of the claim without the roundings that change nothing."""

        def make(term: Term, args: tuple[Term, ...]) -> Term:
            if term in self.forgotten:
                return self.forgotten[term]
            if term in self.exact:
                return args[0]
            return self.claim.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)

        return rebuild(terms, make)

    def _about(self, term: Term) -> tuple[Claim, Known]:
        """The claim as it is, with those assumptions alone that speak of the variables of a term, and of the floats that these are bits of."""
        claim, known = self.reached()
        names = set(variables([term]))
        names |= {bits.of for t, bits in known.bits.items() if t in names}
        return replace(claim, assumptions=tuple(a for a in claim.assumptions if names.issuperset(variables([a])))), known

    def noted(self, said: Said) -> bool:
        """Count what was spent on an answer, and by which laws something follows."""
        holds, laws, spent = said
        self.spent += spent
        if holds:
            self.laws |= dict.fromkeys(laws)
        return holds

    # Roundings that change nothing

    def _leave_out(self, roundings: Sequence[Term]) -> None:
        for term in roundings:
            if self.spent > ALL_STEPS or any(t in roundings and t not in self.exact for t in ordered(term.args)):
                continue  # what it would follow from did not follow
            (now,) = self._now([term])
            pool = self.claim.pool
            same = pool.make(Op.AND, pool.make(Op.FINITE, now), pool.make(Op.EQUAL, now, now.args[0]))
            claim, known = self._about(now)
            if self.noted(impossible(claim, same, STEP, known)):
                self.exact[term] = None

    # Numbers of few bits

    def _forget(self, x: Term, factors: Sequence[Term], samples: "Samples") -> None:
        """Let variables stand for what is computed from x and multiplied, if no rounding of x alone is left then."""
        found: dict[Term, Bits] = {}
        for term in factors:
            bits = samples.bits_of(term, x)
            if bits is None or self.spent > ALL_STEPS or not self._has_bits(term, bits):
                return
            found[term] = bits
        kept = dict(self.forgotten), dict(self.bits)
        F = x.args[0].data
        self.bits |= {x: Bits(x, F, -F.p, 1), **found}
        for i, term in enumerate(found):
            (now,) = self._now([term])
            if any(t.op is Op.ROUND for t in ordered([now])):
                self.forgotten[term] = self.claim.pool.variable(f"{x.variable.name} {i}", Domain.REAL)
        claim, _ = self.reached()
        left = [t for t in ordered((*claim.assumptions, *claim.conclusions)) if t.op is Op.ROUND and variables([t]) == [x]]
        if left or not found:
            self.forgotten, self.bits = kept

    def _has_bits(self, term: Term, bits: Bits) -> bool:
        """Whether it is a multiple of 2^low B of magnitude at most 2^high B, and 0 if x is 0."""
        (now,) = self._now([term])
        for part in ("multiple", "size"):
            claim, known = self._about(now)
            numbers = Numbers(claim, known)
            assumed = [numbers.condition(a) for a in claim.assumptions]
            x, of = numbers.value(now), numbers.value(bits.of)
            binade = numbers.binade(of.form, bits.F)
            end = numbers.scale(binade).scaled(mpq(2) ** bits.high)
            numbers.compare(x.form - end)
            numbers.compare(x.form + end)
            laws = Laws(numbers)
            n, most = numbers.number(x.form), numbers.real(mpq(2) ** bits.high) * binade.size
            zero = numbers.implied(numbers.number(of.form) == 0, n == 0)
            goal = laws.multiples.multiple(x.form, binade, bits.low) if part == "multiple" else numbers.all(n <= most, n >= -most, zero)
            if not self.noted(excluded(numbers, laws, [*assumed, numbers.opposite(numbers.all(x.finite, goal))], STEP)):
                return False
        return True


class Samples:
    """Inputs that meet the assumptions of a claim."""

    def __init__(self, claim: Claim, seed: int) -> None:
        self.inputs: list[Mapping[Term, Number | bool]] = []
        draw, met = Draw(claim, Random(f"{seed}:{claim.fingerprint}")), Program(claim.assumptions)
        for _ in range(10 * SAMPLES):
            inputs = draw.inputs()
            if all(value is True for value in met.values(inputs)):
                self.inputs.append(inputs)
            if len(self.inputs) == SAMPLES:
                break

    def _values(self, terms: Sequence[Term]) -> Iterator[tuple[mpq | None, ...]]:
        program = Program(terms)
        return (tuple(map(_rational, program.values(inputs))) for inputs in self.inputs)

    def never_rounded(self, roundings: Sequence[Term]) -> list[Term]:
        """Those that are what they round, at all inputs."""
        left = list(roundings)
        for values in self._values([t for r in roundings for t in (r, r.args[0])]):
            pairs = dict(zip(roundings, zip(values[::2], values[1::2], strict=True), strict=True))
            left = [r for r in left if pairs[r][0] is not None and pairs[r][0] == pairs[r][1]]
        return left

    def bits_of(self, term: Term, x: Term) -> Bits | None:
        """The fewest bits, in terms of 2^exponent(x), that it fits into at all inputs; None if it is always 0."""
        places: list[tuple[int, int]] = []
        for value, of in self._values([term, x]):
            if value and of:
                n, d, e = abs(int(value.numerator)), int(value.denominator), int(exponent(of, x.args[0].data))
                places.append(((n & -n).bit_length() - d.bit_length() - e, (n - 1).bit_length() - d.bit_length() + 1 - e))
        return Bits(x, x.args[0].data, min(low for low, _ in places), max(high for _, high in places)) if places else None


def _rational(value: object) -> mpq | None:
    if isinstance(value, type(mpq(0))):
        return value
    return mpq(0) if value is NEGATIVE_ZERO else None
