"""Lanes as arrays say what the kernel's text says, lane by lane, and what the exact evaluator says; nothing is compiled for them."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from fpproof.errors import FpproofError
from fpproof.formats import Mode
from fpproof.judges import Budget, ExactJudge, Finding, Outcome, Referee
from fpproof.judges.enumeration import EnumerationJudge, arrays, lanewise
from fpproof.judges.enumeration.source import Beyond, Kernel, NoDomain, kernel
from fpproof.judges.enumeration.sweep import Sweep
from fpproof.paths import cache_directory
from fpproof.theory import Claim
from tests.judges.interpreted import interpreted
from tests.judges.test_enumeration import MANY_OPERATIONS, STERBENZ, claim, statements

OF_EIGHT_BITS = ("E2M1", "E3M2", "F(3,4)", "E4M3FN", "E4M3FN-sat", "E5M2", "F(2,4)")


def as_arrays(plan: Kernel) -> Sweep:
    return Sweep(plan, arrays.functions(plan))


def lanes(plan: Kernel, sweep: Sweep) -> list[list[int]]:
    """What `locate` says of each lane, row by row."""
    rows = range(plan.units * plan.rows)
    found = []
    for row in rows:
        outer, low, high = sweep._row(0, row)
        codes = np.full(plan.lanes, 9, np.int64)
        sweep._functions.locate(np.array(outer or (0,), np.int64), low, high, plan.domains.tables, codes)
        found.append(codes[: high - low].tolist())
    return found


@settings(max_examples=25)
@given(statements())
def test_random_statements_are_decided_as_lane_by_lane(statement: tuple[str, str, str]) -> None:
    try:
        plan = kernel(claim(*statement))
    except (FpproofError, Beyond, NoDomain):
        return
    assert as_arrays(plan).run(0, plan.units, 10**9) == interpreted(plan).run(0, plan.units, 10**9)


CLAIMS = {
    "operations": (MANY_OPERATIONS, "E2M1"),
    "exists": ("x: Float | show(exists(Float, lambda w: x < w and not exists(Float, lambda v: x < v and v < w)) or x == F.Omega)", "F(2,3)"),
    "fails": ("x: Float | show(exists(Float, lambda w: x < w and not exists(Float, lambda v: x < v and v < w)))", "F(2,3)"),
    "found": ("x: Datum, y: Float | show(exists(Float, lambda w: same(fl(w + x), y) and fl(1 / w) != x, witness=fl(y - x)) or x != x)", "E2M1"),
    "doubt": ("x: Float | show(exists(Float, lambda w: sqrt(w) * sqrt(w) == x and x >= 0))", "F(2,3)"),
    "searches": ("x: Float, y: Float | show(exists(Bool, lambda b: exists(Float, lambda w: (fl(w * x) >= y) == b)))", "E2M1"),
    "integers": ("x: Float, n: Int, b: Bool | assume(-3 <= n, n < 5, b or n % 3 == 1); show(fl(x * pow2(n)) == x * 2**4 / pow2(4 - n))", "E2M1"),
    "undecided": ("x: Float, y: Float | show(sqrt(x * x + y * y) * 3 / 7 / 11 != x / 77 * 3)", "E2M1"),
    "blocks": ("n: Int | assume(-6000 <= n <= 6000); show(fl(n, to=up) >= n, n != 4321)", "binary16"),
    "constants": ("x: Float | show(fl(1 / 3 + 0 * x) / (1 - 1.0) > 1 or 1 / (2 - 2.0) < x, fl(1 / 3) / 3 < x)", "E2M1"),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_statements_of_every_kind_are_decided_as_lane_by_lane(name: str) -> None:
    plan = kernel(claim(*CLAIMS[name]))
    by_arrays, by_hand = as_arrays(plan), interpreted(plan)
    assert lanes(plan, by_arrays) == lanes(plan, by_hand)
    assert by_arrays.run(0, plan.units, 10**9) == by_hand.run(0, plan.units, 10**9)
    assert by_arrays.run(0, 1, 10**9) == by_hand.run(0, 1, 10**9)


def test_few_lanes_at_once_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of any size: of several units, of one, of some rows, of parts of rows."""
    triples = "x: Float, b: Bool, y: Float | assume(x <= y or b); show(fl(x + y) != 3 or y / 3 * 3 == x)"
    for text, format in ((triples, "E2M1"), CLAIMS["blocks"], CLAIMS["searches"]):
        plan = kernel(claim(text, format))
        right = as_arrays(plan)._count(0, plan.units)
        for lanes_at_once in (1, 5, 40, 300):
            monkeypatch.setattr(arrays, "AT_ONCE", lanes_at_once if format == "E2M1" else 1000 * lanes_at_once)
            assert as_arrays(plan)._count(0, plan.units) == right
        monkeypatch.undo()


def test_a_counterexample_with_an_integer_is_shrunk_within_its_bounds() -> None:
    text = "n: Int, x: Float | assume(3 <= n <= 9); show(exists(Float, lambda w: fl(w * n) == x))"
    found = EnumerationJudge(jobs=1).decide(claim(text, "E2M1"), Budget()).counterexample
    assert found is not None
    assert 3 <= next(iter(found.values.values())) <= 9


