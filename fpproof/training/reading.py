"""Descriptions of training runs: TOML files with a network as the start, data, a loss and how to step.

    loss = "squared"                  squared, logistic or cross-entropy
    reduction = "mean"                of a batch: mean or sum
    step = "1/64"
    momentum = "9/10"                 none if left out
    batches = 8                       samples a batch, in order, taken in turn; or lists of samples, as [[0, 1], [2]]; all if left out
    steps = 10
    arithmetic = ["exact", "binary16"]

    [data]
    x = [["-1/2"], ["1/2"]]           a row a sample
    y = [["1/4"], ["1/4"]]

    [[layers]]
    weights = [["1"], ["-1"]]         a row a neuron
    bias = ["0", "1/3"]               left out: neurons without bias
    activation = "relu"               left out: none

Numbers are integers, decimals, or texts of exact rational expressions (`fpproof.formats.expressions`). A decimal is the number that is
written: 0.1 is 1/10.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from fpproof.activations import activation
from fpproof.errors import FpproofError, NumberError, Place
from fpproof.formats.expressions import parse_expression
from fpproof.training.description import LOSSES, MOST_STEPS, REDUCTIONS, Affine, DescriptionError, Numbers, Run, cut

LARGEST_FILE = 2**23
LARGEST_COUNT = 10**6
"""Numbers in the layers, and in the data."""
_DEEPEST = 4

T = TypeVar("T")


def read_run(path: str | Path) -> Run:
    """The run that a TOML file describes; raises DescriptionError with the place, OSError if the file cannot be read."""
    source = read_source(path)
    return run_of(source)


@dataclass(frozen=True, slots=True)
class Source:
    """A TOML document with its text, so that errors can point into it. Decimals are texts."""

    name: str
    text: str
    document: Mapping[str, Any]

    def error(self, where: str, message: str, found: str = "", hint: str | None = None) -> DescriptionError:
        """An error at the first place in the text where `found` stands, if it stands there."""
        return DescriptionError(f"{where}: {message}", self._place(found), hint)

    def _place(self, found: str) -> Place:
        offset = next((at for text in (f'"{found}"', found) if found and (at := self.text.find(text)) >= 0), -1)
        if offset < 0:
            return Place(self.name, 1)
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        return Place(self.name, self.text.count("\n", 0, offset) + 1, offset - start + 1, self.text[start : end if end >= 0 else None])


def read_source(path: str | Path) -> Source:
    """A TOML file from a stranger: its size, nesting and numbers are bounded before they are read."""
    path = Path(path)
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise DescriptionError(f"{path}: a description of more than {LARGEST_FILE >> 20} MiB is not read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DescriptionError(f"{path}: no UTF-8 text (byte {error.start}): no TOML file") from None
    return parse_source(str(path), text)


def parse_source(name: str, text: str) -> Source:
    """The document of a TOML text."""
    _check_shape(name, text)
    try:
        document = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
        place = None
        if at is not None and at[1]:
            place = Place(name, int(at[1]), int(at[2]), text.splitlines()[int(at[1]) - 1] if text else "")
        raise DescriptionError(message[: at.start()] if at else message, place or Place(name, text.count("\n") + 1)) from None
    except (ValueError, RecursionError):
        raise DescriptionError(f"{name}: a number or a key that is too long", hint="write long numbers as texts") from None
    return Source(name, text, document)


def _check_shape(name: str, text: str) -> None:
    """Brackets, dots of keys and digits are counted before the parser builds anything from them."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\\n]|\\.)*+"|\'[^\'\n]*+\'|#[^\n]*+|[\[\]{}]', text):
        depth = max(0, depth + {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0))
        if depth > _DEEPEST:
            line = text.count("\n", 0, match.start()) + 1
            raise DescriptionError(f"nested deeper than {_DEEPEST}", Place(name, line))
    if (long := re.search(r"(?<![\w.])(?:\w+[ \t]*\.[ \t]*){9}\w|(?<![\d_])[\d_]{2001}", text)) is not None:
        raise DescriptionError("a key or a number that is too long", Place(name, text.count("\n", 0, long.start()) + 1))


KEYS = {"loss", "reduction", "step", "momentum", "batches", "steps", "arithmetic", "data", "layers"}


def check_keys(source: Source, where: str, table: Mapping[str, Any], known: AbstractSet[str]) -> None:
    """Raises DescriptionError for a key that means nothing, and names the nearest."""
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"
            raise source.error(where, f"{key[:40]!r} is unknown", key, hint)


def run_of(source: Source, extra: AbstractSet[str] = frozenset()) -> Run:
    """The run of a document; `extra` are keys that another reader takes."""
    document = source.document
    check_keys(source, "run", document, KEYS | extra)
    layers = read_layers(source)
    x, y = read_data(source)
    samples = len(x)
    options: dict[str, Any] = {}
    for key, names in (("loss", LOSSES), ("reduction", REDUCTIONS)):
        if key in document:
            options[key] = _word(source, key, document[key], names)
    for key in ("step", "momentum"):
        if key in document:
            options[key] = number(source, key, document[key])
    if "steps" in document:
        options["steps"] = _count(source, "steps", document["steps"], 0, MOST_STEPS)
    if "batches" in document:
        options["batches"] = _batches(source, document["batches"], samples)
    if "arithmetic" in document:
        options["arithmetics"] = _texts(source, "arithmetic", document["arithmetic"])
    try:
        return Run(layers, x, y, **options)
    except DescriptionError as error:
        raise DescriptionError(f"{source.name}: {error.message}", hint=error.hint) from None


