"""The encoding of fma on all triples of all formats of 6 bits and less, in every mode."""

import pytest

from fpproof.formats import Format, Mode
from tests.encodings.reference import TINY, name
from tests.encodings.test_all_inputs import disagreements


@pytest.mark.parametrize("F", TINY, ids=name)
def test_fma(F: Format) -> None:
    for mode in Mode:
        assert disagreements(F, (F, F, F), "fma", mode) == []
