"""Networks written out: value and gradient as terms of sums and products, each rounded, for judges that know no networks.

The meaning is that of `fpproof.networks.evaluate` in the order left-to-right; the tests hold the two against each other.
"""

from collections.abc import Sequence

from fpproof.formats import Mode
from fpproof.theory.instantiate import Folding
from fpproof.theory.statement import Claim
from fpproof.theory.terms import LayerShape, NetworkShape, Op, Pool, Term, Type, rebuild


def expanded(claim: Claim) -> Claim:
    """The claim with every value and gradient of a network written out; what it says of weights that are no floats stays (Op.WEIGHT)."""
    writer = _Writer(claim.pool)
    terms = Folding(claim.pool).all(rebuild((*claim.assumptions, *claim.conclusions), writer.make))
    middle = len(claim.assumptions)
    return Claim(claim.lemma, claim.formats, claim.modes, claim.variables, tuple(terms[:middle]), tuple(terms[middle:]), claim.pool)


Matrix = list[list[Term]]


class _Writer:
    """Writes networks of one pool; `vectors` keeps what a VALUE or a GRADIENT became until its components are asked for."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.vectors: dict[Term, list[Term]] = {}
        self.zero = pool.constant(0, type=Type.NUMBER)
        self.one = pool.constant(1, type=Type.NUMBER)

    def make(self, term: Term, args: tuple[Term, ...]) -> Term:
        if term.op is Op.COMPONENT:
            index: int = term.data
            return self.vectors[args[0]][index]
        new = self.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)
        if term.op in (Op.VALUE, Op.GRADIENT) and new not in self.vectors:
            self.vectors[new] = self._run(args[0], args[1:], term.op is Op.GRADIENT)
        return new

    def _run(self, network: Term, rest: Sequence[Term], backward: bool) -> list[Term]:
        F, shape = network.args[0], network.data
        matrices = _matrices(shape, network.args[1:])
        a, layers = list(rest[: shape.inputs]), []
        for layer, (weights, biases) in zip(shape.layers, matrices, strict=True):
            z = [self._sum(F, zip(row, a, strict=True), bias) for row, bias in zip(weights, biases, strict=True)]
            layers.append((layer, weights, z))
            a = [self._relu(v) for v in z] if layer.activation is not None else z
        if not backward:
            return a
        delta = list(rest[shape.inputs :])
        for layer, weights, z in reversed(layers):
            delta = self._transposed(F, layer, weights, z, delta)
        return delta

    def _transposed(self, F: Term, layer: LayerShape, weights: Matrix, z: list[Term], delta: list[Term]) -> list[Term]:
        if layer.activation is not None:
            delta = [self._product(F, d, self._slope(v)) for d, v in zip(delta, z, strict=True)]
        columns = [[row[j] for row in weights] for j in range(layer.inputs)]
        return [self._sum(F, zip(delta, column, strict=True), None) for column in columns]

    def _round(self, F: Term, op: Op, x: Term, y: Term) -> Term:
        exact = self.pool.make(op, x, y, type=Type.NUMBER)
        return self.pool.make(Op.ROUND, exact, F, self.pool.mode(Mode.NEAREST_EVEN))

    def _product(self, F: Term, x: Term, y: Term) -> Term:
        return self._round(F, Op.MULTIPLY, x, y)

    def _sum(self, F: Term, terms: "zip[tuple[Term, Term]]", bias: Term | None) -> Term:
        total: Term | None = None
        for x, y in terms:
            product = self._product(F, x, y)
            total = product if total is None else self._round(F, Op.ADD, total, product)
        assert total is not None, "a layer has an input and a neuron"
        return total if bias is None else self._round(F, Op.ADD, total, bias)

    def _relu(self, z: Term) -> Term:
        """z for z > 0, +0 for z <= 0, else NaN."""
        return self._by_sign(z, z, self.zero)

    def _slope(self, z: Term) -> Term:
        """1 for z > 0, 0 for z <= 0, else NaN."""
        return self._by_sign(z, self.one, self.zero)

    def _by_sign(self, z: Term, positive: Term, other: Term) -> Term:
        make = self.pool.make
        rest = make(Op.IF, make(Op.LESS_EQUAL, z, self.zero), other, z, type=Type.NUMBER)
        return make(Op.IF, make(Op.LESS, self.zero, z), positive, rest, type=Type.NUMBER)


def _matrices(shape: NetworkShape, weights: Sequence[Term]) -> list[tuple[Matrix, list[Term | None]]]:
    """Weights and biases of each layer."""
    found, rest = [], iter(weights)
    for layer in shape.layers:
        rows: Matrix = []
        biases: list[Term | None] = []
        for biased in layer.biased:
            rows.append([next(rest) for _ in range(layer.inputs)])
            biases.append(next(rest) if biased else None)
        found.append((rows, biases))
    return found
