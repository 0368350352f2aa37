"""Arrays and networks against what others have for them: CPU time of one thread, the same work, results compared before anything is timed.

Each test is one candidate at one work; the goals, which compare medians of this run, come last. torch's networks compute something else (other
orders of sums, wider accumulators), so that their results cannot be compared; they are yardsticks of speed. torch is left out where it is missing.
"""

import time
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from types import ModuleType
from typing import Any

import gfloat
import gfloat.formats
import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import Goal, Medians
from fpproof.formats import ATLAS, Format
from fpproof.kernels import arrays
from fpproof.networks import Network, dense
from fpproof.networks.kernel import Kernel
from fpproof.networks.programs import from_float64

try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    torch = None

Array = NDArray[Any]
Run = Callable[[], Any]

BFLOAT16, BINARY16, E5M2 = (ATLAS[name] for name in ("bfloat16", "binary16", "E5M2"))
IN_CACHE, LARGE = 2**16, 2**22
CPU = pytest.mark.benchmark(timer=time.process_time)
OPERATIONS = {"add": (arrays.add, np.add), "multiply": (arrays.multiply, np.multiply)}


def agree(x: Array, y: Array) -> bool:
    """Numerical equality, NaN being one value."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return bool(np.array_equal(x, y, equal_nan=True))


def need_torch() -> ModuleType:
    if torch is None:
        pytest.skip("torch is not installed")
    return torch


def all_codes(F: Format, size: int) -> tuple[Array, Array]:
    """Codes, all equally likely: what the results are compared on."""
    x, y = np.random.default_rng(1).integers(0, 1 << F.width, (2, size)).astype(arrays.code_dtype(F))
    return x, y


def operands(F: Format, size: int) -> tuple[Array, Array]:
    """Codes of numbers as networks have them, normally distributed: what is timed."""
    x, y = arrays.encode(F, np.random.default_rng(1).normal(size=(2, size)))
    return x, y


# G1, G2: arithmetic of any format on arrays of float64. binary16 stands for all: nothing in the three is made for it.

BLOCK = 4096


class Blocked:
    """The best that numpy alone can do: rounding of binary64's bits to p fraction bits, block by block, in place."""

    def __init__(self, F: Format) -> None:
        self.drop = 52 - F.p
        self.half, self.keep = np.int64((1 << (self.drop - 1)) - 1), np.int64(-1 << self.drop)
        self.least, self.constant, self.omega = float(F.smallest_normal), 1.5 * 2.0 ** (52 + F.emin - F.p), float(F.Omega)
        self.bits, self.last, self.where = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64), np.empty(BLOCK, np.bool_)
        self.magnitude, self.tiny = np.empty(BLOCK), np.empty(BLOCK)

    def apply(self, operation: Any, x: Array, y: Array, out: Array) -> Array:
        with np.errstate(all="ignore"):
            for low in range(0, len(out), BLOCK):
                part = slice(low, low + BLOCK)
                self._block(operation(x[part], y[part], out=out[part]))
        return out

    def _block(self, v: Array) -> None:
        bits = v.view(np.int64)
        np.abs(v, out=self.magnitude)
        np.less(self.magnitude, self.least, out=self.where)
        subnormal = self.where.any()
        if subnormal:  # on the grid of omega, by adding and subtracting 1.5 * 2^52 omega
            np.add(v, self.constant, out=self.tiny)
            np.subtract(self.tiny, self.constant, out=self.tiny)
            np.copysign(self.tiny, v, out=self.tiny)
        np.right_shift(bits, self.drop, out=self.last)
        np.bitwise_and(self.last, 1, out=self.last)
        np.add(bits, self.half, out=self.bits)
        np.add(self.bits, self.last, out=self.bits)
        np.bitwise_and(self.bits, self.keep, out=bits)
        if subnormal:
            np.copyto(v, self.tiny, where=self.where)
        np.abs(v, out=self.magnitude)
        np.greater(self.magnitude, self.omega, out=self.where)
        if self.where.any():
            np.copyto(v, np.copysign(np.inf, v), where=self.where)


