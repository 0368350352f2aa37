"""Options that several commands share."""

import argparse
import os
from pathlib import Path

from fpproof.errors import FpproofError


def count(text: str) -> int:
    """A whole number from 1 to 10^6."""
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 7 and 1 <= int(text) <= 10**6):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 1000000, found {text[:40]!r}")
    return int(text)


def path_of(text: str) -> Path:
    """The path that an argument says; raises FpproofError for an empty one, which would be the current directory."""
    if not text:
        raise FpproofError("a path is empty", hint="perhaps a variable of the shell that was not set")
    return Path(text)


def add_jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", metavar="N", type=count, default=os.cpu_count() or 1, help="threads or processes (default: one a core)")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_semantics(parser: argparse.ArgumentParser, default: str) -> None:
    help = f"order of sums and variants, such as pairwise+wide(binary32)+flush (default: {default})"
    parser.add_argument("--semantics", metavar="S", help=help)
