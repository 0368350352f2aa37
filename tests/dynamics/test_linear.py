"""Deep linear networks with matrix weights: conservation and the flow of the product, by algebra and on enclosures; the exceptional ray."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.dynamics.balls import norm, working
from fpproof.dynamics.flow import flow
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.linear import (
    Matrix,
    audit,
    balanced_start,
    end_to_end,
    layer_velocities,
    matrices,
    minus,
    orthogonal,
    power,
    product,
    transpose,
    unbalance,
    velocity,
)
from fpproof.dynamics.problem import Problem, network_problem, read_problem
from fpproof.dynamics.rounded import exactly
from fpproof.training import Affine, Run
from tests.strategies import small_rationals

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def linear(weights: list[Matrix], targets: list[list[Any]]) -> Problem:
    """phi(W) = |W - target|^2 / 2: whitened data, the unit vectors."""
    n = len(weights[0][0])
    layers = tuple(Affine(tuple(tuple(map(Fraction, row)) for row in w), (None,) * len(w)) for w in weights)
    x = tuple(tuple(Fraction(int(i == j)) for j in range(n)) for i in range(n))
    y = tuple(tuple(Fraction(row[j]) for row in targets) for j in range(n))
    return network_problem(Run(layers, x, y, reduction="sum"))


@pytest.mark.parametrize("n", [2, 3, 4])
def test_conservation_and_the_flow_of_the_product_without_numbers(n: int) -> None:
    """With matrices as symbols that do not commute, of any sizes: the derivative of each W_(j+1)^T W_(j+1) - W_j W_j^T is 0, and W' is the sum."""
    ws = [sympy.Symbol(f"W{j}", commutative=False) for j in range(1, n + 1)]
    ts = [sympy.Symbol(f"T{j}", commutative=False) for j in range(1, n + 1)]
    G, H = sympy.symbols("G H", commutative=False)

    def adjoint(factors: list[Any]) -> Any:
        """The product's transpose: factors from the left are W_n ... W_1."""
        swapped = {**dict(zip(ws, ts, strict=True)), **dict(zip(ts, ws, strict=True)), G: H, H: G}
        return sympy.Mul(*[swapped[f] for f in reversed(factors)])

    def factors(j: int) -> list[Any]:
        return [*ts[j + 1 :], G, *ts[:j]]

    slopes = [-sympy.Mul(*factors(j)) for j in range(n)]  # W_j' = -T_(j+1) ... T_n G T_1 ... T_(j-1)
    transposed = [-adjoint(factors(j)) for j in range(n)]
    for j in range(n - 1):
        rate = transposed[j + 1] * ws[j + 1] + ts[j + 1] * slopes[j + 1] - slopes[j] * ts[j] - ws[j] * transposed[j]
        assert sympy.expand(rate) == 0
    whole = sum(sympy.Mul(*reversed(ws[j + 1 :])) * slopes[j] * sympy.Mul(*reversed(ws[:j])) for j in range(n))
    above = [sympy.Mul(*reversed(ws[j + 1 :])) * sympy.Mul(*ts[j + 1 :]) for j in range(n)]
    below = [sympy.Mul(*ts[:j]) * sympy.Mul(*reversed(ws[:j])) for j in range(n)]
    assert sympy.expand(whole + sum(a * G * b for a, b in zip(above, below, strict=True))) == 0


def rotation(numbers: list[Fraction]) -> Matrix:
    """2 x 2 or 3 x 3, from 1 or 3 numbers."""
    if len(numbers) == 1:
        return orthogonal([[Fraction(0), numbers[0]], [-numbers[0], Fraction(0)]])
    a, b, c = numbers
    return orthogonal([[Fraction(0), a, b], [-a, Fraction(0), c], [-b, -c, Fraction(0)]])


@settings(max_examples=15)
@given(st.lists(small_rationals(), min_size=8, max_size=8), st.lists(st.fractions(Fraction(1, 4), 2, max_denominator=4), min_size=2, max_size=2))
def test_balanced_starts_are_balanced(numbers: list[Fraction], scales: list[Fraction]) -> None:
    """Widths 3, 2, 3, 2: exactly; then powers of the outer matrices are what the closed flow says, and the velocity of the product agrees."""
    ws = balanced_start([rotation(numbers[0:3]), rotation(numbers[3:4]), rotation(numbers[4:7]), rotation(numbers[7:8])], scales)
    n = len(ws)
    assert all(entry == 0 for matrix in unbalance(ws) for row in matrix for entry in row)
    whole, S, R = end_to_end(ws), product(ws[-1], transpose(ws[-1])), product(transpose(ws[0]), ws[0])
    assert power(S, n) == product(whole, transpose(whole))
    assert power(R, n) == product(transpose(whole), whole)
    G = [[Fraction(1), Fraction(-2), Fraction(1, 3)], [Fraction(0), Fraction(1, 2), Fraction(3)]]
    closed = [product(power(S, 2), G), product(product(S, G), R), product(G, power(R, 2))]
    assert velocity(ws, G) == [[-(a + b + c) for a, b, c in zip(*rows, strict=True)] for rows in zip(*closed, strict=True)]
    ws[0][0][0] += 1
    assert power(product(transpose(ws[0]), ws[0]), n) != product(transpose(end_to_end(ws)), end_to_end(ws))


