"""Transport: every chain is replayed, and where there is none, complete search finds none either."""

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from itertools import product
from random import Random

import pytest

from fpproof.constructions.transport import bring_to_power, carry, transport
from fpproof.errors import ConstructionError
from fpproof.formats import ATLAS, Datum, Format, ieee_like
from fpproof.formats.arithmetic import equal, multiply, negate

F24, F34, F25 = ieee_like(2, 4), ieee_like(3, 4), ieee_like(2, 5)


def positive(F: Format) -> list[Datum]:
    return [F.from_ordinal(n) for n in range(1, F.largest_ordinal + 1)]


@cache
def reached(F: Format, steps: int) -> dict[Datum, frozenset[Datum]]:
    """What so many multiplications with positive floats make of each positive float, by trying all; signs change nothing."""
    numbers = positive(F)
    once = {h: frozenset(y for a in numbers if (y := multiply(F, h, a))[0] and y[1] is not None) for h in numbers}
    if steps == 1:
        return once
    before = reached(F, steps - 1)
    return {h: frozenset().union(*(once[y] for y in before[h])) for h in numbers}


def missed(F: Format, steps: int) -> set[tuple[Datum, Datum]]:
    return {(h, g) for h, gs in reached(F, steps).items() for g in positive(F) if g not in gs}


@pytest.mark.parametrize(("F", "expected"), [(F24, (1183, 3, 0)), (F34, (4509, 10, 0)), (F25, (5159, 3, 0))], ids=str)
def test_three_multiplications_are_needed_and_enough(F: Format, expected: tuple[int, int, int]) -> None:
    """How many of all positive pairs (h, g) are out of reach of one, two, three multiplications."""
    assert tuple(len(missed(F, steps)) for steps in (1, 2, 3)) == expected


def carried(F: Format, pairs: Iterable[tuple[Datum, Datum]]) -> int:
    count = 0
    for h, g in pairs:
        chain = transport(F, h, g)
        assert all(w[1] is not None and F.decode(F.encode(w)) == w for w in chain)
        assert equal(carry(F, h, chain), g)
        count += 1
    return count


@pytest.mark.parametrize("F", [ieee_like(2, 3), F24, ATLAS["E3M2"], ATLAS["E2M3"]], ids=str)
def test_every_pair(F: Format) -> None:
    """All nonzero h, and all g, zeros among them."""
    assert carried(F, ((h, g) for h, g in product(F.finite(), repeat=2) if h[0])) > 2000


@pytest.mark.parametrize("F", [F34, F25, ATLAS["E4M3FN"], ATLAS["E4M3FN-sat"], ATLAS["binary16"], ATLAS["bfloat16"], ATLAS["binary64"]], ids=str)
def test_sampled_pairs(F: Format) -> None:
    random, N = Random(1), F.largest_ordinal
    edges = [F.from_ordinal(n) for n in (1, 2, N, N - 1, 1 << F.p, (1 << F.p) - 1, F.ordinal(F.one) - 1)]
    pairs = [(h, g) for h in edges for g in edges] + [
        (F.from_ordinal(random.randint(1, N)), F.from_ordinal(random.randint(-N, N))) for _ in range(1500)
    ]
    assert carried(F, [*pairs, *((negate(h), g) for h, g in pairs[:200])]) == len(pairs) + 200


@pytest.mark.parametrize("name", ["E5M2", "E4M3FN", "E3M2", "E2M3", "bfloat16", "binary16"])
def test_two_multiplications_bring_every_h_to_one(name: str) -> None:
    """By formula, for every positive h of the format; the sign of h goes into the first factor."""
    F = ATLAS[name]
    formula = bring_to_power.__wrapped__
    for n in range(1, F.largest_ordinal + 1):
        h = F.from_ordinal(n)
        pair = formula(F, h)
        assert pair is not None, h
        assert multiply(F, multiply(F, h, pair[0]), pair[1]) == F.one
    pair = formula(F, negate(F.largest))
    assert pair is not None
    assert multiply(F, multiply(F, negate(F.largest), pair[0]), pair[1]) == F.one


@pytest.mark.parametrize(
    ("F", "not_to_one", "unreachable"),
    [(ieee_like(5, 2), 1, 32), (ieee_like(3, 2), 0, 0), (ATLAS["E2M1"], 1, 1), (ieee_like(1, 2), 0, 0), (ATLAS["E3M2"], 0, 0)],
    ids=str,
)
def test_where_there_is_none(F: Format, not_to_one: int, unreachable: int) -> None:
    """transport() refuses exactly the pairs that complete search misses."""
    two, three = reached(F, 2), missed(F, 3)
    assert sum(F.one not in two[h] for h in positive(F)) == not_to_one
    assert len(three) == unreachable
    refused = set()
    for h, g in product(positive(F), repeat=2):
        try:
            assert equal(carry(F, h, transport(F, h, g)), g)
        except ConstructionError:
            refused.add((h, g))
    assert refused == three


def test_the_refusal_names_the_numbers() -> None:
    F = ATLAS["E2M1"]
    said = r"E2M1: no three multiplications carry upstream 6.0 \(0x1.8p\+2\) to gradient 0.5 \(0x1p-1\) \(every chain was tried\); another format"
    with pytest.raises(ConstructionError, match=said):
        transport(F, F.largest, F.smallest)


def test_a_format_too_wide_to_search() -> None:
    F = Format("narrow range", 9, -2, 2, Fraction(4), "ieee", "infinity")
    h = next(h for h in positive(F) if all(bring_to_power(F, h, j) is None for j in (0, 1, -1, 2, -2)))
    with pytest.raises(ConstructionError, match="no way found to carry"):
        transport(F, h, F.largest)
