"""What a name of a theory file can mean, and the words for it in messages."""

import ast
import builtins
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, TypeAlias

from fpproof.errors import TheoryError
from fpproof.formats import ATLAS, Format, Mode
from fpproof.theory.numbers import INFINITY, NAN, Special
from fpproof.theory.source import Source
from fpproof.theory.statement import Lemma
from fpproof.theory.terms import Domain, LayerShape, Term, Type
from fpproof.theory.transcendental import REAL_FUNCTIONS


@dataclass(frozen=True, eq=False)
class LayerValue:
    """A layer in the making: its shape and its numbers, row by row, each followed by its bias if it has one."""

    shape: LayerShape
    numbers: tuple[tuple[Term, ast.AST], ...]


Value: TypeAlias = Term | tuple["Value", ...] | LayerValue
"""What an expression means: a term, a vector of values, or a layer."""


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function of the language."""

    name: str


@dataclass(frozen=True, slots=True)
class TypeName:
    """A word that stands in annotations."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A format, a rounding mode or a special number of the language."""

    value: Format | Mode | Special


@dataclass(frozen=True, slots=True)
class Ambient:
    """F."""


@dataclass(frozen=True, eq=False)
class Assigned:
    """A constant that a file defines."""

    name: str
    node: ast.expr
    module: "Module"


@dataclass(frozen=True, eq=False)
class Definition:
    """A function marked @lemma, @define, @loss or @network."""

    node: ast.FunctionDef
    decorator: Literal["lemma", "define", "loss", "network"]
    options: dict[str, ast.expr]
    module: "Module"


Entity: TypeAlias = Builtin | TypeName | Constant | Ambient | Assigned | Definition


@dataclass(eq=False)
class Module:
    """A theory file while it is read: its names, and its lemmas as far as they have been read."""

    source: Source
    text: str = ""
    path: Path | None = None
    root: Path | None = None
    """Where the file lies, and the tree it belongs to, if it is one."""
    beside: list[Path] = field(default_factory=list)
    """Certificates that it speaks of, and links."""
    names: dict[str, Entity] = field(default_factory=dict)
    lemmas: dict[str, Lemma] = field(default_factory=dict)


STATEMENTS = ("assume", "show", "require", "uses")
DECORATORS = ("lemma", "define", "loss", "network")
PYTHON_BUILTINS = ("abs", "min", "max", "all", "any", "sum", "len", "range")
"""Functions that need no import."""

_FORMATS = {name.replace("-", "_"): F for name, F in ATLAS.items()}
_MODES = {mode.value.replace("-", "_"): mode for mode in Mode} | {"nearest": Mode.NEAREST_EVEN}

LANGUAGE: dict[str, Entity] = {
    **{name: TypeName(name) for name in ("Float", "Datum", "Real", "Int", "Bool", "Format", "Mode", "Vector", "Annotated", "Literal", "Network")},
    **{name: Builtin(name) for name in (*STATEMENTS, *DECORATORS, *PYTHON_BUILTINS, *REAL_FUNCTIONS)},
    **{
        name: Builtin(name)
        for name in (
            "fl", "rounded", "ulp", "exponent", "significand", "succ", "pred", "pow2", "sqrt", "is_float", "finite", "is_nan", "same",
            "implies", "exists", "exact", "format", "value", "gradient", "layers", "layer", "relu", "affine", "activation", "derivative",
            "network_file", "certified", "flow", "descent", "limit",
        )
    },
    **{name: Constant(F) for name, F in _FORMATS.items()},
    **{name: Constant(mode) for name, mode in _MODES.items()},
    "infinity": Constant(INFINITY),
    "nan": Constant(NAN),
    "F": Ambient(),
}  # fmt: skip
"""The names of fpproof.lang."""

DOMAINS = {domain.value: domain for domain in Domain}


def describe(thing: Value | Entity) -> str:
    """What a name or an expression is, with its article."""
    match thing:
        case Term():
            return ("an " if thing.type is Type.INT else "a ") + thing.type.value
        case tuple():
            return f"a vector of {len(thing)}"
        case LayerValue():
            return "a layer"
        case Builtin():
            return f"the function {thing.name}"
        case TypeName():
            return f"the type {thing.name}"
        case Definition():
            return f"the {thing.decorator} {thing.node.name}"
        case Assigned():
            return f"the constant {thing.name}"
    return "a constant of the language"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """A question after the nearest known name, if there is one."""
    candidates = list(known)
    near = [k for k in candidates if k.lower() == name.lower()] or get_close_matches(name, candidates, 1, 0.6)
    return f"did you mean {near[0]}?" if near else None


def unknown(source: Source, node: ast.AST, name: str, known: Iterable[str]) -> TheoryError:
    """The error for a name that means nothing here."""
    shown = name[:60]
    if name in LANGUAGE:
        return TheoryError(f"{shown} is not imported", source.of(node), f"write: from fpproof.lang import {shown}")
    known = list(known)
    if hasattr(builtins, name):
        hint = nearest(name, known)
        return TheoryError(f"{shown} is Python's and no part of the language: a theory file is read, not run", source.of(node), hint)
    return TheoryError(f"the name {shown} is unknown", source.of(node), nearest(name, [*known, *LANGUAGE]))
