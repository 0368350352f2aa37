"""Numbers that have no exact form, enclosed in balls: the rules of `numbers` for arguments of which only a ball is known.

A `Ball` stands for one real number inside an arb ball. Where all arguments are exact, the exact rules apply; what they have no form for becomes a
ball. Where balls do not tell (two that overlap are compared, a divisor whose ball holds 0) the value is a `Failure`, and more bits may tell:
so whatever is said, is said for certain.
"""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from fpproof.formats import Format, Mode
from fpproof.theory import numbers
from fpproof.theory.evaluate import Apply, Failure, Value, apply, from_zero
from fpproof.theory.numbers import NAN, ONE, ZERO, Number, Special, Surd
from fpproof.theory.terms import Op, Term, show

try:
    import flint
except ImportError:  # an extra: without it nothing is enclosed
    flint = None  # type: ignore[assignment]  # a module, or none

INSTALL = "pip install 'fpproof[balls]'"
"""What enclosing needs."""

LARGEST_BALL = 1 << 16
"""Bits of an exact number that is put into a ball."""


@dataclass(frozen=True, slots=True, eq=False)
class Ball:
    """A real number of which a ball is known."""

    ball: Any

    @property
    def sign(self) -> int | None:
        """-1 or 1; None if the ball holds 0."""
        return 1 if self.ball > 0 else (-1 if self.ball < 0 else None)

    @property
    def ends(self) -> tuple[Number, Number]:
        """Rationals between which the number lies; raises Undecided if they are too large or too small."""
        return _rational(self.ball.lower()), _rational(self.ball.upper())

    def __str__(self) -> str:
        """Decimal digits that are certain, and the radius."""
        return str(self.ball.str(30, radius=False)) if self.ball.rel_accuracy_bits() > 10 else str(self.ball.str(10))


class Undecided(Exception):
    """Balls that are too wide."""


def available() -> bool:
    return flint is not None


def enclosing(bits: int) -> Apply:
    """`apply`, with balls of so many bits for numbers that have no exact form."""

    def operation(term: Term, args: Sequence[Value]) -> Value:
        for argument in args:
            if isinstance(argument, Failure):
                return argument
        if not any(isinstance(a, Ball) for a in args):
            value = apply(term, args)
            if not isinstance(value, Failure) or value.wrong or term.op not in _RULES:
                return value
        if term.op not in _RULES:
            return Failure(f"{show(term)} needs an exact number", term.place)
        with _precision(bits):
            try:
                return _RULES[term.op](term, *args)
            except Undecided:
                return Failure(f"{show(term)} is not decided by balls of {bits} bits", term.place)

    return operation


@contextmanager
def _precision(bits: int) -> Any:
    saved = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = saved


# Between numbers and balls


def _rational(point: Any) -> Number:
    """The end of a ball; balls have exponents of any size, rationals have not."""
    m, e = point.man_exp()
    if abs(e) > LARGEST_BALL:
        raise Undecided
    return mpq(int(m)) * mpq(2) ** int(e)


def _ball(x: Any) -> Any:
    """The ball of a real number."""
    if isinstance(x, Ball):
        return x.ball
    if isinstance(x, Surd):
        return _ball(x.a) + _ball(x.b) * flint.arb(x.c).sqrt()
    if isinstance(x, Special):
        assert x is Special.NEGATIVE_ZERO, x
        return flint.arb(0)
    if x.numerator.bit_length() + x.denominator.bit_length() > LARGEST_BALL:
        raise Undecided
    return flint.arb(flint.fmpq(int(x.numerator), int(x.denominator)))


def _found(ball: Any) -> Ball:
    if not ball.is_finite():
        raise Undecided
    return Ball(ball)


def _sharp(x: Any) -> Number:
    """A number that behaves like a ball's where only the sign counts."""
    if not isinstance(x, Ball):
        return x
    if x.sign is None:
        raise Undecided
    return mpq(x.sign)


def _limits(x: Any) -> bool:
    """Whether a number is none that has a ball: an infinity or NaN."""
    return isinstance(x, Special) and x is not Special.NEGATIVE_ZERO


# Rules


def _negate(_: Term, x: Any) -> Value:
    return _found(-_ball(x))


def _absolute(_: Term, x: Any) -> Value:
    return _found(abs(_ball(x)))


def _add(term: Term, x: Any, y: Any) -> Value:
    if _limits(x) or _limits(y):
        one_x, one_y = (ONE if isinstance(a, Ball) else a for a in (x, y))
        return numbers.subtract(one_x, one_y) if term.op is Op.SUBTRACT else numbers.add(one_x, one_y)
    if x is y and term.op is Op.SUBTRACT:
        return numbers.subtract(ONE, ONE, term.data)
    return _found(_ball(x) - _ball(y) if term.op is Op.SUBTRACT else _ball(x) + _ball(y))


def _multiply(_: Term, x: Any, y: Any) -> Value:
    if any(isinstance(a, Special) or (not isinstance(a, Ball | Surd) and a == 0) for a in (x, y)):
        if NAN in (x, y):
            return NAN
        return numbers.multiply(_sharp(x), _sharp(y))
    return _found(_ball(x) * _ball(y))


