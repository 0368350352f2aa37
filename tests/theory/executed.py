"""Theory files run as Python, with the numbers of tests/theory/brute.py: a second opinion on what a file says, at every input.

An integer of the language is one of Python's, any other number an X. Nothing of fpproof is imported.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import product
from typing import Any

from tests.theory.brute import FORMATS, INFINITY, NAN, Floats, X, add, x

MODES = {"nearest": "nearest", "up": "up", "down": "down", "toward_zero": "zero", "nearest_away": "away", "to_odd": "odd"}
"""The language's names of modes, and brute.py's."""
INTEGERS = range(-3, 5)
"""What a parameter of type Int ranges over."""
ZERO = X()


class Cancelled(X):
    """A sum that is +0, and -0 where it is rounded down at once."""


def both(a: Any, b: Any) -> bool:
    return isinstance(a, int) and isinstance(b, int)


def plus(a: Any, b: Any) -> Any:
    if both(a, b):
        return a + b
    down = add(x(a), x(b), down=True)
    return Cancelled() if down.zero and down.negative and not add(x(a), x(b), down=False).negative else down


def divided(a: Any, b: Any) -> X:
    return x(a) / x(b)


def power(a: Any, n: int) -> Any:
    result: Any = 1
    for _ in range(abs(n)):
        result = times(result, a)
    return result if n >= 0 else divided(1, result)


def times(a: Any, b: Any) -> Any:
    return a * b if both(a, b) else x(a) * x(b)


def negative(a: Any) -> Any:
    return -a


def extreme(sign: int, *values: Any) -> Any:
    """The least for -1, the greatest for 1; -0 is less than +0."""
    numbers = [x(v) for v in (values if len(values) > 1 else values[0])]
    if any(v.kind == "nan" for v in numbers):
        return NAN
    found = numbers[0]
    for v in numbers[1:]:
        if (v != found and (v < found) == (sign < 0)) or (v == found and v.negative == (sign < 0)):
            found = v
    integral = all(isinstance(v, int) for v in (values if len(values) > 1 else values[0]))
    return int(found.r) if integral else X(found.r, found.negative, found.kind)


def total(values: Iterable[Any], adding: Callable[[Any, Any], Any] = plus) -> Any:
    found = list(values)
    return reduce(adding, found) if found else 0


def chosen(condition: bool, a: Any, b: Any) -> Any:
    """A number unless both are integers, or conditions; no sum that might be rounded down."""
    if isinstance(a, bool) or both(a, b):
        return a if condition else b
    found = x(a if condition else b)
    return X(found.r, found.negative, found.kind)


def same(a: Any, b: Any) -> bool:
    return x(a).same(x(b))


@dataclass(frozen=True)
class Format:
    """The language's functions of a format."""

    f: Floats

    @property
    def p(self) -> int:
        return self.f.p

    @property
    def emin(self) -> int:
        return self.f.emin

    @property
    def emax(self) -> int:
        return self.f.emax

    @property
    def omega(self) -> X:
        return X(self.f.grid[1])

    @property
    def Omega(self) -> X:
        return X(self.f.top)

    def fl(self, v: Any, to: str) -> X:
        return self.f.fl(-ZERO if to == "down" and isinstance(v, Cancelled) else x(v), to)

    def exponent(self, v: Any) -> Any:
        return self.f.exponent(x(v)) if x(v).finite else NAN

    def ulp(self, v: Any) -> X:
        return self.f.ulp(x(v)) if x(v).finite else NAN

    def significand(self, v: Any) -> X:
        return divided(v, Fraction(2) ** self.exponent(v)) if x(v).finite else NAN

    def succ(self, v: Any) -> X:
        v = x(v)
        if v.kind == "infinite" and v.negative and self.f.overflow == "infinity":
            return X(-self.f.top, True)
        return self.f.succ(v) if self.f.is_float(v) else self.f.fl(v, "up")

    def pred(self, v: Any) -> X:
        return -self.succ(-x(v))


def words(F: Floats, G: Floats) -> dict[str, Any]:
    """The names that a theory imports, with F and G."""
    here = Format(F)

    def at(format: "Format | str | None", to: str) -> tuple[Format, str]:
        return (here, format) if isinstance(format, str) else (format or here, to)

    def fl(v: Any, format: Any = None, to: str = "nearest") -> X:
        chosen_format, mode = at(format, to)
        return chosen_format.fl(v, mode)

    def operation(name: str, a: Any, b: Any, format: Any = None, to: str = "nearest") -> Any:
        """One operation between the parentheses of rounded(...)."""
        if both(a, b) and name != "divided":
            return OPERATIONS[name](a, b)
        a, b = (fl(v, format, to) if isinstance(v, int | Constant) else v for v in (a, b))
        return fl(OPERATIONS[name](a, b), format, to)

    def rounded(v: Any, format: Any = None, to: str = "nearest") -> Any:
        return fl(v, format, to) if isinstance(v, int | Constant) else v

    def rounded_sum(values: Iterable[Any], format: Any = None, to: str = "nearest") -> Any:
        return total(values, lambda a, b: operation("plus", a, b, format, to))

    def constant_rounded(v: Any, format: Any = None, to: str = "nearest") -> Any:
        return fl(v, format, to) if isinstance(v, Constant) else v

    def exists(domain: str, body: Callable[..., bool], witness: Any = None) -> bool:
        return any(body(*values) for values in product(F.floats if domain == "Float" else F.data, repeat=body.__code__.co_argcount))

    return {
        "F": here, "G": Format(G), "Float": "Float", "Datum": "Datum", **MODES, **{name: Format(f) for name, f in FORMATS.items()},
        "fl": fl, "operation_": operation, "rounded": rounded, "exists": exists, "same": same, "infinity": INFINITY, "nan": NAN,
        "min": lambda *v: extreme(-1, *v), "max": lambda *v: extreme(1, *v), "sum": total, "abs": lambda v: abs(v if isinstance(v, int) else x(v)),
        "ulp": here.ulp, "succ": here.succ, "pred": here.pred, "exponent": here.exponent, "significand": here.significand,
        "pow2": lambda n: x(Fraction(2) ** n) if isinstance(n, int) else NAN, "is_float": lambda v: F.is_float(x(v)), "finite": lambda v: x(v).finite,
        "is_nan": lambda v: x(v).kind == "nan", "implies": lambda c, d: not c or d, "x_": x,
        "plus_": plus, "times_": times, "divided_": divided, "power_": power, "negative_": negative, "chosen_": chosen,
        "constant_": Constant.of, "constant_rounded_": constant_rounded, "rounded_sum_": rounded_sum,
    }  # fmt: skip


