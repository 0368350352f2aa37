"""Certificates in `fpproof check`: accepted or rejected, and what was checked."""

import argparse
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fpproof.cli import BAD_INPUT, FAILS, HOLDS, OPEN
from fpproof.cli.progress import bar
from fpproof.cli.rocq import second_opinion
from fpproof.cli.theories import seed_of, worst
from fpproof.errors import CertificateError, NetworkError

if TYPE_CHECKING:
    from fpproof.certificates import Report
    from fpproof.formats import Format


def check_certificates(paths: Sequence[str], options: argparse.Namespace) -> tuple[int, list[dict[str, object]]]:
    """Check certificates one after the other; print lines unless JSON is asked for. The exit code, and the JSON objects."""
    from fpproof.certificates import check, read_certificate
    from fpproof.cli.main import complain
    from fpproof.networks import parse_semantics

    semantics = parse_semantics(options.semantics) if options.semantics else None
    results: list[dict[str, object]] = []
    code = HOLDS
    for path in paths:
        try:
            certificate = read_certificate(path)
            with bar("check") as advance:
                report = check(certificate, semantics, options.everywhere, options.jobs, seed_of(options), advance)
            second = second_opinion(path, certificate, semantics, report.accepted, options) if options.second else None
        except (CertificateError, NetworkError, OSError) as error:
            code = BAD_INPUT
            complain(error)
            results.append({"file": path, "verdict": "malformed", "reason": str(error)})
            continue
        if code != BAD_INPUT:
            code = FAILS if not report.accepted else code or (HOLDS if report.complete else OPEN)
            code = code if second is None else worst([code, second.code])
        F = certificate.network.format
        if options.json:
            results.append(_facts(path, F, report, options.semantics) | ({} if second is None else {"rocq": second.facts}))
        else:
            print("\n".join([*_lines(path, F, report, options.semantics), *([] if second is None else second.lines)]), flush=True)
    return code, results


def _verdict(report: "Report") -> str:
    return ("accepted" if report.complete else "supported") if report.accepted else "rejected"


def _lines(path: str, F: "Format", report: "Report", semantics: str | None) -> list[str]:
    """The verdict in one line, then what was checked, then the failure."""
    finite = ", ".join(report.finite) or "nothing"
    lines = [
        f"{_verdict(report):<9} {path}  {report.listed} points (x, upstream) in {F.name}: value and gradient  {report.seconds:.1f} s",
        f"  sums        {report.semantics}" + (f"; {report.densely} points evaluated densely" if report.densely else ""),
        f"  non-finite  {report.counters} (claimed finite: {finite})",
    ]
    if report.elsewhere_scope:
        lines.append(f"  elsewhere   {report.elsewhere} points (x, upstream): {report.elsewhere_scope}")
    if (failure := report.failure) is not None:
        place = "elsewhere" if failure.listed is None else f"point {failure.listed}"
        lines.append(f"  {place}: {failure.what}")
        lines += [f"    {name:<10}{shown}" for name, shown in _shown(F, report).items()]
        if failure.first_non_finite is not None:
            lines.append(f"    first non-finite number: {failure.first_non_finite}")
        lines.append(f"    replay    {_replay(path, report, semantics)}")
    return lines


def _shown(F: "Format", report: "Report") -> dict[str, str]:
    from fpproof.certificates.check import show_vector

    failure = report.failure
    assert failure is not None
    return {
        "x": show_vector(F, failure.x),
        "upstream": show_vector(F, failure.upstream),
        "expected": failure.expected,
        "found": failure.found,
    }


def _replay(path: str, report: "Report", semantics: str | None) -> str:
    """The command that evaluates just the failing point, under the semantics that was asked for in place of the certificate's."""
    from fpproof.formats.text import hexadecimal

    failure = report.failure
    assert failure is not None
    x, upstream = (",".join(map(hexadecimal, vector)) for vector in (failure.x, failure.upstream))
    chosen = [] if semantics is None else ["--semantics", semantics]
    return shlex.join(["fpproof", "eval", path, "--x", x, "--upstream", upstream, *chosen, "--trace"])


def _facts(path: str, F: "Format", report: "Report", semantics: str | None) -> dict[str, object]:
    facts: dict[str, object] = {
        "file": path,
        "verdict": _verdict(report),
        "format": F.name,
        "points": report.listed,
        "elsewhere": report.elsewhere,
        "elsewhere_scope": report.elsewhere_scope or None,
        "semantics": str(report.semantics),
        "non_finite": {
            "pre-activations": report.counters.pre_activations,
            "activations": report.counters.activations,
            "adjoints": report.counters.adjoints,
        },
        "claimed_finite": list(report.finite),
        "evaluated_densely": report.densely,
        "method": report.method,
        "seconds": round(report.seconds, 3),
        "failure": None,
    }
    if (failure := report.failure) is not None:
        first = failure.first_non_finite
        facts["failure"] = {
            "point": failure.listed,
            "what": failure.what,
            **_shown(F, report),
            "first_non_finite": None if first is None else {"kind": first.kind, "layer": first.layer, "neuron": first.neuron},
            "replay": _replay(path, report, semantics),
        }
    return facts
