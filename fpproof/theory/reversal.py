"""Asymptotic over the reals, attained in floats: one statement about the data of a certificate, both halves of it decided.

With data x_1 < ... < x_n and y_i = p(x_i), p a polynomial of degree q >= 2, and L the mean of the squared errors:

    over the reals    L(theta) > 0 for every network of m neurons with an activation psi (S2-E1: n is at least what `fpproof.dynamics.zeros` says),
                      and inf L = 0 (S2-E2, for p = x^2: a family with L <= C h^4 for all h), so the infimum is not attained;
    in floats         the certificate's network has exactly the values y_i, so L = 0, and the gradient 0 there (checked by evaluating it).

The networks of the two halves need not have the same shape: what attains in floats is larger, and is named by the certificate.
"""

from dataclasses import dataclass
from fractions import Fraction

from gmpy2 import mpq

from fpproof.certificates import Certificate, check
from fpproof.dynamics.balls import Ball, ball, magnitude, working
from fpproof.dynamics.expressions import parse_loss
from fpproof.dynamics.families import Family, family, square
from fpproof.dynamics.graph import DynamicsError, Graph
from fpproof.dynamics.rounded import exactly
from fpproof.dynamics.sad import polynomial_degree
from fpproof.dynamics.zeros import data_size
from fpproof.formats import Datum, rational

SQUARE = "x**2"
BASES = {"softplus": Fraction(0), "swish": Fraction(0), "logistic": Fraction(3, 4), "sigmoid": Fraction(3, 4), "tanh": Fraction(1, 2)}
"""Where psi'' is not 0."""


@dataclass(frozen=True)
class Reversal:
    """The parts of the two halves: "" where one is shown, or the reason why it is not."""

    points: int
    needed: int
    positive: str
    infimum: str
    attained: str
    family: Family | None

    @property
    def holds(self) -> bool:
        return not (self.positive or self.infimum or self.attained)


def reversal(certificate: Certificate, target: str = SQUARE, activation: str = "softplus", neurons: int = 2) -> Reversal:
    """Both halves for the points of a certificate of one input and one output. DynamicsError if the target is no polynomial of degree 2 or more."""
    graph = Graph()
    node = parse_loss(graph, target, {"x": 0})
    degree = polynomial_degree(graph, node)
    if degree is None:
        raise DynamicsError(f"target: expected a polynomial in x, found {target[:60]}")
    needed = data_size(neurons, degree, activation)
    points = {_number(point.x[0]) for point in certificate.points}
    positive = "" if len(points) >= needed else f"{len(points)} different points; {needed} are needed for {neurons} neurons and degree {degree}"
    found, infimum = _infimum(graph, node, activation, neurons, max(abs(x) for x in points))
    return Reversal(len(points), needed, positive, infimum, _attained(certificate, graph, node), found)


def _number(x: Datum) -> Fraction:
    if x[1] is None:
        raise DynamicsError("reversal: a point of the certificate is not finite")
    return rational(x)


def _infimum(graph: Graph, node: int, activation: str, neurons: int, reach: Fraction) -> tuple[Family | None, str]:
    square = parse_loss(graph, SQUARE, {"x": 0})
    if polynomial_degree(graph, graph.subtract(node, square)) != 0 or _value(graph, graph.subtract(node, square), Fraction(0)) != 0:
        return None, "a family of networks is known here for x^2 only"
    base = BASES.get(activation)
    if neurons < 2 or base is None:
        return None, f"no family of {neurons} neurons with {activation} is known here"
    name = "sigmoid" if activation == "logistic" else activation
    return family(name, base, 1 / (2 * max(reach, Fraction(1))), max(reach, Fraction(1))), ""


def _value(graph: Graph, node: int, x: Fraction) -> mpq:
    value: mpq = graph.program([node]).run(exactly(), [mpq(x.numerator, x.denominator)])[0]
    return value


def _attained(certificate: Certificate, graph: Graph, node: int) -> str:
    for number, point in enumerate(certificate.points, 1):
        if len(point.x) != 1 or len(point.value) != 1:
            raise DynamicsError("reversal: expected a certificate of one input and one output")
        if point.value[0][1] is None or _number(point.value[0]) != _value(graph, node, _number(point.x[0])):
            return f"the value at point {number} is not the target's"
        if any(g[0] != 0 or g[1] is None for g in point.gradient):
            return f"the gradient at point {number} is not 0"
    report = check(certificate)
    return "" if report.accepted else "the certificate is rejected"


def coefficient(of: Family) -> Ball:
    """C of L <= C h^4 for data up to the family's reach: max K^2 times reach^8."""
    with working(100):
        return magnitude(square(of.bound) * ball(of.reach) ** (2 * of.order + 4))
