"""Theory files as text: read with bounds, parsed with `ast`, never executed; places for messages."""

import ast
import os
import re
import warnings
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, chain, pairwise
from pathlib import Path

from fpproof.errors import Place, TheoryError
from fpproof.paths import read_at_most

LARGEST_FILE = 1 << 18
MOST_NODES = 50_000
"""Of the syntax tree."""
LONGEST_LINE = 1000
LONGEST_NUMBER = 400
"""Characters of a number."""
DEEPEST_BRACKETS = 50
DEEPEST_TREE = 150
"""Levels of the syntax tree; a sum of n terms has n."""

_PIECE = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>[A-Za-z]{0,2}(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<open>[(\[{])|(?P<close>[)\]}])
    |(?P<number>\d[\w.]*)
    |(?P<word>\w+)
    |(?P<strange>[^\x00-\x7f])""",
    re.VERBOSE | re.DOTALL,
)
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e0fff]"
)
"""Characters that do not show, or that turn the order of others around."""


@dataclass(frozen=True)
class Source:
    """The text of a theory file; `name` is how messages call it."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def _places(self) -> dict[tuple[int, int], Place]:
        """Those that were asked for, by line and bytes before: what is written out in a range is asked for again and again."""
        return {}

    def at(self, offset: int) -> Place:
        """The place of a character."""
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        return Place(self.name, self.text.count("\n", 0, offset) + 1, offset - start + 1, self.text[start : end if end >= 0 else None])

    def of(self, node: ast.AST) -> Place:
        """The place where a node begins; `ast` counts columns in bytes."""
        line, bytes_before = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        place = self._places.get((line, bytes_before))
        if place is None:
            source = self._line(line)
            before = source.encode()[:bytes_before].decode(errors="ignore")
            place = self._places[line, bytes_before] = Place(self.name, line, len(before) + 1, source)
        return place

    def segment(self, node: ast.expr) -> str:
        """The text of a node that stands on one line."""
        return self._line(node.lineno).encode()[node.col_offset : node.end_col_offset].decode(errors="ignore")

    def _line(self, number: int) -> str:
        lines = self.lines
        return lines[number - 1] if number <= len(lines) else ""


def read_source(path: Path, name: str | None = None) -> Source:
    """The text of a file; raises TheoryError if it is too long or not UTF-8, OSError if it cannot be read."""
    shown = str(path) if name is None else name
    return decode(read_at_most(path, LARGEST_FILE + 1), shown)


def resolved(path: Path) -> Path:
    """A path with its links followed. Of links in a circle, and of names that are too long, what is no file."""
    return Path(os.path.realpath(path))


def decode(data: bytes, name: str) -> Source:
    """Bytes as a source, with bounds checked and lines ended by newlines."""
    if len(data) > LARGEST_FILE:
        starts = accumulate(len(line) + 1 for line in data[: LARGEST_FILE + 1].split(b"\n"))
        long = next((start for start, end in pairwise(chain([0], starts)) if end - 1 - start > LONGEST_LINE), None)
        if long is not None:
            raise TheoryError(f"a line of more than {LONGEST_LINE} characters", _at_byte(data, long + LONGEST_LINE - 1, name))
        raise TheoryError(f"a theory file has at most {LARGEST_FILE} bytes", _at_byte(data, LARGEST_FILE, name), "files import each other")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TheoryError(f"the file is not UTF-8: byte 0x{data[error.start]:02x}", _at_byte(data, error.start, name)) from None
    return Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))


def _at_byte(data: bytes, offset: int, name: str) -> Place:
    """The place of a byte of what may be no text."""
    start = data.rfind(b"\n", 0, offset) + 1
    line = data[start : offset + LONGEST_LINE].partition(b"\n")[0]
    column = len(data[start:offset].decode(errors="replace")) + 1
    return Place(name, data.count(b"\n", 0, offset) + 1, column, line.decode(errors="replace"))


@lru_cache(maxsize=64)
def parse(source: Source) -> tuple[ast.Module, int]:
    """The syntax tree, of bounded depth, and the number of its nodes; raises TheoryError with the place.

    A file that many import is parsed once; nobody changes a tree.
    """
    _check_text(source)
    try:
        with warnings.catch_warnings():  # of odd escapes and spaces, which mean what they say
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
    except SyntaxError as error:
        line = min(error.lineno or 1, len(source.lines))
        place = Place(source.name, line, error.offset or 1, source.lines[line - 1])
        raise TheoryError(f"no Python syntax: {error.msg}", place) from None
    except (RecursionError, MemoryError, ValueError):
        raise TheoryError("the file is nested too deeply", Place(source.name, 1)) from None
    return tree, _size(source, tree)


def _check_text(source: Source) -> None:
    for number, line in enumerate(source.lines, 1):
        if len(line) > LONGEST_LINE:
            raise TheoryError(f"a line of {len(line)} characters, at most {LONGEST_LINE} are read", Place(source.name, number, LONGEST_LINE, line))
    if hidden := _HIDDEN.search(source.text):
        raise TheoryError(f"the character U+{ord(hidden[0]):04X}, which does not show", source.at(hidden.start()))
    depth = 0
    for piece in _PIECE.finditer(source.text):
        kind, text = piece.lastgroup, piece[0]
        if kind == "open":
            depth += 1
            if depth > DEEPEST_BRACKETS:
                raise TheoryError(f"more than {DEEPEST_BRACKETS} brackets in each other", source.at(piece.start()))
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "number" and len(text) > LONGEST_NUMBER:
            raise TheoryError(f"a number of {len(text)} characters, at most {LONGEST_NUMBER} are read", source.at(piece.start()))
        elif kind in ("word", "number", "strange") and not text.isascii():
            first = next(i for i, c in enumerate(text) if not c.isascii())
            found = f"{text[first]!r} (U+{ord(text[first]):04X})"
            raise TheoryError(f"names and signs are ASCII, found {found}", source.at(piece.start() + first))


def _size(source: Source, tree: ast.Module) -> int:
    """The number of nodes; raises TheoryError for a tree that is too deep."""
    size = 0
    stack: list[tuple[ast.AST, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        size += 1
        if size > MOST_NODES:
            raise TheoryError(f"a file of more than {MOST_NODES} words and signs", source.of(node), "files import each other")
        if depth > DEEPEST_TREE and hasattr(node, "lineno"):
            raise TheoryError(f"an expression of more than {DEEPEST_TREE} levels", source.of(node), "give parts of it names")
        stack.extend((child, depth + 1) for child in reversed(list(ast.iter_child_nodes(node))))
    return size
