"""Terms as clauses mean what terms mean: all operations, all inputs of small widths, by unit propagation alone."""

from collections.abc import Callable
from itertools import product

import pytest

from fpproof.encodings.interpret import evaluate
from fpproof.encodings.terms import (
    Term,
    as_bit,
    concat,
    divide,
    equal,
    extract,
    ite,
    less,
    remainder,
    shift_left,
    shift_right,
    sign_extend,
    signed_less,
    variable,
    zero_extend,
)
from fpproof.search.blasting import Clauses, blast, dimacs

OPERATIONS: dict[str, Callable[[Term, Term], Term]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "negate": lambda x, y: -x ^ y,
    "divide": divide,
    "remainder": remainder,
    "and": lambda x, y: x & y,
    "or": lambda x, y: x | y,
    "xor": lambda x, y: x ^ y,
    "not": lambda x, y: ~x & y,
    "shift left": shift_left,
    "shift right": shift_right,
    "less": lambda x, y: as_bit(less(x, y)),
    "signed less": lambda x, y: as_bit(signed_less(x, y)),
    "equal": lambda x, y: as_bit(equal(x, y)),
    "ite": lambda x, y: ite(less(x, y), x, y),
    "nested ite": lambda x, y: ite(less(x, y), ite(equal(x, 1), y, x), ~x),
    "extract": lambda x, y: extract(x + y, x.width - 1, 1) if x.width > 1 else x,
    "concat": lambda x, y: concat(x, y),
    "zero extend": lambda x, y: zero_extend(x, x.width + 2) + zero_extend(y, x.width + 2),
    "sign extend": lambda x, y: sign_extend(x, x.width + 2) - sign_extend(y, x.width + 2),
}


def propagated(clauses: Clauses, known: dict[int, bool]) -> dict[int, bool]:
    """Everything that units give."""
    known = dict(known)
    changed = True
    while changed:
        changed = False
        for clause in clauses.clauses:
            if any(known.get(abs(literal)) is (literal > 0) for literal in clause):
                continue
            open_ = [literal for literal in clause if abs(literal) not in known]
            assert open_, "a clause is false: the circuit has no value"
            if len(open_) == 1:
                known[abs(open_[0])] = open_[0] > 0
                changed = True
    return known


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("width", [1, 2, 3])
def test_every_operation_on_all_inputs(name: str, width: int) -> None:
    x, y = variable("x", width), variable("y", width)
    term = OPERATIONS[name](x, y)
    out = variable("out", term.width)
    clauses = blast([equal(out, term)])
    for a, b in product(range(1 << width), repeat=2):
        given = {"x": a, "y": b}
        known = {literal: bool(given[name] >> bit & 1) for (name, bit), literal in clauses.inputs.items() if name in given}
        expected = evaluate([term], given)[0]
        found = propagated(clauses, known)
        assert [found[clauses.inputs["out", i]] for i in range(term.width)] == [bool(expected >> i & 1) for i in range(term.width)]


def test_dimacs_counts_its_clauses() -> None:
    x = variable("x", 2)
    text = dimacs(blast([less(x, 2)]), {"x": "a weight"}).splitlines()
    assert text[0] == "c x: a weight"
    _, _, variables, clauses = text[1].split()
    assert len(text) - 2 == int(clauses)
    assert max(abs(int(word)) for line in text[2:] for word in line.split()) <= int(variables)
