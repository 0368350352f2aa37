"""The one family of errors that a user can cause.

Each names the object, what was expected, what was found and, where there is one, the place in a file and what
to try. The command prints the text and exits with 2; a traceback means a bug in fpproof.
"""

from dataclasses import dataclass

_LONGEST_SOURCE = 120


def printable(text: str) -> str:
    """The text in one line, without the control characters that a stranger's file may hold."""
    return "".join(character if character.isprintable() else " " if character.isspace() else "?" for character in text)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands; lines and columns count from 1, `source` is the line's text."""

    file: str
    line: int
    column: int | None = None
    source: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + ("" if self.column is None else f":{self.column}")

    def pointed(self) -> tuple[str, ...]:
        """The part of the line around the column, and a line with a caret under it; nothing where they are not known."""
        if self.source is None or self.column is None:
            return ()
        start = max(0, self.column - 1 - _LONGEST_SOURCE // 2) if len(self.source) > _LONGEST_SOURCE else 0
        return f"    {printable(self.source[start : start + _LONGEST_SOURCE])}", " " * (4 + self.column - 1 - start) + "^"


class FpproofError(ValueError):
    """A wrong input, said in one sentence, with its place and a hint where there are any."""

    def __init__(self, message: str, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(message, place, hint)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        text = self.message if self.place is None else f"{self.place}: {self.message}"
        return text if self.hint is None else f"{text}; {self.hint}"


class FormatError(FpproofError):
    """A format that cannot be, or a name that is none."""


class NumberError(FpproofError):
    """A text that is no number, or a number that is no float of the format."""


class NetworkError(FpproofError):
    """Layers that do not fit together, or weights that are no floats of the format."""


class TableError(FpproofError):
    """A table of points that cannot be read, or that no network represents."""


class ConstructionError(FpproofError):
    """A construction that does not work in the format or for the point; the text says where."""


class CertificateError(FpproofError):
    """A file that is no certificate."""


class TheoryError(FpproofError):
    """A theory file that cannot be read, or a statement that means nothing in a format."""
