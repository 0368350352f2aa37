"""Reading a spec: TOML with bounds on everything; an error names the line. The format is docs/search.md."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from fpproof.activations.registry import names as activation_names
from fpproof.errors import FpproofError, NumberError
from fpproof.errors import Place as Position
from fpproof.formats import Datum, Format, parse_format, rational
from fpproof.formats.arithmetic import compare, is_finite, negate
from fpproof.formats.text import read_float
from fpproof.networks import RELU
from fpproof.search.spec import FREE, Choice, Kind, Objective, Place, Point, Shape, Spec, Vector, Wanted

LARGEST_FILE = 1 << 20
MOST_LAYERS = 64
WIDEST = 256
MOST_POINTS = 1 << 17
MOST_INPUTS = 64
DEEPEST = 32
"""Brackets in each other; tomllib recurses."""


class SpecError(FpproofError):
    """A file that is no spec."""


def read_spec(path: str | Path, format: Format | None = None) -> Spec:
    """The spec in a file, over `format` if one is given; raises SpecError with the line, OSError if there is no file."""
    with open(path, "rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise SpecError(f"spec {path}: more than {LARGEST_FILE} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError(f"spec {path}: no UTF-8 at byte {error.start}") from None
    return parse_spec(text, str(path), format)


def parse_spec(text: str, file: str = "spec", format: Format | None = None) -> Spec:
    """The spec that a text says; see `read_spec`."""
    _bounded(text, file)
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        place = Position(file, int(found[1]), int(found[2]), _line(text, int(found[1]))) if found else Position(file, max(1, text.count("\n")))
        raise SpecError(f"no TOML: {re.sub(r' ?[(]at [^)]*[)]', '', str(error))[:200]}", place) from None
    return _Reader(text, file, format).spec(content)


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _bounded(text: str, file: str) -> None:
    """Brackets are counted before the parser recurses into them; brackets in strings count too, which is on the safe side."""
    for number, line in enumerate(text.splitlines(), 1):
        if max(line.count("["), line.count("{")) > 4096:
            raise SpecError("more than 4096 brackets in a line", Position(file, number))
    depth = 0
    for found in re.finditer(r"[\[{\]}]", text):
        depth += 1 if found[0] in "[{" else -1
        if depth > DEEPEST:
            raise SpecError(f"more than {DEEPEST} brackets in each other", Position(file, text.count("\n", 0, found.start()) + 1))


class _Reader:
    """One text being read; a *path* such as ("points", 1, "value") says where one is."""

    def __init__(self, text: str, file: str, format: Format | None) -> None:
        self.lines, self.file, self.override = text.splitlines(), file, format
        self.F: Format

    # Errors

    def fail(self, path: Sequence[str | int], message: str, hint: str | None = None) -> SpecError:
        shown = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        number = self._number(path)
        line = _line("\n".join(self.lines), number)
        key = next((step for step in reversed(path) if isinstance(step, str) and step in line), "")
        return SpecError(f"{shown}: {message}" if shown else message, Position(self.file, number, line.find(key) + 1, line), hint)

    def _number(self, path: Sequence[str | int]) -> int:
        """The line where a path stands: its table's header, then the last key of the path below it that is found."""
        start, steps = 0, list(path)
        if len(steps) >= 2 and isinstance(steps[1], int):
            headers = [i for i, line in enumerate(self.lines) if re.match(rf"\s*\[\[\s*{steps[0]}\s*\]\]", line)]
            if steps[1] < len(headers):
                start, steps = headers[steps[1]], steps[2:]
                below = [i for i, line in enumerate(self.lines) if i > start and re.match(r"\s*\[", line)]
                return self._key(steps, start, below[0] if below else len(self.lines)) or start + 1
        return self._key(steps, 0, len(self.lines)) or 1

    def _key(self, steps: Sequence[str | int], start: int, stop: int) -> int | None:
        for step in steps:
            if isinstance(step, str):
                for i in range(start, stop):
                    if re.match(rf"\s*(\[+\s*)?['\"]?{re.escape(step)}['\"]?\s*[\]=.]", self.lines[i]):
                        return i + 1
        return None

    # Pieces

    def table(self, value: object, path: Sequence[str | int], allowed: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(path, f"expected a table, found {_kind(value)}")
        for key in value:
            if key not in allowed:
                raise self.fail([*path, key], f"unknown key {key[:40]!r}", f"there are {', '.join(allowed)}")
        return value

    def items(self, value: object, path: Sequence[str | int], most: int) -> Sequence[Any]:
        if not isinstance(value, list):
            raise self.fail(path, f"expected a list, found {_kind(value)}")
        if not 1 <= len(value) <= most:
            raise self.fail(path, f"expected 1 to {most} entries, found {len(value)}")
        return value

    def integer(self, value: object, path: Sequence[str | int], low: int, high: int) -> int:
        if type(value) is not int or not low <= value <= high:
            raise self.fail(path, f"expected a whole number from {low} to {high}, found {_kind(value)}")
        return value

    def boolean(self, value: object, path: Sequence[str | int]) -> bool:
        if type(value) is not bool:
            raise self.fail(path, f"expected true or false, found {_kind(value)}")
        return value

    def number(self, value: object, path: Sequence[str | int]) -> Datum:
        """A finite float of the format, as text (TOML's own floats are binary64: only integers among its numbers are taken)."""
        if type(value) is int:
            value = str(value)
        if not isinstance(value, str):
            raise self.fail(path, f'expected a number in quotes, such as "1.25" or "0x1p-3", found {_kind(value)}')
        try:
            x = read_float(self.F, value)
        except NumberError as error:
            raise self.fail(path, error.message, "write a float of the format") from None
        if not is_finite(x):
            raise self.fail(path, f"expected a finite number, found {value[:40]!r}")
        return x

    def vector(self, value: object, path: Sequence[str | int], length: int) -> Vector:
        """A list of numbers; a single one may stand without brackets."""
        entries = value if isinstance(value, list) else [value]
        if len(entries) != length:
            raise self.fail(path, f"expected {length} {'number' if length == 1 else 'numbers'}, found {len(entries)}")
        return tuple(self.number(entry, path) for entry in entries)

    # The spec

    def spec(self, content: Mapping[str, Any]) -> Spec:
        top = ("format", "inputs", "layers", "points", "forall", "weights", "minimize")
        self.table(content, (), top)
        self.F = self._format(content)
        if "layers" not in content:
            raise self.fail((), "expected layers = [...], found none")
        layers = self._layers(content["layers"])
        inputs = self._inputs(content)
        points = [*self._points(content, inputs, layers[-1].width), *self._families(content, inputs, layers[-1].width)]
        if not points:
            raise self.fail((), "nothing is asked of the network: expected [[points]] or [[forall]], found neither")
        draft = Spec(self.F, inputs, layers, tuple(dict.fromkeys(points)), file=self.file)
        choices = self._choices(content, draft)
        return replace(draft, choices=choices, objective=self._objective(content))

    def _format(self, content: Mapping[str, Any]) -> Format:
        if self.override is not None:
            return self.override
        text = content.get("format")
        if not isinstance(text, str):
            raise self.fail(("format",), f"expected a format's name, found {'none' if text is None else _kind(text)}", "or give --format")
        try:
            return parse_format(text)
        except FpproofError as error:
            raise self.fail(("format",), error.message, error.hint) from None

    def _layers(self, value: object) -> tuple[Shape, ...]:
        entries = self.items(value, ("layers",), MOST_LAYERS)
        found = []
        for i, entry in enumerate(entries):
            path = ("layers", i)
            table = self.table(entry, path, ("width", "activation", "bias"))
            width = self.integer(table.get("width"), (*path, "width"), 1, WIDEST)
            last = i == len(entries) - 1
            found.append(Shape(width, self._activation(table, path, last), self.boolean(table.get("bias", True), (*path, "bias"))))
        return tuple(found)

    def _activation(self, table: Mapping[str, Any], path: Sequence[str | int], last: bool) -> str | None:
        """ReLU if nothing is said, and none for the last layer."""
        name = table.get("activation", "none" if last else RELU)
        known = ("none", *activation_names())
        if not isinstance(name, str) or name not in known:
            raise self.fail([*path, "activation"], f"unknown activation {str(name)[:40]!r}", f"there are {', '.join(known)}")
        return None if name in ("none", "identity") else name

    def _inputs(self, content: Mapping[str, Any]) -> int:
        """The dimension of x: as it is said, else as the first point has it."""
        if "inputs" in content:
            return self.integer(content["inputs"], ("inputs",), 1, MOST_INPUTS)
        points = content.get("points")
        if isinstance(points, list) and points and isinstance(points[0], dict) and isinstance(points[0].get("x"), list):
            return len(self.items(points[0]["x"], ("points", 0, "x"), MOST_INPUTS))
        return 1

    def _points(self, content: Mapping[str, Any], inputs: int, outputs: int) -> Iterator[Point]:
        if "points" not in content:
            return
        for i, entry in enumerate(self.items(content["points"], ("points",), MOST_POINTS)):
            path = ("points", i)
            table = self.table(entry, path, ("x", "upstream", "value", "gradient"))
            if "x" not in table:
                raise self.fail(path, "expected x, found none")
            x = self.vector(table["x"], (*path, "x"), inputs)
            for upstream in self._upstreams(table, path, outputs):
                yield self._point(table, path, x, upstream)

    def _upstreams(self, table: Mapping[str, Any], path: Sequence[str | int], outputs: int) -> list[Vector]:
        """The upstream, 1 if nothing is said; "all" means every finite one."""
        value = table.get("upstream", ["1"] * outputs)
        if value == "all":
            return [tuple(h) for h in product(self._floats(path, outputs), repeat=outputs)]
        return [self.vector(value, (*path, "upstream"), outputs)]

    def _floats(self, path: Sequence[str | int], dimension: int, low: Datum | None = None, high: Datum | None = None) -> list[Datum]:
        """The finite floats from low to high, one zero."""
        F = self.F
        first = -F.largest_ordinal if low is None else F.ordinal(low)
        last = F.largest_ordinal if high is None else F.ordinal(high)
        if max(0, last - first + 1) ** dimension > MOST_POINTS:
            raise self.fail(path, f"{(last - first + 1) ** dimension} points, at most {MOST_POINTS} are searched", "a smaller format, or an interval")
        return [F.from_ordinal(n) for n in range(first, last + 1)]

    def _families(self, content: Mapping[str, Any], inputs: int, outputs: int) -> Iterator[Point]:
        """`[[forall]]`: every x of the format, or of an interval; value and gradient may be "x" or "-x" where there is one input."""
        if "forall" not in content:
            return
        total = 0
        for i, entry in enumerate(self.items(content["forall"], ("forall",), 64)):
            path = ("forall", i)
            table = self.table(entry, path, ("x", "upstream", "value", "gradient"))
            domain = self._domain(table.get("x", "all"), (*path, "x"), inputs)
            upstreams = self._upstreams(table, path, outputs)
            total += prod(map(len, domain)) * len(upstreams)
            if total > MOST_POINTS:
                raise self.fail(path, f"more than {MOST_POINTS} points", "a smaller format, or an interval")
            for x in product(*domain):
                for upstream in upstreams:
                    yield self._point(table, path, x, upstream)

    def _domain(self, value: object, path: Sequence[str | int], inputs: int) -> list[list[Datum]]:
        if value == "all":
            return [self._floats(path, inputs)] * inputs
        table = self.table(value, path, ("between", "least", "most", "above", "below", "not"))
        if len(table) != 1:
            raise self.fail(path, f"expected one of between, least, most, above, below and not, found {len(table)}")
        (name,) = table
        if name == "between":
            return [self._floats(path, inputs, *self._ends(table["between"], path))] * inputs
        end = self.number(table[name], path)
        if name == "not" and inputs > 1:
            raise self.fail(path, "all but one x are meant with one input")
        floats = self._floats(path, inputs, end if name in ("least", "above") else None, end if name in ("most", "below") else None)
        found = [x for x in floats if name in ("least", "most") or compare(x, end) != 0]
        if not found:
            raise self.fail(path, "there is no such x")
        return [found] * inputs

    def _ends(self, value: object, path: Sequence[str | int]) -> tuple[Datum, Datum]:
        """The ends of an interval."""
        low, high = self.vector(value, path, 2)
        if compare(low, high) == 1:
            raise self.fail(path, "the interval is empty: its ends are in the wrong order")
        return low, high

    def _point(self, table: Mapping[str, Any], path: Sequence[str | int], x: Vector, upstream: Vector) -> Point:
        value = self._wanted(table.get("value"), (*path, "value"), len(upstream), x)
        gradient = None if "gradient" not in table else self._wanted(table["gradient"], (*path, "gradient"), len(x), x)
        return Point(x, upstream, value, gradient)

    def _wanted(self, value: object, path: Sequence[str | int], length: int, x: Vector) -> tuple[Wanted, ...]:
        if value is None:
            return (FREE,) * length
        entries = value if isinstance(value, list) else [value]
        if len(entries) != length:
            raise self.fail(path, f"expected {length} {'entry' if length == 1 else 'entries'}, found {len(entries)}")
        return tuple(self._one_wanted(entry, path, x) for entry in entries)

    def _one_wanted(self, value: object, path: Sequence[str | int], x: Vector) -> Wanted:
        """A number, "x", "-x", "free", { not = ... } or { between = [...] }."""
        if value == "free":
            return FREE
        if value in ("x", "-x") and len(x) == 1:
            return Wanted(Kind.IS, x[0] if value == "x" else negate(x[0]))
        if not isinstance(value, dict):
            return Wanted(Kind.IS, self.number(value, path))
        table = self.table(value, path, ("not", "between"))
        if len(table) != 1:
            raise self.fail(path, "expected one of not and between")
        if "not" in table:
            return Wanted(Kind.NOT, self.number(table["not"], path))
        return Wanted(Kind.BETWEEN, *self._ends(table["between"], path))

    # Weights

    def _choices(self, content: Mapping[str, Any], draft: Spec) -> tuple[tuple[Place, Choice], ...]:
        if "weights" not in content:
            return ()
        found: dict[Place, Choice] = {}
        said: dict[Place, Sequence[str | int]] = {}
        for i, entry in enumerate(self.items(content["weights"], ("weights",), 10_000)):
            path = ("weights", i)
            keys = ("layer", "neuron", "input", "bias", "is", "in", "powers_of_two", "magnitude", "same_as")
            table = self.table(entry, path, keys)
            choice = self._choice(table, path, draft)
            places = self._places(table, path, draft)
            for place in places:
                if place in found:
                    raise self.fail(path, f"{place} is spoken of twice")
                if choice.same_as == place:
                    raise self.fail(path, f"{place} is to be the same as itself")
                found[place], said[place] = choice, path
        self._share(found, said)
        return tuple(sorted(((p, c) for p, c in found.items() if not c.free), key=lambda entry: entry[0].sort_key))

    def _places(self, table: Mapping[str, Any], path: Sequence[str | int], draft: Spec) -> list[Place]:
        """The weights that an entry speaks of: what it does not name is any."""
        matches: list[Callable[[Place], bool]] = []
        if "layer" in table:
            layer = self.integer(table["layer"], (*path, "layer"), 1, draft.depth) - 1
            matches.append(lambda p: p.layer == layer)
        if "neuron" in table:
            neuron = self.integer(table["neuron"], (*path, "neuron"), 1, WIDEST) - 1
            matches.append(lambda p: p.neuron == neuron)
        if "input" in table:
            number = self.integer(table["input"], (*path, "input"), 1, max(WIDEST, MOST_INPUTS)) - 1
            matches.append(lambda p: p.input == number)
        if "bias" in table:
            bias = self.boolean(table["bias"], (*path, "bias"))
            matches.append(lambda p: (p.input is None) == bias)
        places = [place for place in draft.places() if all(match(place) for match in matches)]
        if not places:
            raise self.fail(path, "there is no such weight in these layers")
        return places

    def _choice(self, table: Mapping[str, Any], path: Sequence[str | int], draft: Spec) -> Choice:
        among: tuple[Datum, ...] | None = None
        if "is" in table:
            among = (self.number(table["is"], (*path, "is")),)
        if "in" in table:
            if among is not None:
                raise self.fail(path, "expected one of is and in")
            among = tuple(self.number(entry, (*path, "in")) for entry in self.items(table["in"], (*path, "in"), 4096))
        bound = self.number(table["magnitude"], (*path, "magnitude")) if "magnitude" in table else None
        if bound is not None and rational(bound) < 0:
            raise self.fail([*path, "magnitude"], "expected a bound of at least 0")
        powers = self.boolean(table.get("powers_of_two", False), (*path, "powers_of_two"))
        return Choice(among, bound, powers, self._same_as(table, path, draft))

    def _same_as(self, table: Mapping[str, Any], path: Sequence[str | int], draft: Spec) -> Place | None:
        if "same_as" not in table:
            return None
        other = self.table(table["same_as"], (*path, "same_as"), ("layer", "neuron", "input", "bias"))
        places = self._places(other, (*path, "same_as"), draft)
        if len(places) != 1:
            raise self.fail([*path, "same_as"], f"expected one weight, found {len(places)}: name layer, neuron, and input or bias = true")
        return places[0]

    def _share(self, found: dict[Place, Choice], said: Mapping[Place, Sequence[str | int]]) -> None:
        """Whatever else is asked of a weight that shares another is asked of that other one.

        A weight that others share must not share another one itself: chains could be circles.
        """
        sharing = [(place, choice, choice.same_as) for place, choice in found.items() if choice.same_as is not None]
        for place, choice, shared in sharing:
            other = found.get(shared, Choice())
            if other.same_as is not None:
                raise self.fail(said[place], f"{place} is to be the same as {shared}, which is itself to be the same as {other.same_as}")
            found[shared], found[place] = other.both(choice), Choice(same_as=shared)

    def _objective(self, content: Mapping[str, Any]) -> Objective | None:
        name = content.get("minimize")
        if name is None:
            return None
        if not isinstance(name, str) or name not in tuple(Objective):
            raise self.fail(("minimize",), f"unknown objective {str(name)[:40]!r}", f"there are {', '.join(Objective)}")
        return Objective(name)


def _kind(value: object) -> str:
    """A TOML value in a few words."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "nothing" if value is None else f"{str(value)[:40]!r}"
