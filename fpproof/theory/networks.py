"""Networks written out: value and gradient as terms of sums and products, each rounded, for judges that know no networks.

The meaning is that of `fpproof.networks.evaluate` in every semantics; the tests hold the two against each other. Networks of certificates stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gmpy2 import mpq

from fpproof.formats import Format, Mode
from fpproof.networks import RELU, Order, Semantics, parse_semantics
from fpproof.theory.instantiate import Folding
from fpproof.theory.numbers import NEGATIVE_ZERO, from_datum
from fpproof.theory.statement import Claim
from fpproof.theory.terms import LayerShape, NetworkShape, Op, Pool, Term, Type, rebuild


def expanded(claim: Claim) -> Claim:
    """The claim with every value and gradient of a network written out; what it says of weights that are no floats stays (Op.WEIGHT)."""
    writer = _Writer(claim.pool)
    terms = Folding(claim.pool).all(rebuild((*claim.assumptions, *claim.conclusions), writer.make))
    middle = len(claim.assumptions)
    return Claim(claim.lemma, claim.formats, claim.modes, claim.variables, tuple(terms[:middle]), tuple(terms[middle:]), claim.pool)


Matrix = list[list[Term]]
Factors = list[tuple[Term, Term]]


class _Writer:
    """Writes networks of one pool; `vectors` keeps what a VALUE or a GRADIENT became until its components are asked for."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.vectors: dict[Term, list[Term]] = {}

    def make(self, term: Term, args: tuple[Term, ...]) -> Term:
        if term.op is Op.COMPONENT and args[0] in self.vectors:
            index: int = term.data
            return self.vectors[args[0]][index]
        new = self.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)
        if term.op in (Op.VALUE, Op.GRADIENT) and args[0].op is Op.NETWORK and new not in self.vectors:
            self.vectors[new] = self._run(args[0], args[1:], term.op is Op.GRADIENT)
        return new

    def _run(self, network: Term, rest: Sequence[Term], backward: bool) -> list[Term]:
        shape = network.data
        arithmetic = _Arithmetic(self.pool, network.args[0], parse_semantics(shape.semantics))
        matrices = _matrices(shape, [arithmetic.read(w) for w in network.args[1:]])
        a, layers = [arithmetic.read(x) for x in rest[: shape.inputs]], []
        for layer, (weights, biases) in zip(shape.layers, matrices, strict=True):
            z = [arithmetic.total(list(zip(row, a, strict=True)), bias) for row, bias in zip(weights, biases, strict=True)]
            layers.append((layer, weights, z))
            a = [arithmetic.activate(layer, v) for v in z]
        if not backward:
            return a
        delta = [arithmetic.read(h) for h in rest[shape.inputs :]]
        for layer, weights, z in reversed(layers):
            if layer.activation is not None:
                delta = [arithmetic.masked(d, arithmetic.slope(layer, v)) for d, v in zip(delta, z, strict=True)]
            columns = [[row[j] for row in weights] for j in range(layer.inputs)]
            delta = [arithmetic.total(list(zip(delta, column, strict=True)), None) for column in columns]
        return delta


