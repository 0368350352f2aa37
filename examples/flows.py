"""The experiments on gradient flow and descent, with tables (CSV) and plots (PNG, if matplotlib is there: pip install fpproof[plots]).

    python examples/flows.py -o results                     all, at laptop scale
    python examples/flows.py -o results --only descent --samples 1000 --epochs 10000 --step 1/1000 --ratios 2,5,10,20

norms       initial norms of the two papers' networks: seeded draws against sqrt(sum 2 n_in n_out/(n_in + n_out))
smoothing   what an exponential moving average with decay 0.95 makes of losses that are known
descent     Elkabetz and Cohen: descent with a step and with a part of it from one start, networks of their shapes, synthetic data of the shape of
            MNIST, or the digits of scikit-learn (--data digits; an extra): are the ways near each other?
divergence  Kranz and others: polynomial targets in 1, 2 and 4 dimensions, and ten classes in 784 (--targets), five activations, descent with drawn
            batches and Adam: loss, norm, |theta| |grad f|; and the heat equation and Black-Scholes in 10 dimensions, whose solutions are means of
            what is drawn (--targets heat,black-scholes --activations gelu --optimisers adam)
rounding    the distance to the enclosed flow against the step size, in formats: the shape of a U
growth      the certified growth of the toy, for all times

Everything is drawn from seeds; sums of arrays may differ in their last bits from machine to machine.
"""

import argparse
import csv
import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

Array = Any
Curves = dict[str, tuple[list[float], list[float]]]
DECAY = 0.95
PLOTS = [True]

NETWORKS = {
    "1D (1, 10, 20, 10, 1)": (1, 10, 20, 10, 1),
    "2D (2, 20, 40, 20, 1)": (2, 20, 40, 20, 1),
    "4D (4, 20, 40, 20, 1)": (4, 20, 40, 20, 1),
    "MNIST (784, 256, 256, 10)": (784, 256, 256, 10),
    "heat (10, 50, 50, 50, 1)": (10, 50, 50, 50, 1),
    "Black-Scholes (10, 200, 300, 200, 1)": (10, 200, 300, 200, 1),
    "FC (784, 50, 50, 10)": (784, 50, 50, 10),
}


