"""The activations of docs/semantics.md, section 2, each with the argument for its exact cases and brackets.

Balls never decide anything wrongly; what has to be argued is what is stated as data, so that the loop ends and limits are right.

Exact cases. For rational x != 0, e^x is transcendental (Lindemann), and so is every non-constant rational function of it with
rational coefficients: tanh, sigmoid, Swish, Mish, ELU, SELU and their derivatives have no exact case but x = 0 (and their linear pieces); sin x
and cos x have none either, nor has y = log(1 + e^x), for e^y = 1 + e^x and y rational would be a linear relation between powers of e with
different rational exponents. For GELU and GELU-tanh no such theorem is known to the author: there, that the loop ends is seen, input by input.

Brackets. Notation: s = 1/(1 + e^-x), t = e^x, Phi and phi the normal distribution and density. Near zero means 0 < |x| < 1/4, a tail |x| >= 8,
where |x| e^-|x| < 2^-(|x|/2) / 20: true at 8 (0.0027 < 0.0031), and the left side falls faster. Mills: phi(y) (1/y - 1/y^3) < 1 - Phi(y) < phi(y)/y.
"""

from collections.abc import Callable

from gmpy2 import mpq

from fpproof.activations.function import Activation, Ball, Bracket, Brackets, Number, Pieces, RealFunction, Reflection, constant, line
from fpproof.formats import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO

ZERO_LIMIT, ONE, HALF = mpq(0), mpq(1), mpq(1, 2)
LEAKY_SLOPE = mpq(1, 100)
SELU_SCALE = mpq("1.0507009873554804934193349852946")
SELU_ALPHA = mpq("1.6732632423543772848170429916717")
GELU_TANH_CUBIC = mpq("0.044715")


def _around(shape: Number, left: int, right: int, slope: Number = 0) -> Brackets:
    """Brackets by the line slope * x + shape, on the sides given for negative and positive x."""
    return Bracket(line(slope, shape), -1 if left < 0 else 1), Bracket(line(slope, shape), -1 if right < 0 else 1)


def _at_zero(value: Number) -> Pieces:
    return Pieces(at_zero=mpq(value))


_ODD, _EVEN = Reflection(constant(0), -1), Reflection(constant(0), 1)
_PLUS_X, _ONE_MINUS = Reflection(line(1), 1), Reflection(constant(1), -1)
"""Of ramps: x D(x) with D(-x) = 1 - D(x). Of their slopes, and of D."""


def _interval(low: Number, high: Number) -> tuple[mpq, mpq]:
    return mpq(low), mpq(high)


_RAMP_TURNS = (_interval(-2, -HALF),)
"""GELU, GELU-tanh, Swish and Mish fall to one minimum, then grow."""
_RAMP_SLOPE_LIMITS = (NEGATIVE_ZERO, ONE)
_RAMP_LIMITS = (NEGATIVE_ZERO, INFINITY)
_RAMP_TAILS: Brackets = (Bracket(constant(0), -1), Bracket(line(1), -1))
"""0 from below on the left, x from below on the right: x f(x) with f from 0 to 1. Each one says how fast."""
_RAMP_SLOPE_TAILS: Brackets = (Bracket(constant(0), -1), Bracket(constant(1), 1))


# Exact ones

_CONSTANT_ONE = RealFunction(None, (ONE, ONE), Pieces(constant(1), ONE, constant(1)), turns=())

IDENTITY = Activation(
    "identity",
    "x",
    RealFunction(None, (NEGATIVE_INFINITY, INFINITY), Pieces(line(1), mpq(0), line(1)), turns=()),
    _CONSTANT_ONE,
    version="1",
)

RELU = Activation(
    "relu",
    "max(x, 0)",
    RealFunction(None, (ZERO_LIMIT, INFINITY), Pieces(constant(0), mpq(0), line(1)), turns=()),
    RealFunction(None, (ZERO_LIMIT, ONE), Pieces(constant(0), mpq(0), constant(1)), turns=()),
    negative_zero=False,
    version="1",
)

