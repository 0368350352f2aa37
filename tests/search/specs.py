"""Random small specs for the tests of the search, as text."""

from collections.abc import Sequence
from random import Random

from fpproof.formats import Datum, Format
from fpproof.formats.text import hexadecimal

SHAPES = (
    "[{width=1},{width=1,bias=false}]",
    "[{width=1},{width=1}]",
    "[{width=2,bias=false},{width=1,bias=false}]",
    '[{width=1,activation="sigmoid"},{width=1}]',
    "[{width=1,bias=false},{width=1,bias=false},{width=1}]",
    '[{width=2,bias=false,activation="gelu"},{width=1,bias=false}]',
    "[{width=1},{width=1,activation='relu'}]",
)


def _number(floats: Sequence[Datum], random: Random) -> str:
    return f'"{hexadecimal(random.choice(floats))}"'


def _wish(F: Format, floats: Sequence[Datum], random: Random) -> str:
    kind = random.random()
    if kind < 0.6:
        return _number(floats, random)
    if kind < 0.75:
        return f"{{not={_number(floats, random)}}}"
    low, high = sorted((random.choice(floats), random.choice(floats)), key=F.ordinal)
    return f'{{between=["{hexadecimal(low)}","{hexadecimal(high)}"]}}'


def random_spec(F: Format, random: Random) -> str:
    """One to three points with wishes of all kinds, sometimes constrained weights."""
    floats = list(F.finite())
    text = f"layers={random.choice(SHAPES)}\n"
    for _ in range(random.choice((1, 1, 2, 2, 3))):
        text += f"[[points]]\nx=[{_number(floats, random)}]\nupstream=[{_number(floats, random)}]\n"
        text += f"value=[{_wish(F, floats, random)}]\n" if random.random() < 0.8 else ""
        text += f"gradient=[{_wish(F, floats, random)}]\n" if random.random() < 0.8 else ""
    if random.random() < 0.3:
        text += f'[[weights]]\nlayer=1\nmagnitude="{hexadecimal(F.from_ordinal(F.largest_ordinal // 2))}"\n'
    if random.random() < 0.2:
        text += "[[weights]]\nlayer=2\nbias=false\npowers_of_two=true\n"
    return text


def shallow_spec(F: Format, random: Random) -> str:
    """One hidden layer of one or two neurons, all activations also of the output, up to two inputs, weights that are shared or constrained."""
    floats = list(F.finite())
    width, inputs = random.choice((1, 2, 2)), random.choice((1, 1, 1, 2))
    first, last = random.choice((True, False)), random.choice((True, False))
    hidden, output = random.choice(("relu", "relu", "none", "sigmoid", "tanh")), random.choice(("none", "none", "relu", "relu", "sigmoid"))
    text = f'inputs={inputs}\nlayers=[{{width={width},bias={str(first).lower()},activation="{hidden}"}},'
    text += f'{{width=1,bias={str(last).lower()},activation="{output}"}}]\n'
    for _ in range(random.choice((1, 2, 2, 3))):
        x = ",".join(_number(floats, random) for _ in range(inputs))
        text += f"[[points]]\nx=[{x}]\nupstream=[{_number(floats, random)}]\n"
        text += f"value=[{_wish(F, floats, random)}]\n" if random.random() < 0.85 else ""
        wishes = ",".join(_wish(F, floats, random) for _ in range(inputs))
        text += f"gradient=[{wishes}]\n" if random.random() < 0.85 else ""
    places = [f"layer=1;neuron={i};input={j}" for i in range(1, width + 1) for j in range(1, inputs + 1)]
    places += [f"layer=1;neuron={i};bias=true" for i in range(1, width + 1) if first]
    places += [*(f"layer=2;input={i}" for i in range(1, width + 1)), *(["layer=2;bias=true"] if last else [])]
    random.shuffle(places)
    for one, other in zip(places[: random.choice((0, 1, 2))], places[2:], strict=False):
        same = f"same_as={{neuron=1;{other}}}" if "neuron" not in other else f"same_as={{{other}}}"
        said = random.choice((same, same, f"is={_number(floats, random)}", "powers_of_two=true"))
        text += "[[weights]]\n" + one.replace(";", "\n") + "\n" + said.replace(";", ",") + "\n"
    return text
