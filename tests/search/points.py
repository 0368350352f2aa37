"""Specs with values and gradients at a few points for networks with two hidden neurons, in any format, from a seed: what the search is timed on.

A kind says where the numbers come from. *Planted* ones have a network by construction, the others mostly none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from fpproof.formats import ZERO, Datum, Format
from fpproof.formats.arithmetic import is_finite, negate
from fpproof.formats.text import hexadecimal
from fpproof.networks import evaluate
from fpproof.search import Spec, parse_spec
from fpproof.search.finding import network_of
from fpproof.search.spec import Place

LAYERS = "layers = [{ width = 2 }, { width = 1 }]\n"
FORMATS = ("F(3,4)", "E5M2", "bfloat16", "binary16", "binary32")

Row = tuple[Datum, Datum, Datum]
"""x, value, gradient for upstream 1."""
Draw = Callable[[], Datum]
Wish = Callable[[Format, Datum], str]
"""What is asked, as TOML, given the float that is there."""


def text_of(rows: list[Row]) -> str:
    """The spec's text, without a format."""
    points = (f'[[points]]\nx = ["{x}"]\nvalue = "{v}"\ngradient = ["{g}"]\n' for x, v, g in (map(hexadecimal, row) for row in rows))
    return LAYERS + "".join(points)


def about_one(F: Format, random: Random) -> Draw:
    """Floats of either sign within three powers of two of 1."""
    one, reach = F.ordinal(F.one), 3 << F.p
    low, high = max(1, one - reach), min(F.largest_ordinal, one + reach)
    return lambda: F.from_ordinal(random.choice((1, -1)) * random.randint(low, high))


def anywhere(F: Format, random: Random) -> Draw:
    """Finite floats; all are as likely."""
    return lambda: F.from_ordinal(random.randint(-F.largest_ordinal, F.largest_ordinal))


def moved(F: Format, number: Datum, by: int) -> Datum:
    """The float so many further up, within the finite ones."""
    return F.from_ordinal(max(-F.largest_ordinal, min(F.largest_ordinal, F.ordinal(number) + by)))


def required(F: Format, number: Datum) -> str:
    return f'"{hexadecimal(number)}"'


def forbidden(F: Format, number: Datum) -> str:
    """Not the float after it."""
    return f'{{ not = "{hexadecimal(moved(F, number, 1))}" }}'


def between(F: Format, number: Datum) -> str:
    """The floats next to it too."""
    return f'{{ between = ["{hexadecimal(moved(F, number, -1))}", "{hexadecimal(moved(F, number, 1))}"] }}'


def distinct(draw: Draw, count: int) -> list[Datum]:
    found: set[Datum] = set()
    while len(found) < count:
        found.add(draw())
    return sorted(found, key=str)


def planted(F: Format, draw: Draw, xs: list[Datum]) -> list[Row]:
    """What a random network has there; networks are drawn until all is finite."""
    shape = parse_spec(LAYERS + '[[points]]\nx = ["0"]\n', format=F)
    while True:
        network = network_of(shape, {place: draw() for place in shape.places()})
        found = [evaluate(network, (x,), (F.one,)) for x in xs]
        rows = [(x, e.value[0], e.gradient[0]) for x, e in zip(xs, found, strict=True)]
        if all(is_finite(number) for row in rows for number in row):
            return rows


def one_bit(F: Format, random: Random, rows: list[Row]) -> list[Row]:
    """The same with one value or gradient moved to the next float."""
    k, entry = random.randrange(len(rows)), random.choice((1, 2))
    row = list(rows[k])
    row[entry] = moved(F, row[entry], random.choice((1, -1)))
    return [*rows[:k], (row[0], row[1], row[2]), *rows[k + 1 :]]


def _planted_about_one(F: Format, random: Random, points: int) -> list[Row]:
    draw = about_one(F, random)
    return planted(F, draw, distinct(draw, points))


