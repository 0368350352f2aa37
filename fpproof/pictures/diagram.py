"""A network as a diagram: a column a layer, and in each what its neurons compute.

At a point, the diagram also shows activations and adjoints, and the edges along which the gradient flows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fpproof.certificates import Certificate
from fpproof.formats import Datum, Format
from fpproof.formats.text import readable
from fpproof.networks import Evaluation, Layer, Network, evaluate
from fpproof.pictures.canvas import save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 12
"""Neurons a layer that are drawn, unless more are asked for."""
TERMS = 4
"""Terms of a formula that are written out."""


@dataclass(frozen=True, slots=True)
class Node:
    """A neuron: `layer` 0 are the inputs; `text` is what it computes, `state` its activation and adjoint at the point, if there is one."""

    layer: int
    neuron: int
    text: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A weight, from a neuron of the layer below; `carries` says that the gradient flows along it at the point."""

    layer: int
    source: int
    target: int
    negative: bool
    carries: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """What is drawn; `hidden` is how many neurons of each layer are not."""

    nodes: tuple[tuple[Node, ...], ...]
    edges: tuple[Edge, ...]
    hidden: tuple[int, ...]
    titles: tuple[str, ...]

    def lines(self) -> list[str]:
        """The diagram as text, a line a neuron."""
        found = []
        for title, nodes, hidden in zip(self.titles, self.nodes, self.hidden, strict=True):
            found.append(title)
            found += [f"  {node.text}{'   ' + node.state if node.state else ''}" for node in nodes]
            found += [f"  ... {hidden} more"] if hidden else []
        return found


def formula(F: Format, layer: Layer, number: int, neuron: int) -> str:
    """What a neuron computes, such as `n2.1 = relu(-0.5 n1.1 + 8 n1.3 + 0.25)`; n0.1 is the first input."""
    terms = [_term(F, w, f"n{number - 1}.{j + 1}") for j, w in layer.weights[neuron] if w[0]]
    if len(terms) > TERMS:
        terms = [*terms[: TERMS - 1], f"+ ... {len(terms) - TERMS + 1} more"]
    bias = layer.bias[neuron]
    if bias is not None and (bias[0] or not terms):
        terms.append(_term(F, bias))
    text = " ".join(terms).removeprefix("+ ") or "0"
    text = "-" + text[2:] if text.startswith("- ") else text
    return f"n{number}.{neuron + 1} = {text}" if layer.activation is None else f"n{number}.{neuron + 1} = {layer.activation}({text})"


def _term(F: Format, w: Datum, name: str = "") -> str:
    size = readable(F, (abs(w[0]), w[1]) if w[0] else w)
    body = name if name and size in ("1", "1.0") else f"{size} {name}".strip()
    return f"{'-' if w[0] < 0 else '+'} {body}"


def diagram(
    certificate: Certificate, at: Sequence[Datum] | None = None, upstream: Sequence[Datum] | None = None, shown: int = SHOWN
) -> Diagram:
    """The diagram of a certificate's network. With a point, neurons that carry an adjoint or are active come first where not all are shown."""
    network = certificate.network
    point = None if at is None or upstream is None else evaluate(network, at, upstream, certificate.semantics)
    chosen = [list(range(min(network.inputs, shown)))]
    for number, layer in enumerate(network.layers, 1):
        ranked = sorted(range(layer.neurons), key=lambda i: (_quietness(point, number, i), i))
        chosen.append(sorted(ranked[:shown]))
    nodes = tuple(tuple(_node(network, point, number, i) for i in each) for number, each in enumerate(chosen))
    sizes = [network.inputs, *(layer.neurons for layer in network.layers)]
    titles = [f"inputs: {network.inputs}"]
    titles += [f"layer {number}: {layer.neurons} {layer.activation or 'affine'}" for number, layer in enumerate(network.layers, 1)]
    hidden = tuple(size - len(each) for size, each in zip(sizes, chosen, strict=True))
    return Diagram(nodes, tuple(_edges(network, point, chosen)), hidden, tuple(titles))


