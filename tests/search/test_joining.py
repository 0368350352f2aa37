"""Joining against a brute force that reads specs itself, against enumeration, and in 8-bit formats; wrong variants of it are found out."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from fpproof.formats import parse_format
from fpproof.formats.text import hexadecimal
from fpproof.search import Outcome, Spec, contributions, joining, parse_spec, search
from fpproof.search.contributions import Rows, distinct
from fpproof.search.enumeration import Codes, assignments, enumerate_all
from fpproof.search.finding import Weights, first_violated, fits, network_of
from fpproof.search.joining import join, joinable
from tests.search.brute import Brute
from tests.search.points import spec_text
from tests.search.specs import random_spec, shallow_spec

FORMATS = ("F(1,2)", "E2M1", "(p=2,emin=-1,emax=1,Omega=3,specials=nan,overflow=nan)")


def joined(spec: Spec) -> Weights | None:
    found = join(spec, spec.points)
    assert found is not None
    return found.weights


def right(spec: Spec, weights: Weights) -> bool:
    return fits(spec, weights) and first_violated(spec, network_of(spec, weights), spec.points) is None


def shallow(format: str, count: int, having: str = "") -> list[str]:
    """Specs that are joined, of at most 20 000 assignments, whose text has something."""
    F, random, found = parse_format(format), Random("shallow " + format), list[str]()
    while len(found) < count:
        text = f'format = "{format}"\n' + shallow_spec(F, random)
        spec = parse_spec(text)
        if having in text and (assignments(spec) or 1 << 60) <= 20_000 and joinable(spec) and join(spec, spec.points) is not None:
            found.append(text)
    return found


@pytest.mark.parametrize("format", FORMATS)
def test_joining_against_brute_force(format: str) -> None:
    """Shared weights, two inputs, and activations also of the output among them."""
    outcomes = []
    for text in shallow(format, 30):
        spec = parse_spec(text)
        weights = joined(spec)
        outcomes.append(weights is not None)
        assert outcomes[-1] == (Brute(text).best() is not None), text
        assert weights is None or right(spec, weights), text
    assert set(outcomes) == {True, False}


def _first_column_only(rows: Rows) -> NDArray[np.int64]:
    return distinct(rows[:, :1])


def _upstream_always(spec: Spec, upstream: int) -> tuple[Codes, Codes]:
    value, _ = OUTPUT(spec, upstream)
    return value, np.full_like(value, upstream)


OUTPUT = joining._output
WRONG: dict[str, tuple[str, object, str, Callable[..., object]]] = {
    "shared weights may differ": ("same_as", joining, "_owners", lambda spec, place: 0),
    "rows that begin alike are one": ("gradient", contributions, "distinct", _first_column_only),
    "the output passes back the upstream, active or not": ('bias=true,activation="relu"}]', joining, "_output", _upstream_always),
}


@pytest.mark.parametrize("variant", WRONG)
def test_a_wrong_variant_is_found_out(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    having, owner, name, wrong = WRONG[variant]
    texts = shallow("E2M1", 40, having)
    before = [joined(parse_spec(text)) is None for text in texts]
    monkeypatch.setattr(owner, name, wrong)
    differs = 0
    for text, none in zip(texts, before, strict=True):
        spec = parse_spec(text)
        weights = joined(spec)
        differs += (weights is None) != none or (weights is not None and not right(spec, weights))
    assert differs


@pytest.mark.parametrize("format", ["F(1,3)", "F(2,3)", "E3M2"])
def test_joining_against_enumeration(format: str) -> None:
    F, random, outcomes, tried = parse_format(format), Random("joining " + format), set(), 0
    while tried < 6:
        spec = parse_spec(random_spec(F, random), format=F)
        if (assignments(spec) or 1 << 60) > 400_000 or not joinable(spec):
            continue
        tried += 1
        weights = joined(spec)
        outcomes.add(weights is None)
        assert (weights is None) == (enumerate_all(spec) is None), spec
        assert weights is None or right(spec, weights)
    assert len(outcomes) == 2


def test_joining_over_more_biases_than_a_word_has_bits() -> None:
    """119 floats for the bias of the output."""
    F, random, outcomes = parse_format("F(2,4)"), Random(3), []
    floats = list(F.finite())
    for _ in range(8):
        text = "layers = [{ width = 1, bias = false }, { width = 1 }]\n"
        for _ in range(2):
            x, value = (hexadecimal(random.choice(floats)) for _ in range(2))
            text += f'[[points]]\nx = ["{x}"]\nvalue = "{value}"\ngradient = [{{ not = "0" }}]\n'
        spec = parse_spec(text, format=F)
        outcomes.append(joined(spec) is None)
        assert outcomes[-1] == (enumerate_all(spec) is None)
    assert len(set(outcomes)) == 2


@pytest.mark.parametrize(("format", "kind", "none"), [("F(3,4)", "zero gradients", True), ("E5M2", "planted, anywhere", False)])
def test_three_points_in_eight_bits(format: str, kind: str, none: bool) -> None:
    """All 239^7 weights, or 247^7: where both gradients may vanish by underflow, solvers needed minutes."""
    F = parse_format(format)
    spec = parse_spec(spec_text(F, kind, 3, 0), format=F)
    assert joinable(spec)
    weights = joined(spec)
    assert (weights is None) == none
    assert weights is None or right(spec, weights)


def test_cases_of_the_output_are_not_too_many() -> None:
    """What passes back one of many adjoints at each of five points is left to solvers, at once."""
    text = 'layers = [{ width = 1 }, { width = 1, activation = "sigmoid" }]\n'
    text += "".join(f'[[points]]\nx = ["{x}"]\nvalue = {{ between = ["0", "1"] }}\ngradient = ["free"]\n' for x in range(1, 6))
    spec = parse_spec(text, format=parse_format("E5M2"))
    assert joinable(spec)
    assert join(spec, spec.points) is None


def test_what_the_answer_says() -> None:
    text = 'layers = [{ width = 2 }, { width = 1 }]\n' + '[[points]]\nx = ["1"]\nvalue = "1"\ngradient = ["1"]\nupstream = "2"\n'
    text += '[[points]]\nx = ["1"]\nvalue = "1"\ngradient = ["3"]\nupstream = "4"\n'
    answer = search(parse_spec(text, format=parse_format("F(2,3)")))
    assert (answer.outcome, answer.by, answer.proof) == (Outcome.IMPOSSIBLE, "joining", "enumeration")
    assert answer.evidence["assignments"] == 55**7
    assert {"different rows of neuron 1", "sums of contributions"} <= set(answer.evidence)
