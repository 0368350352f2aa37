"""Bit-vector terms as clauses: every bit a literal, every gate its Tseitin clauses.

Literals are numbers n and -n as in DIMACS; variable 1 is true. The circuits are ripple-carry adders, shift-and-add products, restoring division
and shifts by powers of two. Nothing here is shared with a solver.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fpproof.encodings.terms import Op, Term, ordered

TRUE = 1
Bits = list[int]
"""Literals, the lowest bit first; a truth value is one literal."""


@dataclass
class Clauses:
    """Clauses under construction; gates that are the same are one."""

    variables: int = 1
    clauses: list[tuple[int, ...]] = field(default_factory=lambda: [(TRUE,)])
    inputs: dict[tuple[str, int], int] = field(default_factory=dict)
    """(variable, bit) -> literal; a truth variable has bit 0."""
    _gates: dict[tuple[object, ...], int] = field(default_factory=dict)

    def new(self) -> int:
        self.variables += 1
        return self.variables

    def both(self, a: int, b: int) -> int:
        """a and b."""
        if a == b or b == TRUE:
            return a
        if a == TRUE:
            return b
        if a == -b or -TRUE in (a, b):
            return -TRUE
        key = ("and", min(a, b), max(a, b))
        if key not in self._gates:
            g = self._gates[key] = self.new()
            self.clauses += [(-g, a), (-g, b), (g, -a, -b)]
        return self._gates[key]

    def either(self, a: int, b: int) -> int:
        """a or b."""
        return -self.both(-a, -b)

    def differ(self, a: int, b: int) -> int:
        """a xor b."""
        if abs(a) == TRUE:
            return -b if a == TRUE else b
        if abs(b) == TRUE:
            return -a if b == TRUE else a
        if abs(a) == abs(b):
            return -TRUE if a == b else TRUE
        sign = (a < 0) != (b < 0)
        a, b = min(abs(a), abs(b)), max(abs(a), abs(b))
        key = ("xor", a, b)
        if key not in self._gates:
            g = self._gates[key] = self.new()
            self.clauses += [(-g, a, b), (-g, -a, -b), (g, -a, b), (g, a, -b)]
        return -self._gates[key] if sign else self._gates[key]

    def choose(self, c: int, a: int, b: int) -> int:
        """a if c else b."""
        if abs(c) == TRUE or a == b:
            return b if c == -TRUE else a
        if a == -b:
            return self.differ(c, b)
        if abs(a) == TRUE or abs(b) == TRUE:
            return self.either(self.both(c, a), self.both(-c, b))
        if c < 0:
            c, a, b = -c, b, a
        key = ("ite", c, a, b)
        if key not in self._gates:
            g = self._gates[key] = self.new()
            self.clauses += [(-c, -a, g), (-c, a, -g), (c, -b, g), (c, b, -g), (-a, -b, g), (a, b, -g)]
        return self._gates[key]

    def majority(self, a: int, b: int, c: int) -> int:
        """At least two of three."""
        return self.either(self.both(a, b), self.both(c, self.either(a, b)))

    # Circuits

    def add(self, x: Bits, y: Bits, carry: int = -TRUE) -> tuple[Bits, int]:
        """The sum modulo 2^width, and the carry out of it."""
        out: Bits = []
        for a, b in zip(x, y, strict=True):
            half = self.differ(a, b)
            out.append(self.differ(half, carry))
            carry = self.either(self.both(a, b), self.both(half, carry))
        return out, carry

    def less(self, x: Bits, y: Bits) -> int:
        """x < y, unsigned: no carry out of x + ~y + 1."""
        carry = TRUE
        for a, b in zip(x, y, strict=True):
            carry = self.majority(a, -b, carry)
        return -carry

    def equal(self, x: Bits, y: Bits) -> int:
        found = TRUE
        for a, b in zip(x, y, strict=True):
            found = self.both(found, -self.differ(a, b))
        return found

    def select(self, c: int, x: Bits, y: Bits) -> Bits:
        return [self.choose(c, a, b) for a, b in zip(x, y, strict=True)]

    def multiply(self, x: Bits, y: Bits) -> Bits:
        """Shift and add, modulo 2^width."""
        width = len(x)
        total: Bits = [-TRUE] * width
        for i, b in enumerate(y):
            if b != -TRUE:
                row = [self.both(a, b) for a in x[: width - i]]
                total = total[:i] + self.add(total[i:], row)[0]
        return total

    def divide(self, x: Bits, y: Bits) -> tuple[Bits, Bits]:
        """Quotient and remainder, restoring, as SMT-LIB has them: x / 0 is all ones, the remainder x."""
        wide = [*y, -TRUE]
        rest: Bits = [-TRUE] * len(wide)
        quotient: Bits = []
        for bit in reversed(x):
            rest = [bit, *rest[:-1]]
            fits = -self.less(rest, wide)
            difference, _ = self.add(rest, [-b for b in wide], TRUE)
            rest = self.select(fits, difference, rest)
            quotient.insert(0, fits)
        return quotient, rest[:-1]

    def shift(self, x: Bits, amount: Bits, left: bool) -> Bits:
        """Shifts by 1, 2, 4, ... where the amount's bits are set; any higher bit shifts everything out."""
        width = len(x)
        out = x
        far = -TRUE
        for i, b in enumerate(amount):
            if 1 << i >= width:
                far = self.either(far, b)
                continue
            n = 1 << i
            moved = [-TRUE] * n + out[:-n] if left else out[n:] + [-TRUE] * n
            out = self.select(b, moved, out)
        return [self.both(bit, -far) for bit in out]


