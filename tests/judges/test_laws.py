"""The judge of laws: what its laws say is true of numbers that were computed exactly, and no control follows from them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from gmpy2 import mpq

from fpproof.formats import parse_format
from fpproof.judges.laws.facts import Laws
from fpproof.judges.laws.numbers import Numbers
from fpproof.judges.sampling import Draw
from fpproof.theory import Claim, Term, Type, instances, ordered, read_theory
from fpproof.theory.evaluate import Program
from fpproof.theory.networks import expanded
from fpproof.theory.numbers import INFINITY, NAN, NEGATIVE_INFINITY, Number, finite, is_zero, ulp

ROOT = Path(__file__).parent.parent.parent
ARITHMETIC = ROOT / "theories" / "arithmetic"


def claims(file: str, lemma: str, format: str) -> tuple[Claim, ...]:
    found = read_theory(ARITHMETIC / f"{file}.py").lemma(lemma)
    names = dict(part.split("=") for part in format.split()[1:])
    formats = {"F": parse_format(format.split()[0])} | {name: parse_format(text) for name, text in names.items()}
    return tuple(expanded(claim) for claim in instances(found, formats))


def plain(x: Number) -> "mpq | None":
    """A rational number, None for another one."""
    return mpq(0) if finite(x) and is_zero(x) else (x if isinstance(x, type(mpq(0))) else None)


def truths(n: Numbers, claim: Claim, inputs: Mapping[Term, Number | bool]) -> Iterator[Any]:
    """What holds at an input, of every term that was translated, and of the ulps of what is a float or is rounded."""
    terms = [t for t in ordered((*claim.variables, *claim.assumptions, *claim.conclusions)) if t in n._values or t in n._conditions]
    values = list(Program(terms).values(inputs))
    known: dict[object, mpq] = {}
    for term, value in zip(terms, values, strict=True):
        if term in n._conditions:
            if isinstance(value, bool):
                yield n._conditions[term] == value
            continue
        x = n._values[term]
        for kind, special in ((x.nan, NAN), (x.above, INFINITY), (x.below, NEGATIVE_INFINITY)):
            yield kind == (value is special)
        if finite(value) and (number := plain(value)) is not None:
            yield n.number(x.form) == n.real(number)
            known[x.form.key] = number
    for f in n.floats.values():
        if (number := known.get(f.form.key)) is not None:
            yield n.implied(f.holds, f.ulp.size == n.real(ulp(number, f.F)))
    for r in n.roundings:
        if (number := known.get(r.exact.key)) is not None:
            yield n.implied(r.clean, r.ulp.size == n.real(ulp(number, r.F)))


def contradicted(claim: Claim, samples: int) -> "Mapping[Term, Number | bool] | None":
    """An input of which the laws say what is not so."""
    n = Numbers(claim)
    for term in (*claim.variables, *claim.assumptions, *claim.conclusions):
        n.condition(term) if term.type is Type.BOOL else n.value(term)
    solver = n.z3.SolverFor("QF_LIRA", ctx=n.context)
    solver.add(*(law for _, law in Laws(n).all()), *n.definitions)
    draw = Draw(claim, Random(claim.fingerprint))
    for _ in range(samples):
        inputs = draw.inputs()
        solver.push()
        solver.add(*truths(n, claim, inputs))
        if solver.check() != n.z3.sat:
            return inputs
        solver.pop()
    return None
