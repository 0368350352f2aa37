"""From syntax to terms: the meaning of expressions, with types checked on the way.

Names stand for values: a local name, a parameter of a @define, are replaced by what they are. `rounded` is lexical: it rounds
the operations that are written between its parentheses.
"""

import ast
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

from gmpy2 import mpq

from fpproof.errors import FpproofError, NumberError, Place, TheoryError
from fpproof.formats import Format, Mode, parse_format
from fpproof.formats.text import parse_rational
from fpproof.theory.entities import (
    DOMAINS,
    LANGUAGE,
    PYTHON_BUILTINS,
    STATEMENTS,
    Ambient,
    Assigned,
    Builtin,
    Constant,
    Definition,
    Entity,
    LayerValue,
    Module,
    TypeName,
    Value,
    describe,
    nearest,
    unknown,
)
from fpproof.theory.evaluate import FIELDS, FUNCTIONS, Failure, apply
from fpproof.theory.numbers import is_zero
from fpproof.theory.statement import AMBIENT
from fpproof.theory.terms import Domain, LayerShape, NetworkShape, Op, Pool, Term, Type, Variable

MOST_EXPANSIONS = 20_000
"""Expressions that the calls and ranges of a file may expand to, beyond those that are written in it."""
DEEPEST_CALLS = 30
LARGEST_EXPONENT = 1 << 20

_ARITHMETIC: dict[type[ast.operator], tuple[Op, str]] = {
    ast.Add: (Op.ADD, "+"),
    ast.Sub: (Op.SUBTRACT, "-"),
    ast.Mult: (Op.MULTIPLY, "*"),
    ast.Div: (Op.DIVIDE, "/"),
    ast.FloorDiv: (Op.FLOOR_DIVIDE, "//"),
    ast.Mod: (Op.REMAINDER, "%"),
    ast.Pow: (Op.POWER, "**"),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[Op, bool]] = {
    ast.Lt: (Op.LESS, False),
    ast.LtE: (Op.LESS_EQUAL, False),
    ast.Gt: (Op.LESS, True),
    ast.GtE: (Op.LESS_EQUAL, True),
}
"""Operation, and whether the sides change places."""
_OF_FORMAT = {"ulp": Op.ULP, "exponent": Op.EXPONENT, "significand": Op.SIGNIFICAND, "succ": Op.SUCC, "pred": Op.PRED, "is_float": Op.IS_FLOAT}
_REFUSED: dict[type[ast.AST], str] = {
    ast.Lambda: "a lambda stands in exists(...) only",
    ast.ListComp: "a list comprehension: write all(...), any(...) or sum(...) of a generator",
    ast.SetComp: "a set comprehension",
    ast.DictComp: "a dict comprehension",
    ast.GeneratorExp: "a generator stands in all(...), any(...) and sum(...) only",
    ast.Dict: "a dict",
    ast.Set: "a set",
    ast.JoinedStr: "a formatted text",
    ast.NamedExpr: "an assignment in an expression: give the name in a line of its own",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.Starred: "a star argument",
    ast.Slice: "a slice: write the components out",
}


@dataclass(slots=True)
class Scope:
    """Where an expression stands: its file, the local names, and what `rounded` it stands in (format and mode)."""

    module: Module
    locals: dict[str, Value]
    rounding: tuple[Term, Term] | None = None


@dataclass(slots=True)
class Allowance:
    """How many expressions may still be read; one for a file and what it imports."""

    left: int = MOST_EXPANSIONS


