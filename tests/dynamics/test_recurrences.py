"""Taylor coefficients in pairs of doubles are those of passes through series of balls, but for some of their last bits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpproof.dynamics import recurrences
from fpproof.dynamics.balls import working
from fpproof.dynamics.expressions import FUNCTIONS
from fpproof.dynamics.flow import start_vector
from fpproof.dynamics.problem import Problem, problem
from fpproof.dynamics.recurrences import coefficients, worthwhile
from fpproof.dynamics.taylor import expand
from tests.strategies import small_rationals

ORDER, BITS = 20, 90


def agree(p: Problem, bits: int = BITS) -> bool:
    """Whether all coefficients up to t^20 differ by less than 2^-bits of the largest of their power of t."""
    with working(200):
        center = [x.mid() for x in start_vector(p)]
        wanted = expand(p, center, ORDER, 0.0)[0]
        found = coefficients(p, center, ORDER)
        assert found is not None
        for k in range(ORDER + 1):
            scale = sum(abs(row[k]) for row in wanted)
            if any(abs(x[k] - y[k]) > scale * 2.0**-bits for x, y in zip(found, wanted, strict=True)):
                return False
        return True


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function(name: str) -> None:
    assert agree(problem(f"({name}(x*y + 1/2) - 2*y)**2 + x**4/y", {"x": "3/7", "y": "5/4"}))


@given(small_rationals(), small_rationals(), st.integers(2, 9))
def test_sums_products_quotients_and_powers(a: object, b: object, n: int) -> None:
    assert agree(problem(f"(x*y - {n})**2 - x/(1 + y**2) + (x - y)**{n}/{2**n}", {"x": str(a), "y": str(b)}))


def test_another_slope_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: with one instruction that subtracts where it should add, it does."""
    p = problem("(tanh(x*y) - 2*y)**2 + x + y", {"x": "3/7", "y": "5/4"})
    assert agree(p)
    q = problem("(tanh(x*y) - 2*y)**2 + x + y", {"x": "3/7", "y": "5/4"})
    monkeypatch.setitem(recurrences._KINDS, "add", recurrences._KINDS["subtract"])
    assert not agree(q)


def test_where_doubles_do_not_reach() -> None:
    """Coefficients that overflow, slopes that are too many, and kinks are left to balls."""
    with working(120):
        steep = problem("exp(exp(x))", {"x": "6"})
        assert coefficients(steep, start_vector(steep), ORDER) is None
        long = problem("x**200", {"x": "1"})
        assert coefficients(long, start_vector(long), ORDER) is None
        kink = problem("relu(x)*y", {"x": "0", "y": "1"})
        assert coefficients(kink, start_vector(kink), ORDER) is None


def test_only_for_long_programs_and_moderate_defects() -> None:
    long = problem("+".join(f"tanh(x + {k}*y)**2" for k in range(1, 40)), {"x": "1", "y": "2"})
    assert worthwhile(long, 30, 1e-16)
    assert not worthwhile(long, 30, 1e-30)
    assert not worthwhile(problem("x**2", {"x": "1"}), 30, 1e-16)
