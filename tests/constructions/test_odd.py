"""Gradients that are odd in the upstream: complete in small formats, against the table; and what the construction needs."""

from random import Random

import numpy as np
import pytest

from fpproof import checker
from fpproof.constructions import ODD_DEPTH, Point, Table, build_odd, check_odd_points, parse_table, represent_odd, responses
from fpproof.errors import ConstructionError, TableError
from fpproof.formats import Datum, Format, parse_format
from fpproof.networks.kernel import Kernel, to_float64


def random_points(F: Format, seed: int, inputs: int, upstreams: int) -> list[Point]:
    random, N = Random(seed), F.largest_ordinal
    points = []
    for x in sorted({0, N, -1, *(random.randint(-N, N) for _ in range(inputs))}):
        value = F.from_ordinal(random.randint(-N, N))
        for T in {1, N, *(random.randint(1, N) for _ in range(upstreams))}:
            upstream = F.from_ordinal(random.choice((T, -T)))
            points.append(Point((F.from_ordinal(x),), value, upstream, (F.from_ordinal(random.randint(-N, N)),)))
    return points


def wrong(F: Format, points: list[Point]) -> tuple[int, int]:
    """How many pairs of all x and all upstreams have another value or gradient than the table, and how many have something not finite."""
    table: dict[tuple[float, float], float] = {}
    values: dict[float, float] = {}
    for p in points:
        x, h, g = (to_float64(v) for v in (p.x[0], p.upstream, p.gradient[0]))
        table[x, h], table[x, -h], values[x] = g, -g, to_float64(p.value)
    floats = [to_float64(v) for v in F.finite()]
    pairs = [(x, y) for x in floats for y in floats]
    batch = Kernel(build_odd(F, points)).run(np.array([[x] for x, _ in pairs]), np.array([[y] for _, y in pairs]))
    right = (batch.values[:, 0] == [values.get(x, 0.0) for x, _ in pairs]) & (batch.gradients[:, 0] == [table.get(pair, 0.0) for pair in pairs])
    return int((~right).sum()), int((batch.counters[:, 1:] > 0).any(axis=1).sum())


@pytest.mark.parametrize("name", ["F(2,4)", "F(3,4)", "E5M2"])
def test_complete_domains(name: str) -> None:
    F = parse_format(name)
    assert wrong(F, random_points(F, 1, 4, 6)) == (0, 0)


def test_every_upstream_at_once() -> None:
    F = parse_format("F(2,4)")
    random, N = Random(2), F.largest_ordinal
    x, value = F.from_ordinal(-5), F.largest
    points = [Point((x,), value, F.from_ordinal(T), (F.from_ordinal(random.randint(-N, N)),)) for T in range(1, N + 1)]
    assert wrong(F, points) == (0, 0)


@pytest.mark.parametrize(("name", "less"), [("INHIBITION", -1), ("ABSORPTION", 0), ("ABSORPTION", -2)])
def test_weaker_absorption_fails(monkeypatch: pytest.MonkeyPatch, name: str, less: int) -> None:
    F = parse_format("F(3,4)")
    one = F.power_of_two(0)
    points = [Point((one,), one, F.from_ordinal(T), (one,)) for T in range(1, F.largest_ordinal + 1, 3)]
    assert wrong(F, points) == (0, 0)
    monkeypatch.setattr(responses, name, less)
    assert wrong(F, points) != (0, 0)


@pytest.mark.parametrize("name", ["bfloat16", "binary16", "binary32", "binary64", "F(4,5)"])
def test_large_formats(name: str) -> None:
    F = parse_format(name)
    points = tuple(random_points(F, 3, 2, 3))
    certificate, report = represent_odd(Table(F, check_odd_points(F, points)))
    assert report.accepted
    assert len(certificate.network.layers) == ODD_DEPTH
    verdict = checker.check_bytes(certificate.to_bytes())
    assert (verdict.verdict, verdict.activations, verdict.adjoints) == ("accepted", 0, 0)
    claims = {(c.x, c.upstream[0]) for c in certificate.points}
    assert len(claims) > 2 * len(points)


def test_where_it_does_not_work() -> None:
    for name in ("E4M3FN", "E3M2", "F(8,4)", "F(2,3)"):
        F = parse_format(name)
        with pytest.raises(ConstructionError, match="odd responses need"):
            build_odd(F, [Point((F.smallest,), F.smallest, F.smallest, (F.smallest,))])


def test_tables_that_are_not_odd() -> None:
    F = parse_format("F(2,4)")
    one, two = F.power_of_two(0), F.power_of_two(1)

    def point(value: Datum, upstream: Datum, gradient: Datum) -> Point:
        return Point((one,), value, upstream, (gradient,))

    minus = (-one[0], one[1])
    assert len(check_odd_points(F, [point(one, one, two), point(one, minus, (-two[0], two[1])), point(one, two, one)])) == 2
    with pytest.raises(TableError, match="another gradient"):
        check_odd_points(F, [point(one, one, two), point(one, minus, two)])
    with pytest.raises(TableError, match="different values"):
        check_odd_points(F, [point(one, one, two), point(two, two, two)])
    first = b"x,value,upstream,gradient\n1,3,1,2\n"
    for row, text in (("1,4,2,2", "different values"), ("1,3,-1,2", "another gradient")):
        with pytest.raises(TableError, match=rf"table:3: .*{text}.* \(first in line 2\)"):
            parse_table(first + row.encode(), format=F, odd=True)
    with pytest.raises(TableError, match="upstream 0"):
        check_odd_points(F, [point(one, (0, 0), two)])
    with pytest.raises(TableError, match="one input"):
        check_odd_points(F, [Point((one, one), one, one, (one, one))])
