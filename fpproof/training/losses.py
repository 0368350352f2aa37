"""Losses by their upstreams: the derivative of one sample's loss by the network's outputs.

    squared         sum (f_i - y_i)^2 / 2        f_i (-) y_i
    logistic        log(1 + e^f) - y f           fl(1 / (1 + e^-f) - y), rounded once; y between 0 and 1
    cross-entropy   -sum y_i log p_i             fl(p_i - y_i), rounded once; p = softmax(f), y of sum 1

Logistic and cross-entropy upstreams of finite outputs are irrational, unless all outputs are 0 or equal: then they are rational, and known.
(e^d is transcendental for a rational d != 0, and sums of such powers with positive coefficients are no rationals: Lindemann-Weierstrass.) So
balls narrower and narrower always end at one float.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from gmpy2 import mpq

from fpproof.errors import NetworkError
from fpproof.formats import NAN, Datum, Format, rational, round_rational
from fpproof.training.description import DescriptionError
from fpproof.training.numbers import Array, Data, Lanes, Machine, Numbers

_PRECISIONS = [2**k for k in range(6, 17)]
LARGEST_EXPONENT = 2**12
"""Outputs of larger magnitude are refused: their exponentials would need as many bits."""


def upstream(loss: str, numbers: Numbers, outputs: Array, y: Array) -> Array:
    """The upstreams of all samples (rows); the loss's name is one of `fpproof.training.description.LOSSES`."""
    if loss == "squared":
        return numbers.minus(outputs, y)
    if not isinstance(numbers, (Data, Lanes, Machine)):
        raise NetworkError(f"exact arithmetic: the {loss} loss has irrational gradients", hint="leave 'exact' out of the arithmetics")
    F = numbers.format
    if loss == "logistic":
        return numbers.function(lambda f, target: _logistic(F, f, target), outputs, y)
    columns = [outputs[:, i] for i in range(outputs.shape[1])]
    parts = [numbers.function(lambda *row, i=i: _softmax(F, row[:-1], row[-1], i), *columns, y[:, i]) for i in range(len(columns))]
    return np.stack(parts, axis=1)


def check_targets(loss: str, y: Any) -> None:
    """Raises DescriptionError for targets that are no probabilities."""
    for number, row in enumerate(y):
        probabilities = all(0 <= r <= 1 for r in row) and (loss != "cross-entropy" or sum(row) == 1)
        if loss != "squared" and not probabilities:
            raise DescriptionError(f"data.y[{number}]: expected probabilities for the {loss} loss, found {', '.join(map(str, row))[:60]}")


@lru_cache(maxsize=2**16)
def _logistic(F: Format, f: Datum, target: Datum) -> Datum:
    return _softmax(F, ((0, 0), f), target, 1)


@lru_cache(maxsize=2**16)
def _softmax(F: Format, outputs: tuple[Datum, ...], target: Datum, i: int) -> Datum:
    """fl(softmax(outputs)_i - target); NaN where an output is infinite or NaN."""
    if any(f[1] is None for f in outputs):
        return NAN
    exact = [mpq(rational(f)) for f in outputs]
    y, differences = mpq(rational(target)), [f - exact[i] for f in exact]
    if not any(differences):
        return round_rational(F, mpq(1, len(outputs)) - y)
    if max(map(abs, differences)) > LARGEST_EXPONENT:
        raise NetworkError(f"loss: outputs further apart than {LARGEST_EXPONENT}, whose exponentials are not computed")
    return _narrowed(F, differences, y)


def _narrowed(F: Format, differences: list[mpq], y: mpq) -> Datum:
    """fl(1 / sum e^d - y): the precision grows until both ends of the ball round to one float."""
    try:
        from flint import arb, ctx, fmpq
    except ImportError:
        raise NetworkError("the logistic and cross-entropy losses need balls", hint="pip install fpproof[balls]") from None
    before = ctx.prec
    try:
        for precision in _PRECISIONS:
            ctx.prec = precision + F.p
            total = sum((arb(fmpq(int(d.numerator), int(d.denominator))).exp() for d in differences), arb(0))
            ball = 1 / total - arb(fmpq(int(y.numerator), int(y.denominator)))
            if ball.contains(0):
                continue
            low, high = (round_rational(F, _exact(end)) for end in (ball.lower(), ball.upper()))
            if low == high:
                return low
    finally:
        ctx.prec = before
    raise NetworkError("loss: balls of 2^16 bits do not separate the upstream from a midpoint of floats")


def _exact(x: Any) -> mpq:
    """The dyadic rational that an exact ball is."""
    m, e = x.man_exp()
    return mpq(int(m)) * mpq(2) ** int(e)
