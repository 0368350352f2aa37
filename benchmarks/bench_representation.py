"""Theorems 3.1 and 3.2 in bfloat16, in CPU time: layers 1 to 3 and the odd point indicator pair by pair, against kernels by hand; and by classes.

All pairs would take minutes on one core, so rows of 64 z (or T), spread over the format, are compared; kernels are compiled before the clock starts.
"""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit

from fpproof.formats import parse_format
from fpproof.judges import Budget, ExactJudge, Judge, Outcome
from fpproof.judges.enumeration import EnumerationJudge
from fpproof.judges.enumeration.judge import sweep_of
from fpproof.judges.enumeration.lanes import exponent, nearest_even, pow2
from fpproof.judges.enumeration.sweep import Sweep
from fpproof.judges.rules import RULES
from fpproof.judges.smt import SmtJudge
from fpproof.runs.files import theory_of
from fpproof.theory import Claim, Lemma, instances

THEORIES = Path(__file__).parents[1] / "theories" / "representation"
F = parse_format("bfloat16")
LEAST, MOST, OMEGA, SMALL = 2.0**F.emin, 2.0 ** (F.emax + 1), float(F.Omega), float(F.omega)
SCALE, UNIT = 1.5 * 2.0 ** (52 - F.p), 2.0**-F.p
LAYERS = ("layer_1_has_three_classes", "masks_meet_at_the_point_only", "the_gate_closes_at_the_point_only")
BY_HAND = 0.5
"""Of the rate of a kernel written by hand."""
SIX_CLAIMS = 24.0
"""Seconds for the premises of the theorems in all of bfloat16: what a public reproduction took for six points of binary32."""


@cache
def lemmas() -> dict[str, Lemma]:
    """Theorems 3.1 and 3.2 for ReLU, and what they rest on."""
    found: dict[str, Lemma] = {}

    def visit(lemma: Lemma) -> None:
        if lemma.name not in found:
            found[lemma.name] = lemma
            for use in lemma.uses:
                visit(use.lemma)

    for name in ("theorem_3_1", "theorem_3_2"):
        visit(next(lemma for lemma in theory_of(THEORIES / f"{name}.py").lemmas if lemma.name == name))
    return found


@cache
def claim(name: str) -> Claim:
    return instances(lemmas()[name], F)[0]


@cache
def sweep(name: str) -> Sweep:
    found = sweep_of(claim(name))
    found.compile()
    return found


@cache
def floats() -> Any:
    return sweep(LAYERS[0]).kernel.domains.tables[0]


