"""pytest shows each lemma of a theory file in each format as a test: `pytest theories/`.

A Python file is a theory if it imports names from fpproof.lang and lies under a directory `theories`, or is named on the command line. It is read,
never imported. A test passes if the verdict is what the lemma states: proved, or refuted for a control.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fpproof.runs.check import Run
    from fpproof.runs.task import Task

_ROOT = "theories"
_MOST_READ = 1 << 18
"""Bytes; a longer file is no theory."""
_RUN = pytest.StashKey["Run"]()


class Undecided(Exception):
    """A verdict that is not what the lemma states; its text says all there is to say."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("fpproof")
    group.addoption("--fpproof-format", metavar="F,...", help="formats of the lemmas of theory files (default: as of fpproof check)")
    group.addoption("--fpproof-by", metavar="JUDGES", help="judges to ask (default: the plan's choice)")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Generator[None, Any, Any]:
    """A theory file in place of whatever else would collect it: as a module, it would be run."""
    found = yield
    if file_path.suffix == ".py" and (_ROOT in file_path.parts or parent.session.isinitpath(file_path)) and _is_theory(file_path):
        return [TheoryFile.from_parent(parent, path=file_path)]
    return found


def _is_theory(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            if b"fpproof.lang" not in file.read(_MOST_READ):
                return False
    except OSError:
        return False
    from fpproof.runs.files import is_theory

    return is_theory(path)


class TheoryFile(pytest.File):
    """A theory file: its items are lemmas in formats."""

    def collect(self) -> "Iterator[LemmaItem]":
        from fpproof.errors import FpproofError
        from fpproof.runs.files import theory_of

        try:
            lemmas = theory_of(self.path).lemmas
            for lemma in lemmas:
                for task in _run(self.config).tasks(self.path, lemma):
                    yield LemmaItem.from_parent(self, name=f"{lemma.name}[{task.format}]", task=task)
        except FpproofError as error:
            raise self.CollectError("\n".join([str(error), *(error.place.pointed() if error.place is not None else ())])) from None


class LemmaItem(pytest.Item):
    """One lemma in one format."""

    def __init__(self, task: "Task", **arguments: Any) -> None:
        super().__init__(**arguments)
        self.task = task

    def runtest(self) -> None:
        from fpproof.judges.verdict import Outcome
        from fpproof.report import detail
        from fpproof.report.lines import note
        from fpproof.runs.task import Standing

        (result,) = _run(self.config).results([self.task])
        if result.error is not None:
            raise Undecided(str(result.error))
        if result.outcome is Outcome.INAPPLICABLE:
            pytest.skip(result.reason)
        if result.standing is not Standing.HOLDS:
            notes = f" ({note(result)})" if note(result) else ""
            raise Undecided("\n".join([f"{result.task.lemma} in {result.task.format}: {result.outcome}{notes}", *detail(result)]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict, not the way to it."""
        return str(excinfo.value) if isinstance(excinfo.value, Undecided) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        from fpproof.runs.task import lemma_of

        return self.path, lemma_of(self.task).place.line - 1, self.name


def _run(config: pytest.Config) -> "Run":
    """The run that all items share, with an open ledger."""
    if _RUN not in config.stash:
        from fpproof.formats import split_list
        from fpproof.ledger import Ledger
        from fpproof.runs.check import Run, Wish
        from fpproof.runs.task import names_in

        formats = tuple(split_list(config.getoption("--fpproof-format") or ""))
        for text in formats:
            names_in(text)
        by = tuple(name.strip() for name in (config.getoption("--fpproof-by") or "").split(",") if name.strip())
        ledger = Ledger()
        config.add_cleanup(ledger.close)
        config.stash[_RUN] = Run(ledger, Wish(formats, by))
    return config.stash[_RUN]
