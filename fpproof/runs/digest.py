"""Theory files as earlier runs read them: everything but the terms, kept in the cache directory until a byte changes of what was read.

A run that finds its verdicts in the ledger needs names, hashes and plans, and no terms; the terms of a lemma are read when somebody asks for them,
and must say then what the digest says.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from fpproof.errors import FpproofError, Place, TheoryError
from fpproof.formats import Format, parse_format
from fpproof.formats.atlas import format_text
from fpproof.judges.plan import LARGE, MEDIUM, SMALL
from fpproof.ledger import Subject
from fpproof.ledger.record import canonical
from fpproof.paths import cache_directory, write_atomically
from fpproof.theory import AMBIENT, Domain, Lemma, Parameter, Theory, applies, formats_of, read_theory
from fpproof.theory.source import resolved
from fpproof.theory.statement import Outline, Statement, Use

LARGEST_DIGEST = 1 << 24
_RECENT = 2 * 10**9
"""Nanoseconds: a file that was changed just before it was read, or since, may have been read as it was before."""
PACKAGE = Path(__file__).parents[1]


@cache
def code_stamp() -> str:
    """A hash of when each file of this package was changed and how long it is: with other code, files may say something else."""
    changed = ((str(path.relative_to(PACKAGE)), path.stat()) for path in sorted(PACKAGE.rglob("*.py")))
    return _hash(canonical([sys.version, [[name, status.st_mtime_ns, status.st_size] for name, status in changed]]).encode())


_known_subjects: WeakKeyDictionary[Lemma, Mapping[str, str]] = WeakKeyDictionary()


def known_subjects(lemma: Lemma) -> Mapping[str, str]:
    """By the text of formats, the key of a lemma's subject in them, "" where it does not speak of them: of what its digest knows."""
    return _known_subjects.get(lemma, {})


def read_or_remember(path: Path) -> Theory:
    """The theory of a file, as it was read before or read now; raises what `read_theory` does."""
    known = _remembered(path)
    if known is not None:
        return known
    begun = time.time_ns()
    theory = read_theory(path)
    if all(_changed(file) < begun - _RECENT for file in theory.files):
        _keep(path, theory)
    return theory


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _remembered(path: Path) -> Theory | None:
    """The theory of a file as it was read before, if nothing that was read for it has changed since."""
    try:
        with _place(path).open("rb") as file:
            data = file.read(LARGEST_DIGEST)
    except (OSError, FpproofError):
        return None
    digest, _, text = data.partition(b"\n")
    if digest.decode("ascii", "replace") != _hash(text):
        return None
    fields = json.loads(text)
    if fields["code"] != code_stamp() or any(_content(Path(file)) != content for file, content in fields["files"]):
        return None
    return _Digest(path, fields).theory


def _keep(path: Path, theory: Theory) -> None:
    """Keep what a file says; where nothing can be kept, the next run reads it again."""
    files = [(str(file), _content(file)) for file in theory.files]
    lemmas = list(_with_used(theory.lemmas))
    texts = _texts(lemmas)
    fields = {
        "code": code_stamp(),
        "files": files,
        "theory": [theory.file, theory.text, theory.source],
        "own": [lemmas.index(lemma) for lemma in theory.lemmas],
        "lemmas": [_lemma_fields(lemma, lemmas, texts[lemma]) for lemma in lemmas],
    }
    text = canonical(fields).encode()
    try:
        place = _place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(place, _hash(text).encode() + b"\n" + text)
    except (OSError, FpproofError):
        return


