"""Tables of points: which value, and which gradient for which upstream, a network should have where.

    # format: F(3,4)
    x,value,upstream,gradient
    0x1p-3,0.25,1,-1.5

Columns in any order: x (or x1 ... xd), value, upstream, gradient (or gradient1 ... gradientd).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

from fpproof.constructions.rows import FINITE_ONLY, fields, is_comment, lines, number, read_bytes
from fpproof.errors import FormatError, Place, TableError
from fpproof.formats import ZERO, Datum, Format, parse_format
from fpproof.formats.arithmetic import absolute, equal, negate
from fpproof.formats.text import both

MOST_COLUMNS = 10**4
SAME_X = "0 and -0 are the same x; one x has one value, upstream and gradient"


@dataclass(frozen=True, slots=True)
class Point:
    """One row: at x (d data) the value, and for the upstream the gradient (d data); `place` is where it was read."""

    x: tuple[Datum, ...]
    value: Datum
    upstream: Datum
    gradient: tuple[Datum, ...]
    place: Place | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[Datum, ...]:
        """x with -0 as +0: one point."""
        return tuple(ZERO if c[0] == 0 and c[1] is not None else c for c in self.x)


@dataclass(frozen=True, slots=True)
class Table:
    """Points over one format, at least one, all of one dimension; `digest` is the SHA-256 of the file."""

    format: Format
    points: tuple[Point, ...]
    name: str = ""
    digest: str = ""

    @property
    def inputs(self) -> int:
        return len(self.points[0].x)


def check_points(F: Format, points: Sequence[Point]) -> tuple[Point, ...]:
    """The points without exact repetitions; raises TableError for what no network represents.

    That is: NaN or an infinity; upstream 0 with a gradient that is not 0; the same x twice with different data, 0 and -0 being the same.
    """
    seen: dict[tuple[Datum, ...], Point] = {}
    for point in _each_valid(F, points):
        first = seen.setdefault(point.key, point)
        if first is not point and not _same_data(first, point):
            raise TableError(f"the same x twice with different data{_first_in(first)}", point.place, SAME_X)
    return tuple(seen.values())


def check_odd_points(F: Format, points: Sequence[Point]) -> tuple[Point, ...]:
    """The points of a table with several upstreams an x, without repetitions; raises TableError for what no network represents.

    That is what `check_points` refuses of each row, two values at one x, and gradients that are not odd in the upstream.
    """
    values: dict[tuple[Datum, ...], Point] = {}
    seen: dict[tuple[tuple[Datum, ...], Datum], Point] = {}
    for point in _each_valid(F, points):
        if len(point.x) != 1:
            raise TableError(f"odd responses are for one input, found {len(point.x)}", point.place)
        first = values.setdefault(point.key, point)
        if not equal(first.value, point.value):
            raise TableError(f"the same x twice with different values{_first_in(first)}", point.place, "0 and -0 are the same x; one x has one value")
        first = seen.setdefault((point.key, absolute(point.upstream)), point)
        same_side = (first.upstream[0] > 0) == (point.upstream[0] > 0)
        if not equal(first.gradient[0], point.gradient[0] if same_side else negate(point.gradient[0])):
            text = f"the same x and upstream, or its negative, with another gradient{_first_in(first)}"
            raise TableError(text, point.place, "gradients are odd in the upstream")
    return tuple(seen.values())


def _first_in(point: Point) -> str:
    """Where the row stands that a later one contradicts."""
    return f" (first in line {point.place.line})" if point.place else ""


def by_x(points: Sequence[Point]) -> dict[tuple[Datum, ...], list[Point]]:
    """The points of each x, in order."""
    found: dict[tuple[Datum, ...], list[Point]] = {}
    for point in points:
        found.setdefault(point.key, []).append(point)
    return found


def _each_valid(F: Format, points: Sequence[Point]) -> Iterator[Point]:
    """The points, each looked at alone."""
    if not points:
        raise TableError("the table has no rows", hint="a table needs at least one point")
    for point in points:
        if len(point.x) != len(points[0].x) or len(point.gradient) != len(point.x):
            raise TableError(f"expected {len(points[0].x)} inputs and as many gradients, found {len(point.x)} and {len(point.gradient)}", point.place)
        for name, data in (("x", point.x), ("value", (point.value,)), ("upstream", (point.upstream,)), ("gradient", point.gradient)):
            for x in data:
                if x[1] is None:
                    raise TableError(f"{name} is {both(F, x)}", point.place, FINITE_ONLY)
        if point.upstream[0] == 0 and any(g[0] for g in point.gradient):
            raise TableError("upstream 0 with a gradient that is not 0", point.place, "every gradient for upstream 0 is 0, or not finite")
        yield point


def _same_data(p: Point, q: Point) -> bool:
    return all(map(equal, (p.value, p.upstream, *p.gradient), (q.value, q.upstream, *q.gradient)))


def read_table(path: str | Path, format: Format | None = None, rounding: bool = False, odd: bool = False) -> Table:
    """Reads and checks a table; `format` overrides the file's `# format:` line, `rounding` takes any decimal's fl.

    With `odd`, one x may have several upstreams.

    Raises TableError with file, line and column; OSError if the file cannot be read.
    """
    return parse_table(read_bytes(Path(path)), str(path), format, rounding, odd)


def parse_table(data: bytes, name: str = "table", format: Format | None = None, rounding: bool = False, odd: bool = False) -> Table:
    """The table that the bytes of a file say; see read_table."""
    written = list(lines(data, name))
    if format is None:
        format = _stated_format(written, name)
    rows = [line for line in written if not is_comment(line)]
    if not rows:
        raise TableError(f"{name}: the table is empty", hint="expected a line of column names and rows below it")
    columns = _columns(rows[0])
    inputs = sum(column.startswith("x") for column in columns)
    points = [_point(format, columns, inputs, place, rounding) for place in rows[1:]]
    if not points:
        raise TableError(f"{name}: the table has no rows", hint="a table needs at least one point")
    checked = (check_odd_points if odd else check_points)(format, points)
    return Table(format, checked, name, sha256(data).hexdigest())


def _stated_format(written: list[Place], name: str) -> Format:
    for place in written:
        if (match := re.match(r"\s*#\s*format:(.*\S)", place.source or "")) is not None:
            try:
                return parse_format(match[1])
            except FormatError as error:
                raise TableError(error.message, place, error.hint) from None
    raise TableError(f"{name}: no format", hint="say --format, or write a line '# format: F(3,4)' into the file")


def _columns(place: Place) -> list[str]:
    """The names of the columns, "x" and "gradient" as "x1" and "gradient1"; complete and without repetition."""
    columns: dict[str, None] = {}
    for text, at in fields(place):
        if not re.fullmatch(r"value|upstream|(x|gradient)([1-9]\d{0,5})?", text, re.ASCII):
            near = get_close_matches(text[:40], ["x", "value", "upstream", "gradient"], 1, 0.6)
            hint = f"did you mean {near[0]}?" if near else "the columns are x (or x1 ... xd), value, upstream, gradient (or gradient1 ... gradientd)"
            raise TableError(f"column {text[:40]!r} is unknown", at, hint)
        full = text + "1" if text in ("x", "gradient") else text
        if full in columns:
            raise TableError(f"column {text!r} stands twice", at)
        columns[full] = None
        if len(columns) > MOST_COLUMNS:
            raise TableError(f"more than {MOST_COLUMNS} columns", at)
    inputs = max(1, sum(column.startswith("x") for column in columns))
    wanted = [*(f"x{i}" for i in range(1, inputs + 1)), "value", "upstream", *(f"gradient{i}" for i in range(1, inputs + 1))]
    for name in wanted:
        if name not in columns:
            raise TableError(f"column {_shown(name, inputs)!r} is missing", place, _wanted_text(inputs))
    if extra := columns.keys() - set(wanted):
        raise TableError(f"column {min(extra)!r} has no input to belong to", place, _wanted_text(inputs))
    return list(columns)


def _shown(name: str, inputs: int) -> str:
    """The column's name as messages have it: of one input, x and gradient."""
    return name.removesuffix("1") if inputs == 1 else name


def _wanted_text(inputs: int) -> str:
    if inputs == 1:
        return "expected x, value, upstream, gradient"
    return f"expected x1 ... x{inputs}, value, upstream, gradient1 ... gradient{inputs}"


def _point(F: Format, columns: list[str], inputs: int, place: Place, rounding: bool) -> Point:
    texts = list(fields(place))
    if len(texts) != len(columns):
        raise TableError(f"expected {len(columns)} fields, one a column, found {len(texts)}", place)
    data: dict[str, Datum] = {}
    for column, (text, at) in zip(columns, texts, strict=True):
        data[column] = number(F, _shown(column, inputs), text, at, rounding)
    x = tuple(data[f"x{i}"] for i in range(1, inputs + 1))
    gradient = tuple(data[f"gradient{i}"] for i in range(1, inputs + 1))
    return Point(x, data["value"], data["upstream"], gradient, place)
