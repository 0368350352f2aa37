"""Bit-vector terms: immutable, made once, folded as they are made.

A term has an operation, arguments, data (what is no term) and a width in bits; width 0 is a truth value. Equal terms are one
object, so a formula is a graph without cycles, and `is` compares. What every operation means is `meaning`, on Python integers;
it is that of SMT-LIB's QF_BV. Widths are checked when a term is made: a wrong one is a bug of ours, hence a TypeError.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from weakref import WeakValueDictionary

from fpproof.encodings.errors import EncodingError

LONGEST_CONSTANT = 14_000
"""Bits; they are written in decimal, and Python writes at most 4300 digits."""


class Op(StrEnum):
    """The operations; after the dash, the data of each. AND, OR, XOR, NOT, EQUAL and ITE are for truth values too."""

    CONSTANT = "constant"  # - its value
    VARIABLE = "variable"  # - its name
    EXTRACT = "extract"  # - the lowest bit taken
    CONCAT = "concat"  # the first argument is the high part
    ZERO_EXTEND = "zero-extend"
    SIGN_EXTEND = "sign-extend"
    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    DIVIDE = "divide"  # unsigned; x / 0 is all ones
    REMAINDER = "remainder"  # unsigned; of x by 0 it is x
    NEGATE = "negate"
    AND = "and"
    OR = "or"
    XOR = "xor"
    NOT = "not"
    SHIFT_LEFT = "shift-left"
    SHIFT_RIGHT = "shift-right"  # logical
    LESS = "less"  # unsigned
    SIGNED_LESS = "signed-less"
    EQUAL = "equal"
    ITE = "ite"


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Term:
    """One operation on terms; made by the functions of this module only."""

    op: Op
    args: tuple["Term", ...]
    data: int | str
    width: int
    digest: bytes = field(init=False)
    """A hash of the whole term, the same in every run: the order of operands must not depend on what was built before."""

    def __post_init__(self) -> None:
        text = f"{self.op.value} {self.data!r} {self.width}".encode()
        object.__setattr__(self, "digest", hashlib.blake2b(b"".join((text, *(a.digest for a in self.args))), digest_size=12).digest())

    def __repr__(self) -> str:
        kind = "truth value" if self.width == 0 else f"{self.width} bits"
        return f"<{self.op.value}{f' {self.data}' if self.op in (Op.CONSTANT, Op.VARIABLE) else ''}, {kind}>"

    def __add__(self, other: "Term | int") -> "Term":
        return _add(self, _operand(self, other))

    def __sub__(self, other: "Term | int") -> "Term":
        return _subtract(self, _operand(self, other))

    def __mul__(self, other: "Term | int") -> "Term":
        return _multiply(self, _operand(self, other))

    def __neg__(self) -> "Term":
        return constant(0, self.width) - self

    def __and__(self, other: "Term | int") -> "Term":
        return _and(self, _operand(self, other))

    def __or__(self, other: "Term | int") -> "Term":
        return _or(self, _operand(self, other))

    def __xor__(self, other: "Term | int") -> "Term":
        return _xor(self, _operand(self, other))

    def __invert__(self) -> "Term":
        return _not(self)

    def __bool__(self) -> bool:
        raise TypeError("a term has no truth value: use &, | and ~, or look for `is TRUE`")


_TERMS: WeakValueDictionary[tuple[object, ...], Term] = WeakValueDictionary()


def _make(op: Op, args: tuple[Term, ...], width: int, data: int | str = 0) -> Term:
    """The one term of an operation; folded if all arguments are constants."""
    if args and all(a.op is Op.CONSTANT for a in args):
        return constant(meaning(op, width, data, args, [int(a.data) for a in args]), width)
    key = (op, args, width, data)
    term = _TERMS.get(key)
    if term is None:
        _TERMS[key] = term = Term(op, args, data, width)
    return term


def meaning(op: Op, width: int, data: int | str, args: tuple[Term, ...], values: list[int]) -> int:
    """The value of an operation on the values of its arguments (of which only the widths matter)."""
    full = (1 << width) - 1 if width else 1
    x, y, z = (*values, 0, 0, 0)[:3]
    match op:
        case Op.EXTRACT:
            return (x >> int(data)) & full
        case Op.CONCAT:
            return (x << args[1].width) | y
        case Op.ZERO_EXTEND:
            return x
        case Op.SIGN_EXTEND:
            return signed(x, args[0].width) & full
        case Op.ADD:
            return (x + y) & full
        case Op.SUBTRACT:
            return (x - y) & full
        case Op.MULTIPLY:
            return (x * y) & full
        case Op.DIVIDE:
            return x // y if y else full
        case Op.REMAINDER:
            return x % y if y else x
        case Op.NEGATE:
            return -x & full
        case Op.AND:
            return x & y
        case Op.OR:
            return x | y
        case Op.XOR:
            return x ^ y
        case Op.NOT:
            return x ^ full
        case Op.SHIFT_LEFT:
            return (x << min(y, width)) & full
        case Op.SHIFT_RIGHT:
            return x >> min(y, width)
        case Op.LESS:
            return int(x < y)
        case Op.SIGNED_LESS:
            return int(signed(x, args[0].width) < signed(y, args[0].width))
        case Op.EQUAL:
            return int(x == y)
        case Op.ITE:
            return y if x else z
        case Op.CONSTANT | Op.VARIABLE:
            raise TypeError(f"{op} has no arguments")


def signed(value: int, width: int) -> int:
    """A two's complement pattern as the integer it stands for."""
    return value - (1 << width) if value >> (width - 1) else value


