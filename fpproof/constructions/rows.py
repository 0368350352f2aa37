"""Lines, fields and numbers of the CSV tables that fpproof reads; every refusal names line and column."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from fpproof.errors import FormatError, NumberError, Place, TableError
from fpproof.formats import Datum, Format
from fpproof.formats.text import both, read_float

LARGEST_FILE = 64 * 2**20
LONGEST_LINE = 2**20
FINITE_ONLY = "finite numbers only: no network is asked for infinities or NaN"


def read_bytes(path: Path) -> bytes:
    """The file, unless it is too large; OSError if it cannot be read."""
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise TableError(f"{path}: a table of more than {LARGEST_FILE >> 20} MiB is not read")
    return data


def lines(data: bytes, name: str) -> Iterator[Place]:
    """The lines that are not empty, as places whose `source` is the line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TableError("expected UTF-8 text, found other bytes", Place(name, line)) from None
    for number, line_text in enumerate(text.split("\n"), 1):
        if len(line_text) > LONGEST_LINE:
            raise TableError(f"a line of {len(line_text)} characters, at most {LONGEST_LINE} are read", Place(name, number))
        if line_text.strip():
            yield Place(name, number, None, line_text.rstrip("\r"))


def is_comment(line: Place) -> bool:
    return (line.source or "").lstrip().startswith("#")


def fields(line: Place) -> Iterator[tuple[str, Place]]:
    """The texts between the commas of a line, without white space and the quotes around them, each with its place."""
    column = 1
    for piece in (line.source or "").split(","):
        text, place = piece.strip(), replace(line, column=column + len(piece) - len(piece.lstrip()))
        if '"' in text:
            if len(text) < 2 or text[0] != '"' or text[-1] != '"' or '"' in text[1:-1]:
                raise TableError(f"a quote that is not closed, or stands inside of a field: {text[:60]!r}", place, "no field holds commas or quotes")
            text = text[1:-1].strip()
        yield text, place
        column += len(piece) + 1


def number(F: Format, column: str, text: str, place: Place, rounding: bool) -> Datum:
    """The finite float of a field."""
    try:
        x = read_float(F, text, rounding)
    except (NumberError, FormatError) as error:
        raise TableError(f"{column}: {error.message}", place, error.hint) from None
    if x[1] is None:
        raise TableError(f"{column} is {both(F, x)}", place, FINITE_ONLY)
    return x
