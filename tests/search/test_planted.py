"""Networks of all shapes with weights of all magnitudes, evaluated at a few points: what they do is found. What none does for a reason is refused."""

from collections.abc import Callable
from random import Random

import pytest

from fpproof.formats import Format, parse_format
from fpproof.search import Limits, Outcome, parse_spec, search
from fpproof.search.limits import Effort
from tests.search.planted import IMPOSSIBLE, planted
from tests.search.points import FORMATS

DEEP = "layers = [{ width = 3 }, { width = 2, bias = false }, { width = 1, bias = false }]\n"
FAR_APART = {
    "binary32": DEEP
    + '[[points]]\nx = ["0x1.42a424p-127"]\nvalue = "0"\ngradient = ["0"]\n'
    + '[[points]]\nx = ["0"]\nvalue = "-0x1.a978cp-130"\ngradient = ["0x1.671e4ap+2"]\n',
    "bfloat16": DEEP
    + '[[points]]\nx = ["-0x1.2ap+126"]\nupstream = "0x1p-8"\nvalue = "-0x1.3cp+21"\ngradient = ["0x1.c4p-124"]\n'
    + '[[points]]\nx = ["0"]\nupstream = "0.5"\nvalue = "0x1.e8p+85"\ngradient = ["0x1.44p+89"]\n',
}


FEW = Limits(stages=(), rounds=1, middling=Effort(4, 16, 2000), longer=Effort(4, 16, 2000), thorough=Effort(4, 16, 4000))


@pytest.mark.parametrize("format", FAR_APART)
def test_numbers_far_apart(format: str) -> None:
    """Least squares over the reals had a singular matrix there."""
    assert search(parse_spec(FAR_APART[format], format=parse_format(format))).outcome is Outcome.FOUND


def test_tables_that_are_too_large_are_not_begun() -> None:
    """Those of binary32 would have 2^32 entries."""
    text = 'layers = [{ width = 1 }, { width = 1, activation = "sin" }]\n[[points]]\nx = ["1"]\nvalue = "0.5"\ngradient = ["0.5"]\n'
    answer = search(parse_spec(text, format=parse_format("binary32")), Limits().scaled(1000))
    assert answer.outcome is Outcome.OPEN
    assert "codes" in answer.reason


@pytest.mark.parametrize("format", FORMATS)
def test_what_a_network_does(format: str) -> None:
    """Quickly: what solvers would have to be asked about may be left open, and is not refused."""
    F, found = parse_format(format), 0
    for number in range(8):
        text = planted(F, Random(f"{format} {number}"))
        outcome = search(parse_spec(text, format=F), FEW).outcome
        assert outcome is not Outcome.IMPOSSIBLE, text
        found += outcome is Outcome.FOUND
    assert found >= 6


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_what_none_does(kind: Callable[[Format, Random], str], format: str) -> None:
    F = parse_format(format)
    assert search(parse_spec(kind(F, Random(format)), format=F)).outcome is Outcome.IMPOSSIBLE
