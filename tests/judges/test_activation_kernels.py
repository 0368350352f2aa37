"""Activations in kernels come from tables: the same verdicts as by the exact evaluator, also at infinities and zeros."""

from pathlib import Path

import numpy as np
import pytest

from fpproof.activations import activation, derivative, value
from fpproof.formats import Datum, Format, parse_format, rational
from fpproof.judges import Budget, ExactJudge
from fpproof.judges.enumeration import EnumerationJudge
from fpproof.judges.enumeration.domains import _activation_column
from fpproof.theory import instances, read_theory

LEMMAS = '''"""Lemmas.

Source: none.
"""
from fpproof.lang import Datum, Float, activation, derivative, fl, lemma, same, show


@lemma
def gelu_is_monotone(x: Float, y: Float):
    show(activation("gelu", x) <= activation("gelu", y) or x > y)


@lemma
def elu_keeps_signs(x: Datum):
    show((activation("elu", x) >= 0) == (x >= 0), same(activation("elu", fl(0 * x)), fl(0 * x)) or x - x != 0)


@lemma
def tanh_is_below_one(x: Float):
    show(activation("tanh", fl(x * x)) < 1, derivative("tanh", x) <= 1)
'''


def test_as_the_exact_evaluator(tmp_path: Path) -> None:
    path = tmp_path / "lemmas.py"
    path.write_text(LEMMAS)
    for lemma in read_theory(path).lemmas:
        for claim in instances(lemma, parse_format("F(2,3)")):
            by_kernel, by_hand = EnumerationJudge().decide(claim, Budget()), ExactJudge().decide(claim, Budget())
            assert by_kernel.outcome is by_hand.outcome, lemma.name


def machine(F: Format, x: Datum) -> float:
    m, e = x
    if e is None:
        return float(np.sign(m)) * np.inf if m else np.nan
    return float(rational(x)) if m else (-0.0 if e < 0 else 0.0)


@pytest.mark.parametrize("format_name", ["F(2,4)", "E5M2", "E4M3FN", "E3M2"])
@pytest.mark.parametrize("name", ["elu", "sigmoid"])
def test_columns(format_name: str, name: str) -> None:
    """-infinity, the finite data in order, infinity; zeros have signs."""
    F, sigma = parse_format(format_name), activation(name)
    N = F.largest_ordinal
    data = [F.from_ordinal(n) for n in range(-N, 0)] + [(0, -1), (0, 0)] + [F.from_ordinal(n) for n in range(1, N + 1)]
    for kind, function in (("value", value), ("derivative", derivative)):
        column = _activation_column(F, name, kind)
        ends = [(-1, None), *data, (1, None)] if F.has_infinities else data
        wanted = np.array([machine(F, function(F, sigma, x)) for x in ends])
        assert len(column) == len(data) + 2
        assert F.has_infinities or np.isnan(column[[0, -1]]).all()
        found = column if F.has_infinities else column[1:-1]
        np.testing.assert_array_equal(found, wanted)
        assert (np.signbit(found) == np.signbit(wanted)).all()
