"""What can only say yes: against planted networks, complete enumeration, and each other."""

from random import Random

import pytest

from fpproof.formats import Datum, Format, parse_format
from fpproof.formats.arithmetic import is_finite
from fpproof.formats.text import hexadecimal
from fpproof.networks import evaluate
from fpproof.search import Limits, Outcome, Spec, parse_spec, read_spec, search
from fpproof.search.constructed import constructed
from fpproof.search.finding import first_violated, fits, network_of
from fpproof.search.frontier import reshaped
from fpproof.search.limits import Effort
from fpproof.search.local import local_search

FORMATS = ("F(1,3)", "F(2,3)", "E2M1", "E3M2", "F(1,2)", "(p=2,emin=-1,emax=1,Omega=3,specials=nan,overflow=nan)")
SHAPES = (
    "[{width=2},{width=1}]",
    "[{width=2,bias=false},{width=2},{width=1}]",
    '[{width=2,activation="tanh"},{width=1}]',
    '[{width=3,activation="gelu"},{width=1}]',
)


def planted(F: Format, layers: str, random: Random, points: int) -> Spec:
    """Values and gradients that a random network has at random points, whose weights are of moderate size."""

    def number() -> Datum:
        one, reach = F.ordinal(F.one), 3 << F.p
        return F.from_ordinal(random.choice((1, -1)) * random.randint(max(1, one - reach), min(F.largest_ordinal, one + reach)))

    while True:
        shape = parse_spec(f'layers={layers}\n[[points]]\nx=["0"]\n', format=F)
        network = network_of(shape, {place: number() for place in shape.places()})
        text = f"layers={layers}\n"
        for x in {number() for _ in range(points)}:
            found = evaluate(network, (x,), (F.one,))
            if not all(map(is_finite, (*found.value, *found.gradient))):
                break
            text += f'[[points]]\nx=["{hexadecimal(x)}"]\nvalue="{hexadecimal(found.value[0])}"\ngradient=["{hexadecimal(found.gradient[0])}"]\n'
        else:
            return parse_spec(text, format=F)


@pytest.mark.parametrize("format", ["E4M3FN", "E5M2", "F(3,4)", "bfloat16", "binary16"])
@pytest.mark.parametrize("layers", SHAPES)
def test_planted_networks_are_never_impossible(format: str, layers: str) -> None:
    """One to three points: found by local search, or not at all; what is found was evaluated."""
    F, random = parse_format(format), Random(format + layers)
    found = 0
    for points in (1, 2, 3):
        spec = planted(F, layers, random, points)
        weights = local_search(spec, spec.points, Limits().quick)
        if weights is not None:
            assert first_violated(spec, network_of(spec, weights), spec.points) is None
            found += 1
    assert found or (F.width > 8 and "gelu" in layers), "none of three is found: the local search is broken"


def test_three_points_in_binary32() -> None:
    random = Random("three points")
    for _ in range(3):
        answer = search(planted(parse_format("binary32"), SHAPES[0], random, 3))
        assert (answer.outcome, answer.by) == (Outcome.FOUND, "local search")


def test_rounding_that_is_used() -> None:
    """Slope 1 at -1, 0 and 1, values 0, 1 and 0: possible since w x is nearly lost in the sum w x + b."""
    text = "layers = [{ width = 2 }, { width = 1 }]\n"
    for x, value in (("-1", "0"), ("0", "1"), ("1", "0")):
        text += f'[[points]]\nx = ["{x}"]\nvalue = "{value}"\ngradient = ["1"]\n'
    assert search(parse_spec(text, format=parse_format("E5M2"))).outcome is Outcome.FOUND


def test_the_same_whatever_the_jobs() -> None:
    spec = planted(parse_format("binary16"), SHAPES[1], Random(2), 2)
    effort = Effort(4, 8, 1000)
    assert local_search(spec, spec.points, effort, 1) == local_search(spec, spec.points, effort, 3)


def test_constrained_weights_stay_so() -> None:
    text = "layers = [{ width = 2 }, { width = 1 }]\n" + '[[points]]\nx = ["2"]\nvalue = "3"\ngradient = ["2"]\n'
    text += '[[weights]]\nlayer = 1\npowers_of_two = true\nmagnitude = "4"\n[[weights]]\nlayer = 2\nbias = false\nin = ["-1", "1"]\n'
    text += "[[weights]]\nlayer = 2\nbias = true\nsame_as = { layer = 2, neuron = 1, input = 1 }\n"
    spec = parse_spec(text, format=parse_format("binary16"))
    weights = local_search(spec, spec.points, Limits().quick)
    assert weights is not None
    assert fits(spec, weights)


POINT = '[[points]]\nx = ["0.875"]\nvalue = "1"\ngradient = ["3"]\n[[forall]]\nx = { not = "0.875" }\nvalue = "0"\ngradient = ["0"]\n'


def test_the_construction_says_yes_where_there_is_room() -> None:
    spec = reshaped(parse_spec("layers = [{ width = 2 }, { width = 1 }]\n" + POINT, format=parse_format("F(2,3)")), 7, 3)
    built = constructed(spec)
    assert built is not None
    assert built[1] == "seven layers"
    assert search(spec).by == "construction"
    assert constructed(reshaped(spec, 6, 3)) is None
    assert constructed(reshaped(spec, 7, 2)) is None
    assert constructed(reshaped(spec, 4, 9)) is None
    for depth in (5, 6):
        wider = constructed(reshaped(spec, depth, 5))
        assert wider is not None
        assert wider[1] == "five layers"


def test_the_construction_for_responses_that_are_not_monotone() -> None:
    spec = reshaped(read_spec("examples/frontier-response.toml", parse_format("F(2,5)")), 17, 20)
    built = constructed(spec)
    assert built is not None
    assert built[1] == "odd responses"
