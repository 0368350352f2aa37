"""Random lemmas that are as sharp as can be: a random term never exceeds its greatest value, which brute force has found, and is not always less.

From each term come a lemma that is true, one that is false where the greatest value is attained and nowhere else, one that leaves these inputs
out, and one with assumptions that nothing meets. The term's text is evaluated by Python, with the numbers of tests/theory/brute.py.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

from fpproof.formats import parse_format
from fpproof.judges import Budget, ExactJudge, Finding, Outcome, Referee
from fpproof.judges.enumeration.source import Beyond, NoDomain, kernel
from fpproof.judges.laws.judge import _beyond
from fpproof.judges.laws.steps import impossible
from fpproof.judges.smt import SmtJudge
from fpproof.theory import Claim, instances, read_theory_text
from fpproof.theory.networks import expanded
from tests.judges.interpreted import interpreted
from tests.theory.brute import FORMATS, Floats, X, x

OPERATIONS = ("({} + {})", "({} - {})", "({} * {})", "({} / {})", "min({}, {})", "max({}, {})")
ROUNDINGS = (
    "fl({})", "fl({})", "fl({}, to=up)", "fl({}, to=toward_zero)", "fl({}, to=nearest_away)", "fl({}, to=to_odd)", "fl({}, G)", "fl(fl({}, G))",
    "abs({})", "(-{})", "({})**2",
)  # fmt: skip
ATOMS = ("x", "x", "x", "y", "y", "1", "3", "0.5", "0.1", "ulp(x)", "succ(y)", "pred(x)", "F.omega", "F.Omega")
MODES = {"nearest": "nearest", "up": "up", "toward_zero": "zero", "nearest_away": "away", "to_odd": "odd"}


def term(random: Random, depth: int) -> str:
    if depth == 0:
        return random.choice(ATOMS)
    if random.random() < 0.5:
        return random.choice(ROUNDINGS).format(term(random, depth - 1))
    return random.choice(OPERATIONS).format(term(random, depth - 1), term(random, depth - 1))


class _Numbers(ast.NodeTransformer):
    """Literals as exact numbers, squares as products."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Call(ast.Name("number", ast.Load()), [ast.Constant(repr(node.value))], [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if not isinstance(node.op, ast.Pow):
            return self.generic_visit(node)
        base = self.visit(node.left)
        return ast.BinOp(base, ast.Mult(), base)


class _Fields:
    def __init__(self, f: Floats) -> None:
        self.omega, self.Omega = X(f.grid[1]), X(f.top)


def extreme(a: X, b: X, sign: int) -> X:
    if "nan" in (a.kind, b.kind):
        return X(kind="nan")
    if a == b:  # zeros, of which -0 is less
        return a if a.negative == (sign < 0) else b
    return a if (a < b) == (sign < 0) else b


def words(F: Floats, G: Floats) -> dict[str, Any]:
    """The language's words."""
    return {
        "F": _Fields(F), "G": G, "number": x, **MODES,
        "fl": lambda v, format=F, to="nearest": (format if isinstance(format, Floats) else F).fl(v, to),
        "min": lambda a, b: extreme(a, b, -1), "max": lambda a, b: extreme(a, b, 1),
        "ulp": F.ulp, "succ": F.succ, "pred": F.pred,
    }  # fmt: skip


@dataclass(frozen=True)
class Sharp:
    """A lemma with its verdict."""

    assumed: str
    shown: str
    outcome: Outcome


def written(r: Fraction) -> str:
    return f"({r.numerator} / {r.denominator})"


def lemmas(text: str, F: Floats, G: Floats) -> Iterator[Sharp]:
    """About a term; none if it is finite nowhere."""
    code = compile(ast.fix_missing_locations(_Numbers().visit(ast.parse(text, mode="eval"))), text, "eval")
    scope = words(F, G)
    found = [(v.r, a, b) for a, b in product(F.floats, repeat=2) if (v := eval(code, {**scope, "x": a, "y": b})).finite]
    if not found:
        return
    greatest = max(r for r, _, _ in found)
    places = {(a.r, b.r) for r, a, b in found if r == greatest}
    defined, c = f"finite({text})", written(greatest)
    yield Sharp(defined, f"{text} <= {c}", Outcome.PROVED)
    yield Sharp(defined, f"{text} < {c}", Outcome.REFUTED)
    yield Sharp(f"{defined}, {text} > {c}", "x == 7", Outcome.VACUOUS)
    if len(places) <= 3 and len(places) < len({(a.r, b.r) for _, a, b in found}):
        elsewhere = " and ".join(f"not (x == {written(a)} and y == {written(b)})" for a, b in sorted(places))
        at_zero = any((a.r, b.r) in places for r, a, b in found if r < greatest)  # of two zeros one may attain it
        if not at_zero:
            yield Sharp(f"{defined}, {elsewhere}", f"{text} < {c}", Outcome.PROVED)


def claim_of(lemma: Sharp, F: Floats, G: Floats) -> Claim:
    lines = f"from fpproof.lang import *\n@lemma\ndef l(x: Float, y: Float, G: Format):\n    assume({lemma.assumed})\n    show({lemma.shown})\n"
    return instances(read_theory_text(lines).lemmas[0], {"F": parse_format(F.name), "G": parse_format(G.name)})[0]


def follows(claim: Claim) -> bool:
    """By the laws alone: the judge's control would hide what is wrong with them."""
    plain = expanded(claim)
    return not _beyond(plain) and all(impossible(plain, conclusion, 300_000)[0] for conclusion in plain.conclusions)


def by_kernel(claim: Claim) -> Outcome:
    """The verdict of the kernel for all inputs, with the referee's for lanes that it leaves; OPEN if no kernel does it."""
    try:
        plan = kernel(claim)
    except Beyond:
        return Outcome.OPEN
    except NoDomain:
        return Outcome.VACUOUS
    chunk = interpreted(plan).run(0, plan.units, 10**9)
    if chunk.reason:
        return Outcome.OPEN
    return Outcome.REFUTED if chunk.failing is not None else Outcome.PROVED if chunk.met else Outcome.VACUOUS


@pytest.mark.parametrize("seed", range(8))
def test_verdicts_of_sharp_lemmas(seed: int) -> None:
    random = Random(seed)
    F, G = (FORMATS[name] for name in random.choice((("E2M1", "F(2,3)"), ("F(1,2)", "E3M2"), ("F(1,2)", "E4M3FN"), ("E2M1", "F(1,2)"))))
    number = 0
    while number < 4:
        found = list(lemmas(term(random, 3), F, G))
        for lemma in found:
            claim = claim_of(lemma, F, G)
            verdict = ExactJudge().decide(claim, Budget(cases=1000))
            assert verdict.outcome is lemma.outcome, lemma
            if number % 2 == 0:
                answer = SmtJudge(solvers=("z3",)).decide(claim, Budget(resource=1_000_000))
                assert answer.outcome in (lemma.outcome, Outcome.OPEN), lemma
                assert answer.counterexample is None or Referee(claim).at(answer.counterexample.values) is Finding.FAILS
                assert lemma.outcome is not Outcome.REFUTED or not follows(claim), lemma
            if number == 1:
                assert by_kernel(claim) in (lemma.outcome, Outcome.OPEN), lemma
        number += bool(found)
