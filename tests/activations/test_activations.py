"""Limits, zeros, kinks, extreme inputs, brackets, registering, and what a user sees when something is missing."""

import builtins
import sys
from itertools import pairwise
from typing import Any

import pytest
from gmpy2 import mpq

from fpproof.activations import (
    Activation,
    ActivationError,
    InFormat,
    RealFunction,
    activation,
    constant,
    derivative,
    line,
    names,
    register,
    registry,
    value,
)
from fpproof.activations.definitions import BUILT_IN
from fpproof.activations.enclosure import ball_ends
from fpproof.activations.function import Bracket, Pieces
from fpproof.formats import (
    ATLAS,
    INFINITY,
    NAN,
    NEGATIVE_INFINITY,
    NEGATIVE_ZERO,
    ZERO,
    Datum,
    Format,
    Mode,
    ieee_like,
    parse_format,
    rational,
    round_rational,
)
from fpproof.formats.arithmetic import negate, predecessor, successor
from fpproof.networks.network import Network, dense

F32, F128 = ATLAS["binary32"], ATLAS["binary128"]
LONG = ieee_like(200, 19)
ONE = F128.one
RAMPS = ("gelu", "gelu-tanh", "swish", "mish")

SCALE, ALPHA = mpq("1.0507009873554804934193349852946"), mpq("1.6732632423543772848170429916717")

# name: value and derivative at -infinity, then at +infinity; a Datum or a rational
LIMITS: dict[str, tuple[Any, Any, Any, Any]] = {
    "identity": (NEGATIVE_INFINITY, 1, INFINITY, 1),
    "relu": (ZERO, 0, INFINITY, 1),
    "leaky-relu": (NEGATIVE_INFINITY, mpq("0.01"), INFINITY, 1),
    "elu": (-1, 0, INFINITY, 1),
    "selu": (-SCALE * ALPHA, 0, INFINITY, SCALE),
    "sigmoid": (ZERO, 0, 1, 0),
    "tanh": (-1, 0, 1, 0),
    "softplus": (ZERO, 0, INFINITY, 1),
    "gelu": (NEGATIVE_ZERO, NEGATIVE_ZERO, INFINITY, 1),
    "gelu-tanh": (NEGATIVE_ZERO, NEGATIVE_ZERO, INFINITY, 1),
    "swish": (NEGATIVE_ZERO, NEGATIVE_ZERO, INFINITY, 1),
    "mish": (NEGATIVE_ZERO, NEGATIVE_ZERO, INFINITY, 1),
    "sin": (NAN, NAN, NAN, NAN),
}


@pytest.mark.parametrize("F", [ATLAS["bfloat16"], ATLAS["E4M3FN"], F128], ids=str)
@pytest.mark.parametrize("name", names())
def test_limits_and_nan(name: str, F: Format) -> None:
    sigma = activation(name)
    for mode in Mode:
        found = (*(f(F, sigma, x, mode) for x in (NEGATIVE_INFINITY, INFINITY) for f in (value, derivative)),)
        expected = (*(limit if isinstance(limit, tuple) else round_rational(F, limit, mode) for limit in LIMITS[name]),)
        assert found == tuple(x if x[1] is not None or F.has_infinities else NAN for x in expected)
        assert value(F, sigma, NAN, mode) == derivative(F, sigma, NAN, mode) == NAN


AT_ZERO = {"sigmoid": ("1/2", "1/4"), "elu": ("0", "1"), "tanh": ("0", "1"), "sin": ("0", "1"), "identity": ("0", "1"), "relu": ("0", "0")}
AT_ZERO |= {"leaky-relu": ("0", "1/100"), "gelu": ("0", "1/2"), "gelu-tanh": ("0", "1/2"), "swish": ("0", "1/2"), "mish": ("0", "3/5")}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("name", AT_ZERO)
def test_zeros_and_kinks(name: str, mode: Mode) -> None:
    sigma = activation(name)
    at_zero, slope = (round_rational(F32, mpq(text), mode) for text in AT_ZERO[name])
    assert value(F32, sigma, ZERO, mode) == at_zero
    assert value(F32, sigma, NEGATIVE_ZERO, mode) == (NEGATIVE_ZERO if at_zero == ZERO and name != "relu" else at_zero)
    assert derivative(F32, sigma, ZERO, mode) == derivative(F32, sigma, NEGATIVE_ZERO, mode) == slope


def test_selu_has_its_left_slope_at_zero_and_softplus_is_log_2() -> None:
    assert derivative(F128, activation("selu"), ZERO) == round_rational(F128, SCALE * ALPHA)
    assert value(F32, activation("softplus"), NEGATIVE_ZERO) == (0xB17218, -24)


