"""Tables that nobody here wrote become certificates that both checkers accept."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fpproof import checker
from fpproof.certificates import check, parse_certificate
from fpproof.constructions import Point, Table, represent
from fpproof.errors import ConstructionError
from fpproof.formats import ATLAS, ZERO, Format, ieee_like, parse_format, rational
from fpproof.networks import Semantics, parse_semantics
from tests.constructions.test_seven_layers import row
from tests.network_strategies import tables

FORMATS = [ieee_like(p, q) for p, q in ((2, 3), (4, 3), (2, 4), (3, 4), (2, 5), (3, 6), (12, 6), (24, 8), (40, 9))]
FORMATS += [ATLAS[name] for name in ("bfloat16", "binary16", "tf32", "binary32", "binary64", "E4M3FN", "E4M3FN-sat", "E3M2", "E2M3")]


@pytest.mark.parametrize("F", FORMATS, ids=str)
@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_table(F: Format, source: st.DataObject) -> None:
    inputs = source.draw(st.sampled_from([1, 1, 2]))
    table = source.draw(tables(F, inputs, 6))
    depth = source.draw(st.sampled_from([7, 7, 9]))
    certificate, report = represent(table, depth)
    assert report.accepted
    assert report.listed == len(table.points)
    assert len(certificate.network.layers) == depth
    claimed = [(p.x, p.upstream[0], p.value[0], p.gradient) for p in certificate.points]
    assert claimed == [(p.x, p.upstream, p.value, p.gradient) for p in table.points]
    data = certificate.to_bytes()
    verdict = checker.check_bytes(data)
    assert (verdict.verdict, verdict.points, verdict.activations, verdict.adjoints) == ("accepted", len(table.points), 0, 0)
    assert check(parse_certificate(data)).accepted


def random_table(F: Format, rows: int, seed: int) -> Table:
    random, N = Random(seed), F.largest_ordinal
    ordinals = {0, 1, -1, N, -N}
    while len(ordinals) < rows:
        ordinals.add(random.randint(-N, N))
    return Table(F, tuple(row(F, (F.from_ordinal(n),), random) for n in sorted(ordinals)[:rows]))


@pytest.mark.parametrize("name", ["binary32", "bfloat16"])
def test_a_thousand_rows(name: str) -> None:
    table = random_table(ATLAS[name], 1000, 7)
    certificate, report = represent(table)
    assert (report.accepted, report.listed, report.method) == (True, 1000, "kernel")
    assert certificate.network.hidden_neurons <= 14_003


@pytest.mark.parametrize("order", ["left-to-right", "pairwise", "fma"])
@pytest.mark.parametrize("name", ["F(2,3)", "F(3,4)", "E5M2", "binary16"])
def test_the_network_survives_other_orders(name: str, order: str) -> None:
    """Pairwise sums and fused multiply-adds change nothing for one input: the same network is accepted."""
    table = random_table(parse_format(name), 50, 3)
    certificate, _ = represent(table, semantics=parse_semantics(order))
    assert certificate.semantics == parse_semantics(order)
    assert certificate.network == represent(table)[0].network


def test_flush_is_refused_with_the_row() -> None:
    table = random_table(ieee_like(3, 4), 50, 3)
    with pytest.raises(ConstructionError, match=r"does not work in F\(3,4\) under left-to-right\+flush: (value|gradient): expected"):
        represent(table, semantics=parse_semantics("left-to-right+flush"))


def test_everywhere() -> None:
    F = ieee_like(2, 3)
    table = random_table(F, 10, 1)
    certificate, report = represent(table, elsewhere=True)
    assert (report.accepted, report.complete, report.elsewhere) == (True, True, (55 - 10) * 55)
    assert report.elsewhere_scope == "every other finite x of F(2,3), every finite upstream"
    verdict = checker.check_bytes(certificate.to_bytes())
    assert (verdict.verdict, verdict.elsewhere) == ("accepted", (55 - 10) * 55)


def test_everywhere_claims_no_more_than_is_checked() -> None:
    """Of a format with more than 8 bits a sample of upstreams is claimed; what is too much for a checker is not claimed at all."""
    certificate, report = represent(random_table(ieee_like(4, 4), 5, 1), elsewhere=True)
    assert report.complete
    assert certificate.elsewhere is not None
    assert certificate.elsewhere.upstreams is not None
    assert len(certificate.elsewhere.upstreams) == 8
    F = ieee_like(3, 4)
    both = represent(Table(F, (Point((ZERO, F.one), F.one, F.one, (F.one, F.one)),)))[0]
    assert both.elsewhere is None
    for name in ("binary32", "binary64"):
        with pytest.raises(ConstructionError, match="too much to check, and so to claim; without that claim"):
            represent(random_table(ATLAS[name], 3, 1), elsewhere=True)


def test_the_same_table_gives_the_same_bytes() -> None:
    table = random_table(ieee_like(3, 4), 30, 5)
    assert represent(table)[0].to_bytes() == represent(table)[0].to_bytes()
    certificate = represent(table)[0]
    assert certificate.provenance["construction"] == "seven layers, depth 7"
    assert set(certificate.provenance) == {"tool", "construction", "table-sha256"}


def test_a_table_that_no_network_represents_is_refused_with_its_line() -> None:
    F = ieee_like(2, 2)
    points = [Point((F.from_ordinal(n),), F.one, F.one, (F.one,)) for n in (0, F.largest_ordinal)]
    with pytest.raises(ConstructionError, match=r"does not work in F\(2,2\) under left-to-right: value: expected .* found nan .*infinity"):
        represent(Table(F, tuple(points)))


def test_exact_path() -> None:
    """binary128 has no kernel."""
    F = ATLAS["binary128"]
    certificate, report = represent(random_table(F, 6, 2))
    assert (report.accepted, report.method) == (True, "exact")
    assert rational(certificate.network.layers[-1].weights[0][0][1]) == Fraction(1)
    assert checker.check_bytes(certificate.to_bytes()).verdict == "accepted"
    assert not check(certificate, Semantics(flush=True)).accepted
