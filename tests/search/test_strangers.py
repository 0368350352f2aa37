"""Specs of all kinds, each decided by brute force too (`brute`); half of them say no."""

from random import Random

import pytest

from fpproof.formats import parse_format
from fpproof.search import Outcome, Proofs, parse_spec, search
from fpproof.search.enumeration import assignments
from tests.search.brute import MOST, Brute
from tests.search.specs import random_spec

T = "[{ width = 1 }, { width = 1, bias = false }]"
ONE = "[{ width = 1 }, { width = 1 }]"
THREE = "[{ width = 1 }, { width = 1, bias = false }, { width = 1 }]"
OUT = "[{ width = 1 }, { width = 2, bias = false }]"
TANH = '[{ width = 1, activation = "tanh" }, { width = 1, bias = false }]'
ODD = '[{ width = 1, bias = false, activation = "tanh" }, { width = 1, bias = false }]'
SIGMOID = '[{ width = 1, activation = "sigmoid" }, { width = 1, bias = false }]'
LAST = '[{ width = 1 }, { width = 1, activation = "relu" }]'
TWO = "[{ width = 2, bias = false }, { width = 1, bias = false }]"


def spec(format: str, layers: str, *parts: str) -> str:
    return f'format = "{format}"\nlayers = {layers}\n' + "\n".join(parts) + "\n"


def at(x: str, value: str = "", gradient: str = "", upstream: str = "") -> str:
    """A point; values and gradients are TOML."""
    lines = [f"{key} = {said}" for key, said in (("x", x), ("upstream", upstream), ("value", value), ("gradient", gradient)) if said]
    return "[[points]]\n" + "\n".join(lines)


def every(*lines: str) -> str:
    return "[[forall]]\n" + "\n".join(lines)


def weights(line: str) -> str:
    return "[[weights]]\n" + line.replace("; ", "\n")


SHARED = weights("layer = 2; same_as = { layer = 1, neuron = 1, input = 1 }")