STEPS = {
    "roundings": "show(fl(x / 3, to={mode}) <= fl(x * x * 5 - x, to={mode}), fl(sqrt(x) + x, to={mode}) != x / 3)",
    "neighbours": "show(same(succ(x / 7), pred(3 * x)), same(fl(succ(x), to={mode}), succ(x)))",
    "parts": "show(ulp(x / 3) * significand(x / 3) < pow2(exponent(x * x)), is_float(fl(x / 3, to={mode}) + x))",
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("format", OF_EIGHT_BITS)
def test_every_operation_of_small_formats_at_every_input(format: str, name: str) -> None:
    """Whether each conclusion holds, at every datum, as the exact evaluator has it."""
    for mode in Mode if name == "roundings" else (Mode.NEAREST_EVEN, Mode.UP):
        found = claim(f"x: Datum | {STEPS[name].format(mode=mode.value.replace('-', '_'))}", format)
        for conclusion in range(len(found.conclusions)):
            alone = single(found, conclusion)
            plan, referee = kernel(alone), Referee(alone)
            sweep = as_arrays(plan)
            ((*said,),) = lanes(plan, sweep)
            for place, code in enumerate(said):
                finding = referee.at(sweep.values((place,)))
                assert code == 2 or (code == 1) == (finding is Finding.FAILS), (format, mode, conclusion, place)


def single(found: Claim, conclusion: int) -> Claim:
    return replace(found, conclusions=(found.conclusions[conclusion],))


def test_arrays_agree_with_brute_force() -> None:
    statement = claim(MANY_OPERATIONS, "E2M1")
    found, exact = EnumerationJudge(jobs=1).decide(statement, Budget()), ExactJudge().decide(statement, Budget())
    assert found.outcome is exact.outcome


def test_remainders_are_exact() -> None:
    """Of products, quotients and roots, over the exponents of kernels: equal to the rational remainder, which is a binary64 number."""
    random = np.random.default_rng(4)
    x, y = (np.ldexp(random.uniform(1, 2, 4000) * random.choice([-1, 1], 4000), random.integers(-220, 220, 4000)) for _ in range(2))
    x[:8], y[:8] = [1, 2**450, 2**-450, 3, 1 + 2**-52, 2 - 2**-52, -1, 2**449], [2**450, 2**-450, 2**-450, 2**-440, 2 - 2**-52, 2 - 2**-52, 3, 0.5]
    root = np.sqrt(np.abs(x))
    for a, b, c in ((x, y, -(x * y)), (-(x / y), y, x), (-root, root, np.abs(x))):
        exact = [Fraction(p) * Fraction(q) + Fraction(r) for p, q, r in zip(a.tolist(), b.tolist(), c.tolist(), strict=True)]
        assert [Fraction(r) for r in lanewise.fma(a, b, c).tolist()] == exact


@pytest.mark.parametrize("wrong", ["choose", "both", "fma", "bits"])
def test_a_wrong_operation_is_seen(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the comparisons above would say if numpy did something else."""
    given = lanewise._GIVEN[wrong]
    changed = {
        "choose": lambda c, x, y: given(c, y, x),
        "both": lambda x, y: x,
        "fma": lambda x, y, z: np.multiply(x, y) + z,
        "bits": lambda x: given(-np.asarray(x)),
    }
    plan = kernel(claim("x: Float, y: Float | show(x / 3 * 3 == x, fl(x / 3, to=up) != fl(x / 3, to=down) or sqrt(x * x + y) > succ(y))", "E2M1"))
    right = lanes(plan, interpreted(plan))
    monkeypatch.setitem(lanewise._GIVEN, wrong, changed[wrong])
    for kept in (lanewise._lanes, lanewise._step):
        kept.cache_clear()
    try:
        assert lanes(plan, as_arrays(plan)) != right
    finally:
        for kept in (lanewise._lanes, lanewise._step):
            kept.cache_clear()


def test_few_inputs_are_not_compiled_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path))
    statement = claim(STERBENZ)
    verdict = EnumerationJudge(jobs=1).decide(statement, Budget())
    assert (verdict.outcome, verdict.cases, verdict.met) == (Outcome.PROVED, 61504, 1079)
    assert not (cache_directory() / "enumeration").exists()


def test_which_claims_have_few_inputs() -> None:
    def few(text: str, format: str) -> bool:
        return arrays.few(kernel(claim(text, format)))

    triples = "x: Float, y: Float, z: Float | assume(x <= y); show(fl(x + z) <= fl(y + z))"
    assert few(STERBENZ, "E5M2")
    assert few(triples, "E2M1")
    assert not few(triples, "E5M2")
    assert not few(STERBENZ, "binary16")
    assert few("x: Float | show(fl(x) == x)", "binary16")
    assert not few("x: Float | show(fl(x) == x)", "binary32")
    assert few("x: Float | show(exists(Float, lambda w: w >= x))", "E5M2")
    assert not few("x: Float | show(exists(Float, lambda w: w >= x))", "binary16")
