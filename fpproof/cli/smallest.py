"""`fpproof smallest`: the smallest counterexample of a lemma in a format, and that none is smaller."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.options import add_json
from fpproof.cli.theories import add_budget, add_formats, formats_of, judges_of, spending_of, worst
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.judges.smallest import Smallest
    from fpproof.theory import Lemma

NAME = "smallest"
HELP = "the smallest counterexample of a lemma in a format, and that none is smaller"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lemma", metavar="LEMMA", help="NAME of a lemma in theories/, or FILE:NAME")
    add_formats(parser, "none: one or more must be named")
    parser.add_argument("--by", metavar="JUDGES", default="smt", help="ask these judges, all of them, which must agree (default: smt)")
    add_budget(parser)
    parser.add_argument("--seed", metavar="N", default="0", help="seed of samples (default: 0)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """One line a format and judge; 0 if all smallest counterexamples are known, 1 if there is none, 3 if that is open."""
    formats, judges = formats_of(options), judges_of(options)
    if not formats:
        raise FpproofError("--format names no format: in which is the counterexample to be?")
    lemma, path = _lemma(options.lemma)
    codes, facts = [], []
    for text in formats:
        sizes = {}
        for name in judges:
            found = _smallest(path, lemma, text, name, options)
            codes.append(HOLDS if found.known else FAILS if found.counterexample is None and found.verdict.outcome.value in _HELD else OPEN)
            if found.known:
                sizes[name] = found.size
            facts.append(_facts(lemma, text, name, found))
            if not options.json:
                print(_line(facts[-1], found), flush=True)
        _agree(lemma, text, sizes)
    if options.json:
        print(json.dumps(facts, indent=2))
    return worst(codes)


_HELD = ("proved", "vacuous")


def _lemma(text: str) -> "tuple[Lemma, str]":
    from pathlib import Path

    from fpproof.ledger import Ledger
    from fpproof.runs.files import find_lemma
    from fpproof.runs.show import known_paths

    known: list[Path] = []
    if ":" not in text:
        with Ledger() as ledger:
            known = known_paths(ledger, text)
    path, lemma = find_lemma(text, known)
    return lemma, str(path)


def _smallest(path: str, lemma: "Lemma", text: str, name: str, options: argparse.Namespace) -> "Smallest":
    from fpproof.judges.registry import chosen
    from fpproof.judges.smallest import smallest
    from fpproof.runs.task import claims_of

    claims = claims_of(path, lemma, text)
    if len(claims) != 1:
        why = "a requirement is not met" if not claims else "it is one claim for each of its rounding modes"
        raise FpproofError(f"lemma {lemma.name} is not one claim in {text}: {why}")
    (judge,) = chosen([name])
    return smallest(judge.judge, claims[0], judge.budget(spending_of(options)))


def _agree(lemma: "Lemma", text: str, sizes: dict[str, tuple[int, int]]) -> None:
    from fpproof.judges.verdict import Disagreement

    if len(set(sizes.values())) > 1:
        raise Disagreement(f"lemma {lemma.name} in {text}: the smallest counterexamples differ in size: {sizes}")


def _facts(lemma: "Lemma", text: str, name: str, found: "Smallest") -> dict[str, Any]:
    at = None if found.counterexample is None else found.counterexample.named()
    return {
        "lemma": lemma.name,
        "format": text,
        "judge": name,
        "counterexample": at,
        "bits": None if at is None else found.size[0],
        "exponents": None if at is None else found.size[1],
        "smaller": found.verdict.outcome.value if at is not None else None,
        "claims": found.asked,
        "reason": found.verdict.reason,
    }


def _line(fact: dict[str, Any], found: "Smallest") -> str:
    head = f"{fact['lemma']}   {fact['format']}   {fact['judge']}   "
    if found.counterexample is None:
        return f"{head}{found.verdict.outcome.value}: there is no counterexample" if not fact["reason"] else f"{head}open: {fact['reason']}"
    said = "none is smaller" if found.known else f"whether one is smaller is open: {fact['reason']}"
    return f"{head}{found.counterexample}: {fact['bits']} significand bits, exponents {fact['exponents']}; {said} ({fact['claims']} claims decided)"
