"""Whether a lemma speaks of formats, from its requirements alone: the same as whether it has claims there."""

import pytest

from fpproof.errors import TheoryError
from fpproof.formats import parse_format
from fpproof.theory import applies, instances, read_theory_text

TEXT = """
from fpproof.lang import *

@lemma
def of_every_format(x: Float):
    show(x == x)

@lemma
def of_precise_ones(x: Float):
    require(F.p >= 2)
    show(x == x)

@lemma
def of_one_mode(x: Float, m: Mode):
    require(m == up)
    show(fl(x, to=m) == x)

@lemma
def of_no_mode(x: Float, m: Mode):
    require(m == up, m == down)
    show(fl(x, to=m) == x)

@lemma
def of_wider_ones(x: Float, G: Format):
    require(G.p > F.p)
    show(x == x)

@lemma
def of_narrower_ones(x: Float, G: Format):
    require(F.p > G.p)
    show(x == x)
"""


def test_a_lemma_applies_where_it_has_claims() -> None:
    found = {}
    for lemma in read_theory_text(TEXT).lemmas:
        for text in ("E2M1", "F(2,4)", "binary16"):
            formats = {name: parse_format(text if name == "F" else "F(2,4)") for name in lemma.format_parameters}
            found[lemma.name, text] = applies(lemma, formats)
            assert found[lemma.name, text] is bool(instances(lemma, formats)) is applies(lemma, formats)
    assert [name for name, applied in found.items() if not applied] == [
        ("of_precise_ones", "E2M1"),
        ("of_no_mode", "E2M1"),
        ("of_no_mode", "F(2,4)"),
        ("of_no_mode", "binary16"),
        ("of_wider_ones", "F(2,4)"),
        ("of_wider_ones", "binary16"),
        ("of_narrower_ones", "E2M1"),
        ("of_narrower_ones", "F(2,4)"),
    ]


def test_every_format_must_be_given() -> None:
    with pytest.raises(TheoryError, match="no format is given for G"):
        applies(read_theory_text(TEXT).lemma("of_wider_ones"), parse_format("E2M1"))
