"""Descent of expressions in torch: the same bits as in binary32 where torch's operations are correctly rounded, and near it elsewhere."""

from fractions import Fraction

import pytest

from fpproof.dynamics.descent import Descent
from fpproof.dynamics.problem import problem

POLYNOMIAL = problem("(x*y - 1)**2/2 + (x - y)**2/8", {"x": "3/2", "y": "1/4"})
TOY = problem("(c*log(cosh(w)) - 1)**2 + (c*log(cosh(2*w)) - 4)**2", {"w": "1", "c": "5/2"})


@pytest.mark.parametrize(("dtype", "format"), [("float32", "binary32"), ("float64", "binary64")])
def test_rational_losses_descend_bit_for_bit(dtype: str, format: str) -> None:
    runs = [list(Descent(POLYNOMIAL, Fraction(1, 8), name, 60).points()) for name in (f"torch:{dtype}", f"numpy:{dtype}", format)]
    assert runs[0] == runs[1] == runs[2]
    assert len(runs[0]) == 61


def test_other_functions_are_the_machines_own() -> None:
    """torch's log and cosh need not be correctly rounded: the run is near that of binary32, and its numbers are floats of it."""
    ours, torchs = ([*Descent(TOY, Fraction(1, 128), name, 20).points()] for name in ("binary32", "torch:float32"))
    for x, y in zip(ours[-1], torchs[-1], strict=True):
        assert abs(x - y) < Fraction(1, 10**4)
        assert (y * 2**24).denominator == 1
