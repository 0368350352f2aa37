"""Functions of one lane made functions of arrays of lanes: the same text, with numpy's functions in place of the machine's operations.

What chooses by a condition computes both and takes one. A block that runs for some lanes only, as `exists` has them, runs for all, and what it
assigns to names from outside of it is taken where it should have run; a loop goes on while any lane is still looking.
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fpproof.judges.enumeration.code import LANES
from fpproof.judges.enumeration.source import Kernel

CHOICE = 4
_DEAR = {"choose": CHOICE, "fma": 24}
"""What choosing and remainders cost, in additions."""
MOST_STEPS = 4096
"""Functions that kernels share, which a process keeps."""


class Translated(NamedTuple):
    """A function of arrays; `weight` is the number of operations on each lane."""

    run: Callable[..., Any]
    weight: int


def translated(kernel: Kernel) -> Translated:
    """The function that decides the lanes of a kernel."""
    known = dict(_lanes())
    for name, text in kernel.modules.items():
        if text is not LANES:
            known[name] = _step(name, text)
    return _functions(kernel.text, known)["lane"]


@lru_cache(1)
def _lanes() -> Mapping[str, Translated]:
    return _functions(LANES, {})


@lru_cache(MOST_STEPS)
def _step(name: str, text: str) -> Translated:
    return _functions(text, _lanes())[name]


def _functions(text: str, known: Mapping[str, Translated]) -> Mapping[str, Translated]:
    """The functions of a text that are copied into those that call them, as functions of arrays."""
    names: dict[str, Any] = _GIVEN | {name: function.run for name, function in known.items()}
    weights = {name: function.weight for name, function in known.items()}
    found: dict[str, Translated] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and all(name.id.isupper() for name in _names(node)):
            _execute(_Lanewise(names).visit(node), names)
        elif isinstance(node, ast.FunctionDef) and any(isinstance(d, ast.Name) and d.id == "inline" for d in node.decorator_list):
            weights[node.name] = _weight(node, weights)
            _execute(_Lanewise(names).visit(node), names)
            found[node.name] = Translated(names[node.name], weights[node.name])
    return found


def _execute(node: ast.stmt, names: dict[str, Any]) -> None:
    """Nothing that a user wrote is in the text: fpproof.judges.enumeration.code."""
    exec(compile(ast.fix_missing_locations(ast.Module([node], [])), "lanes", "exec"), names)


def _names(node: ast.AST) -> list[ast.Name]:
    """Those that an assignment assigns to."""
    return [n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def _weight(node: ast.AST, weights: Mapping[str, int]) -> int:
    """Operations on each lane; of a loop, all its turns."""
    below = sum(_weight(child, weights) for child in ast.iter_child_nodes(node))
    match node:
        case ast.For(iter=ast.Call(args=[ast.IfExp(orelse=ast.Constant(value=int(turns)))])):
            return below * turns
        case ast.Call(func=ast.Name(id=name)):
            return below + weights.get(name, _DEAR.get(name, 1))
        case ast.IfExp():
            return below + CHOICE
        case ast.BinOp() | ast.UnaryOp() | ast.Call():
            return below + 1
        case ast.Compare(ops=several) | ast.BoolOp(values=several):
            return below + len(several)
    return below


# What numpy has for the machine's operations of `lanes`


def bits(x: Any) -> NDArray[np.int64]:
    return np.asarray(x, np.float64).view(np.int64)


def number(code: Any) -> NDArray[np.float64]:
    return np.asarray(code, np.int64).view(np.float64)


def fma(x: Any, y: Any, z: Any) -> Any:
    """x * y + z where that is a binary64 number: so are the remainders of products, quotients and roots, for which kernels ask.

    The product's error is exact; so is the sum of product and z, which nearly cancel, and with it what is left. Splitting overflows beyond 2^996
    alone, and kernels stay below 2^450.

    Source: Dekker, A floating-point technique for extending the available precision (1971).
    """
    product = x * y
    (a, b), (c, d) = _halves(x), _halves(y)
    error = b * d - (((product - a * c) - b * c) - a * d)
    total = product + z
    part = total - product
    return total + (((product - (total - part)) + (z - part)) + error)


def _halves(x: Any) -> tuple[Any, Any]:
    """x as the sum of two numbers of 26 bits. Source: Veltkamp (1968)."""
    scaled = 134217729.0 * x
    upper = scaled - (scaled - x)
    return upper, x - upper


_GIVEN: dict[str, Any] = {
    "np": np,
    "inf": np.float64(np.inf),
    "nan": np.float64(np.nan),
    "abs": np.abs,
    "min": np.minimum,
    "bits": bits,
    "number": number,
    "fma": fma,
    "choose": np.where,
    "both": np.logical_and,
    "either": np.logical_or,
    "opposite": np.logical_not,
    "some": np.any,
}


# From statements of one lane to those of many


class _Lanewise(ast.NodeTransformer):
    """Rewrites a function; literals become numbers of numpy, which divide by zero as IEEE 754 says, under new names."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self.assigned: set[str] = set()
        self.outside: set[str] = set()
        """Names that were assigned to before the innermost block."""
        self.mask = ""
        """The name of the lanes for which the innermost block runs."""
        self.masks = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        arguments = ast.arguments([], [ast.arg(a.arg) for a in node.args.args], None, [], [], None, [])
        return ast.FunctionDef(node.name, arguments, self._block(node.body), [])

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, float):
            return node
        name = f"literal_{node.value!r}"
        self.names[name] = np.float64(node.value)
        return ast.Name(name, ast.Load())

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test, x, y = self.visit(node.test), self.visit(node.body), self.visit(node.orelse)
        if isinstance(x, ast.Tuple) and isinstance(y, ast.Tuple):
            return ast.Tuple([_call("choose", test, a, b) for a, b in zip(x.elts, y.elts, strict=True)], ast.Load())
        return _call("choose", test, x, y)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        return _joined("both" if isinstance(node.op, ast.And) else "either", map(self.visit, node.values))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        operand = self.visit(node.operand)
        return _call("opposite", operand) if isinstance(node.op, ast.Not) else ast.UnaryOp(node.op, operand)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        operands = [self.visit(x) for x in (node.left, *node.comparators)]
        links = (ast.Compare(x, [op], [y]) for x, op, y in zip(operands, node.ops, operands[1:], strict=False))
        return _joined("both", links)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        assert node.value is not None, "lanes declare nothing without a value"
        return self.visit_Assign(ast.Assign([node.target], node.value))

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        value = self.visit(node.value)
        names = {name.id for name in _names(node)}
        self.assigned |= names
        if kept := names & self.outside:
            (name,) = kept
            value = _call("choose", ast.Name(self.mask, ast.Load()), value, ast.Name(name, ast.Load()))
        return ast.Assign(node.targets, value)

    def visit_If(self, node: ast.If) -> list[ast.stmt]:
        """Either a block for some lanes, or the end of a loop for some."""
        test = self.visit(node.test)
        if isinstance(node.body[0], ast.Break):
            found = _call("opposite", test)
            return [_assign(self.mask, _call("both", ast.Name(self.mask, ast.Load()), found))]
        return self._masked(test, lambda: self._block(node.body))

    def visit_For(self, node: ast.For) -> list[ast.stmt]:
        """for i in range(0 if found else n): the lanes that have not found anything look at n values."""
        match node.iter:
            case ast.Call(func=ast.Name(id="range"), args=[ast.IfExp(test=found, body=ast.Constant(value=0), orelse=turns)]):
                return self._masked(_call("opposite", self.visit(found)), lambda: [self._loop(node, turns)])
        raise AssertionError("loops of lanes are those of exists")

    def _loop(self, node: ast.For, turns: ast.expr) -> ast.stmt:
        """Ends when no lane is looking."""
        looking = _call("some", ast.Name(self.mask, ast.Load()))
        leave = ast.If(_call("opposite", looking), [ast.Break()], [])
        return ast.For(node.target, ast.Call(ast.Name("range", ast.Load()), [turns], []), [leave, *self._block(node.body)], [])

    def _masked(self, lanes: ast.expr, block: Callable[[], list[ast.stmt]]) -> list[ast.stmt]:
        """A block for some lanes, of those of the block around it."""
        before = self.mask, self.outside
        self.masks += 1
        self.mask, self.outside = f"mask{self.masks}", set(self.assigned)
        chosen = _call("both", ast.Name(before[0], ast.Load()), lanes) if before[0] else lanes
        found = [_assign(self.mask, chosen), *block()]
        self.mask, self.outside = before
        return found

    def _block(self, body: Iterable[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for statement in body:
            rewritten = self.visit(statement)
            found += rewritten if isinstance(rewritten, list) else [rewritten]
        return found


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _joined(name: str, parts: Iterable[ast.expr]) -> ast.expr:
    first, *others = parts
    for other in others:
        first = _call(name, first, other)
    return first
