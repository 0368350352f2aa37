"""From an enumerated lemma to a computed theorem: for all values of its variables in a small format, as docs/theory-language.md says.

Translated are the operations that Exact.v has; everything else is refused with its name. Trusted are this translation, bounds of integers, and that
networks are written out rightly (docs/rocq.md); none of our evaluators and judges is.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import prod

from fpproof.formats import Format
from fpproof.judges.enumeration.code import free_variables
from fpproof.judges.exact import bounds
from fpproof.rocq.certificates import format_term
from fpproof.rocq.coqc import RocqError
from fpproof.rocq.library import standing_alone
from fpproof.theory import Claim
from fpproof.theory.networks import expanded
from fpproof.theory.numbers import Special
from fpproof.theory.terms import Domain, Op, Term, Type, ordered, show

WIDEST = 8
"""Bits of a format whose values are enumerated."""
MOST_CASES = 1 << 20
MOST_TERMS = 5000
MOST_TEXT = 40_000
"""Characters of a term that is not shared."""

_PLAIN = {
    Op.NEGATE: "neg", Op.ABSOLUTE: "absolute", Op.MULTIPLY: "times", Op.DIVIDE: "over", Op.MINIMUM: "minimum", Op.MAXIMUM: "maximum",
    Op.EQUAL: "equal", Op.LESS: "less", Op.LESS_EQUAL: "less_equal", Op.SAME: "same", Op.FINITE: "finite", Op.NOT: "negb", Op.IFF: "eqb",
    Op.FLOOR_DIVIDE: "floor_divide", Op.REMAINDER: "remainder", Op.POWER: "power", Op.POW2: "pow2",
}  # fmt: skip
_OF_FORMAT = {
    Op.ULP: "ulp", Op.EXPONENT: "exponent", Op.SIGNIFICAND: "significand", Op.SUCC: "succ", Op.PRED: "pred", Op.IS_FLOAT: "is_float",
}  # fmt: skip
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
    (theorem,) = replays([claim], holds, number)
    return theorem


def replays(claims: Sequence[Claim], holds: bool, number: int = 0, strict: bool = True) -> tuple[Enumerated, ...]:
    """Of a lemma's claims, one for each rounding mode: a theorem for each that it holds, or one that not all hold.

    If not `strict`, weights that are no floats count for what the theorem says, not against it: that shows nothing of the lemma, only why a strict
    theorem is refused.
    """
    lemmas = [_Lemma(claim, holds != strict, number + i) for i, claim in enumerate(claims)]
    if not lemmas:
        raise RocqError("it does not speak of the format")
    if holds:
        return tuple(Enumerated(f"{lemma.name}_holds", True, lemma.definition() + lemma.proof()) for lemma in lemmas)
    name = f"{lemmas[0].name}_fails"
    *first, all_hold = [lemma.computed for lemma in lemmas]
    for computed in reversed(first):
        all_hold = f"if {computed} then {all_hold} else false"
    proof = f"Theorem {name} : ({all_hold}) = false.\nProof. vm_cast_no_check (eq_refl false). Qed.\n\nPrint Assumptions {name}.\n"
    return (Enumerated(name, False, "".join(lemma.definition() for lemma in lemmas) + proof),)


def theorems(parts: Sequence[Enumerated]) -> str:
    """A file of theorems, each followed by its assumptions; it needs nothing but Rocq's standard library."""
    head = "\nFrom Coq Require Import ZArith Bool List.\nImport ListNotations.\nLocal Open Scope Z_scope.\n"
    return standing_alone(["Exact"], head + "".join(part.text for part in parts))