LEAKY_RELU = Activation(
    "leaky-relu",
    "x for x > 0, else x/100",
    RealFunction(None, (NEGATIVE_INFINITY, INFINITY), Pieces(line(LEAKY_SLOPE), mpq(0), line(1)), turns=()),
    RealFunction(None, (LEAKY_SLOPE, ONE), Pieces(constant(LEAKY_SLOPE), LEAKY_SLOPE, constant(1)), turns=()),
    version="1",
)


# The exponential below zero

# For x < 0: 0 < e^x - 1 - x < x^2/2, and 0 < 1 - e^x < |x|. In the tail e^x < 2^x.
ELU = Activation(
    "elu",
    "x for x > 0, else e^x - 1",
    RealFunction(
        lambda x: x.expm1(),
        (-ONE, INFINITY),
        Pieces(None, mpq(0), line(1)),
        near_zero=(Bracket(line(1), 1), None),
        tails=(Bracket(constant(-1), 1), None),
        turns=(),
    ),
    RealFunction(
        lambda x: x.exp(),
        (ZERO_LIMIT, ONE),
        Pieces(None, ONE, constant(1)),
        near_zero=(Bracket(constant(1), -1), None),
        tails=(Bracket(constant(0), 1), None),
        turns=(),
    ),
    version="1",
)

_SELU_DEPTH = SELU_SCALE * SELU_ALPHA


def _times(x: Ball, factor: mpq) -> Ball:
    return x * int(factor.numerator) / int(factor.denominator)


# ELU's bounds times 1.7580993...: 0.88 x^2 < 2 x^2, 1.76 |x| < 2 |x|, 1.76 * 2^x < 2^(x/2) for x <= -8.
# Derivative at 0: the left value, which is the greater one.
SELU = Activation(
    "selu",
    "scale x for x > 0, else scale alpha (e^x - 1)",
    RealFunction(
        lambda x: _times(x.expm1(), _SELU_DEPTH),
        (-_SELU_DEPTH, INFINITY),
        Pieces(None, mpq(0), line(SELU_SCALE)),
        near_zero=(Bracket(line(_SELU_DEPTH), 1), None),
        tails=(Bracket(constant(-_SELU_DEPTH), 1), None),
        turns=(),
    ),
    RealFunction(
        lambda x: _times(x.exp(), _SELU_DEPTH),
        (ZERO_LIMIT, SELU_SCALE),
        Pieces(None, _SELU_DEPTH, constant(SELU_SCALE)),
        near_zero=(Bracket(constant(_SELU_DEPTH), -1), None),
        tails=(Bracket(constant(0), 1), None),
        turns=(_interval(0, 0),),
    ),
    version="1",
)


# Sigmoids

# s - 1/2 has the sign of x and is below |x|/4. Tails: s < e^x, 1 - s < e^-x.
_SIGMOID = RealFunction(
    lambda x: 1 / (1 + (-x).exp()),
    (ZERO_LIMIT, ONE),
    _at_zero(HALF),
    near_zero=_around(HALF, -1, 1),
    tails=(Bracket(constant(0), 1), Bracket(constant(1), -1)),
    reflection=_ONE_MINUS,
    turns=(),
)


# 1/4 - s (1 - s) = (s - 1/2)^2 < x^2/16 < |x|. Tails: s (1 - s) < e^-|x|.
SIGMOID = Activation(
    "sigmoid",
    "1/(1 + e^-x)",
    _SIGMOID,
    RealFunction(
        lambda x: 1 / ((1 + x.exp()) * (1 + (-x).exp())),
        (ZERO_LIMIT, ZERO_LIMIT),
        _at_zero(mpq(1, 4)),
        near_zero=_around(mpq(1, 4), -1, -1),
        tails=_around(0, 1, 1),
        reflection=_EVEN,
        turns=(_interval(0, 0),),
    ),
    version="1",
)

