"""Statements as bit-vectors: conditions, existence, and where a statement is wrong.

`exists` has no bit-vector of its own. Where a counterexample needs that something exists, a new variable stands for it, which is exact. Where it
needs that nothing does, the witness that the statement names is tried in its place, or every value of a small type: with a witness
alone a model may be none, and `approximate` says so.
"""

from collections.abc import Iterable, Mapping
from itertools import count, islice

from fpproof.encodings import EncodingError, FloatTerm, floats, is_float
from fpproof.encodings.terms import FALSE, TRUE, all_of, any_of, equal, ite, truth
from fpproof.encodings.terms import Term as Bits
from fpproof.formats import Format
from fpproof.judges.smt.kinds import same_number
from fpproof.judges.smt.values import Values
from fpproof.theory import Claim, Domain, Op, Term, Type, ordered, show
from fpproof.theory.evaluate import domain as values_of
from fpproof.theory.instantiate import Folding

MOST_VALUES = 64
"""Values of a variable that are tried one by one where nothing may exist."""


def outside_quantifiers(term: Term) -> tuple[Term, ...]:
    return () if term.op is Op.EXISTS else term.args


class Translator(Values):
    """See the module. A condition's polarity is 1 if the query asks for it to hold, -1 if it asks that it does not, 0 if it may ask for both."""

    def __init__(self, claim: Claim, stand_ins: Mapping[Term, Format]) -> None:
        super().__init__(claim, stand_ins)
        self.approximate = False
        self._fresh = count(1)
        roots = (*claim.assumptions, *claim.conclusions)
        self._quantified = above(roots, Op.EXISTS)
        self._build_floats(roots)

    def _build_floats(self, roots: Iterable[Term]) -> None:
        """Floats and conditions from the leaves up, so that nothing recurses from one float through another."""
        for term in ordered(roots, outside_quantifiers):
            if term in self._quantified:
                continue
            if term.op in (Op.ROUND, Op.WEIGHT, Op.IF, Op.SUCC, Op.PRED) and term.type is not Type.BOOL:
                self.float(term)
            elif term.type is Type.BOOL:
                self.truth(term)

    # Conditions

    def truth(self, term: Term, polarity: int = 0) -> Bits:
        key = ("truth", term, polarity if term in self._quantified else 0)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._truth(term, polarity)
        assert not isinstance(found, FloatTerm), "conditions are truth values"
        return found  # type: ignore[return-value]  # the key begins with the name of what is made

    def _truth(self, term: Term, polarity: int) -> Bits:
        args = term.args
        match term.op:
            case Op.TRUTH:
                return truth(term.data)
            case Op.VARIABLE:
                variable = self.variable(term)
                assert not isinstance(variable, FloatTerm), f"{show(term)} is a truth value"
                return variable
            case Op.NOT:
                return ~self.truth(args[0], -polarity)
            case Op.AND:
                return all_of(self.truth(a, polarity) for a in args)
            case Op.OR:
                return any_of(self.truth(a, polarity) for a in args)
            case Op.IFF:
                return equal(self.truth(args[0]), self.truth(args[1]))
            case Op.IF:
                return ite(self.truth(args[0]), self.truth(args[1], polarity), self.truth(args[2], polarity))
            case Op.EXISTS:
                return self._exists(term, polarity)
            case Op.EQUAL:
                return self._equal(*args)
            case Op.LESS:
                return self.compare(*args).less
            case Op.LESS_EQUAL:
                order = self.compare(*args)
                return order.less | order.equal
            case Op.SAME:
                return self._same(*args)
            case Op.FINITE:
                x = self.float(args[0])
                return self.rounded(args[0], 1).finite if x is None else ~x.nan & ~x.infinite
            case Op.IS_FLOAT:
                F: Format = args[1].data
                return is_float(F, self.rounded(args[0], F.precision))
        raise EncodingError(f"{show(term)} has no encoding as a bit-vector")

    def _nan(self, term: Term) -> Bits:
        x = self.float(term)
        return self.rounded(term, 1).nan if x is None else x.nan

    def _equal(self, a: Term, b: Term) -> Bits:
        """Numeric equality. fl(e) == e holds iff the rounding is exact: one bit that it says by itself."""
        if same_number(a, b):
            return ~self._nan(a)
        for rounded, exact in ((a, b), (b, a)):
            if rounded.op is Op.ROUND and same_number(rounded.args[0], exact):
                found = self.rounding(rounded)
                return ~found.inexact & ~found.value.nan
        return self.compare(a, b).equal

    def _same(self, a: Term, b: Term) -> Bits:
        """Bitwise equality: one number, signs of zeros told apart, NaN the same as NaN."""
        x, y = self.float(a), self.float(b)
        x, y = (self._in(a, y.format) if x is None and y is not None else x), (self._in(b, x.format) if y is None and x is not None else y)
        if x is not None and y is not None and x.format == y.format:
            return floats.same(x, y)
        alike = ~(self._sign(a) ^ self._sign(b))
        return (self._nan(a) & self._nan(b)) | (self._equal(a, b) & alike)

    def _sign(self, term: Term) -> Bits:
        x = self.float(term)
        return self.rounded(term, 1).sign if x is None else x.sign

    # Existence

    def _exists(self, term: Term, polarity: int) -> Bits:
        variable, body, *witnesses = term.args
        every = values_of(variable)
        if polarity > 0:
            return self.truth_of_body(variable, body, self._new(variable), polarity)
        few = None if every is None else list(islice(every, MOST_VALUES + 1))
        if few is not None and len(few) <= MOST_VALUES:
            constants = (self.claim.pool.truth(v) if isinstance(v, bool) else self.claim.pool.constant(v, type=Type.NUMBER) for v in few)
            return any_of([self.truth_of_body(variable, body, value, polarity) for value in constants])
        if polarity < 0 and witnesses:
            self.approximate = True
            return any_of([self._is_value(variable, w) & self.truth_of_body(variable, body, w, polarity) for w in witnesses])
        raise EncodingError(f"{show(term)}: nothing is encoded for all values of {variable.variable.name}", hint="name a witness=")

    def _new(self, variable: Term) -> Term:
        """A variable that stands for what exists."""
        if variable.variable.domain in (Domain.INT, Domain.REAL):
            raise EncodingError(f"the {variable.variable.domain} {variable.variable.name} of an exists has no encoding")
        name = f"{variable.variable.name}#{next(self._fresh)}"
        return self.claim.pool.variable(name, variable.variable.domain, variable.args[0] if variable.args else None)

    def truth_of_body(self, variable: Term, body: Term, value: Term, polarity: int) -> Bits:
        """The body of a quantifier at a value of its variable."""
        if any(t.op is Op.EXISTS and t.args[0] is variable for t in ordered([body])):
            raise EncodingError(f"two quantifiers in each other, both over {variable.variable.name}")
        folding = Folding(self.claim.pool)
        folding.replaced[variable] = value
        (placed,) = folding.all([body])
        self._quantified |= above([placed], Op.EXISTS)
        return self.truth(placed, polarity)

    def _is_value(self, variable: Term, witness: Term) -> Bits:
        """Whether a number is one that the variable ranges over."""
        match variable.variable.domain:
            case Domain.BOOL:
                return TRUE
            case Domain.INT if witness.type is Type.INT:
                return ~self._nan(witness)
            case Domain.FLOAT:
                F: Format = variable.args[0].data
                x = self.float(witness)
                return x.finite if x is not None and x.format == F else is_float(F, self.rounded(witness, F.precision))
            case Domain.DATUM if (x := self._in(witness, variable.args[0].data)) is not None:
                return TRUE if x.format.has_nan else ~x.nan
            case Domain.REAL:
                return self.rounded(witness, 1).finite & ~(self.rounded(witness, 1).zero & self._sign(witness))
        raise EncodingError(f"a witness for the {variable.variable.domain} {variable.variable.name} has no encoding")

    # Statements that are wrong

    def wrong(self, roots: Iterable[Term]) -> dict[Term, Bits]:
        """For each term, where it is asked for and depends on a weight that is no float ([E-Weight] of docs/theory-language.md)."""
        found: dict[Term, Bits] = {}
        for term in ordered(roots, outside_quantifiers):
            below = [found[a] for a in outside_quantifiers(term)]
            match term.op:
                case Op.WEIGHT:
                    found[term] = below[0] | self.no_float(term)
                case Op.IF if any(w is not FALSE for w in below):
                    found[term] = below[0] | ite(self.truth(term.args[0]), below[1], below[2])
                case Op.AND | Op.OR if any(w is not FALSE for w in below):
                    found[term] = self._wrong_junction(term, below)
                case _:
                    found[term] = any_of(below)
        if any(w is not FALSE for w in found.values()) and self._quantified:
            raise EncodingError("weights that may be no floats beside an exists have no encoding")
        return found

    def _wrong_junction(self, term: Term, below: list[Bits]) -> Bits:
        """From left to right, up to the argument that decides."""
        result, reached = FALSE, TRUE
        for argument, wrong in zip(term.args, below, strict=True):
            result = result | (reached & wrong)
            holds = self.truth(argument)
            reached = reached & (holds if term.op is Op.AND else ~holds)
        return result

    def no_float(self, term: Term) -> Bits:
        """Where a weight, an input or an upstream is none of the format."""
        inner, F = term.args[0], term.args[1].data
        x = self._in(inner, F)
        if x is not None:
            return FALSE if term.data != "weight" or _is_finite(inner) else ~(~x.nan & ~x.infinite)
        number = self.rounded(inner, F.precision)
        wrong = (number.finite & ~is_float(F, number)) | (number.infinite if not F.has_infinities else FALSE)
        return wrong | (~number.finite if term.data == "weight" else FALSE)


def _is_finite(term: Term) -> bool:
    """Whether a term is finite by its form: a Float, whatever its sign."""
    while term.op in (Op.NEGATE, Op.ABSOLUTE, Op.WEIGHT):
        term = term.args[0]
    return term.op is Op.VARIABLE and term.variable.domain is Domain.FLOAT


def above(roots: Iterable[Term], op: Op) -> set[Term]:
    """The terms that an operation occurs in."""
    found: set[Term] = set()
    for term in ordered(roots):
        if term.op is op or any(a in found for a in term.args):
            found.add(term)
    return found
