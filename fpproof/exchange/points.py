"""Tables of points at which a network is evaluated: x, or x1 ... xd, and upstream, or upstream1 ... upstreamm.

The lines are those of tables of values and gradients (`fpproof represent`): comments start with #; columns value and gradient are
passed over. Without upstream columns a network of one output gets the upstream 1.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fpproof.constructions.rows import fields, is_comment, lines, number, read_bytes
from fpproof.errors import Place, TableError
from fpproof.formats import ZERO, Datum
from fpproof.networks import Network

Vector = tuple[Datum, ...]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An x and an upstream, and where they were read."""

    x: Vector
    upstream: Vector
    place: Place


def read_points(path: str | Path, network: Network, rounding: bool = False) -> tuple[tuple[Evaluated, ...], str]:
    """The rows of a table for a network, repetitions left out, and the file's SHA-256.

    Raises TableError with file, line and column; OSError if the file cannot be read. `rounding` takes any number's fl.
    """
    path = Path(path)
    data = read_bytes(path)
    rows = [line for line in lines(data, str(path)) if not is_comment(line)]
    if len(rows) < 2:
        raise TableError(f"{path}: the table has no rows", hint="expected a line of column names and rows below it")
    columns = _columns(rows[0], network)
    seen: dict[tuple[Vector, Vector], Evaluated] = {}
    for place in rows[1:]:
        point = _point(network, columns, place, rounding)
        seen.setdefault((_unsigned(point.x), _unsigned(point.upstream)), point)
    return tuple(seen.values()), sha256(data).hexdigest()


def _unsigned(vector: Vector) -> Vector:
    """-0 as +0: the sign of a zero changes no number."""
    return tuple(ZERO if c[0] == 0 else c for c in vector)


def _columns(place: Place, network: Network) -> list[str]:
    """The columns' names, x as x1 and upstream as upstream1, "" for those passed over; all of the network and no others."""
    columns = []
    for text, at in fields(place):
        match = re.fullmatch(r"(x|upstream|value|gradient)([1-9]\d{0,6})?", text, re.ASCII)
        if match is None:
            hint = "the columns are x1 ... xd (or x) and upstream1 ... upstreamm (or upstream); value and gradient are passed over"
            raise TableError(f"column {text[:40]!r} is unknown", at, hint)
        name = match[1] + (match[2] or "1") if match[1] in ("x", "upstream") else ""
        if name and name in columns:
            raise TableError(f"column {text!r} stands twice", at)
        columns.append(name)
    inputs = [f"x{i}" for i in range(1, network.inputs + 1)]
    upstreams = [f"upstream{i}" for i in range(1, network.outputs + 1)]
    found = {name for name in columns if name}
    if network.outputs == 1 and "upstream1" not in found:
        upstreams = []
    if found != set(inputs + upstreams):
        shown = f"{network.inputs} inputs and {network.outputs} outputs"
        counts = [sum(name.startswith(kind) for name in found) for kind in ("x", "upstream")]
        hint = f"expected {_range(inputs)}, {_range(upstreams) or 'upstream'}"
        raise TableError(f"the network has {shown}, the table {counts[0]} columns of x and {counts[1]} of upstream", place, hint)
    return columns


def _range(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} ... {names[-1]}" if names else ""


def _point(network: Network, columns: list[str], place: Place, rounding: bool) -> Evaluated:
    texts = list(fields(place))
    if len(texts) != len(columns):
        raise TableError(f"expected {len(columns)} fields, found {len(texts)}", place)
    data: dict[str, Datum] = {}
    for column, (text, at) in zip(columns, texts, strict=True):
        if column:
            data[column] = number(network.format, column, text, at, rounding)
    x = tuple(data[f"x{i}"] for i in range(1, network.inputs + 1))
    upstream = (network.format.one,) if "upstream1" not in data else tuple(data[f"upstream{i}"] for i in range(1, network.outputs + 1))
    return Evaluated(x, upstream, place)
