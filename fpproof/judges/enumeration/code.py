"""From terms to the Python text of a kernel's functions. Names and numbers are made here; nothing of what a user wrote gets into the text.

The text is straight: each term becomes a line or two, after those of its arguments. What cannot be decided is passed on as doubt, which spreads
as an evaluator's failure does (`fpproof.theory.evaluate`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from fpproof.activations.tables import WIDEST
from fpproof.formats import Format, Mode
from fpproof.judges.enumeration.domains import Domains
from fpproof.judges.enumeration.shapes import LARGEST, LARGEST_POWER, SMALLEST, Shape, constant_shape, member, power_of_two, product_shape, term_shape
from fpproof.judges.enumeration.values import Condition, Pair, Single, Value, either, pair
from fpproof.theory import Domain, Op, Term, Type, ordered, show
from fpproof.theory.numbers import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, Special

LANES = Path(__file__).with_name("lanes.py").read_text()
"""What kernels compute with. Read, not imported: numba comes when a kernel runs."""
LANES_NAME = f"fpproof_lanes_{sha256(LANES.encode()).hexdigest()[:32]}"
"""The module that kernels take it from: with other lanes, a kernel is another text."""

INDENT = "    "
DATUM = (Domain.FLOAT, Domain.DATUM)
_SPECIAL_TEXTS = {NAN: "nan", NEGATIVE_ZERO: "-0.0", NEGATIVE_INFINITY: "(-inf)"}


class Beyond(Exception):
    """A term that kernels cannot evaluate; the text says why."""


def free_variables(roots: Sequence[Term]) -> dict[Term, frozenset[Term]]:
    """For each term below the roots, the variables that it depends on."""
    found: dict[Term, frozenset[Term]] = {}
    for term in ordered(roots):
        below = frozenset().union(*(found[a] for a in term.args))
        if term.op is Op.VARIABLE:
            below = frozenset([term])
        elif term.op is Op.EXISTS:
            below -= {term.args[0]}
        found[term] = below
    return found


def require_kernel_format(F: Format) -> None:
    """Roundings take numbers of 53 bits that were rounded to odd, so that p + 3 <= 53, and stay far inside binary64's exponents."""
    if F.p > 50 or F.quanta[0] < SMALLEST or F.emax >= LARGEST:
        raise Beyond(f"{F.name} is too wide for kernels on binary64: at most 50 fraction bits and exponents of magnitude {LARGEST}")


def literal(x: float) -> str:
    return f"({x!r})" if x < 0 else repr(x)


def overflow(F: Format) -> str:
    """What lies beyond Omega in nearest modes."""
    return {"infinity": "inf", "nan": "nan", "saturate": literal(float(F.Omega))}[F.overflow]


def grid(F: Format) -> str:
    """least, most, scale, unit, omega of `lanes`."""
    require_kernel_format(F)
    numbers = (2.0**F.emin, 2.0 ** (F.emax + 1), 1.5 * 2.0 ** (52 - F.p), 2.0**-F.p, float(F.Omega))
    return ", ".join(map(literal, numbers))


def _is_small(ends: tuple[int, int] | None) -> bool:
    return ends is not None and max(map(abs, ends)) <= LARGEST_POWER


class Steps:
    """Functions of one number that a kernel calls, each a module of its own: compiled once for all kernels of a format, and short to call."""

    def __init__(self) -> None:
        self.modules: dict[str, str] = {}
        """Their texts, by the names of modules; a function has the name of its module."""

    def call(self, step: Callable[[str], str], number: str) -> str:
        """The call that gives what a step of `lanes`, with all that it takes besides, makes of a number."""
        body = step("v")
        name = f"fpproof_step_{sha256(f'{LANES_NAME} {body}'.encode()).hexdigest()[:32]}"
        self.modules[name] = f"from {LANES_NAME} import *\n\n\n@inline\ndef {name}(v):\n{INDENT}return {body}\n"
        return f"{name}({number})"