class _Lemma:
    """A claim as a function of its variables to bool, and its values for all of them.

    Networks are written out. Where a weight is no float, the function is `unfounded`: false in a theorem that the claim holds, true in one that it
    fails, so that neither follows.
    """

    def __init__(self, claim: Claim, unfounded: bool, number: int) -> None:
        if not claim.variables:
            raise RocqError("it has no variables")
        self.claim, self.unfounded = claim, str(unfounded).lower()
        self.name = f"{re.sub(r'[^A-Za-z0-9_]', '_', claim.lemma.name)}_{number}"
        self.texts = {id(variable): f"v{i}" for i, variable in enumerate(claim.variables)}
        self.variables = list(self.texts.values())
        self.lists, counts = zip(*(_values(variable, claim) for variable in claim.variables), strict=True)
        if prod(counts) > MOST_CASES:
            raise RocqError(f"it has {prod(counts)} inputs, and at most {MOST_CASES} are enumerated")
        self.known: dict[str, str] = {}
        self.body = self.conditions()

    def values(self, listed: str) -> str:
        """The name of a list of values, which the kernel's machine then computes once."""
        return self.known.setdefault(listed, f"{self.name}_values{len(self.known)}")

    @property
    def computed(self) -> str:
        """The function at all values."""
        nested = f"{self.name} {' '.join(self.variables)}"
        for variable, values in zip(reversed(self.variables), reversed(self.lists), strict=True):
            nested = f"all (fun {variable} => {nested}) {self.values(values)}"
        return nested

    def definition(self) -> str:
        types = " ".join(f"({v} : {_type(t)})" for v, t in zip(self.variables, self.claim.variables, strict=True))
        head = f"\n(** {self.claim.lemma.name}, {_plain(self.claim.scope)} *)\n"
        for values in self.lists:
            self.values(values)
        lists = "".join(f"Definition {name} := {values}.\n" for values, name in self.known.items())
        return f"{head}{lists}Definition {self.name} {types} : bool :=\n{self.body}.\n\n"

    def proof(self) -> str:
        quantified = " ".join(f"forall {v}, In {v} {values} ->" for v, values in zip(self.variables, self.lists, strict=True))
        proof = "computed"
        for variable in self.variables:
            proof = f"(all_in _ _ {proof} {variable} in_{variable})"
        given = " ".join(f"{variable} in_{variable}" for variable in self.variables)
        text = f"Theorem {self.name}_holds : {quantified} {self.name} {' '.join(self.variables)} = true.\nProof.\n"
        text += f"  assert (computed : {self.computed} = true) by (vm_cast_no_check (eq_refl true)).\n"
        return text + f"  intros {given}; exact {proof}.\nQed.\n\nPrint Assumptions {self.name}_holds.\n"

    def conditions(self) -> str:
        """The assumptions, then the conclusions, one after the other; what stands after a false one is not computed."""
        middle = len(self.claim.assumptions)
        given = (*self.claim.assumptions, *self.claim.conclusions)
        weights = [[t for t in ordered([condition]) if t.op is Op.WEIGHT] for condition in given]
        written = expanded(replace(self.claim, assumptions=tuple(t for some in weights for t in some), conclusions=given))
        free = free_variables((*written.assumptions, *written.conclusions))
        self.shared = _shared((*written.assumptions, *written.conclusions), free, self.claim)
        rest, checked = iter(written.assumptions), set[Term]()
        lines: list[str] = []
        for i, (some, condition) in enumerate(zip(weights, written.conclusions, strict=True)):
            for weight in [next(rest) for _ in some]:
                if weight.op is Op.WEIGHT and weight not in checked and not _is_listed(*weight.args):
                    checked.add(weight)
                    if not free[weight] <= set(self.claim.variables):
                        raise RocqError(f"a {weight.data} depends on a variable of exists: {show(weight)[:60]}")
                    lines += self.lets(weight)
                    lines.append(f"if negb ({self.checked(weight)}) then {self.unfounded} else")
            lines += self.lets(condition)
            lines.append(f"if negb {self.texts[id(condition)]} then {'true' if i < middle else 'false'} else")
        return "".join(f"  {line}\n" for line in lines) + "  true"

    def checked(self, weight: Term) -> str:
        """That a weight is a float; that an input, or an upstream, is a value."""
        x, F = weight.args
        return f"{'is_float' if weight.data == 'weight' else 'is_value'} {self.texts[id(F)]} {self.texts[id(x)]}"

    def lets(self, root: Term) -> list[str]:
        """Fills `texts` up to the root; what is used more than once is named, in lines."""
        lines = []
        for term in ordered([root]):
            if id(term) in self.texts:
                continue
            if term.op is not Op.ROUND and any(a.op is Op.SQRT for a in term.args):
                raise RocqError(f"a root is translated where it is rounded, and nowhere else: {show(term)[:60]}")
            text = self.operation(term, [self.texts[id(a)] for a in term.args])
            if len(text) > MOST_TEXT or len(self.texts) > MOST_TERMS:
                raise RocqError("it is too large when every term is written out")
            if term in self.shared:
                name = f"t{len(self.texts)}"
                lines.append(f"let {name} := {text} in")
                text = name
            self.texts[id(term)] = text
        return lines

    def operation(self, term: Term, args: list[str]) -> str:
        op = term.op
        if op in (Op.FORMAT, Op.MODE):
            return format_term(term.data) if op is Op.FORMAT else str(term.data.value).replace("-", "_")
        if op is Op.VARIABLE:
            return f"w{len(self.texts)}"
        text = self.call(term, args)
        arithmetic = (Op.NEGATE, Op.ABSOLUTE, Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.MINIMUM, Op.MAXIMUM, Op.POWER)
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
                exact = f"(root {args[1]} {args[0]})" if term.args[0].op is Op.SQRT else args[0]
                return f"(fl {args[1]} {args[2]} {exact})"
            case Op.SQRT | Op.WEIGHT:
                return args[0]
            case Op.AND:
                return f"({''.join(f'if {a} then ' for a in args[:-1])}{args[-1]}{' else false' * (len(args) - 1)})"
            case Op.OR:
                return f"({''.join(f'if {a} then true else ' for a in args[:-1])}{args[-1]})"
            case Op.IF:
                return f"(if {args[0]} then {args[1]} else {args[2]})"
            case Op.EXISTS:
                return f"(any (fun {args[0]} => {args[1]}) {self.values(_values(term.args[0], self.claim)[0])})"
        if term.op in _OF_FORMAT:
            return f"({_OF_FORMAT[term.op]} {args[1]} {args[0]})"
        if term.op in _PLAIN:
            return f"({_PLAIN[term.op]} {' '.join(args)})"
        raise RocqError(f"{term.op} is not translated: {show(term)[:80]}")


