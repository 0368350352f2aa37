"""Pieces of the real line: they cover it, and on each the claim says one thing."""

from itertools import pairwise
from typing import Any

import pytest
from gmpy2 import mpq

from fpproof.formats import parse_format
from fpproof.judges import Finding, Referee
from fpproof.judges.cells import Interval, Pieces, cell_around, simplest_between
from fpproof.theory import instances, read_theory_text

CONDITIONS = [
    "fl(r) == r",
    "same(fl(r), 0.0)",
    "fl(3 * r - 1) <= r",
    "abs(r) > F.Omega or abs(fl(r) - r) < ulp(r) / 3",
    "fl(fl(r) + r, to=down) < 2 * r",
    "same(fl(r - r, to=down), -0.0)",
    "min(r, 1 - r, fl(r)) > x / 4",
    "(r if r > 1 / 3 else -r) < fl(r / 7, to=to_odd)",
    "is_float(2 * r) or is_float(r + 1 / 8)",
    "succ(r) - pred(r) > 1 / 4",
    "exponent(fl(r)) == 1",
    "not F.omega < r < 5 or exponent(r) + significand(fl(r)) > 1",
    "exists(Float, lambda w: r < w < r + 1 / 5)",
    "r / (2 * r) == 1 / 2 and 0 / r == 0",
    "fl(r * x, to=up) > fl(r, to=nearest_away)",
    "r * infinity > 0 and r + infinity == infinity and not is_nan(r * 0)",
    "finite(fl(r)) and fl(r, F, down) >= -F.Omega",
    "max(r, x) != r or r == x",
    "not (r <= 1 / 3) or r > 1 / 3",
    "r != nan and not r < nan and -infinity < r < infinity",
]


def setting(text: str, format: str) -> tuple[Referee, Pieces, dict[Any, Any]]:
    lines = f"from fpproof.lang import *\n@lemma\ndef l(r: Real, x: Float):\n    show({text})\n"
    claim = instances(read_theory_text(lines).lemmas[0], parse_format(format))[0]
    r, x = claim.variables
    return Referee(claim), Pieces(claim, r), {r: mpq(0), x: mpq(3, 2)}


@pytest.mark.parametrize("format", ["E2M1", "F(2,3)"])
@pytest.mark.parametrize("text", CONDITIONS)
def test_on_each_piece_one_thing_is_said(text: str, format: str) -> None:
    referee, pieces, values = setting(text, format)
    r = pieces.real
    found = [(piece if isinstance(piece, Interval) else Interval(piece, piece), finding) for finding, piece, _ in pieces.findings(values)]
    assert Finding.UNKNOWN not in [finding for _, finding in found]
    assert found[0][0].low is None
    assert found[-1][0].high is None
    for (left, _), (right, _) in pairwise(found):
        assert left.high == right.low
    for piece, finding in found:
        for point in points(piece):
            assert referee.at({**values, r: point}) is finding, (piece, point)


def points(piece: Interval) -> list[Any]:
    """Points of a piece, near its ends too."""
    if piece.low is not None and piece.low == piece.high:
        return [piece.low]
    if piece.low is None:
        return [piece.high - d for d in (mpq(1, 10**6), mpq(1, 3), 1, 17, 10**6)]
    if piece.high is None:
        return [piece.low + d for d in (mpq(1, 10**6), mpq(1, 3), 1, 17, 10**6)]
    width = piece.high - piece.low
    return [piece.low + width * part for part in (mpq(1, 10**9), mpq(1, 3), mpq(1, 2), mpq(2, 3), 1 - mpq(1, 10**9))]


@pytest.mark.parametrize(
    "text", ["r * r >= 0", "sqrt(r) >= 0", "1 / r > 0", "sqrt(2) * r > 1", "ulp(r) > 0", "exponent(r) < 1", "exp(r) > 0", "r**2 > 1"]
)
def test_what_is_not_linear_is_said(text: str) -> None:
    _, pieces, values = setting(text, "F(2,3)")
    assert Finding.UNKNOWN in [finding for finding, _, _ in pieces.findings(values)]
    assert pieces.intervals.reason


@pytest.mark.parametrize(
    ("low", "high", "expected"), [("1/3", "1/2", "3/8"), ("1/3", "1", "1/2"), ("-1", "1", "0"), ("-1/2", "-1/3", "-3/8"), ("5", "99", "6")]
)
def test_samples_have_few_digits(low: str, high: str, expected: str) -> None:
    assert simplest_between(mpq(low), mpq(high)) == mpq(expected)


@pytest.mark.parametrize("name", ["E2M1", "F(2,3)", "E4M3FN", "F(1,4)"])
def test_cells_lie_between_floats_and_midpoints(name: str) -> None:
    F = parse_format(name)
    floats = [mpq(F.from_ordinal(n)[0]) * mpq(2) ** (F.from_ordinal(n)[1] or 0) for n in range(-F.largest_ordinal, F.largest_ordinal + 1)]
    ends = floats + [(a + b) / 2 for a, b in pairwise(floats)]
    for end in (mpq(F.Omega) + mpq(2) ** (F.emax - F.p), mpq(F.Omega) + mpq(2) ** (F.emax - F.p - 1)):
        ends += [end, -end]
    ends.sort()
    for low, high in pairwise(ends):
        assert cell_around(F, low) == (low, low)
        assert cell_around(F, (2 * low + high) / 3) == (low, high)
    assert cell_around(F, ends[-1] + 1) == (ends[-1], None)
    assert cell_around(F, ends[0] - 1) == (None, ends[0])
