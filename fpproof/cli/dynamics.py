"""What the commands about gradient flow and descent share: problems, times, and how balls are shown."""

import argparse
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fpproof.errors import FpproofError, NumberError

if TYPE_CHECKING:
    from fpproof.dynamics.problem import Problem, Start

MOST_TIMES = 10_000
LATEST = 10**12


def add_problem(parser: argparse.ArgumentParser) -> None:
    help = "TOML file: a loss and a start, or a network with data; or FILE.py:NAME, a @loss of a theory file (docs/dynamics.md)"
    parser.add_argument("problem", metavar="SPEC", help=help)
    parser.add_argument("--start", metavar="NUMBERS", help="start elsewhere: 1,5/2 in the order of the parameters, or w=1,c=5/2")


def read(options: argparse.Namespace) -> "Problem":
    """The problem that a command names, a loss of a TOML or a theory file, from the start that it or the file says."""
    from fpproof.dynamics.problem import moved, read_problem
    from fpproof.theory.problems import read_problem as read_loss

    start = None if options.start is None else _start(options.start)
    file, _, name = options.problem.rpartition(":")
    if file.endswith(".py"):
        return read_loss(file, name, start)
    if options.problem.endswith(".py"):
        return read_loss(options.problem, "", start)
    found = read_problem(options.problem)
    return found if start is None else moved(found, start)


def _start(text: str) -> "Start":
    """Numbers of --start, by name if there is a =."""
    parts = [part.strip() for part in text.split(",")]
    if "=" not in text:
        return [number(part, "--start") for part in parts]
    found: dict[str, Fraction] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals or name.strip() in found:
            raise FpproofError(f"--start: expected NAME=NUMBER, each name once, found {part[:60]!r}")
        found[name.strip()] = number(value, "--start")
    return found


def number(text: str, what: str) -> Fraction:
    """A rational of a command line."""
    from fpproof.formats.expressions import parse_expression

    try:
        return parse_expression(text)
    except NumberError as error:
        raise FpproofError(f"{what}: {error.message}", hint=error.hint) from None


def exact(text: str, what: str, least: int = 0) -> Fraction:
    """A rational of a command line, above `least`."""
    value = number(text, what)
    if value <= least:
        raise FpproofError(f"{what}: expected a number above {least}, found {text[:40]}")
    return value


def time(text: str, what: str) -> Fraction:
    """A time that is not negative, and not later than anyone waits."""
    value = Fraction(0) if text.strip() == "0" else exact(text, what)
    if value > LATEST or value.denominator.bit_length() > 2000:
        raise FpproofError(f"{what}: expected a time of at most {LATEST}, written with few digits, found {text[:40]}")
    return value


def times(text: str, what: str = "--at") -> list[Fraction]:
    """Times, separated by commas, in increasing order without repetition."""
    parts = text.split(",")
    if len(parts) > MOST_TIMES:
        raise FpproofError(f"{what}: at most {MOST_TIMES} times, found {len(parts)}")
    return sorted({time(part, what) for part in parts})


def interval(x: Any, digits: int) -> list[str]:
    """[low, high] as decimal texts, rounded outward."""
    from fpproof.dynamics.balls import decimals

    return list(decimals(x, digits))


def shown(x: Any) -> str:
    """A ball for people: the digits that are known, in brackets with the radius."""
    return str(x.str(12, more=False)) if x.rad() > 0 else str(x.str(12, radius=False))


def brief(x: Any) -> str:
    """An upper bound with three digits."""
    from fpproof.dynamics.balls import decimals

    return "0" if x == 0 else f"{float(decimals(x, 3)[1]):.3g}"