# Leaves


def constant(value: int, width: int) -> Term:
    """A constant; the value is taken modulo 2^width (width 0: a truth value). Raises EncodingError for one that is too long for solvers."""
    found = value & ((1 << width) - 1) if width else int(bool(value))
    if found >> LONGEST_CONSTANT:
        raise EncodingError(f"a constant of {found.bit_length()} bits, at most {LONGEST_CONSTANT} are written for solvers")
    return _make(Op.CONSTANT, (), width, found)


def truth(value: bool) -> Term:
    return constant(value, 0)


_NAME = re.compile(r"[^|\\\s$][^|\\\s]*", re.ASCII)


def variable(name: str, width: int) -> Term:
    """A variable; the width 0 makes a truth variable. Two widths under one name are an error of whoever builds the formula."""
    if not _NAME.fullmatch(name):
        raise TypeError(f"{name!r} cannot name a variable: no blanks, bars, backslashes, and no $ at the start")
    return _make(Op.VARIABLE, (), width, name)


TRUE = truth(True)
FALSE = truth(False)


def _operand(x: Term, y: Term | int) -> Term:
    """A second operand of the same width; integers become constants."""
    if isinstance(y, int):
        return constant(y, x.width)
    if x.width != y.width:
        raise TypeError(f"operands of {x.width} and {y.width} bits")
    return y


def is_constant(x: Term, value: int) -> bool:
    return x.op is Op.CONSTANT and x.data == value


def _ordered(x: Term, y: Term) -> tuple[Term, Term]:
    """The operands of a commutative operation in their one order, a constant last."""
    if x.op is Op.CONSTANT or (y.op is not Op.CONSTANT and y.digest < x.digest):
        return y, x
    return x, y


# Parts


def extract(x: Term, high: int, low: int) -> Term:
    """Bits high to low, both included; bit 0 is the lowest."""
    if not 0 <= low <= high < x.width:
        raise TypeError(f"bits {high} to {low} of {x.width}")
    width = high - low + 1
    if width == x.width:
        return x
    match x.op:
        case Op.EXTRACT:
            return extract(x.args[0], high + int(x.data), low + int(x.data))
        case Op.CONCAT:
            middle = x.args[1].width
            if high < middle:
                return extract(x.args[1], high, low)
            if low >= middle:
                return extract(x.args[0], high - middle, low - middle)
        case Op.ZERO_EXTEND:
            inner = x.args[0]
            if low >= inner.width:
                return constant(0, width)
            return zero_extend(extract(inner, min(high, inner.width - 1), low), width)
    return _make(Op.EXTRACT, (x,), width, low)


