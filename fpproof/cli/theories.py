"""What the commands on theories share: their options, and the loop of a check."""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fpproof.cli import BAD_INPUT, FAILS, HOLDS, OPEN
from fpproof.cli.mutants import mutants_of
from fpproof.cli.progress import bar
from fpproof.cli.rocq_theories import recomputed_before, second_opinions
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.judges.registry import Spending
    from fpproof.ledger import Ledger
    from fpproof.runs.check import Run, Wish
    from fpproof.runs.task import Result, Task
    from fpproof.theory import Lemma

LARGEST_BUDGET = 10**24


def add_formats(parser: argparse._ActionsContainer, default: str) -> None:
    parser.add_argument("--format", metavar="F,...", help=f"formats, such as E5M2,F(2,3),binary16 (default: {default})")


def add_judging(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--by", metavar="JUDGES", help="ask these judges, all of them: enumeration, smt, ... (default: the plan's choice)")
    add_budget(parser)
    parser.add_argument("--own", action="store_true", help="let imported verdicts not count")


def add_budget(parser: argparse._ActionsContainer) -> None:
    help = "what a judge may spend: cases, or cases=N,resource=N,precision=N; N may be 2e6 (default: each judge's own)"
    parser.add_argument("--budget", metavar="N", help=help)


def formats_of(options: argparse.Namespace) -> tuple[str, ...]:
    """The formats asked for, in the user's words; raises FormatError for one that is none."""
    from fpproof.formats import split_list
    from fpproof.runs.task import names_in

    if options.format is None:
        return ()
    texts = list(dict.fromkeys(split_list(options.format)))
    if not texts:
        raise FpproofError("--format names no format")
    for text in texts:
        names_in(text)
    return tuple(texts)


def judges_of(options: argparse.Namespace) -> tuple[str, ...]:
    from fpproof.judges.registry import chosen

    if options.by is None:
        return ()
    names = [name.strip() for name in options.by.split(",") if name.strip()]
    if not names:
        raise FpproofError("--by names no judge")
    return tuple(judge.name for judge in chosen(names))


def spending_of(options: argparse.Namespace) -> "Spending":
    from fpproof.judges.registry import Spending

    given: dict[str, int] = {}
    for part in (options.budget or "").split(","):
        if part.strip():
            name, text = map(str.strip, part.split("=", 1) if "=" in part else ("cases", part))
            if name not in ("cases", "resource", "precision") or name in given:
                raise FpproofError(f"--budget: expected cases, resource or precision, each once, found {part.strip()[:40]!r}")
            given[name] = amount("--budget", text)
    return Spending(seed=seed_of(options), **given)


def amount(option: str, text: str) -> int:
    """A whole number from 1, also as 2e6."""
    match = re.fullmatch(r"(\d{1,24})(?:[eE]\+?(\d{1,2}))?", text, re.ASCII)
    number = int(match[1]) * 10 ** int(match[2] or 0) if match else 0
    if not 1 <= number <= LARGEST_BUDGET:
        raise FpproofError(f"{option}: expected a whole number from 1 to 1e24, found {text[:40]!r}")
    return number


def seed_of(options: argparse.Namespace) -> int:
    if not re.fullmatch(r"\d{1,18}", options.seed, re.ASCII):
        raise FpproofError(f"--seed: expected a whole number, found {options.seed[:40]!r}")
    return int(options.seed)


def wish_of(options: argparse.Namespace) -> "Wish":
    from fpproof.runs.check import Wish

    return Wish(formats_of(options), judges_of(options), spending_of(options), options.jobs, options.own, options.stored)


def worst(codes: Iterable[int]) -> int:
    """The exit code of several: bad input, then a failure, then what is open."""
    return max(codes, key=(HOLDS, OPEN, FAILS, BAD_INPUT).index, default=HOLDS)


def code_of(results: "Sequence[Result]", asked: bool = True) -> int:
    """The exit code of a run; a lemma that speaks of none of the usual formats is open, where none were asked for."""
    from fpproof.judges.verdict import Outcome
    from fpproof.runs.task import Standing

    codes = {Standing.HOLDS: HOLDS, Standing.FAILS: FAILS, Standing.OPEN: OPEN}
    found = [BAD_INPUT if r.error is not None else codes[r.standing] for r in results]
    applicable = {(r.task.path, r.task.lemma) for r in results if r.outcome is not Outcome.INAPPLICABLE}
    if not asked and any((r.task.path, r.task.lemma) not in applicable for r in results):
        found.append(OPEN)
    return worst(found)


def check(files: "Sequence[tuple[Path, Sequence[Lemma]]]", options: argparse.Namespace) -> tuple[int, list[dict[str, Any]]]:
    """Decide the lemmas of files; print lines (or the matrix) unless JSON is asked for. The exit code, and the JSON objects."""
    from fpproof.ledger import Ledger
    from fpproof.report import Layout, detail, facts, matrix, summary
    from fpproof.runs.check import Run
    from fpproof.runs.task import Standing

    wish = wish_of(options)
    results: list[Result] = []
    objects: list[dict[str, Any]] = []
    with Ledger() as ledger:
        run = Run(ledger, wish, lambda text: print(text, file=sys.stderr, flush=True))
        tasks, code = _tasks(run, files, options.matrix)
        layout, quiet = Layout.of(tasks), options.json or options.matrix
        with bar("check", "verdicts", quiet) as advance:
            for result in run.results(tasks):
                results.append(result)
                advance(len(results), len(tasks))
                _complain(result)
                fact = facts(result) if options.json else {}
                if not quiet:
                    below = [] if result.standing is Standing.HOLDS else detail(result)
                    print("\n".join([layout.line(result), *below]), flush=True)
                objects.append(fact)
        for second, line, fact in second_opinions(ledger, results, options) if options.second else ():
            code = worst([code, second])
            objects.append(fact)
            if not options.json:
                print(line, flush=True)
        tied, recomputed = (_tied(ledger, results), _recomputed(ledger, results)) if options.matrix else (frozenset(), frozenset())
    if options.matrix and not options.json:
        print(matrix(results, tied, recomputed))
    elif not options.json and results:
        print(summary(results))
    if options.mutate:
        for fact, found in zip(objects, mutants_of(results, wish.jobs, options.json), strict=False):  # after them, what Rocq says
            fact["mutants"] = [{"mutant": text, "verdict": outcome.value} for text, outcome in found]
    return worst([code, code_of(results, bool(wish.formats))]), objects


def _recomputed(ledger: "Ledger", results: "Sequence[Result]") -> "frozenset[tuple[str, str, str]]":
    """File, lemma and format of the results that Rocq computed again."""
    return frozenset((r.task.path, r.task.lemma, r.task.format) for r in results if recomputed_before(ledger, r) is not None)


def _tied(ledger: "Ledger", results: "Sequence[Result]") -> "frozenset[tuple[str, str, str]]":
    """File, lemma and format of the results that a theorem in Rocq speaks of, which proves the lemma."""
    from fpproof.judges.verdict import Outcome
    from fpproof.rocq.ties import covered, remembered
    from fpproof.runs.task import formats_for, lemma_of

    found = set()
    for task in [result.task for result in results]:
        lemma = lemma_of(task)
        record = remembered(ledger, lemma)
        if record is not None and record.outcome is Outcome.PROVED and all(map(covered, formats_for(lemma, task.format).values())):
            found.add((task.path, task.lemma, task.format))
    return frozenset(found)


def _tasks(run: "Run", files: "Sequence[tuple[Path, Sequence[Lemma]]]", whole: bool) -> "tuple[list[Task], int]":
    """The tasks of a run; lemmas without any are named, and open."""
    tasks, code = [], HOLDS
    for path, lemmas in files:
        for lemma in lemmas:
            found = run.tasks(path, lemma, whole)
            if not found:
                code = OPEN
                needs = ", ".join(lemma.format_parameters)
                print(f"{path}: lemma {lemma.name}: no formats for {needs}: name them in formats= or --format", file=sys.stderr)
            tasks += found
    return tasks, code


def _complain(result: "Result") -> None:
    from fpproof.cli.main import complain

    if result.error is not None:
        complain(result.error)


def print_json(objects: list[dict[str, Any]]) -> None:
    print(json.dumps(objects, indent=2))
