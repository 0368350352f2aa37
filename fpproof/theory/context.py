"""What reading expressions needs everywhere: places and errors, types, names, the terms that are made, the arguments of calls.

Names stand for values: a local name, a parameter of a @define, are replaced by what they are. `rounded` is lexical: it rounds
the operations that are written between its parentheses.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from gmpy2 import mpq

from fpproof.errors import FpproofError, NumberError, Place, TheoryError
from fpproof.formats import Format, Mode, parse_format
from fpproof.formats.text import parse_rational
from fpproof.theory import refusals
from fpproof.theory.entities import LANGUAGE, PYTHON_BUILTINS, Assigned, Builtin, Definition, Entity, Module, Value, describe, nearest, unknown
from fpproof.theory.evaluate import Failure, apply
from fpproof.theory.statement import AMBIENT
from fpproof.theory.terms import Domain, Op, Pool, Term, Type

MOST_EXPANSIONS = 20_000
"""Expressions that the calls and ranges of a file may expand to, beyond those that are written in it."""
DEEPEST_CALLS = 30
LARGEST_EXPONENT = 1 << 20


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
    """Reads the expressions of one statement into one pool; `readers` are the constructs, by class of syntax."""

    allowance: Allowance
    readers: "Mapping[type[ast.AST], Reader]"
    pool: Pool = field(default_factory=Pool)
    taken: set[str] = field(default_factory=set)
    """Names of variables; a bound one gets a name that is not taken."""
    active: list[Definition | Assigned] = field(default_factory=list)
    _memory: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def value(self, node: ast.expr, scope: Scope) -> Value:
        """The meaning of an expression; raises TheoryError with the place where it has none."""
        self.spend(1, node, scope)
        reader = self.readers.get(type(node))
        if reader is None:
            what = refusals.EXPRESSIONS.get(type(node), f"this expression ({type(node).__name__})")
            raise self.error(f"no part of the language: {what}", node, scope)
        return reader(self, node, scope)

    def spend(self, expressions: int, node: ast.AST, scope: Scope) -> None:
        """Take from the allowance: an expression, or the components of a vector each time that it is gone through."""
        self.allowance.left -= expressions
        if self.allowance.left < 0:
            raise self.error(f"calls and ranges expand to more than {MOST_EXPANSIONS} expressions", node, scope)

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

    def place(self, node: ast.AST, scope: Scope) -> Place:
        return scope.module.source.of(node)

    def ambient(self) -> Term:
        return self.pool.variable(AMBIENT, Domain.FORMAT)

    def fresh(self, name: str) -> str:
        """A name for a bound variable that no other variable of the statement has."""
        chosen, n = name, 2
        while chosen in self.taken:
            chosen, n = f"{name}~{n}", n + 1
        self.taken.add(chosen)
        return chosen

    def entity(self, node: ast.Name, scope: Scope) -> Entity:
        """What a name of the file means."""
        names = scope.module.names
        if node.id in names:
            return names[node.id]
        if node.id in PYTHON_BUILTINS:
            return LANGUAGE[node.id]
        raise unknown(scope.module.source, node, node.id, [*scope.locals, *names, *PYTHON_BUILTINS])

    def check_new(self, name: str, node: ast.AST, scope: Scope) -> None:
        """A name is given once: nothing hides anything."""
        if name in scope.locals or name in scope.module.names or name in PYTHON_BUILTINS:
            raise self.error(f"the name {name} is taken", node, scope, "names are given once")

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

    def function_name(self, node: ast.Call, scope: Scope) -> str:
        """The function's own name, under whatever name it was imported."""
        assert isinstance(node.func, ast.Name)
        entity = self.entity(node.func, scope)
        assert isinstance(entity, Builtin)
        return entity.name

    def format(self, node: ast.expr | None, scope: Scope) -> Term:
        """An argument that is a format; the ambient one if it is not given."""
        return self.ambient() if node is None else self.term(node, scope, Type.FORMAT)

    def rounding(self, given: dict[str, ast.expr], scope: Scope) -> tuple[Term, Term]:
        """The format and the mode of fl and rounded."""
        mode = self.term(given["to"], scope, Type.MODE) if "to" in given else self.pool.mode(Mode.NEAREST_EVEN)
        return self.format(given.get("format"), scope), mode

    def text(self, node: ast.expr, scope: Scope) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        raise self.error("expected a text between quotes", node, scope)

    def parsed_format(self, text: str, node: ast.AST, scope: Scope) -> Format:
        try:
            return parse_format(text)
        except FpproofError as error:
            raise self.error(error.message, node, scope, error.hint) from None

    def exact(self, text: str, node: ast.AST, scope: Scope) -> Term:
        """[E-Literal] A decimal or hex number, exactly as it is written."""
        try:
            value: Fraction = parse_rational(text)
        except NumberError as error:
            raise self.error(error.message, node, scope, error.hint) from None
        return self.pool.constant(mpq(value), self.place(node, scope), Type.NUMBER)

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

    def arithmetic(self, op: Op, operands: Sequence[Term], node: ast.AST, scope: Scope, exact: bool = False) -> Term:
        """An operation that `rounded` rounds, unless it is exact in every format or one of integers."""
        integers = all(x.type is Type.INT for x in operands) and op is not Op.DIVIDE
        if scope.rounding is None or integers:
            return self.make(op, *operands, node=node, scope=scope)
        term = self.make(op, *(self.rounded_operand(x, scope) for x in operands), node=node, scope=scope)
        return term if exact else self.rounded_result(term, node, scope)

    def rounded_operand(self, x: Term, scope: Scope) -> Term:
        """Constants and integers become floats where they meet numbers inside `rounded`."""
        if scope.rounding is None or (x.op is not Op.CONSTANT and x.type is not Type.INT):
            return x
        return self.pool.make(Op.ROUND, x, *scope.rounding, place=x.place)

    def rounded_result(self, term: Term, node: ast.AST, scope: Scope) -> Term:
        assert scope.rounding is not None
        return self.make(Op.ROUND, term, *scope.rounding, node=node, scope=scope)

    def implication(self, condition: Term, conclusion: Term, node: ast.AST, scope: Scope) -> Term:
        return self.make(Op.OR, self.make(Op.NOT, condition, node=node, scope=scope), conclusion, node=node, scope=scope)

    def remembered(self, key: tuple[Any, ...], read: Callable[[], Any]) -> Any:
        if key not in self._memory:
            self._memory[key] = read()
        return self._memory[key]

    @contextmanager
    def entering(self, entity: Definition | Assigned, name: str, node: ast.AST, scope: Scope) -> Any:
        if entity in self.active:
            raise self.error(f"recursion: {name} is defined by itself", node, scope)
        if len(self.active) >= DEEPEST_CALLS:
            raise self.error(f"more than {DEEPEST_CALLS} calls in each other", node, scope)
        self.active.append(entity)
        try:
            yield
        finally:
            self.active.pop()


Reader = Callable[[Expressions, Any, Scope], Value]
"""Reads one construct."""


def _count(n: int) -> str:
    return "1 argument" if n == 1 else f"{n} arguments"
