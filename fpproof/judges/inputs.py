"""Inputs as exact texts, and back: `x=0x1p-3,y=-0x0p+0,n=7,r=1/3,m=up`, as counterexamples are stored and replayed."""

import re
from collections.abc import Iterable, Mapping

from gmpy2 import mpq

from fpproof.errors import FpproofError, NumberError, TheoryError
from fpproof.formats import Mode
from fpproof.formats.text import hexadecimal, parse_rational, read_float
from fpproof.theory import Claim, Domain, Term
from fpproof.theory.numbers import Number, Surd, add, from_datum, multiply, sqrt, to_datum

_SURD = re.compile(r"([-+]?\d+(?:/\d+)?)\+([-+]?\d+(?:/\d+)?)\*sqrt\((\d+)\)", re.ASCII)
LONGEST_VALUE = 4000
"""Characters of a number."""


def text_of(variable: Term, value: Number | bool) -> str:
    """The value of a variable, exactly: floats in hex."""
    if variable.variable.domain in (Domain.FLOAT, Domain.DATUM):
        datum = to_datum(variable.args[0].data, value)
        assert datum is not None, "a value of the variable's format"
        return hexadecimal(datum)
    return f"{value.a}+{value.b}*sqrt({mpq(value.c)})" if isinstance(value, Surd) else str(value)


def value_of(variable: Term, text: str) -> Number | bool:
    """The value that a text says; raises FpproofError if the variable does not range over it."""
    name, domain = variable.variable.name, variable.variable.domain
    if len(text) > LONGEST_VALUE:
        raise TheoryError(f"{name}: a number of {len(text)} characters, at most {LONGEST_VALUE} are read")
    if domain in (Domain.FLOAT, Domain.DATUM):
        F = variable.args[0].data
        try:
            datum = read_float(F, text)
        except NumberError as error:
            raise NumberError(f"{name}: {error.message}", hint="write a float") from None
        if domain is Domain.FLOAT and datum[1] is None:
            raise TheoryError(f"{name} is a Float, which is finite, found {text}")
        return from_datum(datum)
    if domain is Domain.BOOL:
        if text not in ("True", "False"):
            raise TheoryError(f"{name}: expected True or False, found {text[:40]!r}")
        return text == "True"
    if domain is Domain.REAL and (surd := _SURD.fullmatch(text)):
        return add(mpq(surd[1]), multiply(mpq(surd[2]), sqrt(mpq(surd[3]))))
    number = parse_rational(text)
    if domain is Domain.INT and number.denominator != 1:
        raise TheoryError(f"{name}: expected an integer, found {text[:40]!r}")
    return mpq(number.numerator, number.denominator)


def texts_of(claim: Claim, values: Mapping[Term, Number | bool]) -> dict[str, str]:
    """An input of a claim by names: modes first, then variables in their order."""
    found = {name: mode.value for name, mode in claim.modes.items()}
    return found | {v.variable.name: text_of(v, values[v]) for v in claim.variables}


def assignment_of(claims: Iterable[Claim], texts: Mapping[str, str]) -> tuple[Claim, dict[Term, Number | bool]]:
    """The claim (one a choice of modes) and the input that the texts say; raises FpproofError where they do not fit."""
    claims = list(claims)
    for claim in claims:
        if all(_mode(name, texts.get(name, mode.value)) is mode for name, mode in claim.modes.items()):
            break
    else:
        raise TheoryError("no such rounding mode among those of the claim")
    names = [v.variable.name for v in claim.variables]
    if unknown := [name for name in texts if name not in names and name not in claim.modes]:
        raise TheoryError(f"lemma {claim.lemma.name} has no variable {unknown[0][:40]}", hint=f"it has {', '.join([*claim.modes, *names])}")
    if missing := [name for name in names if name not in texts]:
        raise TheoryError(f"no value is given for {', '.join(missing)}")
    return claim, {v: value_of(v, texts[v.variable.name]) for v in claim.variables}


def _mode(name: str, text: str) -> Mode:
    try:
        return Mode(text.replace("_", "-"))
    except ValueError:
        raise FpproofError(f"{name}: rounding mode {text[:40]!r} is unknown", hint=f"there are {', '.join(Mode)}") from None


def at_text(texts: Mapping[str, str]) -> str:
    return ",".join(f"{name}={text}" for name, text in texts.items())


def parse_at(text: str) -> dict[str, str]:
    """The texts by name of `x=0x1p-3,y=1`; raises FpproofError."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not name or name in found:
            raise FpproofError(f"expected NAME=VALUE, each name once, found {part[:60]!r}", hint="such as --at x=0x1p-3,y=1")
        found[name] = value
    return found
