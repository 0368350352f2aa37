"""`fpproof pieces`: how many affine pieces and activation regions a network has along a segment, exactly."""

import argparse
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.options import add_jobs, add_json, add_semantics, count
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.networks import Network
    from fpproof.pieces import Count, Segment
    from fpproof.training.description import Affine

NAME = "pieces"
HELP = "count a ReLU network's affine pieces and activation regions, exactly"

SHOWN = 12
MOST, MOST_ALLOWED = 2**22, 2**26
_LONGEST = 40


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("network", metavar="NET", nargs="?", help="certificate, .onnx, .safetensors, or .toml (the start of a run)")
    parser.add_argument("--sawtooth", metavar="L", type=count, help="the sawtooth of width 2 and depth L, instead of a file")
    parser.add_argument("--slope", metavar="S", default="2", help="its slope, an expression such as 2-2^-10 (default: 2)")
    parser.add_argument("--threshold", metavar="C", default="1/2", help="its threshold (default: 1/2)")
    parser.add_argument("--bounded", action="store_true", help="the sawtooth whose pre-activations have slopes 1 and -1, instead of the plain one")
    parser.add_argument("--law", action="store_true", help="count the sawtooth by its law alone, at depths too large for the network")
    parser.add_argument("--on", metavar="LO:HI", help="the interval, exact expressions, inf allowed (default: the line; a sawtooth: 0:1)")
    parser.add_argument("--from", metavar="X,...", dest="start", help="with --to: along the segment from one point to another, t from 0 to 1")
    parser.add_argument("--to", metavar="X,...", dest="end", help="its end")
    parser.add_argument("--activation", metavar="A[,A...]", help="for safetensors: of all layers but the last, or one a layer (none: no activation)")
    parser.add_argument("--format", metavar="F", help="count the steps of the network as executed in F too (formats up to 16 bits)")
    parser.add_argument("--round", action="store_true", help="round weights that are no floats of F, to nearest-even, and count those pieces")
    parser.add_argument("--list", action="store_true", help="list all breakpoints and slopes")
    parser.add_argument("--neurons", action="store_true", help="zeros, total variation and greatest slope of every pre-activation")
    parser.add_argument("--noise", metavar="R", help="noise of size R on every bias of a hidden neuron: means over draws, and the bound")
    add_distribution(parser)
    parser.add_argument("--draws", metavar="N", type=count, default=100, help="draws of the noise (default: 100)")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="its seed (default: 1)")
    parser.add_argument("--limit", metavar="N", type=_limit, default=MOST, help=f"regions at which to stop (default: {MOST})")
    add_semantics(parser, "left-to-right; for --format")
    add_jobs(parser)
    add_json(parser)


def add_distribution(parser: argparse.ArgumentParser) -> None:
    help = "uniform in [-R, R] (the default), or normal with standard deviation R"
    parser.add_argument("--distribution", choices=("uniform", "normal"), default="uniform", help=help)