def _place(path: Path) -> Path:
    """One file for each theory file, and for each name that messages call it by."""
    names = canonical([str(path), str(resolved(path))])
    return cache_directory() / "theories" / f"{_hash(names.encode())[:32]}.json"


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _content(path: Path) -> str:
    """The hash of a file; one that is not there has none."""
    try:
        status = path.stat()
        return _hash_of(path, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
    except OSError:
        return ""


@cache
def _hash_of(path: Path, *stamp: int) -> str:
    """The hash of what a file holds, read once while its stamp stays."""
    return _hash(path.read_bytes())


def _with_used(lemmas: Iterable[Lemma]) -> Iterable[Lemma]:
    """Lemmas, each once, and before each those that it rests on."""
    found: dict[Lemma, None] = {}

    def visit(lemma: Lemma) -> None:
        if lemma not in found:
            for use in lemma.uses:
                visit(use.lemma)
            found[lemma] = None

    for lemma in lemmas:
        visit(lemma)
    return found


def _texts(lemmas: list[Lemma]) -> dict[Lemma, dict[str, None]]:
    """The texts of formats in which each lemma is usually decided: its own, or the usual ones, and those of lemmas that rest on it."""
    found: dict[Lemma, dict[str, None]] = {lemma: {} for lemma in lemmas}
    for lemma in reversed(lemmas):
        usual = (*SMALL, *MEDIUM, *LARGE) if lemma.format_parameters == (AMBIENT,) else ()
        found[lemma] |= dict.fromkeys(lemma.formats or usual)
        for use in lemma.uses:
            found[use.lemma] |= found[lemma]
    return found


def _lemma_fields(lemma: Lemma, lemmas: list[Lemma], texts: Iterable[str]) -> dict[str, Any]:
    return {
        "name": lemma.name,
        "place": asdict(lemma.place),
        "text": lemma.text,
        "source": lemma.source,
        "parameters": [asdict(parameter) for parameter in lemma.parameters],
        "uses": [[lemmas.index(use.lemma), {name: _format_fields(F) for name, F in use.formats.items()}] for use in lemma.uses],
        "expect": lemma.expect,
        "formats": lemma.formats,
        "plan": dict(lemma.plan),
        "rocq": lemma.rocq,
        "known": asdict(lemma.outline),
        "subjects": _subjects(lemma, texts),
    }


def _subjects(lemma: Lemma, texts: Iterable[str]) -> dict[str, str]:
    """For each text of formats the key of the lemma's subject, "" where a requirement is not met."""
    found = {}
    for text in texts:
        try:
            formats = formats_of(lemma, text)
            found[text] = Subject.of(lemma, formats, "", text).key if applies(lemma, formats) else ""
        except FpproofError:  # said by the run that asks for these formats
            continue
    return found


def _format_fields(F: str | Format) -> list[str]:
    """The name of a format's parameter, or a format."""
    return ["parameter", F] if isinstance(F, str) else ["format", format_text(F)]


class _Digest:
    """The theory that fields say; the file itself is read when a statement is needed."""

    def __init__(self, path: Path, fields: Mapping[str, Any]) -> None:
        self.path = path
        self.lemmas: list[Lemma] = []
        for said in fields["lemmas"]:
            self.lemmas.append(self._lemma(len(self.lemmas), said))
        name, text, source = fields["theory"]
        own = tuple(self.lemmas[number] for number in fields["own"])
        self.theory = Theory(name, text, source, own, tuple(Path(file) for file, _ in fields["files"]))

    def _lemma(self, number: int, said: Mapping[str, Any]) -> Lemma:
        parameters = (Parameter(**{**p, "domain": Domain(p["domain"]), "lengths": tuple(p["lengths"])}) for p in said["parameters"])
        uses = (Use(self.lemmas[used], {name: _format_of(*F) for name, F in formats.items()}) for used, formats in said["uses"])
        kept = {name: said[name] for name in ("name", "text", "source", "expect", "plan", "rocq")}
        lemma = Lemma(
            **kept,
            place=Place(**said["place"]),
            parameters=tuple(parameters),
            uses=tuple(uses),
            stated=self._statement(number),
            formats=tuple(said["formats"]),
            known=Outline(**said["known"]),
        )
        _known_subjects[lemma] = said["subjects"]
        return lemma

    def _statement(self, number: int) -> Callable[[], Statement]:
        """Reads the statement of a lemma, of which it must still be the one that the digest knows."""

        def read() -> Statement:
            lemma = self.lemmas[number]
            found = next((other for other in self._read if (other.place, other.name) == (lemma.place, lemma.name)), None)
            if found is None or found.outline != lemma.known:
                raise TheoryError(f"{self.path}: it was changed while it was being read", hint="start again")
            return found.statement

        return read

    @cached_property
    def _read(self) -> Iterable[Lemma]:
        return _with_used(read_theory(self.path).lemmas)


def _format_of(kind: str, text: str) -> str | Format:
    return text if kind == "parameter" else parse_format(text)
