"""derivative(e, x): by the rules of calculus, where there is one."""

import pytest

from fpproof.errors import TheoryError
from fpproof.judges import Finding, Referee
from fpproof.theory import show
from tests.judges.real_oracles import claim

RULES = [
    ("x**3 - 2*x + 5", "3 * x**2 - 2"),
    ("1/x", "-1 / x**2"),
    ("x/3", "1 / 3"),
    ("x**-2", "-2 * x**-3"),
    ("sqrt(x)", "1 / (2 * sqrt(x))"),
    ("exp(2*x)", "exp(2 * x) * 2"),
    ("log(x)*x", "1 / x * x + log(x)"),
    ("sin(x)", "cos(x)"),
    ("cos(x)", "-sin(x)"),
    ("sinh(x)", "cosh(x)"),
    ("cosh(x)", "sinh(x)"),
    ("tanh(x)", "1 - tanh(x)**2"),
    ("y**2 + 7", "0"),
    ("y * x", "y"),
    ("-x", "-1"),
    ("y - x", "-1"),
    ("rounded(x * x)", None),
    ("erf(x)", None),
    ("exponent(x)", None),
]


@pytest.mark.parametrize(("text", "expected"), RULES)
def test_rules(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(TheoryError, match="has no derivative"):
            claim(f"x: Real, y: Real | show(derivative({text}, x) == 7)")
        return
    stated = claim(f"x: Real, y: Real | assume(x == 3, y == 2); show(derivative({text}, x) == {expected})")
    values = {v: stated.assumptions[i].args[1].data for i, v in enumerate(stated.variables)}
    found = Referee(stated).at(values)
    texts = [show(side) for side in stated.conclusions[0].args] if stated.conclusions else []
    assert found is Finding.HOLDS or texts[0] == texts[1], texts


@pytest.mark.parametrize(("at", "expected"), [(-2, -1), (2, 1)])
def test_kinks(at: int, expected: int) -> None:
    """|x|, max and min have no derivative where they turn: NaN."""
    shown = f"derivative(abs(x), x) == {expected}, derivative(max(x, -x), x) == {expected}, derivative(min(x, -x), x) == {-expected}"
    stated = claim(f"x: Real | show({shown})")
    (x,) = stated.variables
    assert Referee(stated).at({x: stated.pool.constant(at).data}) is Finding.HOLDS
    turned = claim("x: Real | show(is_nan(derivative(abs(x), x)))")
    assert Referee(turned).at({turned.variables[0]: stated.pool.constant(0).data}) is Finding.HOLDS


@pytest.mark.parametrize("text", ["derivative(x, 2*x)", "derivative(x, y)", "derivative(x, 3)", "derivative(x)"])
def test_of_a_real_parameter_only(text: str) -> None:
    with pytest.raises(TheoryError):
        claim(f"x: Real, y: Float | show({text} == 1)")
