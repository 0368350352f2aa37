"""Random small specs for the tests of the search, as text."""

from random import Random

from fpproof.formats import Format
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


def random_spec(F: Format, random: Random) -> str:
    """One to three points with wishes of all kinds, sometimes constrained weights."""
    floats = list(F.finite())

    def number() -> str:
        return f'"{hexadecimal(random.choice(floats))}"'

    def wish() -> str:
        kind = random.random()
        if kind < 0.6:
            return number()
        if kind < 0.75:
            return f"{{not={number()}}}"
        low, high = sorted((random.choice(floats), random.choice(floats)), key=F.ordinal)
        return f'{{between=["{hexadecimal(low)}","{hexadecimal(high)}"]}}'

    text = f"layers={random.choice(SHAPES)}\n"
    for _ in range(random.choice((1, 1, 2, 2, 3))):
        text += f"[[points]]\nx=[{number()}]\nupstream=[{number()}]\n"
        text += f"value=[{wish()}]\n" if random.random() < 0.8 else ""
        text += f"gradient=[{wish()}]\n" if random.random() < 0.8 else ""
    if random.random() < 0.3:
        text += f'[[weights]]\nlayer=1\nmagnitude="{hexadecimal(F.from_ordinal(F.largest_ordinal // 2))}"\n'
    if random.random() < 0.2:
        text += "[[weights]]\nlayer=2\nbias=false\npowers_of_two=true\n"
    return text
