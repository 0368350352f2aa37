"""Terms as SMT-LIB 2 text in QF_BV, which z3, Bitwuzla and cvc5 read."""

import re
from collections import Counter
from collections.abc import Sequence

from fpproof.encodings.terms import Op, Term, ordered, variables

PREFIX = "v."
_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*", re.ASCII)
_DEEPEST = 20
"""Levels of parentheses before a definition is made: the solvers' parsers recurse."""

_TRUTH = {Op.AND: "and", Op.OR: "or", Op.XOR: "xor", Op.NOT: "not", Op.EQUAL: "=", Op.ITE: "ite"}
_BITS = {
    Op.CONCAT: "concat", Op.ADD: "bvadd", Op.SUBTRACT: "bvsub", Op.MULTIPLY: "bvmul", Op.DIVIDE: "bvudiv", Op.REMAINDER: "bvurem",
    Op.NEGATE: "bvneg", Op.AND: "bvand", Op.OR: "bvor", Op.XOR: "bvxor", Op.NOT: "bvnot", Op.SHIFT_LEFT: "bvshl",
    Op.SHIFT_RIGHT: "bvlshr", Op.LESS: "bvult", Op.SIGNED_LESS: "bvslt", Op.EQUAL: "=", Op.ITE: "ite",
}  # fmt: skip


def query(assertions: Sequence[Term]) -> str:
    """A whole script that asks whether all assertions can hold: declarations, shared terms as definitions, assertions.

    The same assertions give the same text in every run.
    """
    for assertion in assertions:
        if assertion.width:
            raise TypeError("an assertion must be a truth value")
    lines = ["(set-logic QF_BV)"]
    lines += [f"(declare-const {symbol(str(v.data))} {_sort(v.width)})" for v in variables(assertions)]
    uses = Counter(id(argument) for term in ordered(assertions) for argument in term.args)
    texts: dict[int, str] = {}
    depths: dict[int, int] = {}
    for term in ordered(assertions):
        text = _text(term, [texts[id(a)] for a in term.args])
        depth = 1 + max((depths[id(a)] for a in term.args), default=-1)
        if term.args and (uses[id(term)] > 1 or depth > _DEEPEST):
            name = f"${len(lines)}"
            lines.append(f"(define-fun {name} () {_sort(term.width)} {text})")
            text, depth = name, 0
        texts[id(term)], depths[id(term)] = text, depth
    lines += [f"(assert {texts[id(assertion)]})" for assertion in assertions]
    return "\n".join([*lines, "(check-sat)", ""])


def symbol(name: str) -> str:
    """A variable's name as SMT-LIB writes it; the prefix keeps it apart from the names of the logic (true, concat)."""
    return f"{PREFIX}{name}" if _SIMPLE.fullmatch(name) else f"|{PREFIX}{name}|"


def _sort(width: int) -> str:
    return f"(_ BitVec {width})" if width else "Bool"


def _text(term: Term, args: list[str]) -> str:
    width = term.width
    match term.op:
        case Op.CONSTANT:
            return f"(_ bv{term.data} {width})" if width else ("true" if term.data else "false")
        case Op.VARIABLE:
            return symbol(str(term.data))
        case Op.EXTRACT:
            return f"((_ extract {int(term.data) + width - 1} {term.data}) {args[0]})"
        case Op.ZERO_EXTEND | Op.SIGN_EXTEND:
            kind = "zero_extend" if term.op is Op.ZERO_EXTEND else "sign_extend"
            return f"((_ {kind} {width - term.args[0].width}) {args[0]})"
        case Op.ITE:
            return f"(ite {' '.join(args)})"
        case _:
            names = _BITS if term.args[0].width else _TRUTH
            return f"({names[term.op]} {' '.join(args)})"
