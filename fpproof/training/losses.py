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
from fpproof.training.intervals import Intervals
from fpproof.training.numbers import Array, Data, Lanes, Machine, Operations

_PRECISIONS = [2**k for k in range(6, 17)]
LARGEST_EXPONENT = 2**12
"""Exponentials of larger numbers are not computed: e^-d for d above is less than FAR, in sums of up to 2^20 terms too."""
FAR = 5880
"""A power of 2 that is subtracted from a number no float and no half-way point is near: formats with omega above 2^(80 - FAR) do not see it."""


def upstream(loss: str, numbers: Operations, outputs: Array, y: Array) -> Array:
    """The upstreams of all samples (rows); the loss's name is one of `fpproof.training.description.LOSSES`."""
    if loss == "squared":
        return numbers.minus(outputs, y)
    if not isinstance(numbers, (Data, Lanes, Machine, Intervals)):
        raise NetworkError(f"exact arithmetic: the {loss} loss has irrational gradients", hint="leave 'exact' out of the arithmetics")
    F = numbers.format
    if loss == "logistic":
        return numbers.function(lambda f, target: _logistic(F, f, target), outputs, y)
    columns = [outputs[:, i] for i in range(outputs.shape[1])]
    parts = [numbers.function(lambda *row, i=i: _softmax(F, row[:-1], row[-1], i), *columns, y[:, i], rising=i) for i in range(len(columns))]
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
    near = [d for d in differences if d >= -LARGEST_EXPONENT]
    if (len(near) < len(differences) or max(near) > LARGEST_EXPONENT) and (F.emin - F.p < 80 - FAR or len(outputs) > 2**20):
        raise NetworkError(f"loss: outputs further apart than {LARGEST_EXPONENT}, whose exponentials are not computed in {F.name}")
    if max(near) > LARGEST_EXPONENT:
        return _beside(F, -y, 1)
    if not any(near):
        return _beside(F, mpq(1, len(near)) - y, -1)
    return _narrowed(F, near, len(differences) - len(near), y)


def _beside(F: Format, r: mpq, side: int) -> Datum:
    """fl(r + side * d) for every 0 < d < 2^-FAR, and r = 1/k - y or -y with a float y and k up to 2^20.

    Floats and half-way points are multiples of omega / 2. If r is one, what follows up to the next rounds alike; else none is within omega / 2k.
    """
    half = mpq(rational(F.smallest)) / 2
    return round_rational(F, r + side * half / 4 if (r / half).denominator == 1 else r)


def _narrowed(F: Format, differences: list[mpq], far: int, y: mpq) -> Datum:
    """fl(1 / (sum e^d + rest) - y), 0 <= rest < 2^-FAR, 0 if `far` is: the precision grows until both ends of the ball round to one float."""
    try:
        from flint import arb, ctx, fmpq
    except ImportError:
        raise NetworkError("the logistic and cross-entropy losses need balls", hint="pip install fpproof[balls]") from None
    before = ctx.prec
    try:
        for precision in _PRECISIONS:
            ctx.prec = precision + F.p
            total = sum((arb(fmpq(int(d.numerator), int(d.denominator))).exp() for d in differences), arb(0))
            total += arb(0).union(arb(2) ** -FAR) if far else 0
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