def test_a_zero_that_is_rounded_has_the_sign_of_the_number() -> None:
    tiny = negate(F32.smallest)
    for name in ("leaky-relu", *RAMPS[:3]):
        assert value(F32, activation(name), tiny) == NEGATIVE_ZERO
        assert value(F32, activation(name), negate(tiny), Mode.DOWN) == (negate(tiny) if name == "leaky-relu" else ZERO)
    far = (-100, 3)
    assert value(F32, activation("sigmoid"), far) == ZERO
    for name in RAMPS:
        assert value(F32, activation(name), far) == derivative(F32, activation(name), far) == NEGATIVE_ZERO
        assert value(F32, activation(name), far, Mode.DOWN) == derivative(F32, activation(name), far, Mode.TO_ODD) == negate(F32.smallest)


@pytest.mark.parametrize("F", [F128, LONG], ids=str)
def test_extreme_inputs(F: Format) -> None:
    """Where balls of any size that fits a machine would not separate the value from a float."""
    one, huge, tiny = F.one, F.largest, F.smallest
    below_one, inward = predecessor(F, one), (Mode.DOWN, Mode.TOWARD_ZERO, Mode.TO_ODD)
    for mode in Mode:
        for name in ("tanh", "sigmoid"):
            assert value(F, activation(name), huge, mode) == (below_one if mode in inward else one)
            assert derivative(F, activation(name), huge, mode) == (tiny if mode in (Mode.UP, Mode.TO_ODD) else ZERO)
        for name in RAMPS:
            assert value(F, activation(name), huge, mode) == (predecessor(F, huge) if mode in (Mode.DOWN, Mode.TOWARD_ZERO) else huge)
            assert derivative(F, activation(name), huge, mode) == (successor(F, one) if mode in (Mode.UP, Mode.TO_ODD) else one)
        assert value(F, activation("tanh"), tiny, mode) == (ZERO if mode in (Mode.DOWN, Mode.TOWARD_ZERO) else tiny)
        # x/2 + x^2/4 from a tie: only by its second term greater than half of omega
        assert value(F, activation("swish"), tiny, mode) == (ZERO if mode in (Mode.DOWN, Mode.TOWARD_ZERO) else tiny)
        assert value(F, activation("gelu"), negate(tiny), mode) == (negate(tiny) if mode in (Mode.DOWN, Mode.TO_ODD) else NEGATIVE_ZERO)


def test_sin_of_a_huge_number() -> None:
    """sin(2^16383): reduced by pi with 16500 bits. The expected digits were computed with MPFR at 20000 bits."""
    import gmpy2

    with gmpy2.context(precision=20000):
        exact = gmpy2.sin(gmpy2.mul_2exp(gmpy2.mpfr(1), 16383))
    with gmpy2.context(precision=113):
        m, e = (int(part) for part in (+exact).as_mantissa_exp())
    assert rational(value(F128, activation("sin"), (1, 16383))) == mpq(m) * mpq(2) ** e


BRACKETED = [(sigma.name, which) for sigma in BUILT_IN for which in ("value", "derivative")]


@pytest.mark.parametrize(("name", "which"), BRACKETED)
def test_brackets_hold(name: str, which: str) -> None:
    """Balls that lie strictly inside, at inputs from 2^-55 to the ends of the regions and beyond."""
    f: RealFunction = getattr(activation(name), which)
    for sign in (0, 1):
        near = [mpq(n, 64) * mpq(2) ** -k for k in (2, 3, 5, 9, 30, 54) for n in (33, 47, 63)]
        far = [mpq(8), mpq(17, 2), mpq(9), mpq(12), mpq(20), mpq(77, 2)]
        for bracket, points in ((f.near_zero[sign], near), (f.tails[sign], far)):
            for magnitude in points if bracket is not None else ():
                assert _inside(bracket, f, magnitude if sign else -magnitude)


def _inside(bracket: Bracket | None, f: RealFunction, x: mpq) -> bool:
    assert bracket is not None
    gap = 2 * abs(x) ** (2 if bracket.line.slope else 1) if abs(x) < 1 else mpq(2) ** (-int(abs(x) / 2) - 1)
    ends = ball_ends("f", f, (int(x.numerator), 1 - int(x.denominator).bit_length()), 8000)
    assert ends is not None
    low, high = (bracket.side * (mpq(m) * mpq(2) ** (e or 0) - bracket.line(x)) for m, e in ends)
    return bool(min(low, high) > 0 and max(low, high) < gap)


