"""`fpproof activation`: what an activation does in a format, and where libraries miss it."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from fpproof.cli import HOLDS

if TYPE_CHECKING:
    from fpproof.activations import Activation
    from fpproof.activations.compare import Comparison, Difference
    from fpproof.activations.facts import Extreme, Facts, Run
    from fpproof.formats import Datum, Format, Mode

NAME = "activation"
HELP = "where an activation saturates, is the identity, or is missed by a library"

_SHOWN_RUNS = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="relu, leaky-relu, elu, selu, sigmoid, tanh, softplus, gelu, gelu-tanh, swish, mish, sin, identity")
    parser.add_argument("--format", required=True, metavar="F", help="one format or more, separated by commas")
    parser.add_argument("--mode", default="nearest-even", metavar="MODE", help="rounding mode (default: nearest-even)")
    parser.add_argument("--compare", metavar="LIBRARIES", help="torch, numpy or both: list the inputs they do not round correctly")
    parser.add_argument("--samples", type=int, default=10000, metavar="N", help="inputs to sample in formats above 16 bits (default: 10000)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default: 0)")
    parser.add_argument("--paranoid", action="store_true", help="compute whole tables one entry at a time, without the cache")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def run(options: argparse.Namespace) -> int:
    """Print the facts for each format; 0."""
    from fpproof.activations import ActivationError, activation
    from fpproof.formats import NEAREST_EVEN, Mode, parse_format, split_list

    if options.samples < 2 or options.samples > 10**7 or options.seed < 0:
        raise ActivationError(f"expected 2 to 10000000 samples and a seed from 0, found {options.samples} and {options.seed}")
    sigma = activation(options.name)
    if options.mode not in list(Mode):
        raise ActivationError(f"rounding mode {options.mode[:40]!r} is unknown", hint=f"there are {', '.join(Mode)}")
    mode = Mode(options.mode)
    libraries = [part.strip() for part in options.compare.split(",") if part.strip()] if options.compare else []
    if libraries and mode is not NEAREST_EVEN:
        raise ActivationError("libraries round to nearest-even", hint="leave out --mode or --compare")
    formats = [parse_format(text) for text in split_list(options.format)]
    if not formats:
        raise ActivationError("--format names no format")
    if options.json:
        reports = [_json(F, sigma, mode, libraries, options) for F in formats]
        print(json.dumps({"activation": sigma.name, "formula": sigma.formula, "mode": str(mode), "formats": reports}, indent=2))
    else:
        print("\n\n".join(_text(F, sigma, mode, libraries, options) for F in formats))
    return HOLDS


def _facts(F: "Format", sigma: "Activation", mode: "Mode", options: argparse.Namespace) -> "Facts":
    from fpproof.activations.facts import facts

    return facts(F, sigma, mode, options.paranoid, options.samples, options.seed)


def _compared(F: "Format", sigma: "Activation", library: str, options: argparse.Namespace) -> "Comparison | str":
    """The comparison, or why the library has nothing to compare."""
    from fpproof.activations.compare import Unavailable, compare

    try:
        return compare(F, sigma, library, options.samples, options.seed)
    except Unavailable as error:
        return str(error)


# Text


def _text(F: "Format", sigma: "Activation", mode: "Mode", libraries: list[str], options: argparse.Namespace) -> str:
    from tabulate import tabulate

    from fpproof.formats.text import both

    found = _facts(F, sigma, mode, options)
    unknown = f"not decided by {found.method}"
    rows = [
        ("at 0", f"{both(F, found.at_zero[0])}, derivative {both(F, found.at_zero[1])}"),
        ("saturates left", f"up to {both(F, found.left)}" if found.left is not None else "no" if found.identity is not None else unknown),
        ("saturates right", f"from {both(F, found.right)}" if found.right is not None else "no" if found.identity is not None else unknown),
        ("is the identity", unknown if found.identity is None else _runs(F, found.identity)),
    ]
    labels = ("least value", "greatest value", "least derivative", "greatest derivative")
    rows += [(label, f"{both(F, extreme.value)} at {_runs(F, extreme.where)}") for label, extreme in zip(labels, found.extremes, strict=True)]
    rows.append(("distinct", f"{found.distinct[0]} values, {found.distinct[1]} derivatives" if found.distinct else "counted up to 16 bits only"))
    rows.append(("by", f"{found.method} (sample of {options.samples}, seed {options.seed})" if found.method == "samples" else found.method))
    for library in libraries:
        compared = _compared(F, sigma, library, options)
        rows += [(library, compared)] if isinstance(compared, str) else _comparison_rows(F, compared)
    return f"{sigma.name} in {F.name}, {mode}: {sigma.formula}\n" + tabulate(rows, tablefmt="plain", disable_numparse=True)


def _runs(F: "Format", runs: "tuple[Run, ...]") -> str:
    from fpproof.formats.text import both

    shown = [both(F, low) if low == high else f"{both(F, low)} to {both(F, high)}" for low, high in runs[:_SHOWN_RUNS]]
    more = [f"{len(runs) - _SHOWN_RUNS} more"] if len(runs) > _SHOWN_RUNS else []
    return "; ".join(shown + more) or "nowhere"


def _comparison_rows(F: "Format", comparison: "Comparison") -> list[tuple[str, str]]:
    from fpproof.formats.text import both

    def described(difference: "Difference") -> str:
        return f"x = {both(F, difference.x)}: {both(F, difference.result)}, correct {both(F, difference.correct)}"

    of = f"{comparison.inputs} {'sampled inputs' if comparison.sampled else 'inputs'}"
    rows = [(f"{comparison.library} {comparison.version}", f"{comparison.differences} of {of} not correctly rounded")]
    if comparison.not_finite:
        rows.append(("", f"{comparison.not_finite} of them infinite or NaN on one side only"))
    if comparison.worst is not None and comparison.worst.ulps is not None:
        rows.append(("  worst", f"{float(comparison.worst.ulps):.6g} ulps, {described(comparison.worst)}"))
    rows += [("  first" if i == 0 else "", described(difference)) for i, difference in enumerate(comparison.first)]
    rows.append(("  by position", f"{comparison.depends_on_position} results differ between the whole array and a call alone"))
    return rows


# JSON


def _json(F: "Format", sigma: "Activation", mode: "Mode", libraries: list[str], options: argparse.Namespace) -> dict[str, Any]:
    found = _facts(F, sigma, mode, options)
    names = ("least-value", "greatest-value", "least-derivative", "greatest-derivative")
    report: dict[str, Any] = {
        "format": F.name,
        "method": found.method,
        "at-zero": {"value": _number(F, found.at_zero[0]), "derivative": _number(F, found.at_zero[1])},
        "saturates-left-up-to": None if found.left is None else _number(F, found.left),
        "saturates-right-from": None if found.right is None else _number(F, found.right),
        "identity": None if found.identity is None else _json_runs(F, found.identity),
        "extremes": {name: _json_extreme(F, extreme) for name, extreme in zip(names, found.extremes, strict=True)},
        "distinct": None if found.distinct is None else {"values": found.distinct[0], "derivatives": found.distinct[1]},
    }
    if found.method == "samples":
        report["sample"] = {"samples": options.samples, "seed": options.seed}
    if libraries:
        compared = {library: _compared(F, sigma, library, options) for library in libraries}
        report["comparisons"] = [
            {"library": library, "unavailable": result} if isinstance(result, str) else _json_comparison(F, result, options)
            for library, result in compared.items()
        ]
    return report


def _number(F: "Format", x: "Datum") -> dict[str, str]:
    from fpproof.formats.text import code_text, decimal, hexadecimal

    return {"decimal": decimal(F, x), "hex": hexadecimal(x), "bits": code_text(F, x)}


def _json_runs(F: "Format", runs: "tuple[Run, ...]") -> list[dict[str, dict[str, str]]]:
    return [{"from": _number(F, low), "to": _number(F, high)} for low, high in runs]


def _json_extreme(F: "Format", extreme: "Extreme") -> dict[str, Any]:
    return {"value": _number(F, extreme.value), "where": _json_runs(F, extreme.where)}


def _json_comparison(F: "Format", comparison: "Comparison", options: argparse.Namespace) -> dict[str, Any]:
    def described(difference: "Difference") -> dict[str, Any]:
        numbers = {"x": difference.x, "result": difference.result, "correct": difference.correct}
        return {key: _number(F, x) for key, x in numbers.items()} | {"ulps": None if difference.ulps is None else float(difference.ulps)}

    return {
        "library": comparison.library,
        "version": comparison.version,
        "inputs": comparison.inputs,
        "sample": {"samples": options.samples, "seed": options.seed} if comparison.sampled else None,
        "not-correctly-rounded": comparison.differences,
        "not-finite-on-one-side": comparison.not_finite,
        "worst": None if comparison.worst is None else described(comparison.worst),
        "first": [described(difference) for difference in comparison.first],
        "depends-on-position": comparison.depends_on_position,
    }
