"""Certificates that nobody's construction makes, and formats of one's own: the same verdict from `check`, the stand-alone checker and coqc."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from fpproof import checker
from fpproof.certificates import Certificate, check, parse_certificate
from fpproof.formats import parse_format
from fpproof.rocq import Encoding
from fpproof.rocq.certificates import not_fast
from tests.checker.cases import base, both, certificate, edited, everywhere, put, sealed, tabled
from tests.checker.oracle import F33, Matrix, Meaning, Oracle, OracleLayer, Tiny
from tests.checker.test_property import ORDERS, finite
from tests.rocq.batch import verdicts
from tests.rocq.test_certificates import random_certificate

pytestmark = pytest.mark.coqc


def agree(files: list[bytes]) -> list[bool]:
    """The verdicts, after all have been compared."""
    expected = [checker.check_bytes(file).verdict == "accepted" for file in files]
    certificates = list(map(parse_certificate, files))
    assert [check(one).accepted for one in certificates] == expected
    assert verdicts(certificates, Encoding.EXACT) == expected
    fast = [number for number, one in enumerate(certificates) if not_fast(one) is None]
    assert verdicts([certificates[number] for number in fast], Encoding.FAST) == [expected[number] for number in fast]
    assert fast
    return expected


def layer(index: int, **members: Any) -> Callable[[Any], object]:
    return lambda made: made["layers"][index].update(members)


ONE_LAYER = [{"inputs": 2, "activation": None, "sparse": True, "weights": [[[0, "0c"], [1, "10"]]], "bias": [None]}]
NOTHING = [{"inputs": 2, "activation": "relu", "sparse": True, "weights": [[], []], "bias": [None, "0c"]}]
EDITS: list[tuple[bytes, bool]] = [
    (edited(base(), lambda made: None), True),
    # One layer: 1 x0 + 2 x1 is 3 at (1, 1).
    (edited(base(), both(put("layers", ONE_LAYER), put("claims", "points", [[["0c", "0c"], ["0c"], ["12"], ["0c", "10"]]]))), True),
    (edited(base(), both(put("layers", ONE_LAYER), put("claims", "points", [[["0c", "0c"], ["0c"], ["12"], ["10", "0c"]]]))), False),
    # No weight at all: relu(0), relu(1), whose gradient is an empty sum.
    (edited(base(), both(put("layers", NOTHING), put("claims", "points", [[["1b", "20"], ["0c", "1b"], ["20", "0c"], ["00", "20"]]]))), True),
    (edited(base(), both(put("layers", NOTHING), put("claims", "points", [[["1b", "20"], ["0c", "1b"], ["01", "0c"], ["00", "20"]]]))), False),
    # Neurons without weights beside others.
    (edited(base(), both(layer(0, weights=[[[0, "0c"]], []]), put("claims", "points", [[["0c", "0c"], ["0c"], ["10"], ["0c", "00"]]]))), True),
    # ReLU'(0) = 1 at -0: the mask passes the upstream.
    (edited(base(), both(put("semantics", "relu-slope", "0c"), put("claims", "points", [[["20", "00"], ["0c"], ["0c"], ["0c", "10"]]]))), True),
    (edited(base(), put("claims", "points", [[["20", "00"], ["0c"], ["0c"], ["0c", "10"]]])), False),
    # Omega + 2 Omega overflows.
    (edited(base(), put("claims", "points", [[["1b", "1b"], ["0c"], ["1b"], ["0c", "10"]]])), False),
    # The same x with several upstreams, once wrongly.
    (edited(base(), put("claims", "points", [[["0c", "0c"], [h], ["14"], [h, g]] for h, g in (("0c", "10"), ("10", "14"), ("2c", "30"))])), True),
    (edited(base(), put("claims", "points", [[["0c", "0c"], [h], ["14"], [h, g]] for h, g in (("0c", "10"), ("10", "14"), ("2c", "10"))])), False),
    # Tables: entries that are infinite, and one that is not there.
    (sealed(tabled()), True),
    (edited(tabled(), put("claims", "points", [[["3b"], ["0c"], ["00"], ["1b"]]])), False),
    (edited(tabled(), put("claims", "points", [[["10"], ["0c"], ["00"], ["00"]]])), False),
    # Nothing but elsewhere.
    (sealed(everywhere()), True),
    (edited(everywhere(), put("claims", "points", [])), True),
    (edited(everywhere(), both(put("claims", "points", []), put("claims", "elsewhere", "gradient", ["01"]))), False),
]


def test_by_hand() -> None:
    """In F(2,3): depth 1, neurons without weights, kinks, overflow, repeated points, tables with infinities, claims about elsewhere alone."""
    assert agree([file for file, _ in EDITS]) == [accepted for _, accepted in EDITS]


def test_activations_in_small_and_odd_formats() -> None:
    """Sigmoid, tanh and GELU with several inputs in five formats, in every variant of the semantics, and with one bit of a claim changed."""
    chance = Random(11)
    wanted = [
        ("E4M3FN", "sigmoid", "pairwise+flush"),
        ("E2M1", "tanh", "blocked(2)"),
        ("F(3,6)", "gelu", "fma+wide(F(2,3))"),
        ("binary16", "sigmoid", "bias-first+relu-slope(0.5)"),
        ("bfloat16", "tanh", "wide(E4M3FN)+flush"),
        ("E3M2", "gelu", "left-to-right"),
    ]
    files = [random_certificate(parse_format(F), sigma, order, chance).to_bytes() for F, sigma, order in wanted]
    expected = agree([*files, *(last_bit(parse_certificate(file)) for file in files)])
    assert expected == [True] * len(files) + [False] * len(files)


def last_bit(one: Certificate) -> bytes:
    """The first claimed value, one float further."""
    F, (point, *others) = one.network.format, one.points
    value = (F.from_ordinal(F.ordinal(point.value[0]) + (1 if F.ordinal(point.value[0]) < F.largest_ordinal else -1)), *point.value[1:])
    return replace(one, points=(replace(point, value=value), *others)).to_bytes()


def own_format(name: str, chance: Random) -> Tiny:
    """Exponents that are not symmetric, without the number 1 perhaps, any largest float of the top binade, every kind of specials and overflow."""
    p, emin = chance.randint(1, 4), chance.randint(-4, 2)
    emax = emin + chance.randint(0, 4)
    kinds = [("ieee", "infinity"), ("ieee", "nan"), ("ieee", "saturate"), ("nan", "nan"), ("nan", "saturate"), ("none", "saturate")]
    specials, overflow = chance.choice(kinds)
    largest = ((emax - emin + 1) << p) + chance.randrange(1 << p)
    return Tiny(name, p, emin, emax, largest, specials, overflow)


def own_problem(chance: Random) -> bytes:
    """A random network under a random semantics, and what the rational oracle computes; some claims of finiteness are false."""
    F = own_format("own", chance)
    floats = F.finite()
    near = [*floats[len(floats) // 2 - 3 :][:7], *floats[:2], *floats[-2:]]

    def number() -> Fraction:
        return chance.choice(floats if chance.random() < 0.5 else near)

    def perhaps(likely: float) -> Fraction | None:
        return number() if chance.random() < likely else None

    wide = chance.choice([None, None, own_format("other", chance), F33])
    meaning = Meaning(chance.choice(ORDERS), wide, chance.random() < 0.3, perhaps(0.5) or Fraction(0))
    widths = [chance.randint(1, 4) for _ in range(chance.randint(2, 4))]
    layers = []
    for inputs, outputs in pairwise(widths):
        sparse = chance.random() < 0.5
        weights: Matrix = [[perhaps(0.6) if sparse else number() for _ in range(inputs)] for _ in range(outputs)]
        layers.append(OracleLayer(weights, [perhaps(0.5) for _ in range(outputs)], sparse, chance.random() < 0.5))
    x, upstream = [number() for _ in range(widths[0])], [number() for _ in range(widths[-1])]
    found = Oracle(F, meaning).evaluate(layers, x, upstream)
    claimed = [[Fraction(0) if isinstance(one, str) else one for one in part] for part in (found.value, found.gradient)]
    counted = zip(("pre-activations", "activations", "adjoints"), found.counts, strict=True)
    names = sorted(name for name, count in counted if not count or (finite(found) and chance.random() < 0.1))
    return sealed(certificate(F, meaning, layers, [[x, upstream, *claimed]], finite=names))


def test_formats_of_ones_own() -> None:
    """Of networks that a rational oracle evaluated; several claims are false."""
    chance = Random(5)
    files = [file for file in (own_problem(chance) for _ in range(80)) if checker.check_bytes(file).verdict != "malformed"]
    expected = agree(files)
    assert expected.count(True) >= 40
    assert expected.count(False) >= 10