@dataclass
class Expressions:
    """Reads the expressions of one statement into one pool."""

    allowance: Allowance
    pool: Pool = field(default_factory=Pool)
    taken: set[str] = field(default_factory=set)
    """Names of variables; a bound one gets a name that is not taken."""
    active: list[Definition | Assigned] = field(default_factory=list)
    _memory: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    # Entry points

    def value(self, node: ast.expr, scope: Scope) -> Value:
        """The meaning of an expression; raises TheoryError with the place where it has none."""
        self.allowance.left -= 1
        if self.allowance.left < 0:
            raise self.error(f"calls and ranges expand to more than {MOST_EXPANSIONS} expressions", node, scope)
        reader = self._READERS.get(type(node))
        if reader is None:
            what = _REFUSED.get(type(node), f"this expression ({type(node).__name__})")
            raise self.error(f"no part of the language: {what}", node, scope)
        return reader(self, node, scope)

    def error(self, message: str, node: ast.AST, scope: Scope, hint: str | None = None) -> TheoryError:
        return TheoryError(message, scope.module.source.of(node), hint)

    def term(self, node: ast.expr, scope: Scope, *types: Type) -> Term:
        """The meaning of an expression that must be a term of one of the types."""
        return self.typed(self.value(node, scope), node, scope, *types)

    def typed(self, value: Value, node: ast.AST, scope: Scope, *types: Type) -> Term:
        if isinstance(value, Term) and value.type in types:
            return value
        expected = ("an " if types[0] is Type.INT else "a ") + types[0].value
        raise self.error(f"expected {expected}, found {describe(value)}", node, scope)

    def number(self, node: ast.expr, scope: Scope) -> Term:
        return self.term(node, scope, Type.NUMBER, Type.INT)

    def condition(self, node: ast.expr, scope: Scope) -> Term:
        return self.term(node, scope, Type.BOOL)

    def ambient(self) -> Term:
        return self.pool.variable(AMBIENT, Domain.FORMAT)

    def fresh(self, name: str) -> str:
        """A name for a bound variable that no other variable of the statement has."""
        chosen, n = name, 2
        while chosen in self.taken:
            chosen, n = f"{name}~{n}", n + 1
        self.taken.add(chosen)
        return chosen

    def place(self, node: ast.AST, scope: Scope) -> Place:
        return scope.module.source.of(node)

    # Leaves

    def _literal(self, node: ast.Constant, scope: Scope) -> Value:
        value, place = node.value, self.place(node, scope)
        if isinstance(value, bool):
            return self.pool.truth(value, place)
        if isinstance(value, int):
            return self.pool.constant(value, place)
        if isinstance(value, float):
            return self._exact(scope.module.source.segment(node).replace("_", ""), node, scope)
        what = "None" if value is None else {str: "a text", bytes: "bytes", complex: "a complex number"}.get(type(value), "this constant")
        raise self.error(f"expected a number or a condition, found {what}", node, scope)

    def _exact(self, text: str, node: ast.AST, scope: Scope) -> Term:
        """[E-Literal] A decimal or hex number, exactly as it is written."""
        try:
            value: Fraction = parse_rational(text)
        except NumberError as error:
            raise self.error(error.message, node, scope, error.hint) from None
        return self.pool.constant(mpq(value), self.place(node, scope), Type.NUMBER)

    def _name(self, node: ast.Name, scope: Scope) -> Value:
        if node.id in scope.locals:
            return scope.locals[node.id]
        entity = self.entity(node, scope)
        match entity:
            case Ambient():
                return self.ambient()
            case Constant(value=Format() as F):
                return self.pool.format(F, self.place(node, scope))
            case Constant(value=Mode() as mode):
                return self.pool.mode(mode, self.place(node, scope))
            case Constant(value=special):
                return self.pool.constant(special, self.place(node, scope))
            case Assigned():
                return self._assigned(entity, node, scope)
        raise self.error(f"expected a value, found {describe(entity)}", node, scope, "call it, with its arguments" if _callable(entity) else None)

    def entity(self, node: ast.Name, scope: Scope) -> Entity:
        """What a name of the file means."""
        names = scope.module.names
        if node.id in names:
            return names[node.id]
        if node.id in PYTHON_BUILTINS:
            return LANGUAGE[node.id]
        raise unknown(scope.module.source, node, node.id, [*scope.locals, *names, *PYTHON_BUILTINS])

    def _assigned(self, constant: Assigned, node: ast.AST, scope: Scope) -> Value:
        with self._entering(constant, constant.name, node, scope):
            found: Value = self._remembered((constant,), lambda: self.value(constant.node, Scope(constant.module, {})))
            return found

    def _remembered(self, key: tuple[Any, ...], read: Callable[[], Any]) -> Any:
        if key not in self._memory:
            self._memory[key] = read()
        return self._memory[key]

    @contextmanager
    def _entering(self, entity: Definition | Assigned, name: str, node: ast.AST, scope: Scope) -> Any:
        if entity in self.active:
            raise self.error(f"recursion: {name} is defined by itself", node, scope)
        if len(self.active) >= DEEPEST_CALLS:
            raise self.error(f"more than {DEEPEST_CALLS} calls in each other", node, scope)
        self.active.append(entity)
        try:
            yield
        finally:
            self.active.pop()

    # Arithmetic

    def _unary(self, node: ast.UnaryOp, scope: Scope) -> Value:
        if isinstance(node.op, ast.Not):
            return self.make(Op.NOT, self.condition(node.operand, scope), node=node, scope=scope)
        if isinstance(node.op, ast.Invert):
            raise self.error("no part of the language: the operator ~", node, scope, "write not")
        operand = self.number(node.operand, scope)
        if isinstance(node.op, ast.UAdd):
            return operand
        return self.make(Op.NEGATE, self.rounded_operand(operand, scope) if operand.type is not Type.INT else operand, node=node, scope=scope)

    def _binary(self, node: ast.BinOp, scope: Scope) -> Value:
        if type(node.op) not in _ARITHMETIC:
            raise self.error(f"no part of the language: the operator {_SIGNS.get(type(node.op), type(node.op).__name__)}", node, scope)
        op, sign = _ARITHMETIC[type(node.op)]
        x, y = self.value(node.left, scope), self.value(node.right, scope)
        if isinstance(x, tuple) or isinstance(y, tuple):
            raise self.error(f"{sign} of vectors is no part of the language", node, scope, "write the components out")
        left = self.typed(x, node.left, scope, Type.NUMBER, Type.INT)
        right = self.typed(y, node.right, scope, Type.NUMBER, Type.INT)
        if op in (Op.DIVIDE, Op.FLOOR_DIVIDE, Op.REMAINDER) and right.op is Op.CONSTANT and is_zero(right.data):
            raise self.error("a division by zero", node.right, scope)
        if op in (Op.FLOOR_DIVIDE, Op.REMAINDER):
            self.typed(left, node.left, scope, Type.INT)
            self.typed(right, node.right, scope, Type.INT)
        if op is Op.POWER:
            return self._power(left, right, node, scope)
        return self.arithmetic(op, (left, right), node, scope)

    def _power(self, x: Term, n: Term, node: ast.BinOp, scope: Scope) -> Term:
        self.typed(n, node.right, scope, Type.INT)
        if n.op is Op.CONSTANT and abs(n.data) > LARGEST_EXPONENT:
            raise self.error(f"a huge power: exponents go up to {LARGEST_EXPONENT}", node.right, scope)
        if scope.rounding is not None:
            term = self.make(Op.POWER, self.rounded_operand(x, scope), n, node=node, scope=scope)
            return self._rounded_result(term, node, scope)
        return self.make(Op.POWER, x, n, node=node, scope=scope)

    def arithmetic(self, op: Op, operands: Sequence[Term], node: ast.AST, scope: Scope, exact: bool = False) -> Term:
        """An operation that `rounded` rounds, unless it is exact in every format or one of integers."""
        integers = all(x.type is Type.INT for x in operands) and op is not Op.DIVIDE
        if scope.rounding is None or integers:
            return self.make(op, *operands, node=node, scope=scope)
        term = self.make(op, *(self.rounded_operand(x, scope) for x in operands), node=node, scope=scope)
        return term if exact else self._rounded_result(term, node, scope)

    def _rounded_result(self, term: Term, node: ast.AST, scope: Scope) -> Term:
        assert scope.rounding is not None
        return self.make(Op.ROUND, term, *scope.rounding, node=node, scope=scope)

    def rounded_operand(self, x: Term, scope: Scope) -> Term:
        """Constants and integers become floats where they meet numbers inside `rounded`."""
        if scope.rounding is None or (x.op is not Op.CONSTANT and x.type is not Type.INT):
            return x
        return self.pool.make(Op.ROUND, x, *scope.rounding, place=x.place)

    def make(self, op: Op, *args: Term, node: ast.AST, scope: Scope, data: Any = None) -> Term:
        """A term; one of constant integers is computed."""
        place = self.place(node, scope)
        term = self.pool.make(op, *args, data=data, place=place)
        if term.type is Type.INT and op is not Op.IF and args and all(a.op is Op.CONSTANT for a in args):
            value = apply(term, [a.data for a in args])
            if isinstance(value, Failure):
                raise TheoryError(value.reason, place)
            return self.pool.constant(value, place, Type.INT)
        return term

    # Conditions

    def _boolean(self, node: ast.BoolOp, scope: Scope) -> Value:
        op = Op.AND if isinstance(node.op, ast.And) else Op.OR
        return self.make(op, *(self.condition(v, scope) for v in node.values), node=node, scope=scope)

    def _comparison(self, node: ast.Compare, scope: Scope) -> Value:
        nodes = [node.left, *node.comparators]
        values = [self.value(n, scope) for n in nodes]
        links = [self._compared(operator, (values[i], nodes[i]), (values[i + 1], nodes[i + 1]), node, scope) for i, operator in enumerate(node.ops)]
        return links[0] if len(links) == 1 else self.make(Op.AND, *links, node=node, scope=scope)

    def _compared(self, operator: ast.cmpop, left: tuple[Value, ast.expr], right: tuple[Value, ast.expr], node: ast.AST, scope: Scope) -> Term:
        (x, x_node), (y, y_node) = left, right
        if isinstance(operator, ast.Is | ast.IsNot | ast.In | ast.NotIn):
            raise self.error("no part of the language: is and in", node, scope, "numbers compare with ==, bits with same(x, y)")
        if isinstance(operator, ast.NotEq):
            return self.make(Op.NOT, self._equal(left, right, node, scope), node=node, scope=scope)
        if isinstance(operator, ast.Eq):
            return self._equal(left, right, node, scope)
        op, swapped = _COMPARISONS[type(operator)]
        terms = [self.typed(x, x_node, scope, Type.NUMBER, Type.INT), self.typed(y, y_node, scope, Type.NUMBER, Type.INT)]
        return self.arithmetic(op, terms[::-1] if swapped else terms, node, scope, exact=True)

    def _equal(self, left: tuple[Value, ast.expr], right: tuple[Value, ast.expr], node: ast.AST, scope: Scope) -> Term:
        (x, x_node), (y, y_node) = left, right
        if isinstance(x, tuple):
            return self._componentwise(Op.EQUAL, x, y, node, scope)
        if isinstance(x, Term) and x.type is Type.BOOL:
            return self.make(Op.IFF, x, self.typed(y, y_node, scope, Type.BOOL), node=node, scope=scope)
        terms = self.typed(x, x_node, scope, Type.NUMBER, Type.INT), self.typed(y, y_node, scope, Type.NUMBER, Type.INT)
        return self.arithmetic(Op.EQUAL, terms, node, scope, exact=True)

    def _componentwise(self, op: Op, x: tuple[Value, ...], y: Value, node: ast.AST, scope: Scope) -> Term:
        """Vectors are equal, or the same, where all their components are."""
        if not isinstance(y, tuple) or len(y) != len(x):
            raise self.error(f"expected a vector of {len(x)}, found {describe(y)}", node, scope)
        links: list[Term] = []
        for a, b in zip(x, y, strict=True):
            if isinstance(a, tuple):
                links.append(self._componentwise(op, a, b, node, scope))
            else:
                terms = self.typed(a, node, scope, Type.NUMBER, Type.INT), self.typed(b, node, scope, Type.NUMBER, Type.INT)
                links.append(self.arithmetic(op, terms, node, scope, exact=True))
        return self.make(Op.AND, *links, node=node, scope=scope)

    def _conditional(self, node: ast.IfExp, scope: Scope) -> Value:
        condition = self.condition(node.test, scope)
        return self._chosen(condition, self.value(node.body, scope), self.value(node.orelse, scope), node, scope)

    def _chosen(self, condition: Term, x: Value, y: Value, node: ast.IfExp, scope: Scope) -> Value:
        if isinstance(x, tuple) and isinstance(y, tuple) and len(x) == len(y):
            return tuple(self._chosen(condition, a, b, node, scope) for a, b in zip(x, y, strict=True))
        numbers = (Type.NUMBER, Type.INT)
        if not (isinstance(x, Term) and isinstance(y, Term)) or not ((x.type in numbers and y.type in numbers) or x.type is y.type is Type.BOOL):
            raise self.error(f"expected two numbers, two conditions or two vectors of one length, found {describe(x)} and {describe(y)}", node, scope)
        if x.type is not Type.BOOL and not (x.type is y.type is Type.INT):
            x, y = self.rounded_operand(x, scope), self.rounded_operand(y, scope)
        return self.make(Op.IF, condition, x, y, node=node, scope=scope)

    # Vectors and formats

    def _vector(self, node: ast.List | ast.Tuple, scope: Scope) -> Value:
        return tuple(self.value(n, scope) for n in node.elts)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Value:
        value = self.value(node.value, scope)
        if not isinstance(value, tuple):
            raise self.error(f"only vectors have components, found {describe(value)}", node, scope)
        index = self.term(node.slice, scope, Type.INT)
        if index.op is not Op.CONSTANT:
            raise self.error("an index is a constant", node.slice, scope)
        if not 0 <= index.data < len(value):
            raise self.error(f"index {index.data} of a vector with components 0 to {len(value) - 1}", node.slice, scope)
        return value[int(index.data)]

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Value:
        fields = ", ".join(FIELDS)
        if isinstance(node.value, ast.Name):
            value = self.value(node.value, scope)
            if isinstance(value, Term) and value.type is Type.FORMAT:
                if node.attr in FIELDS:
                    return self.make(Op.FIELD, value, data=node.attr, node=node, scope=scope)
                raise self.error(f"a format has {fields}, found .{node.attr[:40]}", node, scope, nearest(node.attr, FIELDS))
        raise self.error(f"no part of the language: an attribute other than a format's {fields}", node, scope)

    def format(self, node: ast.expr | None, scope: Scope) -> Term:
        """An argument that is a format; the ambient one if it is not given."""
        return self.ambient() if node is None else self.term(node, scope, Type.FORMAT)

    # Calls

    def _call(self, node: ast.Call, scope: Scope) -> Value:
        if not isinstance(node.func, ast.Name):
            raise self.error("no part of the language: a call of something other than a name", node, scope)
        if node.func.id in scope.locals:
            raise self.error(f"{node.func.id} is {describe(scope.locals[node.func.id])}, not a function", node, scope)
        entity = self.entity(node.func, scope)
        match entity:
            case Builtin(name=name) if name in self._FUNCTIONS:
                return self._FUNCTIONS[name](self, node, scope)
            case Builtin(name=name) if name in FUNCTIONS:
                return self.transcendental(node, scope)
            case Builtin(name=name):
                what = "a statement of lemmas" if name in STATEMENTS else "no function of numbers"
                raise self.error(f"{name} is {what}", node, scope)
            case Definition() if entity.decorator != "lemma":
                return self.expand(entity, node, scope)
            case Definition():
                raise self.error(f"{entity.node.name} is a lemma", node, scope, "a lemma rests on another by uses(name)")
        raise self.error(f"{node.func.id} is {describe(entity)}, not a function", node, scope)

    def arguments(self, node: ast.Call, scope: Scope, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, ast.expr]:
        """A call's arguments by name."""
        assert isinstance(node.func, ast.Name)
        name, names = node.func.id, [*required, *optional]
        shape = f"{name}({', '.join([*required, *(f'{o}=...' for o in optional)])})"
        if len(node.args) > len(names):
            raise self.error(f"{name} takes {_count(len(names))}, found {len(node.args)}", node, scope, f"write {shape}")
        found: dict[str, ast.expr] = {}
        for parameter, argument in zip(names, node.args, strict=False):
            if isinstance(argument, ast.Starred):
                raise self.error("no part of the language: a star argument", argument, scope)
            found[parameter] = argument
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self.error("no part of the language: a star argument", keyword.value, scope)
            if keyword.arg not in names:
                raise self.error(f"{name} has no argument {keyword.arg[:40]}", keyword.value, scope, nearest(keyword.arg, names) or f"write {shape}")
            if keyword.arg in found:
                raise self.error(f"{name}: {keyword.arg} is given twice", keyword.value, scope)
            found[keyword.arg] = keyword.value
        missing = [n for n in required if n not in found]
        if missing:
            raise self.error(f"{name}: {', '.join(missing)} missing", node, scope, f"write {shape}")
        return found

    def rounding(self, given: dict[str, ast.expr], scope: Scope) -> tuple[Term, Term]:
        """The format and the mode of fl and rounded."""
        mode = self.term(given["to"], scope, Type.MODE) if "to" in given else self.pool.mode(Mode.NEAREST_EVEN)
        return self.format(given.get("format"), scope), mode

    def _fl(self, node: ast.Call, scope: Scope) -> Value:
        given = self.arguments(node, scope, ("x",), ("format", "to"))
        x = self.number(given["x"], replace(scope, rounding=None))
        return self.make(Op.ROUND, x, *self.rounding(given, scope), node=node, scope=scope)

    def _rounded(self, node: ast.Call, scope: Scope) -> Value:
        given = self.arguments(node, scope, ("x",), ("format", "to"))
        inside = replace(scope, rounding=self.rounding(given, scope))
        value = self.value(given["x"], inside)
        if isinstance(value, Term) and value.type in (Type.NUMBER, Type.INT):
            return self.rounded_operand(value, inside)
        if isinstance(value, Term) and value.type is Type.BOOL:
            return value
        raise self.error(f"expected a number or a condition, found {describe(value)}", given["x"], scope)

    def _of_format(self, node: ast.Call, scope: Scope) -> Value:
        given = self.arguments(node, scope, ("x",), ("format",))
        assert isinstance(node.func, ast.Name)
        name = self._function_name(node, scope)
        x = self.rounded_operand(self.number(given["x"], scope), scope)
        return self.make(_OF_FORMAT[name], x, self.format(given.get("format"), scope), node=node, scope=scope)

    def _function_name(self, node: ast.Call, scope: Scope) -> str:
        """The function's own name, under whatever name it was imported."""
        assert isinstance(node.func, ast.Name)
        entity = self.entity(node.func, scope)
        assert isinstance(entity, Builtin)
        return entity.name

    def transcendental(self, node: ast.Call, scope: Scope) -> Value:
        x = self.rounded_operand(self.number(self.arguments(node, scope, ("x",))["x"], scope), scope)
        term = self.make(Op.FUNCTION, x, data=self._function_name(node, scope), node=node, scope=scope)
        return term if scope.rounding is None else self._rounded_result(term, node, scope)

    def _sqrt(self, node: ast.Call, scope: Scope) -> Value:
        x = self.rounded_operand(self.number(self.arguments(node, scope, ("x",))["x"], scope), scope)
        term = self.make(Op.SQRT, x, node=node, scope=scope)
        return term if scope.rounding is None else self._rounded_result(term, node, scope)

    def _absolute(self, node: ast.Call, scope: Scope) -> Value:
        x = self.number(self.arguments(node, scope, ("x",))["x"], scope)
        return self.arithmetic(Op.ABSOLUTE, [x], node, scope, exact=True)

    def _extremum(self, node: ast.Call, scope: Scope) -> Value:
        op = Op.MINIMUM if self._function_name(node, scope) == "min" else Op.MAXIMUM
        for keyword in node.keywords:
            raise self.error(f"{op.value}: no argument has a name", keyword.value, scope)
        values: Sequence[Value] = [self.value(a, scope) for a in node.args]
        if len(values) == 1 and isinstance(values[0], tuple):
            values = values[0]
        if len(values) < 2:
            raise self.error("expected two numbers or more, or a vector of them", node, scope)
        terms = [self.typed(v, node, scope, Type.NUMBER, Type.INT) for v in values]
        found = terms[0]
        for term in terms[1:]:
            found = self.arithmetic(op, (found, term), node, scope, exact=True)
        return found

    def _pow2(self, node: ast.Call, scope: Scope) -> Value:
        argument = self.arguments(node, scope, ("n",))["n"]
        n = self.term(argument, scope, Type.INT)
        if n.op is Op.CONSTANT and abs(n.data) > LARGEST_EXPONENT:
            raise self.error(f"a huge power: exponents go up to {LARGEST_EXPONENT}", argument, scope)
        return self.make(Op.POW2, n, node=node, scope=scope)

    def _predicate(self, node: ast.Call, scope: Scope) -> Value:
        x = self.number(self.arguments(node, scope, ("x",))["x"], scope)
        if self._function_name(node, scope) == "finite":
            return self.make(Op.FINITE, x, node=node, scope=scope)
        return self.make(Op.NOT, self.make(Op.EQUAL, x, x, node=node, scope=scope), node=node, scope=scope)

    def _same(self, node: ast.Call, scope: Scope) -> Value:
        given = self.arguments(node, scope, ("x", "y"))
        x = self.value(given["x"], scope)
        if isinstance(x, tuple):
            return self._componentwise(Op.SAME, x, self.value(given["y"], scope), node, scope)
        terms = self.typed(x, given["x"], scope, Type.NUMBER, Type.INT), self.number(given["y"], scope)
        return self.arithmetic(Op.SAME, terms, node, scope, exact=True)

    def _implies(self, node: ast.Call, scope: Scope) -> Value:
        given = self.arguments(node, scope, ("condition", "conclusion"))
        condition, conclusion = self.condition(given["condition"], scope), self.condition(given["conclusion"], scope)
        return self.implication(condition, conclusion, node, scope)

    def implication(self, condition: Term, conclusion: Term, node: ast.AST, scope: Scope) -> Term:
        return self.make(Op.OR, self.make(Op.NOT, condition, node=node, scope=scope), conclusion, node=node, scope=scope)

    def text(self, node: ast.expr, scope: Scope) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        raise self.error("expected a text between quotes", node, scope)

    def _exact_text(self, node: ast.Call, scope: Scope) -> Value:
        argument = self.arguments(node, scope, ("number",))["number"]
        return self._exact(self.text(argument, scope), argument, scope)

    def _named_format(self, node: ast.Call, scope: Scope) -> Value:
        argument = self.arguments(node, scope, ("name",))["name"]
        return self.pool.format(self.parsed_format(self.text(argument, scope), argument, scope), self.place(node, scope))

    def parsed_format(self, text: str, node: ast.AST, scope: Scope) -> Format:
        try:
            return parse_format(text)
        except FpproofError as error:
            raise self.error(error.message, node, scope, error.hint) from None

    def _length(self, node: ast.Call, scope: Scope) -> Value:
        argument = self.arguments(node, scope, ("x",))["x"]
        value = self.value(argument, scope)
        if not isinstance(value, tuple):
            raise self.error(f"expected a vector, found {describe(value)}", argument, scope)
        return self.pool.constant(len(value), self.place(node, scope))

    # Quantifiers

    def _bounded(self, node: ast.Call, scope: Scope) -> Value:
        """all, any and sum of a generator or a vector."""
        name = self._function_name(node, scope)
        argument = self.arguments(node, scope, ("values",))["values"]
        if isinstance(argument, ast.GeneratorExp):
            found = self._generated(name, argument, argument.generators, scope)
        else:
            value = self.value(argument, scope)
            found = list(value) if isinstance(value, tuple) else [value]
            if not isinstance(value, tuple):
                raise self.error(f"expected a vector or a generator, found {describe(value)}", argument, scope)
        if name != "sum":
            where = argument.elt if isinstance(argument, ast.GeneratorExp) else argument
            terms = [self.typed(v, where, scope, Type.BOOL) for v in found]
            return self._joined(name, terms, node, scope)
        total: Term = self.pool.constant(0, self.place(node, scope))
        for i, value in enumerate(found):
            term = self.typed(value, argument, scope, Type.NUMBER, Type.INT)
            total = term if i == 0 else self.arithmetic(Op.ADD, (total, term), node, scope)
        return total

    def _joined(self, name: str, terms: list[Term], node: ast.AST, scope: Scope) -> Term:
        if len(terms) == 1:
            return terms[0]
        return self.make(Op.AND if name == "all" else Op.OR, *terms, node=node, scope=scope)

    def _generated(self, name: str, node: ast.GeneratorExp, clauses: Sequence[ast.comprehension], scope: Scope) -> list[Value]:
        """The values of a generator, one for each choice of its variables; a range whose bounds depend on the format stays one condition."""
        if not clauses:
            return [self.value(node.elt, scope)]
        clause, rest = clauses[0], clauses[1:]
        if clause.is_async or not isinstance(clause.target, ast.Name):
            raise self.error("expected one name after for", clause.target, scope)
        self.check_new(clause.target.id, clause.target, scope)
        items = self._items(clause.iter, scope)
        if not isinstance(items, tuple):
            return [self._symbolic_range(name, node, clauses, items, scope)]
        found: list[Value] = []
        for item in items:
            inner = replace(scope, locals={**scope.locals, clause.target.id: item})
            values = self._generated(name, node, rest, inner)
            found += self._filtered(name, clause.ifs, values, node, inner)
        return found

    def _filtered(self, name: str, ifs: Sequence[ast.expr], values: list[Value], node: ast.GeneratorExp, scope: Scope) -> list[Value]:
        """Conditions after the ranges: all(p ... if c) says that c implies p, any(p ... if c) that c and p."""
        for test in ifs:
            if name == "sum":
                raise self.error("no part of the language: if in a sum", test, scope, "write sum(x if c else 0 for ...)")
            condition = self.condition(test, scope)
            terms = [self.typed(v, node.elt, scope, Type.BOOL) for v in values]
            if name == "all":
                values = [self.implication(condition, t, test, scope) for t in terms]
            else:
                values = [self.make(Op.AND, condition, t, node=test, scope=scope) for t in terms]
        return values

    def _items(self, node: ast.expr, scope: Scope) -> tuple[Value, ...] | tuple[Term, Term] | list[Term]:
        """What a generator runs over: the items, or a list of the two bounds of a range that are not known yet."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range" and "range" not in scope.locals:
            for keyword in node.keywords:
                raise self.error("range: no argument has a name", keyword.value, scope)
            if not 1 <= len(node.args) <= 2:
                raise self.error("write range(n) or range(low, high)", node, scope)
            bounds = [self.term(a, scope, Type.INT) for a in node.args]
            low, high = bounds if len(bounds) == 2 else (self.pool.constant(0), bounds[0])
            if low.op is not Op.CONSTANT or high.op is not Op.CONSTANT:
                return [low, high]
            if high.data - low.data > MOST_EXPANSIONS:
                raise self.error(f"a range of {high.data - low.data} numbers", node, scope)
            return tuple(self.pool.constant(i) for i in range(int(low.data), int(high.data)))
        value = self.value(node, scope)
        if not isinstance(value, tuple):
            raise self.error(f"expected a range or a vector, found {describe(value)}", node, scope)
        return value

    def _symbolic_range(self, name: str, node: ast.GeneratorExp, clauses: Sequence[ast.comprehension], bounds: list[Term], scope: Scope) -> Term:
        clause = clauses[0]
        assert isinstance(clause.target, ast.Name)
        if name == "sum":
            raise self.error("a sum over a range needs constant bounds", clause.iter, scope)
        variable = self.pool.variable(self.fresh(clause.target.id), Domain.INT, place=self.place(clause.target, scope))
        inner = replace(scope, locals={**scope.locals, clause.target.id: variable})
        values = self._filtered(name, clause.ifs, self._generated(name, node, clauses[1:], inner), node, inner)
        body = self._joined(name, [self.typed(v, node.elt, scope, Type.BOOL) for v in values], node, scope)
        op = Op.FORALL_RANGE if name == "all" else Op.EXISTS_RANGE
        return self.make(op, variable, *bounds, body, node=clause.iter, scope=scope)

    def check_new(self, name: str, node: ast.AST, scope: Scope) -> None:
        """A name is given once: nothing hides anything."""
        if name in scope.locals or name in scope.module.names or name in PYTHON_BUILTINS:
            raise self.error(f"the name {name} is taken", node, scope, "names are given once")

    def _exists(self, node: ast.Call, scope: Scope) -> Value:
        given = self.arguments(node, scope, ("type", "body"), ("witness", "format"))
        domain = self._quantified(given["type"], scope)
        body = given["body"]
        if not isinstance(body, ast.Lambda) or not body.args.args:
            raise self.error("expected a lambda: exists(Float, lambda w: ...)", body, scope)
        names = self.parameter_names(body.args, body, scope)
        if "witness" in given and len(names) > 1:
            raise self.error("a witness is for one variable", given["witness"], scope, "write an exists in an exists")
        witness = [self._witness(given["witness"], domain, scope)] if "witness" in given else []
        F = [self.format(given.get("format"), scope)] if domain in (Domain.FLOAT, Domain.DATUM) else []
        bound, inner = [], scope
        for name in names:
            self.check_new(name, body, inner)
            bound.append(self.pool.make(Op.VARIABLE, *F, data=Variable(self.fresh(name), domain), place=self.place(body, scope)))
            inner = replace(inner, locals={**inner.locals, name: bound[-1]})
        found = self.condition(body.body, inner)
        for variable in reversed(bound):
            found = self.make(Op.EXISTS, variable, found, *witness, node=node, scope=scope)
        return found

    def _quantified(self, node: ast.expr, scope: Scope) -> Domain:
        if isinstance(node, ast.Name):
            entity = self.entity(node, scope)
            if isinstance(entity, TypeName) and DOMAINS.get(entity.name) in (Domain.FLOAT, Domain.DATUM, Domain.REAL, Domain.INT, Domain.BOOL):
                return DOMAINS[entity.name]
        raise self.error("expected a type: Float, Datum, Real, Int or Bool", node, scope)

    def _witness(self, node: ast.expr, domain: Domain, scope: Scope) -> Term:
        types = {Domain.BOOL: (Type.BOOL,), Domain.INT: (Type.INT,)}.get(domain, (Type.NUMBER, Type.INT))
        return self.term(node, scope, *types)

    def parameter_names(self, arguments: ast.arguments, node: ast.AST, scope: Scope) -> list[str]:
        """The names of a function's parameters, which are plain: no stars, no defaults."""
        starred = arguments.vararg or arguments.kwarg
        if starred:
            raise self.error("no part of the language: a star parameter", starred, scope)
        if arguments.defaults or any(d is not None for d in arguments.kw_defaults):
            default = (arguments.defaults or [d for d in arguments.kw_defaults if d is not None])[0]
            raise self.error("no part of the language: a default value", default, scope)
        if arguments.kwonlyargs or arguments.posonlyargs:
            raise self.error("no part of the language: parameters for names or places only", node, scope)
        return [a.arg for a in arguments.args]

    # Definitions and networks

    def expand(self, definition: Definition, node: ast.Call, scope: Scope) -> Value:
        """A call of a @define or a @network: its body with the arguments put in."""
        names = [a.arg for a in definition.node.args.args]
        given = self.arguments(node, scope, names)
        module = Scope(definition.module, {})
        values = {}
        for parameter in definition.node.args.args:
            argument = given[parameter.arg]
            value = self.value(argument, scope)
            expected = self._annotated(parameter, module)
            self.check_argument(value, expected, argument, scope)
            if isinstance(value, Term) and value.type in (Type.NUMBER, Type.INT):
                value = self.rounded_operand(value, scope)
            values[parameter.arg] = value
        with self._entering(definition, definition.node.name, node, scope):
            found: Value = self._remembered((definition, *map(_identity, values.values())), lambda: self.body(definition, values))
            return found

    def _annotated(self, parameter: ast.arg, scope: Scope) -> "Annotation":
        found: Annotation = self._remembered((parameter,), lambda: annotation(self, parameter, scope))
        return found

    def check_argument(self, value: Value, expected: "Annotation", node: ast.AST, scope: Scope) -> None:
        if expected.length is not None:
            if not isinstance(value, tuple) or len(value) != expected.length:
                raise self.error(f"expected a vector of {expected.length}, found {describe(value)}", node, scope)
            for component in value:
                self.check_argument(component, replace(expected, length=None), node, scope)
            return
        self.typed(value, node, scope, *_ACCEPTED[expected.domain])

    def body(self, definition: Definition, values: dict[str, Value]) -> Value:
        """The value that a @define or a @network returns for given arguments."""
        scope = Scope(definition.module, dict(values))
        *lines, last = without_docstring(definition.node.body) or [definition.node]
        for line in lines:
            self.assign(line, scope)
        if not isinstance(last, ast.Return) or last.value is None:
            raise self.error(f"{definition.node.name} ends with: return ...", last, scope)
        value = self.value(last.value, scope)
        is_network = isinstance(value, Term) and value.type is Type.NETWORK
        if is_network != (definition.decorator == "network") or isinstance(value, LayerValue):
            expected = "a network: return layers(...)" if definition.decorator == "network" else "a number, a condition or a vector"
            raise self.error(f"expected {expected}, found {describe(value)}", last.value, scope)
        return value

    def assign(self, line: ast.stmt, scope: Scope) -> None:
        """A line NAME = EXPRESSION, or NAME, NAME = VECTOR."""
        if not isinstance(line, ast.Assign) or len(line.targets) != 1:
            raise self.error(f"no part of the language: {statement_name(line)}", line, scope)
        target = line.targets[0]
        value = self.value(line.value, scope)
        if isinstance(value, LayerValue):
            raise self.error("a layer stands in layers(...) only", line.value, scope)
        targets = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        if isinstance(target, ast.Tuple | ast.List) and (not isinstance(value, tuple) or len(value) != len(targets)):
            raise self.error(f"expected a vector of {len(targets)}, found {describe(value)}", line.value, scope)
        values = value if isinstance(target, ast.Tuple | ast.List) and isinstance(value, tuple) else (value,)
        for name, part in zip(targets, values, strict=True):
            if not isinstance(name, ast.Name):
                raise self.error("only names are assigned to", name, scope)
            self.check_new(name.id, name, scope)
            scope.locals[name.id] = part

    def _layer(self, node: ast.Call, scope: Scope) -> Value:
        given = self.arguments(node, scope, ("weights",), ("bias",))
        rows = self.value(given["weights"], scope)
        if not isinstance(rows, tuple) or not rows or not all(isinstance(row, tuple) and row for row in rows):
            raise self.error("expected a matrix of weights: [[1, 2], [3, 4]], a row for each neuron", given["weights"], scope)
        widths = {len(row) for row in rows if isinstance(row, tuple)}
        if len(widths) != 1:
            raise self.error(f"expected rows of one length, found {', '.join(map(str, sorted(widths)))}", given["weights"], scope)
        biases = self._biases(given.get("bias"), len(rows), scope)
        numbers: list[tuple[Term, ast.AST]] = []
        for i, row in enumerate(rows):
            assert isinstance(row, tuple)
            for j, weight in enumerate(row):
                where = _entry(given["weights"], i, j)
                numbers.append((self.typed(weight, where, scope, Type.NUMBER, Type.INT), where))
            bias = biases[i]
            if bias is not None:
                numbers.append(bias)
        activation = "relu" if self._function_name(node, scope) == "relu" else None
        return LayerValue(LayerShape(widths.pop(), tuple(b is not None for b in biases), activation), tuple(numbers))

    def _biases(self, node: ast.expr | None, neurons: int, scope: Scope) -> list[tuple[Term, ast.AST] | None]:
        """A bias or None for each neuron; None in their list is no bias."""
        if node is None:
            return [None] * neurons
        found: list[tuple[Term, ast.AST] | None]
        if isinstance(node, ast.List | ast.Tuple):
            found = [None if isinstance(n, ast.Constant) and n.value is None else (self.term(n, scope, Type.NUMBER, Type.INT), n) for n in node.elts]
        else:
            value = self.value(node, scope)
            found = [(self.typed(v, node, scope, Type.NUMBER, Type.INT), node) for v in (value if isinstance(value, tuple) else (value,))]
        if len(found) != neurons:
            raise self.error(f"expected {neurons} biases, one for each row of weights, found {len(found)}", node, scope)
        return found

    def _layers(self, node: ast.Call, scope: Scope) -> Value:
        F = self.ambient()
        for keyword in node.keywords:
            if keyword.arg != "format":
                raise self.error("layers has no other named argument than format", keyword.value, scope)
            F = self.format(keyword.value, scope)
        values = [(self.value(a, scope), a) for a in node.args]
        if not values:
            raise self.error("expected at least one layer", node, scope)
        shapes: list[LayerShape] = []
        weights: list[Term] = []
        for value, where in values:
            if not isinstance(value, LayerValue):
                raise self.error(f"expected a layer, relu(...) or affine(...), found {describe(value)}", where, scope)
            if shapes and value.shape.inputs != shapes[-1].neurons:
                raise self.error(f"expected rows of {shapes[-1].neurons}, the neurons of the layer before, found {value.shape.inputs}", where, scope)
            shapes.append(value.shape)
            weights += [self.make(Op.WEIGHT, term, F, data="weight", node=n, scope=scope) for term, n in value.numbers]
        return self.make(Op.NETWORK, F, *weights, data=NetworkShape(tuple(shapes)), node=node, scope=scope)

    def _evaluation(self, node: ast.Call, scope: Scope) -> Value:
        """value(f, x) and gradient(f, x, upstream): a number for one output or input, else a vector."""
        name = self._function_name(node, scope)
        given = self.arguments(node, scope, ("f", "x") if name == "value" else ("f", "x", "upstream"))
        f = self.term(given["f"], scope, Type.NETWORK)
        shape = f.data
        data = self._data(given["x"], shape.inputs, "input", f.args[0], scope)
        if name == "gradient":
            data += self._data(given["upstream"], shape.outputs, "upstream", f.args[0], scope)
        vector = self.make(Op.VALUE if name == "value" else Op.GRADIENT, f, *data, node=node, scope=scope)
        length = shape.outputs if name == "value" else shape.inputs
        components = tuple(self.make(Op.COMPONENT, vector, data=i, node=node, scope=scope) for i in range(length))
        return components[0] if length == 1 else components

    def _data(self, node: ast.expr, length: int, what: str, F: Term, scope: Scope) -> list[Term]:
        value = self.value(node, scope)
        values = value if isinstance(value, tuple) else (value,)
        if len(values) != length:
            raise self.error(f"expected {length} {what}{'s' * (length > 1)}, found {describe(value)}", node, scope)
        terms = [self.typed(v, node, scope, Type.NUMBER, Type.INT) for v in values]
        return [self.make(Op.WEIGHT, t, F, data=what, node=node, scope=scope) for t in terms]

    _READERS: ClassVar[dict[type[ast.AST], Callable[..., Value]]] = {
        ast.Constant: _literal,
        ast.Name: _name,
        ast.UnaryOp: _unary,
        ast.BinOp: _binary,
        ast.BoolOp: _boolean,
        ast.Compare: _comparison,
        ast.IfExp: _conditional,
        ast.List: _vector,
        ast.Tuple: _vector,
        ast.Subscript: _subscript,
        ast.Attribute: _attribute,
        ast.Call: _call,
    }
    _FUNCTIONS: ClassVar[dict[str, Callable[..., Value]]] = {
        "fl": _fl,
        "rounded": _rounded,
        **dict.fromkeys(_OF_FORMAT, _of_format),
        "sqrt": _sqrt,
        "abs": _absolute,
        "min": _extremum,
        "max": _extremum,
        "pow2": _pow2,
        "finite": _predicate,
        "is_nan": _predicate,
        "same": _same,
        "implies": _implies,
        "exact": _exact_text,
        "format": _named_format,
        "len": _length,
        "all": _bounded,
        "any": _bounded,
        "sum": _bounded,
        "exists": _exists,
        "relu": _layer,
        "affine": _layer,
        "layers": _layers,
        "value": _evaluation,
        "gradient": _evaluation,
    }