def save(out: Path, name: str, header: Sequence[str], rows: Sequence[Sequence[object]], lines: Curves | None = None, **axes: Any) -> None:
    """A table, and a plot of curves."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / f"{name}.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    print(f"{name}: {len(rows)} rows in {out / name}.csv")
    if not lines or not PLOTS[0]:
        return
    try:
        import matplotlib
    except ImportError:
        print("no plot: pip install fpproof[plots]")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, plot = pyplot.subplots(figsize=(7, 4.5))
    for label, (xs, ys) in lines.items():
        plot.plot(xs, ys, marker=".", label=label)
    plot.set(**axes)
    plot.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(out / f"{name}.png", dpi=150)
    pyplot.close(figure)


# Networks in numpy


ACTIVATIONS = ("softplus", "gelu", "elu", "swish", "tanh", "relu", "linear")


def activate(name: str, z: Array) -> tuple[Array, Array]:
    """The activation and its derivative. GELU is x Phi(x), with the error function by Abramowitz and Stegun 7.1.26 (error below 1.5e-7)."""
    if name == "softplus":
        return np.logaddexp(0, z), _logistic(z)
    if name == "swish":
        s = _logistic(z)
        return z * s, s * (1 + z * (1 - s))
    if name == "gelu":
        phi, density = _normal(z), np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        return z * phi, phi + z * density
    if name == "elu":
        e = np.expm1(np.minimum(z, 0))
        return np.where(z > 0, z, e), np.where(z > 0, 1.0, e + 1)
    if name == "tanh":
        t = np.tanh(z)
        return t, 1 - t * t
    if name == "relu":
        return np.maximum(z, 0), (z > 0).astype(z.dtype)
    return z, np.ones_like(z)


def _logistic(z: Array) -> Array:
    return 0.5 * (1 + np.tanh(z / 2))


def _normal(z: Array) -> Array:
    x = np.abs(z) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * x)
    tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * np.exp(-x * x)
    return np.where(z >= 0, 1 - tail / 2, tail / 2)


def xavier(widths: Sequence[int], stream: np.random.Generator, bias: bool = True) -> list[Array]:
    """Xavier-uniform weights and zero biases: W1, b1, W2, ..."""
    found = []
    for a, b in pairwise(widths):
        bound = math.sqrt(6 / (a + b))
        found.append(stream.uniform(-bound, bound, (a, b)))
        if bias:
            found.append(np.zeros(b))
    return found


def size(theta: Sequence[Array]) -> float:
    return math.sqrt(sum(float((x * x).sum()) for x in theta))


def loss_and_gradient(theta: Sequence[Array], x: Array, y: Array, activation: str, bias: bool, cross_entropy: bool) -> tuple[float, list[Array]]:
    """The mean loss of a batch, squared errors or cross-entropy of the labels y, and its gradient."""
    step = 2 if bias else 1
    depth = len(theta) // step
    values, slopes = [x], []
    for j in range(depth):
        z = values[-1] @ theta[step * j] + (theta[step * j + 1] if bias else 0)
        value, slope = activate(activation if j < depth - 1 else "linear", z)
        values.append(value)
        slopes.append(slope)
    out, n = values[-1], len(x)
    if cross_entropy:
        shifted = out - out.max(1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        loss = -float(logs[np.arange(n), y].mean())
        adjoint = np.exp(logs)
        adjoint[np.arange(n), y] -= 1
        adjoint /= n
    else:
        loss = float(((out - y) ** 2).mean())
        adjoint = 2 * (out - y) / out.size
    gradient: list[Array] = []
    for j in range(depth - 1, -1, -1):
        adjoint = adjoint * slopes[j]
        if bias:
            gradient.append(adjoint.sum(0))
        gradient.append(values[j].T @ adjoint)
        adjoint = adjoint @ theta[step * j].T
    return loss, gradient[::-1]


# Experiments


def norms(out: Path, options: argparse.Namespace) -> None:
    rows = []
    for name, widths in NETWORKS.items():
        formula = math.sqrt(sum(2 * a * b / (a + b) for a, b in pairwise(widths)))
        drawn = [size(xavier(widths, np.random.default_rng(seed))) for seed in range(options.seeds)]
        rows.append([name, f"{formula:.4f}", f"{np.mean(drawn):.4f}", f"{min(drawn):.4f}", f"{max(drawn):.4f}"])
        print(f"  {name:38} formula {formula:.3f}, drawn {min(drawn):.3f} to {max(drawn):.3f}")
    save(out, "norms", ["network", "formula", "mean", "least", "most"], rows)


def smoothed(values: Sequence[float]) -> list[float]:
    """The moving average, started at the first value."""
    found = [values[0]]
    for value in values[1:]:
        found.append(DECAY * found[-1] + (1 - DECAY) * value)
    return found


def slope(values: Sequence[float], last: int) -> float:
    """Decades an evaluation over the first evaluations."""
    return (math.log10(values[last]) - math.log10(values[0])) / last


def smoothing(out: Path, options: argparse.Namespace) -> None:
    """Three losses: a drop at once, a slow power, and an exponential that is slower than the filter."""
    losses: dict[str, Callable[[int], float]] = {
        "1e-6 after one evaluation": lambda k: 1.0 if k == 0 else 1e-6,
        "1/(1 + k)^2": lambda k: (1 + k) ** -2.0,
        "10^(-k/100)": lambda k: 10 ** (-k / 100),
    }
    rows, lines = [], Curves()
    for name, loss in losses.items():
        values = [loss(k) for k in range(251)]
        average = smoothed(values)
        lines[name], lines[f"{name}, smoothed"] = (list(range(251)), values), (list(range(251)), average)
        rows.append([name, f"{slope(values, 100):.5f}", f"{slope(average, 100):.5f}", f"{math.log10(DECAY):.5f}"])
        true, seen, alone = (-slope(part, 100) for part in (values, average, [DECAY**k for k in range(101)]))
        print(f"  {name:26} falls by {true:.4f} decades an evaluation, smoothed by {seen:.4f}; the filter alone by {alone:.4f}")
    save(out, "smoothing", ["loss", "slope", "smoothed", "filter"], rows, lines, xlabel="evaluation", ylabel="loss", yscale="log")


def mixture(samples: int, inputs: int, classes: int, seed: int) -> tuple[Array, Array]:
    """A Gaussian mixture of the shape of MNIST: a centre a class, unit noise, normalised."""
    stream = np.random.default_rng(seed)
    centres = stream.normal(size=(classes, inputs)) * 0.35
    labels = stream.integers(0, classes, samples)
    x = centres[labels] + stream.normal(size=(samples, inputs))
    return (x - x.mean()) / x.std(), labels


def digits(samples: int) -> tuple[Array, Array] | None:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        print("descent: pip install scikit-learn")
        return None
    found = load_digits()
    x = found.data[:samples]
    return (x - x.mean()) / x.std(), found.target[:samples]


def descent(out: Path, options: argparse.Namespace) -> None:
    """Full batches, no momentum, cross-entropy, no biases; steps eta and eta/r from the same start, compared at the same times."""
    data = mixture(options.samples, 784, 10, options.seed) if options.data == "mixture" else digits(options.samples)
    if data is None:
        return
    x, y = (part.astype(options.dtype) if part.dtype.kind == "f" else part for part in data)
    eta, stamps = float(Fraction(options.step)), options.stamps
    every = max(1, options.epochs // stamps)
    rows, lines = [], Curves()
    for activation in ("linear", "relu"):
        start = [w.astype(options.dtype) for w in xavier((x.shape[1], 50, 50, 10), np.random.default_rng(options.seed), bias=False)]
        base = list(way(start, x, y, activation, eta, options.epochs, every))
        moved = [size([a - b for a, b in zip(theta, start, strict=True)]) for _, theta in base]
        for r in (int(text) for text in options.ratios.split(",")):
            finer = way(start, x, y, activation, eta / r, r * options.epochs, r * every)
            apart = [size([a - b for a, b in zip(p, q, strict=True)]) for (_, p), (_, q) in zip(base, finer, strict=True)]
            worst = max(d / m for d, m in zip(apart[1:], moved[1:], strict=True))
            rows += [[options.data, activation, r, k * every, f"{base[k][0]:.6g}", f"{moved[k]:.6g}", f"{apart[k]:.6g}"] for k in range(len(base))]
            lines[f"{activation}, eta against eta/{r}"] = ([k * every for k in range(1, len(base))], apart[1:])
            print(
                f"  {activation:6} loss {base[0][0]:.3f} to {base[-1][0]:.3f}, moved {moved[-1]:.3f}, largest distance to eta/{r} {max(apart):.4f}, "
                f"at most {worst:.4f} of the way"
            )
        lines[f"{activation}, the way from the start"] = ([k * every for k in range(1, len(base))], moved[1:])
    header = ["data", "activation", "ratio", "step", "loss", "moved", "distance"]
    save(out, "descent", header, rows, lines, xlabel="step", ylabel="distance", yscale="log")


def way(start: Sequence[Array], x: Array, y: Array, activation: str, eta: float, steps: int, every: int) -> Iterator[tuple[float, list[Array]]]:
    """Loss and weights at the start and after every so many steps."""
    theta = [w.copy() for w in start]
    for k in range(steps + 1):
        loss, gradient = loss_and_gradient(theta, x, y, activation, False, True)
        if k % every == 0:
            yield loss, [w.copy() for w in theta]
        for w, g in zip(theta, gradient, strict=True):
            w -= w.dtype.type(eta) * g


TARGETS: dict[str, Callable[[Array], Array]] = {
    "1": lambda x: x[:, 0] ** 10 - 2 * x[:, 0] ** 8 + 2 * x[:, 0] ** 5 + 3 * x[:, 0] ** 3 - 2 * x[:, 0] ** 2 + 5,
    "2": lambda x: (
        x[:, 1] ** 5 - x[:, 0] ** 3 * x[:, 1] ** 2 - 4 * x[:, 0] ** 2 * x[:, 1] + 3 * x[:, 0] ** 3 - x[:, 1] ** 2 + x[:, 0] + 2
    ),
    "4": lambda x: (
        x[:, 0] ** 6 * x[:, 3] ** 5 + x[:, 1] ** 6 - x[:, 0] ** 3 * x[:, 1] ** 2 * x[:, 2] + x[:, 3] ** 2 - 4 * x[:, 2] ** 4 * x[:, 1] ** 4
        + 3 * x[:, 3] ** 3 * x[:, 1] ** 3 - x[:, 2] ** 2 * x[:, 0] + x[:, 2] + 3
    ),
}  # fmt: skip
SHAPES = {
    "1": (1, 10, 20, 10, 1),
    "2": (2, 20, 40, 20, 1),
    "4": (4, 20, 40, 20, 1),
    "classes": (784, 256, 256, 10),
    "heat": (10, 50, 50, 50, 1),
    "black-scholes": (10, 200, 300, 200, 1),
}
VOLATILITIES = np.linspace(0.1, 0.5, 10)
INTEREST, CARRY, STRIKE = 0.05, 0.1, 100


def paths(target: str, x: Array, stream: np.random.Generator) -> Array:
    """What is drawn at x in [-1, 1]^10, whose mean is the solution at time 1: of u_t = Laplace u from |x|^2, which is |x|^2 + 20; or the price of a
    call on the best of ten shares that cost 100 + 10 x, with interest, cost of carry and volatilities (in units of 10)."""
    normal = stream.normal(size=x.shape)
    if target == "heat":
        return ((x + math.sqrt(2) * normal) ** 2).sum(-1)
    shares = (100 + 10 * x) * np.exp(INTEREST - CARRY - VOLATILITIES**2 / 2 + VOLATILITIES * normal)
    return np.exp(-INTEREST) * np.maximum(shares.max(-1) - STRIKE, 0) / 10


def solution(target: str, x: Array, stream: np.random.Generator, draws: int = 4096) -> Array:
    """Of the heat equation, or a mean of Black-Scholes (its error is about 1/60 of one draw's)."""
    return (x**2).sum(-1) + 20 if target == "heat" else paths(target, np.broadcast_to(x[:, None], (len(x), draws, 10)), stream).mean(-1)


def divergence(out: Path, options: argparse.Namespace) -> None:
    rows, lines, products = [], Curves(), Curves()
    for optimiser in options.optimisers.split(","):
        for target in options.targets.split(","):
            for activation in options.activations.split(","):
                found = list(training(target, activation, optimiser, options))
                for k, loss, average, test, norm, gradient in found:
                    rows.append([optimiser, target, activation, k, *(f"{v:.6g}" for v in (loss, average, test, norm, gradient, norm * gradient))])
                label = f"{optimiser} {target} {activation}"
                lines[label] = ([row[0] for row in found], [row[4] for row in found])
                products[label] = ([row[0] for row in found], [row[4] * row[5] for row in found])
                first, last = found[0], found[-1]
                grew = sum(b[4] > a[4] for a, b in pairwise(found))
                print(
                    f"  {label:20} norm {first[4]:.2f} to {last[4]:.2f} (grew at {grew} of {len(found) - 1}), loss {first[1]:.3g} to {last[1]:.3g}, "
                    f"smoothed {last[2]:.3g}, test {last[3]:.3g}"
                )
    header = ["optimiser", "target", "activation", "step", "loss", "smoothed", "test", "norm", "gradient", "product"]
    save(out, "divergence", header, rows, lines, xlabel="step", ylabel="norm")
    save(out, "divergence-product", header[:4], [row[:4] for row in rows], products, xlabel="step", ylabel="|theta| |grad f|", yscale="log")


def drawn(target: str, points: int, stream: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Training and test data of a polynomial on [-1, 1]^d, or of ten classes."""
    if target == "classes":
        x, y = mixture(points + 1000, 784, 10, int(stream.integers(2**31)))
        return x[:points], y[:points], x[points:], y[points:]
    if target in ("heat", "black-scholes"):
        x, test = (stream.uniform(-1, 1, (n, 10)) for n in (points, 200))
        return x, paths(target, x, stream)[:, None], test, solution(target, test, stream)[:, None]
    x, test = (stream.uniform(-1, 1, (n, SHAPES[target][0])) for n in (points, 1000))
    return x, TARGETS[target](x)[:, None], test, TARGETS[target](test)[:, None]


def training(target: str, activation: str, optimiser: str, options: argparse.Namespace) -> Iterator[tuple[int, float, float, float, float, float]]:
    """Step, training loss, the same smoothed, test loss, norm, gradient norm, at every evaluation; batches are drawn with replacement."""
    stream = np.random.default_rng([options.seed, list(SHAPES).index(target), ACTIVATIONS.index(activation), len(optimiser)])
    x, y, test, wanted = drawn(target, options.points, stream)
    classes, equation = target == "classes", target in ("heat", "black-scholes")
    theta = xavier(SHAPES[target], stream)
    first, second = ([np.zeros_like(w) for w in theta] for _ in range(2))
    batch, rate = (50 if classes else 100, 0.001 if classes else 0.005) if optimiser == "adam" else (options.points, float(Fraction(options.rate)))
    every, average = max(1, options.steps // options.evaluations), 0.0
    for k in range(options.steps + 1):
        if k % every == 0:
            loss, gradient = loss_and_gradient(theta, x, y, activation, True, classes)
            average = loss if k == 0 else DECAY * average + (1 - DECAY) * loss
            yield k, loss, average, loss_and_gradient(theta, test, wanted, activation, True, classes)[0], size(theta), size(gradient)
        if equation:
            x = stream.uniform(-1, 1, x.shape)
            y, chosen = paths(target, x, stream)[:, None], np.arange(len(x))
        else:
            chosen = stream.integers(0, len(x), batch)
        _, gradient = loss_and_gradient(theta, x[chosen], y[chosen], activation, True, classes)
        for w, g, m, v in zip(theta, gradient, first, second, strict=True):
            if optimiser == "adam":
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                w -= rate * (m / (1 - 0.9 ** (k + 1))) / (np.sqrt(v / (1 - 0.999 ** (k + 1))) + 1e-8)
            else:
                w -= rate * g


def rounding(out: Path, options: argparse.Namespace) -> None:
    from fpproof.dynamics.descent import Descent, against_flow
    from fpproof.dynamics.flow import flow
    from fpproof.dynamics.problem import read_problem

    problem = read_problem(Path(__file__).parent / "balanced.toml")
    found = flow(problem, Fraction(3), Fraction(1, 10**9))
    rows, lines = [], Curves()
    for name in ("bfloat16", "binary16", "binary32", "enclosed"):
        xs, ys = [], []
        for exponent in range(2, options.finest + 1):
            eta = Fraction(1, 2**exponent)
            result = against_flow(Descent(problem, eta, name, int(3 / eta)), found)
            xs.append(float(eta))
            ys.append(float(result.largest.mid()))
            rows.append([name, str(eta), f"{ys[-1]:.8g}", "" if result.stalled is None else result.stalled])
        lines[name] = xs, ys
        print(f"  {name:9} nearest to the flow at eta = 2^{math.log2(xs[ys.index(min(ys))]):.0f}: {min(ys):.3g}")
    header = ["arithmetic", "eta", "largest distance", "stands still from"]
    save(out, "rounding", header, rows, lines, xlabel="eta", ylabel="largest distance to the flow up to t = 3", xscale="log", yscale="log")


def growth(out: Path, options: argparse.Namespace) -> None:
    from fpproof.dynamics.balls import decimals, working
    from fpproof.dynamics.flow import flow
    from fpproof.dynamics.growth import TOY, entry, later, region
    from fpproof.dynamics.problem import problem

    proved = region()
    begins = entry(flow(problem(TOY, {"w": 1, "c": "5/2"}), Fraction(1)), proved)
    states = later(begins, proved, [Fraction(10) ** k for k in range(1, 16)])
    rows, xs, low, high = [], list[float](), list[float](), list[float]()
    with working(160):
        for state in states:
            ends = [decimals(value, 8) for value in (state.c, state.loss, state.growth)]
            rows.append([str(state.t), *(end for pair in ends for end in pair)])
            xs.append(float(state.t))
            low.append(float(ends[2][0]))
            high.append(float(ends[2][1]))
    lines = {"at least": (xs, low), "at most": (xs, high), "128/17": (xs, [128 / 17] * len(xs))}
    header = ["t", "c from", "c to", "loss from", "loss to", "c^4/t from", "c^4/t to"]
    save(out, "growth", header, rows, lines, xlabel="t", ylabel="c^4/t", xscale="log")


EXPERIMENTS: dict[str, Callable[[Path, argparse.Namespace], None]] = {
    "norms": norms,
    "smoothing": smoothing,
    "descent": descent,
    "divergence": divergence,
    "rounding": rounding,
    "growth": growth,
}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Experiments on gradient flow and descent.")
    parser.add_argument("-o", "--output", type=Path, default=Path("results"))
    parser.add_argument("--only", choices=EXPERIMENTS, action="append")
    parser.add_argument("--no-plots", action="store_true", help="tables only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=20, help="draws of `norms`")
    parser.add_argument("--data", choices=("mixture", "digits"), default="mixture", help="of `descent`")
    parser.add_argument("--samples", type=int, default=200, help="of `descent`")
    parser.add_argument("--epochs", type=int, default=1000, help="steps of `descent`")
    parser.add_argument("--step", default="1/200", help="eta of `descent`")
    parser.add_argument("--ratios", default="2,5", help="of `descent`")
    parser.add_argument("--stamps", type=int, default=50, help="times at which `descent` compares")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32", help="of `descent`")
    parser.add_argument("--targets", default="1,2,4", help="of `divergence`: dimensions of polynomial targets, classes, heat, black-scholes")
    parser.add_argument("--activations", default="softplus,gelu,elu,swish,tanh", help="of `divergence`")
    parser.add_argument("--optimisers", default="sgd,adam", help="of `divergence`")
    parser.add_argument("--points", type=int, default=1000, help="training points of `divergence`, and the batch of sgd and of the equations")
    parser.add_argument("--steps", type=int, default=5000, help="of `divergence`")
    parser.add_argument("--evaluations", type=int, default=50, help="of `divergence`")
    parser.add_argument("--rate", default="1/100", help="of sgd in `divergence`; the paper's is 1/1000, for 100 times as many steps")
    parser.add_argument("--finest", type=int, default=12, help="the smallest step of `rounding` is 2^-finest")
    options = parser.parse_args(argv)
    PLOTS[0] = not options.no_plots
    for name in options.only or EXPERIMENTS:
        print(name)
        EXPERIMENTS[name](options.output, options)


if __name__ == "__main__":
    main()
