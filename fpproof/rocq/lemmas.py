"""From an enumerated lemma to a computed theorem: for all values of its variables in a small format, as docs/theory-language.md says.

Translated are the operations that Exact.v has; everything else is refused with its name. The theorem trusts none of our evaluators.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from fpproof.formats import Format
from fpproof.rocq.certificates import format_term
from fpproof.rocq.coqc import RocqError
from fpproof.rocq.library import standing_alone
from fpproof.theory import Claim
from fpproof.theory.numbers import Special
from fpproof.theory.terms import Domain, Op, Term, Type, ordered, show

WIDEST = 8
"""Bits of a format whose values are enumerated."""
MOST_CASES = 1 << 20
MOST_NODES = 2000

_PLAIN = {
    Op.NEGATE: "neg", Op.ABSOLUTE: "absolute", Op.MULTIPLY: "times", Op.DIVIDE: "over", Op.MINIMUM: "minimum", Op.MAXIMUM: "maximum",
    Op.EQUAL: "equal", Op.LESS: "less", Op.LESS_EQUAL: "less_equal", Op.SAME: "same", Op.FINITE: "finite", Op.NOT: "negb", Op.IFF: "eqb",
}  # fmt: skip
_OF_FORMAT = {Op.ULP: "ulp", Op.EXPONENT: "exponent", Op.IS_FLOAT: "is_float"}
_SPECIAL = {
    Special.NEGATIVE_ZERO: "Zero true",
    Special.INFINITY: "Infinity false",
    Special.NEGATIVE_INFINITY: "Infinity true",
    Special.NAN: "NaN",
}


@dataclass(frozen=True, slots=True)
class Enumerated:
    """A claim as a theorem: its name, whether it says that the claim holds or that it fails, and the text of its proof."""

    name: str
    holds: bool
    text: str


def enumerated(claim: Claim, holds: bool, number: int = 0) -> Enumerated:
    """The theorem that a claim holds, or fails, for its values; RocqError for what is not translated."""
    return _Lemma(claim).theorem(holds, number)


def theorems(parts: Sequence[Enumerated]) -> str:
    """A file of theorems, each followed by its assumptions; it needs nothing but Rocq's standard library."""
    head = "\nFrom Coq Require Import ZArith Bool List.\nImport ListNotations.\nLocal Open Scope Z_scope.\n"
    return standing_alone(["Exact"], head + "".join(part.text for part in parts))


