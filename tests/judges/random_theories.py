"""Random theories, from a seed: definitions that call each other, vectors, flushing, integers, existence, modes, two formats, three operands.

Each is well typed, and has parts, so that what is assumed or shown can be changed.
"""

from dataclasses import dataclass, replace
from random import Random

HEAD = """from fpproof.lang import *


@define
def flushed(r: Real):
    return (-0.0 if r < 0 or same(r, -0.0) else 0.0) if abs(r) < pow2(F.emin) else r
"""
MODES = ("up", "down", "toward_zero", "nearest_away", "to_odd", "nearest")
_POWER = "pow2(min(max(exponent(fl({}, to=toward_zero)), -4), 4))"
_UNARY = ("abs({})", "(-{})", "ulp({})", "succ(fl({}))", "pred(fl({}))", "significand({})", "({})**2", "flushed({})", _POWER)
_CONSTANTS = ("1", "0.5", "3", "-2", "0.1", "-0.0", "F.Omega", "F.omega", "infinity")


@dataclass(frozen=True)
class Names:
    """What an expression may speak of, by type; `calls` are definitions with the kinds of their arguments, "nn" two numbers, "v" a vector of two."""

    numbers: tuple[str, ...] = ()
    integers: tuple[str, ...] = ()
    booleans: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    vectors: tuple[tuple[str, int], ...] = ()
    calls: tuple[tuple[str, str], ...] = ()
    other_format: str = "G"
    exists: bool = False

    def also(self, *numbers: str) -> "Names":
        return replace(self, numbers=(*self.numbers, *numbers))


PARAMETERS: tuple[tuple[str, Names, str], ...] = (
    ("x: Float, y: Float, z: Float", Names(("x", "y", "z")), "True"),
    ("v: Vector[Float, 2], z: Float", Names(("z",), vectors=(("v", 2),)), "True"),
    ("x: Datum, y: Datum", Names(("x", "y")), "True"),
    ("x: Float, n: Int, b: Bool", Names(("x",), ("n",), ("b",), exists=True), "-3 <= n <= 4"),
    ("x: Float", Names(("x",), exists=True), "True"),
    ("x: Float, y: Annotated[Float, 'G']", Names(("x", "y")), "True"),
    ("x: Float, m: Mode", Names(("x",), modes=("m",)), "True"),
    ("x: Float, y: Float", Names(("x", "y"), exists=True), "True"),
)
"""Parameters, what they bring, and what is assumed of them."""


@dataclass(frozen=True)
class Theory:
    """The parts of a file with one lemma `l`, over F and G."""

    definitions: str
    parameters: str
    lines: tuple[str, ...]
    assumed: tuple[str, ...]
    shown: tuple[str, ...]

    def text(self) -> str:
        lines = [*self.lines, f"assume({', '.join(self.assumed)})", f"show({', '.join(self.shown)})"]
        return f"{HEAD}{self.definitions}\n\n@lemma\ndef l({self.parameters}, G: Format):\n" + "".join(f"    {line}\n" for line in lines)


