"""The language of theory files: reading, terms, the exact evaluator. Files are parsed, never executed."""

from fpproof.theory.instantiate import applies, instances
from fpproof.theory.lemmas import formats_of
from fpproof.theory.reading import read_theory, read_theory_text
from fpproof.theory.statement import AMBIENT, EVERY, Claim, Lemma, Parameter, Theory
from fpproof.theory.terms import Domain, Op, Pool, Term, Type, Variable, fingerprint, ordered, rebuild, show, variables

__all__ = [
    "AMBIENT",
    "EVERY",
    "Claim",
    "Domain",
    "Lemma",
    "Op",
    "Parameter",
    "Pool",
    "Term",
    "Theory",
    "Type",
    "Variable",
    "applies",
    "fingerprint",
    "formats_of",
    "instances",
    "ordered",
    "read_theory",
    "read_theory_text",
    "rebuild",
    "show",
    "variables",
]
