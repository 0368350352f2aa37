"""Linear inequalities on roundings never rule out what a network does, and rule out what none does; wrong ones are found out."""

from fractions import Fraction
from itertools import pairwise, product
from random import Random

import pytest

from fpproof.formats import Datum, Format, parse_format
from fpproof.formats.arithmetic import add, is_finite, multiply, negate
from fpproof.formats.text import hexadecimal
from fpproof.networks import Network, dense, evaluate
from fpproof.search import Outcome, Spec, parse_spec, roundings, search
from fpproof.search.encoding import Pattern, distinct_inputs
from fpproof.search.linear import Between, contradictory
from fpproof.search.patterns import ROUNDINGS, split
from fpproof.search.roundings import applies, cancelling, coarsest, least, ruled_out


def about_one(F: Format, random: Random) -> Datum:
    exponent = max(F.emin, min(F.emax - 1, int(random.gauss(0, 1.5))))
    return F.from_ordinal(random.choice((-1, 1)) * (((exponent - F.emin + 1) << F.p) | random.getrandbits(F.p)))


def done_by_a_network(F: Format, random: Random) -> tuple[Spec, Pattern] | None:
    """What a random network does at a few points, as a spec, and its pattern; None where something is not finite."""
    anywhere = random.random()

    def draw() -> Datum:
        if random.random() < anywhere:
            return F.from_ordinal(random.randint(-F.largest_ordinal, F.largest_ordinal))
        return about_one(F, random)

    width, hidden_bias, bias = random.choice((1, 2, 2, 3)), random.random() < 0.8, random.random() < 0.5
    xs = [draw() for _ in range(random.choice((1, 2, 3)))]
    w = [draw() for _ in range(width)]

    def bias_of(factor: Datum) -> Datum:
        """Often one with which nearly nothing is left at an x."""
        product = multiply(F, factor, random.choice(xs))
        if random.random() < 0.6 or not is_finite(product):
            return draw()
        near = F.ordinal(negate(product)) + random.randint(-2, 2)
        return F.from_ordinal(max(-F.largest_ordinal, min(F.largest_ordinal, near)))

    hidden = dense([[factor] for factor in w], [bias_of(factor) if hidden_bias else None for factor in w], "relu")
    last = "relu" if random.random() < 0.3 else None
    network = Network(F, (hidden, dense([[draw() for _ in range(width)]], [draw() if bias else None], last)), {})
    text = f'layers=[{{width={width},bias={str(hidden_bias).lower()}}},{{width=1,bias={str(bias).lower()},activation="{last or "none"}"}}]\n'
    active = {}
    for x in xs:
        h = F.one if random.random() < 0.6 else draw()
        found = evaluate(network, (x,), (h,))
        (value,), (gradient,) = found.value, found.gradient
        if not (is_finite(value) and is_finite(gradient)):
            return None
        text += f'[[points]]\nx=["{hexadecimal(x)}"]\nupstream=["{hexadecimal(h)}"]\nvalue="{hexadecimal(value)}"\n'
        text += f'gradient=["{hexadecimal(gradient)}"]\n' if random.random() < 0.9 else ""
        output = found.pre_activations[1][0][0] > 0 if last else None
        active[F.ordinal(x)] = (tuple(z[0] > 0 for z in found.pre_activations[0]), (output,))
    spec = parse_spec(text, format=F)
    return spec, tuple(active[F.ordinal(x[0])] for x in distinct_inputs(spec.points))


def wrongly_ruled_out(format: str, count: int) -> int:
    """How many of so many random networks are."""
    F, random, wrong = parse_format(format), Random(format), 0
    while count:
        done = done_by_a_network(F, random)
        if done is not None:
            count -= 1
            spec, pattern = done
            wrong += ruled_out(spec, spec.points, distinct_inputs(spec.points), pattern)
    return wrong


@pytest.mark.parametrize(
    "format",
    ["F(1,3)", "F(2,3)", "E4M3FN", "E5M2", "binary16", "binary32", "E3M2", "E4M3FN-sat", "(p=2,emin=-1,emax=1,Omega=3,specials=nan,overflow=nan)"],
)
def test_what_a_network_does_is_not_ruled_out(format: str) -> None:
    assert not wrongly_ruled_out(format, 100)


def coarser(F: Format, low: Fraction, high: Fraction) -> int | None:
    found = coarsest(F, low, high)
    return None if found is None else found - 3


WRONG = [
    ("unit", lambda F: Fraction(1, 1 << (F.p + 5))),
    ("cancelling", lambda F, r: cancelling(F, r) / 16),
    ("coarsest", coarser),
    ("least", lambda F: 4 * least(F)),
    ("pairwise", lambda them: [(k, j) for j, k in pairwise(them)]),
]


@pytest.mark.parametrize(("what", "wrong"), WRONG)
def test_wrong_bounds_are_found_out(what: str, wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roundings, what, wrong)
    assert wrongly_ruled_out("bfloat16", 100)


