"""The judge `search`: networks that exist and networks that do not, against complete enumeration; what it does not translate, it says."""

from random import Random

import pytest

from fpproof.formats import Format, parse_format, rational
from fpproof.formats.text import hexadecimal
from fpproof.judges.registry import Spending, chosen
from fpproof.judges.verdict import Outcome, Verdict
from fpproof.search import parse_spec
from fpproof.search.enumeration import enumerate_all
from fpproof.theory import instances, read_theory_text

HEADER = """
from fpproof.lang import Float, affine, assume, exists, finite, gradient, layers, lemma, network, relu, show, value

@network
def f(a: Float, b: Float, v: Float):
    return layers(relu([[a]], bias=[b]), affine([[v]]))

@lemma
def l({}):
    show({})
"""
VALUE, GRADIENT = "value(f(a, b, v), {})", "gradient(f(a, b, v), {}, 1)"


def decided(condition: str, format: str = "F(2,3)", parameters: str = "") -> Verdict:
    (asked,) = chosen(["search"])
    (claim,) = instances(read_theory_text(HEADER.format(parameters, condition), "theory.py").lemma("l"), parse_format(format))
    return asked.judge.decide(claim, asked.budget(Spending()))


def there_is(*conditions: str) -> str:
    return f"exists(Float, lambda a, b, v: {' and '.join(conditions)})"


def asked_at(F: Format, random: Random) -> tuple[list[str], str]:
    """A value and a bound of a gradient at one point, in the language and as a spec."""
    at, value, slope = random.choices([F.from_ordinal(n) for n in range(-F.largest_ordinal, F.largest_ordinal + 1)], k=3)
    low = F.from_ordinal(-F.largest_ordinal)
    x, y, g = (float(rational(v)) for v in (at, value, slope))
    gradient = GRADIENT.format(x)
    stated = [f"{VALUE.format(x)} == {y}", f"{gradient} <= {g}", f"finite({gradient})"]
    spec = f'[[points]]\nx = ["{hexadecimal(at)}"]\nvalue = "{hexadecimal(value)}"\n'
    return stated, spec + f'gradient = [{{ between = ["{hexadecimal(low)}", "{hexadecimal(slope)}"] }}]\n'


@pytest.mark.parametrize("format", ["F(1,3)", "E2M1"])
def test_random_points_against_enumeration(format: str) -> None:
    F, random, outcomes = parse_format(format), Random(format), set()
    for number in range(8):
        (first, text), (second, more) = asked_at(F, random), asked_at(F, random)
        weights = enumerate_all(parse_spec(f"layers = [{{ width = 1 }}, {{ width = 1, bias = false }}]\n{text}{more}", format=F))
        outcomes.add(weights is None)
        affirmed = number % 2 == 0
        statement = there_is(*first, *second) if affirmed else f"not {there_is(*first, *second)}"
        expected = Outcome.PROVED if (weights is not None) == affirmed else Outcome.REFUTED
        assert decided(statement, format).outcome is expected, statement
    assert len(outcomes) == 2


def test_weights_that_are_constrained() -> None:
    wanted = f"{VALUE.format(1)} == 1.5", f"{GRADIENT.format(1)} == 1.5"
    assert decided(there_is(*wanted, "abs(a) <= 1", "(v == 1.5 or v == -1.5)", "b == 0")).outcome is Outcome.PROVED
    assert decided(there_is(*wanted, "abs(a) <= 1", "v == 1", "b == 0")).outcome is Outcome.REFUTED


def test_a_weight_at_two_places() -> None:
    statement = "exists(Float, lambda a, b: value(f(a, b, a), 1) == {0} and gradient(f(a, b, a), 1, 1) == {0})"
    assert decided(statement.format(4)).outcome is Outcome.PROVED
    assert decided(statement.format(-4)).outcome is Outcome.REFUTED, "a square is not negative"


def test_the_weights_stand_in_the_evidence() -> None:
    verdict = decided(there_is(f"{VALUE.format(1)} == 1", f"{GRADIENT.format(1)} == 2"))
    assert {"by", "W1[1,1]", "b1[1]", "W2[1,1]"} <= set(verdict.evidence)


def test_what_may_be_infinite_is_not_refuted() -> None:
    """The search asks for finite values: where the statement does not, that there is none is not shown."""
    wanted = f"{GRADIENT.format(1)} == 1", f"{GRADIENT.format(2)} == 2"
    verdict = decided(there_is(*wanted))
    assert verdict.outcome is Outcome.OPEN
    assert "finite(value" in verdict.reason
    assert decided(there_is(*wanted, f"finite({VALUE.format(1)})", f"finite({VALUE.format(2)})")).outcome is Outcome.REFUTED


@pytest.mark.parametrize(
    ("condition", "parameters", "why"),
    [
        ("exists(Float, lambda a, b, v: value(f(a, b, v), x) == 1)", "x: Float", "variables"),
        ("exists(Float, lambda a, b, v: value(f(a, b, v), 1) == value(f(a, b, v), 2))", "", "expected conditions"),
        ("exists(Float, lambda a, b, v: value(f(a, b, v), 1) == 1 and a < b)", "", "expected conditions"),
        ("exists(Float, lambda a, b, v: value(f(a, b, 2 * v), 1) == 1)", "", "expected a number or one of the weights"),
        ("exists(Float, lambda a, b, v: value(f(a, b, v), 1) == value(f(b, a, v), 1))", "", "2 networks"),
        ("exists(Float, lambda a, b, v: a == 1)", "", "0 networks"),
        ("value(f(1, 1, 1), 1) == 2", "", "does not say that weights exist"),
        ("exists(Float, lambda a, b, v: value(f(a, b, v), 1) == 0.3)", "", "expected finite floats"),
    ],
)
def test_what_is_no_question_of_the_search(condition: str, parameters: str, why: str) -> None:
    verdict = decided(condition, parameters=parameters)
    assert verdict.outcome is Outcome.OPEN
    assert why in verdict.reason


@pytest.mark.parametrize("more", ["c == 3 and abs(c) <= 1", "abs(c) <= 1", "c == 1"])
def test_conditions_on_what_is_no_weight(more: str) -> None:
    """Of a number that exists beside the weights nothing is known to the search: not that c == 3 and |c| <= 1 do not go together."""
    verdict = decided(f"exists(Float, lambda a, b, v, c: value(f(a, b, v), 1) == 1 and {more})")
    assert verdict.outcome is Outcome.OPEN
    assert "c is no weight of the network" in verdict.reason
