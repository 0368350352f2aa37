"""From a lemma to a claim: formats and modes put in, constants folded, bounded quantifiers written out."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from fpproof.errors import TheoryError
from fpproof.formats import Format, Mode
from fpproof.theory.evaluate import Failure, apply, foldable
from fpproof.theory.numbers import Special, Surd
from fpproof.theory.statement import AMBIENT, Claim, Lemma
from fpproof.theory.terms import Domain, Op, Pool, Term, ordered, rebuild, show

MOST_STEPS = 200_000
"""Terms and arguments that are made from the terms of one lemma, the same ones counted again."""
LONGEST_RANGE = 10_000
"""Instances of a bounded quantifier that are written out."""

MOST_REMEMBERED = 10_000
_applies: dict[tuple[str, tuple[tuple[str, Format], ...]], bool] = {}
"""By what is required and the formats: many lemmas require the same."""


def instances(lemma: Lemma, formats: Mapping[str, Format] | Format) -> tuple[Claim, ...]:
    """The lemma's claims in given formats, one for each choice of its rounding modes; none if a requirement is not met.

    A Format alone is the ambient one. Raises TheoryError where the lemma means nothing in the formats (a huge power,
    a range that depends on a variable), and for missing formats.
    """
    given = _given(lemma, formats)
    return tuple(_claim(lemma, given, modes) for modes in _modes(lemma) if _speaks_of(lemma, given, modes))


def applies(lemma: Lemma, formats: Mapping[str, Format] | Format) -> bool:
    """Whether `instances` has claims for given formats, found from the requirements alone; raises TheoryError for missing formats."""
    given = _given(lemma, formats)
    if not lemma.outline.requires:
        return True
    name = f"{','.join(lemma.mode_parameters)};{lemma.outline.requires}", tuple(given.items())
    if name not in _applies:
        if len(_applies) >= MOST_REMEMBERED:
            _applies.clear()
        _applies[name] = any(_speaks_of(lemma, given, modes) for modes in _modes(lemma))
    return _applies[name]


def _given(lemma: Lemma, formats: Mapping[str, Format] | Format) -> dict[str, Format]:
    """A format for each format parameter."""
    given = {AMBIENT: formats} if isinstance(formats, Format) else dict(formats)
    missing = [name for name in lemma.format_parameters if name not in given]
    if missing:
        raise TheoryError(f"lemma {lemma.name}: no format is given for {', '.join(missing)}", lemma.place)
    return given


def _modes(lemma: Lemma) -> Iterator[dict[str, Mode]]:
    """Each choice of the lemma's rounding modes."""
    names = lemma.mode_parameters
    return (dict(zip(names, modes, strict=True)) for modes in product(Mode, repeat=len(names)))


def _claim(lemma: Lemma, formats: Mapping[str, Format], modes: Mapping[str, Mode]) -> Claim:
    pool = Pool()
    terms = Folding(pool).all(_put_in(pool, (*lemma.variables, *lemma.assumes, *lemma.shows), formats, modes))
    variables, rest = terms[: len(lemma.variables)], terms[len(lemma.variables) :]
    _check_ranges(rest)
    assumptions, conclusions = conjuncts(rest[: len(lemma.assumes)]), conjuncts(rest[len(lemma.assumes) :])
    return Claim(lemma, dict(formats), dict(modes), tuple(variables), assumptions, conclusions, pool)


def _speaks_of(lemma: Lemma, formats: Mapping[str, Format], modes: Mapping[str, Mode]) -> bool:
    """Whether all requirements hold; the rest of the lemma may mean nothing where they do not."""
    pool = Pool()
    for term, written in zip(Folding(pool).all(_put_in(pool, lemma.requires, formats, modes)), lemma.requires, strict=True):
        if term.op is not Op.TRUTH:
            raise TheoryError(f"lemma {lemma.name}: a requirement speaks of formats only, found {show(written)}", written.place)
        if not term.data:
            return False
    return True


def conjuncts(conditions: Sequence[Term]) -> tuple[Term, ...]:
    """Conditions that all hold iff the given ones do: those joined by `and`, each for itself, and none that is True."""
    found: list[Term] = []
    stack = list(reversed(conditions))
    while stack:
        condition = stack.pop()
        if condition.op is Op.AND:
            stack.extend(reversed(condition.args))
        elif not (condition.op is Op.TRUTH and condition.data):
            found.append(condition)
    return tuple(dict.fromkeys(found))


def _check_ranges(roots: list[Term]) -> None:
    for term in ordered(roots):
        if term.op in (Op.FORALL_RANGE, Op.EXISTS_RANGE):
            raise TheoryError(f"the bounds of a range depend on the format only, found range({show(term.args[1])}, {show(term.args[2])})", term.place)


