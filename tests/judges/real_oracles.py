"""Second opinions on real statements: Python's own reading of them, with mpmath's functions and sixty digits."""

import ast
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import mpmath
from gmpy2 import mpq

from fpproof.formats import parse_format
from fpproof.theory import Claim, instances, read_theory_text
from fpproof.theory.numbers import Surd

DIGITS = 60
HAIR = mpmath.mpf(10) ** -40
"""Differences below this are not told apart."""


class Undefined(Exception):
    """A number that is no real number."""


def claim(text: str) -> Claim:
    """The claim of a lemma given as its parameters, a bar, and its lines parted by semicolons."""
    parameters, _, body = text.partition("|")
    lines = "".join(f"    {line.strip()}\n" for line in body.split(";"))
    theory = read_theory_text(f"from fpproof.lang import *\n@lemma\ndef l({parameters}):\n{lines}")
    return instances(theory.lemmas[0], parse_format("E2M1"))[0]


def _real(value: Any) -> Any:
    if isinstance(value, mpmath.mpc) or not mpmath.isfinite(value):
        raise Undefined
    return value


def _log(x: Any) -> Any:
    if x <= 0:
        raise Undefined
    return mpmath.log(x)


def _sqrt(x: Any) -> Any:
    if x < 0:
        raise Undefined
    return mpmath.sqrt(x)


_NAMES = {
    "exp": mpmath.exp, "log": _log, "sqrt": _sqrt, "tanh": mpmath.tanh, "sin": mpmath.sin, "cos": mpmath.cos, "sinh": mpmath.sinh,
    "cosh": mpmath.cosh, "expm1": mpmath.expm1, "log1p": lambda x: _log(1 + x), "atan": mpmath.atan, "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)), "erf": mpmath.erf, "abs": abs, "min": min, "max": max, "number": lambda text: mpmath.mpf(text),
}  # fmt: skip


class _Exact(ast.NodeTransformer):
    """Literals as mpmath's numbers."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Call(ast.Name("number", ast.Load()), [ast.Constant(str(node.value))], [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left = self.visit(node.left)
        return ast.BinOp(left, node.op, node.right if isinstance(node.op, ast.Pow) else self.visit(node.right))


def number(text: str, at: Mapping[str, Any]) -> Any:
    """The value of a term where it is a real number, at numbers given by name; raises Undefined elsewhere."""
    tree = ast.fix_missing_locations(_Exact().visit(ast.parse(text, mode="eval")))
    with mpmath.workdps(DIGITS):
        values = {name: value if isinstance(value, mpmath.mpf) else mpmath.mpf(value.numerator) / value.denominator for name, value in at.items()}
        try:
            return _real(eval(compile(tree, "term", "eval"), {"__builtins__": {}, **_NAMES}, values))
        except (ZeroDivisionError, OverflowError, ValueError):
            raise Undefined from None


def sides(text: str) -> tuple[str, str, str]:
    """Left side, relation and right side of the only conclusion of a statement."""
    shown = ast.parse(text.rsplit("show(", 1)[1].rstrip().removesuffix(")"), mode="eval").body
    assert isinstance(shown, ast.Compare)
    relation = {ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!="}[type(shown.ops[0])]
    return ast.unparse(shown.left), relation, ast.unparse(shown.comparators[0])


def opinion(text: str, at: Mapping[str, Any]) -> bool | None:
    """Whether the conclusion holds at numbers; None if that is not clear."""
    left, relation, right = sides(text)
    try:
        with mpmath.workdps(DIGITS):
            difference = number(right, at) - number(left, at)
            clear = abs(difference) > HAIR
    except Undefined:
        return None
    if not clear:
        return None
    return bool({"<": difference > 0, "<=": difference > 0, "==": False, "!=": True}[relation])


def named(values: Mapping[Any, Any]) -> dict[str, Any]:
    """A counterexample by names, for `opinion`."""
    with mpmath.workdps(DIGITS):
        return {v.variable.name: _surd(x) if isinstance(x, Surd) else Fraction(int(x.numerator), int(x.denominator)) for v, x in values.items()}


def _surd(x: Surd) -> Any:
    a, b = (mpmath.mpf(int(q.numerator)) / int(q.denominator) for q in (mpq(x.a), mpq(x.b)))
    return a + b * mpmath.sqrt(x.c)
