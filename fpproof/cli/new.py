"""`fpproof new`: a theory file to start from."""

import argparse
import shlex
from pathlib import Path

from fpproof.cli import HOLDS
from fpproof.errors import FpproofError

NAME = "new"
HELP = "write a commented theory file to start from"

SKELETON = '''\
"""What this file is about.

Source: author, title (year), theorem. `fpproof show` names it.
"""

from fpproof.lang import F, Float, assume, fl, lemma, show


# Arithmetic is exact; only fl rounds, to the format F that the lemma is checked in. Assumptions come before what is shown.
@lemma
def halving_is_exact(x: Float):
    """Half of a float is a float, if the half is a normal number."""
    assume(abs(x) >= 2 * 2**F.emin)
    show(fl(x / 2) == x / 2)


# A control: it must be refuted, and the run fails if it is not. So a lemma that says nothing, or a judge that sees nothing, shows.
@lemma(expect="refuted")
def halving_is_always_exact(x: Float):
    """Without the assumption: half of the smallest number is none."""
    show(fl(x / 2) == x / 2)
'''


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the file to write, such as theories/mine/first.py; it must not exist")


def run(options: argparse.Namespace) -> int:
    path = Path(options.file)
    if path.suffix != ".py":
        raise FpproofError(f"{path}: a theory file is called something.py")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(SKELETON)
    except FileExistsError:
        raise FpproofError(f"{path} exists already", hint="choose another name") from None
    print(f"{path} written; 'fpproof check {shlex.quote(str(path))}' decides it")
    return HOLDS
