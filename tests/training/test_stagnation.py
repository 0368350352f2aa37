"""Which steps leave a weight where it is: against the subtraction itself, for all weights and all steps of 8-bit formats."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from fpproof.formats import ATLAS, Format, ieee_like, rational
from fpproof.formats.arithmetic import equal, subtract
from fpproof.formats.rounding import round_rational
from fpproof.training.stagnation import binades, unmoved
from tests.strategies import finite_data, formats

SMALL = [ATLAS[name] for name in ("E2M1", "E2M3", "E3M2", "E4M3FN", "E4M3FN-sat", "E5M2")] + [ieee_like(3, 4)]
B16 = ATLAS["binary16"]


@pytest.mark.parametrize("F", SMALL, ids=str)
def test_all_weights_and_all_steps(F: Format) -> None:
    numbers = list(F.finite())
    for w in numbers:
        steps = unmoved(F, w)
        still = [u for u in numbers if equal(subtract(F, w, u), w)]
        assert [rational(u) for u in still] == [rational(u) for u in numbers if steps.contains(rational(u))]
        assert (F.ordinal(still[0]), F.ordinal(still[-1])) == tuple(map(F.ordinal, steps.floats(F)))


@settings(max_examples=200, deadline=None)
@given(st.data(), formats)
def test_ends_of_the_interval(data: DataObject, F: Format) -> None:
    """The last real steps that leave w, and ones a little beyond."""
    w = data.draw(finite_data(F))
    steps = unmoved(F, w)
    for end, outward in ((steps.low, -1), (steps.high, 1)):
        if end is None:
            continue
        for nudge in (-1, 0, 1):
            u = end + nudge * outward * F.omega / 2**20
            moved = round_rational(F, rational(w) - u)
            assert equal(moved, w) == steps.contains(u), (w, u)


@pytest.mark.parametrize("F", [*SMALL, B16], ids=str)
def test_binades_say_it_for_all_weights(F: Format) -> None:
    rows = {row.exponent: row for row in binades(F)}
    count = 0
    for n in range(1, F.largest_ordinal + 1):
        w = F.from_ordinal(n)
        assert w[1] is not None
        low, high = unmoved(F, w).floats(F)
        if n == F.largest_ordinal and F.overflow == "saturate":
            continue
        exponent = max(abs(w[0]).bit_length() - 1 + w[1], F.emin - 1)
        row, count = rows[exponent], count + 1
        if exponent >= F.emin and abs(w[0]) == 1 << F.p:
            assert row.power is not None
            assert [rational(x) for x in row.power] == [rational(high), -rational(low)]
        else:
            chosen = row.odd if w[0] % 2 else row.even
            assert chosen is not None
            assert rational(chosen) == rational(high) == -rational(low)
    assert count >= F.largest_ordinal - 1


def test_the_dossiers_half() -> None:
    """S1-M9: -1/2 in binary16."""
    half = round_rational(B16, Fraction(-1, 2))
    steps = unmoved(B16, half)
    assert (steps.low, steps.high, steps.closed) == (-Fraction(1, 2**13), Fraction(1, 2**12), True)
    shown = [float(rational(subtract(B16, half, round_rational(B16, u)))) for u in (Fraction(1, 2**12), Fraction(-1, 2**13), Fraction(-1, 2**12))]
    assert shown[:2] == [-0.5, -0.5]
    assert [f"{v:.8f}" for v in (shown[2], float(rational(subtract(B16, half, round_rational(B16, Fraction(1, 2**11))))))] == [
        "-0.49975586",
        "-0.50048828",
    ]
