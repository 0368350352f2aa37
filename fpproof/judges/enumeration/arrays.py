"""Kernels without a compiler: the text of a lane, run by numpy on many lanes at once. For claims that take longer to compile than to decide.

The text is the kernel's own, and means the same: each operation is one of binary64 or of its codes, in the same order. What chooses by a condition is
computed both ways, and one is taken; a loop of `exists` goes on while any lane is still looking. Arrays have an axis a variable and are as wide as
what they depend on, so that what depends on one variable is computed once for each of its values.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpproof.judges.enumeration.compiled import Functions
from fpproof.judges.enumeration.lanewise import translated
from fpproof.judges.enumeration.source import BLOCK, Kernel

FEW = 1 << 29
"""Operations, each on one lane, that take numpy about as long as numba needs to compile them."""
AT_ONCE = 1 << 14
"""Lanes of arrays that stay in a processor's own cache."""
CALL = 1000
"""What calling numpy costs, in lanes."""

Array = NDArray[Any]


def few(kernel: Kernel) -> bool:
    """Whether looking at all lanes takes numpy less than compiling would."""
    return all(kernel.domains.table(v) is not None for v in kernel.order) and prod(kernel.sizes) <= FEW and work(kernel) <= FEW


def work(kernel: Kernel) -> int:
    """Operations that looking at all lanes takes, each on one lane."""
    lanes = prod(kernel.sizes)
    return translated(kernel).weight * (lanes + CALL * -(-lanes // AT_ONCE))


def functions(kernel: Kernel) -> Functions:
    """What `compiled.functions` gives, of kernels whose variables have tables."""
    lane = translated(kernel).run
    places = [f"x{kernel.claim.variables.index(v)}" for v in kernel.order]
    columns = [_column(kernel, i) for i in range(len(kernel.order))]

    def evaluated(T: Sequence[Array], values: Sequence[Any]) -> Iterator[Array]:
        shape = np.broadcast_shapes(*(np.shape(v) for v in values))
        with np.errstate(all="ignore"):
            found = lane(T, **dict(zip(places, values, strict=True)))
        return (np.broadcast_to(np.asarray(each, bool), shape) for each in found)

    def count(start: int, stop: int, T: Sequence[Array], flagged: Array, totals: Array) -> None:
        scale = BLOCK if kernel.blocked else 1
        units = columns[0][start * scale : stop * scale]
        before, last = 0, -1
        for piece in _pieces((len(units), *kernel.sizes[1:])):
            met, fails, doubt = evaluated(T, [c[s] for c, s in zip((units, *columns[1:]), piece, strict=True)])
            for row in np.unique((before + np.flatnonzero(fails | doubt)) // max(1, kernel.lanes)).tolist():
                if row != last:  # a long row is looked at in several pieces
                    flagged[totals[1]], last = row, row
                    totals[1] += 1
            totals[0] += np.count_nonzero(met)
            before += met.size

    def locate(place: Array, low: int, high: int, T: Sequence[Array], found: Array) -> None:
        outer = [column.flat[i] for column, i in zip(columns[:-1], place.tolist(), strict=False)]
        _, fails, doubt = evaluated(T, [*outer, columns[-1][low:high]])
        found[: high - low] = fails + 2 * doubt

    return Functions(count, locate)


def _pieces(sizes: Sequence[int]) -> Iterator[tuple[slice, ...]]:
    """All lanes in their order, so many at once that what is computed from them stays small."""
    axis = next(i for i in range(len(sizes)) if prod(sizes[i + 1 :]) <= AT_ONCE)
    step = max(1, AT_ONCE // max(1, prod(sizes[axis + 1 :])))
    for outer in product(*map(range, sizes[:axis])):
        for low in range(0, sizes[axis], step):
            yield (*(slice(i, i + 1) for i in outer), slice(low, low + step), *(slice(None) for _ in sizes[axis + 1 :]))


def _column(kernel: Kernel, axis: int) -> Array:
    """The values of a loop's variable, along an axis of their own."""
    variable = kernel.order[axis]
    place = kernel.domains.table(variable)
    assert place is not None, "few says so"
    text = kernel.domains.text(variable, ":")
    values = kernel.domains.tables[place]
    return (values == 1.0 if text.endswith("== 1.0") else values).reshape((-1,) + (1,) * (len(kernel.order) - 1 - axis))
