"""Rocq in the commands: the options of `check --with rocq`, and the second opinion on a certificate, kept in the ledger."""

import argparse
import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.certificates import Certificate
    from fpproof.networks import Semantics
    from fpproof.rocq import Encoding, Opinion

ENCODINGS = ("exact", "fast")


def add_rocq(parser: argparse._ActionsContainer) -> None:
    add_encoding(add_second(parser, "let Rocq check certificates, and the theorems of lemmas, too"))


def add_second(parser: argparse._ActionsContainer, help: str) -> argparse._ActionsContainer:
    group = parser.add_argument_group("Rocq")
    group.add_argument("--with", dest="second", metavar="rocq", choices=["rocq"], help=help)
    group.add_argument("--rocq-limit", metavar="SECONDS", default="600", help="time that coqc may take for a file (default: 600)")
    return group


def prepare(options: argparse.Namespace) -> None:
    """Raises what is wrong with the options, and that coqc is missing, before there is any work; nothing without `--with rocq`."""
    limit_of(options)
    if options.second:
        from fpproof.rocq.coqc import needed

        needed()


def add_encoding(parser: argparse._ActionsContainer) -> None:
    help = "exact: the standard library's floats, no assumptions; fast: machine words (default: exact up to 2 million float operations)"
    parser.add_argument("--rocq-encoding", choices=ENCODINGS, help=help)


def encoding_of(options: argparse.Namespace) -> "Encoding | None":
    from fpproof.rocq import Encoding

    return None if options.rocq_encoding is None else Encoding(options.rocq_encoding)


def limit_of(options: argparse.Namespace) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", options.rocq_limit, re.ASCII):
        raise FpproofError(f"--rocq-limit: expected seconds from 1 to 999999, found {options.rocq_limit[:40]!r}")
    return int(options.rocq_limit)


@dataclass(frozen=True)
class Second:
    """A second opinion as `check` shows it: lines, JSON, and an exit code."""

    lines: list[str]
    facts: dict[str, Any]
    code: int


def second_opinion(path: str, certificate: "Certificate", semantics: "Semantics | None", accepted: bool, options: argparse.Namespace) -> Second:
    """Rocq's verdict on what was checked, beside our own; it fails if it is another. Where Rocq does not cover a certificate, it is open."""
    from fpproof.rocq import RocqError, opinion

    if semantics is not None:
        certificate = replace(certificate, semantics=semantics)
    try:
        found = opinion(certificate, encoding_of(options), limit_of(options))
    except RocqError as error:
        return Second([f"  rocq        open: {error}"], {"verdict": "open", "reason": str(error)}, OPEN)
    _remember(certificate, found)
    lines, facts = _shown(found), _facts(found)
    if found.accepted != accepted:
        lines.append(f"  rocq        DISAGREES with fpproof's own evaluators: a bug; fpproof export {path} --to rocq writes the theorem")
    return Second(lines, facts, HOLDS if found.accepted and accepted else FAILS)


def _shown(found: "Opinion") -> list[str]:
    verdict = "accepted" if found.accepted else "rejected"
    lines = [f"  rocq        {verdict} by coqc {found.version}, {found.encoding} encoding, {found.operations} operations  {found.seconds:.1f} s"]
    return lines + [f"  assumptions {found.assumptions}"] * found.accepted


def _facts(found: "Opinion") -> dict[str, Any]:
    return {
        "verdict": "accepted" if found.accepted else "rejected",
        "encoding": found.encoding.value,
        "coqc": found.version,
        "operations": found.operations,
        "assumptions": found.assumptions or None,
        "theorem": f"sha256:{found.digest}",
        "seconds": round(found.seconds, 3),
    }


def _remember(certificate: "Certificate", found: "Opinion") -> None:
    """The verdict in the ledger, under the certificate's digest; one that rejects is kept as open, since Rocq names no point."""
    from fpproof.judges.verdict import Budget, Outcome
    from fpproof.ledger import Ledger, Record
    from fpproof.ledger.record import Subject
    from fpproof.rocq.judging import VERSION

    F = certificate.network.format
    meaning = (("F", "(" + F.definition.partition("(")[2]),)
    statement = sha256(certificate.to_bytes()).hexdigest()
    record = Record(
        subject=Subject(statement, meaning, "certificate", "", F.name),
        judge=f"rocq-{found.encoding}",
        version=VERSION,
        budget=Budget(),
        outcome=Outcome.PROVED if found.accepted else Outcome.OPEN,
        scope=f"{len(certificate.points)} points",
        reason="" if found.accepted else "coqc rejects the theorem",
        evidence={name: value for name, value in _facts(found).items() if name not in ("seconds", "verdict")},
        seconds=round(found.seconds, 3),
    )
    with Ledger() as ledger:
        ledger.add([record])