def bit(x: Term, index: int) -> Term:
    """One bit as a truth value."""
    return equal(extract(x, index, index), constant(1, 1))


def concat(*parts: Term) -> Term:
    """The parts side by side, the first highest; parts of width 0 are no bits and are refused."""
    return reduce(_concat, parts)


def _concat(x: Term, y: Term) -> Term:
    if not x.width or not y.width:
        raise TypeError("a truth value has no bits")
    if is_constant(x, 0):
        return zero_extend(y, x.width + y.width)
    return _make(Op.CONCAT, (x, y), x.width + y.width)


def zero_extend(x: Term, width: int) -> Term:
    """x with zeros in front, of the width given."""
    if not 0 < x.width <= width:
        raise TypeError(f"{x.width} bits extended to {width}")
    if x.width == width:
        return x
    return zero_extend(x.args[0], width) if x.op is Op.ZERO_EXTEND else _make(Op.ZERO_EXTEND, (x,), width)


def sign_extend(x: Term, width: int) -> Term:
    """x in two's complement, of the width given."""
    if not 0 < x.width <= width:
        raise TypeError(f"{x.width} bits extended to {width}")
    return x if x.width == width else _make(Op.SIGN_EXTEND, (x,), width)


def as_bit(condition: Term) -> Term:
    """A truth value as one bit."""
    return ite(condition, constant(1, 1), constant(0, 1))


# Arithmetic modulo 2^width


def _add(x: Term, y: Term) -> Term:
    x, y = _ordered(x, y)
    if is_constant(y, 0):
        return x
    if y.op is Op.CONSTANT and x.op is Op.ADD and x.args[1].op is Op.CONSTANT:
        return x.args[0] + (int(x.args[1].data) + int(y.data))
    return _make(Op.ADD, (x, y), x.width)


def _subtract(x: Term, y: Term) -> Term:
    if x is y:
        return constant(0, x.width)
    if y.op is Op.CONSTANT:
        return x + -int(y.data)
    return _make(Op.NEGATE, (y,), x.width) if is_constant(x, 0) else _make(Op.SUBTRACT, (x, y), x.width)


def _multiply(x: Term, y: Term) -> Term:
    x, y = _ordered(x, y)
    if y.op is Op.CONSTANT:
        factor = int(y.data)
        if factor == 0:
            return y
        if factor & (factor - 1) == 0:
            return shift_left(x, constant(factor.bit_length() - 1, x.width)) if factor > 1 else x
    return _make(Op.MULTIPLY, (x, y), x.width)


def divide(x: Term, y: Term) -> Term:
    """The unsigned quotient, cut; x / 0 is all ones."""
    return _make(Op.DIVIDE, (x, _operand(x, y)), x.width)


def remainder(x: Term, y: Term) -> Term:
    """The unsigned remainder; by 0 it is x."""
    return _make(Op.REMAINDER, (x, _operand(x, y)), x.width)


# Bit by bit, and on truth values


def _full(x: Term) -> int:
    return (1 << x.width) - 1 if x.width else 1


def _opposite(x: Term, y: Term) -> bool:
    return (x.op is Op.NOT and x.args[0] is y) or (y.op is Op.NOT and y.args[0] is x)


def _and(x: Term, y: Term) -> Term:
    x, y = _ordered(x, y)
    if x is y or is_constant(y, _full(y)):
        return x
    if is_constant(y, 0) or _opposite(x, y):
        return constant(0, x.width)
    return _make(Op.AND, (x, y), x.width)


def _or(x: Term, y: Term) -> Term:
    x, y = _ordered(x, y)
    if x is y or is_constant(y, 0):
        return x
    if is_constant(y, _full(y)) or _opposite(x, y):
        return constant(_full(x), x.width)
    return _make(Op.OR, (x, y), x.width)


def _xor(x: Term, y: Term) -> Term:
    x, y = _ordered(x, y)
    if x is y:
        return constant(0, x.width)
    if is_constant(y, 0):
        return x
    return ~x if is_constant(y, _full(y)) else _make(Op.XOR, (x, y), x.width)


