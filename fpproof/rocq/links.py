"""Ties of lemmas to theorems: `@lemma(rocq="Fpproof.Order.neutral_sum")`.

A lemma whose operations are fl of sums, differences and products of floats is translated to a statement about the library's operations, for every
precision and every exponent range. The tie holds if Rocq takes the theorem for a proof of that statement. So a lemma cannot be tied to a theorem that
says something else, or less.
"""

import re
from dataclasses import dataclass

from fpproof.errors import FpproofError
from fpproof.formats import Format, Mode, ieee_like
from fpproof.rocq.coqc import LIMIT, Answer, RocqError, run
from fpproof.rocq.library import MODULES, standing_alone
from fpproof.theory import Lemma
from fpproof.theory.terms import Domain, Op, Term, Type, ordered, show

FORMATS = (ieee_like(2, 3), ieee_like(3, 4), ieee_like(2, 5))
"""Where a tied lemma's instances are computed and compared with enumeration."""

MOST_CASES = 1 << 17
_NAME = re.compile(r"Fpproof\.(\w+)\.(\w+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tie:
    """What Rocq says of a tie: whether the theorem exists, proves the lemma's statement, and what it assumes; `instances` are the lemma's truth
    in FORMATS as Rocq computes it (None where there are too many inputs), `reason` why the tie does not hold."""

    theorem: str
    exists: bool
    proves: bool
    assumptions: str
    instances: tuple[bool | None, ...]
    reason: str
    version: str
    seconds: float


def tie(lemma: Lemma, limit: float = LIMIT) -> Tie:
    """What Rocq says of the tie of a lemma; RocqError for a name that is none of the library's theorems, or a lemma that is not translated."""
    match = _NAME.fullmatch(lemma.rocq)
    if match is None or match[1] not in MODULES:
        raise RocqError(f"lemma {lemma.name}: rocq names no theorem of the library: {lemma.rocq[:60]!r}", lemma.place, "write Fpproof.MODULE.THEOREM")
    try:
        statement = _Statement(lemma)
        text, computed = statement.text(), statement.instances()
    except FpproofError as error:
        raise RocqError(f"lemma {lemma.name} is not translated: {error.message}", lemma.place) from None
    head = "\nFrom Coq Require Import ZArith Bool List SpecFloat.\nImport ListNotations.\nLocal Open Scope Z_scope.\n"
    first = f"{head}Check {lemma.rocq}.\nPrint Assumptions {lemma.rocq}.\n{computed}Definition statement : Prop :=\n  {text}.\n"
    last = f"Theorem tied : statement.\nProof. exact {lemma.rocq}. Qed.\nPrint Assumptions tied.\n"
    answer = run(standing_alone([match[1]], first + last), limit)
    return _understood(lemma, answer)


def _understood(lemma: Lemma, answer: Answer) -> Tie:
    complaint = " ".join(answer.complaint.split())
    exists = answer.accepted or "The reference" not in complaint or lemma.rocq not in complaint
    if not answer.accepted and exists and "while it is expected to have type" not in complaint:
        raise RocqError(f"lemma {lemma.name}: coqc fails: {complaint[:400]}", lemma.place)
    reason = "" if answer.accepted else "it says something else than the lemma" if exists else "there is no such theorem"
    assumptions = answer.assumptions[0] if answer.assumptions else ""
    flat = " ".join(answer.output.split())
    found = re.findall(r"= (Some true|Some false|None) : option bool", flat)
    instances = tuple({"Some true": True, "Some false": False, "None": None}[word] for word in found)
    return Tie(lemma.rocq, exists, answer.accepted, assumptions, instances, reason, answer.version, answer.seconds)


class _Statement:
    """A lemma about the floats of F, in the library's operations."""

    def __init__(self, lemma: Lemma) -> None:
        if lemma.requires or len(lemma.format_parameters) > 1 or lemma.mode_parameters:
            raise RocqError("requirements, and parameters that are formats or modes, are not translated")
        self.lemma = lemma
        self.names: dict[int, str] = {}
        for i, variable in enumerate(lemma.variables):
            if variable.variable.domain is not Domain.FLOAT or variable.args[0].op is not Op.VARIABLE:
                raise RocqError(f"{variable.variable.name} is no Float of F")
            self.names[id(variable)] = f"v{i}"

    def text(self) -> str:
        """For every precision and exponent range, for all finite floats."""
        floats = " ".join(f"forall {v}, valid_binary prec emax {v} = true -> is_finite {v} = true ->" for v in self.names.values())
        assumed = "".join(f"{self.condition(c)} = true -> " for c in self.lemma.assumes)
        shown = " /\\ ".join(f"{self.condition(c)} = true" for c in self.lemma.shows)
        return f"forall prec emax, 0 < prec -> prec < emax -> {floats} {assumed}{shown}"

    def instances(self) -> str:
        """The statement as a computation, in each of FORMATS."""
        assumed = "".join(f"if {self.condition(c)} then " for c in self.lemma.assumes)
        shown = " && ".join(self.condition(c) for c in self.lemma.shows)
        body = assumed + shown + " else true" * len(self.lemma.assumes)
        for name in reversed(self.names.values()):
            body = f"forallb (fun {name} => {body}) numbers"
        lines = [f"Definition instance prec emax numbers := {body}.\n"]
        for F in FORMATS:
            prec, emax = F.precision, F.emax + 1
            few = int(F.finite_count) ** len(self.names) <= MOST_CASES
            lines.append(f"Eval vm_compute in {f'Some (instance {prec} {emax} {_numbers(F)})' if few else '@None bool'}.\n")
        return "".join(lines)

    def condition(self, root: Term) -> str:
        texts: dict[int, str] = {}
        for term in ordered([root]):
            texts[id(term)] = self.operation(term, texts)
        return texts[id(root)]

    def operation(self, term: Term, texts: dict[int, str]) -> str:
        """The text of a term; of an exact operation, which has none by itself, what fl makes of it."""
        args = [texts[id(a)] for a in term.args]
        match term.op:
            case Op.VARIABLE if term.type is Type.FORMAT:
                return "(ieee prec emax)"
            case Op.VARIABLE if id(term) in self.names:
                return self.names[id(term)]
            case Op.CONSTANT if term.data == 0:
                return "(S754_zero false)"
            case Op.MODE if term.data is Mode.NEAREST_EVEN:
                return ""
            case Op.NEGATE if _is_float(term.args[0]):
                return f"(SFopp {args[0]})"
            case Op.ADD | Op.SUBTRACT | Op.MULTIPLY if all(map(_is_float, term.args)) and term.data is None:
                second = f"(SFopp {args[1]})" if term.op is Op.SUBTRACT else args[1]
                return f"{'mul' if term.op is Op.MULTIPLY else 'add'} (ieee prec emax) {args[0]} {second}"
            case Op.ROUND if term.args[0].op in (Op.ADD, Op.SUBTRACT, Op.MULTIPLY):
                return f"({args[0]})"
            case Op.EQUAL if all(map(_is_float, term.args)):
                return f"(SFeqb {args[0]} {args[1]})"
            case Op.AND:
                return f"({' && '.join(args)})"
        raise RocqError(f"{show(term)[:80]}")


def _is_float(term: Term) -> bool:
    """Whether a term is a value of F by its form: a variable, 0, an fl, or the negative of one."""
    zero = term.op is Op.CONSTANT and term.data == 0
    return zero or term.op is Op.VARIABLE or (term.op is Op.ROUND) or (term.op is Op.NEGATE and _is_float(term.args[0]))


def _numbers(F: Format) -> str:
    """All finite floats of F as a term."""
    decoded = f"decode (ieee {F.precision} {F.emax + 1}) {F.width} (Z.of_nat c)"
    return f"(flat_map (fun c => match {decoded} with Some x => if is_finite x then [x] else [] | None => [] end) (seq 0 {1 << F.width}))"
