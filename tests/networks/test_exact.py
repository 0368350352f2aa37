"""The exact evaluator: small cases computed by hand for every rule, and random networks against the rational oracle."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fpproof.errors import NetworkError
from fpproof.formats import ATLAS, INFINITY, NAN, NEGATIVE_ZERO, ZERO, Datum, Format, ieee_like, parse_format, rational, round_rational
from fpproof.networks import (
    RELU,
    Counters,
    Layer,
    Network,
    NonFinite,
    Order,
    Semantics,
    TableActivation,
    dense,
    evaluate,
    forward,
    gradient,
    parse_semantics,
    value,
)
from tests.checker.oracle import Oracle, OracleLayer, Tiny
from tests.checker.oracle import Value as OracleValue
from tests.checker.test_property import Problem, problems
from tests.network_strategies import networks, semantics, vectors

F23, F34 = ieee_like(2, 3), ieee_like(3, 4)  # F(2,3): omega 1/16, Omega 14


def d(r: Fraction | float | str, F: Format = F23) -> Datum:
    """A float of F, exactly."""
    x = round_rational(F, Fraction(r))
    assert rational(x) == Fraction(r)
    return x


def one_sum(weights: list[str | None], x: list[str], bias: str | None, meaning: str, F: Format = F23) -> Datum:
    """The only pre-activation of a one-neuron network; None is a missing weight."""
    row = tuple((j, d(w, F)) for j, w in enumerate(weights) if w is not None)
    network = Network(F, (Layer(len(x), (row,), (None if bias is None else d(bias, F),), None),))
    return value(network, [d(v, F) for v in x], parse_semantics(meaning))[0]


# In F(2,3), numbers from 8 on are 8, 10, 12, 14; from 4 on 4, 5, 6, 7; from 2 on 2, 2.5, 3, 3.5; below 1/4 multiples of 1/16.
SUMS: list[tuple[list[str | None], list[str], str | None, dict[str, str | None]]] = [
    # 8 + 1 = 9 -> 8 (even), again 8, + 1 -> 8; 1 + 1 = 2, 8 + 2 = 10
    (["8", "1", "1", "1"], ["1"] * 4, None, {"left-to-right": "8", "pairwise": "10", "blocked(2)": "10", "blocked(1)": "8", "blocked(3)": "8"}),
    # the bias: (8 + 1) + 1 = 8; first: (1 + 8) + 1 = 8; with weights 1, 1 and bias 8: (1 + 1) + 8 = 10, first: (8 + 1) + 1 = 8
    (["1", "1"], ["1", "1"], "8", {"left-to-right": "10", "bias-first": "8", "pairwise": "10", "fma": "10"}),
    # 1.25 * 1.25 = 1.5625 -> 1.5; -1.5 + 1.5 = 0, fused 1.5625 - 1.5 = 0.0625
    (["-1", "1.25"], ["1.5", "1.25"], None, {"left-to-right": "0", "fma": "0.0625"}),
    # the first product of fma is rounded alone: 1.5 - 1.5 = 0
    (["1.25", "-1"], ["1.25", "1.5"], None, {"fma": "0"}),
    # pairwise cuts five at 4: ((8 + 1) + (1 + 1)) + 1 = 10 + 1 = 12; in blocks of 3: (8 + 1 + 1) + (1 + 1) = 10
    (["8", "1", "1", "1", "1"], ["1"] * 5, None, {"pairwise": "12", "left-to-right": "8", "blocked(4)": "8", "blocked(3)": "10"}),
    # sparse, positions 1, 2, 3 of 4: the tree is 8 + (1 + 1) = 10; one over three terms would be (8 + 1) + 1 = 8; blocks of 3: (8 + 1) + 1
    ([None, "8", "1", "1"], ["1"] * 4, None, {"pairwise": "10", "left-to-right": "8", "blocked(2)": "10", "blocked(3)": "8"}),
    # overflow inside: 14 + 14 is infinite, wide(binary16) keeps it
    (["1", "1", "-1"], ["14", "14", "14"], None, {"left-to-right": None, "wide(binary16)": "14", "pairwise": None}),
    # wide: 8 + 1 + 1 + 1 = 11 -> tie between 10 and 12 -> 12
    (["8", "1", "1", "1"], ["1"] * 4, None, {"wide(binary16)": "12"}),
    # the bias is added in the wide format: 8 + 1 + 0.5 = 9.5 -> 10
    (["8", "1"], ["1", "1"], "0.5", {"wide(binary16)": "10", "left-to-right": "8"}),
    # a narrower wide format rounds a bias too, even one alone, or one that comes first: F(1,3) has 1, 1.5, 2, 3, 4, 6;
    # 1.5 + 1.25 = 2.75 -> 3, but first: 1 + 1.5 = 2.5 -> 2 (even)
    (["1.5"], ["1"], "1.25", {"wide(F(1,3))": "3", "wide(F(1,3))+bias-first": "2", "left-to-right": "3"}),
    ([None], ["1"], "1.25", {"wide(F(1,3))": "1", "left-to-right": "1.25", "wide(F(1,3))+bias-first": "1"}),
    ([None], ["1"], None, {"left-to-right": "0", "pairwise": "0", "fma": "0", "wide(binary16)": "0"}),
    # 0.25 * 0.25 = 1/16 is subnormal; as a factor too
    (["0.25"], ["0.25"], None, {"left-to-right": "0.0625", "flush": "0"}),
    (["0.0625"], ["8"], None, {"left-to-right": "0.5", "flush": "0"}),
    (["1"], ["1"], "0.125", {"left-to-right": "1", "flush": "1"}),
    # under wide, products are subnormal only in the wide format: 1/16 + 1/4 = 5/16; the end of the sum is flushed in F
    (["0.25", "1"], ["0.25", "0.25"], None, {"flush": "0.25", "wide(binary16)+flush": "0.3125"}),
    (["0.25"], ["0.25"], None, {"wide(binary16)+flush": "0"}),
    # 1/16 is normal in F(2,4), 3/16 too
    (["0.5", "1"], ["0.25", "0.25"], "-0.25", {"wide(F(2,4))+flush": "0", "wide(F(2,4))": "0.125"}),
]


@pytest.mark.parametrize(
    ("weights", "x", "bias", "meaning", "expected"), [(w, x, b, meaning, r) for w, x, b, expected in SUMS for meaning, r in expected.items()]
)
def test_sums_by_hand(weights: list[str | None], x: list[str], bias: str | None, meaning: str, expected: str | None) -> None:
    found = one_sum(weights, x, bias, meaning)
    assert found == INFINITY if expected is None else found[1] is not None and rational(found) == Fraction(expected)


def test_relu_and_its_slope_at_zero() -> None:
    network = Network(F23, (dense([[F23.one]]),))
    half = parse_semantics("relu-slope(1/2)")
    for x, meaning, v, g in [
        (d(2), Semantics(), d(2), d(3)),
        (d(-2), half, ZERO, ZERO),
        (ZERO, Semantics(), ZERO, ZERO),
        (ZERO, half, ZERO, d(1.5)),
        (NEGATIVE_ZERO, half, ZERO, d(1.5)),
        (NAN, half, NAN, NAN),
        (INFINITY, half, INFINITY, d(3)),
        ((-1, None), half, ZERO, ZERO),
    ]:
        evaluation = evaluate(network, [x], [d(3)], meaning)
        assert evaluation.value == (v,)
        assert evaluation.gradient[0] in (g, NEGATIVE_ZERO if g == ZERO else g)
    assert gradient(network, [ZERO], [d(3)], parse_semantics("relu-slope(1/16)+flush")) == (ZERO,)  # the slope is read as an operand


def test_relu_in_a_format_without_one() -> None:
    """The derivative is the number 1, which need not be a float."""
    F = Format("low", 2, -4, -1, Fraction(7, 8), "ieee", "infinity")
    assert gradient(Network(F, (dense([[F.largest]]),)), [F.largest], [F.largest]) == (round_rational(F, Fraction(49, 64)),)


def test_the_gradient_sums_over_outputs_from_left_to_right() -> None:
    """Weights 8, 1, 1, 1 in a column: 8 + 1 + 1 + 1 = 8 forward to back, 10 pairwise; a column that no weight reads gives +0."""
    column = Layer(2, tuple(((0, d(w)),) for w in (8, 1, 1, 1)), (None,) * 4, None)
    network = Network(F23, (column,))
    assert gradient(network, [ZERO, ZERO], [F23.one] * 4) == (d(8), ZERO)
    assert gradient(network, [ZERO, ZERO], [F23.one] * 4, Semantics(Order.PAIRWISE)) == (d(10), ZERO)
    assert gradient(network, [ZERO, ZERO], [F23.one] * 4, parse_semantics("wide(binary16)")) == (d(12), ZERO)


def test_the_mask_is_an_operation_of_the_format_not_of_the_wide_one() -> None:
    """delta * slope = 1.25 * 1.25 = 1.5625 is rounded to 1.5 in F(2,3) before the wide product with 8: 12, not 12.5."""
    network = Network(F23, (dense([[d(8)]]),))
    assert gradient(network, [ZERO], [d(1.25)], parse_semantics("relu-slope(5/4)+wide(binary16)")) == (d(12),)


def test_counters_and_the_first_non_finite_number() -> None:
    """14 * 2 overflows in layer 1, neuron 2; layer 2 multiplies infinity by 0."""
    layers = (dense([[F23.one], [d(14)]]), dense([[F23.one, ZERO]], activation=None))
    network = Network(F23, layers)
    evaluation = evaluate(network, [d(2)], [F23.one])
    assert evaluation.pre_activations == ((d(2), INFINITY), (NAN,))
    assert evaluation.counters == Counters(2, 2, 0)
    assert str(evaluation.counters) == "2 pre-activations, 2 activations, 0 adjoints"
    first = evaluation.first_non_finite
    assert first == NonFinite("pre-activation", 1, 2, INFINITY)
    assert str(first) == "pre-activation infinity at layer 1, neuron 2"
    assert evaluation.densely


def test_the_first_non_finite_adjoint() -> None:
    """h = 14 times 14 overflows at the output of layer 1; then 0 * infinity at the masked neuron is NaN at the input."""
    network = Network(F23, (dense([[F23.one]]), dense([[d(14)]], activation=None)))
    evaluation = evaluate(network, [d(-1)], [d(14)])
    assert evaluation.adjoints == ((NAN,), (INFINITY,), (d(14),))
    assert (evaluation.counters, evaluation.first_non_finite) == (Counters(0, 0, 2), NonFinite("adjoint", 1, 1, INFINITY))
    saturated = evaluate(Network(F23, (dense([[d(14)]], activation=None),)), [ZERO], [d(14)])
    assert str(saturated.first_non_finite) == "adjoint infinity at input 1"


def test_minus_infinity_before_a_relu_is_counted_as_a_pre_activation_only() -> None:
    evaluation = evaluate(Network(F23, (dense([[d(14)]]),)), [d(-14)], [F23.one])
    assert (evaluation.counters, evaluation.value) == (Counters(1, 0, 0), (ZERO,))
    assert str(evaluation.first_non_finite) == "pre-activation -infinity at layer 1, neuron 1"


def test_overflow_to_nan_and_saturation() -> None:
    assert one_sum(["448"], ["2"], None, "left-to-right", ATLAS["E4M3FN"]) == NAN
    assert one_sum(["448"], ["2"], None, "left-to-right", ATLAS["E4M3FN-sat"]) == ATLAS["E4M3FN-sat"].largest
    # 448 * 2 is infinite in binary16 no more than 896; an infinity of the wide format is NaN here, no overflow
    assert one_sum(["448"], ["448"], None, "wide(F(3,4))", ATLAS["E4M3FN-sat"]) == NAN
    assert one_sum(["448"], ["448"], None, "wide(binary32)", ATLAS["E4M3FN-sat"]) == ATLAS["E4M3FN-sat"].largest


@pytest.mark.parametrize("where", ["activation", "adjoint", "after the mask"])
def test_dense_fallback(where: str) -> None:
    """A missing weight takes part as 0 where an activation, an adjoint, or a masked adjoint is not finite: then 0 * infinity is NaN."""
    one, top = F23.one, F23.largest
    if where == "activation":  # infinity at neuron 1, which neuron 2 of the next layer does not read
        layers = (Layer(1, (((0, top),), ()), (None, one)), Layer(2, (((0, one),), ((1, one),)), (None, None), None))
        network, x, upstream = Network(F23, layers), [top], [one, one]
        evaluation = evaluate(network, x, upstream)
        assert evaluation.value == (INFINITY, NAN)
    elif where == "adjoint":
        layers = (Layer(2, (((0, one),), ((1, one),)), (one, one)), Layer(2, (((0, top), (1, one)),), (None,), None))
        evaluation = evaluate(Network(F23, layers), [ZERO, ZERO], [top])
        assert evaluation.gradient == (INFINITY, NAN)
    else:  # the slope 14 at 0: 14 * 14 is infinite only after the mask, and the next adjoints are finite but for the fallback
        only = Layer(2, (((0, one),), ((1, one),)), (None, None))
        evaluation = evaluate(Network(F23, (only,)), [ZERO, one], [top, one], parse_semantics("relu-slope(14)"))
        assert evaluation.gradient == (INFINITY, NAN)
    assert evaluation.densely
    sparse_only = Network(F23, (Layer(1, ((),), (one,)),))
    assert not evaluate(sparse_only, [one], [one]).densely


def test_an_infinite_pre_activation_alone_does_not_make_it_dense() -> None:
    layers = (Layer(1, (((0, F23.largest),), ()), (None, F23.one)), Layer(2, (((1, F23.one),),), (None,), None))
    evaluation = evaluate(Network(F23, layers), [d(-14)], [F23.one])
    assert (evaluation.densely, evaluation.counters) == (False, Counters(1, 0, 0))


def test_a_missing_bias_stays_missing_in_the_dense_form() -> None:
    """(-0) + nothing: densified, the sum of -0 products is -0, not +0."""
    network = Network(F23, (dense([[NEGATIVE_ZERO]], activation=None),))
    assert value(network, [F23.one]) == (NEGATIVE_ZERO,)


def test_tables_are_read_through_flush() -> None:
    table = TableActivation("t", {F23.one: (F23.smallest, F23.smallest)})
    network = Network(F23, (dense([[F23.one]], activation="t"),), {"t": table})
    assert evaluate(network, [F23.one], [F23.one]).value == (F23.smallest,)
    flushed = evaluate(network, [F23.one], [F23.one], Semantics(flush=True))
    assert (flushed.value, flushed.gradient) == ((ZERO,), (ZERO,))
    with pytest.raises(NetworkError, match="no entry"):
        evaluate(network, [ZERO], [F23.one])


@pytest.mark.parametrize(("x", "upstream"), [(1, 2), (2, 1), (0, 1)])
def test_vectors_of_the_wrong_length(x: int, upstream: int) -> None:
    network = Network(F23, (dense([[F23.one]]),))
    with pytest.raises(NetworkError, match="expected 1 inputs and 1 upstreams, found"):
        evaluate(network, [ZERO] * x, [ZERO] * upstream)


def _format(fmt: Tiny) -> Format:
    name = f"tiny(p={fmt.p},emin={fmt.emin},emax={fmt.emax},Omega={fmt.largest},specials={fmt.specials},overflow={fmt.overflow})"
    return parse_format(name)


def _network(F: Format, layers: list[OracleLayer]) -> Network:
    def layer(one: OracleLayer) -> Layer:
        missing: Fraction | None = None if one.sparse else Fraction(0)
        rows = [[(j, missing if w is None else w) for j, w in enumerate(row)] for row in one.weights]
        data = tuple(tuple((j, round_rational(F, w)) for j, w in row if w is not None) for row in rows)
        bias = tuple(None if b is None else round_rational(F, b) for b in one.bias)
        return Layer(len(one.weights[0]), data, bias, RELU if one.relu else None, one.sparse)

    return Network(F, tuple(map(layer, layers)))


def _same(found: Datum, expected: OracleValue) -> bool:
    if isinstance(expected, str):
        return found == {"+": INFINITY, "-": (-1, None), "nan": NAN}[expected]
    return found[1] is not None and rational(found) == expected


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_random_networks_against_the_rational_oracle(problem: Problem) -> None:
    fmt, meaning, layers, x, upstream = problem
    F = _format(fmt)
    plain = parse_semantics(meaning.order)
    wide = None if meaning.wide is None else _format(meaning.wide)
    semantics = Semantics(plain.order, plain.block, wide, meaning.flush, meaning.slope)
    expected = Oracle(fmt, meaning).evaluate(layers, x, upstream)
    found = evaluate(_network(F, layers), [round_rational(F, v) for v in x], [round_rational(F, v) for v in upstream], semantics)
    assert all(map(_same, found.value, expected.value))
    assert all(map(_same, found.gradient, expected.gradient))
    assert (found.counters.pre_activations, found.counters.activations, found.counters.adjoints) == expected.counts
    if any(layer.sparse for layer in layers):
        assert found.densely == expected.dense


@settings(max_examples=50)
@given(st.data(), semantics())
def test_a_dense_value_alone_is_that_with_the_way_back(data: st.DataObject, meaning: Semantics) -> None:
    network = data.draw(networks(F23, tables=False)).densified()
    x = data.draw(vectors(F23, network.inputs))
    assert forward(network, x, meaning) == value(network, x, meaning)


def test_a_value_alone_of_what_is_not_finite() -> None:
    large = dense([[d(224, F34)]])
    assert forward(Network(F34, (large, dense([[d(224, F34)]], activation=None))), (d(240, F34),)) == (INFINITY,)
    with pytest.raises(AssertionError, match="on the way back"):
        forward(Network(F34, (Layer(1, (((0, d(1, F34)),),), (None,), None, sparse=True),)), (d(1, F34),))