def blast(assertions: Sequence[Term]) -> Clauses:
    """Clauses that can be met iff all assertions can."""
    clauses = Clauses()
    bits: dict[int, Bits] = {}
    for term in ordered(list(assertions)):
        bits[id(term)] = _bits(clauses, term, [bits[id(a)] for a in term.args])
    clauses.clauses += [(bits[id(assertion)][0],) for assertion in assertions]
    return clauses


def _bits(clauses: Clauses, term: Term, args: list[Bits]) -> Bits:
    width = max(1, term.width)
    x, y, z = (*args, [], [], [])[:3]
    match term.op:
        case Op.CONSTANT:
            return [TRUE if int(term.data) >> i & 1 else -TRUE for i in range(width)]
        case Op.VARIABLE:
            return [_input(clauses, str(term.data), i) for i in range(width)]
        case Op.EXTRACT:
            return x[int(term.data) : int(term.data) + width]
        case Op.CONCAT:
            return [*y, *x]
        case Op.ZERO_EXTEND:
            return x + [-TRUE] * (width - len(x))
        case Op.SIGN_EXTEND:
            return x + [x[-1]] * (width - len(x))
        case Op.ADD:
            return clauses.add(x, y)[0]
        case Op.SUBTRACT:
            return clauses.add(x, [-b for b in y], TRUE)[0]
        case Op.NEGATE:
            return clauses.add([-TRUE] * width, [-b for b in x], TRUE)[0]
        case Op.MULTIPLY:
            return clauses.multiply(x, y)
        case Op.DIVIDE:
            return clauses.divide(x, y)[0]
        case Op.REMAINDER:
            return clauses.divide(x, y)[1]
        case Op.AND:
            return [clauses.both(a, b) for a, b in zip(x, y, strict=True)]
        case Op.OR:
            return [clauses.either(a, b) for a, b in zip(x, y, strict=True)]
        case Op.XOR:
            return [clauses.differ(a, b) for a, b in zip(x, y, strict=True)]
        case Op.NOT:
            return [-b for b in x]
        case Op.SHIFT_LEFT | Op.SHIFT_RIGHT:
            return clauses.shift(x, y, term.op is Op.SHIFT_LEFT)
        case Op.LESS:
            return [clauses.less(x, y)]
        case Op.SIGNED_LESS:  # the order of two's complement is that of the patterns with the sign bit inverted
            return [clauses.less([*x[:-1], -x[-1]], [*y[:-1], -y[-1]])]
        case Op.EQUAL:
            return [clauses.equal(x, y)]
        case Op.ITE:
            return clauses.select(x[0], y, z)


def _input(clauses: Clauses, name: str, bit: int) -> int:
    if (name, bit) not in clauses.inputs:
        clauses.inputs[name, bit] = clauses.new()
    return clauses.inputs[name, bit]


def dimacs(clauses: Clauses, comments: Mapping[str, str] | None = None) -> str:
    """The clauses as a DIMACS file; comments say which variables are the bits of what."""
    lines = [f"c {name}: {text}" for name, text in (comments or {}).items()]
    lines.append(f"p cnf {clauses.variables} {len(clauses.clauses)}")
    lines += [" ".join(map(str, clause)) + " 0" for clause in clauses.clauses]
    return "\n".join(lines) + "\n"
