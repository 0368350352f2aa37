"""Which judges there are, and what each costs. A new judge is one line here.

A judge is imported when it is asked for; one whose module or whose packages are not installed is not offered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from fpproof.errors import FpproofError
from fpproof.judges.verdict import Budget, Judge


@dataclass(frozen=True, slots=True)
class Offer:
    """A judge by name, with figures for the plan: about how long it takes to begin, how fast it goes, what it may spend if nobody says.

    The figures choose the order in which judges are asked, never what they answer.
    """

    name: str
    place: str
    does: str
    startup: float
    cases_per_second: float | None
    cases: int
    version: int = 1
    """The judge's, known before it is imported."""
    complete: bool = True
    packages: tuple[str, ...] = ()
    """Of these at least one must be installed, if there are any."""
    extra: str = ""
    """The extra that brings them."""

    def budget(self, given: "Spending") -> Budget:
        """What the judge may spend, where the user allows something or leaves it to the judge."""
        base = Budget()
        return replace(
            base,
            cases=self.cases if given.cases is None else given.cases,
            resource=base.resource if given.resource is None else given.resource,
            precision=base.precision if given.precision is None else given.precision,
            seed=given.seed,
        )


OFFERS = (
    Offer("exact", "fpproof.judges.exact:ExactJudge", "every input, in exact rationals", 0.01, 10_000, 500_000, 1),
    Offer("certificate", "fpproof.judges.certificate:CertificateJudge", "certificates that a theory speaks of", 0.005, 100_000, 1 << 30, 1),
    Offer("enumeration", "fpproof.judges.enumeration:EnumerationJudge", "every input, in compiled kernels", 1.0, 300_000_000, 1 << 33, 1),
    Offer(
        "laws",
        "fpproof.judges.laws:LawsJudge",
        "laws of rounding, over the reals: every format",
        3.0,
        None,
        0,
        2,
        packages=("z3",),
        extra="solvers",
    ),
    Offer(
        "smt",
        "fpproof.judges.smt:SmtJudge",
        "SMT solvers, on bit-vectors: every format",
        5.0,
        None,
        0,
        1,
        packages=("z3", "bitwuzla", "cvc5"),
        extra="solvers",
    ),
    Offer("search", "fpproof.judges.existence:ExistenceJudge", "whether weights of a network exist", 4.0, None, 1, 1),
    Offer("algebra", "fpproof.judges.algebra:AlgebraJudge", "identities and polynomial inequalities between real terms", 0.5, None, 1000, 3),
    Offer("enclosure", "fpproof.judges.enclosure:EnclosureJudge", "inequalities between real terms, on boxes of intervals", 2.0, None, 5_000, 2),
    Offer("assembly", "fpproof.judges.assembly:AssemblyJudge", "concludes from the lemmas that are used, by written rules", 3.0, None, 1, 2),
    Offer("sampling", "fpproof.judges.sampling:SamplingJudge", "some inputs: refutes or supports, never proves", 1e9, None, 20_000, complete=False),
    Offer("patterns", "fpproof.judges.patterns:PatternsJudge", "inputs with patterns: refutes or supports", 2e9, None, 40_000, complete=False),
)


@dataclass(frozen=True, slots=True)
class Available:
    """A judge that is there, with what it may spend."""

    offer: Offer
    judge: Judge

    @property
    def name(self) -> str:
        return self.offer.name

    @property
    def version(self) -> int:
        return self.judge.version

    def budget(self, given: "Spending") -> Budget:
        return self.offer.budget(given)

    def seconds(self, cases: int | None) -> float:
        """About how long a number of cases takes."""
        rate = self.offer.cases_per_second
        return self.offer.startup + (0 if rate is None or cases is None else cases / rate)


@dataclass(frozen=True, slots=True)
class Spending:
    """What the user allows; None leaves it to each judge."""

    cases: int | None = None
    resource: int | None = None
    precision: int | None = None
    seed: int = 0


def offer_of(name: str) -> Offer | None:
    """The offer of a name, whether the judge is there or not."""
    return next((offer for offer in OFFERS if offer.name == name), None)


def version_of(name: str) -> int | None:
    """The version of a judge's answers, without importing it; None if there is no such judge."""
    offer = offer_of(name)
    return None if offer is None else offer.version


@cache
def installed() -> tuple[str, ...]:
    """The packages of judges that are there."""
    return tuple(package for offer in OFFERS for package in offer.packages if find_spec(package))


@cache
def available(name: str) -> Available | str:
    """The judge of a name, or why it is not there."""
    offer = offer_of(name)
    if offer is None:
        return "there is no such judge"
    if offer.packages and not set(offer.packages) & set(installed()):
        return f"none of {', '.join(offer.packages)} is installed: pip install 'fpproof[{offer.extra}]'"
    module, _, attribute = offer.place.partition(":")
    try:
        judge = getattr(import_module(module), attribute, None)
    except ImportError as error:
        return f"{error.name or error} is not installed"
    return f"{module} has no {attribute}" if judge is None else Available(offer, judge())


def judges() -> list[Available]:
    """All that are there."""
    found = (available(offer.name) for offer in OFFERS)
    return [judge for judge in found if isinstance(judge, Available)]


def chosen(names: Sequence[str]) -> list[Available]:
    """The judges of names; raises FpproofError for one that is not there."""
    found = []
    for name in dict.fromkeys(names):
        judge = available(name)
        if isinstance(judge, str):
            raise FpproofError(f"judge {name[:40]!r}: {judge}", hint=f"there are {', '.join(j.name for j in judges())}")
        found.append(judge)
    return found