def generic_runs(name: str, codes: tuple[Array, Array]) -> dict[str, Run]:
    ours, machine = OPERATIONS[name]
    x, y = (arrays.decode(BINARY16, operand) for operand in codes)
    info, out, exact, blocked = gfloat.formats.format_info_binary16, np.empty_like(x), np.empty_like(x), Blocked(BINARY16)
    return {
        "fpproof": lambda: ours(BINARY16, x, y, out=out),
        "gfloat": lambda: gfloat.round_ndarray(info, machine(x, y, out=exact)),
        "numpy": lambda: blocked.apply(machine, x, y, exact),
    }


@CPU
@pytest.mark.parametrize("candidate", ["fpproof", "gfloat", "numpy"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_any_format(benchmark: BenchmarkFixture, medians: Medians, name: str, candidate: str) -> None:
    with np.errstate(all="ignore"):
        runs, to_compare = (generic_runs(name, codes(BINARY16, IN_CACHE)) for codes in (operands, all_codes))
        assert agree(to_compare["fpproof"](), to_compare[candidate]())
        iterations = 1 if candidate == "gfloat" else 20
        medians.measure(benchmark, f"{name}, any format, {IN_CACHE} float64", candidate, runs[candidate], iterations=iterations)


# G3, G4: bfloat16 codes.


def bfloat16_runs(name: str, codes: tuple[Array, Array]) -> dict[str, Run]:
    ours, machine = OPERATIONS[name]
    x, y = codes
    out, theirs = np.empty_like(x), np.empty_like(x)
    u, v, w = (codes.view(ml_dtypes.bfloat16) for codes in (x, y, theirs))
    runs = {"fpproof": lambda: ours(BFLOAT16, x, y, out=out), "ml_dtypes": lambda: machine(u, v, out=w)}
    if torch is not None:
        a, b, c = (torch.from_numpy(codes.view(np.int16)).view(torch.bfloat16) for codes in (x, y, np.empty_like(x)))
        compute = {"add": torch.add, "multiply": torch.mul}[name]
        runs["torch"] = lambda: compute(a, b, out=c)
    return runs


def numbers_of(result: Any) -> Array:
    """bfloat16 results as numbers: codes, ml_dtypes, torch."""
    if isinstance(result, np.ndarray):
        return arrays.decode(BFLOAT16, result.view(np.uint16))
    return np.asarray(result.to(torch.float64))


@CPU
@pytest.mark.parametrize("candidate", ["fpproof", "ml_dtypes", "torch"])
@pytest.mark.parametrize("size", [2**18, LARGE])
@pytest.mark.parametrize("name", OPERATIONS)
def test_bfloat16(benchmark: BenchmarkFixture, medians: Medians, name: str, size: int, candidate: str) -> None:
    runs, to_compare = (bfloat16_runs(name, codes(BFLOAT16, size)) for codes in (operands, all_codes))
    if candidate not in runs:
        need_torch()
    with np.errstate(all="ignore"):
        assert agree(numbers_of(to_compare["fpproof"]()), numbers_of(to_compare[candidate]()))
        medians.measure(benchmark, f"{name}, {size} bfloat16", candidate, runs[candidate], iterations=2**22 // size)


# G6: codes of 8 bits.


def byte_runs(name: str) -> dict[str, Run]:
    ours, machine = OPERATIONS[name]
    x, y = all_codes(E5M2, 2**18)
    out, theirs, taken, place = np.empty_like(x), np.empty_like(x), np.empty_like(x), np.empty(len(x), np.uint16)
    table = arrays.op_table(E5M2, name).astype(np.uint8).ravel()
    u, v, w = (codes.view(ml_dtypes.float8_e5m2) for codes in (x, y, theirs))

    def take() -> Array:
        np.left_shift(x, 8, out=place, dtype=np.uint16)
        np.bitwise_or(place, y, out=place)
        return np.take(table, place, out=taken, mode="wrap")

    return {"fpproof": lambda: ours(E5M2, x, y, out=out), "ml_dtypes": lambda: machine(u, v, out=w), "np.take": take}


@CPU
@pytest.mark.parametrize("candidate", ["fpproof", "ml_dtypes", "np.take"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_bytes(benchmark: BenchmarkFixture, medians: Medians, name: str, candidate: str) -> None:
    runs = byte_runs(name)
    with np.errstate(all="ignore"):
        assert agree(*(arrays.decode(E5M2, runs[who]().view(np.uint8)) for who in ("fpproof", candidate)))
        medians.measure(benchmark, f"{name}, {2**18} E5M2", candidate, runs[candidate], iterations=4)


# G5, G7 to G10: a network of 10 affine layers of width 64 with ReLU between them, forward and backward, at inputs spread over all codes.

WIDTH, DEPTH, POINTS = 64, 10, 1024
MULTIPLICATIONS = 2 * (2 * WIDTH + (DEPTH - 2) * WIDTH**2)


@lru_cache
def parameters(F: Format) -> list[tuple[Array, Array]]:
    """Weights and biases, of the size usual for training, as numbers of F."""
    source, sizes = np.random.default_rng(7), [1] + [WIDTH] * (DEPTH - 1) + [1]
    pairs = [(source.normal(size=(n, m)) * (2 / m) ** 0.5, source.normal(size=n) / 8) for m, n in pairwise(sizes)]
    return [(arrays.round_floats(F, W), arrays.round_floats(F, b)) for W, b in pairs]


@lru_cache
def kernel(F: Format) -> Kernel:
    layers = [
        dense([[from_float64(F, v) for v in row] for row in W], [from_float64(F, v) for v in b], activation=None if last else "relu")
        for (W, b), last in zip(parameters(F), [False] * (DEPTH - 1) + [True], strict=True)
    ]
    return Kernel(Network(F, tuple(layers)))


def inputs(F: Format, points: int) -> Array:
    """One column of numbers of F: codes at equal distances, NaN replaced by 0."""
    codes = np.arange(0, 1 << 16, (1 << 16) // points).astype(np.uint16)
    return np.nan_to_num(arrays.decode(F, codes), nan=0.0, posinf=np.inf, neginf=-np.inf).reshape(-1, 1)


def left_to_right(W: Array, b: Array | None, x: Array) -> Array:
    """W x + b for every column of x, every operation rounded by the dtype of the arrays, the bias last."""
    total, product = W[:, 0, None] * x[0], np.empty((len(W), x.shape[1]), x.dtype)
    for k in range(1, W.shape[1]):
        np.multiply(W[:, k, None], x[k], out=product)
        np.add(total, product, out=total)
    return total if b is None else total + b[:, None]


def network_on_arrays(F: Format, dtype: Any, x: Array) -> tuple[Array, Array]:
    """Values and gradients, by the arithmetic of numpy's dtype."""
    layers = [(W.astype(dtype), b.astype(dtype)) for W, b in parameters(F)]
    zero, a, slopes = dtype(0), x.T.astype(dtype), []
    for number, (W, b) in enumerate(layers, 1):
        a = left_to_right(W, b, a)
        if number < DEPTH:
            slopes.append(np.where(np.isnan(a), a, (a > zero).astype(dtype)))
            a = np.where(a <= zero, zero, a)
    delta = np.ones_like(a)
    for number in range(DEPTH - 1, -1, -1):
        delta = left_to_right(np.ascontiguousarray(layers[number][0].T), None, delta)
        if number:
            delta = delta * slopes[number - 1]
    return a.T, delta.T


def network_on_torch(F: Format, dtype: Any, x: Array) -> Run:
    layers = [(torch.tensor(W, dtype=dtype), torch.tensor(b, dtype=dtype)) for W, b in parameters(F)]
    points = torch.tensor(x, dtype=dtype, requires_grad=True)

    def run() -> Any:
        a = points
        for number, (W, b) in enumerate(layers, 1):
            a = torch.nn.functional.linear(a, W, b)
            a = torch.relu(a) if number < DEPTH else a
        return torch.autograd.grad(a.sum(), points)

    return run


def network_runs(F: Format, x: Array) -> dict[str, Run]:
    ours, upstream = kernel(F), np.ones((len(x), 1))

    def evaluate() -> tuple[Array, Array]:
        batch = ours.run(x, upstream)
        return batch.values, batch.gradients

    runs: dict[str, Run] = {"fpproof": evaluate}
    runs["ml_dtypes" if F == BFLOAT16 else "numpy"] = lambda: network_on_arrays(F, ml_dtypes.bfloat16 if F == BFLOAT16 else np.float16, x)
    if torch is not None:
        runs["torch bfloat16"], runs["torch float32"] = (network_on_torch(F, dtype, x) for dtype in (torch.bfloat16, torch.float32))
    return runs


@CPU
@pytest.mark.parametrize(
    ("F", "candidate"),
    [(BFLOAT16, who) for who in ("fpproof", "ml_dtypes", "torch bfloat16", "torch float32")] + [(BINARY16, who) for who in ("fpproof", "numpy")],
    ids=str,
)
def test_network(benchmark: BenchmarkFixture, medians: Medians, F: Format, candidate: str) -> None:
    runs = network_runs(F, inputs(F, POINTS))
    if candidate not in runs:
        need_torch()
    with np.errstate(all="ignore"):
        if candidate in ("ml_dtypes", "numpy"):
            assert all(agree(mine, theirs) for mine, theirs in zip(runs["fpproof"](), runs[candidate](), strict=True))
        medians.measure(benchmark, f"10 x 64 in {F.name}, {POINTS} points", candidate, runs[candidate], rounds=5)


@CPU
def test_network_at_all_inputs(benchmark: BenchmarkFixture, medians: Medians) -> None:
    work, points = "10 x 64 in bfloat16, all 65536 points", 65536
    medians.measure(benchmark, work, "fpproof", network_runs(BFLOAT16, inputs(BFLOAT16, points))["fpproof"], rounds=5)
    seconds = medians.seconds[work, "fpproof"]
    medians.remarks.append(f"{work}: {seconds:.2f} s, {points * MULTIPLICATIONS / seconds / 1e9:.2f} G multiply-adds a second, each rounded twice")


@pytest.mark.benchmark(timer=time.perf_counter)
@pytest.mark.parametrize("threads", [1, 2])
def test_threads(benchmark: BenchmarkFixture, medians: Medians, threads: int) -> None:
    """Wall time, so that the machine must be idle; 0.6 s and more of work."""
    x = inputs(BFLOAT16, 2**14)
    run = kernel(BFLOAT16).run
    candidate = "1 thread" if threads == 1 else f"{threads} threads"
    medians.measure(benchmark, "10 x 64 in bfloat16, 16384 points, wall time", candidate, lambda: run(x, np.ones_like(x), threads), rounds=5)


def goals() -> list[Goal]:
    bfloat16, binary16 = (f"10 x 64 in {name}, {POINTS} points" for name in ("bfloat16", "binary16"))
    found = []
    for name in OPERATIONS:
        found.append(Goal("G1", f"{name}, any format, {IN_CACHE} float64", "fpproof", "gfloat", 50))
        found.append(Goal("G2", f"{name}, any format, {IN_CACHE} float64", "fpproof", "numpy", 7))
        for size in (2**18, LARGE):
            found.append(Goal("G3", f"{name}, {size} bfloat16", "fpproof", "ml_dtypes", 4))
            found.append(Goal("G4", f"{name}, {size} bfloat16", "fpproof", "torch", 1))
        found.append(Goal("G6", f"{name}, {2**18} E5M2", "fpproof", "ml_dtypes", 20))
        found.append(Goal("G6", f"{name}, {2**18} E5M2", "fpproof", "np.take", 2))
    found.append(Goal("G5", binary16, "fpproof", "numpy", 7))
    found.append(Goal("G7", bfloat16, "fpproof", "ml_dtypes", 15))
    found.append(Goal("G8", bfloat16, "fpproof", "torch bfloat16", 2))
    found.append(Goal("G9", bfloat16, "fpproof", "torch float32", 0.1667))
    found.append(Goal("G10", "10 x 64 in bfloat16, 16384 points, wall time", "2 threads", "1 thread", 1.7))
    return sorted(found, key=lambda goal: int(goal.name[1:]))


@pytest.mark.parametrize("goal", goals(), ids=lambda goal: f"{goal.name}, {goal.work}, {goal.peer}")
def test_goal(medians: Medians, goal: Goal) -> None:
    medians.require(goal)
