"""The array kernel is the exact evaluator, bit for bit: signs of zeros, NaN, counters, dense fallback."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fpproof.errors import NetworkError
from fpproof.formats import ATLAS, NAN, NEGATIVE_ZERO, ZERO, Datum, Format, Mode, ieee_like, parse_format
from fpproof.formats.arithmetic import add, divide, flush_subnormal, fma, multiply, negate
from fpproof.networks import RELU, Layer, Network, Order, Semantics, TableActivation, dense, evaluate, parse_semantics
from fpproof.networks.exact import Vector
from fpproof.networks.kernel import TILE, Kernel, carriers
from fpproof.networks.programs import LARGEST_DENSE, from_float64, to_float64
from tests.network_strategies import SATURATING_IEEE, networks, semantics, vectors
from tests.strategies import custom_formats, data, finite_data

SMALL = [ATLAS[name] for name in ("E2M1", "E3M2", "E2M3", "E4M3FN", "E4M3FN-sat", "E5M2")] + [ieee_like(1, 2), ieee_like(2, 3), ieee_like(3, 4)]
LARGE = [ATLAS[name] for name in ("bfloat16", "binary16", "tf32", "binary32", "binary64")]
LARGE += [ieee_like(*pq) for pq in ((1, 8), (5, 8), (10, 6), (10, 7), (24, 8), (30, 6), (50, 5))]
IEEE_NAN = Format("overflow to NaN", 2, -3, 1, Fraction(5, 2), "ieee", "nan")

Points = list[tuple[Vector, Vector]]


def agree(network: Network, meaning: Semantics, points: Points) -> None:
    """The kernel and the exact evaluator are the same at all points."""
    F = network.format
    kernel = Kernel(network, meaning)
    x, upstream = (np.array([[to_float64(v) for v in point[side]] for point in points]) for side in (0, 1))
    batch = kernel.run(x, upstream, threads=1)
    for i, point in enumerate(points):
        try:
            exact = evaluate(network, *point, meaning)
        except NetworkError:
            assert batch.incomplete[i]
            continue
        assert not batch.incomplete[i]
        assert tuple(from_float64(F, v) for v in batch.values[i]) == exact.value
        assert tuple(from_float64(F, v) for v in batch.gradients[i]) == exact.gradient
        counters = exact.counters
        assert tuple(batch.counters[i]) == (counters.pre_activations, counters.activations, counters.adjoints)
        assert batch.densely[i] == exact.densely


def compare(source: st.DataObject, F: Format, tables: bool) -> None:
    network, meaning = source.draw(networks(F, tables)), source.draw(semantics())
    if carriers(network, meaning) is not None:
        agree(network, meaning, source.draw(st.lists(st.tuples(vectors(F, network.inputs), vectors(F, network.outputs)), min_size=1, max_size=4)))


@pytest.mark.parametrize("F", [*SMALL, SATURATING_IEEE, IEEE_NAN], ids=str)
@settings(max_examples=35, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_small_formats(F: Format, source: st.DataObject) -> None:
    compare(source, F, tables=True)


@pytest.mark.parametrize("F", LARGE, ids=str)
@settings(max_examples=35, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_large_formats(F: Format, source: st.DataObject) -> None:
    compare(source, F, tables=False)


@settings(max_examples=90, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_custom_formats(source: st.DataObject) -> None:
    compare(source, source.draw(custom_formats()), tables=False)


WIDES = ["", "binary32", "binary64", "F(1,2)", "E4M3FN", "E4M3FN-sat", "F(30,6)"]
VARIANTS = [
    "+".join(part for part in (order, f"wide({wide})" if wide else "", flush, slope) if part)
    for order in ("left-to-right", "bias-first", "pairwise", "fma", "blocked(2)")
    for wide in WIDES
    for flush in ("", "flush")
    for slope in ("", "relu-slope(1/2)")
]


@pytest.mark.parametrize("F", [ieee_like(2, 3), ATLAS["E4M3FN"], ATLAS["bfloat16"], ATLAS["binary64"]], ids=str)
def test_every_variant(F: Format) -> None:
    """A fixed network, sparse with an empty row, through all combinations of variants."""
    N = F.largest_ordinal
    numbers = [F.from_ordinal((7919 * k * k) % (2 * N) - N) for k in range(1, 40)]
    tiny = [F.from_ordinal(k) for k in (1, -2, 3, 0, -1)]
    sparse = Layer(5, (tuple(enumerate(numbers[:5])), ((1, tiny[0]), (4, numbers[6])), (), ()), (numbers[7], None, tiny[1], None))
    network = Network(F, (sparse, dense([numbers[8:12], [*tiny[:2], *numbers[12:14]]], [numbers[14], None])))
    points: Points = [(tuple(numbers[20:25]), tuple(numbers[25:27])), (tuple(tiny), tuple(tiny[:2])), (tuple(numbers[30:35]), tuple(tiny[2:4]))]
    done = 0
    for text in VARIANTS:
        meaning = parse_semantics(text)
        if carriers(network, meaning) is not None:
            agree(network, meaning, points)
            done += 1
    assert done >= len(VARIANTS) // 7 * 2


def operations(F: Format, xs: list[Datum], ws: list[Datum], meaning: Semantics, length: int) -> list[list[Datum]]:
    """By neuron: for length 1 w (*) x, for 2 x (+) w with the bias w, for 3 the sum of 1 * x and w * x."""
    one = F.one
    layer = dense([[w] if length == 1 else [one, w][: length - 1] for w in ws], list(ws) if length == 2 else None, activation=None)
    inputs = layer.inputs
    x = np.array([[to_float64(v)] * inputs for v in xs])
    batch = Kernel(Network(F, (layer,)), meaning).run(x, np.zeros((len(xs), len(ws))), threads=1)
    return [[from_float64(F, v) for v in column] for column in batch.values.T]


@pytest.mark.parametrize("F", [*SMALL, SATURATING_IEEE, IEEE_NAN], ids=str)
def test_products_and_sums_of_all_pairs(F: Format) -> None:
    """Every pair of finite numbers through the kernel, against the exact arithmetic."""
    numbers = list(F.finite())
    plain = Semantics()
    products, sums = (operations(F, numbers, numbers, plain, length) for length in (1, 2))
    for w, row, sum_row in zip(numbers, products, sums, strict=True):
        assert row == [multiply(F, w, x) for x in numbers]
        assert sum_row == [add(F, x, w) for x in numbers]


@pytest.mark.parametrize("F", [ieee_like(2, 3), ATLAS["E4M3FN"], ATLAS["E4M3FN-sat"], ATLAS["E3M2"]], ids=str)
def test_fma_and_flush_of_all_pairs(F: Format) -> None:
    numbers = list(F.finite())
    fused = operations(F, numbers, numbers, Semantics(Order.FMA), 3)
    flushed = operations(F, numbers, numbers, Semantics(flush=True), 1)
    for w, row, product_row in zip(numbers, fused, flushed, strict=True):
        assert row == [fma(F, w, x, x) for x in numbers]
        assert product_row == [flush_subnormal(F, multiply(F, flush_subnormal(F, w), flush_subnormal(F, x))) for x in numbers]


@pytest.mark.parametrize("F", LARGE, ids=str)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_products_and_sums_of_edges(F: Format, source: st.DataObject) -> None:
    xs, ws = (source.draw(st.lists(finite_data(F), min_size=12, max_size=12)) for _ in range(2))
    ws += [F.from_ordinal(max(-F.largest_ordinal, min(F.largest_ordinal, sign * F.ordinal(x) + 1))) for x in xs for sign in (1, -1)]  # cancellation
    boundaries: list[Datum] = [(1, F.emin - F.p - 1), (3, F.emin - F.p - 1), (1, F.emin), F.largest, (1, F.emax + 1)]  # omega / 2, 3 omega / 2 ...
    near = [divide(F, boundary, x, mode) for x in xs if x[0] for boundary in boundaries for mode in (Mode.DOWN, Mode.UP)]
    ws += [w for w in near if w[1] is not None]
    products, sums = (operations(F, xs, ws, Semantics(), length) for length in (1, 2))
    for w, row, sum_row in zip(ws, products, sums, strict=True):
        assert row == [multiply(F, w, x) for x in xs]
        assert sum_row == [add(F, x, w) for x in xs]
    meaning = Semantics(Order.FMA)
    if carriers(Network(F, (dense([[F.one]]),)), meaning) is not None:
        for w, row in zip(ws, operations(F, xs, ws, meaning, 3), strict=True):
            assert row == [fma(F, w, x, x) for x in xs]


CARRIED = [
    ("binary64", "left-to-right", True),
    ("binary64", "fma+flush", True),
    ("binary64", "wide(binary32)", False),
    ("binary16", "wide(binary64)", True),
    ("binary32", "wide(binary64)+fma", True),
    ("binary128", "left-to-right", False),
    ("binary16", "wide(binary128)", False),
    ("F(50,8)", "left-to-right", True),
    ("F(51,8)", "left-to-right", False),
    ("F(25,8)", "fma", True),
    ("F(26,8)", "fma", False),
    ("F(26,8)", "pairwise", True),
    ("F(10,9)", "left-to-right", True),
    ("F(10,10)", "left-to-right", False),
    ("F(4,11)", "left-to-right", False),
    ("F(4,11)", "wide(binary64)", False),  # a mask is an operation of F itself
    ("E2M1", "bias-first+flush+relu-slope(1/2)", True),
    ("huge(p=2,emin=400,emax=600)", "left-to-right", False),
    ("tiny(p=2,emin=-600,emax=-500)", "left-to-right", False),
]


@pytest.mark.parametrize(("name", "meaning", "expected"), CARRIED)
def test_which_formats_have_a_carrier(name: str, meaning: str, expected: bool) -> None:
    F = parse_format(name)
    network = Network(F, (dense([[F.largest]]),))
    assert (carriers(network, parse_semantics(meaning)) is not None) == expected
    if not expected:
        with pytest.raises(ValueError, match="has no carrier"):
            Kernel(network, parse_semantics(meaning))


@settings(max_examples=100)
@given(st.data())
def test_no_carrier_only_where_documented(source: st.DataObject) -> None:
    """Formats of at most 50 fraction bits whose products, and whose rounding constant, stay inside binary64's exponents have one."""
    F = source.draw(st.one_of(custom_formats(), st.builds(ieee_like, st.integers(1, 60), st.integers(2, 12))))
    inside = F.p <= 50 and 2 * (F.emin - F.p) >= -1074 and 2 * (F.emax + 1) + 52 - F.p <= 1023
    found = carriers(Network(F, (dense([[ZERO]]),)), Semantics())
    assert (found is not None) == (inside or ATLAS["binary64"] == F)


