"""The strategies for networks and tables produce what they say, and reach what the tests need."""

from collections.abc import Callable

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from fpproof.constructions import check_points
from fpproof.formats import ATLAS
from fpproof.networks import LEFT_TO_RIGHT, Network, Order, Semantics, evaluate
from tests.formats.reference import is_datum_of
from tests.network_strategies import networks, points, semantics, tables, vectors

F = ATLAS["E5M2"]
FOUND = settings(deadline=None, max_examples=3000, database=None, phases=[Phase.generate])


@settings(max_examples=60)
@given(st.data())
def test_tables_can_be_represented(source: st.DataObject) -> None:
    inputs = source.draw(st.integers(1, 3))
    table = source.draw(tables(F, inputs))
    assert table.inputs == inputs
    assert check_points(F, table.points) == table.points
    point = source.draw(points(F, inputs))
    assert all(is_datum_of(F, x) for x in (*point.x, point.value, point.upstream, *point.gradient))
    assert all(is_datum_of(F, x) for x in source.draw(vectors(F, 4)))


@pytest.mark.parametrize("order", Order)
def test_semantics_reach_every_order(order: Order) -> None:
    found = find(semantics(), lambda s: s.order is order and s.wide is not None and s.flush and bool(s.relu_slope), settings=FOUND)
    assert found != LEFT_TO_RIGHT


def test_semantics_reach_the_default() -> None:
    assert find(semantics(), lambda s: s == LEFT_TO_RIGHT, settings=FOUND) == Semantics()


@pytest.mark.parametrize(
    "wanted",
    [
        lambda n: len(n.layers) == 3 and n.sparse and not all(layer.sparse for layer in n.layers),
        lambda n: any(row == () for layer in n.layers for row in layer.weights),
        lambda n: all(layer.activation is None for layer in n.layers),
        lambda n: "table" in n.activations and n.layers[0].activation == "table",
        lambda n: n.outputs > 1 and n.inputs > 1,
        lambda n: any(b is None for layer in n.layers for b in layer.bias) and any(b is not None for layer in n.layers for b in layer.bias),
        lambda n: n.activations == {} and evaluate(n, [F.one] * n.inputs, [F.one] * n.outputs).counters.adjoints > 0,
    ],
)
def test_networks_reach(wanted: Callable[[Network], bool]) -> None:
    assert wanted(find(networks(F, tables=True), wanted, settings=FOUND))