def test_layers_move_the_product() -> None:
    """The product rule: W' from the layers' velocities, for unbalanced rationals; and these are the gradient of the graph."""
    ws: list[Matrix] = [
        [[Fraction(1, 2), Fraction(-1)], [Fraction(2), Fraction(1, 3)], [Fraction(0), Fraction(1)]],
        [[Fraction(1), Fraction(1, 4), Fraction(-1, 2)], [Fraction(3), Fraction(0), Fraction(1)]],
    ]
    target = [[Fraction(1), Fraction(0)], [Fraction(-1), Fraction(1, 2)]]
    G = minus(end_to_end(ws), target)
    moves = layer_velocities(ws, G)
    by_layers = [[a + b for a, b in zip(r, s, strict=True)] for r, s in zip(product(moves[1], ws[0]), product(ws[1], moves[0]), strict=True)]
    assert by_layers == velocity(ws, G)
    p = linear(ws, target)
    found = p.gradient.run(exactly(), list(p.start))
    assert [-x for x in found] == [entry for matrix in moves for row in matrix for entry in row]


def test_balance_and_the_closed_flow_on_enclosures() -> None:
    """2-2-2-1, unbalanced and balanced: constants stay; w' = -rho^(2 - 2/n) (G + (n - 1) (G.u) u), so rho' and nu' of S3-C1 hold at every time."""
    p = read_problem(EXAMPLES / "linear.toml")
    found = flow(p, Fraction(3), Fraction(1, 10**12), times=[Fraction(1)])
    start = found.at(Fraction(0))
    nus = []
    for t in (Fraction(1), Fraction(3)):
        state = found.at(t)
        with working(found.bits):
            facts = audit(p, start, state)
            assert max(facts.unbalance, facts.conserved, facts.power_law, key=float) < arb("1e-10")
            ((x, y),) = facts.end_to_end
            target = [arb(1), arb("0.5")]
            G = [x - target[0], y - target[1]]
            rho, size = (x * x + y * y).sqrt(), arb("1.25").sqrt()
            u = [x / rho, y / rho]
            nu = (u[0] * target[0] + u[1] * target[1]) / size
            along = G[0] * u[0] + G[1] * u[1]
            closed = [-(rho ** (arb(4) / 3)) * (g + 2 * along * v) for g, v in zip(G, u, strict=True)]
            (moving,) = velocity(matrices(p, state.parameters), [G])
            assert all(a.overlaps(b) and abs(a - b) < 1e-9 for a, b in zip(closed, moving, strict=True))
            rho_dot = moving[0] * u[0] + moving[1] * u[1]
            assert rho_dot.overlaps(3 * rho ** (arb(4) / 3) * (size * nu - rho))
            nu_dot = ((moving[0] * target[0] + moving[1] * target[1]) / size - nu * rho_dot) / rho
            assert nu_dot.overlaps(rho ** (arb(1) / 3) * size * (1 - nu * nu))
            nus.append(nu)
    assert nus[0] < nus[1]


def test_what_is_not_balanced_stays_so() -> None:
    p = linear([[[1, Fraction(1, 2)], [0, 1]], [[Fraction(1, 2), -1], [1, 1]]], [[1, 0], [0, -1]])
    found = flow(p, Fraction(1))
    with working(found.bits):
        facts = audit(p, found.at(Fraction(0)), found.at(Fraction(1)))
        assert facts.unbalance > 0.5
        assert facts.conserved < 1e-7
        assert facts.power_law > 0.1
    with pytest.raises(DynamicsError, match="without activation"):
        matrices(read_problem(EXAMPLES / "logistic49.toml"), [])


def test_the_exceptional_ray_of_matrix_networks() -> None:
    """S3-P2: from a balanced start with w0 = -target/8 the product stays on the ray, and goes to 0; from one that is turned a little, it leaves."""
    flip = [[Fraction(-3, 5), Fraction(4, 5)], [Fraction(4, 5), Fraction(3, 5)]]  # its first column is -(3, -4)/5
    one, scale = [[Fraction(1)]], [Fraction(1, 2)]
    target = [[Fraction(3, 5), Fraction(-4, 5)]]
    for turn, exceptional in ((Fraction(0), True), (Fraction(1, 8), False)):
        Q = product(orthogonal([[Fraction(0), turn], [-turn, Fraction(0)]]), flip)
        ws = balanced_start([Q, rotation([Fraction(1, 3)]), rotation([Fraction(-2)]), one], scale)
        p = linear(ws, target)
        found = flow(p, Fraction(8), Fraction(1, 10**6))
        state = found.at(Fraction(8))
        with working(found.bits):
            ((x, y),) = end_to_end(matrices(p, state.parameters))
            across, along = arb(4) / 5 * x + arb(3) / 5 * y, arb(3) / 5 * x - arb(4) / 5 * y
            if exceptional:
                assert across.contains(0)
                assert arb(-1) / 100 < along < 0
                assert state.loss > 0.5
                assert norm(state.parameters) < 0.5
            else:
                assert not across.contains(0)
                assert along > -0.1
