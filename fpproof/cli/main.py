"""The `fpproof` command: choosing a command, exit codes, and what the user sees when something goes wrong."""

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from fpproof import __version__
from fpproof.cli import BAD_INPUT, HOLDS
from fpproof.errors import FpproofError, Place, printable

BUG, INTERRUPTED, BROKEN_PIPE = 70, 130, 141
"""Exit codes after an error of fpproof itself (EX_SOFTWARE of sysexits.h), SIGINT and SIGPIPE (128 + the signal)."""

COMMANDS = {
    "represent": "build a network with a table's values and gradients, and a certificate of it",
    "reach": "count the pairs of floats between which one, two and three multiplications lead, in formats of up to 16 bits; or of significands",
    "check": "decide theories, or check certificates: every claimed value, gradient and finiteness",
    "eval": "evaluate a certificate's network and its gradient at one point",
    "plot": "draw a certificate's value and gradient over the float line, or its network layer by layer",
    "activation": "where an activation saturates, is the identity, or is missed by a library",
    "crosscheck": "run a certificate's network on real machines, and explain the first difference",
    "certify": "read a trained network (ONNX, safetensors) and write a certificate of what it computes",
    "pieces": "count a ReLU network's affine pieces and activation regions, exactly",
    "refute": "find a network on which the bound on expected pieces fails without one of its assumptions",
    "flow": "enclose the gradient flow of a loss: parameters, loss, norm and gradient at given times",
    "descend": "gradient descent in exact, enclosed or rounded arithmetic, and its distance to the flow",
    "distance": "the step size below which gradient descent stays in a tube around the flow, certified",
    "stalls": "where gradient descent in a format stands still: all points at which a step changes nothing",
    "curvature": "decide the bound of a deep homogeneous network's most negative curvature, exactly, at its weights",
    "divergence": "theorems about diverging flows: the class SAD, data sizes, families, growth, critical values, minima of formats",
    "train": "run a training run in several arithmetics, side by side",
    "stagnation": "which steps u leave a weight w where it is, w (-) u = w, for all weights of a format",
    "export": "write a certificate's network (onnx), a certificate or theory as theorems (rocq), a spec or lemma as a script (smtlib)",
    "search": "look for a network with given values and gradients, or show that there is none",
    "frontier": "for which depths and widths there is a network with given values and gradients",
    "formats": "show the named floating-point formats, or the parameters and values of one",
    "show": "show a lemma: its statement, source, verdicts, evidence, and how to replay them",
    "sweep": "decide a lemma in a format however long it takes; goes on where it was stopped",
    "replay": "decide again what is stored, and print what changed; or evaluate a lemma at one input",
    "smallest": "the smallest counterexample of a lemma in a format, and that none is smaller",
    "new": "write a commented theory file to start from",
    "list": "list what there is: lemmas, judges, formats, activations, machines",
    "ledger": "export, import or prune stored verdicts",
    "doctor": "what is installed, what for, and how to get the rest",
}
"""Command -> the HELP of its module, written out here so that `fpproof --help` imports no command."""

_EXIT_CODES = """\
exit codes:
  0   holds, or done
  1   fails
  2   usage, bad input, or more than this machine can do
  3   open, or only supported by samples
  70  a bug in fpproof (FPPROOF_DEBUG=1 prints the traceback)
"""
_LONGEST_REASON = 300


class _Parser(argparse.ArgumentParser):
    """A parser that takes -0x1p-3, -.5, -3/8 and -inf for numbers, not for options."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._negative_number_matcher = re.compile(r"-(\.?\d|inf|nan)", re.IGNORECASE)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (by default the process's arguments) and return its exit code; no exception leaves it."""
    _print_anything()
    try:
        code = _run(sys.argv[1:] if argv is None else list(argv))
        if sys.stdout is not None:
            sys.stdout.flush()  # a closed pipe or a full disk shows here, not at exit
        return code
    except FpproofError as error:
        return complain(error)
    except BrokenPipeError:
        _discard_output()
        return BROKEN_PIPE
    except OSError as error:
        _discard_output()
        return complain(error)
    except ImportError as error:
        if error.name is not None and error.name.partition(".")[0] == "fpproof":
            return _confess(error)
        return _complain(f"{error}; 'fpproof doctor' says what is installed and how to get the rest")
    except MemoryError as error:
        return _complain(f"not enough memory: {error}".removesuffix(": "))
    except RecursionError:
        return _complain("the input is nested too deeply")
    except KeyboardInterrupt:
        return _complain("interrupted", code=INTERRUPTED)
    except Exception as error:
        if isinstance(error, ValueError) and str(error).startswith("embedded null"):
            return _complain("a path has the character U+0000")
        return _confess(error)


def _run(arguments: list[str]) -> int:
    chosen = next((argument for argument in arguments if not argument.startswith("-")), None)
    if chosen is not None and chosen not in COMMANDS:
        raise FpproofError(f"no command {chosen!r}", hint=_nearest(chosen))
    parser = _parser(chosen)
    if not arguments:
        parser.print_help(sys.stderr)
        return BAD_INPUT
    try:
        options = parser.parse_args(arguments)
    except SystemExit as leave:  # argparse has printed --help, --version or a usage error (its code is 2)
        return BAD_INPUT if leave.code else HOLDS
    return int(options.run(options))


def _parser(chosen: str | None) -> _Parser:
    """The parser, with the options of the chosen command only."""
    width = max(map(len, COMMANDS))
    summaries = "\n".join(f"  {name:{width}}  {summary}" for name, summary in COMMANDS.items())
    parser = _Parser(
        prog="fpproof",
        usage="fpproof [-h] [--version] command ...",
        description="Decides claims about floating-point neural networks, and lets anyone check the answers.",
        epilog=f"commands:\n{summaries}\n\n{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"fpproof {__version__}")
    commands = parser.add_subparsers(prog="fpproof", metavar="command", required=True, help=argparse.SUPPRESS)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False)
        if name == chosen:
            module = import_module(f"fpproof.cli.{name}")
            module.arguments(command)
            command.set_defaults(run=module.run)
    return parser


def _nearest(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    return f"did you mean {near[0]!r}?" if near else "'fpproof --help' lists the commands"


def complain(error: FpproofError | OSError) -> int:
    """One line on stderr about a user's error, with the source line where there is one; the exit code."""
    if isinstance(error, FpproofError):
        return _complain(str(error), error.place)
    reason = error.strerror or str(error)
    return _complain(reason if error.filename is None else f"{error.filename}: {reason}")


def _complain(message: str, place: Place | None = None, code: int = BAD_INPUT) -> int:
    print(f"fpproof: error: {printable(message)}", file=sys.stderr)
    for line in () if place is None else place.pointed():
        print(line, file=sys.stderr)
    return code


def _confess(error: Exception) -> int:
    if os.environ.get("FPPROOF_DEBUG", "0") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    reason = f"{type(error).__name__}: {error}"[:_LONGEST_REASON]
    print(f"fpproof: this is a bug in fpproof: {printable(reason)}; FPPROOF_DEBUG=1 prints the traceback to report", file=sys.stderr)
    return BUG


def _print_anything() -> None:
    """Escape what the terminal's encoding lacks, instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _discard_output() -> None:
    """Let nothing more be written to an output that takes no more, so that the interpreter does not complain at its exit."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
