"""`fpproof crosscheck`: a certificate's network on real machines, and what explains a difference."""

import argparse
import json
from typing import TYPE_CHECKING

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.options import add_jobs, add_json
from fpproof.cli.progress import bar

if TYPE_CHECKING:
    from fpproof.machine import Agreement

NAME = "crosscheck"
HELP = "run a certificate's network on real machines, and explain the first difference"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("certificate", metavar="CERT", help="certificate file")
    help = "numpy, numpy-matmul, ml_dtypes, torch, onnxruntime, separated by commas (default: those installed)"
    parser.add_argument("--on", metavar="MACHINES", help=help)
    parser.add_argument("--every-point", action="store_true", help="run all points, however long it takes")
    parser.add_argument("--no-explanation", action="store_true", help="only count; do not look for the cause of a difference")
    add_jobs(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the agreement of each machine; 0 if all points agree on all machines that ran, 1 if not, 3 if none or not all were run."""
    from fpproof.certificates import read_certificate
    from fpproof.machine import crosscheck, installed, machine

    chosen = [name.strip() for name in options.on.split(",")] if options.on else installed()
    machines = [machine(name) for name in dict.fromkeys(chosen)]
    certificate = read_certificate(options.certificate)
    agreements = []
    for one in machines:
        with bar(one.name) as advance:
            agreements.append(crosscheck(certificate, one, not options.no_explanation, options.every_point, options.jobs, advance))
    F = certificate.network.format
    if options.json:
        print(json.dumps({"certificate": options.certificate, "format": F.name, "machines": [_facts(a) for a in agreements]}, indent=2))
    else:
        print(f"{options.certificate}: {len(certificate.points)} points in {F.name}, {certificate.semantics}")
        if certificate.elsewhere is not None:
            print("claims about all other x are not run on machines")
        print("\n".join(line for agreement in agreements for line in _lines(agreement)))
    return _code(agreements)


def _code(agreements: "list[Agreement]") -> int:
    if not all(agreement.agrees for agreement in agreements):
        return FAILS
    ran = [agreement for agreement in agreements if agreement.unable is None]
    return HOLDS if ran and all(agreement.points == agreement.claimed for agreement in ran) else OPEN


def _lines(agreement: "Agreement") -> list[str]:
    """The counts in one line, then how it was run, the place of the first difference, and what explains it."""
    head = f"\n{agreement.machine} {agreement.version}: "
    if agreement.unable is not None:
        return [head + f"not run: {agreement.unable}"]
    gradients = "no gradients" if agreement.gradients is None else f"{agreement.gradients} gradients"
    scope = "" if agreement.points == agreement.claimed else f" (of {agreement.claimed}; --every-point runs them all)"
    lines = [head + f"{agreement.values} values and {gradients} of {agreement.points} points{scope} agree", f"  run as     {agreement.note}"]
    if agreement.first_point is not None:
        lines.append(f"  first      {agreement.place or f'point {agreement.first_point}'}")
    found = agreement.explanation
    named = (("values", found.values), ("gradients", found.gradients), ("sums", found.sums_forward), ("sums back", found.sums_backward))
    lines += [f"  {name:<9}  {reproduction}" for name, reproduction in named if reproduction is not None]
    return lines + [f"  {'cause' if number == 0 else '':<9}  {cause}" for number, cause in enumerate(found.causes)]


def _facts(agreement: "Agreement") -> dict[str, object]:
    found, place = agreement.explanation, agreement.place
    reproductions = {"values": found.values, "gradients": found.gradients, "sums": found.sums_forward, "sums-backward": found.sums_backward}
    return {
        "machine": agreement.machine,
        "version": agreement.version,
        "run-as": agreement.note,
        "not-run": agreement.unable,
        "claimed": agreement.claimed,
        "points": agreement.points,
        "values-agree": agreement.values,
        "gradients-agree": agreement.gradients,
        "first-point": agreement.first_point,
        "first": None
        if place is None
        else {
            "point": place.point,
            "kind": place.kind,
            "layer": place.layer,
            "neuron": place.neuron,
            "machine": place.machine.hex(),
            "certificate": place.certificate.hex(),
        },
        "reproduced-by": {
            name: {"variant": r.variant, "agreeing": r.agreeing, "of": r.total} for name, r in reproductions.items() if r is not None
        },
        "causes": list(found.causes),
    }