def test_another_activation_than_a_table_has_no_kernel() -> None:
    class Square:
        def value(self, z: Datum) -> Datum:
            return z

        def derivative(self, z: Datum) -> Datum:
            return z

    F = ATLAS["E5M2"]
    network = Network(F, (dense([[F.one]], activation="square"),), {"square": Square()})
    assert carriers(network, Semantics()) is None


@settings(max_examples=200)
@given(st.data())
def test_float64_and_back(source: st.DataObject) -> None:
    F = source.draw(st.sampled_from([*SMALL, *LARGE, SATURATING_IEEE]))
    x = source.draw(data(F))
    assert from_float64(F, to_float64(x)) == x


def test_several_tiles_and_threads() -> None:
    """More points than a tile, a part of them evaluated densely; progress counts them all; threads change nothing."""
    F = ATLAS["E5M2"]
    N = F.largest_ordinal
    layers = (Layer(1, (((0, F.largest),), ()), (None, F.one)), Layer(2, (((0, F.one),), ((1, F.one),)), (None, None), None))
    network = Network(F, layers)
    points: Points = [((F.from_ordinal(n),), (F.one, F.one)) for _ in range(2) for n in range(-N, N + 1)]
    assert len(points) > 3 * TILE
    x, h = (np.array([[to_float64(v) for v in point[side]] for point in points]) for side in (0, 1))
    seen: list[int] = []
    one, two = Kernel(network).run(x, h, 1, seen.append), Kernel(network).run(x, h, 2)
    assert sum(seen) == len(points)
    assert 0 < one.densely.sum() < len(points)
    for left, right in ((one.values, two.values), (one.gradients, two.gradients), (one.counters, two.counters), (one.densely, two.densely)):
        assert left.tobytes() == right.tobytes()
    agree(network, Semantics(), points)