def rows() -> list[int]:
    return list(range(33000, len(floats()) - 1, (len(floats()) - 33000) // 64))


@njit(error_model="numpy")
def fl(v: float) -> float:
    return nearest_even(v, LEAST, MOST, SCALE, UNIT, OMEGA, np.inf)  # type: ignore[no-any-return]  # compiled functions have no types


@njit(error_model="numpy")
def _layers_by_hand(places: Any, every: Any) -> int:
    """For positive z that are not Omega: how many x break L1, L2 or L3."""
    failures = 0
    for place in places:
        z = every[place]
        before, mu, above = every[place - 1], z - every[place - 1], every[place + 1] - z
        k = min(1.0, 2.0**127 * mu)
        low, high, ratio = k / mu, k / above, mu / above
        for x in every:
            r, a = max(fl(x - before), 0.0), max(fl(x - z), 0.0)
            e, e2, c = max(fl(mu - r), 0.0), max(fl(above - a), 0.0), max(fl(2.0 * mu - r), 0.0)
            m = max(fl(fl(fl(low * e) - fl(high * e2)) + k), 0.0)
            C = max(fl(fl(fl(-e - fl(ratio * e2)) + c) + SMALL), 0.0)
            right = (m == (0.0 if x == z else k)) & (C == SMALL) & ((r > 0.0) & (c > 0.0) == (x == z))
            failures += (not right) | ((r > 0.0) & (e > 0.0)) | ((a > 0.0) & (e2 > 0.0)) | (not r <= OMEGA)
    return failures


@njit(error_model="numpy")
def _indicator_by_hand(places: Any, every: Any) -> int:
    failures = 0
    for place in places:
        T = every[place]
        e = exponent(T, -126.0)
        e = e - 1.0 if pow2(e) == T else e
        s = max(0.0, e + 126.0)
        k1 = min(s, 126.0)
        first, second, i = pow2(-k1), pow2(k1 - s), e - s + 133.0
        down, up, below, kT = pow2(-i - 2.0), pow2(i + 2.0), pow2(-i - 1.0), T * pow2(-s) * 2.0**133
        for y in every:
            Y = fl(fl(y * first) * second)
            t = fl(Y * down)
            Q, R = fl(t * up), fl(fl(t * 2.0**-8) * 2.0**8)
            b = fl(2.0**8 * fl(Q - fl(up * R)))
            Z = fl(fl(fl(Y - Q) + b) - b)
            C = fl(Z * below)
            d = fl(2.0**9 * fl(Z - fl(kT * C)))
            D = fl(fl(C + d) - d)
            failures += (np.copysign(SMALL, y) if abs(y) == T else 0.0) != D
    return failures


def ours(*names: str) -> Callable[[], int]:
    sweeps = [sweep(name) for name in names]
    return lambda: sum(len(one._count(row, row + 1)[1]) for one in sweeps for row in rows())


def by_hand(kernel: Callable[[Any, Any], int]) -> Callable[[], int]:
    places = np.array(rows())
    return lambda: kernel(places, floats())


WORK = {
    "layers 1 to 3": (lambda: ours(*LAYERS), lambda: by_hand(_layers_by_hand)),
    "point indicator": (lambda: ours("the_indicator_is_exact"), lambda: by_hand(_indicator_by_hand)),
}


@pytest.mark.parametrize("work", WORK)
def test_pair_by_pair(work: str, capsys: pytest.CaptureFixture[str]) -> None:
    seconds = []
    for make in WORK[work]:
        run = make()
        assert run() == 0
        times = []
        for _ in range(3):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
        seconds.append(sorted(times)[1])
    mine, hand = seconds
    pairs = len(rows()) * len(floats())
    whole = mine * len(floats()) / len(rows()) * (0.5 if work == "point indicator" else 1.0)
    rate = pairs / mine / 1e6
    with capsys.disabled():
        print(f"\n{work}: {rate:.0f} M pairs/s, {hand / mine:.2f} of by hand, goal {BY_HAND}; the whole format would take {whole:.0f} s")
    assert hand / mine >= BY_HAND


def test_by_classes(capsys: pytest.CaptureFixture[str]) -> None:
    """Every premise of the two theorems that no rule concludes, decided in all of bfloat16 once its kernel is compiled."""
    concluded = {rule.conclusion for rule in RULES}
    premises = [name for name in lemmas() if name not in concluded]
    total = 0.0
    for name in premises:
        statement = claim(name)
        judges: list[Judge] = [ExactJudge()] if (ExactJudge().estimate(statement, Budget()).cases or 0) < 2000 else [EnumerationJudge(jobs=1)]
        if name == "a_near_factor_reaches_a_power":
            judges = [SmtJudge()]
        for judge in judges:
            judge.estimate(statement, Budget())
            if isinstance(judge, EnumerationJudge):
                sweep(name)
            start = time.process_time()
            verdict = judge.decide(statement, Budget(cases=1 << 40))
            total += time.process_time() - start
            total += int(verdict.evidence.get("milliseconds") or 0) / 1000
            assert verdict.outcome is Outcome.PROVED, name
    with capsys.disabled():
        print(f"\n{len(premises)} premises of Theorems 3.1 and 3.2 in bfloat16: {total:.1f} s, goal {SIX_CLAIMS}")
    assert total <= SIX_CLAIMS
