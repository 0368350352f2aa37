"""`fpproof export`: a certificate's network in another program's file format."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fpproof.cli import HOLDS

if TYPE_CHECKING:
    from fpproof.certificates import Certificate

NAME = "export"
HELP = "write a certificate's network in another format (onnx)"


def _onnx(certificate: "Certificate") -> bytes:
    from fpproof.exchange.onnx_writing import to_onnx

    return to_onnx(certificate.network)


TARGETS: dict[str, Callable[["Certificate"], bytes]] = {"onnx": _onnx}
"""What `--to` takes -> the file's bytes."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("certificate", metavar="CERT", help="certificate file")
    parser.add_argument("--to", metavar="TARGET", choices=TARGETS, required=True, help=", ".join(TARGETS))
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="where to write")


def run(options: argparse.Namespace) -> int:
    """Read, convert, write; 0."""
    from fpproof.certificates import read_certificate
    from fpproof.paths import write_atomically

    data = TARGETS[options.to](read_certificate(options.certificate))
    write_atomically(options.output, data)
    print(f"exported     {options.certificate} to {options.to}: {options.output}, {len(data)} bytes")
    return HOLDS
