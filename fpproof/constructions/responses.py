"""The odd point indicator: what roundings make of an upstream y on its way down, as units that are linear but for rounding.

At a fixed x the backward pass is a network in y, without biases, with a rounding after every operation, and rounding alone makes it nonlinear. For a
float T > 0 it computes delta_T(y) = omega sign(y) [|y| = T], as follows. Let 2^e < T <= 2^(e+1), s = max(0, e - emin) = k1 + k2 with
k1 = min(s, emax - 1), kT = T 2^-s / omega, an integer, 2^i < kT <= 2^(i+1), j = i + 2, J = p + 1.

    stage 1, 2   Y = (y 2^-k1) 2^-k2                     exact above 2^e, monotone below
    stage 3      t = Y 2^-j
    stage 4      Q = t 2^j,  u = t 2^-J                  Q is Y rounded to multiples of 2^j omega
    stage 5      theta = Y - Q,  R = u 2^J               a bounded remainder
    stage 6      b = Q - 2^j R                           (twice)
    stage 7      Z = (theta + 2^(p+1) b) - 2^(p+1) b     Y [|Y| <= 2^(i+1) omega]: large b absorb theta
    stage 8      C = Z 2^-(i+1)                          omega sign(Z) [|Z| > 2^i omega]
    stage 9      d = Z - kT C                            (twice) 0 iff |Z| = kT omega or Z = 0
    stage 10     D = (C + 2^(p+2) d) - 2^(p+2) d         delta_T(y)
    stage 11-13  D 2^emax and so on                      omega becomes a larger power of two, and then the gradient

All T of one class share the stages up to 8.

*Neurons of slope 2^-r.* A neuron whose derivative is 2^-r multiplies what arrives at it by that, so all weights are 2^r times those above. Where
nothing overflows, sums of floats that are 2^r times as large round alike, so only stages that scale down, 1, 2, 3, 4 and 8, are something else: they
round twice, fl(2^-r fl(2^r w y)). For r = 2 (sigmoid) that is 0 for |w y| <= 5/8 omega, as 5/2 omega is rounded to the even 2 omega, and its quarter
to 0; beyond, up to 5/4 omega, it is omega in magnitude. So with classes 5/4 2^i < kT <= 5/2 2^i the stages do what they did: Z is
Y [|Y| <= 5/2 2^i omega], and C is omega sign(Z) [|Z| > 5/4 2^i omega]. For r = 1 it is omega from 3/4 to 5/4 omega only, less than a factor of two:
there are no such classes.

Source: Park, Park, Hwang, "Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients" (2026), Theorem 3.2, with another construction, whose depth does not depend on the format.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fpproof.constructions.table import Point
from fpproof.formats import Datum, Format, rational
from fpproof.formats.arithmetic import absolute, exponent, negate

INHIBITION, ABSORPTION = 1, 2
"""Stages 7 and 10 absorb with 2^p times two to these."""
STAGES = 12
"""Those of neurons between a point's head and its gated top; stage 13 is the weight on the head."""
EDGE = {0: Fraction(1), 2: Fraction(5, 4)}
"""For slopes 2^-r, by r: a class is what lies between this and twice this, times a power of two."""


@dataclass(frozen=True, slots=True)
class Class:
    """The T that share stages 1 to 8."""

    k1: int
    k2: int
    i: int


@dataclass(frozen=True, slots=True)
class Unit:
    """What a neuron of a stage passes down: `weights` are those that the units of the next stage, by stage and name, have in its row."""

    stage: int
    name: str
    order: int
    weights: Mapping[tuple[int, str], Fraction]


def responses(rows: Iterable[Point]) -> dict[Datum, Datum]:
    """The gradient for each upstream T > 0 of one point of one input, where it is not 0."""
    asked = [row for row in rows if row.gradient[0][0]]
    return {absolute(row.upstream): row.gradient[0] if row.upstream[0] > 0 else negate(row.gradient[0]) for row in asked}


def by_class(F: Format, responses: Iterable[Datum], r: int = 0) -> dict[Class, list[Datum]]:
    """The T of each class, in order, for slopes 2^-r."""
    found: dict[Class, list[Datum]] = {}
    for T in sorted(responses, key=F.ordinal):
        found.setdefault(_class(F, T, r), []).append(T)
    return found


def _class(F: Format, T: Datum, r: int) -> Class:
    e = exponent(F, T)
    e -= rational(T) <= EDGE[r] * Fraction(2) ** e
    s = max(0, e - F.emin)
    k1 = min(s, F.emax - 1)
    return Class(k1, s - k1, e - s - (F.emin - F.p))


def first_weight(kind: Class, r: int = 0) -> Fraction:
    """The weight of stage 1's unit Y in the row of the point's top."""
    return Fraction(2) ** (r - kind.k1)


def unit_of(order: int) -> str:
    """The name of the units of stages 10 to 12 of the class's T of that number."""
    return f"T{order}"


def units(F: Format, kind: Class, members: Sequence[Datum], r: int = 0) -> Iterator[Unit]:
    """The units of stages 10 to 1 of one class, from the bottom up."""
    gain, two = 2**r, Fraction(2)
    j, J, inhibition, absorption = kind.i + 2, F.p + 1, 2 ** (F.p + INHIBITION), 2 ** (F.p + ABSORPTION)

    def unit(stage: int, name: str, order: int, weights: Mapping[str, Fraction | int]) -> Unit:
        return Unit(stage, name, order, {(stage + 1, below): Fraction(gain * weight) for below, weight in weights.items()})

    on_Z: dict[str, Fraction | int] = {}
    on_C: dict[str, Fraction | int] = {}
    for order, T in enumerate(members):
        kT = rational(T) / (two ** (kind.k1 + kind.k2) * F.omega)
        name, C, d, e = unit_of(order), f"C{order}", f"d{order}", f"e{order}"
        yield Unit(10, name, order, {(11, name): two**F.emax})
        yield unit(9, C, 3 * order, {name: 1})
        yield unit(9, d, 3 * order + 1, {name: absorption})
        yield unit(9, e, 3 * order + 2, {name: -absorption})
        on_Z |= {d: 1, e: 1}
        on_C |= {C: 1, d: -kT, e: -kT}
    yield unit(8, "Z", 0, on_Z)
    yield unit(8, "C", 1, on_C)
    yield unit(7, "Z", 0, {"Z": 1, "C": two ** -(kind.i + 1)})
    for order, (name, weight) in enumerate((("theta", 1), ("b", inhibition), ("b'", -inhibition))):
        yield unit(6, name, order, {"Z": weight})
    yield unit(5, "theta", 0, {"theta": 1})
    yield unit(5, "Q", 1, {"b": 1, "b'": 1})
    yield unit(5, "R", 2, {"b": -(2**j), "b'": -(2**j)})
    yield unit(4, "Y", 0, {"theta": 1})
    yield unit(4, "Q", 1, {"theta": -1, "Q": 1})
    yield unit(4, "u", 2, {"R": 2**J})
    yield unit(3, "Y", 0, {"Y": 1})
    yield unit(3, "t", 1, {"Q": 2**j, "u": two**-J})
    yield unit(2, "Y", 0, {"Y": 1, "t": two**-j})
    yield unit(1, "Y", 0, {"Y": two**-kind.k2})