class _Lemma:
    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.names = {id(variable): f"v{i}" for i, variable in enumerate(claim.variables)}
        self.texts: dict[int, str] = {}

    def theorem(self, holds: bool, number: int) -> Enumerated:
        claim = self.claim
        if not claim.variables:
            raise RocqError("it has no variables")
        lists, counts = zip(*map(_values, claim.variables), strict=True)
        if prod(counts) > MOST_CASES:
            raise RocqError(f"it has {prod(counts)} inputs, and at most {MOST_CASES} are enumerated")
        conclusion = self.conjunction(claim.conclusions)
        body = conclusion if not claim.assumptions else f"if {self.conjunction(claim.assumptions)} then {conclusion} else true"
        name = f"{re.sub(r'[^A-Za-z0-9_]', '_', claim.lemma.name)}_{number}"
        variables = [self.names[id(variable)] for variable in claim.variables]
        nested = f"{name} {' '.join(variables)}"
        for variable, values in zip(reversed(variables), reversed(lists), strict=True):
            nested = f"forallb (fun {variable} => {nested}) {values}"
        types = " ".join(f"({v} : {'bool' if t.type is Type.BOOL else 'real'})" for v, t in zip(variables, claim.variables, strict=True))
        text = f"\n(** {claim.lemma.name}, {_plain(claim.scope)} *)\nDefinition {name} {types} : bool :=\n  {body}.\n\n"
        if not holds:
            text += f"Theorem {name}_fails : {nested} = false.\nProof. vm_cast_no_check (eq_refl false). Qed.\n\nPrint Assumptions {name}_fails.\n"
            return Enumerated(f"{name}_fails", holds, text)
        quantified = " ".join(f"forall {v}, In {v} {values} ->" for v, values in zip(variables, lists, strict=True))
        proof = "computed"
        for variable in variables:
            proof = f"(all_in _ _ {proof} {variable} in_{variable})"
        given = " ".join(f"{variable} in_{variable}" for variable in variables)
        text += f"Theorem {name}_holds : {quantified} {name} {' '.join(variables)} = true.\nProof.\n"
        text += f"  assert (computed : {nested} = true) by (vm_cast_no_check (eq_refl true)).\n"
        text += f"  intros {given}; exact {proof}.\nQed.\n\nPrint Assumptions {name}_holds.\n"
        return Enumerated(f"{name}_holds", holds, text)

    def conjunction(self, conditions: Sequence[Term]) -> str:
        """The conditions as one; what stands after a false one is not computed."""
        if not conditions:
            return "true"
        *first, text = map(self.term, conditions)
        for condition in reversed(first):
            text = f"(if {condition} then {text} else false)"
        return text

    def term(self, root: Term) -> str:
        for term in ordered([root]):
            if id(term) not in self.texts:
                self.texts[id(term)] = text = self.operation(term, [self.texts[id(a)] for a in term.args])
                if len(text) > 20 * MOST_NODES:
                    raise RocqError("it is too large when every term is written out")
        return self.texts[id(root)]

    def operation(self, term: Term, args: list[str]) -> str:
        op = term.op
        if op in (Op.FORMAT, Op.MODE):
            return format_term(term.data) if op is Op.FORMAT else str(term.data.value).replace("-", "_")
        if op is Op.VARIABLE:
            if id(term) not in self.names:
                raise RocqError(f"{term.variable.name} is bound by a quantifier, which is not translated")
            return self.names[id(term)]
        text = self.call(term, args)
        arithmetic = (Op.NEGATE, Op.ABSOLUTE, Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.MINIMUM, Op.MAXIMUM)
        return f"(one_zero {text})" if term.type is Type.INT and op in arithmetic else text

    def call(self, term: Term, args: list[str]) -> str:
        match term.op:
            case Op.CONSTANT:
                return f"({_constant(term)})"
            case Op.TRUTH:
                return str(term.data).lower()
            case Op.ADD | Op.SUBTRACT:
                down = "false" if term.data is None else "true"
                return f"({'plus' if term.op is Op.ADD else 'minus'} {down} {args[0]} {args[1]})"
            case Op.ROUND:
                return f"(fl {args[1]} {args[2]} {args[0]})"
            case Op.AND:
                return f"({' && '.join(args)})"
            case Op.OR:
                return f"({' || '.join(args)})"
            case Op.IF:
                return f"(if {args[0]} then {args[1]} else {args[2]})"
        if term.op in _OF_FORMAT:
            return f"({_OF_FORMAT[term.op]} {args[1]} {args[0]})"
        if term.op in _PLAIN:
            return f"({_PLAIN[term.op]} {' '.join(args)})"
        raise RocqError(f"{term.op} is not translated: {show(term)[:80]}")


def _values(variable: Term) -> tuple[str, int]:
    """The list of a variable's values, and its length."""
    domain = variable.variable.domain
    if domain is Domain.BOOL:
        return "truths", 2
    if domain not in (Domain.FLOAT, Domain.DATUM):
        raise RocqError(f"{variable.variable.name} ranges over {domain}, which has too many values")
    F: Format = variable.args[0].data
    if F.width > WIDEST:
        raise RocqError(f"{F.name} has {F.width} bits, and formats of at most {WIDEST} are enumerated")
    if domain is Domain.FLOAT:
        return f"(floats {format_term(F)})", F.finite_count
    return f"(data_of {format_term(F)} {str(F.has_nan).lower()})", F.finite_count + 2 * F.has_infinities + F.has_nan


def _constant(term: Term) -> str:
    value = term.data
    if isinstance(value, Special):
        return _SPECIAL[value]
    if not hasattr(value, "denominator"):
        raise RocqError(f"the constant {show(term)[:60]} is irrational")
    if max(abs(value.numerator), value.denominator) >= 1 << 4096:
        raise RocqError("a constant has more than 4096 bits")
    return f"signed false ({value.numerator}) {value.denominator}"


def _plain(text: str) -> str:
    """The text without what would end a comment or begin one."""
    return re.sub(r"[^\w ,()=.+-]", "?", text, flags=re.ASCII).replace("(*", "( *").replace("*)", "* )")
