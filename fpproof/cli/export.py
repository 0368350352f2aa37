"""`fpproof export`: a certificate's network in another program's file format, or its claims, or a lemma's, as a theorem for Rocq."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fpproof.cli import HOLDS
from fpproof.cli.rocq import add_encoding, encoding_of

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
    parser.add_argument("path", metavar="PATH", help="certificate file")
    parser.add_argument("--to", metavar="TARGET", choices=TARGETS, required=True, help=", ".join(TARGETS))
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="where to write")
    add_encoding(parser)


def run(options: argparse.Namespace) -> int:
    """Read, convert, write; 0."""
    from fpproof.certificates import read_certificate
    from fpproof.paths import write_atomically

    data = TARGETS[options.to](read_certificate(options.path), options)
    write_atomically(options.output, data)
    print(f"exported     {options.path} to {options.to}: {options.output}, {len(data)} bytes")
    return HOLDS
