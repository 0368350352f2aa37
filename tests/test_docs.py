"""The README and the pages of docs/ say what happens: their blocks are run, and what they print is compared.

`python` blocks are doctests if they have a >>>, else they are executed. `console` blocks are commands, each a line
that begins with "$ " (a backslash continues it), with the output under it, errors too. What varies is written
as "..." (doctest.ELLIPSIS). A page's blocks run in order, in one temporary directory with the examples, the README's
with the theories too, and one namespace. `sh` blocks are for what a test should not do, and may do only that: install
and run make or git.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DATA = ("csv", "json", "text", "toml")
"""Languages of blocks that are not for running."""
NOT_RUN = re.compile(r"make|git|cd|pip install|apt(-get)? install|python3 -m venv|\.venv/bin/(python -m )?pip install|#")

_FENCED = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


class Block(NamedTuple):
    language: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    return [Block(match[1], match[2], page.count("\n", 0, match.start()) + 1) for match in _FENCED.finditer(page)]


def differences(name: str, block: Block, directory: Path, namespace: dict[str, object]) -> Iterator[str]:
    """Run the block, and say where it does other than the page says."""
    if block.language == "console":
        yield from console_differences(block.text, directory)
    elif ">>>" in block.text:
        test = doctest.DocTestParser().get_doctest(block.text, namespace, name, name, block.line)
        report: list[str] = []
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(test, out=report.append, clear_globs=False)
        namespace.update(test.globs)
        yield from report
    else:
        exec(compile("\n" * block.line + block.text, name, "exec"), namespace)


def console_differences(text: str, directory: Path) -> Iterator[str]:
    commands = list(_COMMAND.finditer(text))
    if "".join(match[0] for match in commands) != text:
        yield f"lines before the first command:\n{text}"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for match in commands:
        result = subprocess.run(
            ["bash", "-c", match[1]],
            cwd=directory,
            env=os.environ | {"PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if not agrees(match[2], result.stdout):
            yield f"$ {match[1]}\nexpected:\n{match[2]}got:\n{result.stdout}"


def agrees(expected: str, found: str) -> bool:
    """Whether the output is as expected; "..." stands for anything, an empty line at the end for nothing."""
    return doctest.OutputChecker().check_output(expected.rstrip("\n") + "\n", found.rstrip("\n") + "\n", doctest.ELLIPSIS)


def to_run(page: Path) -> list[Block]:
    return [block for block in blocks(page.read_text()) if block.language in ("console", "python")]


@pytest.mark.parametrize("page", [page for page in PAGES if to_run(page)], ids=lambda path: path.name)
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    if page.name == "README.md":
        shutil.copytree(ROOT / "theories", tmp_path / "theories")
    monkeypatch.setenv("FPPROOF_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    assert [(f"{page.name}:{block.line}", d) for block in to_run(page) for d in differences(page.name, block, tmp_path, namespace)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_block_escapes_the_tests(page: Path) -> None:
    text = page.read_text()
    assert {block.language for block in blocks(text)} <= {"console", "python", "sh", *DATA}
    assert len(re.findall(r"^\s*(```|~~~)", text, re.MULTILINE)) == 2 * len(blocks(text))  # a fence that is indented would be overlooked
    lines = [line for block in blocks(text) if block.language == "sh" for line in block.text.splitlines()]
    assert [line for line in lines if line and not NOT_RUN.match(line)] == []


PAGE = """
```python
x = 1
```
```python
>>> x + 1
2
>>> print("a b c")
a ... c
```
```console
$ echo one && \\
  echo two
one
two
$ ls missing
ls: ...missing...
$ ls examples; exit 3
```
"""


def page_differences(page: str, directory: Path) -> list[str]:
    namespace: dict[str, object] = {}
    (directory / "examples").mkdir()
    return [difference for block in blocks(page) for difference in differences("page", block, directory, namespace)]


def test_a_true_page_passes(tmp_path: Path) -> None:
    assert [block.line for block in blocks(PAGE)] == [2, 5, 11]
    assert page_differences(PAGE, tmp_path) == []


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("\n2\n", "\n3\n"),
        ("a ... c", "a ... d"),
        ("\ntwo\n", "\nthree\n"),
        ("\ntwo\n", "\n"),
        ("\ntwo\n", "\ntwo\ntwo\n"),
        ("ls: ...missing...", "ls: ...present..."),
        ("exit 3\n", "exit 3\nlost\n"),
        ("$ echo one", "echo one"),
        ("echo one && ", "exit 1; "),
    ],
)
def test_a_false_page_fails(true: str, false: str, tmp_path: Path) -> None:
    assert PAGE.count(true) == 1
    assert len(page_differences(PAGE.replace(true, false), tmp_path)) == 1


def test_a_block_that_raises_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        page_differences(PAGE.replace("x = 1", "x = 1 / 0"), tmp_path)