def read_layers(source: Source) -> tuple[Affine, ...]:
    """The [[layers]] of a document."""
    tables = source.document.get("layers")
    if type(tables) is not list or not tables or not all(type(table) is dict for table in tables):
        raise source.error("layers", "expected tables [[layers]] with weights, bias and activation", "layers")
    layers = []
    for index, table in enumerate(tables, 1):
        where = f"layer {index}"
        check_keys(source, where, table, {"weights", "bias", "activation"})
        weights = matrix(source, f"{where}: weights", table.get("weights"))
        bias: tuple[Fraction | None, ...] = (None,) * len(weights)
        if "bias" in table:
            bias = _row(source, f"{where}: bias", table["bias"])
            if len(bias) != len(weights):
                raise source.error(f"{where}: bias", f"expected {len(weights)} numbers, one a row of weights, found {len(bias)}")
        layers.append(Affine(weights, bias, _activation(source, where, table.get("activation"))))
    return tuple(layers)


def read_data(source: Source) -> tuple[tuple[Numbers, ...], tuple[Numbers, ...]]:
    """x and y of the table [data], a row a sample."""
    data = source.document.get("data")
    if type(data) is not dict:
        raise source.error("data", "expected a table [data] with x and y", "data")
    check_keys(source, "data", data, {"x", "y"})
    return matrix(source, "data.x", data.get("x")), matrix(source, "data.y", data.get("y"))


def _activation(source: Source, where: str, name: Any) -> str | None:
    if name is None:
        return None
    if type(name) is not str:
        raise source.error(where, f"expected the name of an activation, found {name!r:.40}")
    if name == "relu":
        return name
    try:
        canonical = activation(name).name
    except FpproofError as error:
        raise source.error(where, error.message, f'"{name}"', error.hint) from None
    return None if canonical == "identity" else canonical


def matrix(source: Source, where: str, value: Any) -> tuple[Numbers, ...]:
    """Rows of exact numbers, all of one length."""
    if type(value) is not list or not value:
        raise source.error(where, f"expected a list of rows of numbers, found {value!r:.40}")
    rows = tuple(_row(source, f"{where}[{index}]", row) for index, row in enumerate(value))
    if len({len(row) for row in rows}) > 1 or len(rows) * len(rows[0]) > LARGEST_COUNT:
        lengths = sorted({len(row) for row in rows})
        raise source.error(where, f"expected rows of one length, at most {LARGEST_COUNT} numbers, found {len(rows)} rows of {lengths[:5]}")
    return rows


def _row(source: Source, where: str, value: Any) -> Numbers:
    if type(value) is not list or not value:
        raise source.error(where, f"expected a list of numbers, found {value!r:.40}")
    return tuple(number(source, f"{where}[{index}]", entry) for index, entry in enumerate(value))


def number(source: Source, where: str, value: Any) -> Fraction:
    """An integer, a decimal (a text, as TOML's parser was told), or a text with an expression."""
    if type(value) is int:
        return Fraction(value)
    if type(value) is not str:
        raise source.error(where, f"expected a number, found {value!r:.40}", hint='write "1/3", 0.125 or 2')
    try:
        return parse_expression(value)
    except NumberError as error:
        raise source.error(where, error.message, value, error.hint) from None


def _count(source: Source, where: str, value: Any, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise source.error(where, f"expected a whole number from {low} to {high}, found {value!r:.40}", where)
    return value


def _word(source: Source, where: str, value: Any, known: Sequence[str]) -> str:
    if value not in known:
        raise source.error(where, f"{value!r:.40} is unknown", where, f"there are {', '.join(known)}")
    return str(value)


def _texts(source: Source, where: str, value: Any) -> tuple[str, ...]:
    values = [value] if type(value) is str else value
    if type(values) is not list or not values or not all(type(text) is str for text in values):
        raise source.error(where, f"expected a text or a list of texts, found {value!r:.40}", where)
    return tuple(values)


def _batches(source: Source, value: Any, samples: int) -> tuple[tuple[int, ...], ...]:
    if type(value) is int:
        return cut(samples, _count(source, "batches", value, 1, LARGEST_COUNT))
    return tuple(_list_of(source, "batches", batch, lambda s: _count(source, "batches", s, 0, samples - 1)) for batch in _list(source, value))


def _list(source: Source, value: Any) -> list[Any]:
    if type(value) is not list or not value:
        raise source.error("batches", f"expected a number of samples, or lists of samples, found {value!r:.40}", "batches")
    return value


def _list_of(source: Source, where: str, value: Any, read: Callable[[Any], T]) -> tuple[T, ...]:
    if type(value) is not list or not value:
        raise source.error(where, f"expected a list of samples, found {value!r:.40}", where)
    return tuple(read(entry) for entry in value)