# 0 < x - tanh x < x^3/3 for x > 0, and odd. 1 - tanh^2 = sech^2: 1 - sech^2 = tanh^2 < x^2.
# Tails: 1 - tanh x = 2/(e^2x + 1) < 2 e^-2x, sech^2 < 4 e^-2|x|.
TANH = Activation(
    "tanh",
    "tanh x",
    RealFunction(
        lambda x: x.tanh(),
        (-ONE, ONE),
        _at_zero(0),
        near_zero=_around(0, 1, -1, slope=1),
        tails=(Bracket(constant(-1), 1), Bracket(constant(1), -1)),
        reflection=_ODD,
        turns=(),
    ),
    RealFunction(
        lambda x: x.sech() ** 2,
        (ZERO_LIMIT, ZERO_LIMIT),
        _at_zero(1),
        near_zero=_around(1, -1, -1),
        tails=_around(0, 1, 1),
        reflection=_EVEN,
        turns=(_interval(0, 0),),
    ),
    version="1",
)


def _softplus(x: Ball) -> Ball:
    return x + (-x).exp().log1p() if x > 0 else x.exp().log1p()


# Near zero log 2 + ... is no breakpoint's neighbour. Tails: log(1 + e^x) < e^x; softplus(x) = x + softplus(-x).
SOFTPLUS = Activation(
    "softplus",
    "log(1 + e^x)",
    RealFunction(
        _softplus,
        (ZERO_LIMIT, INFINITY),
        tails=(Bracket(constant(0), 1), Bracket(line(1), 1)),
        reflection=_PLUS_X,
        turns=(),
    ),
    _SIGMOID,
    version="1",
)


# Ramps: x times a distribution function, which is `half` at 0


def _ramp(
    name: str,
    formula: str,
    value: Callable[[Ball], Ball],
    slope: Callable[[Ball], Ball],
    half: Number,
    slope_turns: tuple[tuple[mpq, mpq], ...],
    reflected: bool = True,
) -> Activation:
    """What ramps have in common; `reflected` if the distribution is symmetric, so that f(x) = x + f(-x)."""
    return Activation(
        name,
        formula,
        RealFunction(
            value,
            _RAMP_LIMITS,
            _at_zero(0),
            near_zero=_around(0, 1, 1, slope=half),
            tails=_RAMP_TAILS,
            reflection=_PLUS_X if reflected else None,
            turns=_RAMP_TURNS,
        ),
        RealFunction(
            slope,
            _RAMP_SLOPE_LIMITS,
            _at_zero(half),
            near_zero=_around(half, -1, 1),
            tails=_RAMP_SLOPE_TAILS,
            reflection=_ONE_MINUS if reflected else None,
            turns=slope_turns,
        ),
        version="1",
    )


def _gelu_slope(x: Ball) -> Ball:
    return (-x / type(x)(2).sqrt()).erfc() / 2 + x * (-x * x / 2).exp() / (2 * x.pi()).sqrt()


# Near zero: GELU - x/2 = x (Phi - 1/2), between 0 and 0.4 x^2; the slope: Phi - 1/2 + x phi has the sign of x and is below 0.8 |x|.
# Tails, y = |x|: y Phi(-y) < phi(y) on both sides (GELU(x) = x - y Phi(-y) on the right). The slope is 1 + (y phi(y) - Phi(-y)) on the
# right, Phi(-y) - y phi(y) on the left; Mills: Phi(-y) < phi(y)/y < y phi(y), and y phi(y) < y e^-y.
# Turns of the slope: its derivative is phi(x) (2 - x^2).
GELU = _ramp(
    "gelu",
    "x Phi(x)",
    lambda x: x * (-x / type(x)(2).sqrt()).erfc() / 2,
    _gelu_slope,
    HALF,
    (_interval(-2, -1), _interval(1, 2)),
)


def _gelu_tanh_argument(x: Ball) -> Ball:
    """2 u, u = sqrt(2/pi) (x + 0.044715 x^3); (1 + tanh u)/2 = 1/(1 + e^-2u)."""
    return (8 / x.pi()).sqrt() * (x + _times(x * x * x, GELU_TANH_CUBIC))


def _gelu_tanh(x: Ball) -> Ball:
    return x / (1 + (-_gelu_tanh_argument(x)).exp())


def _gelu_tanh_slope(x: Ball) -> Ball:
    """S + x S (1 - S) 2u', S = 1/(1 + e^-2u)."""
    double = _gelu_tanh_argument(x)
    rate = (8 / x.pi()).sqrt() * (1 + _times(3 * x * x, GELU_TANH_CUBIC))
    share = 1 / (1 + (-double).exp())
    return share + x * rate * share / (1 + double.exp())