def _put_in(pool: Pool, roots: tuple[Term, ...], formats: Mapping[str, Format], modes: Mapping[str, Mode]) -> list[Term]:
    """The terms with constants for formats and modes, and sums that are rounded down marked as such."""

    def make(term: Term, args: tuple[Term, ...]) -> Term:
        if term.op is Op.VARIABLE and term.variable.domain is Domain.FORMAT:
            return pool.format(formats[term.variable.name], term.place)
        if term.op is Op.VARIABLE and term.variable.domain is Domain.MODE:
            return pool.mode(modes[term.variable.name], term.place)
        if term.op is Op.ROUND and args[2].data is Mode.DOWN and args[0].op in (Op.ADD, Op.SUBTRACT):
            total = args[0]
            args = (pool.make(total.op, *total.args, data=Mode.DOWN, place=total.place, type=total.type), *args[1:])
        return pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)

    return rebuild(roots, make)


class Folding:
    """Maps terms to terms of the same meaning in which constant arithmetic is done and ranges of known bounds are written out."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.replaced: dict[Term, Term] = {}
        self.steps = 0

    def all(self, roots: list[Term]) -> list[Term]:
        return rebuild(roots, self._make)

    def _make(self, term: Term, args: tuple[Term, ...]) -> Term:
        self.steps += 1 + len(args)
        if self.steps > MOST_STEPS:
            raise TheoryError(f"ranges expand to more than {MOST_STEPS} terms", term.place)
        if term in self.replaced:
            return self.replaced[term]
        match term.op:
            case Op.AND | Op.OR:
                return self._junction(term, args)
            case Op.IF if args[0].op is Op.TRUTH and args[1].type is args[2].type:
                return args[1] if args[0].data else args[2]
            case Op.IF if args[0].op is Op.TRUTH:
                chosen = args[1] if args[0].data else args[2]
                return self._typed(chosen, term) if chosen.op is Op.CONSTANT else self._again(term, args)
            case Op.FORALL_RANGE | Op.EXISTS_RANGE:
                return self._range(term, args)
        if term.op is Op.WEIGHT and args[0].op is Op.CONSTANT and not isinstance(apply(term, [a.data for a in args]), Failure):
            return self._typed(args[0], term)
        if foldable(term.op) and all(a.op in (Op.CONSTANT, Op.TRUTH, Op.FORMAT, Op.MODE) for a in args):
            return self._constant(term, args)
        return self._again(term, args)

    def _again(self, term: Term, args: tuple[Term, ...]) -> Term:
        return self.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)

    def _typed(self, constant: Term, like: Term) -> Term:
        return self.pool.constant(constant.data, like.place, like.type)

    def _junction(self, term: Term, args: tuple[Term, ...]) -> Term:
        """and/or without its neutral arguments; the absorbing one alone."""
        absorbing = term.op is Op.OR
        if any(a.op is Op.TRUTH and a.data is absorbing for a in args):
            return self.pool.truth(absorbing, term.place)
        left = [a for a in args if a.op is not Op.TRUTH]
        if not left:
            return self.pool.truth(not absorbing, term.place)
        return left[0] if len(left) == 1 else self._again(term, tuple(left))

    def _constant(self, term: Term, args: tuple[Term, ...]) -> Term:
        value = apply(term, [a.data for a in args])
        if isinstance(value, Failure):
            raise TheoryError(value.reason, term.place)
        if isinstance(value, bool):
            return self.pool.truth(value, term.place)
        return self._again(term, args) if isinstance(value, Surd) else self.pool.constant(value, term.place, term.type)

    def _range(self, term: Term, args: tuple[Term, ...]) -> Term:
        variable, low, high, body = args
        if low.op is not Op.CONSTANT or high.op is not Op.CONSTANT:
            return self._again(term, args)
        if isinstance(low.data, Special) or isinstance(high.data, Special):
            raise TheoryError(f"range({show(low)}, {show(high)}) has no bounds", term.place)
        if high.data - low.data > LONGEST_RANGE:
            raise TheoryError(f"a range of {high.data - low.data} numbers, at most {LONGEST_RANGE} are written out", term.place)
        bodies = []
        for i in range(int(low.data), int(high.data)):
            self.replaced[variable] = self.pool.constant(i, term.place)
            bodies += self.all([body])
        self.replaced.pop(variable, None)
        junction = Op.AND if term.op is Op.FORALL_RANGE else Op.OR
        return self._junction(self.pool.make(junction, *bodies, place=term.place), tuple(bodies))