_SIGNS: dict[type[ast.operator], str] = {
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
_ACCEPTED = {
    Domain.FLOAT: (Type.NUMBER, Type.INT),
    Domain.DATUM: (Type.NUMBER, Type.INT),
    Domain.REAL: (Type.NUMBER, Type.INT),
    Domain.INT: (Type.INT,),
    Domain.BOOL: (Type.BOOL,),
    Domain.FORMAT: (Type.FORMAT,),
    Domain.MODE: (Type.MODE,),
}
"""Types of arguments by the parameter's annotation: Float, Datum and Real all take any number."""


def _callable(entity: Entity) -> bool:
    return isinstance(entity, Builtin) or (isinstance(entity, Definition) and entity.decorator != "lemma")


def _count(n: int) -> str:
    return "1 argument" if n == 1 else f"{n} arguments"


def _identity(value: Value) -> Any:
    return tuple(map(_identity, value)) if isinstance(value, tuple) else value


def _entry(node: ast.expr, i: int, j: int) -> ast.AST:
    """The node of an entry of a matrix, where it is written out."""
    for index in (i, j):
        if not isinstance(node, ast.List | ast.Tuple) or len(node.elts) <= index:
            return node
        node = node.elts[index]
    return node


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return body[1:]
    return body


_STATEMENTS: dict[type[ast.stmt], str] = {
    ast.ClassDef: "a class",
    ast.For: "a loop",
    ast.While: "a loop",
    ast.If: "an if statement: write x if condition else y, or all(...)",
    ast.With: "with",
    ast.Try: "try",
    ast.Raise: "raise",
    ast.Assert: "assert: write assume(...) or show(...)",
    ast.Global: "global state",
    ast.Nonlocal: "global state",
    ast.Delete: "del",
    ast.AugAssign: "an assignment that changes a name: names are given once",
    ast.AnnAssign: "an assignment with a type: the types of names are known",
    ast.Import: "an import in a function",
    ast.ImportFrom: "an import in a function",
    ast.FunctionDef: "a function in a function",
    ast.AsyncFunctionDef: "an async function",
    ast.Return: "a return here",
    ast.Pass: "pass",
    ast.Expr: "an expression whose value is not used",
    ast.Assign: "an assignment to several targets",
}


def statement_name(node: ast.stmt) -> str:
    return _STATEMENTS.get(type(node), f"this statement ({type(node).__name__})")


# Annotations


@dataclass(frozen=True, slots=True)
class Annotation:
    """The type of a parameter."""

    domain: Domain
    length: int | None = None
    format: str = AMBIENT


LONGEST_VECTOR = 1000


def annotation(expressions: Expressions, parameter: ast.arg, scope: Scope) -> Annotation:
    """The type that a parameter is given: Float, Vector[Float, Literal[3]], Annotated[Float, "G"] ..."""
    if parameter.annotation is None:
        raise expressions.error(f"the parameter {parameter.arg} has no type", parameter, scope, f"write {parameter.arg}: Float")
    found = _annotation(expressions, parameter.annotation, scope)
    if found.length is not None and found.domain in (Domain.FORMAT, Domain.MODE):
        raise expressions.error("vectors have numbers or conditions as components", parameter.annotation, scope)
    return found


def _annotation(expressions: Expressions, node: ast.expr, scope: Scope) -> Annotation:
    if isinstance(node, ast.Name):
        entity = expressions.entity(node, scope)
        if isinstance(entity, TypeName) and entity.name in DOMAINS:
            return Annotation(DOMAINS[entity.name])
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        entity, (inner, detail) = expressions.entity(node.value, scope), node.slice.elts
        if entity == TypeName("Vector"):
            element = _annotation(expressions, inner, scope)
            if element.length is None:
                return replace(element, length=_length_of(expressions, detail, scope))
        if entity == TypeName("Annotated"):
            element = _annotation(expressions, inner, scope)
            if element.domain in (Domain.FLOAT, Domain.DATUM) and element.format == AMBIENT:
                return replace(element, format=expressions.text(detail, scope))
    known = [*DOMAINS, "Vector[Float, Literal[3]]", 'Annotated[Float, "G"]']
    name = node.id if isinstance(node, ast.Name) else ""
    raise expressions.error(f"expected a type: {', '.join(known)}", node, scope, nearest(name, DOMAINS))


def _length_of(expressions: Expressions, node: ast.expr, scope: Scope) -> int:
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and expressions.entity(node.value, scope) == TypeName("Literal"):
        node = node.slice
    if isinstance(node, ast.Constant) and type(node.value) is int and 1 <= node.value <= LONGEST_VECTOR:
        return node.value
    raise expressions.error(f"expected a length from 1 to {LONGEST_VECTOR}", node, scope)
