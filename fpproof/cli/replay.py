"""`fpproof replay`: decides again what is stored; with --at, evaluates a lemma at one input."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.options import add_jobs, add_json, path_of
from fpproof.cli.progress import bar
from fpproof.cli.rocq import add_second, prepare
from fpproof.cli.theories import add_formats, amount, formats_of, seed_of
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.ledger import Ledger
    from fpproof.runs.replay import Replayed, Stored

NAME = "replay"
HELP = "decide again what is stored, and print what changed; or evaluate a lemma at one input"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="*", help="theory file, directory, or ledger export (default: everything in the ledger)")
    parser.add_argument("--budget", metavar="N", help="leave out what took more than N cases")
    parser.add_argument("--sample", metavar="N", help="of formats above 8 bits, only N verdicts, chosen by --seed")
    parser.add_argument("--seed", metavar="N", default="0", help="of the sample (default: 0)")
    point = parser.add_argument_group("one input")
    point.add_argument("--lemma", metavar="LEMMA", help="NAME of a lemma in theories/, or FILE:NAME")
    add_formats(point, "none")
    point.add_argument("--at", metavar="x=..,y=..", help="the input: decimals, hex floats, ratios; modes by name")
    add_second(parser, "let Rocq compute the verdicts again, too, in formats of 8 bits and less")
    add_jobs(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print what changed, and what Rocq says; 1 if something did or Rocq disagrees, else 0. At one input: 0 if the lemma holds there, 1 if it
    fails, 3 if it says nothing there."""
    if options.lemma is not None or options.at is not None:
        return _at(options)
    from fpproof.ledger import Ledger
    from fpproof.runs.replay import replayed, sampled

    prepare(options)
    seed = seed_of(options)
    most = None if options.budget is None else amount("--budget", options.budget)
    few = None if options.sample is None else 0 if options.sample == "0" else amount("--sample", options.sample)
    with Ledger() as ledger:
        stored = [one for one in _stored(ledger, options.paths) if most is None or one.record.cases <= most]
        if few is not None:
            stored = sampled(stored, few, seed)
        done: list[Replayed] = []
        with bar("replay", "verdicts") as advance:
            for answer in replayed(stored, options.jobs, ledger, advance):
                done.append(answer)
                if answer.change and not options.json:
                    print(_line(answer), flush=True)
        said = _by_rocq(ledger, done, options) if options.second else []
    changed = [answer for answer in done if answer.change]
    if options.json:
        print(json.dumps([*map(_facts, changed), *(fact for _, fact in said)], indent=2))
    for reason in dict.fromkeys(answer.skipped for answer in done if answer.skipped):
        print(f"not decided again: {sum(a.skipped == reason for a in done)}, {reason}", file=sys.stderr)
    print(f"{len(done)} verdicts replayed, {len(changed)} changed", file=sys.stderr)
    return FAILS if changed or any(code == FAILS for code, _ in said) else HOLDS


def _by_rocq(ledger: "Ledger", done: "list[Replayed]", options: argparse.Namespace) -> list[tuple[int, dict[str, object]]]:
    """What coqc computes again; what it was not asked, or gave no answer to, is counted on stderr by reason."""
    from fpproof.cli.rocq_theories import recomputed
    from fpproof.runs.replay import unchanged

    results = unchanged(done)
    found, open_ = [], Counter[str]()
    for code, line, fact in recomputed(ledger, results, options, again=True):
        if code == OPEN:
            open_[str(fact["rocq"])] += 1
            continue
        found.append((code, fact))
        if not options.json:
            print(line, flush=True)
    for reason, number in open_.items():
        print(f"{reason}: {number}", file=sys.stderr)
    print(f"{len(results)} verdicts asked of Rocq, {len(found)} computed again", file=sys.stderr)
    return found


def _stored(ledger: "Ledger", paths: list[str]) -> "list[Stored]":
    from fpproof.ledger.exchange import is_export
    from fpproof.runs.files import is_theory, theories_below
    from fpproof.runs.replay import stored_in, stored_in_export

    if not paths:
        return stored_in(ledger, [])
    found: list[Stored] = []
    for path in map(path_of, dict.fromkeys(paths)):
        if path.is_file() and is_export(path):
            found += stored_in_export(path)
        elif path.is_dir() or is_theory(path):
            found += stored_in(ledger, theories_below(path) if path.is_dir() else [path])
        else:
            raise FpproofError(f"{path}: no theory file and no ledger export", hint="'fpproof ledger export' writes one")
    return found


def _line(answer: "Replayed") -> str:
    record = answer.stored.record
    return f"{record.subject.file}   {record.subject.lemma}   {record.subject.format}   {record.judge}   {answer.change}"


def _facts(answer: "Replayed") -> dict[str, object]:
    record = answer.stored.record
    now = answer.record
    return {
        "lemma": record.subject.lemma,
        "file": answer.stored.path,
        "format": record.subject.format,
        "judge": record.judge,
        "stored": record.outcome.value,
        "verdict": None if now is None else now.outcome.value,
        "change": answer.change,
    }


def _at(options: argparse.Namespace) -> int:
    from fpproof.judges import Finding
    from fpproof.judges.inputs import parse_at
    from fpproof.ledger import Ledger
    from fpproof.runs.at import evaluated
    from fpproof.runs.files import find_lemma
    from fpproof.runs.show import known_paths
    from fpproof.runs.task import claims_of, planned

    formats = formats_of(options)
    if options.lemma is None or options.at is None or len(formats) != 1 or options.paths:
        raise FpproofError("one input needs --lemma, --at and one --format, and no PATH")
    known: list[Path] = []
    if ":" not in options.lemma:
        with Ledger() as ledger:
            known = known_paths(ledger, options.lemma)
    path, lemma = find_lemma(options.lemma, known)
    texts = planned(lemma, formats) or list(formats)
    claims = claims_of(str(path), lemma, texts[0])
    if not claims:
        raise FpproofError(f"lemma {lemma.name} does not speak of {texts[0]}: a requirement is not met")
    found = evaluated(claims, parse_at(options.at))
    if options.json:
        facts = {"lemma": lemma.name, "file": str(path), "format": texts[0], "at": options.at, "finding": found.finding.value}
        print(json.dumps(facts, indent=2))
    else:
        why = f": {found.reason}" if found.finding is Finding.UNKNOWN else ""
        print("\n".join([f"{lemma.name} in {found.claim.scope}", *found.lines, f"{found.finding.value}{why}"]))
    return {Finding.HOLDS: HOLDS, Finding.FAILS: FAILS}.get(found.finding, OPEN)