def _quietness(point: Evaluation | None, number: int, i: int) -> int:
    if point is None:
        return 0
    carries, active = point.adjoints[number][i] not in ((0, 0), (0, -1)), point.activations[number - 1][i] not in ((0, 0), (0, -1))
    return 2 - carries - active


def _node(network: Network, point: Evaluation | None, number: int, i: int) -> Node:
    F = network.format
    text = f"n0.{i + 1} = x{i + 1}" if number == 0 else formula(F, network.layers[number - 1], number, i)
    if point is None:
        return Node(number, i, text)
    adjoint = readable(F, point.adjoints[number][i])
    state = f"adjoint {adjoint}" if number == 0 else f"{readable(F, point.activations[number - 1][i])}, adjoint {adjoint}"
    return Node(number, i, text, state)


def _edges(network: Network, point: Evaluation | None, chosen: list[list[int]]) -> list[Edge]:
    edges = []
    for number, layer in enumerate(network.layers, 1):
        below = set(chosen[number - 1])
        for i in chosen[number]:
            for j, w in layer.weights[i]:
                if j in below and w[0]:
                    edges.append(Edge(number, j, i, w[0] < 0, point is not None and _flows(point, layer, number, i)))
    return edges


def _flows(point: Evaluation, layer: Layer, number: int, i: int) -> bool:
    """Whether an adjoint that is not 0 passes the neuron's mask; of activations other than ReLU, whether there is one."""
    z = point.pre_activations[number - 1][i]
    return point.adjoints[number][i] not in ((0, 0), (0, -1)) and (layer.activation != "relu" or z[0] > 0)


def draw_diagram(diagram: Diagram, path: Path, title: str = "") -> None:
    """A column a layer from left to right; negative weights are dashed, edges that carry the gradient are bold."""
    most = max(len(nodes) + bool(hidden) for nodes, hidden in zip(diagram.nodes, diagram.hidden, strict=True))
    save(path, 3.2 * len(diagram.nodes), 1.2 + 0.62 * most, lambda figure: _draw(diagram, figure, title))


def _draw(diagram: Diagram, figure: "Figure", title: str) -> None:
    axes = figure.add_subplot()
    axes.axis("off")
    places: dict[tuple[int, int], tuple[float, float]] = {}
    for column, (nodes, hidden, name) in enumerate(zip(diagram.nodes, diagram.hidden, diagram.titles, strict=True)):
        axes.text(column, 1.0, name, ha="center", fontsize=8, weight="bold")
        for row, node in enumerate(nodes):
            places[node.layer, node.neuron] = (column, -row)
            label = node.text + (f"\n{node.state}" if node.state else "")
            box = {"boxstyle": "round", "facecolor": "white", "edgecolor": "#555555", "linewidth": 0.6}
            axes.text(column, -row, label, ha="center", va="center", fontsize=5.5, bbox=box, zorder=2, parse_math=False)
        if hidden:
            axes.text(column, -len(nodes), f"... {hidden} more", ha="center", va="center", fontsize=6, zorder=2)
    for edge in diagram.edges:
        (x0, y0), (x1, y1) = places[edge.layer - 1, edge.source], places[edge.layer, edge.target]
        color, width = ("#b03030", 1.4) if edge.carries else ("#9aa7b5", 0.5)
        axes.plot([x0, x1], [y0, y1], color=color, linewidth=width, linestyle="--" if edge.negative else "-", zorder=1)
    lowest = -max(len(nodes) + bool(hidden) for nodes, hidden in zip(diagram.nodes, diagram.hidden, strict=True))
    axes.set_xlim(-0.6, len(diagram.nodes) - 0.4)
    axes.set_ylim(lowest + 0.3, 1.5)
    if title:
        figure.suptitle(title, fontsize=10)
