"""A run as the TOML text that describes it; `fpproof.training.reading` reads it back."""

from collections.abc import Sequence
from fractions import Fraction

from fpproof.training.description import Run


def to_toml(run: Run, remarks: Sequence[str] = ()) -> str:
    """The description of a run, every number exactly; remarks come first, as comments. A layer has a bias for every neuron, or none."""
    lines = [f"# {remark}" for remark in remarks]
    lines += [f'loss = "{run.loss}"', f'reduction = "{run.reduction}"', f'step = "{run.step}"', f'momentum = "{run.momentum}"']
    lines += [f"steps = {run.steps}", f"batches = {[list(batch) for batch in run.batches]}"]
    lines += ["arithmetic = [" + ", ".join(f'"{text}"' for text in run.arithmetics) + "]"]
    lines += ["", "[data]", f"x = {_rows(run.x)}", f"y = {_rows(run.y)}"]
    for layer in run.layers:
        lines += ["", "[[layers]]", f"weights = {_rows(layer.weights)}"]
        if None not in layer.bias:
            lines.append(f"bias = {_row([b for b in layer.bias if b is not None])}")
        if layer.activation is not None:
            lines.append(f'activation = "{layer.activation}"')
    return "\n".join(lines) + "\n"


def _rows(rows: Sequence[Sequence[Fraction]]) -> str:
    return "[" + ", ".join(map(_row, rows)) + "]"


def _row(row: Sequence[Fraction]) -> str:
    return "[" + ", ".join(str(r) if r.denominator == 1 and abs(r) < 2**31 else f'"{r}"' for r in row) + "]"
