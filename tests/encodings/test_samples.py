"""Operations of bfloat16, binary16, binary32 and binary64 on samples that seek the edges."""

import random

import numpy as np
import pytest

from fpproof.formats import Datum, Format, Mode, parse_format
from tests.encodings.reference import ERROR, WIDE, code, edges, lanes, name, near, variables
from tests.encodings.test_all_inputs import OPERATIONS

SIZE = 400
OPERANDS = {"sqrt": 1, "convert": 1, "fma": 3}


def samples(F: Format, operation: str) -> list[list[Datum]]:
    """Columns of operands; the last is often near the exact result of the others, so that it cancels."""
    rng = random.Random(f"{F} {operation}")
    columns = [edges(F, SIZE, rng.randrange(1 << 30)) for _ in range(OPERANDS.get(operation, 2))]
    if len(columns) == 1:
        return columns
    aims = columns[0] if len(columns) == 2 else [OPERATIONS["multiply"][1](F, x, y) for x, y in zip(*columns[:2], strict=True)]
    columns[-1] = [near(F, aim, rng) if rng.random() < 0.5 else z for aim, z in zip(aims, columns[-1], strict=True)]
    return columns


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("F", WIDE, ids=name)
def test_samples(F: Format, operation: str) -> None:
    encoding, reference = OPERATIONS[operation]
    data = samples(F, operation)
    columns = [np.array([F.encode(x) for x in column], dtype=np.uint64) for column in data]
    results = [F] if operation != "convert" else [G for G in (*WIDE, parse_format("E4M3FN"), parse_format("E5M2")) if G != F]
    for G in results:
        for mode in Mode:
            rounded = encoding(G, *variables((F,) * len(data)), mode)
            codes, errors, inexact = lanes([rounded.value.code, rounded.value.error, rounded.inexact], columns)
            found = [ERROR if wrong else int(n) for n, wrong in zip(codes, errors, strict=True)]
            wanted = [code(G, reference(G, *row, mode)) for row in zip(*data, strict=True)]
            assert [(row, f, w) for row, f, w in zip(zip(*data, strict=True), found, wanted, strict=True) if f != w] == []
            if operation not in ("sqrt", "convert"):  # the samples reach exact and inexact results
                assert 0 < np.count_nonzero(inexact) < SIZE