class Code:
    """One function's lines; `value` gives the lines of a term the first time, and its name always.

    `guarded` are weights w for which every condition asks same(w, w) before it uses them.
    """

    def __init__(self, domains: Domains, free: dict[Term, frozenset[Term]], steps: Steps, guarded: frozenset[Term] = frozenset()) -> None:
        self.domains = domains
        self.steps = steps
        self.free = free
        self.guarded = guarded
        self.doubts: dict[Term, str | None] = {}
        self.lines: list[str] = []
        self.names = 0
        self.depth = 1
        self.values: dict[Term, Value] = {}
        self.named: dict[str, tuple[str, ...]] = {}
        """What the names of this block and of those around it stand for: what is computed once has one name."""
        self.bounds: dict[Term, Shape] = {}

    # Lines

    def line(self, text: str) -> None:
        self.lines.append(INDENT * self.depth + text)

    def name(self, text: str, letter: str = "v") -> str:
        """The name for what an expression gives."""
        return self.several(text, letter)[0]

    def several(self, text: str, letters: str) -> tuple[str, ...]:
        """The names for what an expression gives, a letter each; nothing assigns to them again."""
        if text not in self.named:
            self.named[text] = self.fresh(text, letters)
        return self.named[text]

    def fresh(self, text: str, letters: str) -> tuple[str, ...]:
        """New names for what an expression gives."""
        self.names += 1
        names = tuple(f"{letter}{self.names}" for letter in letters)
        self.line(f"{', '.join(names)} = {text}")
        return names

    def maybe(self, doubt: str | None) -> str | None:
        return None if doubt is None else self.name(doubt, "d")

    # Terms

    def bind(self, variable: Term, text: str, shape: Shape | None = None) -> None:
        """Gives a variable the value of an expression."""
        if variable.variable.domain is Domain.BOOL:
            self.values[variable] = Condition(text)
            return
        if shape is None:
            shape = term_shape(variable, [None] * len(variable.args), self.domains.bounds)
            if not shape.double:
                raise Beyond(f"the values of {variable.variable.name} do not fit into the exponents and bits of kernels")
        self.values[variable] = Single(text, shape)

    def value(self, root: Term) -> Value:
        if root not in self.values:
            for term in ordered([root], self._below):
                if term not in self.values and term.type in (Type.NUMBER, Type.INT, Type.BOOL):
                    self.values[term] = self._value(term)
        return self.values[root]

    def _below(self, term: Term) -> tuple[Term, ...]:
        """What is evaluated before a term: of a quantifier's body, what does not depend on its variable."""
        if term in self.values:
            return ()
        if term.op is not Op.EXISTS:
            return term.args
        inner = ordered(term.args[1:2], lambda t: t.args if term.args[0] in self.free[t] else ())
        return (*term.args[2:], *(t for t in inner if all(v in self.values for v in self.free[t])))

    def condition(self, term: Term) -> Condition:
        value = self.value(term)
        assert isinstance(value, Condition), f"{term.op} is a condition"
        return value

    def conjunction(self, terms: Sequence[Term]) -> Condition:
        """[E-And] From left to right: doubt after what is false does not count."""
        return self._junction([self.condition(t) for t in terms], Op.AND)

    def _value(self, term: Term) -> Value:
        handler = _HANDLERS.get(term.op)
        if handler is None:
            raise Beyond(f"{show(term)}: kernels do not evaluate {term.op.value}")
        value = handler(self, term, [self.values.get(a) for a in term.args])
        if isinstance(value, Pair) and term.type is Type.INT:
            return replace(value, hi=self.name(self._integer(term, value.hi)))
        return value

    def shape(self, term: Term, args: Sequence[Value | None]) -> Shape:
        return term_shape(term, [a.shape if isinstance(a, Single | Pair) else None for a in args], self.bounds)

    # Conditions

    def _truth(self, term: Term, args: list[Value]) -> Condition:
        return Condition(str(term.data))

    def _not(self, term: Term, args: list[Condition]) -> Condition:
        return Condition(self.name(f"not {args[0].text}", "c"), args[0].doubt)

    def _iff(self, term: Term, args: list[Condition]) -> Condition:
        return Condition(self.name(f"{args[0].text} == {args[1].text}", "c"), self.maybe(either(args[0].doubt, args[1].doubt)))

    def _junction_of(self, term: Term, args: list[Condition]) -> Condition:
        return self._junction(args, term.op)

    def _junction(self, args: Sequence[Condition], op: Op) -> Condition:
        sign, neutral = ("&", "True") if op is Op.AND else ("|", "False")
        text: str | None = None
        doubt: str | None = None
        for argument in args:
            if argument.doubt is not None:
                undecided = "" if text is None else (f"{text} & " if op is Op.AND else f"(not {text}) & ")
                reached = self.name(undecided + argument.doubt, "d")
                doubt = reached if doubt is None else self.name(f"{doubt} | {reached}", "d")
            if argument.text != neutral:
                text = argument.text if text is None else self.name(f"{text} {sign} {argument.text}", "c")
        return Condition(neutral if text is None else text, doubt)

    def _compare(self, term: Term, args: list[Single | Pair]) -> Condition:
        if term.op is Op.SAME and term.args[0] is term.args[1] and term.args[0] in self.doubts:
            return Condition("True", self.doubts[term.args[0]])
        x, y = args
        if isinstance(x, Single) and isinstance(y, Single):
            text = {Op.EQUAL: "{} == {}", Op.LESS: "{} < {}", Op.LESS_EQUAL: "{} <= {}", Op.SAME: "same({}, {})"}[term.op]
            return Condition(self.name(text.format(x.text, y.text), "c"), self.maybe(either(x.doubt, y.doubt)))
        x, y = pair(x), pair(y)
        less, equal = f"pair_less({x.centre}, {y.centre})", f"pair_equal({x.centre}, {y.centre})"
        text = {
            Op.EQUAL: equal,
            Op.LESS: less,
            Op.LESS_EQUAL: f"{less} | {equal}",
            Op.SAME: f"same({x.hi}, {y.hi}) & ({x.lo} == {y.lo})",
        }[term.op]
        exact = x.err is None and y.err is None
        return Condition(self.name(text, "c"), None if exact else self.name(f"not separated({x.parts}, {y.parts})", "d"))

    def _finite(self, term: Term, args: list[Single | Pair]) -> Condition:
        x = args[0]
        if isinstance(x, Single):
            return Condition(self.name(f"abs({x.text}) < inf", "c"), x.doubt)
        return Condition(self.name(f"abs({x.hi}) < inf", "c"), None if x.err is None else self.name(f"not ({x.err} < inf)", "d"))

    def _is_float(self, term: Term, args: list[Single | Pair]) -> Condition:
        """A number rounded to odd that is none of binary64 is no float either, nor is any that rounds to it."""
        x, F = args[0], term.args[1].data
        if isinstance(x, Single):
            if member(x.shape, F):
                return self._finite(term, args)
            return Condition(self.name(self._member(x.text, F, "False"), "c"), x.doubt)
        low, high = self._ends(x)
        return Condition(
            self.name(self._member(low, F, "False"), "c"), None if high is None else self.name(f"not settled({low}, {high}, {x.err})", "d")
        )

    def _member(self, text: str, F: Format, infinite: str) -> str:
        return self.steps.call(lambda v: f"is_datum({v}, {grid(F)}, {infinite})" + (f" and {v} == {v}" if infinite == "False" else ""), text)

    def _if(self, term: Term, args: list[Value]) -> Value:
        condition, x, y = args
        assert isinstance(condition, Condition)

        def choose(a: str, b: str) -> str:
            return self.name(f"choose({condition.text}, {a}, {b})")

        if isinstance(x, Condition) or isinstance(y, Condition):
            assert isinstance(x, Condition)
            assert isinstance(y, Condition)
            return Condition(self.name(_either_way(condition, x.text, y.text), "c"), self._chosen_doubt(condition, x.doubt, y.doubt))
        shape = self.shape(term, args)
        if isinstance(x, Single) and isinstance(y, Single) and shape.double:
            return Single(choose(x.text, y.text), shape, self._chosen_doubt(condition, x.doubt, y.doubt))
        x, y = pair(x), pair(y)
        exact = x.err is None and y.err is None and condition.doubt is None
        err = None if exact else self.name(f"bound_of({condition.doubt or False}, choose({condition.text}, {x.err or '0.0'}, {y.err or '0.0'}))", "e")
        return Pair(choose(x.hi, y.hi), choose(x.lo, y.lo), err, shape)

    def _chosen_doubt(self, condition: Condition, x: str | None, y: str | None) -> str | None:
        chosen = None if x is None and y is None else _either_way(condition, x or "False", y or "False")
        return self.maybe(either(condition.doubt, chosen))

    # Exact operations

    def _constant(self, term: Term, args: list[Value]) -> Single | Pair:
        value, shape = term.data, constant_shape(term.data)
        if isinstance(value, Special):
            return Single(_SPECIAL_TEXTS.get(value, "inf"), shape)
        n, d = int(value.numerator), int(value.denominator)
        if shape.double:
            return Single(literal(n / d), shape)
        if shape.high is None or abs(shape.high) > 300:
            raise Beyond(f"{show(term)} is too large or too small for kernels")
        return self._rational(value, shape)

    def _rational(self, value: object, shape: Shape) -> Pair:
        """A rational as the nearest number, the number nearest to the rest, and a bound of what is left; Python divides integers right."""
        parts, rest = [], value
        for _ in range(3):
            part = int(rest.numerator) / int(rest.denominator)  # type: ignore[attr-defined]  # gmpy2 has no types
            parts.append(part)
            rest = rest - type(value)(part)  # type: ignore[operator, call-arg]  # nor here
        hi, lo, left = parts
        return Pair(literal(hi), literal(lo), literal(2.0 * abs(left)) if left else None, shape)

    def _negate(self, term: Term, args: list[Single | Pair]) -> Single | Pair:
        x, shape = args[0], self.shape(term, args)
        if isinstance(x, Single):
            return Single(self.name(self._integer(term, f"-{x.text}")), shape, x.doubt)
        return Pair(self.name(f"-{x.hi}"), self.name(f"-{x.lo}"), x.err, shape, x.sharp)

    def _absolute(self, term: Term, args: list[Single | Pair]) -> Single | Pair:
        """The absolute value of the centre is no further from that of the number than they are from each other."""
        x, shape = args[0], self.shape(term, args)
        if isinstance(x, Single):
            return Single(self.name(f"abs({x.text})"), shape, x.doubt)
        return Pair(self.name(f"abs({x.hi})"), self.name(f"choose({x.hi} < 0.0, -{x.lo}, {x.lo})"), x.err, shape, x.sharp)

    def _integer(self, term: Term, text: str) -> str:
        """[E-Integer] Integers have one zero."""
        return f"({text}) + 0.0" if term.type is Type.INT else text

    def _add(self, term: Term, args: list[Single | Pair]) -> Single | Pair:
        x, y = args
        if term.op is Op.SUBTRACT:
            y = self._negated(y)
        if term.data is not Mode.DOWN:
            return self._sum(term, x, y)
        return self._negated(self._sum(term, self._negated(x), self._negated(y)))

    def _negated(self, x: Single | Pair) -> Single | Pair:
        if isinstance(x, Single):
            return Single(f"(-{x.text})", x.shape, x.doubt)
        return Pair(f"(-{x.hi})", f"(-{x.lo})", x.err, x.shape)

    def _sum(self, term: Term, x: Single | Pair, y: Single | Pair) -> Single | Pair:
        """Rounding down, a sum that cancels is -0, and only +0 + +0 is +0: that is -((-x) + (-y)) to nearest."""
        shape = self.shape(term, [x, y])
        if isinstance(x, Single) and isinstance(y, Single):
            if shape.double:
                return Single(self.name(f"{x.text} + {y.text}"), shape, self.maybe(either(x.doubt, y.doubt)))
            if shape.inside and x.doubt is None and y.doubt is None:
                return self._two(f"two_sum{'' if x.shape.finite and y.shape.finite else '_special'}({x.text}, {y.text})", shape)
        return self._three(f"add({pair(x).parts}, {pair(y).parts})", shape)

    def _two(self, call: str, shape: Shape) -> Pair:
        hi, lo = self.several(call, "hl")
        return Pair(hi, lo, None, shape)

    def _three(self, call: str, shape: Shape, sharp: bool = False) -> Pair:
        hi, lo, err = self.several(call, "hle")
        return Pair(hi, lo, err, shape, sharp)

    def _multiply(self, term: Term, args: list[Single | Pair]) -> Single | Pair:
        return self._product(args[0], args[1], self.shape(term, args), term.type is Type.INT)

    def _product(self, x: Single | Pair, y: Single | Pair, shape: Shape, integer: bool = False) -> Single | Pair:
        if isinstance(x, Single) and isinstance(y, Single):
            if shape.double:
                zero = " + 0.0" if integer else ""
                return Single(self.name(f"{x.text} * {y.text}{zero}"), shape, self.maybe(either(x.doubt, y.doubt)))
            if shape.inside and x.doubt is None and y.doubt is None and not integer:
                return self._two(f"two_product{'' if x.shape.finite and y.shape.finite else '_special'}({x.text}, {y.text})", shape)
        return self._three(f"multiply({pair(x).parts}, {pair(y).parts})", shape)

    def _power(self, term: Term, args: list[Single | Pair]) -> Single | Pair:
        """[E-Power] In the order of `fpproof.theory.numbers.power`."""
        n = term.args[1]
        if n.op is not Op.CONSTANT or n.type is not Type.INT or abs(n.data) > 64:
            raise Beyond(f"{show(term)}: kernels raise to constant powers up to 64")
        one = Single("1.0", constant_shape(n.data * 0 + 1))
        result: Single | Pair = one
        for bit in f"{abs(int(n.data)):b}":
            result = self._product(result, result, self._product_shape(result, result)) if result is not one else one
            if bit == "1":
                result = args[0] if result is one else self._product(result, args[0], self._product_shape(result, args[0]))
        return result if n.data >= 0 else self._quotient(one, result, self.shape(term, args))

    def _product_shape(self, x: Single | Pair, y: Single | Pair) -> Shape:
        return product_shape(x.shape, y.shape)

    def _divide(self, term: Term, args: list[Single | Pair]) -> Single | Pair:
        shape = self.shape(term, args)
        scale = power_of_two(term.args[1])
        if scale is not None and abs(scale) <= LARGEST:
            factor = Single(literal(2.0**-scale), constant_shape(1 / term.args[1].data))
            return self._product(args[0], factor, shape)
        return self._quotient(args[0], args[1], shape)

    def _quotient(self, x: Single | Pair, y: Single | Pair, shape: Shape) -> Pair:
        sharp = isinstance(x, Single) and isinstance(y, Single)
        return self._three(f"divide({pair(x).parts}, {pair(y).parts})", shape, sharp)

    def _sqrt(self, term: Term, args: list[Single | Pair]) -> Pair:
        return self._three(f"sqrt({pair(args[0]).parts})", self.shape(term, args), isinstance(args[0], Single))

    def _extremum(self, term: Term, args: list[Single | Pair]) -> Single | Pair:
        """min(x, y) = -max(-x, -y)."""
        shape, least = self.shape(term, args), term.op is Op.MINIMUM
        x, y = (self._negated(a) if least else a for a in args)
        if isinstance(x, Single) and isinstance(y, Single) and shape.double:
            found: Single | Pair = Single(self.name(f"maximum({x.text}, {y.text})"), shape, self.maybe(either(x.doubt, y.doubt)))
        else:
            found = self._three(f"pair_maximum({pair(x).parts}, {pair(y).parts})", shape)
        found = self._negated(found) if least else found
        return Single(self.name(found.text + " + 0.0"), shape, found.doubt) if isinstance(found, Single) and term.type is Type.INT else found

    def _floor_divide(self, term: Term, args: list[Single | Pair]) -> Single:
        x, y = args
        sizes = [a.shape.high for a in (x, y)]
        if not isinstance(x, Single) or not isinstance(y, Single) or None in sizes or max(s for s in sizes if s is not None) > 50:
            raise Beyond(f"{show(term)}: kernels divide integers of at most 50 bits")
        quotient = self.name(f"floor_quotient({x.text}, {y.text})")
        text = quotient if term.op is Op.FLOOR_DIVIDE else self.name(f"{x.text} - {y.text} * {quotient}")
        return Single(text, self.shape(term, args), self.maybe(either(x.doubt, y.doubt)))

    def _pow2(self, term: Term, args: list[Single | Pair]) -> Single | Pair:
        x, shape = args[0], self.shape(term, args)
        if not isinstance(x, Single) or not (_is_small(x.shape.ends) or (x.shape.high is not None and x.shape.high <= 9)):
            raise Beyond(f"{show(term)}: exponents of kernels are at most {LARGEST_POWER}")
        text = self.name(f"pow2({x.text})")
        if shape.double:
            return Single(text, shape, x.doubt)
        return self._three(f"tidy({text}, 0.0, bound_of({x.doubt or False}, 0.0))", shape)

    # Operations of a format

    def _ends(self, x: Pair) -> tuple[str, str | None]:
        """A pair as numbers of binary64 that every format's operations treat as they treat the ends of its interval; one of an exact pair."""
        if x.err is None:
            return self.name(f"odd({x.centre})"), None
        return self.name(f"lower({x.parts})"), self.name(f"upper({x.parts})")

    def _stepwise(self, x: Single | Pair, shape: Shape, step: Callable[[str], str]) -> Single:
        """A monotone operation that is the same on a number and on that number rounded to odd."""
        if isinstance(x, Single):
            return Single(self.name(self.steps.call(step, x.text)), shape, x.doubt)
        if x.sharp:
            return Single(self.name(self.steps.call(step, self.name(f"odd({x.centre})"))), shape, self._blunt(x))
        low, high = self._ends(x)
        result = self.name(self.steps.call(step, low))
        if high is None:
            return Single(result, shape)
        other = self.name(self.steps.call(step, high))
        return Single(result, shape, self.name(f"not settled({result}, {other}, {x.err})", "d"))

    def _blunt(self, x: Pair) -> str:
        """Whether the sign of a sharp pair's lo was lost."""
        return self.name(f"not (({x.err} == 0.0) | (({x.err} < inf) & ({x.lo} != 0.0)))", "d")

    def _round(self, term: Term, args: list[Single | Pair]) -> Single:
        x, F, mode = args[0], term.args[1].data, term.args[2].data
        if isinstance(x, Single) and member(x.shape, F):
            return x
        if (root := self._odd_result(term.args[0])) is not None:
            x = root
        elif isinstance(x, Pair) and x.err is None and self._innocuous(term.args[0], F, mode):
            x = Single(x.hi, x.shape)
        name = mode.value.replace("-", "_")

        def rounding(v: str) -> str:
            text = f"{name}({v}, {grid(F)}, {overflow(F)})"
            return f"with_infinities({v}, {text}, {'inf' if F.has_infinities else 'nan'})" if x.shape.infinite else text

        return self._stepwise(x, self.shape(term, args), rounding)

    def _odd_result(self, term: Term) -> Single | None:
        """A quotient or root of machine numbers rounded to odd by its remainder, where its size is known to lie inside."""
        values = [self.values.get(a) for a in term.args]
        if term.op is Op.SQRT and isinstance(x := values[0], Single):
            return Single(self.name(f"odd_root({x.text})"), self.values[term].shape, x.doubt)  # type: ignore[union-attr]  # it is a number
        if term.op is not Op.DIVIDE or power_of_two(term.args[1]) is not None:
            return None
        x, y = values
        if not isinstance(x, Single) or not isinstance(y, Single) or not _quotient_inside(x.shape, y.shape):
            return None
        shape = self.shape(term, values)
        return Single(self.name(f"odd_quotient({x.text}, {y.text})"), shape, self.maybe(either(x.doubt, y.doubt)))

    def _innocuous(self, total: Term, F: Format, mode: Mode) -> bool:
        """A sum of floats rounded to 53 >= 2P + 2 bits and then to P is rounded right (Figueroa 1995); subnormal ones are exact."""
        if total.op not in (Op.ADD, Op.SUBTRACT) or mode is not Mode.NEAREST_EVEN or 2 * F.precision + 2 > 53:
            return False
        values = [self.values[a] for a in total.args]
        return all(isinstance(v, Single) and v.doubt is None and _on_grid(v.shape, F) for v in values)

    def _neighbour(self, term: Term, args: list[Single | Pair]) -> Single:
        F = term.args[1].data
        after = "inf" if F.has_infinities else literal(float(F.Omega))
        infinity = "inf" if F.has_infinities else "nan"
        return self._stepwise(args[0], self.shape(term, args), lambda v: f"{term.op.value}({v}, {grid(F)}, {overflow(F)}, {after}, {infinity})")

    def _ulp(self, term: Term, args: list[Single | Pair]) -> Single:
        """Of |x|: monotone."""
        F = term.args[1].data
        return self._stepwise(self._magnitude(args[0]), self.shape(term, args), lambda v: f"ulp({v}, {2.0**F.emin!r}, {2.0**-F.p!r})")

    def _exponent(self, term: Term, args: list[Single | Pair]) -> Single:
        """Of |x|: monotone but at zero."""
        emin = literal(float(term.args[1].data.emin))
        return self._stepwise(self._magnitude(args[0]), self.shape(term, args), lambda v: f"exponent({v}, {emin})")

    def _magnitude(self, x: Single | Pair) -> Single | Pair:
        """|x|; unknown if it may or may not be zero."""
        if isinstance(x, Single):
            return x
        err = None if x.err is None else self.name(f"bound_of(not away_from_zero({x.hi}, {x.err}), {x.err})", "e")
        return Pair(self.name(f"abs({x.hi})"), self.name(f"choose({x.hi} < 0.0, -{x.lo}, {x.lo})"), err, x.shape, x.sharp)

    def _significand(self, term: Term, args: list[Single | Pair]) -> Single | Pair:
        x, shape = args[0], self.shape(term, args)
        if isinstance(x, Single):
            return Single(self.name(f"{x.text} * to_significand({x.text})"), shape, x.doubt)
        factor = self._stepwise(self._magnitude(x), constant_shape(term.args[1].data.omega), lambda v: f"to_significand({v})")
        err = f"bound_of({factor.doubt or False}, {x.err or '0.0'} * {factor.text})"
        return self._three(f"tidy({x.hi} * {factor.text}, {x.lo} * {factor.text}, {err})", shape)

    def _weight(self, term: Term, args: list[Single | Pair]) -> Single:
        """[E-Weight] In doubt where it is no float: the referee then says so. Where all conditions ask for that first, it need not spread."""
        found = self._doubtful_weight(term, args)
        if term not in self.guarded:
            return found
        self.doubts[term] = found.doubt
        return replace(found, doubt=None)

    def _doubtful_weight(self, term: Term, args: list[Single | Pair]) -> Single:
        x, F, shape = args[0], term.args[1].data, self.shape(term, args)
        weight = term.data == "weight"
        if isinstance(x, Single):
            if member(x.shape, F) and (x.shape.finite or not weight):
                return x
            found = self.name(self._member(x.text, F, "False" if weight else str(F.has_infinities)), "c")
            return Single(x.text, shape, self.maybe(either(f"(not {found})", x.doubt)))
        found = self.name(f"{self._member(x.hi, F, 'False')} & ({x.lo} == 0.0) & ({x.err or '0.0'} == 0.0)", "c")
        return Single(x.hi, shape, self.name(f"not {found}", "d"))

    def _activation(self, term: Term, args: list[Single | Pair]) -> Single:
        """[E-Activation] From a table of the format."""
        x, F = args[0], term.args[1].data
        require_kernel_format(F)
        if not isinstance(x, Single):
            raise Beyond(f"{show(term)}: its argument is no number of 53 bits")
        table = self.domains.activation(term)
        if table is None:
            raise Beyond(f"{F.name}: kernels take activations from tables, of formats of at most {WIDEST} bits")
        place = self.name(self.steps.call(lambda v: f"place_of({v}, {F.largest_ordinal}, {52 - F.p}, {2.0 ** (-1022 - F.emin)!r})", x.text), "i")
        found = self.name(f"choose({x.text} == {x.text}, T[{table}][{place}], nan)")
        return Single(found, self.shape(term, args), x.doubt)

    # Quantifiers

    def _exists(self, term: Term, args: list[Value]) -> Condition:
        """[E-Exists] The witnesses first; then, where the domain has an end, all its values."""
        variable, body, *witnesses = term.args
        (found,), (doubt,) = self.fresh("False", "c"), self.fresh("False", "d")
        for witness in witnesses:
            self._witness(variable, body, witness, found)
        table = self.domains.table(variable) if variable.variable.domain in (*DATUM, Domain.BOOL) else None
        if table is None:
            self.line(f"{doubt} = not {found}")
            return Condition(found, doubt)
        self.names += 1
        index = f"i{self.names}"
        self.line(f"for {index} in range(0 if {found} else {self.domains.size(variable)}):")
        with self._inside(variable):
            self.bind(variable, self.name(f"T[{table}][{index}]" + (" == 1.0" if variable.variable.domain is Domain.BOOL else "")))
            holds = self.condition(body)
            self.line(f"{found} = {holds.text}" + (f" and not {holds.doubt}" if holds.doubt else ""))
            if holds.doubt:
                self.line(f"{doubt} = {doubt} or {holds.doubt}")
            self.line(f"if {found}:")
            self.line(INDENT + "break")
        return Condition(found, self.name(f"{doubt} and not {found}", "d"))

    def _witness(self, variable: Term, body: Term, witness: Term, found: str) -> None:
        """Sets `found` if the body certainly holds for a witness that is certainly in the domain."""
        x = self.values[witness]
        if isinstance(x, Condition):
            sure, text, shape = f"not {x.doubt or False}", x.text, None
        else:
            exact = pair(x)
            text, shape = exact.hi, x.shape if isinstance(x, Single) else None
            sure = f"({exact.lo} == 0.0) & ({exact.err or '0.0'} == 0.0) & {self._in_domain(variable, text)}"
            if isinstance(x, Pair) and variable.variable.domain not in DATUM:
                return
        self.line(f"if {sure}:")
        with self._inside(variable):
            self.bind(variable, text, None if variable.variable.domain in DATUM else shape)
            holds = self.condition(body)
            self.line(f"{found} = {found} or ({holds.text} and not {holds.doubt or False})")

    def _in_domain(self, variable: Term, text: str) -> str:
        match variable.variable.domain:
            case Domain.FLOAT:
                return self._member(text, variable.args[0].data, "False")
            case Domain.DATUM:
                F = variable.args[0].data
                return self.steps.call(lambda v: f"is_datum({v}, {grid(F)}, {F.has_infinities})", text) + (
                    "" if F.has_nan else f" & ({text} == {text})"
                )
            case Domain.INT:
                return f"(abs({text}) < inf) & (np.floor({text}) == {text})"
        return f"(abs({text}) < inf) & (not same({text}, -0.0))"

    @contextmanager
    def _inside(self, variable: Term) -> Iterator[None]:
        """A block in which a variable is bound; what depends on it is forgotten at its end."""
        self.depth += 1
        outside = dict(self.named)
        yield
        self.depth -= 1
        self.named = outside
        for term in [t for t in self.values if variable in self.free.get(t, ())]:
            del self.values[term]


