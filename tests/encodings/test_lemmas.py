"""First uses: what solvers say of well-known lemmas, and what the exact arithmetic says of their models."""

import pytest

from fpproof.encodings import Answer, FloatTerm, Term, datum, decode, float_variable, numbers, operations, solve
from fpproof.encodings.floats import compare_floats, same
from fpproof.encodings.terms import equal
from fpproof.formats import Datum, Format, arithmetic, parse_format, rational
from fpproof.formats.arithmetic import is_finite

for _module in ("z3", "bitwuzla", "cvc5"):
    pytest.importorskip(_module)

E5M2 = parse_format("E5M2")


def floats(F: Format, names: str) -> list[FloatTerm]:
    return [float_variable(F, name) for name in names]


def point(variables: list[FloatTerm], answer: Answer) -> list[Datum]:
    assert answer.status == "sat"
    return [datum(x, answer.model) for x in variables]


def within_a_factor(F: Format, factor: int) -> list[Term]:
    """0 <= y / factor <= x <= factor * y, and fl(x - y) is not x - y."""
    x, y = floats(F, "xy")
    by = numbers.rational(factor)
    left, right = decode(x), decode(y)
    assumptions = [x.finite, y.finite, ~x.sign, ~y.sign]
    assumptions += [~numbers.compare(right, numbers.multiply(by, left)).greater, ~numbers.compare(left, numbers.multiply(by, right)).greater]
    return [*assumptions, operations.subtract(F, x, y).inexact]


@pytest.mark.parametrize("name", ["E2M1", "E4M3FN", "E5M2", "bfloat16", "binary16", "binary32", "binary64"])
def test_sterbenz(name: str) -> None:
    assert solve(within_a_factor(parse_format(name), 2)).status == "unsat"


@pytest.mark.parametrize("name", ["E4M3FN", "E5M2", "binary16", "binary64"])
def test_sterbenz_with_a_factor_of_three_fails(name: str) -> None:
    F = parse_format(name)
    x, y = point(floats(F, "xy"), solve(within_a_factor(F, 3)))
    assert 0 <= rational(y) / 3 <= rational(x) <= 3 * rational(y)
    assert rational(arithmetic.subtract(F, x, y)) != rational(x) - rational(y)


def test_sums_commute() -> None:
    """The encoder orders operands, so the two sums are one term; with the operands hidden behind other variables, solvers prove it."""
    x, y, p, q = floats(E5M2, "xypq")
    assert operations.add(E5M2, x, y).value == operations.add(E5M2, y, x).value
    swapped = [equal(x.code, q.code), equal(y.code, p.code)]
    differ = ~same(operations.add(E5M2, x, y).value, operations.add(E5M2, p, q).value)
    assert solve([x.valid, y.valid, *swapped, differ]).status == "unsat"


def test_sums_are_monotone() -> None:
    x, y, z = floats(E5M2, "xyz")
    sums = operations.add(E5M2, x, z).value, operations.add(E5M2, y, z).value
    assumptions = [x.finite, y.finite, z.finite, ~compare_floats(x, y).greater]
    assert solve([*assumptions, compare_floats(*sums).greater]).status == "unsat"


@pytest.mark.parametrize("name", ["E4M3FN", "E5M2", "binary16", "binary32"])
@pytest.mark.parametrize("operation", ["add", "multiply"])
def test_nothing_associates(name: str, operation: str) -> None:
    F = parse_format(name)
    variables = floats(F, "xyz")
    encode, compute = getattr(operations, operation), getattr(arithmetic, operation)
    x, y, z = variables
    left, right = encode(F, encode(F, x, y).value, z).value, encode(F, x, encode(F, y, z).value).value
    a, b, c = point(variables, solve([x.finite, y.finite, z.finite, left.finite, right.finite, ~compare_floats(left, right).equal]))
    first, second = compute(F, compute(F, a, b), c), compute(F, a, compute(F, b, c))
    assert is_finite(first)
    assert is_finite(second)
    assert arithmetic.compare(first, second) != 0


def test_two_sum_overflows() -> None:
    """In E5M2 the error of a finite sum is missed at (12288, -57344) and its negative; enumeration says that these are all."""
    F = E5M2
    a, b = floats(F, "ab")
    s = operations.add(F, a, b).value
    rest = operations.subtract(F, s, a).value
    error = operations.add(F, operations.subtract(F, a, operations.subtract(F, s, rest).value).value, operations.subtract(F, b, rest).value).value
    off = ~numbers.compare(numbers.add(decode(s), decode(error)), numbers.add(decode(a), decode(b))).equal
    x, y = point([a, b], solve([a.finite, b.finite, s.finite, off]))
    assert not is_finite(arithmetic.subtract(F, arithmetic.add(F, x, y), x))
    assert (int(rational(x)), int(rational(y))) in [(-12288, 57344), (12288, -57344)]