class Writer:
    """Draws expressions of bounded depth."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def any(self, *texts: str) -> str:
        return self.random.choice(texts)

    def number(self, depth: int, names: Names) -> str:
        if depth <= 0:
            components = [f"{v}[{i}]" for v, n in names.vectors for i in range(n)]
            return self.random.choice([*names.numbers * 4, *_CONSTANTS, *names.integers * 2, *components * 2])
        kind = self.random.random()

        def below() -> str:
            return self.number(depth - 1, names)

        if kind < 0.24:
            mode = self.any(*MODES, *names.modes)
            to = self.any("", "", f", to={mode}", f", {names.other_format}", f", {names.other_format}, to={mode}")
            return f"fl({below()}{to})"
        if kind < 0.50:
            sign, second = self.any("+", "-", "*", "/", "+", "-"), below()
            return f"({below()} {sign} {'3' if sign == '/' and second == '-0.0' else second})"
        if kind < 0.58:
            return f"{self.any('min', 'max')}({below()}, {below()})"
        if kind < 0.66:
            return self.any(*_UNARY).format(below())
        if kind < 0.72:
            return f"({below()} if {self.condition(depth - 1, names)} else {below()})"
        if kind < 0.80:
            return f"rounded({self.program(depth, names)}{self.any('', f', to={self.any(*MODES)}', f', {names.other_format}')})"
        if kind < 0.90 and names.calls:
            name, kinds = self.random.choice(names.calls)
            return f"{name}({', '.join(below() if kind == 'n' else f'({below()}, {below()})' for kind in kinds)})"
        if kind < 0.95 and names.vectors:
            v, n = self.random.choice(names.vectors)
            first = f"sum({v}[i] for i in range({self.random.randint(1, n)}))"
            return self.any(f"max({v})", f"sum(c * {below()} for c in {v})", first, f"rounded(sum({v}))")
        return self.integer(depth - 1, names)

    def program(self, depth: int, names: Names) -> str:
        """What stands between the parentheses of rounded(...)."""
        if depth <= 0:
            return self.random.choice([*names.numbers * 3, *(f"{v}[0]" for v, _ in names.vectors), "0.1", "1", "3", "-0.1", "-3"])
        return f"({self.program(depth - 1, names)} {self.any(*'+-*/')} {self.program(depth - 1, names)})"

    def integer(self, depth: int, names: Names) -> str:
        if depth <= 0:
            return self.random.choice([*names.integers * 3, "1", "2", "-3", "F.p", "F.emax"])
        texts = ("({} + {})", "({} - {})", "({} * {})", "({} // 2)", "({} % 3)", "abs({})", "min({}, {})")
        return self.any(*texts).format(self.integer(depth - 1, names), self.integer(depth - 1, names))

    def condition(self, depth: int, names: Names) -> str:
        kind = self.random.random()

        def number(depth: int) -> str:
            return self.number(max(depth, 0), names)

        def below() -> str:
            return self.condition(depth - 1, names)

        if kind < 0.50 or depth <= 0:
            return f"{number(depth)} {self.any('<', '<=', '==', '!=', '>=')} {number(depth - 1)}"
        if kind < 0.58:
            return f"same({number(depth)}, {number(depth - 1)})"
        if kind < 0.66:
            return f"{self.any('finite', 'is_float', 'is_nan')}({number(depth)})"
        if kind < 0.86:
            return self.any("({} and {})", "({} or {})", "(not ({}))", "implies({}, {})").format(below(), below())
        if kind < 0.90 and names.booleans:
            return self.random.choice(names.booleans)
        if kind < 0.95 and names.vectors:
            return f"{self.any('all', 'any')}({self.condition(depth - 2, names.also('c'))} for c in {self.random.choice(names.vectors)[0]})"
        if names.exists:
            body = self.condition(depth - 1, replace(names.also("w"), exists=False))
            return f"exists({self.any('Float', 'Datum')}, lambda w: {body}{self.any('', f', witness={self.number(1, names)}')})"
        return f"{number(depth)} < {number(depth)} < {number(0)}"


def theory(seed: int) -> Theory:
    """The theory of a seed, in which nothing is wrong."""
    random = Random(seed)
    writer, text, calls = Writer(random), "", list[tuple[str, str]]()
    for i in range(random.randrange(3)):
        names = Names(("a", "b"), calls=tuple(calls), other_format="E4M3FN")
        if random.random() < 0.7:
            text += f"\n\n@define\ndef d{i}(a: Real, b: Real):\n    t = {writer.number(1, names)}\n    return {writer.number(2, names.also('t'))}\n"
            calls.append((f"d{i}", "nn"))
        else:
            vector = replace(names, numbers=(), vectors=(("u", 2),))
            text += f"\n\n@define\ndef d{i}(u: Vector[Real, 2]):\n    return {writer.number(2, vector)}\n"
            calls.append((f"d{i}", "v"))
    parameters, names, first = random.choice(PARAMETERS)
    names, lines = replace(names, calls=tuple(calls)), list[str]()
    if random.random() < 0.7:
        lines.append(f"s = {writer.number(2, names)}")
        names = names.also("s")
    assumed = writer.condition(1, names) if random.random() < 0.5 else "True"
    return Theory(text, parameters, tuple(lines), (first, assumed), (writer.condition(3, names),))
