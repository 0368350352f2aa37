"""Objectives by guess: stricter specs have networks that fit the spec and count less."""

import pytest

from fpproof.formats import Datum, parse_format
from fpproof.formats.text import read_float
from fpproof.search import Answer, Outcome, Spec, parse_spec
from fpproof.search.finding import fits
from fpproof.search.limits import Limits
from fpproof.search.local import local_search
from fpproof.search.objective import improved, stricter, weights_of
from fpproof.search.solving import Search
from fpproof.search.spec import Place

TEXT = """
minimize = "{objective}"
layers = [{{ width = 2 }}, {{ width = 2 }}, {{ width = 1, bias = false }}]

[[points]]
x = ["0x1.8p-3"]
upstream = "-2.5"
value = {{ between = ["0.3125", "0.5"] }}
gradient = [{{ not = "0" }}]

[[points]]
x = ["-7"]
gradient = ["0.75"]

[[weights]]
layer = 1
neuron = 1
input = 1
in = ["-1.5", "0"]

[[weights]]
layer = 2
bias = false
neuron = 1
powers_of_two = true
magnitude = "2"

[[weights]]
layer = 3
input = 2
same_as = {{ layer = 1, neuron = 1, input = 1 }}
"""


def spec_of(objective: str) -> Spec:
    return parse_spec(TEXT.format(objective=objective), format=parse_format("bfloat16"))


def weights(spec: Spec, text: str) -> dict[Place, Datum]:
    return dict(zip(spec.places(), (read_float(spec.format, one) for one in text.split()), strict=True))


@pytest.mark.parametrize(("objective", "most"), [("nonzero", 8), ("distinct", 6)])
def test_guesses_alone_come_far(objective: str, most: int) -> None:
    """Solvers are asked nothing: 12 weights, few of which are needed."""
    spec = spec_of(objective)
    first = Search(spec).answer()
    none = Answer(Outcome.OPEN, "nobody")
    best = improved(spec, first, lambda _: none, lambda narrower: Search(narrower).by_local_search(Limits().quick))
    assert best.objective is not None
    assert best.objective <= most
    assert best.optimal is False
    assert fits(spec, weights_of(spec, best))


@pytest.mark.parametrize(("objective", "count"), [("nonzero", 7), ("distinct", 15)])
def test_what_is_stricter_counts_less(objective: str, count: int) -> None:
    """Of seven weights that are not 0 one more is 0, and with it what shares it; of six values two are one."""
    spec = spec_of(objective)
    start = weights(spec, "-1.5 0.5 0 0.25 2 0 3 0.5 0 0 0 -1.5")
    assert fits(spec, start)
    questions = list(stricter(spec, start))
    assert len(questions) == count
    tried = [found for question in questions if (found := local_search(question, question.points[1:], Limits().quick)) is not None]
    assert tried
    for found in tried:
        assert spec.measure(found) < spec.measure(start)
        assert fits(spec, found)


def test_magnitudes_are_not_guessed() -> None:
    spec = spec_of("magnitude")
    assert not list(stricter(spec, weights(spec, "-1.5 0.5 0 0.25 2 0 3 0.5 0 0 0 -1.5")))