def _either_way(condition: Condition, x: str, y: str) -> str:
    """Of two conditions the one that a third chooses."""
    return f"(({condition.text} & {x}) | ((not {condition.text}) & {y}))"


def _quotient_inside(x: Shape, y: Shape) -> bool:
    if x.grid is None or x.high is None or y.grid is None or y.high is None:
        return False
    return x.grid - y.high >= SMALLEST and x.high - y.grid <= LARGEST


def _on_grid(x: Shape, F: Format) -> bool:
    return x.grid is not None and x.bits is not None and x.grid >= F.quanta[0] and x.bits <= F.precision


_HANDLERS: dict[Op, Callable[..., Value]] = {
    Op.CONSTANT: Code._constant,
    Op.TRUTH: Code._truth,
    Op.NEGATE: Code._negate,
    Op.ABSOLUTE: Code._absolute,
    Op.ADD: Code._add,
    Op.SUBTRACT: Code._add,
    Op.MULTIPLY: Code._multiply,
    Op.DIVIDE: Code._divide,
    Op.FLOOR_DIVIDE: Code._floor_divide,
    Op.REMAINDER: Code._floor_divide,
    Op.POWER: Code._power,
    Op.POW2: Code._pow2,
    Op.MINIMUM: Code._extremum,
    Op.MAXIMUM: Code._extremum,
    Op.SQRT: Code._sqrt,
    Op.ROUND: Code._round,
    Op.ULP: Code._ulp,
    Op.EXPONENT: Code._exponent,
    Op.SIGNIFICAND: Code._significand,
    Op.SUCC: Code._neighbour,
    Op.PRED: Code._neighbour,
    Op.EQUAL: Code._compare,
    Op.LESS: Code._compare,
    Op.LESS_EQUAL: Code._compare,
    Op.SAME: Code._compare,
    Op.FINITE: Code._finite,
    Op.IS_FLOAT: Code._is_float,
    Op.NOT: Code._not,
    Op.AND: Code._junction_of,
    Op.OR: Code._junction_of,
    Op.IFF: Code._iff,
    Op.IF: Code._if,
    Op.EXISTS: Code._exists,
    Op.WEIGHT: Code._weight,
    Op.ACTIVATION: Code._activation,
}
