"""flow(loss, start, t) and descent(loss, start, step, k): what they mean, by closed forms and in fractions; what is refused; what is not known."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from gmpy2 import mpq

from fpproof.dynamics.balls import ball, real_balls, working
from fpproof.errors import TheoryError
from fpproof.formats import parse_format
from fpproof.judges import Finding, Referee
from fpproof.theory import Claim, Op, Term, balls, enclosures, instances, ordered, read_theory_text, show
from fpproof.theory.evaluate import Program
from fpproof.theory.losses import Loss

HEAD = """from fpproof.lang import *
@loss
def product(u: Real, v: Real):
    return (u * v - 1)**2 / 2
@loss
def square(x: Real):
    return x**2 / 2
"""


def claim(shown: str, more: str = "", parameters: str = "") -> Claim:
    theory = read_theory_text(f"{HEAD}{more}\n@lemma\ndef l({parameters}):\n    show({shown})\n")
    return instances(theory.lemma("l"), parse_format("E2M1"))[0]


def of_loss(body: str, shown: str, of: str = "x: Real", parameters: str = "") -> Claim:
    return claim(shown, f"@loss\ndef L({of}):\n    return {body}\n", parameters)


def finding(stated: Claim) -> tuple[Finding, str]:
    referee = Referee(stated)
    return referee.at({}), referee.reason


def components(stated: Claim) -> list[Term]:
    return sorted((t for t in ordered(stated.conclusions) if t.op is Op.COMPONENT), key=lambda t: t.data)


def loss_in(stated: Claim) -> Loss:
    (loss,) = {t.data for t in ordered(stated.conclusions) if t.op is Op.FLOW}
    assert isinstance(loss, Loss)
    return loss


# Flows

CLOSED: list[tuple[str, str, str, Callable[[Any, Any], Any]]] = [
    # loss, start, time, the solution from a start at a time
    ("x**2 / 2", "1.5", "2", lambda x, t: x * mpmath.exp(-t)),
    ("-x**2 / 2", "-1", "1/3", lambda x, t: x * mpmath.exp(t)),
    ("x**3 / 3", "1/2", "3", lambda x, t: 1 / (1 / x + t)),
    ("x**-1", "1/2", "3", lambda x, t: mpmath.cbrt(x**3 + 3 * t)),
    ("1 / x", "1/2", "3", lambda x, t: mpmath.cbrt(x**3 + 3 * t)),
    ("2 * x * sqrt(x) / 3", "4", "1", lambda x, t: (mpmath.sqrt(x) - t / 2) ** 2),
    ("log(x)", "2", "1", lambda x, t: mpmath.sqrt(x**2 - 2 * t)),
    ("log1p(x)", "1", "1", lambda x, t: mpmath.sqrt((1 + x) ** 2 - 2 * t) - 1),
    ("exp(x)", "1", "2", lambda x, t: -mpmath.log(t + mpmath.exp(-x))),
    ("expm1(x) + 7", "1", "2", lambda x, t: -mpmath.log(t + mpmath.exp(-x))),
    ("log(cosh(x))", "2", "3", lambda x, t: mpmath.asinh(mpmath.sinh(x) * mpmath.exp(-t))),
    ("-cos(x)", "2", "3", lambda x, t: 2 * mpmath.atan(mpmath.tan(x / 2) * mpmath.exp(-t))),
    ("cosh(x)", "1", "2", lambda x, t: 2 * mpmath.atanh(mpmath.tanh(x / 2) * mpmath.exp(-t))),
    ("abs(x)", "-2", "1", lambda x, t: x + t),
    ("abs(x)", "2", "1", lambda x, t: x - t),
    ("max(x, 3 * x)", "4", "1", lambda x, t: x - 3 * t),
    ("max(x, 3 * x)", "-4", "1", lambda x, t: x - t),
    ("min(x, 3 * x)", "4", "1", lambda x, t: x - t),
    ("min(x, 3 * x)", "-4", "1", lambda x, t: x - 3 * t),
    ("x - x * 0.5", "4", "1", lambda x, t: x - t / 2),
    ("2 + 0 * x", "4", "1", lambda x, t: x),
    ("rounded(x) ** 2", "1", "1", lambda x, t: x * mpmath.exp(-2 * t)),
]


@pytest.mark.parametrize(("loss", "start", "time", "solution"), CLOSED)
@pytest.mark.parametrize("bits", [64, 256])
def test_closed_forms(loss: str, start: str, time: str, solution: Callable[[Any, Any], Any], bits: int) -> None:
    (component,) = components(of_loss(loss, f"flow(L, [{start}], {time})[0] < 0"))
    found = next(Program([component], balls.enclosing(bits)).values({}))
    assert isinstance(found, balls.Ball), found
    with mpmath.workdps(120), working(bits):
        expected = solution(*(mpmath.mpf(Fraction(text).numerator) / Fraction(text).denominator for text in (start, time)))
        low, high = (mpmath.mpf(int(end.numerator)) / int(end.denominator) for end in found.ends)
        assert low <= expected <= high
        assert high - low < mpmath.mpf(2) ** (-bits // 2 + 2)


def test_parameters_keep_their_places() -> None:
    """x' = -x, y' = -2 y, z' = -3 z; a vector's components are parameters one after the other."""
    stated = of_loss("x**2 / 2 + w[0]**2 + 3 * w[1]**2 / 2", "all(c < 0 for c in flow(L, [1, 2, 4], 1))", "x: Real, w: Vector[Real, Literal[2]]")
    for k, component in enumerate(components(stated)):
        found = next(Program([component], balls.enclosing(256)).values({}))
        with mpmath.workdps(60), working(256):
            low, high = (mpmath.mpf(int(end.numerator)) / int(end.denominator) for end in found.ends)
            assert low <= 2**k * mpmath.exp(-(k + 1)) <= high


VALUES = [
    "a**2 - 3*b",
    "abs(a - b)",
    "max(a, b) - 2 * min(a, b + 1)",
    "a**-3 / b",
    "-a * pow2(-2) + tanh(b)",
    "sqrt(a**2 + 1) - erf(b)",
    "sigmoid(a) * softplus(b)",
]


@pytest.mark.parametrize("body", VALUES)
def test_losses_are_the_functions_that_are_written(body: str) -> None:
    """The problem that is handed to dynamics has the value that the evaluator gives the expression."""
    loss = loss_in(of_loss(body, "flow(L, [1, 2], 1)[0] < 0", "a: Real, b: Real"))
    for x, y in [(mpq(1), mpq(2)), (mpq(-2), mpq(1, 3)), (mpq(5, 4), mpq(-1)), (mpq(3), mpq(3))]:
        stated = of_loss(body, "L(x, y) < 0", "a: Real, b: Real", "x: Real, y: Real")
        value = next(Program([stated.conclusions[0].args[0]], balls.enclosing(200)).values(dict(zip(stated.variables, (x, y), strict=True))))
        with working(200):
            asked, _ = enclosures.problem(loss, [x, y])
            found = asked.value.run(real_balls(), [ball(x), ball(y)])[0]
            assert found.overlaps(value.ball if isinstance(value, balls.Ball) else ball(value))
            assert found.rad() < 1e-30


MEANINGS = [
    # what is shown, and what the referee says
    ("abs(flow(product, [1/2, 1/2], 2)[0] - 1 / sqrt(1 + 3 * exp(-4))) < 1e-60", Finding.HOLDS),
    ("abs(flow(product, [1/2, 1/2], 2)[0] - 1 / sqrt(1 + 3.0000001 * exp(-4))) < 1e-15", Finding.FAILS),
    ("flow(product, [1/2, 1], 0) == [1/2, 1]", Finding.HOLDS),
    ("flow(product, [1/2, -0.0], 0)[1] == 0 and same(flow(product, [1/2, -0.0], 0)[1], 0)", Finding.HOLDS),
    ("is_nan(flow(square, [infinity], 1)[0]) and is_nan(flow(square, [1], nan)[0]) and is_nan(flow(square, [1], infinity)[0])", Finding.HOLDS),
    ("fl(flow(square, [3], 1)[0]) == 1", Finding.HOLDS),
    ("flow(square, [3], 1)[0] == 1.1036383235143", Finding.FAILS),
    ("exists(Real, lambda t: t > 0 and flow(square, [3], t)[0] < 1/8)", Finding.HOLDS),
]


@pytest.mark.parametrize(("shown", "expected"), MEANINGS)
def test_meanings(shown: str, expected: Finding) -> None:
    assert finding(claim(shown))[0] is expected


def test_a_time_before_the_start_that_is_not_written_there() -> None:
    stated = claim("is_nan(flow(square, [1], t)[0])", parameters="t: Real")
    assert Referee(stated).at({stated.variables[0]: mpq(-1, 2)}) is Finding.HOLDS
    assert Referee(stated).at({stated.variables[0]: mpq(1, 2)}) is Finding.FAILS


UNKNOWN = [
    # loss, start, time, a part of the reason
    ("abs(x)", "1", "2", "is enclosed up to t = 0.99"),
    ("-x**4", "1", "1", "is enclosed up to t = 0.12"),
    ("log(x)", "-1", "1/10", "not defined at the start"),
    ("x**2 / 2 + 0 * log(x)", "-1", "1/10", "defined all along"),
    ("x**2 / 2 + 0 / x", "0", "1/10", "defined all along"),
    ("x**2 / 2 + sqrt(x) - sqrt(x)", "0", "1/10", "defined all along"),
    ("log(log(x))", "1", "1/10", "not defined at the start"),
    ("x + 1 / (x - x)**2", "1", "1/10", "division by"),
    ("x**2", "sqrt(2)", "1", "must be rational"),
    ("x**2", "exp(1)", "1", "must be rational"),
    ("x**2", "1", "2000000", "enclosed up to t = 1000000"),
    ("x**2", "1", "1/3**4000", "4096 bits"),
    ("0 * x", "1/3", "1", "is not decided"),
]


@pytest.mark.parametrize(("loss", "start", "time", "reason"), UNKNOWN)
def test_what_is_not_known(loss: str, start: str, time: str, reason: str) -> None:
    shown = "flow(L, [1/3], 1)[0] == 1/3" if loss == "0 * x" else f"flow(L, [{start}], {time})[0] < 1000"
    found, why = finding(of_loss(loss, shown))
    assert found is Finding.UNKNOWN
    assert reason in why


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enclosures, "MOST_WORK", 40)
    found, why = finding(of_loss("(x + 1)**2 * 50", "flow(L, [1], 30)[0] < 1000"))
    assert found is Finding.UNKNOWN
    assert "too many steps" in why


# Statements


def test_names_do_not_count() -> None:
    def hashed(loss: str, shown: str) -> str:
        return claim(shown, f"@loss\ndef {loss}\n").fingerprint

    one = hashed("L(x: Real, y: Real):\n    return x**2 + y", "flow(L, [1, 2], 3)[0] < 1")
    assert one == hashed("M(a: Real, b: Real):\n    c = a**2\n    return c + b", "flow(M, [1, 2], 3)[0] < 1")
    others = [
        hashed("L(x: Real, y: Real):\n    return x**3 + y", "flow(L, [1, 2], 3)[0] < 1"),
        hashed("L(y: Real, x: Real):\n    return x**2 + y", "flow(L, [1, 2], 3)[0] < 1"),
        hashed("L(x: Real, y: Real):\n    return x**2 + y", "flow(L, [2, 1], 3)[0] < 1"),
        hashed("L(x: Real, y: Real):\n    return x**2 + y", "flow(L, [1, 2], 4)[0] < 1"),
        hashed("L(x: Real, y: Real):\n    return x**2 + y", "flow(L, [1, 2], 3)[1] < 1"),
        hashed("L(x: Real, y: Real):\n    return sin(x) + y", "flow(L, [1, 2], 3)[0] < 1"),
        hashed("L(x: Real, y: Real):\n    return cos(x) + y", "flow(L, [1, 2], 3)[0] < 1"),
    ]
    assert len({one, *others}) == 8


def test_equal_losses_make_one_term() -> None:
    stated = claim("flow(square, [1], 3) == flow(same_square, [1], 3)", "@loss\ndef same_square(y: Real):\n    return y**2 / 2\n")
    left, right = stated.conclusions[0].args
    assert left is right
    assert finding(stated)[0] is Finding.HOLDS


def test_shown_as_written_and_made_once() -> None:
    stated = claim("flow(product, [1/2, 1], 3)[0] < flow(product, [1/2, 1], 3)[0]")
    left, right = stated.conclusions[0].args
    assert left is right
    assert show(left) == "flow(product, [1/2, 1], 3)[0]"


# Descent


def steps(gradient: Callable[[Sequence[Fraction]], Sequence[Fraction]], start: Sequence[Fraction], eta: Fraction, k: int) -> Sequence[Fraction]:
    point = start
    for _ in range(k):
        point = [w - eta * g for w, g in zip(point, gradient(point), strict=True)]
    return point


GRADIENTS: list[tuple[str, str, Callable[[Sequence[Fraction]], Sequence[Fraction]]]] = [
    ("u: Real, v: Real", "(u * v - 1)**2 / 2", lambda w: [(w[0] * w[1] - 1) * w[1], (w[0] * w[1] - 1) * w[0]]),
    ("u: Real, v: Real", "u**2 * v + v / u", lambda w: [2 * w[0] * w[1] - w[1] / w[0] ** 2, w[0] ** 2 + 1 / w[0]]),
    ("v: Real, u: Real", "3 * u - abs(v)", lambda w: [Fraction(-1 if w[0] > 0 else 1), Fraction(3)]),
]


@pytest.mark.parametrize(("parameters", "body", "gradient"), GRADIENTS)
@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_descent_in_fractions(parameters: str, body: str, gradient: Callable[[Sequence[Fraction]], Sequence[Fraction]], k: int) -> None:
    point = steps(gradient, [Fraction(3, 2), Fraction(-1, 3)], Fraction(1, 8), k)
    right = ", ".join(f"{w.numerator} / {w.denominator}" for w in point)
    wrong = ", ".join(f"{w.numerator} / {w.denominator}" for w in (*point[:-1], point[-1] + Fraction(1, 10**9)))
    assert finding(of_loss(body, f"descent(L, [3/2, -1/3], 1/8, {k}) == [{right}]", parameters))[0] is Finding.HOLDS
    assert finding(of_loss(body, f"descent(L, [3/2, -1/3], 1/8, {k}) == [{wrong}]", parameters))[0] is Finding.FAILS


def test_descent_with_variables_of_the_same_names() -> None:
    """The loss's u and v are its own: here u stands where v does."""
    stated = claim("descent(product, [v, u], u, 1) == [v - u * (v * u - 1) * u, u - u * (v * u - 1) * v]", parameters="u: Real, v: Real")
    assert Referee(stated).at(dict(zip(stated.variables, (mpq(3, 7), mpq(-5, 2)), strict=True))) is Finding.HOLDS
    assert not any(t.op is Op.FLOW for t in ordered(stated.conclusions))


