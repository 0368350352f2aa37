"""`fpproof certify`: a trained network becomes a certificate of what it computes at a table's points."""

import argparse
import json
from pathlib import Path
from time import perf_counter

from fpproof.cli import HOLDS
from fpproof.cli.options import add_jobs, add_json, add_semantics
from fpproof.cli.progress import bar

NAME = "certify"
HELP = "read a trained network (ONNX, safetensors) and write a certificate of what it computes"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", type=Path, help=".onnx or .safetensors file: a chain of affine layers and activations")
    parser.add_argument("--points", metavar="TABLE", type=Path, required=True, help="CSV with x (or x1 ... xd) and upstream (or upstream1 ...)")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="where to write the certificate")
    parser.add_argument("--format", metavar="F", help="the format to compute in (default: the one the weights are stored in)")
    parser.add_argument("--activation", metavar="A[,A...]", help="for safetensors: of all layers but the last, or one a layer (none: no activation)")
    parser.add_argument("--round", action="store_true", help="round weights and points that are no floats of the format, to nearest-even")
    add_semantics(parser, "left-to-right")
    add_jobs(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Read, evaluate, check, write; 0."""
    from fpproof.certificates import provenance
    from fpproof.exchange import certify, read_model, read_points, to_network
    from fpproof.formats import parse_format
    from fpproof.networks import parse_semantics

    start = perf_counter()
    semantics = parse_semantics(options.semantics or "left-to-right")
    chosen = [None if name.strip() == "none" else name.strip() for name in options.activation.split(",")] if options.activation else []
    model = read_model(options.model, chosen)
    network = to_network(model, parse_format(options.format) if options.format else None, options.round)
    points, digest = read_points(options.points, network, options.round)
    origin = provenance(construction="certified model", model_sha256=model.digest, points_sha256=digest)
    with bar("certify") as advance:
        certificate = certify(network, points, semantics, origin, options.jobs, advance)
    certificate.write(options.output)
    entries = {name: len(sigma.entries) for name, sigma in certificate.network.activations.items()}  # type: ignore[attr-defined]  # tables all
    seconds = perf_counter() - start
    facts = {
        "model": str(options.model),
        "stored": model.format.name,
        "format": network.format.name,
        "layers": len(network.layers),
        "weights": network.weight_count,
        "points": len(points),
        "semantics": str(semantics),
        "table-entries": entries,
        "checked": True,
        "certificate": str(options.output),
        "seconds": round(seconds, 3),
    }
    if options.json:
        print(json.dumps(facts, indent=2))
        return HOLDS
    tables = "".join(f", {count} entries of {name}" for name, count in entries.items())
    print(f"certified    {len(points)} points of {options.points} in {network.format.name}, {semantics}, each checked  {seconds:.1f} s")
    print(f"network      {options.model}: {len(network.layers)} layers, {network.weight_count} weights stored in {model.format.name}{tables}")
    print(f"certificate  {options.output}")
    return HOLDS