def _not(x: Term) -> Term:
    return x.args[0] if x.op is Op.NOT else _make(Op.NOT, (x,), x.width)


def all_of(conditions: Iterable[Term]) -> Term:
    return reduce(_and, conditions, TRUE)


def any_of(conditions: Iterable[Term]) -> Term:
    return reduce(_or, conditions, FALSE)


def implies(premise: Term, conclusion: Term) -> Term:
    return ~premise | conclusion


# Shifts by a term of the same width; zeros come in


def shift_left(x: Term, amount: Term) -> Term:
    amount = _operand(x, amount)
    if amount.op is not Op.CONSTANT:
        return _make(Op.SHIFT_LEFT, (x, amount), x.width)
    n = int(amount.data)
    if n == 0:
        return x
    return constant(0, x.width) if n >= x.width else concat(extract(x, x.width - 1 - n, 0), constant(0, n))


def shift_right(x: Term, amount: Term) -> Term:
    amount = _operand(x, amount)
    if amount.op is not Op.CONSTANT:
        return _make(Op.SHIFT_RIGHT, (x, amount), x.width)
    n = int(amount.data)
    return constant(0, x.width) if n >= x.width else zero_extend(extract(x, x.width - 1, n), x.width)


# Comparisons


def less(x: Term, y: Term | int) -> Term:
    """x < y, unsigned."""
    y = _operand(x, y)
    if x is y or is_constant(y, 0) or is_constant(x, _full(x)):
        return FALSE
    return _make(Op.LESS, (x, y), 0)


def less_equal(x: Term, y: Term | int) -> Term:
    """x <= y, unsigned."""
    return ~less(_operand(x, y), x)


def signed_less(x: Term, y: Term | int) -> Term:
    """x < y in two's complement."""
    y = _operand(x, y)
    return FALSE if x is y else _make(Op.SIGNED_LESS, (x, y), 0)


def equal(x: Term, y: Term | int) -> Term:
    x, y = _ordered(x, _operand(x, y))
    if x is y:
        return TRUE
    if x.width == 0 and y.op is Op.CONSTANT:
        return x if y.data else ~x
    if _opposite(x, y):
        return FALSE
    return _make(Op.EQUAL, (x, y), 0)


def ite(condition: Term, then: Term, otherwise: Term | int) -> Term:
    """`then` where the condition holds, else `otherwise`."""
    otherwise = _operand(then, otherwise)
    if condition.width:
        raise TypeError("a condition must be a truth value")
    if condition.op is Op.CONSTANT:
        return then if condition.data else otherwise
    if then is otherwise:
        return then
    if condition.op is Op.NOT:
        return ite(condition.args[0], otherwise, then)
    if then.width == 0:
        if then.op is Op.CONSTANT:
            return condition | otherwise if then.data else ~condition & otherwise
        if otherwise.op is Op.CONSTANT:
            return ~condition | then if otherwise.data else condition & then
    return _make(Op.ITE, (condition, then, otherwise), then.width)


# Walking


def ordered(roots: Iterable[Term]) -> list[Term]:
    """All terms below the roots, each once, arguments before what uses them; without recursion."""
    seen: set[int] = set()
    found: list[Term] = []
    for root in roots:
        stack: list[tuple[Term, Iterator[Term]]] = []
        if id(root) not in seen:
            seen.add(id(root))
            stack.append((root, iter(root.args)))
        while stack:
            term, rest = stack[-1]
            for argument in rest:
                if id(argument) not in seen:
                    seen.add(id(argument))
                    stack.append((argument, iter(argument.args)))
                    break
            else:
                found.append(term)
                stack.pop()
    return found


def variables(roots: Iterable[Term]) -> list[Term]:
    """The variables below the roots, in order of their first occurrence; TypeError if a name has two widths."""
    found = [term for term in ordered(roots) if term.op is Op.VARIABLE]
    names = [term.data for term in found]
    if len(set(names)) != len(names):
        raise TypeError(f"one name with two widths among {', '.join(map(str, names))}")
    return found