@dataclass(frozen=True)
class _Arithmetic:
    """The operations of a network as terms; names and meaning are those of fpproof.networks.exact."""

    pool: Pool
    F: Term
    semantics: Semantics

    @property
    def G(self) -> Term:
        """The format of products and sums."""
        return self.F if self.semantics.wide is None else self.pool.format(self.semantics.wide)

    def number(self, value: object) -> Term:
        return self.pool.constant(value, type=Type.NUMBER)

    def rounded(self, F: Term, exact: Term) -> Term:
        return self.pool.make(Op.ROUND, exact, F, self.pool.mode(Mode.NEAREST_EVEN))

    def flushed(self, F: Term, x: Term) -> Term:
        """A zero of the same sign for a subnormal number, if the semantics flushes."""
        if not self.semantics.flush:
            return x
        make, zero, format = self.pool.make, self.number(0), F.data
        assert isinstance(format, Format), "formats are known in claims"
        signed = self._by_sign(x, zero, x, self.number(NEGATIVE_ZERO))
        return make(Op.IF, make(Op.LESS, make(Op.ABSOLUTE, x), self.number(mpq(2) ** format.emin)), signed, x, type=Type.NUMBER)

    def read(self, x: Term) -> Term:
        return self.flushed(self.F, x)

    def _operation(self, op: Op, x: Term, y: Term) -> Term:
        return self.flushed(self.G, self.rounded(self.G, self.pool.make(op, x, y, type=Type.NUMBER)))

    def product(self, x: Term, y: Term) -> Term:
        return self._operation(Op.MULTIPLY, x, y)

    def sum(self, x: Term, y: Term) -> Term:
        return self._operation(Op.ADD, x, y)

    def fused(self, s: Term, x: Term, y: Term) -> Term:
        return self._operation(Op.ADD, self.pool.make(Op.MULTIPLY, x, y, type=Type.NUMBER), s)

    def start(self, bias: Term) -> Term:
        return bias if self.semantics.wide is None else self.flushed(self.G, self.rounded(self.G, bias))

    def finish(self, x: Term) -> Term:
        return x if self.semantics.wide is None else self.flushed(self.F, self.rounded(self.F, x))

    def masked(self, delta: Term, slope: Term) -> Term:
        return self.read(self.rounded(self.F, self.pool.make(Op.MULTIPLY, delta, slope, type=Type.NUMBER)))

    def total(self, terms: Factors, bias: Term | None) -> Term:
        """The sum of products and bias, in the semantics' order."""
        order = self.semantics.order
        if order is Order.BIAS_FIRST:
            return self.finish(self._chain(terms, None if bias is None else self.start(bias)))
        if order is Order.PAIRWISE:
            s = self._pairwise(terms)
        elif order is Order.BLOCKED:
            size = self.semantics.block
            s = self._chain(terms[:size], None)
            for start in range(size, len(terms), size):
                s = self.sum(s, self._chain(terms[start : start + size], None))
        elif order is Order.FMA:
            s = self.product(*terms[0])
            for x, y in terms[1:]:
                s = self.fused(s, x, y)
        else:
            s = self._chain(terms, None)
        return self.finish(s if bias is None else self.sum(s, bias))

    def _chain(self, terms: Factors, start: Term | None) -> Term:
        s = start
        for x, y in terms:
            product = self.product(x, y)
            s = product if s is None else self.sum(s, product)
        assert s is not None, "a layer has an input and a neuron"
        return s

    def _pairwise(self, terms: Factors) -> Term:
        if len(terms) == 1:
            return self.product(*terms[0])
        middle = 1 << ((len(terms) - 1).bit_length() - 1)
        return self.sum(self._pairwise(terms[:middle]), self._pairwise(terms[middle:]))

    def activate(self, layer: LayerShape, z: Term) -> Term:
        """Of ReLU: z for z > 0, +0 for z <= 0, else NaN."""
        if layer.activation is None:
            return z
        if layer.activation == RELU:
            return self._by_sign(z, z, self.number(0), self.number(0))
        return self.read(self.pool.make(Op.ACTIVATION, z, self.F, data=(layer.activation, "value")))

    def slope(self, layer: LayerShape, z: Term) -> Term:
        """Of ReLU: 1 for z > 0, the semantics' slope at 0, 0 for z < 0, else NaN."""
        if layer.activation == RELU:
            at_zero = self.read(self.number(from_datum(self.semantics.slope(self.F.data))))
            return self._by_sign(z, self.number(1), at_zero, self.number(0))
        return self.read(self.pool.make(Op.ACTIVATION, z, self.F, data=(layer.activation, "derivative")))

    def _by_sign(self, z: Term, positive: Term, at_zero: Term, negative: Term) -> Term:
        """Of NaN, z itself."""
        make, zero = self.pool.make, self.number(0)
        if at_zero is negative:
            rest = make(Op.IF, make(Op.LESS_EQUAL, z, zero), negative, z, type=Type.NUMBER)
        else:
            below = make(Op.IF, make(Op.LESS, z, zero), negative, z, type=Type.NUMBER)
            rest = make(Op.IF, make(Op.EQUAL, z, zero), at_zero, below, type=Type.NUMBER)
        return make(Op.IF, make(Op.LESS, zero, z), positive, rest, type=Type.NUMBER)


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