def test_the_derivative_of_descent_by_its_step() -> None:
    stated = claim("derivative(descent(square, [3], eta, 2)[0], eta) == -6 * (1 - eta)", parameters="eta: Real")
    assert Referee(stated).at({stated.variables[0]: mpq(1, 5)}) is Finding.HOLDS


# Refusals

REFUSED = [
    ("flow(product, [1, 2])[0] < 1", "flow: t missing"),
    ("flow(product, [1, 2], 1, 2)[0] < 1", "flow takes 3 arguments, found 4"),
    ("flow(product, [1], 1)[0] < 1", "expected a vector of 2, the parameters of the loss, found a vector of 1"),
    ("flow(product, 1, 1)[0] < 1", "expected a vector of 2, the parameters of the loss, found an integer"),
    ("flow(product, [1, True], 1)[0] < 1", "expected a number, found a condition"),
    ("flow(product, [1, [2]], 1)[0] < 1", "expected a number, found a vector of 1"),
    ("flow(product, [1, 2], -1)[0] < 1", "expected a time that is not negative, found -1"),
    ("flow(product, [1, 2], 1/2 - 3/4)[0] < 1", "expected a time that is not negative, found -1/4"),
    ("flow(product, [1, 2], [1])[0] < 1", "expected a number, found a vector of 1"),
    ("flow(product, [1, 2], 1)[2] < 1", "2"),
    ("flow(product, [1, 2], 1) < 1", "vector of 2"),
    ("flow(l, [1, 2], 1)[0] < 1", "expected the name of a @loss, or of a @define over Real parameters, found the lemma l"),
    ("flow(exp, [1], 1)[0] < 1", "found the function exp"),
    ("flow(1, [1], 1)[0] < 1", "expected the name of a @loss"),
    ("flow(x, [1], 1)[0] < 1", "expected the name of a @loss"),
    ("flow(losss, [1], 1)[0] < 1", "the name losss is unknown"),
    ("flow(floats, [1], 1)[0] < 1", "the parameters of a loss are of type Real, found x: Float"),
    ("flow(none, [], 1)[0] < 1", "a loss of 0 parameters"),
    ("flow(many, [0 for i in range(17)], 1)[0] < 1", "a loss of 17 parameters"),
    ("flow(condition, [1], 1)[0] < 1", "expected a number, found a condition"),
    ("flow(pair, [1], 1)[0] < 1", "expected a number, found a vector of 2"),
    ("flow(rounding, [1], 1)[0] < 1", "rounding has no gradient flow"),
    ("flow(branch, [1], 1)[0] < 1", "no smooth operation"),
    ("flow(of_format, [1], 1)[0] < 1", "of_format has no gradient flow"),
    ("flow(unknown, [1], 1)[0] < 1", "unknown has no gradient flow: nan"),
    ("flow(power, [1], 1)[0] < 1", "expected an exponent from -200 to 200"),
    ("flow(nested, [1], 1)[0] < 1", "nested has no gradient flow"),
    ("flow(own, [1], 1)[0] < 1", "recursion: own is defined by itself"),
    ("flow(large, [1], 1)[0] < 1", "a flow is enclosed of losses with at most 1000"),
    ("rounded(flow(square, [1], 1)[0]) < 1", "outside of rounded"),
    ("rounded(descent(square, [1], 1, 1)[0]) < 1", "outside of rounded"),
    ("derivative(flow(square, [x], 1)[0], x) < 1", "has no derivative"),
    ("derivative(flow(square, [1], x)[0], x) < 1", "has no derivative"),
    ("descent(square, [1], 1/2, -1)[0] < 1", "expected a number of steps from 0 to 200"),
    ("descent(square, [1], 1/2, 201)[0] < 1", "expected a number of steps from 0 to 200"),
    ("descent(square, [1], 1/2, 10**30)[0] < 1", "expected a number of steps from 0 to 200"),
    ("descent(square, [1], 1/2, n)[0] < 1", "expected a number of steps from 0 to 200"),
    ("descent(square, [1], 1/2, 1.0)[0] < 1", "expected an integer, found a number"),
    ("descent(square, [1, 2], 1/2, 1)[0] < 1", "expected a vector of 1"),
    ("descent(square, [1], 1/2)[0] < 1", "descent: k missing"),
    ("descent(rounding, [1], 1/2, 1)[0] < 1", "has no derivative"),
    ("descent(long, [1], 1/2, 200)[0] < 1", "expand to more than 20000 expressions"),
]
OTHERS = """
@define
def floats(x: Float):
    return x
@define
def none():
    return 1
@define
def many(w: Vector[Real, Literal[17]]):
    return sum(x * x for x in w)
@define
def condition(x: Real):
    return x < 1
@define
def pair(x: Real):
    return [x, x]
@define
def rounding(x: Real):
    return fl(x)
@define
def branch(x: Real):
    return x if x < 1 else 2 * x
@define
def of_format(x: Real):
    return x * F.omega
@define
def unknown(x: Real):
    return x * nan
@define
def power(x: Real):
    return x**201
@define
def nested(x: Real):
    return flow(square, [x], 1)[0]
@define
def large(x: Real):
    return sum(sin(i * x) for i in range(700))
@define
def long(x: Real):
    return sum(sin(i * x) for i in range(70))
"""


