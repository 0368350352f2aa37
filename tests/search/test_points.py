"""Values and gradients at a few points, two hidden neurons: the specs that the search is timed on, and two that once took it minutes."""

import pytest

from fpproof.formats import ZERO, parse_format
from fpproof.networks import RELU
from fpproof.search import Outcome, Spec, parse_spec, search
from fpproof.search.arguments import impossible
from fpproof.search.finding import fits
from fpproof.search.narrowing import narrowed
from fpproof.search.objective import weights_of
from fpproof.search.patterns import split
from fpproof.search.spec import Place
from tests.search.points import FORMATS, KINDS, VARIETIES, spec_text, varied_text


def spec_of(format: str, kind: str, points: int, number: int = 0) -> Spec:
    F = parse_format(format)
    return parse_spec(spec_text(F, kind, points, number), format=F)


@pytest.mark.parametrize("format", FORMATS)
def test_specs_are_as_they_say(format: str) -> None:
    for kind in KINDS:
        spec = spec_of(format, kind, 3)
        assert [layer.activation for layer in spec.layers] == [RELU, None]
        assert len({point.x for point in spec.points}) == len(spec.points) == 3
        assert spec == spec_of(format, kind, 3)
        assert spec != spec_of(format, kind, 3, 1) or kind == "largest values"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("planted")])
def test_planted_networks_leave_a_pattern(kind: str) -> None:
    for format in FORMATS:
        spec = spec_of(format, kind, 2)
        assert split(spec, spec.points).patterns


@pytest.mark.parametrize("variety", VARIETIES)
def test_varied_specs_are_as_they_say(variety: str) -> None:
    """Where a network was planted, arguments leave a pattern."""
    F = parse_format("bfloat16")
    planted, other = (varied_text(F, variety, 2, 0, planted=p) for p in (True, False))
    assert planted == varied_text(F, variety, 2, 0, planted=True) != other
    spec = parse_spec(planted, format=F)
    assert not impossible(spec)
    assert split(spec, spec.points).patterns
    assert len(parse_spec(other, format=F).points) == 2


def test_a_gradient_that_two_points_share() -> None:
    """Values are too far apart for it: shown by what grids the contributions are on, where solvers found nothing within 100 seconds."""
    answer = search(spec_of("binary32", "one gradient", 2))
    assert (answer.outcome, answer.proof) == (Outcome.IMPOSSIBLE, "argument")


def test_slopes_that_cancel_at_three_points() -> None:
    """Contributions are small at one of two points whichever two these are, not only those listed one after the other."""
    answer = search(spec_of("binary16", "zero gradients", 3))
    assert (answer.outcome, answer.proof) == (Outcome.IMPOSSIBLE, "argument")


def test_a_rise_against_all_slopes() -> None:
    """Contributions of a neuron grow with x or fall: what is on at two x cannot do both, where a solver had no answer after 70 seconds."""
    answer = search(spec_of("binary32", "zero or one", 3, 1))
    assert (answer.outcome, answer.proof) == (Outcome.IMPOSSIBLE, "argument")


def test_a_network_with_simple_first_weights() -> None:
    """Solvers find it in a second, and needed more than 20 with any first weights; over the reals there are many."""
    spec = spec_of("binary32", "random about 1", 2)
    answer = search(spec)
    assert answer.outcome is Outcome.FOUND
    assert fits(spec, weights_of(spec, answer))


def test_what_is_narrowed() -> None:
    spec = spec_of("bfloat16", "largest gradients", 2)
    narrow = narrowed(spec)
    assert narrow is not None
    one = spec.format.one
    for neuron in (0, 1):
        among = narrow.choice(Place(0, neuron, 0)).among
        assert among is not None
        assert among[:3] == (ZERO, one, (-one[0], one[1]))
        assert spec.format.power_of_two(63) in among
        assert narrow.choice(Place(0, neuron)).free
    text = 'layers = [{ width = 1 }, { width = 1 }]\n[[points]]\nx = ["1"]\nvalue = "1"\n[[weights]]\nlayer = 1\npowers_of_two = true\n'
    assert narrowed(parse_spec(text, format=spec.format)) is None
    assert narrowed(parse_spec('layers = [{ width = 1 }]\n[[points]]\nx = ["1"]\nvalue = "1"\n', format=spec.format)) is None
