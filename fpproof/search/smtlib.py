"""A spec as an SMT-LIB script, in bit-vectors (fpproof.encodings) or in the solvers' own floats; comments say which variable is which weight.

The second is written as a user of the solvers would write it, without patterns, so it is also what the search is compared with in benchmarks/.
"""

from collections.abc import Sequence
from functools import reduce

from fpproof.encodings import EncodingError
from fpproof.encodings.smtlib import query, symbol
from fpproof.encodings.terms import Op
from fpproof.formats import Datum
from fpproof.formats.text import both
from fpproof.networks import RELU
from fpproof.search.queries import query_of
from fpproof.search.spec import Kind, Place, Point, Spec, Wanted


def as_bits(spec: Spec) -> str:
    """All points at once, no pattern fixed; a variable is the code of a weight."""
    encoding = query_of(spec, spec.points, None)
    lines = _header(spec)
    for place, w in encoding.weights.items():
        if w.code.op is Op.VARIABLE:
            lines.append(f"; {symbol(str(w.code.data))} is the code of {place}")
        else:
            lines.append(f"; {place} is {both(spec.format, spec.format.decode(int(w.code.data)))}")
    return "\n".join([*lines, query(encoding.assertions)])


def as_floats(spec: Spec) -> str:
    """In the theory of floats; raises EncodingError for formats and activations that it does not have."""
    F = spec.format
    if F.specials != "ieee" or F.overflow != "infinity" or F.largest[0] != (2 << F.p) - 1 or F.emin != 1 - F.emax:
        raise EncodingError(f"{F.name} is no format of SMT-LIB's theory of floats", hint="--encoding bits")
    if any(layer.activation not in (None, RELU) for layer in spec.layers):
        raise EncodingError("SMT-LIB's theory of floats has no activation but ReLU", hint="--encoding bits")
    return "\n".join([*_header(spec), *_Script(spec).lines(), ""])


def _header(spec: Spec) -> list[str]:
    shape = "-".join(map(str, (spec.inputs, *(layer.width for layer in spec.layers))))
    return [
        f"; is there a {shape} network in {spec.format.name} with these values and gradients at {len(spec.points)} points?",
        "; W2[1,3] is the weight of layer 2, neuron 1, input 3; b2[1] the bias of layer 2, neuron 1",
    ]


class _Script:
    """Definitions and assertions in QF_FP, left to right as docs/semantics.md has them."""

    def __init__(self, spec: Spec) -> None:
        self.spec, self.F = spec, spec.format
        self.sort = f"(_ FloatingPoint {self.F.exponent_bits} {self.F.precision})"
        self.zero = f"(_ +zero {self.F.exponent_bits} {self.F.precision})"
        self.body: list[str] = []
        self.count = 0

    def lines(self) -> list[str]:
        places = [place for place in self.spec.places() if self.spec.choice(place).same_as is None]
        head = ["(set-logic QF_FP)"]
        for place in places:
            head += [f"; {self.name(place)} is {place}", f"(declare-const {self.name(place)} {self.sort})"]
            self.holds(f"(not (or (fp.isNaN {self.name(place)}) (fp.isInfinite {self.name(place)})))")
            self.choice(place)
        for point in self.spec.points:
            self.point(point)
        return [*head, *self.body, "(check-sat)"]

    def name(self, place: Place) -> str:
        place = self.spec.choice(place).same_as or place
        return symbol(str(place))

    def holds(self, condition: str) -> None:
        self.body.append(f"(assert {condition})")

    def define(self, term: str) -> str:
        self.count += 1
        self.body.append(f"(define-fun t{self.count} () {self.sort} {term})")
        return f"t{self.count}"

    def number(self, x: Datum) -> str:
        code = self.F.encode(x)
        bits = f"{code:0{self.F.width}b}"
        return f"(fp #b{bits[0]} #b{bits[1 : 1 + self.F.exponent_bits]} #b{bits[1 + self.F.exponent_bits :]})"

    def choice(self, place: Place) -> None:
        choice, w = self.spec.choice(place), self.name(place)
        if choice.powers:
            powers = [self.F.power_of_two(n) for n in range(self.F.emin - self.F.p, self.F.emax + 1)]
            self.holds(f"(or (fp.isZero {w}) {' '.join(f'(fp.eq (fp.abs {w}) {self.number(one)})' for one in powers)})")
        if choice.among is not None:
            self.holds(f"(or false {' '.join(f'(fp.eq {w} {self.number(one)})' for one in choice.among)})")
        if choice.bound is not None:
            self.holds(f"(fp.leq (fp.abs {w}) {self.number(choice.bound)})")

    def sum(self, terms: Sequence[str]) -> str:
        return reduce(lambda a, b: self.define(f"(fp.add RNE {a} {b})"), terms)

    def point(self, point: Point) -> None:
        current = [self.number(x) for x in point.x]
        pre_activations: list[list[str]] = []
        for number, layer in enumerate(self.spec.layers):
            z = []
            for i in range(layer.width):
                products = [self.define(f"(fp.mul RNE {self.name(Place(number, i, j))} {x})") for j, x in enumerate(current)]
                z.append(self.sum([self.sum(products), self.name(Place(number, i))] if layer.bias else products))
            pre_activations.append(z)
            current = z if layer.activation is None else [self.define(f"(ite (fp.leq {v} {self.zero}) {self.zero} {v})") for v in z]
        for wanted, found in zip(point.value, current, strict=True):
            self.wants(wanted, found)
        if point.gradient is None:
            return
        delta = [self.number(h) for h in point.upstream]
        for number in range(self.spec.depth - 1, -1, -1):
            layer = self.spec.layers[number]
            if layer.activation is not None:
                z = pre_activations[number]
                delta = [self.define(f"(ite (fp.gt {v} {self.zero}) {d} (fp.mul RNE {d} {self.zero}))") for v, d in zip(z, delta, strict=True)]
            inputs = self.spec.inputs if number == 0 else self.spec.layers[number - 1].width
            delta = [
                self.sum([self.define(f"(fp.mul RNE {d} {self.name(Place(number, i, j))})") for i, d in enumerate(delta)]) for j in range(inputs)
            ]
        for wanted, found in zip(point.gradient, delta, strict=True):
            self.wants(wanted, found)

    def wants(self, wanted: Wanted, found: str) -> None:
        self.holds(f"(not (or (fp.isNaN {found}) (fp.isInfinite {found})))")
        match wanted.kind:
            case Kind.IS:
                self.holds(f"(fp.eq {found} {self.number(wanted.low)})")
            case Kind.NOT:
                self.holds(f"(not (fp.eq {found} {self.number(wanted.low)}))")
            case Kind.BETWEEN:
                self.holds(f"(and (fp.leq {self.number(wanted.low)} {found}) (fp.leq {found} {self.number(wanted.high)}))")
            case Kind.FREE:
                pass
