"""The checker against the rational oracle, on random small networks, in every variant."""

import random
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fpproof import checker

from .cases import certificate, sealed
from .oracle import E4M3FN, F23, F24, F33, FORMATS, Matrix, Meaning, Oracle, OracleLayer, Result, Tiny

ORDERS = ["left-to-right", "bias-first", "pairwise", "fma", "blocked(1)", "blocked(2)", "blocked(3)", "blocked(999999999)"]
Problem = tuple[Tiny, Meaning, list[OracleLayer], list[Fraction], list[Fraction]]


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    fmt = draw(st.sampled_from(FORMATS))
    # Often numbers near zero, where flush and underflow act, and near Omega, where non-finite numbers come from.
    floats = fmt.finite()
    number = st.one_of(st.sampled_from(floats), st.sampled_from(floats[len(floats) // 2 - 4 :][:9] + floats[:2] + floats[-2:]))
    wide = draw(st.one_of(st.none(), st.sampled_from([*FORMATS, F33])))
    meaning = Meaning(draw(st.sampled_from(ORDERS)), wide, draw(st.booleans()), draw(st.one_of(st.just(Fraction(0)), number)))
    widths = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    layers = []
    for inputs, outputs in pairwise(widths):
        sparse = draw(st.booleans())
        weight = st.one_of(st.none(), number) if sparse else number
        weights = [[draw(weight) for _ in range(inputs)] for _ in range(outputs)]
        layers.append(OracleLayer(weights, [draw(st.one_of(st.none(), number)) for _ in range(outputs)], sparse, draw(st.booleans())))
    return fmt, meaning, layers, [draw(number) for _ in range(widths[0])], [draw(number) for _ in range(widths[-1])]


def finite(result: Result) -> bool:
    return not any(isinstance(one, str) for one in result.value + result.gradient)


def agrees(problem: Problem) -> None:
    fmt, meaning, layers, x, upstream = problem
    result = Oracle(fmt, meaning).evaluate(layers, x, upstream)
    claimed = [[Fraction(0) if isinstance(one, str) else one for one in part] for part in (result.value, result.gradient)]
    report = checker.check_bytes(sealed(certificate(fmt, meaning, layers, [[x, upstream, *claimed]])))
    assert report.verdict == ("accepted" if finite(result) else "rejected"), report
    assert (report.preactivations, report.activations, report.adjoints) == result.counts
    assert report.dense == result.dense
    for part, what in enumerate(("value", "gradient")):  # what is rejected for its first wrong number names the oracle's number
        for index, number in enumerate((result.value, result.gradient)[part]):
            wrong = [list(claimed[0]), list(claimed[1])]
            wrong[part][index] = fmt.largest if number != fmt.largest else -fmt.largest
            report = checker.check_bytes(sealed(certificate(fmt, meaning, layers, [[x, upstream, *wrong]])))
            assert report.verdict == "rejected"
            assert report.failing is not None
            if report.failing["what"] == f"{what}[{index}]":
                found = report.failing["found"].split(" ")[0]
                assert found == {"+": "+infinity", "-": "-infinity", "nan": "NaN"}.get(str(number)) or Fraction(float.fromhex(found)) == number


@given(problems())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_networks(problem: Problem) -> None:
    agrees(problem)


def test_every_variant_at_least_once() -> None:
    """A fixed network through all orders, with and without each of the other variants."""
    floats = F24.finite()
    numbers = [floats[7 * i % len(floats)] for i in range(1, 40)]
    dense: Matrix = [[*numbers[12:15]], [*numbers[15:18]]]
    layers = [
        OracleLayer([[*numbers[0:5]], [None, numbers[6], None, None, numbers[9]], [None] * 5], [numbers[10], None, numbers[11]], sparse=True),
        OracleLayer(dense, [numbers[18], numbers[19]]),
    ]
    for order, wide, flush in product(ORDERS, (None, F23, F33, E4M3FN), (False, True)):
        agrees((F24, Meaning(order, wide, flush, Fraction(int(flush), 2)), layers, numbers[20:25], numbers[25:27]))


def ieee(p: int, emax: int) -> dict[str, object]:
    """The format object of an IEEE-like format."""
    digits = -(-(1 + (2 * emax + 1).bit_length() + p) // 4)
    omega = f"{((2 * emax + 1) << p) - 1:0{digits}x}"
    return {"name": "", "p": p, "emin": 1 - emax, "emax": emax, "Omega": omega, "specials": "ieee", "overflow": "infinity"}


def special(numbers: list[checker.Number]) -> bool:
    return any(e == checker.SPECIAL for _, e in numbers)


@pytest.mark.parametrize("p", [1, 2, 3, 10, 23])
@pytest.mark.parametrize("emax", [2, 7, 127])
def test_fast_sum_is_the_general_sum(p: int, emax: int) -> None:
    """In all ranges: ties, cancellation, subnormals and what comes near overflow, where the fast sum must say None or be right."""
    record = checker.Format(checker.Item(ieee(p, emax)), flush=False)
    chance, decided = random.Random(p * 1000 + emax), 0
    for _ in range(1500):
        around, spread = chance.choice((0, 0, -emax // 2, emax // 2)), chance.choice((1, 2, p + 2))

        def number(around: int = around, spread: int = spread) -> checker.Number:
            e = max(-emax, min(emax, around + chance.randint(-spread, spread)))
            return record.fl((chance.choice((-1, 1)) * (2**p + chance.getrandbits(p)) >> chance.choice((0, 0, 0, p)), e - p))

        values = [number() if chance.random() < 0.9 else checker.ZERO for _ in range(5)]
        if special(values):
            continue
        weights = [number() for _ in range(5)]
        if special(weights):
            continue
        row = [(position, *weight) for position, weight in enumerate(weights)]
        fast = checker.left_to_right(row, values, record)
        decided += fast is not None
        general = record.fl(checker.general_sum(row, [*values, checker.ONE], "left-to-right", record.fl))
        assert fast is None or checker.canonical(fast) == checker.canonical(general)
    assert decided > 300


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_product_and_sum_of_all_pairs(fmt: Tiny) -> None:
    """Rounding, with overflow and underflow, against search among the floats."""
    floats = fmt.finite()[:: 1 if len(fmt.finite()) < 70 else 7]
    record = checker.Format(checker.Item(fmt.record()), flush=False)
    pairs = {number: record.number(checker.Item(fmt.code(number))) for number in floats}
    names = {checker.NAN: "nan", (1, checker.SPECIAL): "+", (-1, checker.SPECIAL): "-"}
    for a, b in product(floats, floats):
        for exact, found in ((a * b, checker.product(pairs[a], pairs[b])), (a + b, checker.plus(pairs[a], pairs[b]))):
            m, e = record.fl(found)
            assert (names[m, e] if e == checker.SPECIAL else m * Fraction(2) ** e) == fmt.round(exact)
