"""`fpproof plot`: a certificate's value and gradient over the float line, or its network layer by layer."""

import argparse
import json
from pathlib import Path

from fpproof.cli import HOLDS
from fpproof.cli.options import add_json, count

NAME = "plot"
HELP = "draw a certificate's value and gradient over the float line, or its network layer by layer"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("certificate", metavar="CERT", help="certificate file")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="the picture: .svg, .png or .pdf (default: CERT.svg, or CERT.network.svg)")
    parser.add_argument("--network", action="store_true", help="draw the network; with --at, what flows in it at that point")
    parser.add_argument("--at", metavar="X[,X...]", help="the point; of curves, the coordinates that stay (default: the first claimed point)")
    parser.add_argument("--upstream", metavar="H[,H...]", help="the upstream (default: that of the first claimed point)")
    parser.add_argument("--coordinate", metavar="J", type=count, default=1, help="of curves: the coordinate that varies, from 1 (default: 1)")
    parser.add_argument("--neurons", metavar="N", type=count, default=12, help="of networks: neurons a layer to draw (default: 12)")
    parser.add_argument("--round", action="store_true", help="round numbers that are no floats of the format, to nearest-even")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from fpproof.certificates import read_certificate
    from fpproof.cli.eval import read_vector
    from fpproof.errors import FpproofError
    from fpproof.pictures import curve, diagram, draw_curve, draw_diagram

    certificate = read_certificate(options.certificate)
    network, F = certificate.network, certificate.network.format
    at = read_vector(F, "--at", options.at, network.inputs, options.round) if options.at else None
    upstream = read_vector(F, "--upstream", options.upstream, network.outputs, options.round) if options.upstream else None
    stem = Path(options.certificate).name.removesuffix(".json").removesuffix(".cert")
    path = options.output or Path(f"{stem}.network.svg" if options.network else f"{stem}.svg")
    title = f"{Path(options.certificate).name}: {len(network.layers)} layers in {F.name}, {certificate.semantics}"
    if options.network:
        if at is not None and upstream is None:
            if not certificate.points:
                raise FpproofError("the certificate lists no points: --upstream says what to send down")
            upstream = next((p.upstream for p in certificate.points if p.x == at), certificate.points[0].upstream)
        shown = diagram(certificate, at, upstream, options.neurons)
        draw_diagram(shown, path, title)
        facts: dict[str, object] = {"picture": str(path), "layers": dict(zip(shown.titles, [[n.text for n in e] for e in shown.nodes], strict=True))}
        lines = shown.lines()
    else:
        drawn = curve(certificate, options.coordinate - 1, at, upstream)
        draw_curve(drawn, path, title)
        lost = sum(y is None for y in (*drawn.values, *drawn.gradients))
        facts = {"picture": str(path), "points": len(drawn.xs), "claimed": len(drawn.claimed), "complete": drawn.complete, "not_finite": lost}
        which = "every finite float" if drawn.complete else "a sample with the neighbours of what is claimed"
        lines = [f"points       {len(drawn.xs)} of x{options.coordinate}: {which}; {len(drawn.claimed)} claimed, {lost} numbers not finite"]
    if options.json:
        print(json.dumps(facts, indent=2))
        return HOLDS
    print("\n".join(lines))
    print(f"picture      {path}")
    return HOLDS