SPECS = {
    "value and gradient": spec("E2M1", ONE, at('["1"]', '"3"', '["2"]')),
    "gradients of both signs": spec("E2M1", T, at('["1"]', "", '["2"]'), at('["-1"]', "", '["-2"]')),
    "two neurons turn": spec("E2M1", TWO, at('["1"]', '"1"', '["1"]'), at('["-1"]', '"1"', '["-1"]')),
    "two neurons turn unevenly": spec("E2M1", TWO, at('["1"]', '"1"', '["1"]'), at('["-1"]', '"1"', '["-2"]')),
    "both zeros": spec("F(1,3)", T, at('["0"]', '"1"', '["1"]'), at('["-0"]', '"1"', '["1"]')),
    "both zeros differ": spec("F(1,3)", T, at('["0"]', '"1"'), at('["-0"]', '"-1"')),
    "not": spec("F(1,3)", T, at('["1"]', '{ not = "0" }', '[{ not = "0" }]'), at('["2"]', '"0"', '[{ not = "0" }]')),
    "between": spec("F(1,3)", T, at('["1"]', '{ between = ["-1", "-0.5"] }', '[{ between = ["3", "4"] }]')),
    "between, too steep": spec("F(1,3)", T, at('["1"]', '{ between = ["1", "2"] }', '["1"]'), at('["2"]', '{ between = ["6", "8"] }')),
    "negative upstream": spec("F(1,3)", T, at('["1"]', '"1"', '["3"]', '"-2"')),
    "upstream 0": spec("F(1,3)", T, at('["1"]', '"1"', '["0"]', '"0"')),
    "upstream Omega": spec("F(1,3)", T, at('["1"]', '{ not = "0" }', '["12"]', '"12"')),
    "upstream Omega, small gradient": spec("F(1,3)", T, at('["12"]', '"0.25"', '["0.25"]', '"12"')),
    "for all x": spec("F(1,2)", ONE, every('value = "1"', 'gradient = ["0"]')),
    "for all x, the identity": spec("F(1,2)", ONE, every('value = "x"')),
    "for some x, the identity": spec("F(1,2)", ONE, every('x = { least = "-1" }', 'value = "x"', 'gradient = ["1"]')),
    "minus x for all x above": spec("E2M1", T, every('x = { above = "0" }', 'value = "-x"', 'gradient = ["-1"]')),
    "not at one x": spec("E2M1", ONE, every('x = { not = "1" }', 'value = "0"'), at('["1"]', '"1"')),
    "a step": spec("E2M1", ONE, every('x = { below = "1" }', 'value = "0"'), every('x = { least = "3" }', 'value = "6"')),
    "all upstreams": spec("F(1,2)", T, at('["1"]', "", '["0"]', '"all"'), at('["-1"]', '"1"')),
    "shared": spec("F(1,3)", T, at('["1"]', '"4"', '["4"]'), SHARED),
    "shared, no square": spec("F(1,3)", T, at('["1"]', '{ not = "0" }', '["3"]'), SHARED),
    "shared, the bound stands at the one that shares": spec(
        "F(1,3)", T, at('["1"]', '"4"', '["4"]'), weights('layer = 2; magnitude = "1"; same_as = { layer = 1, neuron = 1, input = 1 }')
    ),
    "shared, both are asked something": spec(
        "F(1,3)",
        T,
        at('["2"]', "", '["4"]'),
        weights('layer = 2; in = ["0.5", "2", "3"]; same_as = { layer = 1, neuron = 1, input = 1 }'),
        weights("layer = 1; bias = false; powers_of_two = true"),
    ),
    "a set": spec("E3M2", T, at('["2"]', '"3"', '["1.5"]'), weights('in = ["-3", "0.5", "3", "0"]')),
    "a set, no sum": spec("E3M2", T, at('["2"]', '"3.5"', '["1.5"]'), weights('in = ["-3", "0.5", "3", "0"]')),
    "powers of two": spec("E4M3FN", T, at('["3"]', '"8"', '["2"]'), weights('powers_of_two = true; magnitude = "2"')),
    "powers of two, no gradient": spec("E4M3FN", T, at('["3"]', "", '["6"]'), weights('powers_of_two = true; magnitude = "16"')),
    "bounded": spec("F(1,3)", T, at('["2"]', '"4"', '["2"]'), weights('magnitude = "1.5"')),
    "bounded, out of reach": spec("F(1,3)", T, at('["2"]', '"4"', '["3"]'), weights('magnitude = "1.5"')),
    "saturated": spec("E2M1", T, at('["6"]', '"6"', '["6"]'), at('["4"]', '"6"', '["6"]')),
    "overflow is NaN": spec("E4M3FN", T, at('["448"]', '"448"', '["2"]'), weights('in = ["1", "2", "4", "0.5", "-448"]')),
    "three layers": spec("F(1,2)", THREE, at('["1"]', '"3"', '["-1"]'), at('["-1"]', '"1"', '["-0.5"]')),
    "three layers, turning": spec("F(1,2)", THREE, at('["1"]', '"1"'), at('["0"]', '"0"'), at('["-1"]', '"1"')),
    "two inputs": spec("F(1,2)", T, at('["1", "-1"]', '"2"', '["1", "-1"]')),
    "two inputs, the same slope": spec("F(1,2)", T, at('["1", "0"]', '"1"', '["1", "0"]'), at('["0", "1"]', "", '["0", "1"]')),
    "two outputs": spec("F(1,2)", OUT, at('["1"]', '["1", "-1"]', '["2"]', '["1", "-1"]')),
    "two outputs, out of step": spec("F(1,2)", OUT, at('["1"]', '["1", "-1"]'), at('["2"]', '["2", "-1"]')),
    "tanh": spec("E3M2", TANH, at('["1"]', '"0.75"', '["0.5"]')),
    "tanh is odd": spec("E3M2", ODD, at('["1"]', '"0.75"'), at('["-1"]', '"-0.5"')),
    "sigmoid": spec("F(2,3)", SIGMOID, at('["0"]', '"1"', '["0.25"]')),
    "sigmoid rises": spec("F(2,3)", SIGMOID, at('["0"]', '"1"', '["0.5"]'), at('["1"]', '"0.5"')),
    "gelu turns": spec("E2M1", '[{ width = 1, activation = "gelu" }, { width = 1 }]', at('["-1"]', '"0"'), at('["0"]', '"-0.5"'), at('["4"]', '"4"')),
    "last layer with ReLU": spec("F(1,2)", LAST, at('["1"]', '"2"', '["1"]'), at('["-1"]', '"0"', '["0"]')),
    "last layer with ReLU, negative": spec("F(1,2)", LAST, at('["1"]', '{ between = ["-3", "-1"] }')),
    "no activation": spec("F(1,2)", '[{ width = 1, activation = "none" }, { width = 1 }]', at('["1"]', '"1"', '["2"]'), at('["2"]', '"3"', '["2"]')),
    "no bias": spec("F(1,2)", TWO, at('["0"]', '"0"', '["0"]'), at('["1"]', '"2"', '["3"]')),
    "fewest nonzero": spec("F(1,2)", ONE, 'minimize = "nonzero"', at('["1"]', '"3"', '["1"]')),
    "smallest magnitude": spec("F(1,3)", T, 'minimize = "magnitude"', at('["1"]', '"6"', '["3"]')),
    "fewest distinct": spec("E2M1", ONE, 'minimize = "distinct"', at('["1"]', '"3"', '["2"]')),
    "fewest nonzero, impossible": spec("F(1,3)", T, 'minimize = "nonzero"', at('["1"]', '"0"', '["3"]'), at('["2"]', '"0"', '["3"]')),
    "bfloat16, no ternary": spec("bfloat16", TWO, at('["3"]', '"3"', '["1"]'), at('["-2"]', '"2"', '["1"]'), weights('in = ["-1", "0", "1"]')),
    "binary16, subnormal": spec(
        "binary16", T, at('["0x1p-14"]', '"0x1p-24"', '["0x1p-10"]'), weights('in = ["0x1p-12", "0x1p+2", "0x1p-24", "0x1p-23"]')
    ),
    "binary32, absorbed": spec(
        "binary32", T, at('["1"]', '"0x1p+24"', '["1"]'), at('["2"]', '"0x1p+24"', '["1"]'), weights('in = ["1", "0x1p+24", "-1"]')
    ),
    "binary32, not absorbed": spec(
        "binary32", T, at('["1"]', '"0x1p+24"', '["1"]'), at('["3"]', '"0x1p+24"', '["1"]'), weights('in = ["1", "0x1p+24", "-1"]')
    ),
    "bfloat16, ternary": spec("bfloat16", TWO, at('["3"]', '"3"', '["1"]'), at('["-2"]', '"2"', '["-1"]'), weights('in = ["-1", "0", "1"]')),
}