def _limit(text: str) -> int:
    """A whole number from 1 to 2^26."""
    if not (text.isascii() and text.isdigit() and len(text) <= 8 and 1 <= int(text) <= MOST_ALLOWED):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {MOST_ALLOWED}, found {text[:40]!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Count and print; 0, 1 where the count and its law, or noise and its bound, disagree, 3 where noise was sampled."""
    from fpproof.pieces import count as count_pieces

    if (options.network is None) == (options.sawtooth is None):
        raise FpproofError("pieces: expected a network's file or --sawtooth L", hint="fpproof pieces --sawtooth 8, fpproof pieces net.onnx --on 0:1")
    if options.law:
        return _law_alone(options)
    layers, network, name = _network(options)
    for option, given in (("--round", options.round), ("--semantics", options.semantics)):
        if given and not options.format:
            raise FpproofError(f"{option}: expected --format F beside it")
    segment = _segment(options, layers[0].inputs)
    if options.format:
        layers, network = _in_format(options, layers, network)
    found = count_pieces(layers, segment, options.limit)
    facts: dict[str, Any] = {
        "network": name,
        "segment": _segment_facts(segment),
        "pieces": found.pieces,
        "regions": found.regions,
        "zeros": found.zeros,
        "hidden_neurons": sum(layer.neurons for layer in layers if layer.activation is not None),
    }
    lines = [f"network   {name}, {len(layers)} layers", f"segment   {_segment_text(segment)}"]
    lines += [f"pieces    {found.pieces}", f"regions   {found.regions}", f"zeros     {found.zeros} of pre-activations"]
    agrees = _add_law(options, segment, found, facts, lines)
    if options.format:
        _add_steps(options, network, segment, facts, lines)
    _add_list(options, found, layers[-1].neurons, facts, lines)
    if options.neurons:
        _add_neurons(layers, segment, options.limit, facts, lines)
    if options.noise is not None:
        agrees &= _add_noise(options, layers, segment, facts, lines)
    print(json.dumps(facts, indent=2) if options.json else "\n".join(lines))
    return FAILS if not agrees else OPEN if options.noise is not None else HOLDS


def _network(options: argparse.Namespace) -> "tuple[tuple[Affine, ...], Network | None, str]":
    from fpproof.formats.expressions import parse_expression
    from fpproof.pieces import PiecesError, bounded_sawtooth, layers_from, sawtooth

    if options.sawtooth is not None:
        if 2 ** min(options.sawtooth, 60) > 2 * options.limit:
            raise PiecesError(
                f"a sawtooth of depth {options.sawtooth} may have more than {options.limit} pieces", hint="--law counts without the network"
            )
        if options.bounded:
            return bounded_sawtooth(options.sawtooth), None, f"bounded sawtooth of depth {options.sawtooth}"
        slope, threshold = parse_expression(options.slope), parse_expression(options.threshold)
        return (
            sawtooth(options.sawtooth, slope, threshold),
            None,
            f"sawtooth of depth {options.sawtooth}, slope {_short(slope)}, threshold {_short(threshold)}",
        )
    chosen = [None if name.strip() == "none" else name.strip() for name in options.activation.split(",")] if options.activation else []
    return *layers_from(options.network, chosen), options.network


def _in_format(options: argparse.Namespace, layers: "tuple[Affine, ...]", network: "Network | None") -> "tuple[tuple[Affine, ...], Network]":
    from fpproof.formats import parse_format
    from fpproof.pieces import over
    from fpproof.pieces.reading import exact

    F = parse_format(options.format)
    if network is None or network.format != F or options.round:
        network = over(F, layers, options.round)
    return tuple(map(exact, network.layers)), network


def _segment(options: argparse.Namespace, inputs: int) -> "Segment":
    from fpproof.formats.expressions import parse_expression
    from fpproof.pieces import PiecesError, Segment

    if (options.start is None) != (options.end is None) or (options.start is not None and options.on is not None):
        raise FpproofError("segment: expected --on LO:HI, or --from and --to")
    if options.start is not None:
        start, end = (tuple(map(parse_expression, text.split(","))) for text in (options.start, options.end))
        return Segment.between(start, end)
    if inputs != 1:
        raise PiecesError(f"a network of {inputs} inputs: expected a segment", hint="--from 0,0 --to 1,1")
    if options.on is None:
        return Segment.interval(0, 1) if options.sawtooth is not None else Segment.interval(None, None)
    return interval(options.on)


def interval(text: str) -> "Segment":
    """LO:HI, exact expressions or infinities."""
    from fpproof.pieces import Segment

    low, colon, high = text.partition(":")
    if not colon:
        raise FpproofError(f"--on: expected LO:HI, found {text[:_LONGEST]!r}", hint="--on 0:1, --on -1/3:2-2^-10, --on -inf:0")
    return Segment.interval(*(_end(text, infinite) for text, infinite in ((low, "-inf"), (high, "inf"))))


def _end(text: str, infinite: str) -> Fraction | None:
    from fpproof.formats.expressions import parse_expression

    return None if text.strip().lower() in (infinite, infinite.replace("inf", "infinity")) else parse_expression(text)


def _segment_text(segment: "Segment") -> str:
    low, high = segment.low, segment.high
    if segment.plain:
        return f"[{'-inf' if low is None else _short(low)}, {'inf' if high is None else _short(high)}]"
    ends = [", ".join(_short(o + t * d) for o, d in zip(segment.origin, segment.direction, strict=True)) for t in (0, 1)]
    return f"from ({ends[0]}) to ({ends[1]}), t from 0 to 1"


def _segment_facts(segment: "Segment") -> dict[str, Any]:
    from gmpy2 import mpq

    low, high = (None if end is None else str(mpq(end)) for end in (segment.low, segment.high))
    origin, direction = ([str(mpq(r)) for r in vector] for vector in (segment.origin, segment.direction))
    return {"origin": origin, "direction": direction, "low": low, "high": high}


def _short(r: Any) -> str:
    """An exact rational, or a decimal near it where it is long."""
    from gmpy2 import mpfr, mpq

    text = str(mpq(r))
    return text if len(text) <= _LONGEST else f"about {mpfr(mpq(r)):.12g}"


def _law_alone(options: argparse.Namespace) -> int:
    from fpproof.formats.expressions import parse_expression
    from fpproof.pieces import PiecesError, pieces_by_orbits

    if options.sawtooth is None:
        raise PiecesError("--law: expected --sawtooth L", hint="other networks have no law here")
    segment = _segment(options, 1)
    if not segment.finite:
        raise PiecesError("--law: expected a finite interval")
    slope, threshold = parse_expression(options.slope), parse_expression(options.threshold)
    pieces = pieces_by_orbits(options.sawtooth, slope, threshold, segment.low or 0, segment.high or 0)
    facts = {"depth": options.sawtooth, "slope": options.slope, "threshold": options.threshold, "pieces": pieces, "by": "recurrence"}
    text = f"pieces    {pieces}, by the recurrence along the orbit of the threshold (docs/pieces.md)"
    print(json.dumps(facts, indent=2) if options.json else text)
    return HOLDS


def _add_law(options: argparse.Namespace, segment: "Segment", found: "Count", facts: dict[str, Any], lines: list[str]) -> bool:
    """For a sawtooth: the same number by the recurrence, and by a closed form where there is one; whether they agree."""
    from fpproof.formats.expressions import parse_expression
    from fpproof.pieces import closed_form, pieces_by_orbits

    slope, threshold = parse_expression(options.slope), parse_expression(options.threshold)
    if options.sawtooth is None or options.bounded or slope <= 0 or threshold <= 0 or not segment.finite or options.format:
        return True
    by_orbits = pieces_by_orbits(options.sawtooth, slope, threshold, segment.low or 0, segment.high or 0)
    on_unit = segment.low == 0 and segment.high == 1
    closed = closed_form(options.sawtooth, slope, threshold) if on_unit else None
    agrees = by_orbits == found.pieces and (closed is None or closed[0] == found.pieces)
    facts["law"] = {"recurrence": by_orbits, "closed_form": None if closed is None else {"pieces": closed[0], "formula": closed[1]}, "agrees": agrees}
    formula = f"; {closed[1]}" if closed is not None else ""
    lines.append(f"law       {by_orbits} by the recurrence{formula}: {'agrees' if agrees else 'DISAGREES'}")
    return agrees


def _add_steps(options: argparse.Namespace, network: "Network | None", segment: "Segment", facts: dict[str, Any], lines: list[str]) -> None:
    from fpproof.networks import parse_semantics
    from fpproof.pieces import executed_steps

    assert network is not None, "a network over the format was made"
    if not segment.plain:
        raise FpproofError("--format: the steps of a network are counted along --on LO:HI")
    semantics = parse_semantics(options.semantics or "left-to-right")
    steps = executed_steps(network, semantics, segment.low, segment.high, options.jobs)
    facts["executed"] = {"format": network.format.name, "semantics": str(semantics)} | {name: getattr(steps, name) for name in type(steps).__slots__}
    lines.append(
        f"executed  in {network.format.name}, {semantics}: {steps.steps} steps on {steps.floats} floats, {steps.values} values, "
        f"{steps.turns} turns, {steps.non_finite} not finite"
    )


def _add_list(options: argparse.Namespace, found: "Count", outputs: int, facts: dict[str, Any], lines: list[str]) -> None:
    if not (options.list or options.json or found.pieces <= SHOWN):
        lines.append(f"          --list lists the {found.pieces - 1} breakpoints and the slopes")
        return
    if options.json and not options.list:
        return
    breakpoints, slopes = found.breakpoints, [found.slopes(i) for i in range(outputs)]
    facts |= {"breakpoints": list(map(str, breakpoints)), "slopes": [list(map(str, row)) for row in slopes]}
    for k in range(found.pieces):
        start = f"from {_short(breakpoints[k - 1])}" if k else "from the start"
        lines.append(f"  slope   {', '.join(_short(row[k]) for row in slopes)}  {start}")


def _add_neurons(layers: "tuple[Affine, ...]", segment: "Segment", limit: int, facts: dict[str, Any], lines: list[str]) -> None:
    from tabulate import tabulate

    from fpproof.pieces import neurons

    measured = neurons(layers, segment, limit)
    facts["neurons"] = [
        {
            "layer": n.layer,
            "neuron": n.number,
            "zeros": n.zeros,
            "variation": None if n.variation is None else str(n.variation),
            "slope": str(n.slope),
        }
        for n in measured
    ]
    rows = [(n.layer, n.number, n.zeros, "infinite" if n.variation is None else _short(n.variation), _short(n.slope)) for n in measured]
    lines += tabulate(rows, ("layer", "neuron", "zeros", "variation", "greatest slope"), tablefmt="plain", disable_numparse=True).splitlines()


def _add_noise(options: argparse.Namespace, layers: "tuple[Affine, ...]", segment: "Segment", facts: dict[str, Any], lines: list[str]) -> bool:
    """Means over draws; whether the mean of the pieces is no more than the bound, up to the confidence intervals."""
    from fpproof.formats.expressions import parse_expression
    from fpproof.pieces.noise import DISTRIBUTIONS, absolute, draws, mean

    radius = parse_expression(options.noise)
    if radius <= 0:
        raise FpproofError(f"--noise: expected a radius above 0, found {options.noise[:_LONGEST]!r}")
    xi = DISTRIBUTIONS[options.distribution](options.seed)
    found = list(draws(layers, absolute(layers, radius), segment, xi, options.draws, options.limit, options.jobs))
    columns = {"pieces": mean([d.pieces for d in found]), "crossings": mean([1 + d.zeros for d in found])}
    if xi.uniform:
        columns["expected"] = mean([float(1 + d.expected) for d in found if d.expected is not None])
    columns["bound"] = mean([float(d.bound) for d in found])
    most = max(d.pieces for d in found)
    holds = columns["pieces"].value - columns["pieces"].radius <= columns["bound"].value + columns["bound"].radius
    facts["noise"] = {"distribution": options.distribution, "radius": str(radius), "draws": len(found), "seed": options.seed}
    facts["noise"] |= {"most": most, "verdict": "supported" if holds else "fails"}
    facts["noise"] |= {name: {"mean": m.value, "confidence_95": m.radius} for name, m in columns.items()}
    noise = f"uniform in [-{_short(radius)}, {_short(radius)}]" if xi.uniform else f"normal, standard deviation {_short(radius)}"
    lines.append(f"noise     {noise}, {len(found)} draws, seed {options.seed}; 95% confidence intervals")
    texts = {"pieces": f"at most {most}", "crossings": "1 + zeros", "expected": "1 + E zeros given the layers below"}
    texts["bound"] = "1 + sum TV / 2R" if xi.uniform else "1 + sum TV / (R sqrt(2 pi))"
    lines += [f"  {name:<9} {m}  {texts[name]}" for name, m in columns.items()]
    lines.append(f"  verdict   {'supported' if holds else 'FAILS'}: the mean of the pieces is at most the bound")
    return holds
