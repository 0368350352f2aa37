"""`fpproof export`: a certificate's network in another program's file format, or its claims, or a lemma's, as a theorem for Rocq."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fpproof.cli import HOLDS
from fpproof.cli.rocq import add_encoding, encoding_of
from fpproof.cli.theories import add_formats, formats_of

if TYPE_CHECKING:
    from fpproof.certificates import Certificate

NAME = "export"
HELP = "write a certificate's network in another format (onnx), or a certificate or theory as theorems (rocq)"


def _onnx(certificate: "Certificate", options: argparse.Namespace) -> bytes:
    from fpproof.exchange.onnx_writing import to_onnx

    return to_onnx(certificate.network)


def _rocq(certificate: "Certificate", options: argparse.Namespace) -> bytes:
    from fpproof.rocq import theorem

    return theorem(certificate, encoding_of(options)).encode()


TARGETS: dict[str, Callable[["Certificate", argparse.Namespace], bytes]] = {"onnx": _onnx, "rocq": _rocq}
"""What `--to` takes -> the file's bytes."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="certificate, or theory file (to rocq)")
    parser.add_argument("--to", metavar="TARGET", choices=TARGETS, required=True, help=", ".join(TARGETS))
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="where to write")
    add_encoding(parser)
    add_formats(parser, "of a theory: none")


def run(options: argparse.Namespace) -> int:
    """Read, convert, write; 0, or 3 if a lemma of a theory is left out."""
    from fpproof.certificates import read_certificate
    from fpproof.paths import write_atomically
    from fpproof.runs.files import is_theory

    code = HOLDS
    path = Path(options.path)
    if options.to == "rocq" and path.suffix == ".py" and path.is_file() and is_theory(path):
        from fpproof.cli.rocq_theories import exported

        data, code = exported(path, formats_of(options))
    else:
        data = TARGETS[options.to](read_certificate(options.path), options)
    write_atomically(options.output, data)
    print(f"exported     {options.path} to {options.to}: {options.output}, {len(data)} bytes")
    return code
