"""Branch and bound: boxes that are decided, and the others split, the largest first."""

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice, product

from fpproof.judges.enclosure.evaluate import Terms
from fpproof.judges.enclosure.rewrite import Scaled, cleared, exponents, outside_signs
from fpproof.judges.enclosure.signs import Difference
from fpproof.judges.reals.boxes import Box, Rational, enclosed, halves, in_domain, integral, whole_box
from fpproof.judges.reals.functions import written_out
from fpproof.judges.reals.intervals import Arithmetic, arithmetic
from fpproof.judges.referee import Finding, Referee
from fpproof.judges.verdict import Budget, Progress
from fpproof.theory import Claim, Domain, Op, Term
from fpproof.theory.numbers import Number

REPORT_EVERY = 100
MOST_CORNERS = 16
"""Corners of a box that are looked at as inputs."""
LEAST_BITS = 64
BITS_STEP = 64

MOST_EXPONENTIALS = 3
"""Exponentials by which a difference is divided, one after the other."""
LARGEST_START_BITS = 512
"""Of the end at which a range without another one is split no more."""

_COMPARISONS = (Op.LESS, Op.LESS_EQUAL, Op.EQUAL)


class Search:
    """The boxes of one claim. After `run`: `counterexample` if it fails somewhere, `left` if something is not decided."""

    def __init__(self, claim: Claim, budget: Budget) -> None:
        self._referee = Referee(claim)  # of the claim as it was given: definitions do not keep the signs of zeros
        claim = outside_signs(written_out(claim))
        self.claim, self.budget = claim, budget
        self.cases = 0
        self.bits = LEAST_BITS
        """The greatest precision that was used."""
        self.met = False
        """Whether an input is known that meets the assumptions."""
        self.counterexample: Mapping[Term, Number | bool] | None = None
        self.left: list[Box] = []
        """Boxes that are too small, or for which the budget did not suffice."""
        self.unknown = ""
        """What the referee did not know at some input."""
        self._conditions = (*claim.assumptions, *claim.conclusions)
        self._terms = Terms(self._conditions)
        self._differences: dict[tuple[int, int], list[Difference]] = {}
        self._floats = any(v.variable.domain is Domain.FLOAT for v in claim.variables)
        self._seen: set[tuple[Number, ...]] = set()

    def run(self, progress: Progress) -> None:
        boxes = deque([whole_box(self.claim)])
        while boxes and self.counterexample is None:
            if self.cases >= self.budget.cases:
                self.left += boxes
                return
            box = boxes.popleft()
            if any(r.empty for r in box):
                continue
            self.cases += 1
            if self.cases % REPORT_EVERY == 0:
                progress(REPORT_EVERY)
            if not self._decided(box):
                boxes.extend(self._parts(box))
        progress(self.cases % REPORT_EVERY)

    def find_input(self) -> None:
        """Look for an input that meets the assumptions, where all boxes hold; fewer boxes than the budget, since it is seldom hard."""
        boxes = deque([whole_box(self.claim)])
        for _ in range(min(self.budget.cases, 1000)):
            if not boxes or self.met:
                return
            box = boxes.popleft()
            if any(r.empty for r in box) or self._unmet(box, self._arithmetic(box)):
                continue
            self._try(box)
            boxes.extend(self._parts(box))

    # Boxes

    def _arithmetic(self, box: Box) -> Arithmetic:
        """More bits on smaller boxes: their width in bits, and some."""
        widths = [r.width for r in box if r.width]
        small = max((w.denominator.bit_length() - w.numerator.bit_length() for w in widths), default=0)
        bits = LEAST_BITS + BITS_STEP * (max(small, 0) * 2 // BITS_STEP)
        bits = max(LEAST_BITS, min(bits, self.budget.precision))
        self.bits = max(self.bits, bits)
        return arithmetic(bits)

    def _decided(self, box: Box) -> bool:
        """Whether the claim holds on a box; notes a counterexample if it finds one in it."""
        numbers = self._arithmetic(box)
        values = self._terms.values(enclosed(self.claim, box, numbers), numbers)
        split = len(self.claim.assumptions)
        assumed, shown = values[:split], values[split:]
        if False in assumed:
            return True
        self.met = self.met or (not self._floats and all(value is True for value in assumed))  # a box may lie between two floats
        open_ones = [c for c, value in zip(self.claim.conclusions, shown, strict=True) if value is not True]
        if all(self._shown(condition, box, numbers) for condition in open_ones):
            return True
        undecided = [c for c, value in zip(self.claim.assumptions, assumed, strict=True) if value is None]
        if any(self._shown(condition, box, numbers, negated=True) for condition in undecided):
            return True
        self._try(box)
        return False

    def _parts(self, box: Box) -> list[Box]:
        """Both halves of the widest range; none if it is narrower than the precision allows."""
        widths = [(r.width is None, r.width or 0, -i) for i, r in enumerate(box)]
        endless, width, place = max(widths, default=(False, 0, 0))
        i, variable = -place, self.claim.variables[-place] if box else None
        far = endless and any(end is not None and end.numerator.bit_length() > LARGEST_START_BITS for end in (box[i].low, box[i].high))
        small = not endless and (not width or width * (1 << (self.budget.precision // 16)) < 1)
        if far or small or variable is None:
            self.left.append(box)
            return []
        return [(*box[:i], integral(variable, half), *box[i + 1 :]) for half in halves(variable, box[i])]

    # Conditions

    def _unmet(self, box: Box, numbers: Arithmetic) -> bool:
        """Whether an assumption fails on all of the box."""
        return False in self._terms.values(enclosed(self.claim, box, numbers), numbers)[: len(self.claim.assumptions)]

    def _shown(self, condition: Term, box: Box, numbers: Arithmetic, negated: bool = False) -> bool:
        """That a condition holds (that it does not) on all of a box, by differences where it compares."""
        match condition.op:
            case Op.NOT:
                return self._shown(condition.args[0], box, numbers, not negated)
            case Op.AND | Op.OR:
                quantified = all if (condition.op is Op.AND) is not negated else any
                return quantified(self._shown(c, box, numbers, negated) for c in condition.args)
        value = Terms([condition]).values(enclosed(self.claim, box, numbers), numbers)[0]
        if value is not None or condition.op not in _COMPARISONS:
            return value is not None and value is not negated
        x, y = condition.args
        match condition.op, negated:
            case Op.LESS, False:
                return self._ordered(x, y, box, numbers, strict=True)
            case Op.LESS_EQUAL, False:
                return self._ordered(x, y, box, numbers, strict=False)
            case Op.LESS, True:
                return self._ordered(y, x, box, numbers, strict=False)
            case Op.LESS_EQUAL, True:
                return self._ordered(y, x, box, numbers, strict=True)
            case _, True:
                return self._ordered(x, y, box, numbers, strict=True) or self._ordered(y, x, box, numbers, strict=True)
        return False

    def _ordered(self, x: Term, y: Term, box: Box, numbers: Arithmetic, strict: bool) -> bool:
        """That x < y, or x <= y, on the box."""
        if not box:
            return False
        for difference in self._forms(x, y, any(r.width is None for r in box)):
            shown = difference.shown(box, numbers, strict)
            if shown is not None and all(self._excluded(box, i, end, numbers) for i, end in shown.faces):
                return True
        return False

    def _forms(self, x: Term, y: Term, endless: bool) -> list["Difference"]:
        """The difference; on boxes without end also without denominators, and divided by exponentials."""
        key = (id(x), id(y))
        if key not in self._differences:
            pool = self.claim.pool
            forms: list[tuple[Term, Term, list[Term], list[Term]]] = [(x, y, [], [])]
            if (parts := cleared(pool, x, y)) is not None:
                forms.append((*parts[:2], [parts[2]], [x, y]))  # of u/(v/w) the w is no denominator, but must not be 0
            divisors = [Scaled(pool, a) for a in islice(dict.fromkeys(exponents([x, y])), MOST_EXPONENTIALS)]
            self._differences[key] = [
                *(Difference(self.claim, *form) for form in forms),
                *(Difference(self.claim, s(left), s(right), above, [*real, s.exponent]) for left, right, above, real in forms for s in divisors),
            ]
        return self._differences[key] if endless else self._differences[key][:1]

    def _excluded(self, box: Box, i: int, end: Rational, numbers: Arithmetic) -> bool:
        """Whether the claim says nothing of a face of the box."""
        r = box[i]
        if (r.low_open and end == r.low) or (r.high_open and end == r.high):
            return True
        return self._unmet((*box[:i], r.at(end), *box[i + 1 :]), numbers)

    # Inputs

    def _try(self, box: Box) -> None:
        """Look at simple inputs of a box: its middle, its corners."""
        for point in self._points(box):
            if point in self._seen:
                continue
            self._seen.add(point)
            values = dict(zip(self.claim.variables, point, strict=True))
            match self._referee.at(values):
                case Finding.FAILS:
                    self.counterexample = values
                    return
                case Finding.HOLDS:
                    self.met = True
                case Finding.UNKNOWN:
                    self.unknown = self.unknown or self._referee.reason

    def _points(self, box: Box) -> Iterator[tuple[Number, ...]]:
        rationals: list[tuple[Rational, ...]] = [tuple(r.low if r.point else r.middle() for r in box)]
        ends = [[end for end in (r.low, r.high) if end is not None] or [r.middle()] for r in box]
        for point in (*rationals, *islice(product(*ends), MOST_CORNERS)):
            yield tuple(in_domain(variable, q) for variable, q in zip(self.claim.variables, point, strict=True))
