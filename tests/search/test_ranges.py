"""Ranges of values and gradients: no network leaves them, and what they exclude is one float away from what is found."""

from random import Random

import pytest

from fpproof.activations.registry import names
from fpproof.formats import Datum, Format, parse_format
from fpproof.formats.arithmetic import compare, is_finite
from fpproof.formats.text import hexadecimal
from fpproof.networks import evaluate
from fpproof.search import Outcome, parse_spec, search
from fpproof.search.arguments import impossible
from fpproof.search.enumeration import domains
from fpproof.search.finding import network_of
from fpproof.search.ranges import Range, _of_weight, _Pass
from fpproof.search.spec import Spec

NAN_OVERFLOW = "(p=2,emin=-1,emax=1,Omega=3,specials=nan,overflow=nan)"


def constrained(F: Format, random: Random) -> str:
    """One point, up to three layers of any activations, and weights with bounds, sets or powers of two; a layer is free now and then."""
    floats = list(F.finite())

    def number() -> str:
        return f'"{hexadecimal(random.choice(floats))}"'

    depth, inputs = random.choice((1, 2, 3)), random.choice((1, 2))
    sigmas = [random.choice(("relu", "none", *names())) for _ in range(depth)]
    layers = ", ".join(f'{{width={random.choice((1, 2))}, activation="{sigma}", bias={random.choice(("true", "false"))}}}' for sigma in sigmas)
    text = f"inputs={inputs}\nlayers=[{layers}]\n[[points]]\nx=[{', '.join(number() for _ in range(inputs))}]\n"
    text += f"upstream=[{', '.join(number() for _ in range(parse_spec(text, format=F).layers[-1].width))}]\n" if "width=2" not in layers else ""
    text += f"gradient=[{', '.join(number() for _ in range(inputs))}]\n"
    for layer in range(1, depth + 1):
        small = hexadecimal(F.from_ordinal(random.randint(1, F.largest_ordinal)))
        kind = random.choice((f'magnitude="{small}"\n', f"in=[{number()}, {number()}, {number()}]\n", f"is={number()}\n", "powers_of_two=true\n", ""))
        text += f"[[weights]]\nlayer={layer}\n{kind}" if kind else ""
    return text


def inside(found: Datum, where: Range) -> bool:
    return not is_finite(found) or (compare(where.low, found) in (-1, 0) and compare(found, where.high) in (-1, 0))


def ranges_of(spec: Spec) -> tuple[list[Range], list[Range]]:
    run = _Pass(spec, {place: _of_weight(spec, place) for place in spec.places()}, spec.points[0])
    return list(run.value), run.gradient()


@pytest.mark.parametrize("format", ["F(1,3)", "F(2,3)", "E2M1", "E3M2", "E4M3FN", "E4M3FN-sat", NAN_OVERFLOW])
def test_no_network_leaves_them(format: str) -> None:
    """Where values are finite, and gradients; some ranges are short, and some numbers are at their ends."""
    F, random = parse_format(format), Random("ranges " + format)
    short = at_ends = 0
    for _ in range(50):
        spec = parse_spec(constrained(F, random), format=F)
        allowed, point = domains(spec), spec.points[0]
        values, gradients = ranges_of(spec)
        for _ in range(30):
            extreme = random.random() < 0.5
            weights = {place: random.choice((among[0], among[-1]) if extreme else among) for place, among in allowed.items() if among}
            if len(weights) < len(allowed):
                break
            found = evaluate(network_of(spec, weights), point.x, point.upstream)
            if all(map(is_finite, found.value)):
                assert all(map(inside, found.value, values)), (spec, weights)
                assert all(map(inside, found.gradient, gradients)), (spec, weights)
                short += sum(is_finite(r.low) or is_finite(r.high) for r in (*values, *gradients))
                at_ends += sum(r.low != r.high and y in (r.low, r.high) for y, r in zip(found.value, values, strict=True))
    assert short
    assert at_ends


ONE = '[[points]]\nx = ["1"]\n'
POSITIVE = '[[weights]]\nbias = false\nin = ["0.5", "2", "3"]\n'
SHAPE = "layers = [{{ width = 2{0} }}, {{ width = 1{1} }}]\n"


CASES = {
    "weights of one sign": (SHAPE.format("", "") + ONE + 'gradient = ["{}"]\n' + POSITIVE, "-0.25", "0.25"),
    "at least": (SHAPE.format("", "") + ONE + 'value = { between = ["-6", "{}"] }\n' + POSITIVE + '[[weights]]\nbias = true\nis = "1"\n', "2", "2.5"),
    "sigmoid is at most 1": (SHAPE.format("", ', activation = "sigmoid"') + ONE + 'value = "{}"\n', "1.5", "1"),
    "gelu is not far below 0": (SHAPE.format("", ', activation = "gelu"') + ONE + 'value = { between = ["-3", "{}"] }\n', "-0.25", "-0.125"),
    "the slope of tanh is at most 1": (
        'layers = [{ width = 1, activation = "tanh" }, { width = 1 }]\n' + ONE + 'gradient = ["{}"]\n' + '[[weights]]\nmagnitude = "1"\n',
        "1.125",
        "0.5",
    ),
    "forbidden where there is nothing else": (
        'layers = [{ width = 1, activation = "relu" }]\n' + ONE + 'value = { not = "{}" }\n[[weights]]\nin = ["-1", "0"]\n',
        "0",
        "1",
    ),
}


@pytest.mark.parametrize("format", ["F(3,4)", "bfloat16", "binary16"])
@pytest.mark.parametrize("name", CASES)
def test_excluded(name: str, format: str) -> None:
    text, excluded, found = CASES[name]
    F = parse_format(format)
    reason = impossible(parse_spec(text.replace("{}", excluded), format=F))
    assert "with these layers and weights" in reason
    assert search(parse_spec(text.replace("{}", found), format=F)).outcome is Outcome.FOUND


def test_wide_formats() -> None:
    """Without a table: only where the activation does not turn."""
    F = parse_format("binary32")
    for name, excluded in (("sigmoid is at most 1", True), ("gelu is not far below 0", False)):
        text, no, _ = CASES[name]
        assert bool(impossible(parse_spec(text.replace("{}", no), format=F))) == excluded
