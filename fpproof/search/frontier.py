"""For which depths and widths there is a network: a table of answers, of which some follow from others.

Hidden layers all have one width w, ReLU or not as the spec's first layer; the last layer is the spec's. Three things follow without a search:

- *wider*: a network of width w with a ReLU neuron more in each hidden layer, whose weights are all 0, computes the same while all activations and
  adjoints are finite (an infinity times 0 is NaN). What is found is widened and evaluated, and counts if it still does what is wanted.
- *deeper*: after the last hidden ReLU layer, a ReLU layer with the unit matrix changes nothing: activations are finite there, since the value is, and
  not negative; a neuron that is 0 was masked before. So where there is no network of depth d + 1, there is none of depth d.
- *narrower*: with one hidden layer, its activations and adjoints are finite wherever something is asked for. So where there is no network of
  width w + 1, there is none of width w.

The last two need a last layer without activation (so that values are finite only if its inputs are), and 1 to be a float of the format. They are the
lemmas `a_unit_layer_changes_nothing` and `a_silent_neuron_changes_nothing` of theories/search.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fpproof.errors import FormatError
from fpproof.formats import ZERO
from fpproof.networks import RELU
from fpproof.search.answer import Answer, Outcome
from fpproof.search.finding import Weights, certificate_of, first_violated, network_of
from fpproof.search.objective import weights_of
from fpproof.search.reading import SpecError
from fpproof.search.spec import Place, Shape, Spec

Cell = tuple[int, int]
"""Depth and width."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer, and which cell it follows from; None if it was searched."""

    answer: Answer
    follows_from: Cell | None = None


def reshaped(spec: Spec, depth: int, width: int) -> Spec:
    """The same question about `depth` layers, hidden ones of `width` neurons; raises SpecError where weights are constrained."""
    if spec.choices:
        raise SpecError(f"spec {spec.file}: a frontier changes the layers, so no weight can be constrained", hint="take [[weights]] out")
    hidden = spec.layers[0] if spec.depth > 1 else Shape(width, RELU, spec.layers[-1].bias)
    layers = (*(replace(hidden, width=width) for _ in range(depth - 1)), spec.layers[-1])
    return replace(spec, layers=layers, objective=None)


def frontier(spec: Spec, depths: Sequence[int], widths: Sequence[int], answer: Callable[[Spec], Answer]) -> Iterator[tuple[Cell, Entry]]:
    """Entries of all cells, as they become known: those that others follow from come first."""
    known: dict[Cell, Entry] = {}
    for depth in sorted(depths):
        for width in sorted(widths):
            cell = (depth, width)
            entry = _followed(spec, known, cell)
            if entry is None:
                entry = Entry(answer(reshaped(spec, depth, width)))
            known[cell] = entry
            yield cell, entry
            if depth == 1:  # no hidden layer, so no width
                for other in sorted(widths)[1:]:
                    known[depth, other] = Entry(entry.answer, cell)
                    yield (depth, other), known[depth, other]
                break


def _followed(spec: Spec, known: Mapping[Cell, Entry], cell: Cell) -> Entry | None:
    """A cell that is found because a smaller one is."""
    depth, width = cell
    for smaller in ((depth, width - 1), (depth - 1, width)):
        entry = known.get(smaller)
        if entry is None or entry.answer.outcome is not Outcome.FOUND or smaller[0] < 2:
            continue
        before = reshaped(spec, *smaller)
        after = reshaped(spec, *cell)
        weights = weights_of(before, entry.answer)
        grown = widened(before, after, weights) if smaller[0] == depth else deepened(before, after, weights)
        if grown is None or first_violated(after, network_of(after, grown), after.points) is not None:
            continue
        certificate = certificate_of(after, grown, search=f"from depth {smaller[0]}, width {smaller[1]}", spec=spec.file)
        return Entry(Answer(Outcome.FOUND, "embedding", certificate=certificate), smaller)
    return None


def widened(before: Spec, after: Spec, weights: Weights) -> Weights | None:
    """Zeros for all weights that are new."""
    return {place: weights.get(place, ZERO) for place in after.places()}


def deepened(before: Spec, after: Spec, weights: Weights) -> Weights | None:
    """A unit layer before the last; None if hidden layers have no ReLU or 1 is no float."""
    if any(layer.activation != RELU for layer in before.layers[:-1]):
        return None
    if not _has_one(before):
        return None
    one, new = before.format.one, before.depth - 1
    found = {}
    for place in after.places():
        if place.layer < new:
            found[place] = weights[place]
        elif place.layer == new:
            found[place] = one if place.input == place.neuron else ZERO
        else:
            found[place] = weights[Place(place.layer - 1, place.neuron, place.input)]
    return found


def concluded(spec: Spec, known: Mapping[Cell, Entry]) -> dict[Cell, Entry]:
    """The table, with what is impossible because something larger is."""
    table = dict(known)
    sound = all(layer.activation == RELU for layer in spec.layers[:-1]) and spec.layers[-1].activation is None and _has_one(spec)
    for depth, width in sorted(table, reverse=True):
        for larger in ((depth + 1, width), (depth, width + 1)):
            entry = table.get(larger)
            applies = sound and depth >= 2 and (larger[0] > depth or depth == 2) and table[depth, width].answer.outcome is Outcome.OPEN
            if applies and entry is not None and entry.answer.outcome is Outcome.IMPOSSIBLE:
                reason = f"there is none of depth {larger[0]}, width {larger[1]}"
                table[depth, width] = Entry(replace(entry.answer, by="embedding", reason=reason), larger)
    return table


def _has_one(spec: Spec) -> bool:
    try:
        return spec.format.one is not None
    except FormatError:
        return False
