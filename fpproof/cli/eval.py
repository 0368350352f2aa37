"""`fpproof eval`: value and gradient of a certificate's network at one point, layer by layer if asked."""

import argparse
import json
from typing import TYPE_CHECKING

from fpproof.cli import HOLDS
from fpproof.cli.options import add_json, add_semantics, count
from fpproof.errors import FpproofError, NumberError

if TYPE_CHECKING:
    from fpproof.formats import Datum, Format
    from fpproof.networks import Evaluation, Network

NAME = "eval"
HELP = "evaluate a certificate's network and its gradient at one point"

SHOWN_NEURONS = 8


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("certificate", metavar="CERT", help="certificate file")
    parser.add_argument("--x", metavar="X[,X...]", required=True, help="the input, one number a coordinate: decimals or C99 hex floats")
    parser.add_argument("--upstream", metavar="H[,H...]", default="1", help="the upstream, one number an output (default: 1)")
    parser.add_argument("--round", action="store_true", help="round numbers that are no floats of the format, to nearest-even")
    parser.add_argument("--trace", action="store_true", help="show the layers: pre-activations, activations and adjoints")
    parser.add_argument("--neurons", metavar="N", type=count, default=SHOWN_NEURONS, help=f"neurons a layer to show (default: {SHOWN_NEURONS})")
    add_semantics(parser, "the certificate's")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from fpproof.certificates import read_certificate
    from fpproof.networks import evaluate, parse_semantics

    certificate = read_certificate(options.certificate)
    network = certificate.network
    semantics = parse_semantics(options.semantics) if options.semantics else certificate.semantics
    x = read_vector(network.format, "--x", options.x, network.inputs, options.round)
    upstream = read_vector(network.format, "--upstream", options.upstream, network.outputs, options.round)
    evaluation = evaluate(network, x, upstream, semantics)
    if options.json:
        print(json.dumps(_facts(network, evaluation, str(semantics), x, upstream, options.trace), indent=2))
        return HOLDS
    F = network.format
    densely = ", evaluated densely" if evaluation.densely and network.sparse else ""
    print(f"network     {len(network.layers)} layers in {F.name}, {semantics}{densely}")
    for name, vector in (("x", x), ("upstream", upstream), ("value", evaluation.value), ("gradient", evaluation.gradient)):
        print(f"{name:<11} {_show(F, vector)}")
    print(f"non-finite  {evaluation.counters}")
    if evaluation.first_non_finite is not None:
        print(f"first       {evaluation.first_non_finite}")
    if options.trace:
        _trace(network, evaluation, options.neurons)
    return HOLDS


def read_vector(F: "Format", option: str, text: str, length: int, rounding: bool) -> "tuple[Datum, ...]":
    """The numbers of an option, separated by commas."""
    from fpproof.formats.text import read_float

    parts = text.split(",")
    if len(parts) != length:
        raise FpproofError(f"{option}: expected {length} numbers, separated by commas, found {len(parts)}")
    try:
        return tuple(read_float(F, part, rounding) for part in parts)
    except NumberError as error:
        raise NumberError(f"{option}: {error.message}", hint=error.hint) from None


def _show(F: "Format", vector: "tuple[Datum, ...]") -> str:
    from fpproof.certificates.check import show_vector

    return show_vector(F, vector)


def _trace(network: "Network", evaluation: "Evaluation", shown: int) -> None:
    """A table a layer: neurons that are not all zero, at most `shown`, those first that are not finite or carry an adjoint on."""
    from tabulate import tabulate

    from fpproof.formats.text import both

    F = network.format
    for number, layer in enumerate(network.layers, 1):
        columns = (evaluation.pre_activations[number - 1], evaluation.activations[number - 1], evaluation.adjoints[number])
        rows = [
            (None not in (z[1], a[1], delta[1]), not (a[0] and delta[0]), i, z, a, delta)
            for i, (z, a, delta) in enumerate(zip(*columns, strict=True), 1)
            if a[0] or delta[0] or None in (z[1], a[1], delta[1])
        ]
        quiet = layer.neurons - len(rows)
        print(f"\nlayer {number}: {layer.neurons} neurons, {layer.activation or 'affine'}, {quiet} with activation and adjoint 0")
        chosen = sorted(sorted(rows)[:shown], key=lambda row: row[2])
        if chosen:
            headers = ("neuron", "pre-activation", "activation", "adjoint")
            table = [(i, *(both(F, v) for v in data)) for _, _, i, *data in chosen]
            print(tabulate(table, headers, tablefmt="plain", disable_numparse=True))
        if len(rows) > shown:
            print(f"... {len(rows) - shown} more (--neurons N shows N)")


def _facts(
    network: "Network", evaluation: "Evaluation", semantics: str, x: "tuple[Datum, ...]", upstream: "tuple[Datum, ...]", trace: bool
) -> dict[str, object]:
    from fpproof.formats.text import code_text, decimal, hexadecimal

    F = network.format

    def shown(vector: "tuple[Datum, ...]") -> list[dict[str, str]]:
        return [{"decimal": decimal(F, v), "hex": hexadecimal(v), "bits": code_text(F, v)} for v in vector]

    counters, first = evaluation.counters, evaluation.first_non_finite
    facts: dict[str, object] = {
        "format": F.name,
        "semantics": semantics,
        "x": shown(x),
        "upstream": shown(upstream),
        "value": shown(evaluation.value),
        "gradient": shown(evaluation.gradient),
        "non_finite": {
            "pre-activations": counters.pre_activations,
            "activations": counters.activations,
            "adjoints": counters.adjoints,
        },
        "first_non_finite": None if first is None else {"kind": first.kind, "layer": first.layer, "neuron": first.neuron},
        "evaluated_densely": evaluation.densely,
    }
    if trace:
        facts["layers"] = [
            {
                "activation": layer.activation,
                "pre_activations": [hexadecimal(v) for v in evaluation.pre_activations[number]],
                "activations": [hexadecimal(v) for v in evaluation.activations[number]],
                "adjoints": [hexadecimal(v) for v in evaluation.adjoints[number + 1]],
            }
            for number, layer in enumerate(network.layers)
        ]
    return facts
