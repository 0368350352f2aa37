"""Where a difference and its derivatives are 0, by algebra: log(1 + e^x) = log 2 at 0, which no interval shows."""

from dataclasses import replace
from typing import Any

from fpproof.errors import TheoryError
from fpproof.judges.algebra.fields import Beyond
from fpproof.judges.algebra.translate import Translation, beyond
from fpproof.judges.enclosure.rewrite import substituted
from fpproof.theory import Claim, Op, Term
from fpproof.theory.derivative import Derivatives

HIGHEST_ORDER = 4


class Zeros:
    """Derivatives of right - left along one variable, at numbers."""

    def __init__(self, claim: Claim, left: Term, right: Term) -> None:
        self.claim, self._left, self._right = claim, left, right
        self._known: dict[tuple[int, Any, int], bool] = {}

    def vanishes(self, i: int, point: Any, order: int) -> bool:
        """Whether the derivative of an order is 0 wherever variable i is the point, for all values of the others."""
        key = (i, point, order)
        if key not in self._known:
            self._known[key] = order <= HIGHEST_ORDER and self._by_normal_form(i, point, order)
        return self._known[key]

    def _by_normal_form(self, i: int, point: Any, order: int) -> bool:
        pool, variable = self.claim.pool, self.claim.variables[i]
        try:
            term = pool.make(Op.SUBTRACT, self._right, self._left)
            for _ in range(order):
                term = Derivatives(pool, variable, None).of(term)
            at_point = substituted(pool, term, variable, pool.constant(point))
            claim = replace(self.claim, assumptions=(), conclusions=(pool.make(Op.EQUAL, at_point, pool.constant(0)),))
            return not beyond(claim) and Translation(claim).conclusions[0].must is True
        except (Beyond, TheoryError):
            return False
