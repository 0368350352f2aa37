"""Specs with known answers in any format, from a seed: what random networks of all shapes and magnitudes do, and what none does for a reason."""

from collections.abc import Callable, Iterator
from random import Random

from fpproof.activations.registry import names
from fpproof.formats import ZERO, Datum, Format, rational
from fpproof.formats.arithmetic import add, is_finite, multiply, negate
from fpproof.formats.text import hexadecimal
from fpproof.networks import evaluate
from fpproof.search import Spec, parse_spec
from fpproof.search.finding import network_of
from tests.search.points import about_one, anywhere, distinct, moved

SIGMAS = [name for name in names() if name not in ("relu", "identity")]


def vector(numbers: Iterator[Datum] | list[Datum] | tuple[Datum, ...]) -> str:
    return "[" + ", ".join(f'"{hexadecimal(x)}"' for x in numbers) + "]"


def point(x: tuple[Datum, ...], value: str = "", gradient: str = "", upstream: tuple[Datum, ...] = ()) -> str:
    """A point; value and gradient as TOML."""
    lines = [("x", vector(x)), ("upstream", vector(upstream) if upstream else ""), ("value", value), ("gradient", gradient)]
    return "[[points]]\n" + "".join(f"{key} = {said}\n" for key, said in lines if said)


def quoted(x: Datum) -> str:
    return f'"{hexadecimal(x)}"'


# Networks


def of_all_sizes(F: Format, random: Random) -> Datum:
    """Zero, about 1, subnormal, near Omega, anywhere, or a power of two."""
    kind, sign, one = random.random(), random.choice((1, -1)), F.ordinal(F.one)
    if kind < 0.08:
        return ZERO
    if kind < 0.5:
        return about_one(F, random)()
    if kind < 0.62:
        return F.from_ordinal(sign * random.randint(1, max(1, (1 << F.p) - 1)))
    if kind < 0.7:
        return F.from_ordinal(sign * random.randint(F.largest_ordinal - (2 << F.p), F.largest_ordinal))
    if kind < 0.85:
        return anywhere(F, random)()
    return F.from_ordinal(sign * (one + (random.randint(max(F.emin, -8), min(F.emax, 8)) << F.p)))


def layers(F: Format, random: Random, outputs: int | None = None) -> str:
    """One to four layers, one to three neurons wide, one or two inputs; in formats of up to 16 bits with other activations than ReLU too."""
    depth, found = random.choice((1, 2, 2, 3, 3, 4)), []
    other = F.width <= 16 and random.random() < 0.3
    for number in range(depth):
        last = number == depth - 1
        hidden = random.choice(SIGMAS) if other and random.random() < 0.7 else random.choice(("relu",) * 15 + ("none",))
        sigma = ("relu" if random.random() < 0.08 else "none") if last else hidden
        width = outputs or random.choice((1, 1, 1, 2)) if last else random.randint(1, 3)
        found.append(f'{{ width = {width}, activation = "{sigma}", bias = {"true" if random.random() < 0.7 else "false"} }}')
    return f"inputs = {random.choice((1, 1, 1, 2))}\nlayers = [{', '.join(found)}]\n"


def planted(F: Format, random: Random) -> str:
    """What a network does at one to four points: most of it is asked for as it is, the rest as an interval, or as what it is not."""
    while True:
        head = layers(F, random)
        shape = parse_spec(head + '[[forall]]\nx = { between = ["0", "0"] }\n', format=F)
        network = network_of(shape, {place: of_all_sizes(F, random) for place in shape.places()})
        points = [text for _ in range(12) if (text := _at(F, random, shape, network))][: random.choice((1, 2, 2, 3, 4))]
        if len(points) >= 2 or (points and random.random() < 0.3):
            return head + "".join(points)


def _at(F: Format, random: Random, shape: Spec, network: object) -> str:
    """A point, for an upstream of any size; empty where something is not finite."""
    x = tuple(of_all_sizes(F, random) for _ in range(shape.inputs))
    h = tuple(F.one if random.random() < 0.6 else of_all_sizes(F, random) for _ in range(shape.layers[-1].width))
    found = evaluate(network, x, h)  # type: ignore[arg-type]  # a network
    if not all(map(is_finite, (*found.value, *found.gradient))):
        return ""
    value, gradient = ("[" + ", ".join(_wish(F, random, y) for y in numbers) + "]" for numbers in (found.value, found.gradient))
    return point(x, value if random.random() < 0.9 else "", gradient if random.random() < 0.9 else "", h)


def _wish(F: Format, random: Random, y: Datum) -> str:
    kind = random.random()
    if kind < 0.88:
        return quoted(y)
    if kind < 0.92:
        return '"free"'
    if kind < 0.95:
        return f"{{ not = {quoted(other(F, y))} }}"
    return f"{{ between = {vector([moved(F, y, -2), moved(F, y, 1)])} }}"


# What no network does


def other(F: Format, x: Datum) -> Datum:
    """A float beside it."""
    return moved(F, x, 1) if F.ordinal(x) < F.largest_ordinal else moved(F, x, -1)


def nonzero(F: Format, random: Random) -> Datum:
    return F.from_ordinal(random.choice((1, -1)) * random.randint(1, F.largest_ordinal))


