"""The experiments on instability, with tables (CSV) and plots (PNG, if matplotlib is there: pip install fpproof[plots]).

    python examples/instability.py -o results                  all but the thousand networks
    python examples/instability.py -o results --only networks --networks 1000

sawtooth   pieces against depth, for slopes and thresholds off by 2^-p
minimum    one step at the exact minimum: exact, in formats, and with Gaussian noise of the formats' size on the input
noise      the bounded-slope sawtooth under noise, against its bound
networks   the bound on random trained networks, with and without the zeros of neurons that did not move
updates    the mean of 1/|D| against the width
real       a network trained on the diabetes data of scikit-learn (an extra) in five arithmetics; torch too, if it is there
"""

import argparse
import csv
import os
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from random import Random

from fpproof.pieces import Segment, bounded_sawtooth, count, pieces_by_orbits, sawtooth
from fpproof.pieces.experiments import trials
from fpproof.pieces.noise import absolute, draws, mean, uniform
from fpproof.training import Affine, Run, State, Trajectory, distance, first_difference, parse_arithmetic

Q = Fraction
UNIT = Segment.interval(0, 1)
Row = list[object]
Curves = dict[str, tuple[list[float], list[float]]]


def curves(rows: Sequence[Row], by: int, x: int, y: int) -> Curves:
    """Column y against column x, a curve for each value of column `by`."""
    found: Curves = {}
    for row in rows:
        xs, ys = found.setdefault(str(row[by]), ([], []))
        xs.append(float(str(row[x])))
        ys.append(float(str(row[y])))
    return found


