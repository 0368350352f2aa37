"""The text of a claim's kernel: one function that decides a lane, in the words of `lanes`, and the loops around it.

The variables are nested loops; the innermost runs over a row of lanes, without branches, so that the compiler makes vectors of it. Loops are cut
(`cuts`), and conditions that are known further out are asked there. With one variable, the outer loop runs over blocks of its values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from fpproof.judges.enumeration.code import INDENT, LANES, LANES_NAME, Beyond, Code, Steps, free_variables
from fpproof.judges.enumeration.cuts import Direction, comparisons, usable
from fpproof.judges.enumeration.domains import Domains, NoDomain
from fpproof.theory import Claim, Domain, Op, Term, ordered, show
from fpproof.theory.networks import expanded

MOST_TERMS = 3000
"""Terms of a claim; compilation takes more than linear time."""
BLOCK = 4096
"""Values of a block, where one variable is all."""
SHORTEST_ROW = 64
"""A domain worth running vectors over."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """A kernel as text. `order` has the variables from the outermost loop to the innermost, `sizes` the sizes of their domains.

    `modules` are the texts that it imports, by names that are made of what they say, each after those that it imports itself.
    """

    text: str
    modules: Mapping[str, str]
    claim: Claim
    domains: Domains
    order: tuple[Term, ...]

    @property
    def hash(self) -> str:
        return sha256(self.text.encode()).hexdigest()

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(self.domains.size(v) for v in self.order)

    @property
    def blocked(self) -> bool:
        return len(self.order) == 1

    @property
    def units(self) -> int:
        """Steps of the outermost loop."""
        return -(-self.sizes[0] // BLOCK) if self.blocked else self.sizes[0]

    @property
    def rows(self) -> int:
        """Rows of a unit."""
        rows = 1
        for size in self.sizes[1:-1]:
            rows *= size
        return rows

    @property
    def lanes(self) -> int:
        """Lanes of a row; the last block may have less."""
        return min(BLOCK, self.sizes[0]) if self.blocked else self.sizes[-1]


def kernel(claim: Claim) -> Kernel:
    """The kernel of a claim; raises Beyond or NoDomain with the reason if there is none."""
    if not claim.variables:
        raise Beyond("the claim has no variables")
    return _Writer(claim).kernel()


def written_out(claim: Claim) -> Claim:
    """The claim without networks, in which each condition asks first whether all weights of its networks are floats.

    Written out, a wrong weight would count where it is used; in the statement it counts wherever its network does.
    """
    given = [_checked(claim, c) for c in (*claim.assumptions, *claim.conclusions)]
    middle = len(claim.assumptions)
    return expanded(replace(claim, assumptions=tuple(given[:middle]), conclusions=tuple(given[middle:])))


def _checked(claim: Claim, condition: Term) -> Term:
    free = free_variables([condition])
    weights = [t for t in free if t.op is Op.WEIGHT and not _is_own_float(t)]
    for weight in weights:
        if not free[weight] <= set(claim.variables):
            raise Beyond(f"{show(weight)} depends on a variable of exists, and may be no float")
    checks = [claim.pool.make(Op.SAME, w, w) for w in weights]
    return claim.pool.make(Op.AND, *checks, condition) if checks else condition


def _is_own_float(weight: Term) -> bool:
    x, F = weight.args
    return x.op is Op.VARIABLE and x.variable.domain is Domain.FLOAT and x.args[0].data == F.data


@dataclass(frozen=True, slots=True)
class Level:
    """A loop's conditions: those that cut it from below, those from above, and those to ask of each of its values."""

    rising: tuple[Term, ...]
    falling: tuple[Term, ...]
    asked: tuple[Term, ...]

    @property
    def all(self) -> tuple[Term, ...]:
        return (*self.rising, *self.falling, *self.asked)


Line = Callable[[str], None]


