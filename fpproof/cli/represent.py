"""`fpproof represent`: a table of values and gradients becomes a network and a certificate."""

import argparse
import json
from pathlib import Path
from time import perf_counter

from fpproof.cli import HOLDS
from fpproof.cli.options import add_jobs, add_json, add_semantics, count
from fpproof.cli.progress import bar

NAME = "represent"
HELP = "build a network with a table's values and gradients, and a certificate of it"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table", metavar="TABLE", type=Path, help="CSV with x (or x1 ... xd), value, upstream, gradient (or gradient1 ... gradientd)")
    parser.add_argument("--format", metavar="F", help="the format, such as F(3,4) or bfloat16 (default: the table's '# format:' line)")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="where to write the certificate (default: nowhere)")
    parser.add_argument("--depth", metavar="L", type=count, help="number of layers, at least 5, or 4 in formats of few exponents (default: 7)")
    parser.add_argument("--odd", action="store_true", help="let one x have several upstreams, the gradient being odd in them: 15 layers or more")
    parser.add_argument("--activation", metavar="NAME", default="relu", help="relu (the default), elu, gelu, swish (silu), sigmoid or tanh")
    parser.add_argument(
        "--mode",
        choices=["tolerant", "strict"],
        help="with --activation: whether pre-activations may be infinite (tolerant, the default) or must be finite (strict)",
    )
    parser.add_argument("--round", action="store_true", help="round numbers that are no floats of the format, to nearest-even")
    parser.add_argument("--everywhere", action="store_true", help="also claim that value and gradient are 0 at every other finite x")
    add_semantics(parser, "left-to-right")
    add_jobs(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from fpproof.constructions import LEAST_DEPTH, canonical, read_table, represent, represent_odd, represent_odd_with, represent_with
    from fpproof.errors import FpproofError
    from fpproof.formats import parse_format
    from fpproof.networks import parse_semantics

    start = perf_counter()
    if options.odd and options.depth is not None:
        raise FpproofError("--odd: the depth follows from the format, the activation and the mode; --depth does not go with it")
    activation = canonical(options.activation)
    if activation != "relu" and options.depth is not None:
        raise FpproofError(f"--activation {activation}: the depth follows from the table; --depth goes with relu only")
    if activation == "relu" and options.mode is not None:
        raise FpproofError("--mode goes with activations other than relu; networks of relu keep everything finite or are refused")
    table = read_table(options.table, parse_format(options.format) if options.format else None, options.round, options.odd)
    semantics, strict = parse_semantics(options.semantics or "left-to-right"), options.mode == "strict"
    with bar("represent") as advance:
        if options.odd and activation == "relu":
            certificate, report = represent_odd(table, semantics, options.everywhere, options.jobs, advance)
        elif options.odd:
            certificate, report = represent_odd_with(table, activation, strict, semantics, options.everywhere, options.jobs, advance)
        elif activation != "relu":
            certificate, report = represent_with(table, activation, strict, semantics, options.everywhere, options.jobs, advance)
        else:
            certificate, report = represent(table, options.depth or LEAST_DEPTH, semantics, options.everywhere, options.jobs, advance)
    if options.output is not None:
        certificate.write(options.output)
    network = certificate.network
    seconds = perf_counter() - start
    facts = {
        "table": str(options.table),
        "format": table.format.name,
        "points": len(table.points),
        "claims": report.listed,
        "inputs": table.inputs,
        "activation": activation,
        "mode": None if activation == "relu" else options.mode or "tolerant",
        "layers": len(network.layers),
        "neurons": [layer.neurons for layer in network.layers],
        "hidden_neurons": network.hidden_neurons,
        "weights": network.weight_count,
        "semantics": str(semantics),
        "checked": True,
        "certificate": None if options.output is None else str(options.output),
        "seconds": round(seconds, 3),
    }
    if options.json:
        print(json.dumps(facts, indent=2))
        return HOLDS
    print(f"represented  {len(table.points)} points of {options.table} in {table.format.name}, each checked  {seconds:.1f} s")
    print(f"network      {len(network.layers)} layers, {network.hidden_neurons} hidden neurons, {network.weight_count} weights")
    written = "none written (-o FILE writes one)" if options.output is None else str(options.output)
    print(f"certificate  {written}")
    return HOLDS