@pytest.mark.usefixtures("cadical")
@pytest.mark.parametrize("name", SPECS)
def test_against_brute_force(name: str) -> None:
    text = SPECS[name] if "minimize" not in SPECS[name] else _objective_first(SPECS[name])
    best = Brute(text).best()
    answer = search(parse_spec(text), proofs=Proofs())
    assert answer.outcome is (Outcome.IMPOSSIBLE if best is None else Outcome.FOUND)
    assert answer.proved
    if "minimize" in text and best is not None:
        assert answer.optimal
        assert answer.objective == best


def test_random_specs_with_shared_weights() -> None:
    """Random specs, in half of which a weight shares another one and is asked something itself, against brute force."""
    random, F = Random(6), parse_format("F(1,2)")
    outcomes = set()
    for number in range(30):
        layers, points = random_spec(F, random).split("[[weights]]")[0].split("\n", 1)
        layers = layers if number % 2 else "layers=[{width=1},{width=1,bias=false}]"
        text = f'format = "F(1,2)"\n{layers}\n{points}' + ("" if number % 2 else SHARED + '\nmagnitude = "1"\n')
        if (assignments(parse_spec(text)) or MOST) < MOST // 16:
            outcome = search(parse_spec(text)).outcome
            assert (outcome is Outcome.FOUND) == (Brute(text).best() is not None), text
            outcomes.add(outcome)
    assert outcomes == {Outcome.FOUND, Outcome.IMPOSSIBLE}


def _objective_first(text: str) -> str:
    """TOML's top keys come before its tables."""
    lines = text.splitlines()
    objective = next(line for line in lines if line.startswith("minimize"))
    return "\n".join([objective, *(line for line in lines if line != objective)]) + "\n"
