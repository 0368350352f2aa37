"""`fpproof sweep`: a lemma in a format, over all inputs, however long it takes."""

import argparse
import sys
import time
from collections.abc import Callable

from fpproof.cli.options import add_jobs, add_json
from fpproof.cli.theories import add_formats, code_of, formats_of, judges_of, print_json
from fpproof.errors import FpproofError

NAME = "sweep"
HELP = "decide a lemma in a format however long it takes; goes on where it was stopped"

_REPORT_EVERY = 30.0
"""Seconds between reports where there is no terminal."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lemma", metavar="LEMMA", help="NAME of a lemma in theories/, or FILE:NAME")
    add_formats(parser, "must be given")
    parser.add_argument("--by", metavar="JUDGE", help="the judge, one that works in pieces: exact (default: the fastest that can)")
    parser.add_argument("--seed", default="0", help=argparse.SUPPRESS)
    add_jobs(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the verdict; exit codes as of check. Ctrl-C or a kill loses at most the chunks that were being worked on."""
    from fpproof.ledger import Ledger
    from fpproof.report import Layout, detail, facts
    from fpproof.runs.check import Run, Wish
    from fpproof.runs.files import find_lemma
    from fpproof.runs.show import known_paths
    from fpproof.runs.sweep import carry_out, known, sweep_of
    from fpproof.runs.task import planned

    formats = formats_of(options)
    if not formats:
        raise FpproofError("--format is missing: a sweep is of one lemma in one format or more")
    results = []
    with Ledger() as ledger:
        path, lemma = find_lemma(options.lemma, known_paths(ledger, options.lemma))
        session = Run(ledger, Wish(formats, judges_of(options), jobs=options.jobs))
        tasks = [session.task(path, lemma, text) for text in planned(lemma, formats)]
        if not tasks:
            raise FpproofError(f"lemma {lemma.name} has no such formats", hint=f"it needs {', '.join(lemma.format_parameters)}")
        layout = Layout.of(tasks)
        for task in tasks:
            sweep = sweep_of(task)
            if known(ledger, sweep) is None:
                carry_out(ledger, sweep, options.jobs, _reporter(f"{lemma.name} {task.format}"))
            (result,) = Run(ledger, Wish(by=(sweep.judge.name,))).results([task])
            results.append(result)
            if not options.json:
                print("\n".join([layout.line(result), *detail(result)]), flush=True)
    if options.json:
        print_json([facts(result) for result in results])
    return code_of(results)


def _reporter(what: str) -> Callable[[int, int], None]:
    """Chunks done and the time left, on stderr: a bar on a terminal, else a line now and then."""
    start = last = time.monotonic()
    first: int | None = None

    def report(done: int, total: int) -> None:
        nonlocal last, first
        first = done if first is None else first
        now = time.monotonic()
        terminal = sys.stderr.isatty()
        if not terminal and now - last < _REPORT_EVERY and not (done == first and done):
            return
        last = now
        rate = (done - first) / (now - start) if now > start else 0.0
        left = _duration((total - done) / rate) + " left" if rate else "resumed" if done else "begins"
        text = f"{what}: {done} of {total} chunks, {100 * done / total:.1f} %, {left}"
        print(f"\r\x1b[K{text}" if terminal else text, end="" if terminal and done < total else "\n", file=sys.stderr, flush=True)

    return report


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
