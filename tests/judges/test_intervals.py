"""Intervals, jets and boxes: what they enclose is where balls find it, at every point that is tried."""

from fractions import Fraction
from math import factorial
from random import Random
from typing import Any

import gmpy2
import pytest
from gmpy2 import mpfr, mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.judges.enclosure.evaluate import Terms, is_real
from fpproof.judges.enclosure.jets import jets
from fpproof.judges.reals.boxes import Range, enclosed, simplest, whole_box
from fpproof.judges.reals.functions import written_out
from fpproof.judges.reals.intervals import ANYTHING, Interval, arithmetic, equal, less, less_equal
from fpproof.theory import Op, Term
from fpproof.theory.balls import Ball, Undecided, enclosing
from fpproof.theory.derivative import Derivatives
from fpproof.theory.evaluate import Failure, Program
from fpproof.theory.numbers import INFINITY, NAN, NEGATIVE_INFINITY, Special
from tests.judges.real_oracles import claim
from tests.judges.statements import rationals, real_numbers, real_statements

NUMBERS = arithmetic(64)


def ends(value: Any) -> tuple[Any, Any] | None:
    """Rationals around a value of the exact evaluator or of balls; None for what is no real number."""
    if isinstance(value, Ball):
        try:
            return value.ends
        except Undecided:
            return None
    if isinstance(value, Special):
        return (mpq(0), mpq(0)) if value is Special.NEGATIVE_ZERO else None
    return (value, value) if isinstance(value, type(mpq(0))) else None


def holds(enclosure: Any, value: Any) -> bool:
    """Whether a value may lie in an enclosure: false only if it certainly does not."""
    if not isinstance(enclosure, Interval):
        around = ends(value)
        exact = ends(enclosure)
        return enclosure == value if exact is None else around is None or around[0] <= exact[0] <= around[1]
    if value is NAN:
        return enclosure.nan
    if value in (INFINITY, NEGATIVE_INFINITY):
        return enclosure.infinite
    around = ends(value)
    if around is None:
        return True
    low, high = around
    below = enclosure.low > high or (enclosure.low_open and enclosure.low == low == high)
    above = enclosure.high < low or (enclosure.high_open and enclosure.high == low == high)
    return not below and not above


def inside(box: tuple[Range, ...], random: Random) -> list[Any]:
    """A point of a box, its ends more often than others."""
    point = []
    for r in box:
        low = r.low if r.low is not None else mpq(-40)
        high = r.high if r.high is not None else mpq(40)
        weight = random.choice([mpq(0), mpq(1), mpq(1, 2), mpq(random.randint(1, 99), 100)])
        weight = min(max(weight, mpq(int(r.low_open), 1000)), 1 - mpq(int(r.high_open), 1000))
        point.append(low + (high - low) * weight)
    return point


@given(real_statements(2), st.sampled_from([2, 30, 64]))
@settings(max_examples=150)
def test_values_lie_in_intervals(text: str, bits: int) -> None:
    """Of numbers, and of the conditions that compare them."""
    stated = written_out(claim(text))
    box = whole_box(stated)
    if any(r.empty for r in box) or not stated.conclusions:
        return
    condition = stated.conclusions[0].args[0] if stated.conclusions[0].op is Op.NOT else stated.conclusions[0]
    roots = [*condition.args, condition]
    found = Terms(roots).values(enclosed(stated, box, arithmetic(bits)), arithmetic(bits))
    program, random = Program(roots, enclosing(256)), Random(text)
    for _ in range(12):
        values = list(program.values(dict(zip(stated.variables, inside(box, random), strict=True))))
        for enclosure, value in zip(found, values, strict=True):
            if isinstance(value, Failure):
                continue
            assert enclosure in (None, value) if isinstance(value, bool) else holds(enclosure, value)


@given(real_numbers(2, ("x",)).filter(lambda text: "erf" not in text), rationals(), rationals(), st.integers(1, 4))
@settings(max_examples=150)
def test_derivatives_lie_in_jets(text: str, low: str, high: str, order: int) -> None:
    """Recurrences against the rules of calculus."""
    stated = written_out(claim(f"x: Real | assume({low} <= x <= {high}); show({text} != 7)"))
    box = whole_box(stated)
    if any(r.empty for r in box) or not stated.conclusions:
        return
    (x,) = stated.variables
    term = stated.conclusions[0].args[0].args[0]
    jet = jets(Terms([term]), enclosed(stated, box, NUMBERS), x, order, NUMBERS)[0]
    for k in range(1, order + 1):
        derived = nth(stated.pool, x, term, k)
        coefficient = jet[k] if k < len(jet) else mpq(0)
        if not is_real(coefficient):
            return
        program, random = Program([derived], enclosing(256)), Random(text)
        for _ in range(6):
            value = next(program.values({x: inside(box, random)[0]}))
            around = None if isinstance(value, Failure) else ends(value)
            if around is not None:
                scaled = [end / factorial(k) for end in around]
                interval = NUMBERS.interval(coefficient)
                assert interval.low <= scaled[1]
                assert scaled[0] <= interval.high


def nth(pool: Any, x: Term, term: Term, n: int) -> Term:
    for _ in range(n):
        term = Derivatives(pool, x, None).of(term)
    return term


def test_enclosures_can_be_wrong() -> None:
    """The control: a value outside is seen."""
    assert not holds(Interval(mpfr(0), mpfr(1)), mpq(2))
    assert not holds(Interval(mpfr(0), mpfr(1), True), mpq(0))
    assert not holds(Interval(mpfr(0), mpfr(1)), NAN)
    assert not holds(Interval(mpfr(0), mpfr("inf"), False, True), INFINITY)
    assert holds(ANYTHING, NAN)


def closed(low: Any, high: Any) -> Interval:
    return Interval(mpfr(low), mpfr(high))


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (closed(0, 1), closed(1, 2), (None, True, None)),
        (Interval(mpfr(0), mpfr(1), False, True), closed(1, 2), (True, True, False)),
        (closed(0, 1), closed(2, 3), (True, True, False)),
        (closed(2, 3), closed(0, 1), (False, False, False)),
        (closed(1, 1), closed(1, 1), (False, True, True)),
        (Interval(mpfr(0), mpfr(1), nan=True), closed(2, 3), (None, None, False)),
        (closed(1, 2), Interval(mpfr(0), mpfr(1), False, True), (False, False, False)),
    ],
)
def test_comparisons(x: Interval, y: Interval, expected: tuple[bool | None, ...]) -> None:
    assert (less(x, y), less_equal(x, y), equal(x, y)) == expected


def test_python_precision_does_not_count() -> None:
    """Python's operators round to the precision of the thread: nothing here may use them."""
    with gmpy2.context(gmpy2.get_context(), precision=5):
        x = NUMBERS.interval(mpq(1, 3))
        y = NUMBERS.negate(NUMBERS.absolute(NUMBERS.negate(x)))
        assert y.high - y.low < mpq(1, 2**60)
        assert mpq(y.low) < mpq(-1, 3) < mpq(y.high)
        assert NUMBERS.function("sin", closed(1, 2)).high == 1


@given(st.fractions(), st.fractions())
def test_simplest(a: Fraction, b: Fraction) -> None:
    """The least denominator between two numbers, by search."""
    low, high = (mpq(q.numerator, q.denominator) for q in sorted((a, b)))
    found = simplest(low, high)
    assert low <= found <= high
    for denominator in range(1, min(int(found.denominator), 200)):
        below = -low * denominator
        assert -(below.numerator // below.denominator) > high * denominator