# Near zero |u| < 0.81 |x| and u' < 0.81: |x tanh(u)/2| < 0.41 x^2; the slope is 1/2 + tanh(u)/2 + x u' sech^2(u)/2, both terms of the sign
# of x and below 0.41 |x|. Tails: |u| > 0.79 |x| + 0.035 |x|^3 > 3 |x|, so with y = |x|, v = |u|: y/(1 + e^2v) < y e^-6y bounds the gap
# on both sides. The slope is, with a = 1/(1 + e^2v), 1 + a (2 y u' (1 - a) - 1) on the right and -a (2 y u' (1 - a) - 1) on the left: u' > 9, so
# 2 y u' (1 - a) > 1, and 2 y u' a < (1.6 y + 0.22 y^3) e^-6y.
GELU_TANH = _ramp(
    "gelu-tanh",
    "x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))/2",
    _gelu_tanh,
    _gelu_tanh_slope,
    HALF,
    (_interval(-2, -1), _interval(1, 2)),
)


def _swish_slope(x: Ball) -> Ball:
    share = 1 / (1 + (-x).exp())
    return share + x * share / (1 + x.exp())


# Near zero: x (s - 1/2) is between 0 and x^2/4; the slope: s - 1/2 + x s (1 - s) has the sign of x and is below |x|/2.
# Tails: x - x s = x (1 - s) < x e^-x, |x| s < |x| e^x. The slope is 1 + (1 - s)(x s - 1) on the right, and on the left -s (|x| (1 - s) - 1):
# positive second factors, gaps below |x| e^-|x|.
SWISH = _ramp(
    "swish",
    "x/(1 + e^-x)",
    lambda x: x / (1 + (-x).exp()),
    _swish_slope,
    HALF,
    (_interval(-3, -2), _interval(2, 3)),
)


def _mish(x: Ball) -> Ball:
    """tanh(log(1 + t)) = ((1 + t)^2 - 1)/((1 + t)^2 + 1) = T, all terms positive."""
    t = x.exp()
    rise = t * (t + 2)
    return x * (rise / (rise + 2))


def _mish_slope(x: Ball) -> Ball:
    """T + x T', T' = 4 t (t + 1)/(t^2 + 2t + 2)^2."""
    t = x.exp()
    rise = t * (t + 2)
    return rise / (rise + 2) + x * 4 * t * (t + 1) / (rise + 2) ** 2


# T grows, T(0) = 3/5, and near zero T' < 4 * 1.29 * 2.29 / 4.16^2 < 0.69 (0.77 < t < 1.29): x (T - 3/5) is between 0 and 0.69 x^2, and the slope's
# T - 3/5 + x T' has the sign of x and is below 1.4 |x|. Tails, Q = t^2 + 2t + 2: right, x (1 - T) = 2x/Q < 2x e^-2x; slope - 1 =
# (4 x t (t + 1)/Q - 2)/Q, positive and below 4x/Q. Left: |x| T < |x| (t + t^2/2) < 2 |x| e^-|x|;
# slope = -(t/Q) (4 |x| (t + 1)/Q - t - 2), the second factor between 13 and 2 |x|, the gap below |x| t.
MISH = _ramp(
    "mish",
    "x tanh(log(1 + e^x))",
    _mish,
    _mish_slope,
    mpq(3, 5),
    (_interval(-3, -2), _interval(1, 2)),
    reflected=False,
)


# 0 < x - sin x < x^3/6 for x > 0, and odd; 0 < 1 - cos x < x^2/2. No limits. Balls reduce a huge x by as many bits of pi as it takes.
SIN = Activation(
    "sin",
    "sin x",
    RealFunction(lambda x: x.sin(), (NAN, NAN), _at_zero(0), near_zero=_around(0, 1, -1, slope=1), reflection=_ODD),
    RealFunction(lambda x: x.cos(), (NAN, NAN), _at_zero(1), near_zero=_around(1, -1, -1), reflection=_EVEN),
    version="1",
)

BUILT_IN = (IDENTITY, RELU, LEAKY_RELU, ELU, SELU, SIGMOID, TANH, SOFTPLUS, GELU, GELU_TANH, SWISH, MISH, SIN)
