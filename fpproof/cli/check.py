"""`fpproof check`: decides theories, and accepts or rejects certificates; a file's content says which it is."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fpproof.cli import BAD_INPUT, HOLDS
from fpproof.cli.options import add_jobs, add_json, add_semantics, path_of
from fpproof.cli.rocq import add_rocq, prepare
from fpproof.cli.theories import add_formats, add_judging, check, print_json, seed_of, wish_of, worst
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.theory import Lemma

NAME = "check"
HELP = "decide theories, or check certificates: every claimed value, gradient and finiteness"

_OF_THEORIES = ("format", "by", "budget", "own", "mutate", "stored", "matrix")
_OF_CERTIFICATES = ("everywhere", "semantics")
"""Options for files of one kind."""

_NOTHING_FOUND = {"judge": None, "scope": None, "cases": 0, "seconds": 0.0, "counterexample": None}


def arguments(parser: argparse.ArgumentParser) -> None:
    help = "theory file, directory of theory files, FILE.py:LEMMA, NAME of a lemma in theories/, or certificate file"
    parser.add_argument("paths", metavar="PATH", nargs="+", help=help)
    theories = parser.add_argument_group("theories")
    add_formats(theories, "the lemma's own, else small ones and those whose inputs can be counted")
    add_judging(theories)
    theories.add_argument("--mutate", action="store_true", help="also decide small changes of each proved lemma, and list those that are proved too")
    theories.add_argument("--stored", action="store_true", help="decide nothing: print what is known or committed beside the theories")
    theories.add_argument("--matrix", action="store_true", help="print a table of lemmas by formats, in Markdown")
    certificates = parser.add_argument_group("certificates")
    certificates.add_argument("--everywhere", action="store_true", help="also check that value and gradient are 0 at every other finite x")
    add_rocq(parser)
    add_semantics(certificates, "the certificate's")  # type: ignore[arg-type]  # a group takes arguments as a parser does
    parser.add_argument("--seed", metavar="N", default="0", help="seed of samples (default: 0)")
    add_jobs(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print verdicts; 0 if all hold, 1 if something fails, 2 for a file that cannot be read, 3 if something is open."""
    from fpproof.cli.certificates import check_certificates

    _check_options(options)
    prepare(options)
    theories, certificates = _sorted(options.paths)
    if all(Path(path).exists() for path in certificates):  # else that is said
        _check_meant(options, bool(theories), bool(certificates))
    objects: list[dict[str, Any]] = []
    codes = []
    if certificates:
        code, found = check_certificates(certificates, options)
        codes.append(code)
        objects += found
    if theories:
        files, malformed = _read(theories)
        if not malformed and not any(lemmas for _, lemmas in files):
            raise FpproofError(f"{', '.join(map(str, theories))}: there are no lemmas")
        codes.append(BAD_INPUT if malformed else HOLDS)
        code, found = check(files, options)
        codes.append(code)
        objects += [*malformed, *found]
    if options.json:
        print_json(objects)
    return worst(codes)


def _check_options(options: argparse.Namespace) -> None:
    """What is wrong with an option is said, whatever the files are."""
    seed_of(options)
    if options.format is not None or options.by is not None or options.budget is not None:
        wish_of(options)
    if options.semantics is not None:
        from fpproof.networks import parse_semantics

        parse_semantics(options.semantics)


def _check_meant(options: argparse.Namespace, theories: bool, certificates: bool) -> None:
    """An option that would do nothing is an error: whoever gave it would read the answer as one to another question."""
    for needed, names, files in ((theories, _OF_THEORIES, "theories"), (certificates, _OF_CERTIFICATES, "certificates")):
        for name in names if not needed else ():
            if getattr(options, name) not in (None, False):
                raise FpproofError(f"--{name} is for {files}, and there are none in {', '.join(options.paths)}", hint="leave it out")


def _sorted(paths: Sequence[str]) -> tuple[dict[Path, set[str] | None], list[str]]:
    """Theory files, those of directories too, each with the lemmas that are asked for (None: all of them), and certificates."""
    from fpproof.runs.files import find_lemma, is_theory, theories_below

    theories: dict[Path, set[str] | None] = {}
    certificates: list[str] = []
    for text in dict.fromkeys(paths):
        path = path_of(text)
        if path.is_dir():
            theories |= dict.fromkeys(theories_below(path))
        elif path.is_file() and (is_theory(path) or (path.suffix == ".py" and not _is_json(path))):
            theories[path] = None
        elif _names_a_lemma(text):
            file, lemma = find_lemma(text)
            names = theories.setdefault(file, set())
            if names is not None:
                names.add(lemma.name)
        else:
            certificates.append(text)
    return theories, certificates


def _names_a_lemma(text: str) -> bool:
    """Whether it is no file, and reads as FILE.py:LEMMA, or as a name where there is a theories/ to look in."""
    from fpproof.runs.files import DEFAULT

    file, colon, name = text.rpartition(":")
    return not Path(text).exists() and name.isidentifier() and (Path(file).is_file() if colon else DEFAULT.is_dir())


def _is_json(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(1000).lstrip().startswith(b"{")


def _read(paths: "Mapping[Path, set[str] | None]") -> "tuple[list[tuple[Path, Sequence[Lemma]]], list[dict[str, Any]]]":
    """The lemmas asked for of theory files; of files that are none, what is wrong with them, which is said on stderr."""
    from fpproof.cli.main import complain
    from fpproof.runs.files import theory_of

    files: list[tuple[Path, Sequence[Lemma]]] = []
    malformed: list[dict[str, Any]] = []
    for path, names in paths.items():
        try:
            files.append((path, [lemma for lemma in theory_of(path).lemmas if names is None or lemma.name in names]))
        except (FpproofError, OSError) as error:
            complain(error)
            malformed.append({"lemma": None, "file": str(path), "format": None, "verdict": "malformed", "reason": str(error), **_NOTHING_FOUND})
    return files, malformed
