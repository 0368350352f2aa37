"""The command's front: choosing a command, exit codes, and one plain line for everything that can go wrong."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType

import pytest

from fpproof import __version__
from fpproof.cli import BAD_INPUT, FAILS, HOLDS, OPEN
from fpproof.cli.main import BROKEN_PIPE, BUG, COMMANDS, INTERRUPTED, main
from fpproof.errors import FpproofError, Place

Run = Callable[[argparse.Namespace], int]
Install = Callable[[Run], None]


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Adds a command `probe [--x NUMBER ...] [--trace]` that does what the test says."""

    def install(run: Run) -> None:
        module = ModuleType("fpproof.cli.probe")

        def arguments(parser: argparse.ArgumentParser) -> None:
            parser.add_argument("--x", nargs="+")
            parser.add_argument("--trace", action="store_true")

        vars(module).update(NAME="probe", HELP="a test", arguments=arguments, run=run)
        monkeypatch.setitem(sys.modules, "fpproof.cli.probe", module)
        monkeypatch.setitem(COMMANDS, "probe", "a test")

    return install


def raising(error: BaseException) -> Run:
    def run(options: argparse.Namespace) -> int:
        raise error

    return run


def python(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, env=os.environ | settings)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_of_commands_says_what_the_modules_say(name: str) -> None:
    module = import_module(f"fpproof.cli.{name}")
    assert {name: COMMANDS[name]} == {module.NAME: module.HELP}


