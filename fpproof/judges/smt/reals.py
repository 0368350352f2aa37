"""Real variables: a format whose finite numbers stand for all real numbers, in claims that only round and compare them.

Let the breakpoints be the floats of all formats that occur, the midpoints between them, the point one ulp beyond each Omega, the constants
that reals are compared with, and the negatives of all these. In each gap between neighbouring breakpoints rounding is
constant. If reals, their negatives and absolute values are only rounded, and compared with each other, with
constants and with floats, then whether the claim holds depends on the breakpoints or gaps that they lie in, and on the order of the
|r| within a gap. So a set of numbers stands for all reals if it contains the breakpoints and has as many points in each gap as there are
variables, n. The breakpoints near x are multiples of half an ulp of some format that occurs, or bits of a constant: numbers with
k = bit_length(n) bits more, and a least unit 2^k times smaller, have 2^k - 1 >= n points in each gap. Beyond the last breakpoint a
binade more has them too.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from fpproof.encodings import EncodingError
from fpproof.formats import Format
from fpproof.formats.format import MAXIMAL_EXPONENT, MAXIMAL_PRECISION
from fpproof.theory import Claim, Domain, Op, Term, ordered, show
from fpproof.theory.numbers import Special

_ROUNDED = {Op.ROUND, Op.SUCC, Op.PRED, Op.IS_FLOAT}
_COMPARED = {Op.EQUAL, Op.LESS, Op.LESS_EQUAL, Op.SAME}
_FLOATS = {Op.ROUND, Op.SUCC, Op.PRED, Op.WEIGHT}


def stand_ins(claim: Claim) -> dict[Term, Format]:
    """For each Real variable of a claim, the format whose finite numbers (without -0) stand for the reals; raises EncodingError where none does."""
    reals = [v for v in claim.variables if v.variable.domain is Domain.REAL]
    if not reals:
        return {}
    formats, constants = _breakpoints(claim)
    F = wide_enough(formats, constants, len(reals))
    return dict.fromkeys(reals, F)


def wide_enough(formats: Sequence[Format], constants: Sequence[Fraction], variables: int) -> Format:
    """A format that contains the breakpoints and `variables` points in each gap between them."""
    k = variables.bit_length()
    bits = [F.precision + 1 for F in formats] + [_bits(c) for c in constants]
    units = [F.quanta[0] - 1 for F in formats] + [1 - c.denominator.bit_length() for c in constants]
    heights = [F.emax + 1 for F in formats] + [abs(c).numerator.bit_length() for c in constants]
    p = max([*bits, 1]) + k
    emax = max([*heights, 0]) + 1
    emin = min(min([*units, 0]) - k + p, emax)
    if p > MAXIMAL_PRECISION or max(abs(emin), emax) > MAXIMAL_EXPONENT:
        raise EncodingError(f"a Real that is compared with constants of {max(bits)} bits: too long for an encoding")
    return Format("reals", p, emin, emax, (2 - Fraction(1, 1 << p)) * Fraction(2) ** emax, "ieee", "infinity")


def _bits(constant: Fraction) -> int:
    """The bits of a binary fraction between the first and the last one."""
    n = abs(constant.numerator)
    return (n // (n & -n)).bit_length() if n else 1


def _breakpoints(claim: Claim) -> tuple[list[Format], list[Fraction]]:
    formats: dict[Format, None] = {}
    constants: dict[Fraction, None] = {}
    for term in ordered((*claim.assumptions, *claim.conclusions)):
        for index, argument in enumerate(term.args):
            if not _like_a_real(argument) or (term.op in (Op.NEGATE, Op.ABSOLUTE)):
                continue
            if term.op in _ROUNDED and index == 0:
                formats[term.args[1].data] = None
            elif term.op in _COMPARED:
                _note(term, term.args[1 - index], formats, constants)
            elif term.op is not Op.FINITE:
                raise _beyond(term)
    return list(formats), list(constants)


def _like_a_real(term: Term) -> bool:
    """Whether a term is a Real variable, its negative or absolute value."""
    while term.op in (Op.NEGATE, Op.ABSOLUTE):
        term = term.args[0]
    return term.op is Op.VARIABLE and term.variable.domain is Domain.REAL


def _beyond(term: Term) -> EncodingError:
    return EncodingError(f"{show(term)}: a Real is encoded where it is only rounded, and compared with reals, constants and floats")


def _note(term: Term, other: Term, formats: dict[Format, None], constants: dict[Fraction, None]) -> None:
    """What a real is compared with."""
    if _like_a_real(other):
        return
    if other.op is Op.CONSTANT:
        if not isinstance(other.data, Special):
            constant = Fraction(int(other.data.numerator), int(other.data.denominator))
            if constant.denominator & (constant.denominator - 1):
                raise EncodingError(f"{show(term)}: a Real is compared with a constant that is no binary fraction")
            constants[constant] = None
        return
    found = list(_formats_of_a_float(other))
    if None in found:
        raise _beyond(term)
    formats.update((F, None) for F in found if F is not None)


def _formats_of_a_float(term: Term) -> Iterator[Format | None]:
    """The formats of which a term is a float by its form; None if it need be none."""
    while term.op in (Op.NEGATE, Op.ABSOLUTE):
        term = term.args[0]
    if term.op is Op.VARIABLE and term.variable.domain in (Domain.FLOAT, Domain.DATUM):
        yield term.args[0].data
    else:
        yield term.args[1].data if term.op in _FLOATS else None
