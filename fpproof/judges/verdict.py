"""Verdicts, and the one interface of all judges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from fpproof.errors import TheoryError
from fpproof.formats import Format
from fpproof.formats.text import both
from fpproof.theory import Claim, Domain, Term
from fpproof.theory.evaluate import number_text
from fpproof.theory.numbers import Number, to_datum


class Outcome(StrEnum):
    """What is known of a claim; no more than was shown."""

    PROVED = "proved"  # holds for every input in its scope
    REFUTED = "refuted"  # fails at one input, which was replayed
    VACUOUS = "vacuous"  # no input meets the assumptions
    CONDITIONAL = "conditional"  # proved, but rests on a lemma that is not
    SUPPORTED = "supported"  # some inputs were looked at, none fails
    OPEN = "open"  # budget spent, or beyond the judge; `reason` says which, and what to try
    INAPPLICABLE = "inapplicable"  # the lemma's requirements do not hold in the format


Evidence: TypeAlias = Mapping[str, "str | int | bool | None"]

_COUNTABLE = 10**18

NOT_STORED = "not-deterministic"
"""A judge puts this into the evidence of a verdict that another run need not give again: it is shown, and not stored."""


@dataclass(frozen=True)
class Counterexample:
    """Values of a claim's variables at which its assumptions hold and conclusion number `conclusion` (from 0) does not.

    `bits` is the precision of the balls that the referee needed to see it; 0 if it is exact.
    """

    values: Mapping[Term, Number | bool]
    conclusion: int
    bits: int = 0

    def named(self) -> dict[str, str]:
        """Each variable with its value in words: decimal and hex where it is a float."""
        return {variable.variable.name: value_text(variable, value) for variable, value in self.values.items()}

    def __str__(self) -> str:
        return ", ".join(f"{name} = {text}" for name, text in self.named().items())


def value_text(variable: Term, value: Number | bool) -> str:
    """A value of a variable, in decimal and hex where it is a datum of the variable's format."""
    if variable.variable.domain in (Domain.FLOAT, Domain.DATUM):
        F: Format = variable.args[0].data
        datum = to_datum(F, value)
        if datum is not None:
            return both(F, datum)
    return number_text(value)


@dataclass(frozen=True)
class Verdict:
    """What a judge found. `cases` counts the inputs that were looked at, `met` those that meet the assumptions, where they are counted.

    `evidence` holds what else is worth keeping, as strings and integers: seed, solver, resource spent.
    """

    outcome: Outcome
    judge: str
    scope: str
    cases: int = 0
    met: int | None = None
    counterexample: Counterexample | None = None
    reason: str = ""
    rests_on: tuple[str, ...] = ()
    evidence: Evidence = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert (self.outcome is Outcome.REFUTED) == (self.counterexample is not None), "refuted means one input at which it fails"
        assert self.outcome is not Outcome.OPEN or self.reason, "open says why"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a judge may spend, in units that are the same on every machine."""

    cases: int = 2_000_000
    """Inputs evaluated, by judges that enumerate or sample."""
    resource: int = 50_000_000
    """The solver's own count (z3's rlimit)."""
    precision: int = 4096
    """Bits, for enclosures."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A judge's answer to "can you decide this?": the cases it would take, None if that is unknown, or why it cannot."""

    cases: int | None = None
    cannot: str = ""
    seconds: float | None = None
    """About how long, where the judge knows more than its cases say."""

    @property
    def possible(self) -> bool:
        return not self.cannot


def number_of(cases: int | None) -> str:
    """A number of cases for people: of one that nobody would count, the power of two."""
    return str(cases) if cases is None or cases < _COUNTABLE else f"2^{cases.bit_length() - 1}"


class Progress(Protocol):
    """Called now and then with the number of cases done since the last call."""

    def __call__(self, cases: int, /) -> Any: ...


def silent(_: int, /) -> None:
    """Progress that nobody sees."""


class Judge(Protocol):
    """A way of deciding claims. `version` changes when verdicts or counts could, so that stored ones become obsolete."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        """Whether the judge can decide the claim, and at what cost; cheap."""
        ...

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        """The verdict; OPEN with a reason where the judge cannot or the budget does not suffice.

        Raises TheoryError if the statement itself is wrong at an input (a weight that is no float).
        """
        ...


class Disagreement(Exception):
    """Two parts of fpproof that contradict each other: a bug, never a verdict."""


def wrong_statement(claim: Claim, reason: str, place: Any, values: Mapping[Term, Number | bool]) -> TheoryError:
    """The error of a statement that is wrong at an input."""
    at = ", ".join(f"{v.variable.name} = {value_text(v, x)}" for v, x in values.items())
    return TheoryError(f"lemma {claim.lemma.name} in {claim.scope}: {reason}" + (f" at {at}" if at else ""), place or claim.lemma.place)