def save(out: Path, name: str, header: Sequence[str], rows: Sequence[Row], lines: Curves | None = None, labels: tuple[str, str] = ("", "")) -> None:
    """A table, and a plot of curves."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / f"{name}.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    print(f"{name}: {len(rows)} rows in {out / name}.csv")
    if lines:
        plot(out, name, lines, labels)


def plot(out: Path, name: str, lines: Curves, labels: tuple[str, str], joined: bool = True, scales: tuple[str, str] = ("linear", "log")) -> None:
    """A PNG of curves, or of points that are not joined."""
    try:
        import matplotlib
    except ImportError:
        print("no plot: pip install fpproof[plots]")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for label, (xs, ys) in lines.items():
        axes.plot(xs, ys, marker=".", linestyle="-" if joined else "", label=label)
    axes.set(xlabel=labels[0], ylabel=labels[1], xscale=scales[0], yscale=scales[1])
    axes.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(out / f"{name}.png", dpi=150)
    pyplot.close(figure)


def constants(out: Path, options: argparse.Namespace) -> None:
    rows: list[Row] = []
    settings = [(Q(2), Q(1, 2))] + [(2 + sign * Q(1, 2**p), Q(1, 2)) for p in (3, 4, 7, 10) for sign in (1, -1)]
    for slope, threshold in [*settings, (Q(2), Q(1, 2) + Q(1, 1024)), (Q(2), Q(1, 2) - Q(1, 1024))]:
        for depth in range(1, 15):
            found = count(sawtooth(depth, slope, threshold), UNIT)
            law = pieces_by_orbits(depth, slope, threshold)
            rows.append([f"slope {slope}, threshold {threshold}", depth, found.pieces, found.regions, law, found.pieces == law])
    header = ["sawtooth", "depth", "pieces", "regions", "law", "agrees"]
    save(out, "sawtooth", header, rows, curves(rows, 0, 1, 2), ("depth", "pieces"))


def last(run: Run, arithmetic: str) -> State:
    *_, state = Trajectory(run, parse_arithmetic(arithmetic)).states()
    return state


def pieces_of(run: Run, state: State) -> int:
    layers = state.layers(run)
    return 0 if layers is None else count(layers, UNIT).pieces


def minimum(out: Path, options: argparse.Namespace) -> None:
    """Gaussian noise: the input 1/3 times 1 + sigma xi, an exact step, the mean over seeds."""
    rows: list[Row] = []
    for depth in range(2, 11):
        run = Run(sawtooth(depth), ((Q(1, 3),),), ((Q(2, 3),),), step=Q(1, 64))
        for arithmetic in ("exact", "bfloat16", "binary16", "binary32", "binary64"):
            rows.append([arithmetic, depth, pieces_of(run, last(run, arithmetic)), ""])
        for bits in (11, 24, 53):
            found = []
            for seed in range(options.seeds):
                x = Q(1, 3) * (1 + Q(1, 2**bits) * Q(Random(seed).gauss(0, 1)))
                noisy = Run(run.layers, ((x,),), run.y, step=run.step)
                found.append(pieces_of(noisy, last(noisy, "exact")))
            middle = mean(found)
            rows.append([f"noise 2^-{bits}", depth, middle.value, middle.radius])
    save(out, "minimum", ["arithmetic", "depth", "pieces", "confidence_95"], rows, curves(rows, 0, 1, 2), ("depth", "pieces after one step"))


def noise(out: Path, options: argparse.Namespace) -> None:
    rows: list[Row] = []
    for radius in (Q(1, 2), Q(1, 32), Q(1, 256)):
        for depth in (1, 2, 4, 6, 8, 10):
            layers = bounded_sawtooth(depth)
            found = list(draws(layers, absolute(layers, radius), UNIT, uniform(12345), 100, jobs=options.jobs))
            columns = [
                [d.pieces for d in found],
                [1 + d.zeros for d in found],
                [float(1 + d.expected) for d in found if d.expected is not None],
                [float(d.bound) for d in found],
            ]
            middles = [mean(column) for column in columns]
            rows.append([f"R = {radius}", depth, *(v for m in middles for v in (m.value, m.radius)), max(d.pieces for d in found)])
    header = ["radius", "depth", *(f"{n}{c}" for n in ("pieces", "crossings", "expected", "bound") for c in ("", "_95")), "most"]
    lines = {f"{k}, {n}": v for n, column in (("pieces", 2), ("bound", 8)) for k, v in curves(rows, 0, 1, column).items()}
    save(out, "noise", header, rows, lines, ("depth", "pieces, and the bound"))


def networks(out: Path, options: argparse.Namespace) -> None:
    shapes = [(seed, 2 + seed % 5, 1 + seed % 4) for seed in range(options.networks)]
    rows: list[Row] = []
    fails = 0
    for t in trials(shapes, number=10, jobs=options.jobs):
        fails += t.pieces.value - t.pieces.radius > t.without_dead.value + t.without_dead.radius
        rows.append(
            [
                *(t.seed, t.width, t.depth, t.updated, t.mean_reciprocal, t.steepest, t.broken, t.pieces.value, t.pieces.radius),
                *(t.bound.value, t.without_dead.value, t.excess.value, t.excess.radius, t.supports),
            ]
        )
    header = ["seed", "width", "depth", "updated", "mean_reciprocal", "C_B", "broken", "pieces", "pieces_95"]
    save(out, "networks", [*header, "bound", "without_dead", "excess", "excess_95", "supports"], rows)
    points = curves(rows, 2, 7, 9)
    plot(out, "networks", {f"depth {k}": v for k, v in sorted(points.items())}, ("mean of the pieces", "bound"), joined=False, scales=("log", "log"))
    supported = sum(bool(row[-1]) for row in rows)
    print(f"the bound is supported on {supported} of {len(rows)} networks; without the zeros of neurons that did not move it fails on {fails}")


def updates(out: Path, options: argparse.Namespace) -> None:
    rows: list[Row] = []
    for width in (2, 4, 8, 16):
        for depth in (1, 2, 4):
            found = [t for t in trials([(seed, width, depth) for seed in range(options.trials)], number=2) if t.mean_reciprocal is not None]
            values = sorted(t.mean_reciprocal or 0 for t in found)
            rows.append([f"depth {depth}", width, values[len(values) // 2], sum(t.broken > 0 for t in found), len(found)])
    save(out, "updates", ["depth", "width", "median_mean_reciprocal", "S1-A_broken", "networks"], rows, curves(rows, 0, 1, 2), ("width", "1/|D|"))


def diabetes() -> Run:
    """Body mass index to progression, both normalised and rounded to 1/64: 64 patients; a 1-8-8-1 network."""
    from sklearn.datasets import load_diabetes

    data = load_diabetes()
    x, y = data.data[:64, 2], data.target[:64]
    columns = [[Q(round(float(v) * 64), 64) for v in (column - column.mean()) / column.std()] for column in (x, y)]
    stream = Random(0)

    def layer(inputs: int, neurons: int, activation: str | None) -> Affine:
        rows = tuple(tuple(Q(round(stream.gauss(0, (2 / inputs) ** 0.5) * 64), 64) for _ in range(inputs)) for _ in range(neurons))
        return Affine(rows, tuple(Q(stream.randint(-32, 32), 64) for _ in range(neurons)), activation)

    layers = (layer(1, 8, "relu"), layer(8, 8, "relu"), layer(8, 1, None))
    return Run(layers, tuple((v,) for v in columns[0]), tuple((v,) for v in columns[1]), step=Q(1, 16), steps=60)


def real(out: Path, options: argparse.Namespace) -> None:
    try:
        run = diabetes()
    except ImportError:
        print("real: pip install scikit-learn")
        return
    x = [row[0] for row in run.x]
    segment = Segment.interval(min(x), max(x))
    rows: list[Row] = []
    texts = ["binary64", "bfloat16", "binary16", "binary32", "bfloat16/binary32"]
    runs = {text: list(Trajectory(run, parse_arithmetic(text)).states()) for text in texts}
    trajectory = Trajectory(run, parse_arithmetic("exact"), most_bits=20_000)
    runs["exact"] = list(trajectory.states())
    print(f"real: exact run stopped: {trajectory.stopped}")
    for text, states in runs.items():
        for state in states:
            layers = state.layers(run)
            pieces = "" if layers is None or (state.step % 5 and text != "exact") else count(layers, segment).pieces
            reference = runs["exact"] if state.step < len(runs["exact"]) else runs["binary64"]
            apart = distance(reference[state.step], state)
            rows.append([text, state.step, pieces, "" if apart is None else float(apart), state.stagnant])
    counted = [row for row in rows if row[2] != ""]
    save(out, "real", ["arithmetic", "step", "pieces", "distance", "stagnant"], rows, curves(counted, 0, 1, 2), ("step", "pieces"))
    moved = [row for row in rows if row[3] not in ("", 0.0)]
    plot(out, "real-distance", curves(moved, 0, 1, 3), ("step", "distance to the exact run; to binary64 after it stopped"))
    plot(out, "real-stagnant", curves(rows, 0, 1, 4), ("step", "stagnant parameters of 97"), scales=("linear", "linear"))
    for text, against in parted(run):
        print(f"  {text}: {against}")


def parted(run: Run) -> Iterator[tuple[str, str]]:
    """Which named variants of binary32 are numpy's and torch's runs, and where the others part."""
    variants = ["binary32", "binary32:fma", "binary32:pairwise", "binary32:bias-first", "binary32:blocked(4)", "binary32:blocked(8)"]
    ours = {text: list(Trajectory(run, parse_arithmetic(text)).states()) for text in variants}
    for text in ("numpy:float32", "matmul:float32", "torch:float32"):
        try:
            states = list(Trajectory(run, parse_arithmetic(text)).states())
        except ValueError as error:
            yield text, str(error)
            continue
        found = {variant: first_difference(states, own) for variant, own in ours.items()}
        equal = [variant for variant, difference in found.items() if difference is None]
        steps = ", ".join(f"{variant} at step {d.step} ({d.kind} of layer {d.layer})" for variant, d in found.items() if d is not None)
        yield text, f"bit for bit {', '.join(equal)}" if equal else f"parts from {steps}"


EXPERIMENTS: dict[str, Callable[[Path, argparse.Namespace], None]] = {
    "sawtooth": constants,
    "minimum": minimum,
    "noise": noise,
    "networks": networks,
    "updates": updates,
    "real": real,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Experiments on instability.")
    parser.add_argument("-o", "--output", type=Path, default=Path("results"))
    parser.add_argument("--only", choices=EXPERIMENTS, action="append")
    parser.add_argument("--seeds", type=int, default=100, help="seeds of the Gaussian noise")
    parser.add_argument("--networks", type=int, default=50, help="random trained networks")
    parser.add_argument("--trials", type=int, default=8, help="random networks a shape, of `updates`")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    for name in options.only or EXPERIMENTS:
        EXPERIMENTS[name](options.output, options)


if __name__ == "__main__":
    main()
