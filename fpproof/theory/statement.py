"""Statements as data: a lemma is a schema over formats, a claim is a lemma in given formats."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from fpproof.errors import Place
from fpproof.formats import Format, Mode
from fpproof.theory.terms import Domain, Op, Pool, Term, fingerprint, ordered

AMBIENT = "F"
"""The name of the ambient format."""
EVERY = "every"
"""In place of a format: a lemma that speaks of none says the same in every format, and is decided once."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a lemma as it was written; `lengths` are those of a vector, `format` the name of its format's parameter or of a format."""

    name: str
    domain: Domain
    lengths: tuple[int, ...] = ()
    format: str = AMBIENT


@dataclass(frozen=True, eq=False)
class Use:
    """A lemma that another rests on, and in which formats: of each of its format parameters, a parameter of the other or a format."""

    lemma: "Lemma"
    formats: Mapping[str, str | Format]

    def formats_in(self, given: Mapping[str, Format]) -> dict[str, Format]:
        """The formats that the used lemma is meant in, where the other is in given ones."""
        return {name: given[F] if isinstance(F, str) else F for name, F in self.formats.items()}

    def __str__(self) -> str:
        changed = [f"{name}={F if isinstance(F, str) else F.name}" for name, F in self.formats.items() if name != F]
        return f"{self.lemma.name}({', '.join(changed)})" if changed else self.lemma.name


@dataclass(frozen=True, eq=False)
class Statement:
    """What a lemma says, in terms of `pool`; in them, F and other format parameters are variables of type FORMAT."""

    pool: Pool = field(repr=False)
    variables: tuple[Term, ...]
    requires: tuple[Term, ...]
    assumes: tuple[Term, ...]
    shows: tuple[Term, ...]

    @property
    def roots(self) -> tuple[Term, ...]:
        return (*self.variables, *self.requires, *self.assumes, *self.shows)

    @cached_property
    def names_formats(self) -> bool:
        """Whether a format stands anywhere in it."""
        return any(t.op is Op.FORMAT or (t.op is Op.VARIABLE and t.variable.domain is Domain.FORMAT) for t in ordered(self.roots))

    @cached_property
    def outline(self) -> "Outline":
        shape = f"{len(self.variables)},{len(self.requires)},{len(self.assumes)};"
        return Outline(shape + fingerprint(self.roots), fingerprint(self.requires) if self.requires else "", self.names_formats)


@dataclass(frozen=True, slots=True)
class Outline:
    """What can be kept of a statement without its terms: a hash of all that it says, and of its requirements, if there are any."""

    fingerprint: str
    requires: str
    names_formats: bool


@dataclass(frozen=True, eq=False)
class Lemma:
    """For all values of the variables: if all `assumes` hold, all `shows` hold. Speaks of the formats in which all `requires` hold.

    `stated` gives the statement when it is first needed; a lemma that was read in an earlier run is known by its `outline` until then.
    """

    name: str
    place: Place
    text: str
    source: str
    parameters: tuple[Parameter, ...]
    uses: tuple[Use, ...]
    stated: Callable[[], Statement] = field(repr=False)
    expect: str = "proved"
    formats: tuple[str, ...] = ()
    plan: Mapping[str, str] = field(default_factory=dict)
    rocq: str = ""
    known: Outline | None = None

    @cached_property
    def statement(self) -> Statement:
        return self.stated()

    @cached_property
    def outline(self) -> Outline:
        return self.known or self.statement.outline

    @property
    def variables(self) -> tuple[Term, ...]:
        return self.statement.variables

    @property
    def requires(self) -> tuple[Term, ...]:
        return self.statement.requires

    @property
    def assumes(self) -> tuple[Term, ...]:
        return self.statement.assumes

    @property
    def shows(self) -> tuple[Term, ...]:
        return self.statement.shows

    @cached_property
    def format_parameters(self) -> tuple[str, ...]:
        """Names of the formats that the lemma is a schema over: F first, whether it occurs or not."""
        return (AMBIENT, *(p.name for p in self.parameters if p.domain is Domain.FORMAT))

    @property
    def mode_parameters(self) -> tuple[str, ...]:
        return tuple(p.name for p in self.parameters if p.domain is Domain.MODE)

    @cached_property
    def speaks_of_formats(self) -> bool:
        """Whether a format stands anywhere in it, or in what it rests on; if none does, it is a statement about numbers alone."""
        return self.outline.names_formats or len(self.format_parameters) > 1 or any(use.lemma.speaks_of_formats for use in self.uses)

    @property
    def fingerprint(self) -> str:
        """What the lemma says, as a hash; the name, texts and places do not count."""
        return self.outline.fingerprint


@dataclass(frozen=True, eq=False)
class Theory:
    """What a theory file says. `source` is the title given in its docstring, `files` are all that were read for it."""

    file: str
    text: str
    source: str
    lemmas: tuple[Lemma, ...]
    files: tuple[Path, ...] = ()

    def lemma(self, name: str) -> Lemma:
        """The lemma of a name; KeyError if there is none."""
        for lemma in self.lemmas:
            if lemma.name == name:
                return lemma
        raise KeyError(name)


@dataclass(frozen=True, eq=False)
class Claim:
    """A lemma in given formats and modes: for all values of the variables, all assumptions together imply all conclusions.

    Its terms have constant formats and modes, folded constants, and no bounded quantifiers. No assumption or conclusion is an `and`, or True.
    """

    lemma: Lemma
    formats: Mapping[str, Format]
    modes: Mapping[str, Mode]
    variables: tuple[Term, ...]
    assumptions: tuple[Term, ...]
    conclusions: tuple[Term, ...]
    pool: Pool = field(repr=False)

    @property
    def scope(self) -> str:
        """The formats and modes in words, as verdicts name them."""
        if not self.lemma.speaks_of_formats:
            return ", ".join([f"{EVERY} format", *(f"{name} = {mode}" for name, mode in self.modes.items())])
        parts = [F.name if name == AMBIENT else f"{name} = {F.name}" for name, F in self.formats.items()]
        return ", ".join([*parts, *(f"{name} = {mode}" for name, mode in self.modes.items())])

    @cached_property
    def fingerprint(self) -> str:
        """What the claim says, as a hash."""
        roots = (*self.variables, *self.assumptions, *self.conclusions)
        return f"{len(self.variables)},{len(self.assumptions)};" + fingerprint(roots)
