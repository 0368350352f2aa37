"""Theory files on disk: which files are theories, what they are called, where a lemma stands."""

import os
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from fpproof.errors import FpproofError, TheoryError
from fpproof.runs.digest import read_or_remember
from fpproof.theory import Lemma, Theory
from fpproof.theory.reading import ROOT_NAME
from fpproof.theory.source import LARGEST_FILE, resolved

DEFAULT = Path(ROOT_NAME)
"""Where lemmas are looked for by name."""

MOST_FILES = 10_000
_LONG_TEXT = re.compile(rb"""\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}""", re.DOTALL)
"""A theory that is quoted, in a test say, is none of the file's own."""
_IMPORTS_LANGUAGE = re.compile(rb"^(?:\xef\xbb\xbf)?[ \t]*from[ \t]+fpproof\.lang[ \t]+import\b", re.MULTILINE)


def is_theory(path: Path) -> bool:
    """Whether a file imports the language."""
    with path.open("rb") as file:
        return _IMPORTS_LANGUAGE.search(_LONG_TEXT.sub(b"", file.read(LARGEST_FILE + 1))) is not None


def theories_in(directory: Path) -> list[Path]:
    """The theory files under a directory, in the order of their names; what is hidden is left out.

    What has the suffix of Python and cannot be read counts, so that its error is shown.
    """
    found: list[Path] = []
    for parent, directories, files in os.walk(directory):
        directories[:] = sorted(name for name in directories if not name.startswith((".", "__")))
        paths = [Path(parent, name) for name in sorted(files) if name.endswith(".py") and not name.startswith(".")]
        found += [path for path in paths if (path.is_file() or not path.exists()) and _may_be_theory(path)]  # a pipe would be waited for
        if len(found) > MOST_FILES:
            raise TheoryError(f"{directory} has more than {MOST_FILES} theory files")
    return found


def _may_be_theory(path: Path) -> bool:
    try:
        return is_theory(path)
    except OSError:
        return True


def theories_below(directory: Path) -> list[Path]:
    """The same; raises TheoryError if there are none."""
    if found := theories_in(directory):
        return found
    raise TheoryError(f"{directory}: there are no theory files", hint="a theory file imports names from fpproof.lang")


def root_of(path: Path) -> Path:
    """The root of the tree that a theory file is of: the nearest directory `theories` above it, or its own directory."""
    return _root_of(path.absolute())


@lru_cache(maxsize=4096)
def _root_of(path: Path) -> Path:
    directory = resolved(path).parent
    return next((parent for parent in (directory, *directory.parents) if parent.name == ROOT_NAME), directory)


def name_of(path: Path) -> str:
    """The file's name from the root of its tree, as the ledger knows it: the same on every machine."""
    return _name_of(path.absolute())


@lru_cache(maxsize=4096)
def _name_of(path: Path) -> str:
    root = _root_of(path)
    inside = resolved(path).relative_to(root).as_posix()
    return f"{ROOT_NAME}/{inside}" if root.name == ROOT_NAME else inside


Stamp = tuple[tuple[str, int, int], ...]

_read: dict[tuple[str, str], tuple[Theory, Stamp]] = {}
"""By the path as it is shown, and where it leads from here."""


def theory_of(path: Path) -> Theory:
    """The theory of a file, read again only when it has changed, or a file that it imports or speaks of; in a new run from its digest."""
    key = str(path), os.path.abspath(path)
    known = _read.get(key)
    if known is None or _stamp(known[0].files) != known[1]:
        theory = read_or_remember(path)
        known = _read[key] = theory, _stamp(theory.files)
    return known[0]


def _stamp(files: Iterable[Path]) -> Stamp:
    """When files were changed, and how long they are; one that is gone has changed."""
    found = []
    for file in files:
        try:
            status = file.stat()
        except OSError:
            found.append((str(file), -1, -1))
        else:
            found.append((str(file), status.st_mtime_ns, status.st_size))
    return tuple(found)


def find_lemma(name: str, known: Sequence[Path] = ()) -> tuple[Path, Lemma]:
    """The lemma that FILE:NAME or a name alone says; raises TheoryError.

    A name alone is looked for in theories/, then, if there is none, in the files `known` (those that the ledger has verdicts of): the same
    lemma in another checkout does not make the one that is here ambiguous.
    """
    file, colon, lemma = name.rpartition(":")
    if colon:
        places = [Path(file)]
        if not places[0].is_file():
            raise TheoryError(f"there is no theory file {file[:200]}")
    else:
        places = theories_in(DEFAULT) if DEFAULT.is_dir() else []
    found, unreadable = _lemmas_named(lemma, places)
    if not found and not colon:
        elsewhere = [path for path in known if path.is_file() and resolved(path) not in {resolved(p) for p in places}]
        found, more = _lemmas_named(lemma, elsewhere)
        places, unreadable = [*places, *elsewhere], [*unreadable, *more]
    if not found and unreadable:
        raise unreadable[0]
    if len(found) == 1:
        return found[0]
    if found:
        raise TheoryError(f"{len(found)} lemmas are called {lemma}", hint=f"say {' or '.join(f'{path}:{lemma}' for path, _ in found[:4])}")
    raise TheoryError(f"there is no lemma {lemma[:60]!r} in {_shown(places)}", hint=_near(lemma, places))


def _lemmas_named(name: str, places: Sequence[Path]) -> tuple[list[tuple[Path, Lemma]], list[FpproofError | OSError]]:
    """The lemmas of a name, and what is wrong with files that cannot be read: one such file does not hide the others' lemmas."""
    found, unreadable = list[tuple[Path, Lemma]](), list[FpproofError | OSError]()
    for path in places:
        try:
            found += [(path, lemma) for lemma in theory_of(path).lemmas if lemma.name == name]
        except (FpproofError, OSError) as error:
            unreadable.append(error)
    return found, unreadable


def _near(name: str, places: Sequence[Path]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, [lemma.name for path in places for lemma in theory_of(path).lemmas], 1)
    return f"did you mean {near[0]}?" if near else "a lemma of any file is named FILE:NAME"


def _shown(places: Sequence[Path]) -> str:
    return f"{DEFAULT}/" if not places or len(places) > 1 else str(places[0])