def test_help_names_every_command_and_imports_none_of_them() -> None:
    heavy = [f"fpproof.cli.{name}" for name in COMMANDS] + ["gmpy2", "numba", "numpy", "tabulate", "tqdm", "fpproof.formats"]
    script = f"""
import sys
from fpproof.cli.main import main
code = main(["--help"])
sys.exit(", ".join(name for name in {heavy!r} if name in sys.modules) or code)"""
    result = python("-c", script)
    assert (result.returncode, result.stderr) == (0, "")
    assert {f"{name} {summary}" for name, summary in COMMANDS.items()} <= {" ".join(line.split()) for line in result.stdout.splitlines()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == HOLDS
    assert f"usage: fpproof {name}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == HOLDS
    assert capsys.readouterr().out == f"fpproof {__version__}\n"


def test_module_and_exit_code() -> None:
    result = python("-m", "fpproof", "docter")
    assert (result.returncode, result.stdout) == (BAD_INPUT, "")
    assert result.stderr == "fpproof: error: no command 'docter'; did you mean 'doctor'?\n"


@pytest.mark.parametrize("name", ["xyzzy", ""])
def test_no_command_near(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == BAD_INPUT
    assert capsys.readouterr().err == f"fpproof: error: no command '{name}'; 'fpproof --help' lists the commands\n"


@pytest.mark.parametrize(
    "arguments", [[], ["--"], ["-3"], ["--nonsense"], ["--json", "doctor"], ["doctor", "--nonsense"], ["doctor", "--js"], ["doctor", "extra"]]
)
def test_wrong_usage_prints_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == BAD_INPUT
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("usage: fpproof")


@pytest.mark.parametrize("code", [HOLDS, FAILS, BAD_INPUT, OPEN])
def test_exit_code_is_the_commands(code: int, probe: Install) -> None:
    probe(lambda options: code)
    assert main(["probe"]) == code


def test_exit_codes_differ() -> None:
    assert len({HOLDS, FAILS, BAD_INPUT, OPEN, BUG, INTERRUPTED, BROKEN_PIPE}) == 7


def test_negative_numbers_are_no_options(probe: Install) -> None:
    numbers = ["-0x1p-3", "-1", "-.5", "-3/8", "-inf", "-1,2"]
    probe(lambda options: HOLDS if options.x == numbers and options.trace else FAILS)
    assert main(["probe", "--x", *numbers, "--trace"]) == HOLDS


ERRORS: list[tuple[BaseException, int, str]] = [
    (FpproofError("two weights, three inputs", hint="add one"), BAD_INPUT, "error: two weights, three inputs; add one"),
    (FpproofError("no number", Place("a.csv", 3)), BAD_INPUT, "error: a.csv:3: no number"),
    (FpproofError("no number '\x1b[2J\n'"), BAD_INPUT, "error: no number '?[2J '"),
    (FileNotFoundError(2, "No such file or directory", "a.csv"), BAD_INPUT, "error: a.csv: No such file or directory"),
    (OSError("odd"), BAD_INPUT, "error: odd"),
    (ValueError("embedded null byte"), BAD_INPUT, "error: a path has the character U+0000"),
    (BrokenPipeError(), BROKEN_PIPE, ""),
    (
        ModuleNotFoundError("No module named 'z3'", name="z3"),
        BAD_INPUT,
        "error: No module named 'z3'; 'fpproof doctor' says what is installed and how to get the rest",
    ),
    (MemoryError(), BAD_INPUT, "error: not enough memory"),
    (MemoryError("8 GiB"), BAD_INPUT, "error: not enough memory: 8 GiB"),
    (RecursionError(), BAD_INPUT, "error: the input is nested too deeply"),
    (KeyboardInterrupt(), INTERRUPTED, "error: interrupted"),
    (
        KeyError("a\nb"),
        BUG,
        "this is a bug in fpproof: KeyError: 'a\\nb'; FPPROOF_DEBUG=1 prints the traceback to report",
    ),
    (
        ImportError("cannot import name", name="fpproof.formats"),
        BUG,
        "this is a bug in fpproof: ImportError: cannot import name; FPPROOF_DEBUG=1 prints the traceback to report",
    ),
]


@pytest.mark.parametrize(("error", "code", "line"), ERRORS, ids=lambda value: repr(value)[:40])
def test_an_error_is_one_line(
    error: BaseException, code: int, line: str, probe: Install, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FPPROOF_DEBUG", raising=False)
    probe(raising(error))
    assert main(["probe"]) == code
    assert capsys.readouterr().err == (f"fpproof: {line}\n" if line else "")


def test_debug_prints_the_traceback_of_a_bug(probe: Install, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_DEBUG", "1")
    probe(raising(ZeroDivisionError("1/0")))
    assert main(["probe"]) == BUG
    error = capsys.readouterr().err
    assert error.startswith("Traceback (most recent call last):")
    assert "in raising" not in error
    assert "raise error" in error


@pytest.mark.parametrize(
    ("source", "column", "shown"),
    [
        ("1,abc,2", 3, ["    1,abc,2", "      ^"]),
        ("1,\tabc", 4, ["    1, abc", "       ^"]),
        ("1,\x1b[31m", 3, ["    1,?[31m", "      ^"]),
        ("", 1, ["    ", "    ^"]),
        ("0" * 500 + "!" + "0" * 500, 501, ["    " + "0" * 60 + "!" + "0" * 59, "    " + " " * 60 + "^"]),
    ],
)
def test_caret_is_under_the_column(source: str, column: int, shown: list[str], probe: Install, capsys: pytest.CaptureFixture[str]) -> None:
    probe(raising(FpproofError("no number", Place("a.csv", 7, column, source))))
    assert main(["probe"]) == BAD_INPUT
    assert capsys.readouterr().err.split("\n") == [f"fpproof: error: a.csv:7:{column}: no number", *shown, ""]


def test_a_closed_pipe_is_no_error() -> None:
    process = subprocess.Popen([sys.executable, "-m", "fpproof", "doctor", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()  # long before the interpreter has started
    with process.stderr as stream:
        assert stream.read() == b""
    assert process.wait() == BROKEN_PIPE


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run([sys.executable, "-m", "fpproof", "doctor"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (result.returncode, result.stderr) == (BAD_INPUT, "fpproof: error: No space left on device\n")


def test_output_escapes_what_the_terminal_cannot_show() -> None:
    script = """
import sys
from types import ModuleType
from fpproof.cli.main import COMMANDS, main
module = sys.modules["fpproof.cli.probe"] = ModuleType("probe")
module.arguments = lambda parser: None
module.run = lambda options: print("2\\u207b\\u00b3") or 0
COMMANDS["probe"] = "a test"
sys.exit(main(["probe"]))"""
    result = python("-c", script, PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stdout, result.stderr) == (0, "2\\u207b\\xb3\n", "")


def test_an_interrupt_while_the_command_is_imported_is_one_line() -> None:
    """Ctrl-C in the first tenths of a second, made certain: the import of the command's front raises what the signal would."""
    script = """
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "fpproof.cli.main":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from fpproof.__main__ import main
sys.exit(main())"""
    result = python("-c", script)
    assert (result.returncode, result.stdout, result.stderr) == (INTERRUPTED, "", "fpproof: error: interrupted\n")