@pytest.mark.parametrize(("shown", "message"), REFUSED)
def test_refused(shown: str, message: str) -> None:
    own = "@define\ndef own(x: Real):\n    return flow(own, [x], 1)[0]\n" if "own" in shown and "unknown" not in shown else ""
    with pytest.raises(TheoryError) as error:
        claim(shown, OTHERS + own, "x: Real, n: Int")
    assert message in error.value.message
    assert error.value.place is not None


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("def L(x: Float):\n    return x", "the parameters of a loss are of type Real, found x: Float"),
        ("def L(x: Network):\n    return 1", "the parameters of a loss are of type Real, found x: Network"),
        ("def L():\n    return 1", "a loss of 0 parameters"),
        ("def L(x: Real):\n    return x < 1", "expected a number, found a condition"),
        ("def L(x: Real):\n    return [x, x]", "expected a number, found a vector of 2"),
        ("def L(x: Real):\n    return L(x)", "recursion: L is defined by itself"),
        ("def L(x: Real, *y):\n    return x", "a star parameter"),
        ("def L(x: Real):\n    show(x == 1)", "ends with: return"),
    ],
)
def test_losses_are_checked_though_nobody_calls_them(function: str, message: str) -> None:
    with pytest.raises(TheoryError, match=message):
        read_theory_text(f"from fpproof.lang import *\n@loss\n{function}\n")
