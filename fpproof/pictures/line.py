"""Value and gradient of a network along one coordinate, over the float line.

Both axes count floats: the place of a float is its ordinal in the format, so that subnormals and Omega are both to be seen. What is not finite is
drawn at the edge.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fpproof.certificates import Certificate
from fpproof.errors import FpproofError
from fpproof.formats import Datum, Format
from fpproof.formats.text import readable
from fpproof.networks import evaluate
from fpproof.networks.kernel import Kernel, carriers, from_float64, to_float64
from fpproof.pictures.canvas import save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ALL = 4096
"""Floats that are all drawn; of more, so many evenly spaced ordinals, and the claimed ones with their neighbours."""
NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Curve:
    """Ordinals of x along a coordinate, with those of value and gradient there (None: not finite); `claimed` are those of listed points.

    `own` says that gradients at claimed points are for their own upstreams, not for `upstream`.
    """

    format: Format
    coordinate: int
    upstream: tuple[Datum, ...]
    xs: tuple[int, ...]
    values: tuple[int | None, ...]
    gradients: tuple[int | None, ...]
    claimed: frozenset[int]
    complete: bool
    own: bool


def curve(
    certificate: Certificate, coordinate: int = 0, at: Sequence[Datum] | None = None, upstream: Sequence[Datum] | None = None, output: int = 0
) -> Curve:
    """The network's first output, or another, along a coordinate; the others are those of `at`, by default of the first claimed point.

    Without an upstream, it is each claimed point's own, and elsewhere that of the first. Evaluated bit for bit, by the array kernel where it can.
    """
    network, F = certificate.network, certificate.network.format
    if not 0 <= coordinate < network.inputs:
        raise FpproofError(f"--coordinate: expected 1 to {network.inputs}, found {coordinate + 1}")
    if not 0 <= output < network.outputs:
        raise FpproofError(f"--output-neuron: expected 1 to {network.outputs}, found {output + 1}")
    if not certificate.points and (at is None or upstream is None):
        raise FpproofError("the certificate lists no points: --at and --upstream say where to look")
    base = list(at if at is not None else certificate.points[0].x)
    h = tuple(upstream if upstream is not None else certificate.points[0].upstream)
    rest = [j for j in range(network.inputs) if j != coordinate]
    listed = [p for p in certificate.points if all(p.x[j] == base[j] for j in rest)]
    claimed = {F.ordinal(p.x[coordinate]): p.upstream for p in reversed(listed)}
    xs = _ordinals(F, claimed)
    points = [(*base[:coordinate], F.from_ordinal(n), *base[coordinate + 1 :]) for n in xs]
    values, gradients = _evaluated(certificate, points, [claimed.get(n, h) if upstream is None else h for n in xs])
    return Curve(
        F,
        coordinate,
        h,
        tuple(xs),
        tuple(_place(F, v[output]) for v in values),
        tuple(_place(F, g[coordinate]) for g in gradients),
        frozenset(claimed),
        len(xs) == 2 * F.largest_ordinal + 1,
        upstream is None and len({*claimed.values(), h}) > 1,
    )


def _ordinals(F: Format, claimed: Collection[int]) -> list[int]:
    N = F.largest_ordinal
    if 2 * N + 1 <= ALL:
        return list(range(-N, N + 1))
    chosen = {-N + (2 * N * i) // (ALL - 1) for i in range(ALL)} | {n + d for n in claimed for d in range(-NEIGHBOURS, NEIGHBOURS + 1)}
    return sorted(n for n in chosen if -N <= n <= N)


def _evaluated(
    certificate: Certificate, xs: list[tuple[Datum, ...]], upstreams: list[tuple[Datum, ...]]
) -> tuple[list[tuple[Datum, ...]], list[tuple[Datum, ...]]]:
    """Values and gradients, in order."""
    network, F, semantics = certificate.network, certificate.network.format, certificate.semantics
    if carriers(network, semantics) is None:
        found = [evaluate(network, x, h, semantics) for x, h in zip(xs, upstreams, strict=True)]
        return [e.value for e in found], [e.gradient for e in found]
    points, sent = (np.array([[to_float64(c) for c in vector] for vector in vectors]) for vectors in (xs, upstreams))
    batch = Kernel(network, semantics).run(points, sent)
    values, gradients = ([tuple(from_float64(F, v) for v in row) for row in array.tolist()] for array in (batch.values, batch.gradients))
    return values, gradients


def _place(F: Format, x: Datum) -> int | None:
    return None if x[1] is None and x != (0, -1) and x != (0, 0) else F.ordinal(x)


def draw_curve(curve: Curve, path: Path, title: str = "") -> None:
    """Value above, gradient below; what is claimed is a filled dot. The suffix of the path says which kind of picture."""
    save(path, 9, 6.5, lambda figure: _draw(curve, figure, title))


def _draw(curve: Curve, figure: "Figure", title: str) -> None:
    F = curve.format
    upstream = ", ".join(readable(F, h) for h in curve.upstream)
    meant = f"gradient for upstream {upstream}{', at claimed points for their own' if curve.own else ''}"
    rows = (("value", curve.values), (meant, curve.gradients))
    axes: list[Axes] = list(figure.subplots(2, 1, sharex=True))
    for panel, (name, ys) in zip(axes, rows, strict=True):
        _panel(panel, curve, ys)
        panel.set_title(name, fontsize=9, loc="left")
    axes[1].set_xlabel(f"x{curve.coordinate + 1}, by its place among the floats of {F.name}{'' if curve.complete else ' (a sample of them)'}")
    if title:
        figure.suptitle(title, fontsize=10)


def _panel(panel: "Axes", curve: Curve, ys: Sequence[int | None]) -> None:
    F, N = curve.format, curve.format.largest_ordinal
    edge = round(1.08 * N)
    pairs = [(x, y) for x, y in zip(curve.xs, ys, strict=True) if y is not None]
    other = [(x, y) for x, y in pairs if x not in curve.claimed]
    listed = [(x, y) for x, y in pairs if x in curve.claimed]
    lost = [x for x, y in zip(curve.xs, ys, strict=True) if y is None]
    panel.plot([x for x, _ in other], [y for _, y in other], ".", color="#888888", markersize=2, label="not claimed")
    panel.plot([x for x, _ in listed], [y for _, y in listed], "o", color="#1f4e8c", markersize=3, label="claimed")
    panel.plot(lost, [edge] * len(lost), "x", color="#b03030", markersize=4, label="not finite")
    marks = _marks(F)
    places = [n for n, _ in marks]
    panel.set_xticks(places, [text for _, text in marks], fontsize=7)
    panel.set_yticks(places, [text for _, text in marks], fontsize=7)
    panel.set_xlim(-edge, edge)
    panel.set_ylim(-edge - 1, edge + 1)
    panel.grid(color="#dddddd", linewidth=0.5)
    panel.legend(fontsize=7, loc="upper right", ncols=3)


def _marks(F: Format) -> list[tuple[int, str]]:
    """Places that orient: 0, the least normal number, 1, and Omega, in both signs."""
    named = [(F.ordinal(F.power_of_two(F.emin)), f"2^{F.emin}"), (F.ordinal(F.one), "1"), (F.largest_ordinal, "Omega")]
    return [*((-n, f"-{text}") for n, text in reversed(named)), (0, "0"), *named]
