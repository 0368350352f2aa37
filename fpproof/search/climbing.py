"""Hill climbing on the weights of one shape, compiled: many networks at few points, where the kernel of `networks` is made for one network at many.

What it finds is evaluated again, exactly, before anyone sees it: nothing here is trusted. (Numba's cache on disk watches this file, not the
operations that are imported: a cache that is out of date costs networks that are not found, and never makes a wrong one count.)
"""

from math import frexp, ldexp
from typing import Any

import numpy as np
from numba import njit

from fpproof.kernels.compiled import product, total

FREE, IS, NOT, BETWEEN, ANYTHING = range(5)
"""What is asked of a number; the first four also that it is finite."""
NOT_FINITE = 80.0
"""The cost of an infinity or NaN: more than that of any number, which is below log2 of the floats of binary64."""


@njit(cache=True)
def number_at(n: int, p: int, emin: int) -> float:
    """The float of an ordinal."""
    magnitude = abs(n)
    field = magnitude >> p
    m, e = (magnitude, emin - p) if field == 0 else ((magnitude & ((1 << p) - 1)) | (1 << p), field - 1 + emin - p)
    v = ldexp(float(m), e)
    return v if n >= 0 else -v


@njit(cache=True)
def ordinal_of(v: float, p: int, emin: int) -> int:
    """The ordinal of a finite float of the format."""
    if v == 0:
        return 0
    e = max(frexp(abs(v))[1] - 1, emin)
    magnitude = int(ldexp(abs(v), p - e)) + ((e - emin) << p)
    return magnitude if v > 0 else -magnitude


@njit(cache=True)
def cost_of(v: float, kind: int, low: int, high: int, p: int, emin: int) -> float:
    """How far a number is from what is asked of it: log2 of one more than the floats in between."""
    if kind == ANYTHING:
        return 0.0
    if not abs(v) < np.inf:
        return NOT_FINITE
    if kind == FREE:
        return 0.0
    n = ordinal_of(v, p, emin)
    if kind == NOT:
        return 1.0 if n == low else 0.0
    away = max(low - n, n - high, 0)
    return float(np.log2(1.0 + away))


@njit(cache=True)
def _lookup(z: float, keys: Any) -> int:
    """The place of z among the sorted keys; NaN is their last."""
    return int(np.searchsorted(keys[:-1], z)) if z == z else int(keys.shape[0] - 1)


@njit(cache=True, nogil=True)
def cost(
    weights: Any, layers: Any, points: Any, upstreams: Any, kinds: Any, lows: Any, highs: Any, keys: Any, values: Any, slopes: Any, z: Any,
    current: Any, following: Any, p: int, emin: int, limit: float, c: Any,
) -> float:  # fmt: skip
    """What a network costs at all points together; stops counting beyond the limit."""
    depth, inputs, outputs = layers.shape[0], points.shape[1], upstreams.shape[1]
    cost = 0.0
    for point in range(points.shape[0]):
        for j in range(inputs):
            current[j] = points[point, j]
        for layer in range(depth):
            n, m, bias, kind, first = layers[layer]
            for i in range(m):
                at = first + i * (n + bias)
                s = product(weights[at], current[0], c)
                for j in range(1, n):
                    s = total(s, product(weights[at + j], current[j], c), c)
                if bias:
                    s = total(s, weights[at + n], c)
                z[layer, i] = s
                if kind == 0:
                    following[i] = s
                elif kind == 1:
                    following[i] = 0.0 if s <= 0 else s
                else:
                    following[i] = values[layer, _lookup(s, keys)]
            for i in range(m):
                current[i] = following[i]
        for i in range(outputs):
            cost += cost_of(current[i], kinds[point, i], lows[point, i], highs[point, i], p, emin)
        if cost > limit:
            return cost
        for i in range(outputs):
            current[i] = upstreams[point, i]
        for layer in range(depth - 1, -1, -1):
            n, m, bias, kind, first = layers[layer]
            for i in range(m):
                s = z[layer, i]
                if kind == 1 and not s > 0:
                    current[i] = product(current[i], 0.0, c)
                elif kind == 2:
                    current[i] = product(current[i], slopes[layer, _lookup(s, keys)], c)
            for j in range(n):
                g = product(current[0], weights[first + j], c)
                for i in range(1, m):
                    g = total(g, product(current[i], weights[first + i * (n + bias) + j], c), c)
                following[j] = g
            for j in range(n):
                current[j] = following[j]
        for j in range(inputs):
            k = outputs + j
            cost += cost_of(current[j], kinds[point, k], lows[point, k], highs[point, k], p, emin)
        if cost > limit:
            return cost
    return cost


@njit(cache=True)
def _moved(n: int, low: int, high: int) -> int:
    """A new place for a weight: mostly near, at all scales, sometimes the other sign or anywhere."""
    which = np.random.random()
    sign = 1 if np.random.random() < 0.5 else -1
    if which < 0.45:
        n += sign * (1 + int(3 * np.random.random()))
    elif which < 0.85:
        bits = 0
        while high - low >> bits > 1:
            bits += 1
        n += sign * (1 << int(bits * np.random.random()))
    elif which < 0.92:
        n = -n
    else:
        n = low + int((high - low + 1) * np.random.random())
    return min(max(n, low), high)


@njit(cache=True, nogil=True)
def climb(
    seed: int, starts: Any, steps: int, warm: float, cold: float, bounds: Any, allowed: Any, variable_of: Any, layers: Any, points: Any,
    upstreams: Any, kinds: Any, lows: Any, highs: Any, keys: Any, values: Any, slopes: Any, p: int, emin: int, c: Any,
) -> Any:  # fmt: skip
    """The first places of variables, from one start after the other, at which all is as asked; else the best start's end.

    Worse places are accepted with probability e^(-worse / T), T falling from `warm` to `cold` (Kirkpatrick, Gelatt, Vecchi 1983). A row of `bounds`
    is (low, high, first): places from low to high, which are ordinals, or, where `first` is not negative, count in `allowed` from `first` on.
    Returns places and their cost, 0 if they are what is asked for.
    """
    np.random.seed(seed)
    variables, depth = bounds.shape[0], layers.shape[0]
    widest = 1
    for layer in range(depth):
        widest = max(widest, layers[layer, 0], layers[layer, 1])
    z = np.zeros((depth, widest))
    current, following = np.zeros(widest), np.zeros(widest)
    weights = np.zeros(variable_of.shape[0])
    place, tried = np.zeros(variables, np.int64), np.zeros(variables, np.int64)
    best, least = np.zeros(variables, np.int64), np.inf
    for start in range(starts.shape[0]):
        here = np.inf
        for step in range(steps):
            temperature = warm * (cold / warm) ** (step / steps)
            if step == 0:
                tried[:] = starts[start]
            else:
                tried[:] = place
                for _ in range(1 + int(2.5 * np.random.random() ** 2)):
                    v = int(variables * np.random.random())
                    tried[v] = _moved(place[v], bounds[v, 0], bounds[v, 1])
            for k in range(variable_of.shape[0]):
                v = variable_of[k]
                first = bounds[v, 2]
                weights[k] = number_at(tried[v], p, emin) if first < 0 else allowed[first + tried[v]]
            limit = here - temperature * np.log(1.0 - np.random.random())
            found = cost(weights, layers, points, upstreams, kinds, lows, highs, keys, values, slopes, z, current, following, p, emin, limit, c)
            if found <= limit:
                here = found
                place[:] = tried
                if here < least:
                    least = here
                    best[:] = place
                if least == 0.0:
                    return best, least
    return best, least
