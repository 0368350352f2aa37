"""Functions that are written with others: expm1, log1p, sigmoid and softplus, by their definitions."""

from dataclasses import replace

from fpproof.theory import Claim, Op, Pool, Term, rebuild

WRITTEN = ("expm1", "log1p", "sigmoid", "softplus")


def written_out(claim: Claim) -> Claim:
    """The claim with definitions in place of these functions; of the same truth at real numbers, and at infinities."""

    def make(term: Term, args: tuple[Term, ...]) -> Term:
        if term.op is Op.FUNCTION and term.data in WRITTEN:
            return _definition(claim.pool, term.data, args[0])
        return claim.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)

    roots = rebuild((*claim.variables, *claim.assumptions, *claim.conclusions), make)
    first, second = len(claim.variables), len(claim.variables) + len(claim.assumptions)
    return replace(claim, variables=tuple(roots[:first]), assumptions=tuple(roots[first:second]), conclusions=tuple(roots[second:]))


def _definition(pool: Pool, name: str, x: Term) -> Term:
    one = pool.constant(1)

    def exp(y: Term) -> Term:
        return pool.make(Op.FUNCTION, y, data="exp")

    def plus_one(y: Term) -> Term:
        return pool.make(Op.ADD, one, y)

    match name:
        case "expm1":
            return pool.make(Op.SUBTRACT, exp(x), one)
        case "log1p":
            return pool.make(Op.FUNCTION, plus_one(x), data="log")
        case "sigmoid":
            return pool.make(Op.DIVIDE, one, plus_one(exp(pool.make(Op.NEGATE, x))))
    return pool.make(Op.FUNCTION, plus_one(exp(x)), data="log")