def _shared(roots: Sequence[Term], free: Mapping[Term, Set[Term]], claim: Claim) -> set[Term]:
    """What is used more than once, is no leaf, and depends on no variable of exists."""
    uses = Counter(a for term in ordered(roots) for a in term.args)
    return {t for t, n in uses.items() if n > 1 and t.args and t.op not in (Op.VARIABLE, Op.SQRT, Op.WEIGHT) and free[t] <= set(claim.variables)}


def _is_listed(x: Term, F: Term) -> bool:
    """Whether x is a variable that ranges over the finite floats of F, so that it need not be asked."""
    return x.op is Op.VARIABLE and x.variable.domain is Domain.FLOAT and x.args[0].data == F.data


def _type(variable: Term) -> str:
    return "bool" if variable.type is Type.BOOL else "real"


def _values(variable: Term, claim: Claim) -> tuple[str, int]:
    """The list of a variable's values, and its length; of an integer those within the bounds that the assumptions name."""
    domain = variable.variable.domain
    if domain is Domain.BOOL:
        return "truths", 2
    if domain is Domain.INT:
        low, high = bounds(claim, variable)
        if low is None or high is None:
            raise RocqError(f"{variable.variable.name} is an Int without bounds")
        return f"(integers ({low}) ({high}))", max(0, high - low + 1)
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
