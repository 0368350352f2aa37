"""Exported scripts: z3, cvc5 and Bitwuzla read them as they come and say the same, and comments tell which variable is which weight."""

import re

import pytest

from fpproof.encodings.host import SOLVERS
from fpproof.formats import parse_format
from fpproof.search import Outcome, Spec, parse_spec, search
from fpproof.search.smtlib import as_bits, as_floats

POSSIBLE = 'layers = [{ width = 1 }, { width = 1 }]\n[[points]]\nx = ["2"]\nvalue = "1.5"\ngradient = ["-3"]\n'
IMPOSSIBLE = POSSIBLE + '[[points]]\nx = ["3"]\nvalue = { not = "1.5" }\ngradient = ["-1"]\n'
WEIGHTS = """
[[weights]]
layer = 1
neuron = 1
input = 1
in = ["1", "-1"]

[[weights]]
layer = 1
bias = true
powers_of_two = true
magnitude = "8"

[[weights]]
layer = 2
bias = true
same_as = { layer = 1, neuron = 1, input = 1 }
"""
FIXED = '\n[[weights]]\nlayer = 2\nbias = false\nis = "3"\n'
SPECS = {"possible": POSSIBLE, "impossible": IMPOSSIBLE, "constrained": POSSIBLE + WEIGHTS, "fixed": POSSIBLE + WEIGHTS + FIXED}


def spec_of(name: str, format: str) -> Spec:
    return parse_spec(SPECS[name], format=parse_format(format))


def mapped(text: str) -> bool:
    """Whether each variable that is declared is named in a comment, and each weight in one."""
    comments = [line for line in text.splitlines() if line.startswith(";")]
    declared = re.findall(r"\(declare-const (\|[^|]*\||\S+) ", text)
    return bool(declared) and all(any(name in comment for comment in comments) for name in declared)


@pytest.mark.parametrize("format", ["E4M3FN", "E5M2"])
@pytest.mark.parametrize("name", SPECS)
def test_bits(name: str, format: str) -> None:
    spec = spec_of(name, format)
    text = as_bits(spec)
    assert mapped(text)
    for place in spec.places():
        assert re.search(rf"^; .*{re.escape(str(place))}( |$)", text, re.MULTILINE), place
    expected = "sat" if search(spec).outcome is Outcome.FOUND else "unsat"
    assert SOLVERS["bitwuzla"](text, None)["status"] == expected
    assert z3_reads(text)
    assert cvc5_reads(text)


@pytest.mark.parametrize("name", SPECS)
def test_floats(name: str) -> None:
    """In a format that all three have."""
    text = as_floats(spec_of(name, "binary16"))
    assert mapped(text)
    assert bitwuzla_reads(text)
    assert z3_reads(text)
    assert cvc5_reads(text)


def test_they_say_the_same() -> None:
    """The one that all three answer quickly."""
    text = as_bits(spec_of("fixed", "E5M2"))
    answers = {solver: solve(text, None)["status"] for solver, solve in SOLVERS.items()}
    assert len(set(answers.values())) == 1, answers


# Every command but the question, which takes some of them too long.


def bitwuzla_reads(text: str) -> bool:
    import bitwuzla

    parser = bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options())
    parser.parse(text, True, False)
    return len(parser.bitwuzla().get_assertions()) > 0


def z3_reads(text: str) -> bool:
    import z3

    solver = z3.Solver()
    solver.from_string(text)
    return len(solver.assertions()) > 0


def cvc5_reads(text: str) -> bool:
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    parser = cvc5.InputParser(solver)
    symbols = parser.getSymbolManager()
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text.replace("(check-sat)", ""), "query")
    while not (command := parser.nextCommand()).isNull():
        command.invoke(solver, symbols)
    return len(solver.getAssertions()) > 0
