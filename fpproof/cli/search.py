"""`fpproof search`: is there a network with these values and gradients?"""

import argparse
import json
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.options import add_jobs, add_json
from fpproof.cli.progress import bar
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.search import Answer, Limits, Spec

NAME = "search"
HELP = "look for a network with given values and gradients, or show that there is none"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", type=Path, help="TOML file: layers, points, values and gradients (docs/search.md)")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="where to write the certificate of a network that is found")
    add_search(parser)
    add_json(parser)


def add_search(parser: argparse.ArgumentParser) -> None:
    """What `search` and `frontier` share."""
    parser.add_argument("--format", metavar="F", help="the format (default: the spec's)")
    parser.add_argument("--budget", metavar="N", help="resource units of z3 in the last stage of a query, others likewise (default: 2e8)")
    parser.add_argument(
        "--assignments", metavar="N", help="in formats of 8 bits, try all weights where there are at most N ways (default: 3e7); can be interrupted"
    )
    parser.add_argument("--evidence", metavar="DIR", type=Path, help="keep clauses and proofs of refutations there")
    parser.add_argument("--no-proofs", action="store_true", help="take a solver's word for refutations: faster, and said so")
    add_jobs(parser)


def limits_of(options: argparse.Namespace) -> "Limits":
    from dataclasses import replace

    from fpproof.search import Limits

    limits = Limits()
    if options.budget is not None:
        limits = limits.scaled(_number("budget", options.budget))
    return limits if options.assignments is None else replace(limits, assignments=_number("assignments", options.assignments))


def _number(name: str, text: str) -> int:
    try:
        number = int(float(text)) if len(text) <= 20 else 0
    except (ValueError, OverflowError):
        number = 0
    if not 1 <= number <= 10**15:
        raise FpproofError(f"--{name}: expected a number from 1 to 1e15, found {text[:40]!r}")
    return number


def read(options: argparse.Namespace) -> "Spec":
    from fpproof.formats import parse_format
    from fpproof.search import read_spec

    return read_spec(options.spec, parse_format(options.format) if options.format else None)


def run(options: argparse.Namespace) -> int:
    from fpproof.ledger import Ledger
    from fpproof.search import Outcome, Proofs, search

    start = perf_counter()
    spec = read(options)
    proofs = None if options.no_proofs else Proofs(options.evidence)
    with bar("search", "steps") as advance, Ledger() as ledger:
        answer = search(spec, limits_of(options), options.jobs, proofs, lambda _, done, total: advance(done, total), ledger)
    if answer.certificate is not None and options.output is not None:
        answer.certificate.write(options.output)
    seconds = perf_counter() - start
    if options.json:
        print(json.dumps(facts(spec, answer) | {"seconds": round(seconds, 3), "certificate": _written(answer, options)}, indent=2))
    else:
        _print(spec, answer, options, seconds)
    return {Outcome.FOUND: HOLDS, Outcome.IMPOSSIBLE: FAILS, Outcome.OPEN: OPEN}[answer.outcome]


def facts(spec: "Spec", answer: "Answer") -> dict[str, Any]:
    """An answer as JSON; weights by their places, as decimals and in hex."""
    from fpproof.formats.text import both
    from fpproof.search.objective import weights_of

    weights = None
    if answer.certificate is not None:
        weights = {str(place): both(spec.format, w) for place, w in weights_of(spec, answer).items()}
    return {
        "spec": spec.file,
        "format": spec.format.name,
        "layers": [layer.width for layer in spec.layers],
        "points": len(spec.points),
        "verdict": answer.outcome.value,
        "by": answer.by,
        "proof": answer.proof or None,
        "reason": answer.reason or None,
        "evidence": dict(answer.evidence),
        "objective": None if spec.objective is None else {"minimize": spec.objective.value, "found": answer.objective, "optimal": answer.optimal},
        "weights": weights,
    }


def _written(answer: "Answer", options: argparse.Namespace) -> str | None:
    return str(options.output) if answer.certificate is not None and options.output is not None else None


def _print(spec: "Spec", answer: "Answer", options: argparse.Namespace, seconds: float) -> None:
    from fpproof.formats.text import both
    from fpproof.search.objective import weights_of

    by = f"by {answer.by}" + (f" ({answer.proof})" if answer.proof and answer.proof != answer.by else "")
    shape = "-".join(map(str, (spec.inputs, *(layer.width for layer in spec.layers))))
    print(f"{answer.outcome.value:<11}  {shape} network in {spec.format.name}, {len(spec.points)} points  {by}  {seconds:.1f} s")
    if answer.certificate is not None:
        for place, w in weights_of(spec, answer).items():
            print(f"  {place!s:<8} {both(spec.format, w)}")
        print(f"certificate  {_written(answer, options) or 'none written (-o FILE writes one)'}")
    if answer.objective is not None and spec.objective is not None:
        best = "the least there is" if answer.optimal else "not known to be the least"
        print(f"{spec.objective.value:<11}  {answer.objective}, {best}")
    if answer.reason:
        print(f"because      {answer.reason}")
    for name, found in answer.evidence.items():
        print(f"  {name}: {found}")
