"""One exact scalar operation, in pure Python: fpproof against gfloat and fpy2, CPU time.

All three get the same operands in their own representation and must give the same results. gfloat has no operations: it rounds the
sum or product of two doubles (which is right here: 53 > 2 * 11 + 2 bits, and no result is subnormal in binary64).
Half the operands are any finite numbers, half are near 1, so that sums cancel and carry.
"""

import math
import random
import time
from collections.abc import Callable
from typing import Any

import fpy2
import gfloat
import gfloat.formats
import pytest

from fpproof.formats import ATLAS, Datum, Format
from fpproof.formats import arithmetic as A

Pairs = list[tuple[Datum, Datum]]
Run = Callable[[], list[Any]]
GFLOAT = {"bfloat16": gfloat.formats.format_info_bfloat16, "binary16": gfloat.formats.format_info_binary16}
GOALS = {"gfloat": 6, "fpy2": 40}
"""How many times faster than the peer fpproof must be."""
PAIRS = 400

_medians: dict[tuple[str, str, str], float] = {}


def operands(F: Format) -> Pairs:
    source, N, one = random.Random(1), F.largest_ordinal, F.ordinal(F.one)

    def any_number() -> int:
        return source.randint(0, N)

    def near_one() -> int:
        return one + source.randint(-2 << F.p, 2 << F.p)

    def datum(place: Callable[[], int]) -> Datum:
        return F.from_ordinal(source.choice((1, -1)) * place())

    return [(datum(place), datum(place)) for place in (any_number, near_one) for _ in range(PAIRS // 2)]


def as_double(x: Datum) -> float:
    m, e = x
    if e is None:
        return m * math.inf if m else math.nan
    return math.ldexp(m, e) if m else math.copysign(0.0, -1 if e else 1)


def fpproof_run(F: Format, operation: str, pairs: Pairs) -> Run:
    compute = getattr(A, operation)
    return lambda: [compute(F, x, y) for x, y in pairs]


def gfloat_run(F: Format, operation: str, pairs: Pairs) -> Run:
    info, doubles = GFLOAT[F.name], [(as_double(x), as_double(y)) for x, y in pairs]
    if operation == "add":
        return lambda: [gfloat.round_float(info, u + v) for u, v in doubles]
    return lambda: [gfloat.round_float(info, u * v) for u, v in doubles]


def fpy2_run(F: Format, operation: str, pairs: Pairs) -> Run:
    context = fpy2.IEEEContext(F.q, F.width, fpy2.RM.RNE)
    compute = {"add": fpy2.add, "multiply": fpy2.mul}[operation]
    floats = [(fpy2.Float.from_float(as_double(x)), fpy2.Float.from_float(as_double(y))) for x, y in pairs]
    return lambda: [compute(u, v, ctx=context) for u, v in floats]


RUNS = {"fpproof": fpproof_run, "gfloat": gfloat_run, "fpy2": fpy2_run}


def as_doubles(library: str, results: list[Any]) -> list[str]:
    """Hex texts, which tell zeros apart."""
    return [(as_double(z) if library == "fpproof" else float(z)).hex() for z in results]


@pytest.mark.parametrize("library", RUNS)
@pytest.mark.parametrize("operation", ["add", "multiply"])
@pytest.mark.parametrize("name", GFLOAT)
@pytest.mark.benchmark(timer=time.process_time, min_rounds=15, max_time=0.5, warmup=True, warmup_iterations=2)
def test_scalar_operation(benchmark: Any, name: str, operation: str, library: str) -> None:
    F = ATLAS[name]
    pairs = operands(F)
    run = RUNS[library](F, operation, pairs)
    assert as_doubles(library, run()) == as_doubles("fpproof", fpproof_run(F, operation, pairs)())
    benchmark.group = f"{name} {operation}, {len(pairs)} operations"
    benchmark(run)
    _medians[name, operation, library] = benchmark.stats.stats.median


def ratio(name: str, operation: str, peer: str) -> float:
    return _medians[name, operation, peer] / _medians[name, operation, "fpproof"]


@pytest.mark.parametrize("peer", GOALS)
def test_goal(peer: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The measured ratios, all of them, against the goal."""
    measured = [(name, operation, ratio(name, operation, peer)) for name, operation, library in _medians if library == peer]
    assert len(measured) == 4, "run the whole module: the ratios are those of one run"
    with capsys.disabled():
        print()
        for name, operation, times in measured:
            print(f"{name} {operation}: {times:.1f} times faster than {peer}, goal {GOALS[peer]}")
    assert min(times for _, _, times in measured) >= GOALS[peer]