def _planted_anywhere(F: Format, random: Random, points: int) -> list[Row]:
    draw = anywhere(F, random)
    return planted(F, draw, distinct(draw, points))


def _planted_at_neighbours(F: Format, random: Random, points: int) -> list[Row]:
    """At floats in a row."""
    draw = about_one(F, random)
    x = draw()
    return planted(F, draw, [moved(F, x, k) for k in range(points)])


def _random(draw_x: Draw, draw_value: Draw, draw_gradient: Draw, points: int) -> list[Row]:
    return [(x, draw_value(), draw_gradient()) for x in distinct(draw_x, points)]


def _positive(draw: Draw) -> Draw:
    def positive() -> Datum:
        x = draw()
        return negate(x) if x[0] < 0 else x

    return positive


def _among(random: Random, *numbers: Datum) -> Draw:
    return lambda: random.choice(numbers)


def _shared_gradient(F: Format, random: Random, points: int) -> list[Row]:
    draw = about_one(F, random)
    gradient = draw()
    return _random(draw, draw, lambda: gradient, points)


def _at_neighbours(F: Format, random: Random, points: int) -> list[Row]:
    """Floats in a row, numbers that have nothing to do with each other."""
    draw = about_one(F, random)
    x = draw()
    return [(moved(F, x, k), draw(), draw()) for k in range(points)]


def _tiny(F: Format, random: Random) -> Draw:
    """Subnormals."""
    return lambda: F.from_ordinal(random.choice((1, -1)) * random.randint(1, max(1, (1 << F.p) - 1)))


def _huge(F: Format, random: Random) -> Draw:
    return lambda: F.from_ordinal(random.choice((1, -1)) * random.randint(F.largest_ordinal - (2 << F.p), F.largest_ordinal))


KINDS: dict[str, Callable[[Format, Random, int], list[Row]]] = {
    "planted, about 1": _planted_about_one,
    "planted, anywhere": _planted_anywhere,
    "planted, x in a row": _planted_at_neighbours,
    "about 1, moved by a bit": lambda F, random, n: one_bit(F, random, _planted_about_one(F, random, n)),
    "anywhere, moved by a bit": lambda F, random, n: one_bit(F, random, _planted_anywhere(F, random, n)),
    "x in a row, moved by a bit": lambda F, random, n: one_bit(F, random, _planted_at_neighbours(F, random, n)),
    "random about 1": lambda F, random, n: _random(*(about_one(F, random),) * 3, n),
    "random anywhere": lambda F, random, n: _random(*(anywhere(F, random),) * 3, n),
    "all positive": lambda F, random, n: _random(*(_positive(about_one(F, random)),) * 3, n),
    "one gradient": _shared_gradient,
    "zero gradients": lambda F, random, n: _random(about_one(F, random), about_one(F, random), _among(random, ZERO), n),
    "zero or one": lambda F, random, n: _random(about_one(F, random), *(_among(random, ZERO, F.one, negate(F.one)),) * 2, n),
    "x in a row": _at_neighbours,
    "largest values": lambda F, random, n: _random(about_one(F, random), _among(random, F.largest, negate(F.largest)), about_one(F, random), n),
    "largest gradients": lambda F, random, n: _random(about_one(F, random), about_one(F, random), _among(random, F.largest, negate(F.largest)), n),
    "huge values, tiny gradients": lambda F, random, n: _random(about_one(F, random), _huge(F, random), _tiny(F, random), n),
    "tiny values, huge gradients": lambda F, random, n: _random(about_one(F, random), _tiny(F, random), _huge(F, random), n),
    "tiny x": lambda F, random, n: _random(_tiny(F, random), about_one(F, random), about_one(F, random), n),
    "x = 0 among them": lambda F, random, n: [(ZERO, *row[1:]) if k == 0 else row for k, row in enumerate(_random(*(about_one(F, random),) * 3, n))],
}


