"""Networks for cells of the frontiers of docs/search.md, evaluated at all points of their specs; and small cells that are impossible, by argument."""

import pytest

from fpproof.formats import parse_format
from fpproof.formats.text import read_float
from fpproof.search import Outcome, Spec, read_spec, search
from fpproof.search.finding import first_violated, network_of
from fpproof.search.frontier import reshaped

FOUND = {
    ("step", "F(2,3)", 3, 1): "-0x1p+3 0x1.cp+2 -0x1.8p+2 0x1.4p+0 0x1.cp-1 0",
    ("step", "F(2,3)", 2, 2): "0x1.8p-3 0x1p+0 0 0x1.cp+1 0x1.8p-2 -0x1p+1 0x1.cp+2",
    ("step", "F(2,4)", 3, 1): "-0x1.cp+7 0x1.8p+7 -0x1p+7 0x1.8p+2 0x1.4p-3 0",
}
"""(question, format, depth, width) -> weights, in the order in which a network is read."""
Cell = tuple[str, str, int, int]


def spec_of(cell: Cell) -> Spec:
    question, format, depth, width = cell
    return reshaped(read_spec(f"examples/frontier-{question}.toml", parse_format(format)), depth, width)


@pytest.mark.parametrize("cell", FOUND)
def test_yes(cell: Cell) -> None:
    spec = spec_of(cell)
    weights = dict(zip(spec.places(), (read_float(spec.format, text) for text in FOUND[cell].split()), strict=True))
    assert first_violated(spec, network_of(spec, weights), spec.points) is None


@pytest.mark.parametrize("cell", FOUND)
def test_another_weight_is_none(cell: Cell) -> None:
    """The control: the first weight with the other sign."""
    spec = spec_of(cell)
    first, *others = FOUND[cell].split()
    changed = [first[1:] if first[0] == "-" else "-" + first, *others]
    weights = dict(zip(spec.places(), (read_float(spec.format, text) for text in changed), strict=True))
    assert first_violated(spec, network_of(spec, weights), spec.points) is not None


NO = [("step", 1, 1), ("indicator", 1, 1), ("indicator", 2, 1), ("indicator-gradient", 2, 1), ("zero", 1, 1), ("response", 2, 1)]


@pytest.mark.parametrize("format", ["F(2,3)", "F(2,4)"])
@pytest.mark.parametrize(("question", "depth", "width"), NO)
def test_no(question: str, depth: int, width: int, format: str) -> None:
    answer = search(spec_of((question, format, depth, width)))
    assert answer.outcome is Outcome.IMPOSSIBLE
    assert answer.proved
