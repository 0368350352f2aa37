"""Balls: what they say of one input is what mpmath and the exact rules say; what they do not know they do not say."""

from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings

from fpproof.judges import Finding, Referee
from fpproof.theory import Op
from fpproof.theory.balls import Ball, Undecided, enclosing
from fpproof.theory.evaluate import Failure, Program
from fpproof.theory.numbers import ZERO, Special
from tests.judges.real_oracles import DIGITS, HAIR, Undefined, claim, number
from tests.judges.statements import rationals, real_numbers


@given(real_numbers(2, ("x",)), rationals())
@settings(max_examples=150)
def test_balls_against_mpmath(text: str, at: str) -> None:
    stated = claim(f"x: Real | assume(x == {at}); show({text} != 7)")
    if not stated.conclusions:
        return
    (x,) = stated.variables
    term = stated.conclusions[0].args[0].args[0]
    value = next(Program([term], enclosing(256)).values({x: stated.assumptions[0].args[1].data}))
    try:
        expected = number(text, {"x": Fraction(at.strip("()"))})
    except Undefined:
        return
    if not isinstance(value, Ball):
        return
    try:
        low, high = value.ends
    except Undecided:
        return
    with mpmath.workdps(DIGITS):
        bounds = [mpmath.mpf(int(end.numerator)) / int(end.denominator) for end in (low, high)]
        room = HAIR * (1 + abs(expected))
        assert bounds[0] - room <= expected <= bounds[1] + room


HOLDS, FAILS, UNMET, UNKNOWN = Finding.HOLDS, Finding.FAILS, Finding.UNMET, Finding.UNKNOWN

SAID = [
    ("show(exp(1) > 2.718281828459045235360287471352)", HOLDS),
    ("show(exp(1) > 2.718281828459045235360287471353)", FAILS),
    ("show(exp(1) == 2.718281828459045235360287471353)", FAILS),
    ("show(exp(x) == exp(x), exp(x) - exp(x) <= 1)", HOLDS),
    ("show(exp(log(2)) == 2)", UNKNOWN),
    ("show(exp(log(2)) < 2)", UNKNOWN),
    ("assume(exp(log(2)) < 2); show(x == 0)", UNKNOWN),
    ("assume(exp(1) < 2); show(x == 0)", UNMET),
    ("show(1/(exp(1) - exp(1)) != 1)", HOLDS),
    ("show(log(1 - exp(1)) == 0)", FAILS),
    ("show(is_nan(log(1 - exp(1))), is_nan(sqrt(2 - exp(1))))", HOLDS),
    ("show(exp(1) + infinity == infinity, exp(1)*-infinity == -infinity, exp(1)/infinity == 0, infinity > exp(1))", HOLDS),
    ("show(is_nan(nan * exp(1)), not nan < exp(1), is_nan(min(nan, exp(1))), max(exp(1), infinity) == infinity)", HOLDS),
    ("show(same(0/exp(1), 0), same(-0.0/exp(1), -0.0), 1/(-0.0*exp(1)) == -infinity)", HOLDS),
    ("show(exp(1)**0 == 1, exp(1)**2 > 7.389, exp(1)**-1 < 0.3679, (-exp(1))**3 < -20)", HOLDS),
    ("show(fl(exp(1), E5M2) == 2.5, fl(exp(1), E5M2, to=up) == 3, fl(-exp(-100), E5M2) == 0)", HOLDS),
    ("show(same(fl(-exp(-100), E5M2), -0.0))", HOLDS),
    ("show(sqrt(1 + sqrt(2)) > 1.55, sqrt(2) + sqrt(3) > 3.146, finite(exp(1)))", HOLDS),
    ("show(sinh(1) < cosh(1), erf(1) < 0.8428, sin(1) > 0.84, cos(1) < 0.55, tanh(1) > 0.76)", HOLDS),
    ("show(1.57 < atan(1/x) < 1.58, -1.58 < atan(-1/x) < -1.57)", HOLDS),
    ("show((exp(log(2)) == 2) if exp(1) < 2 else True)", HOLDS),
    ("show(exp(1) > 3 or sqrt(2) > 1, not (exp(1) > 3 and exp(log(2)) == 2))", HOLDS),
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_the_referee(text: str, expected: Finding) -> None:
    stated = claim(f"x: Real | {text}")
    (x,) = stated.variables
    referee = Referee(stated)
    assert referee.at({x: ZERO}) is expected


def test_what_is_exact_needs_no_balls() -> None:
    stated = claim("x: Real | show(x + 1 > x)")
    referee = Referee(stated)
    assert referee.at({stated.variables[0]: stated.pool.constant(3).data}) is HOLDS
    assert referee.bits == 0


def test_more_bits_tell_more() -> None:
    """A difference of 2^-300: 256 bits do not tell it, 1024 do."""
    stated = claim("x: Real | show(exp(x) < exp(x + pow2(-300)))")
    referee = Referee(stated)
    assert referee.at({stated.variables[0]: stated.pool.constant(1).data}) is HOLDS
    assert referee.bits == 1024


def test_huge_exponents_end() -> None:
    """Neither exp(10^9) nor its rounding fills the memory."""
    stated = claim("x: Real | show(exp(10**9) > 1, fl(exp(10**9), E5M2) > 1)")
    assert Referee(stated).at({stated.variables[0]: stated.pool.constant(1).data}) in (HOLDS, UNKNOWN)


def test_a_ball_is_never_a_special() -> None:
    stated = claim("x: Real | show(exp(x) > 0)")
    value: Any = next(Program([stated.conclusions[0].args[1]], enclosing(64)).values({stated.variables[0]: stated.pool.constant(1).data}))
    assert isinstance(value, Ball)
    assert not isinstance(value, Special | Failure)
    assert "2.718281828459045" in str(value)
    assert stated.conclusions[0].op is Op.LESS
