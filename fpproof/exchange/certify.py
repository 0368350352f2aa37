"""A certificate of what a network computes: evaluated exactly, its activations as tables of the entries that are met."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fpproof.certificates import Certificate, ClaimedPoint, check
from fpproof.certificates.certificate import FINITE_KINDS
from fpproof.certificates.reading import LARGEST_FILE
from fpproof.errors import TableError
from fpproof.exchange.model import ExchangeError
from fpproof.exchange.points import Evaluated
from fpproof.exchange.rounded import CorrectlyRounded
from fpproof.formats import ZERO, Datum, Format
from fpproof.formats.arithmetic import is_nan
from fpproof.networks import LEFT_TO_RIGHT, RELU, Evaluation, Layer, Network, Semantics, TableActivation, evaluate
from fpproof.networks.kernel import Kernel, carriers, from_float64, to_float64

Vector = tuple[Datum, ...]
Floats = NDArray[np.float64]

def certify(
    network: Network,
    points: Sequence[Evaluated],
    semantics: Semantics = LEFT_TO_RIGHT,
    origin: dict[str, object] | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> Certificate:
    """The certificate of the network's values and gradients at the points, with all numbers on the way claimed finite; checked.

    Layers name registered activations; what the network holds under these names is replaced by tables. Raises TableError, with its
    line, for a point where a value, a gradient, a pre-activation, an activation or an adjoint is not finite.
    """
    named = {layer.activation for layer in network.layers if layer.activation not in (None, RELU)}
    rounded = {name: CorrectlyRounded(network.format, name) for name in sorted(filter(None, named))}
    evaluating = Network(network.format, network.layers, rounded)
    affine = Network(network.format, tuple(replace(layer, activation=None) for layer in network.layers))
    if carriers(affine, semantics) is None:
        claimed = _exactly(evaluating, points, semantics, progress)
        tabled = _tabled(evaluating, rounded)
    else:
        _meet(evaluating, rounded, points, semantics, jobs)
        tabled = _tabled(evaluating, rounded)
        claimed = _by_kernel(tabled, points, semantics, jobs)
    certificate = Certificate(tabled, tuple(claimed), semantics, None, FINITE_KINDS, origin or {})
    report = check(certificate, jobs=jobs, progress=progress)
    if not report.accepted:
        raise AssertionError(f"the certificate of point {report.failure and report.failure.listed} is rejected: a bug in fpproof")
    if (size := len(certificate.to_bytes())) > LARGEST_FILE:
        raise ExchangeError(f"a certificate of {size >> 20} MiB is not written", hint=f"at most {LARGEST_FILE >> 20} MiB: use fewer points")
    return certificate


def _tabled(network: Network, rounded: dict[str, CorrectlyRounded]) -> Network:
    tables = {name: TableActivation(name, sigma.entries) for name, sigma in rounded.items()}
    return Network(network.format, network.layers, tables)


def _meet(network: Network, rounded: dict[str, CorrectlyRounded], points: Sequence[Evaluated], semantics: Semantics, jobs: int) -> None:
    """Runs the layers forward one by one at all points, to learn which entries are met.

    A layer alone has the sums that it has in the network: the semantics knows no state between layers, and flushing twice is flushing once.
    """
    if not rounded:
        return
    F = network.format
    a = _array([point.x for point in points])
    for layer in network.layers:
        z = _pre_activations(F, layer, a, semantics, jobs)
        if layer.activation is None:
            a = z
            continue
        distinct, places = np.unique(z, return_inverse=True)
        data = [from_float64(F, v) for v in distinct.tolist()]
        if layer.activation == RELU:
            outputs = [x if x[0] > 0 or is_nan(x) else ZERO for x in data]
        else:
            sigma = rounded[layer.activation]
            sigma.meet(data)
            outputs = list(map(sigma.value, data))
        a = np.array([to_float64(x) for x in outputs])[places].reshape(z.shape)


def _pre_activations(F: Format, layer: Layer, a: Floats, semantics: Semantics, jobs: int) -> Floats:
    alone = Network(F, (replace(layer, activation=None),))
    return Kernel(alone, semantics).run(a, np.zeros((len(a), layer.neurons)), jobs).values


def _array(vectors: Sequence[Vector]) -> Floats:
    return np.array([[to_float64(x) for x in vector] for vector in vectors], np.float64)


def _by_kernel(network: Network, points: Sequence[Evaluated], semantics: Semantics, jobs: int) -> list[ClaimedPoint]:
    F = network.format
    batch = Kernel(network, semantics).run(_array([p.x for p in points]), _array([p.upstream for p in points]), jobs)
    claimed = []
    for point, values, gradients, counters in zip(points, batch.values.tolist(), batch.gradients.tolist(), batch.counters, strict=True):
        if counters.any():
            _refuse(network, point, semantics)
        vectors = (tuple(from_float64(F, v) for v in vector) for vector in (values, gradients))
        claimed.append(ClaimedPoint(point.x, point.upstream, *vectors))
    return claimed


def _exactly(
    network: Network, points: Sequence[Evaluated], semantics: Semantics, progress: Callable[[int, int], object] | None
) -> list[ClaimedPoint]:
    claimed = []
    for number, point in enumerate(points, 1):
        evaluation = evaluate(network, point.x, point.upstream, semantics)
        if evaluation.first_non_finite is not None:
            _refuse(network, point, semantics, evaluation)
        claimed.append(ClaimedPoint(point.x, point.upstream, evaluation.value, evaluation.gradient))
        if progress is not None:
            progress(number, len(points))
    return claimed


def _refuse(network: Network, point: Evaluated, semantics: Semantics, evaluation: Evaluation | None = None) -> None:
    first = (evaluation or evaluate(network, point.x, point.upstream, semantics)).first_non_finite
    raise TableError(f"the network meets {first}", point.place, "a certificate claims finite numbers: leave the point out, or take a larger format")