class Constant(X):
    """A decimal that is written out: rounded where rounded(...) meets it."""

    @staticmethod
    def of(text: str) -> "Constant":
        return Constant(Fraction(text))


OPERATIONS = {"plus": plus, "minus": lambda a, b: plus(a, -b if isinstance(b, int) and both(a, b) else -x(b)), "times": times, "divided": divided}
NAMES = {ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times", ast.Div: "divided"}


def call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


class Exactly(ast.NodeTransformer):
    """Operators as functions on exact numbers; between the parentheses of `rounded`, those that round."""

    def __init__(self) -> None:
        self.rounding: list[ast.expr] | None = None
        self.keywords: list[ast.keyword] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list = []
        for argument in node.args.args:
            argument.annotation = None
        node.body = [self.visit(line) for line in node.body]
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return call("constant_", ast.Constant(repr(node.value))) if isinstance(node.value, float) else node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return call("chosen_", self.visit(node.test), self.visit(node.body), self.visit(node.orelse))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if not isinstance(node.op, ast.USub):
            return self.generic_visit(node)
        operand = self.visit(node.operand)
        if self.rounding is not None:  # of a decimal, the sign of the rounded one changes; an integer is rounded with its sign
            operand = ast.Call(ast.Name("constant_rounded_", ast.Load()), [operand, *self.rounding], self.keywords)
        return call("negative_", operand)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        node = ast.Compare(self.visit(node.left), node.ops, [self.visit(c) for c in node.comparators])
        return ast.Compare(call("x_", node.left), node.ops, [call("x_", c) for c in node.comparators])

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        a, b = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.Pow):
            return call("power_", a, b)
        if type(node.op) not in NAMES:
            return ast.BinOp(a, node.op, b)
        name = NAMES[type(node.op)]
        if self.rounding is not None:
            made = call("operation_", ast.Constant(name), a, b, *self.rounding)
            made.keywords = self.keywords
            return made
        return call("plus_", a, call("negative_", b)) if name == "minus" else call(f"{name}_", a, b)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "sum" and self.rounding is not None:
            return ast.Call(ast.Name("rounded_sum_", ast.Load()), [self.visit(node.args[0]), *self.rounding], self.keywords)
        if name not in ("rounded", "fl"):
            return self.generic_visit(node)
        outside = self.rounding, self.keywords
        self.rounding, self.keywords = (node.args[1:], node.keywords) if name == "rounded" else (None, [])
        inside = self.visit(node.args[0])
        self.rounding, self.keywords = outside
        return ast.Call(node.func, [inside, *node.args[1:]], node.keywords)


@dataclass(frozen=True)
class Input:
    """Values of the parameters, whether the assumptions hold there, and whether what is shown does."""

    values: tuple[Any, ...]
    met: bool
    holds: bool


def inputs(text: str, F: Floats, G: Floats) -> Iterator[Input]:
    """What the lemma `l` of a theory says, at every input; Bool, Int, Mode, vectors, and floats of F or of G."""
    scope, said = words(F, G), dict[str, list[bool]]()
    for word in ("assume", "show"):
        scope[word] = lambda *conditions, word=word: said.setdefault(word, []).extend(map(bool, conditions))
    domains: list[Any] = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            if node.name == "l":
                node.args.args = [a for a in node.args.args if ast.unparse(a.annotation or a) != "Format"]
                domains = [domain(ast.unparse(a.annotation), F, G) for a in node.args.args if a.annotation is not None]
            tree = ast.fix_missing_locations(ast.Module([Exactly().visit(node)], []))
            exec(compile(tree, node.name, "exec"), scope)  # text of our own making
    for values in product(*domains):
        said.clear()
        scope["l"](*values)
        yield Input(values, all(said.get("assume", ())), all(said["show"]))


def domain(annotation: str, F: Floats, G: Floats) -> list[Any]:
    if annotation.startswith("Vector"):
        return list(product(F.floats, repeat=int(annotation[-2])))
    domains: dict[str, list[Any]] = {
        "Float": F.floats, "Datum": F.data, "Bool": [False, True], "Int": list(INTEGERS), "Mode": list(MODES.values()),
        "Annotated[Float, 'G']": G.floats,
    }  # fmt: skip
    return domains[annotation]
