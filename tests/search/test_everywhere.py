"""Very many points: the array kernel against the exact evaluator, specs for all x in binary16, and the subset that decides them."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from fpproof.formats import ZERO, Format, parse_format
from fpproof.formats.text import hexadecimal
from fpproof.networks import evaluate
from fpproof.search import Limits, Outcome, Spec, everywhere, parse_spec, solving
from fpproof.search.everywhere import Everywhere
from fpproof.search.finding import Weights, network_of
from fpproof.search.local import local_search
from fpproof.search.solving import Search
from fpproof.search.spec import Point, violated

TWO = "layers = [{ width = 2 }, { width = 1, bias = false }]\n"


def random_spec(F: Format, random: Random, count: int) -> Spec:
    """Wishes of all kinds at random x, for random upstreams."""
    lines = [TWO]
    for _ in range(count):
        x, h, low, high = (F.from_ordinal(random.randint(-F.largest_ordinal, F.largest_ordinal)) for _ in range(4))
        low, high = sorted((low, high), key=F.ordinal)
        between = f'{{ between = ["{hexadecimal(low)}", "{hexadecimal(high)}"] }}'
        wishes = ['"0"', '{ not = "0" }', between, '"free"']
        gradient = random.choice(["", *(f"gradient = [{w}]\n" for w in wishes)])
        lines.append(f'[[points]]\nx = ["{hexadecimal(x)}"]\nupstream = "{hexadecimal(h)}"\nvalue = {random.choice(wishes)}\n{gradient}')
    return parse_spec("\n".join(lines), format=F)


@pytest.mark.parametrize("format", ["E4M3FN", "E5M2", "binary16", "bfloat16", "binary32"])
def test_as_the_exact_evaluator_says(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(everywhere, "FEW", 0)
    F, random = parse_format(format), Random(format)
    found = set()
    for _ in range(6):
        spec = random_spec(F, random, 40)
        weights = {place: F.from_ordinal(random.randint(-F.largest_ordinal, F.largest_ordinal)) for place in spec.places()}
        network = network_of(spec, weights)
        wrong = Everywhere(spec).violated(network)
        for point in spec.points:
            evaluation = evaluate(network, point.x, point.upstream)
            assert (point in wrong) == bool(violated(point, evaluation.value, evaluation.gradient))
            found.add(point in wrong)
    assert found == {True, False}


def table(value: str, gradient: str, count: int) -> str:
    """Points of binary16 other than 0, evenly among all."""
    F = parse_format("binary16")
    step = 2 * F.largest_ordinal // count
    points = [F.from_ordinal(n) for n in range(-F.largest_ordinal, F.largest_ordinal, step) if n]
    texts = [hexadecimal(x) for x in points]
    rows = "".join(f'[[points]]\nx = ["{x}"]\nvalue = {value.format(x)}\ngradient = [{gradient}]\n' for x in texts)
    return 'format = "binary16"\n' + TWO + rows


def answered(text: str) -> tuple[Outcome, str]:
    answer = Search(parse_spec(text), Limits()).answer()
    return answer.outcome, answer.by


def test_points_that_are_given_are_answered_like_all() -> None:
    assert answered(table('"{}"', '"1"', 600)) == (Outcome.FOUND, "local search")
    assert answered(table('"{}"', '"2"', 600)) == (Outcome.IMPOSSIBLE, "argument")


def test_for_all_x_of_an_interval() -> None:
    """A certificate of 12290 points, checked before it is returned: |x|, whose slope is the sign of x."""
    right = '[[forall]]\nx = { between = ["1", "64"] }\nvalue = "x"\ngradient = ["1"]\n'
    left = '[[forall]]\nx = { between = ["-64", "-1"] }\nvalue = "-x"\ngradient = ["-1"]\n'
    answer = Search(parse_spec('format = "binary16"\n' + TWO + right + left), Limits()).answer()
    assert answer.outcome is Outcome.FOUND
    assert answer.certificate is not None
    assert len(answer.certificate.points) == 12290


def test_points_are_added_where_what_fits_some_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first network that is found is 0 everywhere, as a local search at too few points may find."""
    asked: list[int] = []

    def forgetful(spec: Spec, points: Sequence[Point], *rest: Any) -> Weights | None:
        asked.append(len(points))
        return dict.fromkeys(spec.places(), ZERO) if len(asked) == 1 else local_search(spec, points, *rest)

    monkeypatch.setattr(solving, "local_search", forgetful)
    answer = Search(parse_spec(table('"{}"', '"1"', 600)), Limits()).answer()
    assert answer.outcome is Outcome.FOUND
    assert asked == [solving.SPREAD, solving.SPREAD + solving.ADDED]
    assert answer.evidence["points looked at"] == asked[-1]


def test_spread_keeps_the_ends_and_the_turns() -> None:
    step = 'format = "F(3,4)"\n' + TWO + '[[forall]]\nx = { least = "0.875" }\nvalue = "1"\n[[forall]]\nx = { below = "0.875" }\nvalue = "0"\n'
    whole = Everywhere(parse_spec(step))
    chosen = whole.spread(10)
    assert chosen[0] == whole.points[0]
    assert chosen[-1] == whole.points[-1]
    assert len(chosen) <= 20
    values = [(point.x, point.value) for point in chosen]
    turn = next(i for i in range(len(whole.points) - 1) if whole.points[i].value != whole.points[i + 1].value)
    assert all((whole.points[i].x, whole.points[i].value) in values for i in (turn, turn + 1))
    assert whole.spread(len(whole.points)) == whole.points