def _divide(_: Term, x: Any, y: Any) -> Value:
    if any(isinstance(a, Special) or (not isinstance(a, Ball | Surd) and a == 0) for a in (x, y)):
        if NAN in (x, y):
            return NAN
        return numbers.divide(_sharp(x), _sharp(y))
    if Ball(_ball(y)).sign is None:
        raise Undecided
    return _found(_ball(x) / _ball(y))


def _power(_: Term, x: Any, n: Any) -> Value:
    exponent = int(n)
    if not isinstance(x, Ball):
        raise Undecided
    if exponent < 0:
        if x.sign is None:
            raise Undecided
        return _found(1 / x.ball ** -exponent)
    return ONE if exponent == 0 else _found(x.ball**exponent)


def _sqrt(_: Term, x: Any) -> Value:
    sign = Ball(_ball(x)).sign
    if sign is None:
        raise Undecided
    return _found(_ball(x).sqrt()) if sign > 0 else NAN


BALLS: dict[str, Callable[[Any], Any]] = {
    "exp": lambda x: x.exp(),
    "expm1": lambda x: x.expm1(),
    "log": lambda x: x.log(),
    "log1p": lambda x: x.log1p(),
    "atan": lambda x: x.atan(),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: x + (-x).exp().log1p() if x > 0 else x.exp().log1p(),
    "tanh": lambda x: x.tanh(),
    "sinh": lambda x: x.sinh(),
    "cosh": lambda x: x.cosh(),
    "erf": lambda x: x.erf(),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
}
"""[E-Function] of a ball."""


def _function(term: Term, x: Any) -> Value:
    if _limits(x):  # the limits of the others have a form, or there are none
        if term.data != "atan":
            raise Undecided
        return _found(flint.arb.pi() / (2 if x is Special.INFINITY else -2))
    ball = _ball(x)
    if term.data in ("log", "log1p"):
        sign = Ball(ball if term.data == "log" else 1 + ball).sign
        if sign is None:
            raise Undecided
        if sign < 0:
            return NAN
    if term.data not in BALLS:
        return Failure(f"{show(term)}: the function has no ball", term.place)
    return _found(BALLS[term.data](ball))


def _extreme(term: Term, x: Any, y: Any) -> Value:
    """Without knowing which it is, the least ball around the extreme."""
    if NAN in (x, y):
        return NAN
    if _limits(x) or _limits(y):
        lesser = _order(x, y) < 0
        return x if lesser is (term.op is Op.MINIMUM) else y
    a, b = _ball(x), _ball(y)
    return _found(a.min(b) if term.op is Op.MINIMUM else a.max(b))


# Comparisons


def _order(x: Any, y: Any) -> int:
    """The sign of x - y of numbers other than NaN."""
    if x is y:
        return 0
    if _limits(x) or _limits(y):
        order = numbers.compare(*(ZERO if isinstance(a, Ball) else a for a in (x, y)))
        assert order is not None
        return order
    a, b = _ball(x), _ball(y)
    if a < b:
        return -1
    if a > b:
        return 1
    if a.is_exact() and b.is_exact():
        return 0
    raise Undecided


def _compared(holds: Callable[[int], bool]) -> Callable[..., Value]:
    return lambda term, x, y: NAN not in (x, y) and holds(_order(x, y))


def _same(_: Term, x: Any, y: Any) -> Value:
    """A ball that holds 0 does not tell the sign of a zero, nor whether it is one."""
    if NAN in (x, y) or _order(x, y) != 0:
        return False
    if x is not y and all(Ball(_ball(a)).sign is None for a in (x, y) if not _limits(a)):
        raise Undecided
    return True


# Operations of a format


def _round(_: Term, x: Any, F: Format, mode: Mode) -> Value:
    """fl is monotone: what both ends round to, if it is one number."""
    ends = [numbers.fl(end, F, mode) for end in Ball(_ball(x)).ends]
    if ends[0] != ends[1] or x.sign is None:
        raise Undecided
    return ends[0]


def _flow(term: Term, *args: Any) -> Value:
    """[E-Flow] By a validated flow, which starts at rational numbers."""
    from fpproof.theory.enclosures import enclosed

    *start, t = map(from_zero, args)
    if any(isinstance(a, Ball | Surd) for a in (*start, t)):
        return Failure(f"{show(term)}: the start and the time of a flow must be rational, to be enclosed", term.place)
    found = enclosed(term.data, tuple(start), t, flint.ctx.prec)
    return Failure(f"{show(term)}: {found}", term.place) if isinstance(found, str) else tuple(map(_found, found))


_RULES: dict[Op, Callable[..., Value]] = {
    Op.NEGATE: _negate,
    Op.ABSOLUTE: _absolute,
    Op.ADD: _add,
    Op.SUBTRACT: _add,
    Op.MULTIPLY: _multiply,
    Op.DIVIDE: _divide,
    Op.POWER: _power,
    Op.SQRT: _sqrt,
    Op.FUNCTION: _function,
    Op.MINIMUM: _extreme,
    Op.MAXIMUM: _extreme,
    Op.EQUAL: _compared(lambda order: order == 0),
    Op.LESS: _compared(lambda order: order < 0),
    Op.LESS_EQUAL: _compared(lambda order: order <= 0),
    Op.SAME: _same,
    Op.FINITE: lambda _, x: True,
    Op.ROUND: _round,
    Op.FLOW: _flow,
}
