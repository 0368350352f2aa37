"""From what is said of weights that exist to a spec of `fpproof.search`: what outputs are to be at which points, and what weights may be.

A spec asks that values are finite, and gradients of which anything is asked. Where the statement does not, a network that is found is one, but that
there is none is not shown: `Question.partial` says what would have to be stated too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fpproof.formats import ZERO, Datum, Format
from fpproof.formats.arithmetic import compare, is_finite, negate, predecessor, successor
from fpproof.search import Spec
from fpproof.search.spec import FREE, Choice, Kind, Place, Point, Shape, Wanted
from fpproof.theory import Domain, Op, Term, ordered, show
from fpproof.theory.instantiate import conjuncts
from fpproof.theory.numbers import Number, to_datum

Vector = tuple[Datum, ...]


class Untranslated(Exception):
    """The statement is no question of the search, and why."""


@dataclass(frozen=True)
class Question:
    """A spec, and what must be finite for it to say the same as the statement; empty if it does."""

    spec: Spec
    partial: str


@dataclass
class _Wish:
    """What is asked of one output or component so far."""

    lows: list[tuple[Datum, bool]]
    highs: list[tuple[Datum, bool]]
    nots: list[Datum]
    finite: bool = False

    def wanted(self, F: Format) -> tuple[Wanted, bool]:
        """As a spec has it, and whether it implies that the number is finite."""
        low = max((_inside(F, x, strict, 1) for x, strict in self.lows), key=F.ordinal, default=None)
        high = min((_inside(F, x, strict, -1) for x, strict in self.highs), key=F.ordinal, default=None)
        finite = self.finite or (low is not None and high is not None)
        if self.nots:
            if low is not None or high is not None or len(self.nots) > 1:
                raise Untranslated("an output is both compared and not to be a number")
            return Wanted(Kind.NOT, self.nots[0], self.nots[0]), finite
        if low is None and high is None:
            return FREE, finite
        largest = F.from_ordinal(F.largest_ordinal)
        low, high = negate(largest) if low is None else low, largest if high is None else high
        if compare(low, high) == 0:
            return Wanted(Kind.IS, low, low), finite
        return Wanted(Kind.BETWEEN, low, high), finite  # of what contradicts itself low is above high, and no number is between them


def _inside(F: Format, x: Datum, strict: bool, side: int) -> Datum:
    """The end of an interval that is part of it."""
    found = x if not strict else successor(F, x) if side > 0 else predecessor(F, x)
    if not is_finite(found):
        raise Untranslated("nothing finite is beyond the largest float")
    return found


Site = tuple[Vector, Vector | None, int]
"""x, upstream (None for the value), and component."""


def question_of(variables: Sequence[Term], body: Term) -> Question:
    """The spec that asks for the variables; raises Untranslated, with the reason."""
    if not variables:
        raise Untranslated("a conclusion does not say that weights exist")
    networks = [t for t in ordered([body]) if t.op is Op.NETWORK]
    if len(networks) != 1 or any(t.op is Op.NETWORK_FILE for t in ordered([body])):
        raise Untranslated(f"the statement speaks of {len(networks)} networks with given layers, one is searched for")
    return _Translation(networks[0], variables).question(conjuncts([body]))


class _Translation:
    """Of the conditions on one network."""

    def __init__(self, network: Term, variables: Sequence[Term]) -> None:
        self.network, self.F = network, network.args[0].data
        if network.data.semantics != "left-to-right":
            raise Untranslated(f"networks are searched for in left-to-right sums, found {network.data.semantics}")
        for variable in variables:
            if variable.variable.domain is not Domain.FLOAT:
                raise Untranslated(f"{show(variable)} is no Float: what exists are weights, and these are finite")
        self.variables = set(variables)
        self.wishes: dict[Site, _Wish] = {}
        self.choices: dict[Term, Choice] = {}

    def question(self, conditions: Sequence[Term]) -> Question:
        for condition in conditions:
            self._add(condition)
        layers, choices = self._layers()
        points, partial = self._points()
        shape = self.network.data
        spec = Spec(self.F, shape.inputs, layers, points, tuple(sorted(choices.items(), key=lambda entry: entry[0].sort_key)), file="statement")
        return Question(spec, partial)

    # Weights

    def _layers(self) -> tuple[tuple[Shape, ...], dict[Place, Choice]]:
        """Shapes, and what is known of each weight: constants, variables that stand at several places, missing biases."""
        numbers = iter(self.network.args[1:])
        shapes, choices, first = [], dict[Place, Choice](), dict[Term, Place]()
        for number, layer in enumerate(self.network.data.layers):
            shapes.append(Shape(layer.neurons, layer.activation, any(layer.biased)))
            for neuron, biased in enumerate(layer.biased):
                places = [Place(number, neuron, j) for j in range(layer.inputs)] + ([Place(number, neuron)] if biased else [])
                choices |= {place: self._choice(place, next(numbers), first) for place in places}
                if not biased and any(layer.biased):
                    choices[Place(number, neuron)] = Choice(among=(ZERO,))
        for weight in self.choices:
            if weight not in first:  # there may be no such number, whatever the network does
                raise Untranslated(f"{show(weight)} is no weight of the network, and conditions are on it")
        return tuple(shapes), {place: choice for place, choice in choices.items() if not choice.free}

    def _choice(self, place: Place, weight: Term, first: dict[Term, Place]) -> Choice:
        weight = _plain(weight)
        if weight.op is Op.CONSTANT:
            return Choice(among=(self._float(weight.data, weight),))
        if weight not in self.variables or weight.args[0].data != self.F:
            raise Untranslated(f"a weight is {show(weight)}: expected a number or one of the weights that exist")
        if weight in first:
            return Choice(same_as=first[weight])
        first[weight] = place
        return self.choices.get(weight, Choice())

    # Points

    def _points(self) -> tuple[tuple[Point, ...], str]:
        F, shape = self.F, self.network.data
        asked = {site: wish.wanted(F) for site, wish in self.wishes.items()}
        xs = list(dict.fromkeys(x for x, _, _ in asked))
        partial = ""
        points = []
        for x in xs:
            values = [asked.get((x, None, i), (FREE, False)) for i in range(shape.outputs)]
            if not all(finite for _, finite in values):
                partial = partial or "finite(value(...))"
            value = tuple(wanted for wanted, _ in values)
            upstreams = list(dict.fromkeys(h for y, h, _ in asked if y == x and h is not None))
            for h in upstreams:
                components = [asked.get((x, h, j), (FREE, False)) for j in range(shape.inputs)]
                if not all(finite for _, finite in components):
                    partial = partial or "finite(gradient(...))"
                points.append(Point(x, h, value, tuple(wanted for wanted, _ in components)))
            if not upstreams:
                points.append(Point(x, (F.one,) * shape.outputs, value, None))
        if not points:
            raise Untranslated("nothing is asked of the network's values or gradients")
        return tuple(points), partial

    # Conditions

    def _add(self, condition: Term) -> None:
        match condition.op:
            case Op.FINITE if (site := self._site(condition.args[0])) is not None:
                self._wish(site).finite = True
            case Op.EQUAL | Op.LESS | Op.LESS_EQUAL:
                self._compare(condition, *condition.args)
            case Op.NOT if condition.args[0].op is Op.EQUAL:
                self._differ(condition.args[0])
            case Op.OR:
                self._among(condition)
            case _:
                raise self._unknown(condition)

    def _compare(self, condition: Term, left: Term, right: Term) -> None:
        strict, equal = condition.op is Op.LESS, condition.op is Op.EQUAL
        if (site := self._site(left)) is not None and right.op is Op.CONSTANT:
            end = (self._float(right.data, condition), strict)
            self._wish(site).highs.append(end)
            if equal:
                self._wish(site).lows.append(end)
        elif (site := self._site(right)) is not None and left.op is Op.CONSTANT:
            end = (self._float(left.data, condition), strict)
            self._wish(site).lows.append(end)
            if equal:
                self._wish(site).highs.append(end)
        elif equal and (pair := self._weight_is(condition)) is not None:
            self._choose(pair[0], condition, among=(pair[1],))
        elif not equal and not strict and left.op is Op.ABSOLUTE and left.args[0] in self.variables and right.op is Op.CONSTANT:
            bound = self._float(right.data, condition)
            if bound[0] < 0:
                raise self._unknown(condition)
            self._choose(left.args[0], condition, bound=bound)
        else:
            raise self._unknown(condition)

    def _differ(self, equality: Term) -> None:
        left, right = equality.args
        if self._site(left) is None:
            left, right = right, left
        site = self._site(left)
        if site is None or right.op is not Op.CONSTANT:
            raise self._unknown(equality)
        self._wish(site).nots.append(self._float(right.data, equality))

    def _among(self, condition: Term) -> None:
        """w == 1 or w == -1."""
        pairs = [self._weight_is(case) if case.op is Op.EQUAL else None for case in condition.args]
        known = [pair for pair in pairs if pair is not None]
        if len(known) < len(pairs) or len({weight for weight, _ in known}) != 1:
            raise self._unknown(condition)
        self._choose(known[0][0], condition, among=tuple(w for _, w in known))

    def _weight_is(self, equality: Term) -> tuple[Term, Datum] | None:
        left, right = equality.args
        if left.op is Op.CONSTANT:
            left, right = right, left
        return (left, self._float(right.data, equality)) if left in self.variables and right.op is Op.CONSTANT else None

    def _choose(self, weight: Term, condition: Term, **what: object) -> None:
        choice = self.choices.get(weight, Choice())
        if any(getattr(choice, name) is not None for name in what):
            raise self._unknown(condition)
        self.choices[weight] = replace(choice, **what)  # type: ignore[arg-type]  # among or bound

    # Pieces

    def _wish(self, site: Site) -> _Wish:
        return self.wishes.setdefault(site, _Wish([], [], []))

    def _site(self, term: Term) -> Site | None:
        """Which output a term is."""
        component, vector = (term.data, term.args[0]) if term.op is Op.COMPONENT else (0, term)
        if vector.op not in (Op.VALUE, Op.GRADIENT) or vector.args[0] is not self.network:
            return None
        data = [_plain(argument) for argument in vector.args[1:]]
        if any(argument.op is not Op.CONSTANT for argument in data):
            raise Untranslated(f"{show(vector)}: networks are searched for at points that are numbers")
        numbers = tuple(self._float(argument.data, vector) for argument in data)
        inputs = self.network.data.inputs
        x = tuple(ZERO if v[0] == 0 else v for v in numbers[:inputs])
        return x, numbers[inputs:] if vector.op is Op.GRADIENT else None, component

    def _float(self, number: Number, where: Term) -> Datum:
        datum = to_datum(self.F, number)
        if datum is None or not is_finite(datum):
            raise Untranslated(f"{show(where)}: expected finite floats of {self.F.name}")
        return datum

    def _unknown(self, condition: Term) -> Untranslated:
        return Untranslated(f"{show(condition)}: expected conditions on values and gradients at points, or on one weight")


def _plain(term: Term) -> Term:
    """The number of a weight or an input."""
    while term.op is Op.WEIGHT:
        term = term.args[0]
    return term
