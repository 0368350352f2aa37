"""Arguments that count where weights are constrained or products are all there is: never wrong against enumeration, and tight by one float."""

from random import Random

import pytest

from fpproof.formats import Format, parse_format
from fpproof.formats.arithmetic import absolute, is_finite, multiply
from fpproof.formats.text import hexadecimal
from fpproof.search import Limits, Outcome, bounds, parse_spec, search
from fpproof.search.arguments import impossible
from fpproof.search.bounds import off_the_grid, out_of_reach
from fpproof.search.enumeration import assignments, enumerate_all
from fpproof.search.ranges import out_of_range
from fpproof.search.solving import Search
from fpproof.search.spec import Choice

SHAPES = (
    "[{width=2,bias=false},{width=1,bias=false}]",
    "[{width=1},{width=1}]",
    "[{width=1,bias=false},{width=1,bias=false}]",
    "[{width=1,bias=false}]",
)


def constrained(F: Format, random: Random) -> str:
    """One or two points, and weights with bounds, sets or powers of two."""
    floats = [x for x in F.finite() if x[0]]

    def number() -> str:
        return f'"{hexadecimal(random.choice(floats))}"'

    layers = random.choice(SHAPES)
    text = f"layers={layers}\n"
    for _ in range(random.choice((1, 2))):
        text += f"[[points]]\nx=[{number()}]\nupstream=[{number()}]\n"
        text += random.choice((f"value=[{number()}]\n", f"gradient=[{number()}]\n", f"value=[{number()}]\ngradient=[{number()}]\n"))
    for layer in range(1, layers.count("width") + 1):
        small = hexadecimal(F.from_ordinal(random.randint(1, F.largest_ordinal // 2)))
        text += f"[[weights]]\nlayer={layer}\n"
        text += random.choice((f'magnitude="{small}"\n', f'in=["1","-1",{number()}]\n', 'in=["1","0","-1"]\n', "powers_of_two=true\n"))
    return text


@pytest.mark.parametrize("format", ["F(1,3)", "F(2,3)", "E2M1", "E3M2", "(p=2,emin=-1,emax=1,Omega=3,specials=nan,overflow=nan)"])
def test_never_wrong(format: str) -> None:
    F, random = parse_format(format), Random(format)
    argued = {argument.__name__: 0 for argument in (out_of_range, off_the_grid, out_of_reach)}
    for _ in range(60):
        spec = parse_spec(constrained(F, random), format=F)
        if (assignments(spec) or 1 << 60) > 100_000:
            continue
        reasons = [argument.__name__ for argument in (out_of_range, off_the_grid, out_of_reach) if next(argument(spec), "")]
        for name in reasons:
            argued[name] += 1
        if reasons:
            assert enumerate_all(spec) is None, (reasons, spec)
    assert all(argued.values()), argued


CASES = {
    "as large as can be": ("[{width=2,bias=false},{width=1,bias=false}]", 'value="8"', 'magnitude="2"', ""),
    "larger": ("[{width=2,bias=false},{width=1,bias=false}]", 'value="10"', 'magnitude="2"', "at most"),
    "on the grid": ("[{width=2},{width=1}]", 'value="3"', 'in=["1","-1","0"]', ""),
    "off the grid": ("[{width=2},{width=1}]", 'value="2.5"', 'in=["1","-1","0"]', "a multiple of 2^0"),
    "in reach": ("[{width=1}]", 'gradient=["1.5"]', 'magnitude="2"', ""),
    "out of reach": ("[{width=1}]", 'gradient=["3"]', 'magnitude="2"', "at most"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("format", ["F(2,4)", "E5M2", "binary16", "binary64"])
def test_tight(name: str, format: str) -> None:
    layers, wanted, weights, why = CASES[name]
    spec = parse_spec(f'layers={layers}\n[[points]]\nx=["1"]\n{wanted}\n[[weights]]\n{weights}\n', format=parse_format(format))
    assert why in impossible(spec)
    assert bool(why) == bool(impossible(spec))


def test_one_factor_in_a_wide_format() -> None:
    """About one pair of significands in nine is out of reach of one factor; the search agrees with the argument about each."""
    F, random, outcomes = parse_format("binary16"), Random(1), []
    for _ in range(20):
        h, g = (hexadecimal(F.from_ordinal(F.ordinal(F.one) + random.randint(0, 1 << F.p))) for _ in range(2))
        spec = parse_spec(f'layers=[{{width=1}}]\n[[points]]\nx=["1"]\nupstream=["{h}"]\ngradient=["{g}"]\n', format=F)
        outcomes.append(not impossible(spec))
        assert (Search(spec, Limits())._by_solvers().outcome is Outcome.FOUND) == outcomes[-1]
    assert set(outcomes) == {True, False}


@pytest.mark.parametrize("weights", ['in=["0.75"]', 'in=["1.25"]', 'in=["-1","1.25"]', 'magnitude="0.75"', "powers_of_two=true"])
def test_one_factor_of_few_where_products_are_subnormal(weights: str) -> None:
    """Many weights carry omega to omega: one that is allowed may be far from their quotient."""
    F = parse_format("binary16")
    h = hexadecimal(F.from_ordinal(1))
    text = f'layers=[{{width=1}}]\n[[points]]\nx=["1"]\nupstream=["{h}"]\ngradient=["{h}"]\n[[weights]]\nlayer=1\n{weights}\n'
    spec = parse_spec(text, format=F)
    assert not list(out_of_reach(spec))
    assert Search(spec, Limits()).answer().outcome is Outcome.FOUND
    far = parse_spec(text.replace(f'gradient=["{h}"]', 'gradient=["1"]'), format=F)
    assert list(out_of_reach(far))


@pytest.mark.parametrize("format", ["F(1,4)", "F(2,3)", "E4M3FN", "E5M2"])
def test_factors_of_wide_formats_in_narrow_ones(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The candidates of one factor leave out none that counts: against all weights."""
    monkeypatch.setattr(bounds, "MOST_PRODUCTS", 0)
    F, random = parse_format(format), Random(format)
    nonzero, outcomes = [x for x in F.finite() if x[0]], set()
    for number in range(600):
        h, g, a, b = random.choices(nonzero, k=4)
        choice = (Choice(), Choice(among=(a, b)), Choice(bound=absolute(a)), Choice(powers=True), Choice(bound=absolute(a), powers=True))[number % 5]
        reached = any(multiply(F, h, w) == g for w in nonzero if choice.allows(w))
        outcomes.add((number % 5, reached))
        assert bounds._reaches(F, h, g, [choice]) == reached
    assert len(outcomes) >= 9


@pytest.mark.parametrize("format", ["F(1,3)", "F(2,3)", "E3M2"])
def test_two_factors_of_wide_formats_in_narrow_ones(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one of few, the second one any: against all weights."""
    F, random = parse_format(format), Random(format)
    nonzero, outcomes = [x for x in F.finite() if x[0]], set()
    for number in range(80):
        h, g, a, b = random.choices(nonzero, k=4)
        first = (Choice(among=(a, b)), Choice(powers=True))[number % 2]
        second = (Choice(), Choice(bound=absolute(a)), Choice(among=(b, a)))[number % 3]
        between = {y for v in nonzero if first.allows(v) and is_finite(y := multiply(F, h, v)) and y[0]}
        reached = any(multiply(F, y, w) == g for y in between for w in nonzero if second.allows(w))
        outcomes.add(reached)
        with monkeypatch.context() as patched:
            patched.setattr(bounds, "MOST_PRODUCTS", 0)
            assert bounds._reaches(F, h, g, [first, second]) == reached
            assert bounds._reaches(F, h, g, [second, first]) or second.among
            patched.setattr(bounds, "MOST_STEPS", 1)
            assert bounds._reaches(F, h, g, [first, second]), "too many to tell"
    assert outcomes == {True, False}


CHAINS = {
    "a sum of two powers of two": ("[{width=1},{width=1},{width=1}]", 'gradient=["5"]', "powers_of_two=true", 'gradient=["4"]'),
    "the value": ("[{width=1,bias=false}]", 'value="3"', 'in=["0.5","1.25","-1"]', 'value="-3"'),
    "a bias changes the value": ("[{width=1}]", "", 'in=["0.5","1.25","-1"]', 'value="3"'),
}


@pytest.mark.parametrize("format", ["F(2,4)", "F(3,4)", "bfloat16", "binary16", "binary32"])
@pytest.mark.parametrize("name", CHAINS)
def test_chains_of_few_factors(name: str, format: str) -> None:
    layers, out, weights, reached = CHAINS[name]
    text = f'layers={layers}\n[[points]]\nx=["3"]\n{{}}\n[[weights]]\nbias=false\n{weights}\n'
    F = parse_format(format)
    assert bool(list(out_of_reach(parse_spec(text.replace("{}", out), format=F)))) == bool(out)
    assert search(parse_spec(text.replace("{}", reached), format=F)).outcome is Outcome.FOUND