def spec_text(F: Format, kind: str, points: int, number: int) -> str:
    """The spec of a kind with a number, the same every time."""
    return text_of(KINDS[kind](F, Random(f"{F.name} {kind} {points} {number}"), points))


@dataclass(frozen=True)
class Variety:
    """What else a spec may say: layers, lines on weights, and what is asked of a value and of a gradient, given the float that is there."""

    layers: str = LAYERS
    weights: str = ""
    value: Wish = required
    gradient: Wish = required
    upstreams: bool = False
    """1, a negative one, the largest, the least, and 0, one after the other."""


RELU_LAST = 'layers = [{ width = 2 }, { width = 1, activation = "relu" }]\n'
VARIETIES = {
    "values between": Variety(value=between),
    "gradients between": Variety(gradient=between),
    "values not": Variety(value=forbidden),
    "gradients not": Variety(gradient=forbidden),
    "values free": Variety(value=lambda F, number: '"free"'),
    "gradients free at some": Variety(gradient=lambda F, number: '"free"' if number[0] > 0 else required(F, number)),
    "no hidden bias": Variety("layers = [{ width = 2, bias = false }, { width = 1 }]\n"),
    "no output bias": Variety("layers = [{ width = 2 }, { width = 1, bias = false }]\n"),
    "last relu": Variety(RELU_LAST),
    "last relu, between": Variety(RELU_LAST, value=between),
    "powers of two": Variety(weights="[[weights]]\nlayer = 1\nbias = false\npowers_of_two = true\n"),
    "a fixed weight": Variety(weights='[[weights]]\nlayer = 1\nneuron = 1\ninput = 1\nis = "1"\n'),
    "a shared weight": Variety(weights="[[weights]]\nlayer = 2\ninput = 2\nsame_as = { layer = 1, neuron = 1, input = 1 }\n"),
    "upstreams": Variety(upstreams=True),
}


def varied_text(F: Format, variety: str, points: int, number: int, *, planted: bool) -> str:
    """The spec of a variety with a number: what a random network does, or numbers that have nothing to do with each other."""
    v, random = VARIETIES[variety], Random(f"{F.name} {variety} {points} {number} {planted}")
    draw = about_one(F, random)
    ups = [F.one, negate(F.power_of_two(1)), F.largest, F.from_ordinal(1), ZERO]
    shape = parse_spec(v.layers + '[[points]]\nx = ["0"]\n' + v.weights, format=F)
    while True:
        network = network_of(shape, drawn(F, shape, draw))
        xs = distinct(draw, points)
        hs = [ups[k % len(ups)] if v.upstreams else F.one for k in range(points)]
        found = [evaluate(network, (x,), (h,)) for x, h in zip(xs, hs, strict=True)]
        rows = [(e.value[0], e.gradient[0]) for e in found]
        if not planted:
            value = _positive(draw) if v.layers == RELU_LAST else draw
            rows = [(value(), draw() if h != ZERO else ZERO) for h in hs]
        if all(is_finite(n) for row in rows for n in row):
            break
    text = v.layers
    for x, h, row in zip(xs, hs, rows, strict=True):
        text += f'[[points]]\nx = ["{hexadecimal(x)}"]\nupstream = "{hexadecimal(h)}"\n'
        text += f"value = {v.value(F, row[0])}\ngradient = [{v.gradient(F, row[1])}]\n"
    return text + v.weights


def drawn(F: Format, shape: Spec, draw: Draw) -> dict[Place, Datum]:
    """Weights that are as the shape's lines say."""
    found: dict[Place, Datum] = {}
    for place in shape.places():
        choice, w = shape.choice(place), draw()
        if choice.powers:
            power = F.power_of_two((w[1] or 0) + abs(w[0]).bit_length() - 1)
            w = negate(power) if w[0] < 0 else power
        found[place] = choice.among[0] if choice.among else w
    return {place: found[shape.choice(place).same_as or place] for place in found}
