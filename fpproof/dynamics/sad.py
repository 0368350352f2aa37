"""The class SAD (sublinear, analytic, definable) of S2-D1, decided for functions of one variable by obligations that are checked.

- Sublinear, |f(x)| <= C (1 + |x|), in the uniform form that compositions keep; read ray by ray, compositions in two variables fail (`RAYS`).
  Shown by a bound of |f'|: on [-64, 64] by balls, beyond by the tail that the table states with its reason. Polynomials are decided by their degree.
- Analytic: written without a kink. Refuted by the first derivative at 0 that differs between the branches of a kink.
- Definable: written with exp, log, tanh, erf, atan, roots, rational operations and kinks, which are Pfaffian or semialgebraic (Wilkie 1999: an
  o-minimal structure). Refuted by infinitely many isolated zeros: sin(k pi) = 0 with sin' = +-1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import add, mul, neg, sub
from typing import Any

from gmpy2 import mpq

from fpproof.dynamics.balls import DomainError, ball, flint, magnitude, real_balls, series, working
from fpproof.dynamics.expressions import parse_loss
from fpproof.dynamics.graph import Arithmetic, DynamicsError, Graph, Node, Program

PFAFFIAN = {"exp", "log", "sqrt", "sinh", "cosh", "tanh", "sigmoid", "softplus", "log1p", "expm1", "erf", "atan", "relu", "step", "pi", "power"}
RATIONAL = {"add", "subtract", "multiply", "divide", "negate", "constant", "variable"}
TAIL = 64
CELLS = 512
ORDER = 8
"""Derivatives at a kink that are compared."""

RAYS = ("x**4*exp(-(y - x**2)**2)", "sqrt(sqrt(1 + t**2))", "sqrt(1 + t**2)")
"""f(x, y) and g(t) = (g1, g2): all sublinear along every ray, analytic and definable, but f(g(t)) = 1 + t^2."""


@dataclass(frozen=True)
class Property:
    """Whether a function has a property (None: not decided), and the reason."""

    holds: bool | None
    reason: str


@dataclass(frozen=True)
class Class:
    """The three properties of a function."""

    text: str
    sublinear: Property
    analytic: Property
    definable: Property

    @property
    def sad(self) -> bool | None:
        """Whether it is SAD: False if one property fails, None if one is open."""
        parts = (self.sublinear.holds, self.analytic.holds, self.definable.holds)
        return False if False in parts else None if None in parts else True


TABLE = {
    "logistic(x)": "0 <= f' = f (1 - f) <= 1/4",
    "tanh(x)": "0 <= f' = 1 - f^2 <= 1",
    "softplus(x)": "0 < f' = logistic < 1",
    "swish(x)": "for x >= 64: |f' - 1| = |(1 - s)(x s - 1)| < 65 e^-64 < 1, and f'(x) = 1 - f'(-x)",
    "gelu(x)": "for x >= 64: |f' - 1| <= x phi(x) < 1, and f'(x) = 1 - f'(-x)",
    "mish(x)": "for |x| >= 64: |x T'| <= 4 |x| e^-|x| < 1 and 0 < T < 1",
    "relu(x)": "0 <= f' <= 1 off the kink",
    "elu(x)": "0 < f' <= 1",
    "softsign(x)": "0 < f' = (1 + |x|)^-2 <= 1",
    "x**2": "",
    "x**3": "",
    "sin(x)": "|f'| = |cos| <= 1",
}
"""What is in the paper's table and its controls -> the bound |f'| <= 2 beyond [-64, 64], with its reason; "" for none."""


def classify(text: str) -> Class:
    """The class of an expression in x; of those in TABLE, with the tails stated there."""
    graph = Graph()
    node = parse_loss(graph, text, {"x": 0})
    operations = {graph.instructions[place][0] for place in graph.needed([node])}
    return Class(text, _sublinear(graph, node, text), _analytic(graph, node, operations), _definable(text, operations))


def _sublinear(graph: Graph, node: int, text: str) -> Property:
    degree = polynomial_degree(graph, node)
    if degree is not None:
        return Property(degree <= 1, f"a polynomial of degree {degree}")
    tail = TABLE.get(text, "")
    if not tail:
        return Property(None, "no bound of f' in the tails is known here")
    with working(100):
        bound = _slope_bound(graph, node)
    if bound is None:
        return Property(None, "f' is not bounded by balls")
    return Property(True, f"|f'| <= {float(bound):.4g} on [-{TAIL}, {TAIL}]; beyond, {tail}")


def polynomial_degree(graph: Graph, node: Node) -> int | None:
    """The degree of a polynomial in x, with exact coefficients; None for what is written as something else. The polynomial 0 has degree 0."""
    fmpq_poly, fmpq = flint().fmpq_poly, flint().fmpq
    program = graph.program([node])
    if not {name for name, _, _ in program.code} <= {"constant", "variable", "add", "subtract", "multiply", "divide", "negate", "power"}:
        return None
    divisors = [graph.instructions[place][2] for place in graph.needed([node]) if graph.instructions[place][0] == "divide"]
    if any(graph.value(divisor) is None for divisor in divisors):
        return None
    operations: dict[str, Callable[..., Any]] = {"add": add, "subtract": sub, "multiply": mul, "negate": neg, "power": pow}
    operations["divide"] = lambda x, y: x * (1 / y[0])
    exact = Arithmetic("polynomials", lambda r: fmpq_poly([fmpq(int(r.numerator), int(r.denominator))]), operations)
    return max(0, int(program.run(exact, [fmpq_poly([0, 1])])[0].degree()))


def _slope_bound(graph: Graph, node: int) -> Any:
    """An upper bound of |f'| on [-64, 64] off the kinks: of the better of the value on each cell and one with kinks on one side."""
    slope = graph.program(graph.gradient(node, 1))
    arb = flint().arb
    most = arb(0)
    for k in range(CELLS):
        low, high = ball(mpq(-TAIL) + mpq(2 * TAIL * k, CELLS)), ball(mpq(-TAIL) + mpq(2 * TAIL * (k + 1), CELLS))
        cell = low.union(high)
        try:
            value = slope.run(_one_sided(k >= CELLS // 2), [cell])[0]
        except DomainError:
            return None
        if not value.is_finite():
            return None
        most = magnitude(value) if magnitude(value) > most else most
    return most


def _one_sided(right: bool) -> Arithmetic:
    """Balls, with the branch of kinks at 0 that belongs to x > 0 or to x < 0: at the ends of cells, which touch 0, that is the one-sided limit."""

    def step(x: Any) -> Any:
        try:
            return real_balls().operations["step"](x)
        except DomainError:
            positive = bool(x.mid() > 0)
            return flint().arb(1 if positive else 0)

    return Arithmetic("one-sided", real_balls().constant, {**real_balls().operations, "step": step})


def _analytic(graph: Graph, node: int, operations: set[str]) -> Property:
    if not operations & {"relu", "step"}:
        return Property(True, "a composition of analytic functions on their domains")
    program = graph.program([node])
    with working(100, ORDER):
        left, right = (_branch(program, side) for side in (-1, 1))
        for k, (a, b) in enumerate(zip(left, right, strict=True)):
            if not a.overlaps(b):
                factor = flint().arb(k).gamma() * k if k else 1
                values = [(c * factor).str(5, radius=False) for c in (a, b)]
                return Property(False, f"derivative {k} at 0 is {values[0]} from the left, {values[1]} from the right")
    return Property(None, f"the first {ORDER} derivatives at 0 do not differ")


def _branch(program: Program, side: int) -> list[Any]:
    """Taylor coefficients at 0 of the branch on one side: every kink at 0 is replaced by the branch that an argument with that slope takes."""
    arb_series, arb = flint().arb_series, flint().arb
    operations: dict[str, Callable[..., Any]] = dict(series().operations)

    def positive(x: Any) -> bool:
        for k, c in enumerate(arb_series(x).coeffs()):
            if c > 0 or c < 0:
                return bool((c > 0) == (side > 0 or k % 2 == 0))
        raise DynamicsError("a kink whose branch is not seen")

    operations["relu"] = lambda x: x if positive(x) else arb_series([0])
    operations["step"] = lambda x: arb_series([1 if positive(x) else 0])
    result = program.run(Arithmetic("a branch", series().constant, operations), [arb_series([0, 1])])[0]
    found = list(arb_series(result).coeffs())
    return [*found, *[arb(0)] * (ORDER - len(found))][:ORDER]


def _definable(text: str, operations: set[str]) -> Property:
    if operations <= PFAFFIAN | RATIONAL:
        return Property(True, "Pfaffian functions and rational operations: o-minimal (Wilkie 1999)")
    if text == "sin(x)":
        return Property(False, "infinitely many isolated zeros k pi, with derivative +-1")
    others = ", ".join(sorted(operations - PFAFFIAN - RATIONAL))
    return Property(None, f"{others}: not definable on the whole line, perhaps on the range that is used")