@pytest.mark.parametrize("name", [name for name in names() if name != "sin"])
def test_turns_are_where_they_are_said_to_be(name: str) -> None:
    """On a grid, the differences change sign in the named intervals and nowhere else."""
    sigma = activation(name)
    F = ATLAS["binary64"]
    grid = [mpq(n, 16) for n in range(-320, 321)]
    for f, compute in ((sigma.value, value), (sigma.derivative, derivative)):
        ys = [rational(compute(F, sigma, round_rational(F, x))) for x in grid]
        steps = [(x, b > a) for x, (a, b) in zip(grid[:-1], pairwise(ys), strict=True) if a != b]
        changes = [x for (_, up), (x, next_up) in pairwise(steps) if up != next_up]
        assert f.turns is not None
        assert len(changes) == len(f.turns)
        assert all(low - mpq(1, 16) <= x <= high + mpq(1, 16) for x, (low, high) in zip(changes, f.turns, strict=True))


def test_names() -> None:
    assert activation("SiLU") is activation("swish")
    with pytest.raises(ActivationError, match="'gellu' is unknown; did you mean gelu"):
        activation("gellu")


SOFTSIGN = Activation(
    "soft-sign",
    "x/(1 + |x|)",
    RealFunction(lambda x: x / (1 + abs(x)), (mpq(-1), mpq(1)), exact=lambda x: x / (1 + abs(x))),
    RealFunction(lambda x: 1 / (1 + abs(x)) ** 2, (mpq(0), mpq(0)), exact=lambda x: 1 / (1 + abs(x)) ** 2),
)


def test_a_new_activation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    assert register(SOFTSIGN) is register(SOFTSIGN) is activation("soft-sign")
    assert value(F32, SOFTSIGN, F32.one) == F32.power_of_two(-1)
    assert value(F32, SOFTSIGN, (-3, 0)) == (-3 << 22, -24)
    assert value(F32, SOFTSIGN, NEGATIVE_ZERO) == NEGATIVE_ZERO
    other = Activation("soft-sign", "another", SOFTSIGN.value, SOFTSIGN.derivative)
    with pytest.raises(ActivationError, match="'soft-sign' is already defined"):
        register(other)


def test_an_exact_case_that_is_not_declared_is_an_error() -> None:
    careless = RealFunction(lambda x: abs(x) * x.pi() / (2 * x.pi()), (INFINITY, INFINITY))
    halved = Activation("halved", "|x|/2", careless, RealFunction(None, (mpq(1), mpq(1)), Pieces(constant("-1/2"), mpq(0), line(0, "1/2"))))
    odd = (0x800001, 1 - 150)
    with pytest.raises(ActivationError, match=r"halved: 1048576 bits do not decide .* 0x1\.000002p-126 .* binary32"):
        value(F32, halved, odd)
    assert derivative(F32, halved, odd) == F32.power_of_two(-1)


def test_without_python_flint(monkeypatch: pytest.MonkeyPatch) -> None:
    importing = builtins.__import__

    def without_flint(name: str, *rest: Any) -> Any:
        if name == "flint":
            raise ImportError(name)
        return importing(name, *rest)

    monkeypatch.delitem(sys.modules, "flint", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_flint)
    x: Datum = (-0xC00000, -23)
    for name in ("identity", "relu", "leaky-relu"):
        assert derivative(F32, activation(name), x)[1] is not None
        assert value(F32, activation(name), x)[1] is not None
    with pytest.raises(ActivationError, match=r"activation tanh: python-flint.* is not installed; pip install 'fpproof\[balls\]'"):
        value(F32, activation("tanh"), x)


def test_inputs_of_another_format() -> None:
    """A datum is an exact number: rounded once, from its own format."""
    tenth = round_rational(ATLAS["binary64"], mpq(1, 10))
    assert value(parse_format("E2M1"), activation("identity"), tenth) == ZERO
    assert value(F32, activation("relu"), tenth) == round_rational(F32, rational(tenth))
    assert value(parse_format("E4M3FN-sat"), activation("softplus"), INFINITY) == NAN


def test_a_network_takes_an_activation_of_its_format() -> None:
    F = ATLAS["bfloat16"]
    half = F.power_of_two(-1)
    network = Network(F, (dense([[half]], [None], "gelu"), dense([[F.one]], [None], None)), {"gelu": InFormat(F, activation("gelu"))})
    gelu = network.activations["gelu"]
    assert gelu.value(F.one) == value(F, activation("gelu"), F.one)
    assert gelu.derivative(F.one) == derivative(F, activation("gelu"), F.one)