def deep(depth: int, width: int, sigma: str = "relu") -> str:
    return "layers = [" + f'{{ width = {width}, activation = "{sigma}" }}, ' * (depth - 1) + "{ width = 1 }]\n"


def two_values(F: Format, random: Random) -> str:
    """At one x."""
    head = layers(F, random, outputs=1)
    x, y = tuple(anywhere(F, random)() for _ in range(int(head[9]))), anywhere(F, random)()
    return head + point(x, quoted(y)) + point(x, quoted(other(F, y)))


def even_response(F: Format, random: Random) -> str:
    """The same gradient for opposite upstreams."""
    head = layers(F, random, outputs=1)
    x, g = ([nonzero(F, random) for _ in range(int(head[9]))] for _ in range(2))
    h = nonzero(F, random)
    return head + "".join(point(tuple(x), "", vector(g), (one,)) for one in (h, negate(h)))


def between_products(F: Format, random: Random) -> str:
    """A value that no weight makes of x: those that could are about v / x."""
    while True:
        x, y = nonzero(F, random), nonzero(F, random)
        low, high = -F.largest_ordinal, F.largest_ordinal
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if rational(F.from_ordinal(middle)) <= rational(y) / rational(x) else (low, middle)
        near = {max(-F.largest_ordinal, min(F.largest_ordinal, low + k)) for k in range(-3, 5)}
        if all(multiply(F, F.from_ordinal(n), x) != y for n in near):
            return "layers = [{ width = 1, bias = false }]\n" + point((x,), quoted(y))


def against_the_signs(F: Format, random: Random) -> str:
    """No weight that multiplies is negative, the gradient is."""
    among = vector([F.from_ordinal(random.randint(0, F.largest_ordinal)) for _ in range(4)])
    h, g = (F.from_ordinal(sign * random.randint(1, F.largest_ordinal)) for sign in (1, -1))
    head = deep(random.choice((2, 3)), random.choice((1, 2, 3)))
    return head + point((anywhere(F, random)(),), "", vector([g]), (h,)) + f"[[weights]]\nbias = false\nin = {among}\n"


def two_slopes(F: Format, random: Random) -> str:
    """Without activations."""
    a, b = distinct(about_one(F, random), 2)
    g = about_one(F, random)()
    return deep(random.choice((1, 2, 3)), random.choice((1, 2)), "none") + point((a,), "", vector([g])) + point((b,), "", vector([other(F, g)]))


def no_power(F: Format, random: Random) -> str:
    """Powers of two have no product that is three, or five, or seven."""
    m = random.choice((3, 5, 7))
    return deep(random.choice((1, 2)), 1) + point((F.one,), "", vector([(m, -1)])) + "[[weights]]\nbias = false\npowers_of_two = true\n"


def between_two(F: Format, random: Random) -> str:
    """Of three gradients that are not 0 and not the same, two neurons give the middle one as the sum of the others."""
    while True:
        a, b, c = (nonzero(F, random) if random.random() < 0.3 else about_one(F, random)() for _ in range(3))
        if len({a, b, c}) == 3 and add(F, a, c) != b:
            break
    xs = sorted(distinct(about_one(F, random), 3), key=F.ordinal)
    values = [quoted(about_one(F, random)()) if random.random() < 0.7 else "" for _ in xs]
    return deep(2, 2) + "".join(point((x,), y, vector([g])) for x, y, g in zip(xs, values, (a, b, c), strict=True))


def four_slopes(F: Format, random: Random) -> str:
    """Two neurons have three patterns in a row at most."""
    xs, gs = (distinct(draw, 4) for draw in (anywhere(F, random), about_one(F, random)))
    return deep(2, 2) + "".join(point((x,), "", vector([g])) for x, g in zip(xs, gs, strict=True))


def turning_chain(F: Format, random: Random) -> str:
    """One neuron a layer: monotone."""
    y = anywhere(F, random)()
    xs = sorted(distinct(anywhere(F, random), 3), key=F.ordinal)
    return deep(random.choice((2, 3, 4)), 1) + "".join(point((x,), quoted(v)) for x, v in zip(xs, (y, other(F, y), y), strict=True))


def below_relu(F: Format, random: Random) -> str:
    head = deep(2, 2)[:-3] + ', activation = "relu" }]\n'
    return head + point((anywhere(F, random)(),), quoted(F.from_ordinal(-random.randint(1, F.largest_ordinal))))


def silent_relu(F: Format, random: Random) -> str:
    """The output is 0, the gradient is not."""
    head = deep(2, 2)[:-3] + ', activation = "relu" }]\n'
    return head + point((anywhere(F, random)(),), '"0"', vector([nonzero(F, random)]))


def beyond_sigmoid(F: Format, random: Random) -> str:
    head = deep(2, 1)[:-3] + ', activation = "sigmoid" }]\n'
    return head + point((anywhere(F, random)(),), quoted(F.from_ordinal(random.randint(F.ordinal(F.one) + 1, F.largest_ordinal))))


IMPOSSIBLE: tuple[Callable[[Format, Random], str], ...] = (
    two_values,
    even_response,
    between_products,
    against_the_signs,
    two_slopes,
    no_power,
    between_two,
    four_slopes,
    turning_chain,
    below_relu,
    silent_relu,
    beyond_sigmoid,
)