def test_a_table_without_the_entry_that_only_the_sparse_pass_would_need() -> None:
    """Layer 1 overflows; 0 * infinity makes the pre-activation of layer 2 NaN, which no table needs an entry for."""
    F = ieee_like(2, 3)
    table = TableActivation("t", {F.one: (F.one, F.one)})
    layers = (Layer(1, (((0, F.largest),), ()), (None, None)), Layer(2, ((),), (F.largest,), "t"))
    network = Network(F, layers, {"t": table})
    point = ((F.largest,), (F.one,))
    exact = evaluate(network, *point)
    assert (exact.densely, exact.value) == (True, (NAN,))
    agree(network, Semantics(), [point, ((ZERO,), (F.one,))])


def test_zeros_keep_their_signs() -> None:
    F = ATLAS["binary32"]
    network = Network(F, (dense([[NEGATIVE_ZERO], [ZERO]], activation=None), dense([[F.one, ZERO]], [NEGATIVE_ZERO], activation=None)))
    agree(network, Semantics(), [((x,), (h,)) for x, h in product([ZERO, NEGATIVE_ZERO, F.one, (-1, None)], repeat=2)])


def test_flush_leaves_what_is_not_finite_as_it_is() -> None:
    """An infinite input is no subnormal one, and no NaN comes of it: not in the values, and not on the way, where numpy would warn."""
    F = ieee_like(2, 3)
    subnormal = F.from_ordinal(1)
    inputs = [(s, None) for s in (1, -1)] + [NAN, ZERO, NEGATIVE_ZERO, subnormal, negate(subnormal), F.one]
    network = Network(F, (dense([[F.one]], activation=None),))
    agree(network, Semantics(flush=True), [((x,), (h,)) for x, h in product(inputs, repeat=2)])


@pytest.mark.parametrize("meaning", ["relu-slope(-1)", "relu-slope(-1/2)+flush", "relu-slope(1/2)+flush"])
def test_a_slope_that_rounds_to_a_zero_keeps_its_sign(meaning: str) -> None:
    F = parse_format("coarse(p=1,emin=2,emax=4,specials=ieee)") if "flush" not in meaning else ieee_like(2, 2)
    network = Network(F, (dense([[F.largest]]),))
    agree(network, parse_semantics(meaning), [((ZERO,), (h,)) for h in F.finite()])


def test_a_layer_too_large_to_be_evaluated_densely_is_refused() -> None:
    F = ATLAS["E5M2"]
    n = LARGEST_DENSE // 4096 + 1
    wide = Layer(1, ((),) * 4096, (F.one,) * 4096)
    overflow = Layer(4096, (((0, F.largest), (1, F.largest)),) + ((),) * (n - 1), (None,) * n, RELU)
    network = Network(F, (wide, overflow))
    x = np.ones((1, 1))
    with pytest.raises(NetworkError, match="too large to be evaluated densely"):
        Kernel(network).run(x, np.zeros((1, n)), 1)
