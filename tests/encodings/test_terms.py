"""Bit-vector terms: folding and interpretation agree with `meaning`, sizes are checked, and the solvers read the same meaning."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from fpproof.encodings import terms
from fpproof.encodings.errors import EncodingError
from fpproof.encodings.interpret import evaluate, interpret
from fpproof.encodings.smtlib import query
from fpproof.encodings.solving import Budget, solve
from fpproof.encodings.terms import FALSE, LONGEST_CONSTANT, TRUE, Op, Term, constant, equal, extract, ite, less, ordered, truth, variable
from fpproof.encodings.z3_terms import load_z3, to_z3

WIDTHS = st.sampled_from([1, 2, 3, 7, 8, 31, 63, 64, 65, 130])
BINARY: list[Callable[[Term, Term], Term]] = [
    Term.__add__, Term.__sub__, Term.__mul__, Term.__and__, Term.__or__, Term.__xor__, terms.shift_left, terms.shift_right, terms.divide,
    terms.remainder,
]  # fmt: skip
COMPARISONS: list[Callable[[Term, Term], Term]] = [terms.less, terms.less_equal, terms.signed_less, terms.equal]


@st.composite
def bits(draw: DrawFn, width: int, depth: int) -> Term:
    """A term of a width, over variables a<width>, b<width> and p, q."""
    kind = draw(st.integers(0, 8)) if depth else draw(st.integers(0, 1))
    if kind == 0:
        return constant(draw(st.integers(0, (1 << width) - 1) | st.sampled_from([0, 1, (1 << width) - 1])), width)
    if kind == 1:
        return variable(f"{draw(st.sampled_from('ab'))}{width}", width)
    if kind <= 4:
        return draw(st.sampled_from(BINARY))(draw(bits(width, depth - 1)), draw(bits(width, depth - 1)))
    if kind == 5:
        return ite(draw(truths(depth - 1)), draw(bits(width, depth - 1)), draw(bits(width, depth - 1)))
    if kind == 6:
        x = draw(bits(width, depth - 1))
        return draw(st.sampled_from([~x, -x]))
    if kind == 7:
        more = draw(st.sampled_from([1, 2, 64]))
        x = draw(bits(width + more, depth - 1))
        low = draw(st.integers(0, more))
        return extract(x, low + width - 1, low)
    if width == 1:
        return terms.as_bit(draw(truths(depth - 1)))
    part = draw(st.integers(1, width - 1))
    x = draw(bits(part, depth - 1))
    return draw(
        st.sampled_from([terms.zero_extend(x, width), terms.sign_extend(x, width), terms.concat(x, draw(bits(width - part, depth - 1)))])
    )


@st.composite
def truths(draw: DrawFn, depth: int) -> Term:
    kind = draw(st.integers(0, 4)) if depth else draw(st.integers(0, 1))
    if kind == 0:
        return truth(draw(st.booleans()))
    if kind == 1:
        return variable(draw(st.sampled_from("pq")), 0)
    if kind == 2:
        width = draw(WIDTHS)
        return draw(st.sampled_from(COMPARISONS))(draw(bits(width, depth - 1)), draw(bits(width, depth - 1)))
    if kind == 3:
        operation = draw(st.sampled_from([Term.__and__, Term.__or__, Term.__xor__, terms.equal]))
        return operation(draw(truths(depth - 1)), draw(truths(depth - 1)))
    return ~draw(truths(depth - 1))


def substituted(root: Term, values: dict[str, int]) -> Term:
    """The term built again with constants for variables: the folding computes its value."""
    new: dict[Term, Term] = {}
    for term in ordered([root]):
        args = tuple(new[a] for a in term.args)
        if term.op is Op.VARIABLE:
            new[term] = constant(values[str(term.data)], term.width)
        else:
            new[term] = terms._make(term.op, args, term.width, term.data)
    return new[root]


@st.composite
def valued(draw: DrawFn) -> tuple[Term, list[dict[str, int]]]:
    """A term and a few points."""
    root = draw(truths(4) | WIDTHS.flatmap(lambda width: bits(width, 4)))
    edges = {v: st.sampled_from([0, 1, (1 << (v.width or 1)) - 1, 1 << (max(v.width, 1) - 1)]) for v in terms.variables([root])}
    points = draw(st.lists(st.fixed_dictionaries({v: edges[v] | st.integers(0, (1 << (v.width or 1)) - 1) for v in edges}), min_size=1, max_size=4))
    return root, [{str(v.data): n for v, n in point.items()} for point in points]


@given(valued())
def test_three_ways_to_a_value(case: tuple[Term, list[dict[str, int]]]) -> None:
    root, points = case
    lanes = {name: np.array([point[name] for point in points], dtype=object) for name in points[0]}
    found = np.broadcast_to(interpret([root], lanes)[0], (len(points),))
    for point, value in zip(points, found, strict=True):
        folded = substituted(root, point)
        assert folded.op is Op.CONSTANT
        assert evaluate([root], point) == [folded.data] == [int(value)]


@given(valued())
def test_z3_means_the_same(case: tuple[Term, list[dict[str, int]]]) -> None:
    z3 = load_z3()
    root, points = case
    (expression,) = to_z3([root])
    for point in points:
        values = [(variable(str(v.data), v.width), point[str(v.data)]) for v in terms.variables([root])]
        pairs = list(zip(to_z3([v for v, _ in values]), to_z3([constant(n, v.width) for v, n in values]), strict=True))
        found = z3.simplify(z3.substitute(expression, *pairs))
        wanted = evaluate([root], point)[0]
        assert (int(z3.is_true(found)) if root.width == 0 else found.as_long()) == wanted


def every_operation() -> tuple[list[Term], dict[str, int]]:
    """Truths that use each operation on variables, all true at one point only."""
    x, y, p = variable("x", 7), variable("y", 7), variable("p", 0)
    results = [
        extract(x, 5, 2), terms.concat(x, y), terms.zero_extend(x, 9), terms.sign_extend(x, 9), x + y, x - y, x * y, terms.divide(x, y),
        terms.remainder(x, y), -x, x & y, x | y, x ^ y, ~x, terms.shift_left(x, y), terms.shift_right(x, y), less(x, y), terms.signed_less(x, y),
        equal(x, y), ite(p, x, y), p & less(x, y), p | less(y, x), p ^ less(x, y), ~p, equal(p, less(x, y)),
    ]  # fmt: skip
    point = {"x": 0b1011010, "y": 0b0000011, "p": 1}
    pinned = [equal(r, constant(v, r.width)) for r, v in zip(results, evaluate(results, point), strict=True)]
    return [*pinned, equal(x, point["x"]), equal(y, point["y"]), p], point


@pytest.mark.parametrize("solver", ["z3", "bitwuzla", "cvc5"])
def test_the_solvers_mean_the_same(solver: str) -> None:
    pytest.importorskip(solver)
    truths, point = every_operation()
    assert {term.op for term in ordered(truths)} == set(Op)
    assert solve(truths, Budget(), [solver]).model == point
    for index, one in enumerate(truths[:-3]):
        assert solve([*truths[-3:], ~one], Budget(), [solver]).status == "unsat", index


def test_equal_terms_are_one_object() -> None:
    x, y = variable("x", 8), variable("y", 8)
    assert x + y is y + x
    assert (x & y) is (y & x)
    assert ite(~less(x, y), x, y) is ite(less(x, y), y, x)
    assert variable("x", 8) is x
    assert variable("x", 9) is not x


def test_folding() -> None:
    x, p = variable("x", 8), variable("p", 0)
    assert (x + 3) - 3 is x
    assert x - x is constant(0, 8)
    assert (x * 8).op is Op.CONCAT
    assert x & 255 is x
    assert (p | ~p) is TRUE
    assert (p & ~p) is FALSE
    assert ite(p, TRUE, FALSE) is p
    assert extract(terms.concat(x, variable("y", 4)), 11, 4) is x
    assert extract(terms.zero_extend(x, 20), 19, 8) is constant(0, 12)
    assert less(x, 0) is FALSE


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x, y: x + y,
        lambda x, y: ite(x, x, x),
        lambda x, y: extract(x, 8, 0),
        lambda x, y: terms.zero_extend(x, 7),
        lambda x, y: terms.concat(x, TRUE),
        lambda x, y: bool(x),
        lambda x, y: terms.variable("$x", 3),
        lambda x, y: terms.variables([equal(x, 1), variable("x", 0)]),
        lambda x, y: query([x]),
    ],
)
def test_wrong_widths_are_refused(wrong: Callable[[Term, Term], Any]) -> None:
    with pytest.raises(TypeError):
        wrong(variable("x", 8), variable("y", 9))


def test_the_text_shares_and_repeats() -> None:
    """A chain of squares has one definition a step, and the same text whatever was built before."""
    x = variable("x[0]", 16)
    for _ in range(200):
        x = x * x + 1
    text = query([equal(x, 0)])
    assert text.count("bvmul") == 200
    assert len(text) < 20_000
    assert "|v.x[0]|" in text
    assert text == query([equal(x, 0)])


def test_constants_that_are_too_long_to_be_written_are_refused() -> None:
    """Python writes no more than 4300 digits; a wide constant of small value does no harm."""
    assert constant(3, 1 << 16).data == 3
    assert to_smtlib_length(constant((1 << LONGEST_CONSTANT) - 1, 1 << 16)) > 4000
    with pytest.raises(EncodingError, match="a constant of 14001 bits"):
        constant(1 << LONGEST_CONSTANT, 1 << 16)


def to_smtlib_length(term: Term) -> int:
    return len(query([equal(term, variable("x", term.width))]))