class _Writer:
    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.domains = Domains(claim)
        self.steps = Steps()
        self.names = 0
        plain = written_out(claim)
        self.assumptions, self.conclusions = plain.assumptions, plain.conclusions
        roots = [*self.assumptions, *self.conclusions]
        self.conditions = [c for condition in usable(self.assumptions) for c in (comparisons(claim.pool, condition) or [condition])]
        if len(terms := ordered([*roots, *self.conditions])) > MOST_TERMS:
            raise Beyond(f"the claim has {len(terms)} terms, kernels at most {MOST_TERMS}")
        self.free = free_variables([*roots, *self.conditions])
        self.guarded = frozenset(t.args[0] for t in ordered(roots) if t.op is Op.SAME and t.args[0] is t.args[1] and t.args[0].op is Op.WEIGHT)
        self.probe = self._code(claim.variables)
        self.probe.conjunction([*roots, *self.conditions])
        self.order = self._order()

    def _code(self, variables: Sequence[Term]) -> Code:
        """A function's code with the variables as its parameters."""
        code = Code(self.domains, self.free, self.steps, self.guarded)
        for variable in variables:
            code.bind(variable, self._parameter(variable))
        return code

    def _parameter(self, variable: Term) -> str:
        return f"x{self.claim.variables.index(variable)}"

    # The plan of the loops

    def _order(self) -> tuple[Term, ...]:
        """The variable that most conditions cut is the innermost; of equal ones the last."""
        variables = self.claim.variables

        def merit(variable: Term) -> tuple[bool, int, int]:
            directions = {self._cut(variable, c) for c in self.conditions} - {0}
            return self.domains.size(variable) >= SHORTEST_ROW, len(directions), variables.index(variable)

        inner = max(variables, key=merit)
        return (*(v for v in variables if v is not inner), inner)

    def _cut(self, variable: Term, condition: Term) -> int:
        if condition.op not in (Op.LESS, Op.LESS_EQUAL) or not self.domains.sorted(variable) or variable not in self.free[condition]:
            return 0

        def shape(term: Term) -> object:
            return getattr(self.probe.values.get(term), "shape", None)

        return Direction(variable, self.free, shape).cut(condition)  # type: ignore[arg-type]  # the probe keeps shapes as objects

    # The text

    def kernel(self) -> Kernel:
        levels: list[Level] = []
        known: set[Term] = set()
        for i, variable in enumerate(self.order):
            known.add(variable)
            here = [c for c in self.conditions if variable in self.free[c] and self.free[c] <= known]
            cuts = {c: self._cut(variable, c) for c in here}
            asked = [c for c in here if not cuts[c]] if i < len(self.order) - 1 else []
            levels.append(Level(tuple(c for c in here if cuts[c] < 0), tuple(c for c in here if cuts[c] > 0), tuple(asked)))
        parts = [self._lane(), self._count(levels), self._locate()]
        steps = {name: text for name, text in self.steps.modules.items() if any(name in part for part in parts)}
        imports = [f"from {LANES_NAME} import *", *(f"from {name} import {name}" for name in steps)]
        text = "\n\n\n".join(["\n".join(imports), *parts]) + "\n"
        return Kernel(text, {LANES_NAME: LANES} | steps, self.claim, self.domains, self.order)

    def _lane(self) -> str:
        """Whether the assumptions hold and the lane is decided; whether it fails; whether it is undecided."""
        code = self._code(self.claim.variables)
        given = code.conjunction(self.assumptions)
        shown = code.conjunction(self.conclusions)
        certain = f"{given.text} & (not {given.doubt})" if given.doubt else given.text
        doubt = code.name(f"{given.doubt or False} | ({given.text} & {shown.doubt})" if shown.doubt else str(given.doubt or False), "d")
        met = code.name(f"({certain}) & (not {doubt})", "c")
        code.line(f"return {met}, {met} & (not {shown.text}), {doubt}")
        return self._function("lane", self.claim.variables, code)

    def _possible(self, line: Line, conditions: Sequence[Term], variables: Sequence[Term]) -> str:
        """Whether the conditions may hold, none being certainly false: written where it is asked, under names that are used nowhere else."""
        code = self._code(variables)
        code.names = self.names
        found = [code.condition(c) for c in conditions]
        self.names = code.names
        for text in code.lines:
            line(text.removeprefix(INDENT))
        return " & ".join(f"({c.text} | {c.doubt})" if c.doubt else c.text for c in found)

    def _function(self, name: str, variables: Sequence[Term], code: Code) -> str:
        return "\n".join(["@inline", f"def {name}({self._parameters(variables)}):", *code.lines])

    def _parameters(self, variables: Sequence[Term]) -> str:
        return ", ".join(["T", *map(self._parameter, variables)])

    def _count(self, levels: Sequence[Level]) -> str:
        """All rows of the units from start to stop: totals[0] lanes that meet the assumptions, and rows to look at, of which there are totals[1]."""
        lines = [
            '@njit(cache=True, nogil=True, error_model="numpy")',
            "def count(start, stop, T, flagged, totals):",
            *(f"{INDENT}n{i} = {self.domains.size(v)}" for i, v in enumerate(self.order)),
        ]
        depth = 1

        def line(text: str) -> None:
            lines.append(INDENT * depth + text)

        last = len(self.order) - 1
        if last == 0:
            line("for block in range(start, stop):")
            depth += 1
            self._row(line, levels, f"block * {BLOCK}", f"min(n0, block * {BLOCK} + {BLOCK})", "block - start")
            return "\n".join(lines)
        for i, variable in enumerate(self.order[:-1]):
            low, high = ("start", "stop") if i == 0 else ("0", f"n{i}")
            if i > 0:
                low, high = self._bisected(line, levels, i, low, high)
            line(f"for i{i} in range({low}, {high}):")
            depth += 1
            line(f"{self._parameter(variable)} = {self.domains.text(variable, f'i{i}')}")
            if asked := levels[i].all if i == 0 else levels[i].asked:
                line(f"if not ({self._possible(line, asked, self.order[: i + 1])}):")
                line(INDENT + "continue")
        row = "i0 - start"
        for i in range(1, last):
            row = f"({row}) * n{i} + i{i}"
        self._row(line, levels, "0", f"n{last}", row)
        return "\n".join(lines)

    def _bisected(self, line: Line, levels: Sequence[Level], i: int, low: str, high: str) -> tuple[str, str]:
        """The ends of a loop, cut by bisection: first where the rising conditions may begin to hold, then where the falling ones end to."""
        variable = self.order[i]
        rising, falling = levels[i].rising, levels[i].falling
        if not rising and not falling:
            return low, high
        line(f"low{i}, high{i} = {low}, {high}")
        for conditions, end in ((rising, "high"), (falling, "low")):
            if not conditions:
                continue
            line(f"a, b = low{i}, high{i}")
            line("while a < b:")
            line(INDENT + "m = (a + b) >> 1")
            line(INDENT + f"{self._parameter(variable)} = {self.domains.text(variable, 'm')}")
            holds = self._possible(lambda text: line(INDENT + text), conditions, self.order[: i + 1])
            line(INDENT + f"if {holds}:")
            line(INDENT * 2 + ("b = m" if end == "high" else "a = m + 1"))
            line(INDENT + "else:")
            line(INDENT * 2 + ("a = m + 1" if end == "high" else "b = m"))
            line(f"{'low' if end == 'high' else 'high'}{i} = a")
        return f"low{i}", f"high{i}"

    def _row(self, line: Line, levels: Sequence[Level], low: str, high: str, row: str) -> None:
        """The innermost loop. Its index has no sign, so that numba does not ask for negative ones."""
        last = len(self.order) - 1
        low, high = self._bisected(line, levels, last, low, high)
        line("met, bad = 0, 0")
        line(f"for j in range(np.uint64({low}), np.uint64({high})):")
        line(INDENT + f"{self._parameter(self.order[-1])} = {self.domains.text(self.order[-1], 'j')}")
        line(INDENT + f"m, f, d = lane({self._parameters(self.claim.variables)})")
        line(INDENT + "met += m")
        line(INDENT + "bad += f | d")
        line("totals[0] += met")
        line("if bad > 0:")
        line(INDENT + f"flagged[totals[1]] = {row}")
        line(INDENT + "totals[1] += 1")

    def _locate(self) -> str:
        """The lanes of one row, which `place` gives: 1 where the claim fails, 2 where it is undecided, else 0."""
        lines = ['@njit(cache=True, nogil=True, error_model="numpy")', "def locate(place, low, high, T, found):"]
        for i, variable in enumerate(self.order[:-1]):
            lines.append(f"{INDENT}{self._parameter(variable)} = {self.domains.text(variable, f'place[{i}]')}")
        lines += [
            f"{INDENT}for j in range(np.uint64(low), np.uint64(high)):",
            f"{INDENT * 2}{self._parameter(self.order[-1])} = {self.domains.text(self.order[-1], 'j')}",
            f"{INDENT * 2}m, f, d = lane({self._parameters(self.claim.variables)})",
            f"{INDENT * 2}found[j - np.uint64(low)] = f + 2 * d",
        ]
        return "\n".join(lines)


__all__ = ["BLOCK", "Beyond", "Kernel", "NoDomain", "kernel"]
