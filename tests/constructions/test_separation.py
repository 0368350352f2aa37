"""Strict sigmoids: the largest domain against every first layer there is, pair by pair; tables on it; refusals beyond it."""

from fractions import Fraction
from random import Random

import pytest

from fpproof import checker
from fpproof.activations import activation
from fpproof.constructions import Point, Table, build_with, others, represent_with, separator, strict_domain
from fpproof.constructions.bounded import Bounded
from fpproof.constructions.entries import Entries
from fpproof.constructions.separation import breaks, separates
from fpproof.errors import ConstructionError, Place
from fpproof.formats import ZERO, Datum, Format, ieee_like, parse_format, rational
from fpproof.formats.arithmetic import equal, multiply, negate, successor
from tests.constructions.test_bounded import row

SIGMOID = activation("sigmoid")
DOMAINS = [
    ("F(2,4)", 64), ("F(3,4)", 160), ("F(4,4)", 248), ("E5M2", 56), ("F(3,5)", 120), ("F(2,6)", 56), ("F(3,6)", 120),
    ("binary16", 18704), ("bfloat16", 2040), ("binary32", (2 - Fraction(1, 2**23)) * 2**26),
]  # fmt: skip


@pytest.mark.parametrize(("name", "largest"), DOMAINS)
def test_largest_domains(name: str, largest: Fraction | int) -> None:
    assert rational(strict_domain(parse_format(name), SIGMOID).largest) == largest


def signed(F: Format) -> list[Datum]:
    return [F.from_ordinal(n) for n in range(-F.largest_ordinal, F.largest_ordinal + 1)]


@pytest.mark.parametrize("F", [ieee_like(2, 4), ieee_like(3, 4)], ids=str)
def test_beyond_it_nothing_separates(F: Format) -> None:
    """Every w and every b: 0 and omega are separated on [-M, M] by some, on the next larger domain by none."""
    M = strict_domain(F, SIGMOID).largest
    value = Entries(F, SIGMOID).value

    def separated(domain: Datum) -> bool:
        weights = [w for w in signed(F) if multiply(F, w, domain)[1] is not None]
        return any(separates(F, value, domain, (ZERO, F.smallest), w, b) for w in weights for b in signed(F))

    assert separated(M)
    assert not separated(successor(F, M))


@pytest.mark.parametrize("name", ["F(2,4)", "F(3,4)", "E5M2", "F(2,6)", "F(3,6)"])
def test_on_it_every_pair_is_separated(name: str) -> None:
    F = parse_format(name)
    M, value = strict_domain(F, SIGMOID).largest, Entries(F, SIGMOID).value
    for n in range(-F.ordinal(M), F.ordinal(M)):
        pair = F.from_ordinal(n), F.from_ordinal(n + 1)
        found = separator(F, SIGMOID, M, pair, value)
        assert found is not None
        assert separates(F, value, M, pair, *found)


def test_breaks() -> None:
    """sigma_F is 1/2 between them, and not at their outer ends."""
    F = ieee_like(3, 4)
    value, (below, above) = Entries(F, SIGMOID).value, breaks(F, SIGMOID)
    middle = value(ZERO)
    for y in signed(F):
        inside = rational(below[1]) <= rational(y) <= rational(above[0])
        assert equal(value(y), middle) == inside
    assert equal(successor(F, below[0]), below[1])


@pytest.mark.parametrize(("w", "b"), [(1, 0), (64, 0), (0, 1)])
def test_pairs_that_a_layer_does_not_separate(w: int, b: int) -> None:
    """Too small a weight, too large a weight, none."""
    F = ieee_like(3, 4)
    M, one = strict_domain(F, SIGMOID).largest, F.one
    data = [multiply(F, one, F.power_of_two(n.bit_length() - 1)) if n else ZERO for n in (w, b)]
    assert not separates(F, Entries(F, SIGMOID).value, M, (ZERO, F.smallest), data[0], data[1])


def domain_table(F: Format, seed: int, bound: int) -> Table:
    random, M = Random(seed), F.ordinal(strict_domain(F, SIGMOID).largest)
    ordinals = sorted({0, 1, -1, M, -M, *(random.randint(-M, M) for _ in range(3))})
    return Table(F, tuple(row(F, F.from_ordinal(n), random, bound) for n in ordinals))


@pytest.mark.parametrize(("name", "depth"), [("F(2,4)", 8), ("F(3,4)", 8), ("E5M2", 7), ("F(3,6)", 7), ("binary16", 8), ("bfloat16", 7)])
def test_tables(name: str, depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows at 0, omega and both ends: both checkers accept, and nothing is infinite, pre-activations neither. With closed heads: test_open_heads."""
    monkeypatch.setattr(others, "OpenHeads", Bounded)
    certificate, report = represent_with(domain_table(parse_format(name), 7, 4), "sigmoid", strict=True)
    assert (report.accepted, report.counters.pre_activations, report.counters.adjoints) == (True, 0, 0)
    assert "pre-activations" in certificate.finite
    assert len(certificate.network.layers) == depth
    assert checker.check_bytes(certificate.to_bytes()).verdict == "accepted"


def test_every_other_x_of_the_domain() -> None:
    F = ieee_like(2, 4)
    table = domain_table(F, 3, 4)
    certificate, report = represent_with(table, "sigmoid", strict=True, elsewhere=True)
    assert report.accepted
    assert {p.x for p in certificate.points} == {(x,) for x in signed(F) if abs(rational(x)) <= 64}


def test_rows_beyond_the_domain_are_refused() -> None:
    F = ieee_like(3, 4)
    beyond = successor(F, strict_domain(F, SIGMOID).largest)
    points = [Point((negate(beyond),), F.one, F.one, (F.one,), Place("t.csv", 2))]
    with pytest.raises(ConstructionError, match=r"x = -176\.0 .* lies outside of \|x\| <= 160\.0 .*, the largest domain on which sigmoid") as error:
        build_with(F, "sigmoid", points, strict=True)
    assert error.value.place == points[0].place
    assert represent_with(Table(F, tuple(points)), "sigmoid")[1].accepted