@pytest.mark.parametrize("format", ["bfloat16", "binary64", "binary128"])
def test_any_format(format: str) -> None:
    """Values and slopes that two neurons have with an output bias of which little is asked, and others that they do not have without one."""
    net = "layers = [{{ width = 2 }}, {{ width = 1, bias = {} }}]\n"
    points = '[[points]]\nx = ["1"]\nvalue = "{}"\ngradient = ["0x1.8p+0"]\n[[points]]\nx = ["2"]\nvalue = "0x1.8p+1"\ngradient = ["0x1.2p+0"]\n'
    no = parse_spec(net.format("false") + points.format("-0x1.2p+2"), format=parse_format(format))
    left = split(no, no.points)
    assert not left.patterns
    assert dict(left.settled)[ROUNDINGS]
    yes = parse_spec(net.format("true") + points.format("0x1.8p+0"), format=parse_format(format))
    assert applies(yes)
    assert not ruled_out(yes, yes.points, distinct_inputs(yes.points), (((True, True), (None,)), ((False, True), (None,))))


def test_an_answer_by_roundings_is_an_argument() -> None:
    """Slopes 1, -1 and 5 in a row need three neurons."""
    points = "".join(f'[[points]]\nx = ["{x}"]\ngradient = ["{g}"]\n' for x, g in (("-1", "1"), ("1", "-1"), ("2", "5")))
    answer = search(parse_spec("layers = [{ width = 2 }, { width = 1 }]\n" + points, format=parse_format("bfloat16")))
    assert (answer.outcome, answer.proof) == (Outcome.IMPOSSIBLE, "argument")
    assert answer.evidence[ROUNDINGS]


def test_outputs_with_relu() -> None:
    """They are 0 at x where nothing but a large negative number may come to them, positive at others, as without ReLU."""
    text = 'layers = [{ width = 2 }, { width = 1, activation = "relu" }]\n'
    points = "".join(f'[[points]]\nx = ["{x}"]\nvalue = "{v}"\ngradient = ["{g}"]\n' for x, v, g in (("-1", "1", "1"), ("1", "3", "-1")))
    kink = '[[points]]\nx = ["2"]\nvalue = "3"\ngradient = ["5"]\n'
    below = '[[points]]\nx = ["9"]\nvalue = "0"\ngradient = ["0"]\n'
    for rest, outcome in ((kink, Outcome.IMPOSSIBLE), (below, Outcome.FOUND)):
        assert search(parse_spec(text + points + rest, format=parse_format("bfloat16"))).outcome is outcome
    wrong = (below.replace('value = "0"', 'value = "-1"'), below.replace('gradient = ["0"]', 'gradient = ["1"]'))
    assert all(search(parse_spec(text + one, format=parse_format("bfloat16"))).proof == "argument" for one in wrong)


def test_where_they_do_not_apply() -> None:
    """Only one shape is spoken of."""
    text = 'layers = [{ width = 2 }, { width = 1 }]\n[[points]]\nx = ["1"]\nvalue = "1"\n'
    assert applies(parse_spec(text, format=parse_format("E5M2")))
    for other in ("[{ width = 2 }, { width = 2 }, { width = 1 }]", '[{ width = 2, activation = "tanh" }, { width = 1 }]', "[{ width = 1 }]"):
        assert not applies(parse_spec(text.replace("[{ width = 2 }, { width = 1 }]", other), format=parse_format("E5M2")))


def test_the_simplex_method_against_z3() -> None:
    """Random systems of every shape, of which about half contradict themselves."""
    z3 = pytest.importorskip("z3")
    random = Random(7)
    counts = {True: 0, False: 0}
    for _ in range(150):
        names = "xyzw"[: random.randint(1, 4)]
        system = []
        for _ in range(random.randint(1, 7)):
            form = {name: Fraction(random.randint(-4, 4), random.randint(1, 3)) for name in names}
            low, high = sorted((Fraction(random.randint(-6, 6)), Fraction(random.randint(-6, 6))))
            system.append(Between(form, low if random.random() < 0.7 else None, high if random.random() < 0.7 else None))
        solver = z3.Solver()
        for one in system:
            total = sum((z3.Q(a.numerator, a.denominator) * z3.Real(name) for name, a in one.form.items()), z3.RealVal(0))
            solver.add(*([total >= z3.Q(one.low.numerator, one.low.denominator)] if one.low is not None else []))
            solver.add(*([total <= z3.Q(one.high.numerator, one.high.denominator)] if one.high is not None else []))
        found = contradictory(system)
        counts[found] += 1
        assert found == (solver.check() == z3.unsat), system
    assert min(counts.values()) > 20


def test_what_cancels() -> None:
    """All sums of two floats of F(2,3)."""
    from fpproof.formats import rational

    F = parse_format("F(2,3)")
    worst = Fraction(0)
    for x, y in product(F.finite(), repeat=2):
        r = add(F, x, y)
        if is_finite(r) and r[0]:
            largest = max(abs(rational(x)), abs(rational(y)))
            assert largest <= cancelling(F, r)
            worst = max(worst, largest / cancelling(F, r))
    assert worst > Fraction(1, 2), "the bound is not far off"
