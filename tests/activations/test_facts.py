"""Saturation, identity and extremes: bisection finds what the whole table shows, and the numbers are the known ones."""

from dataclasses import replace
from pathlib import Path

import gmpy2
import pytest
from gmpy2 import mpq

from fpproof.activations import activation, derivative, names, value
from fpproof.activations.facts import SAMPLES, WHOLE_TABLE, Facts, _by_bisection, facts
from fpproof.formats import ATLAS, NEAREST_EVEN, Format, Mode, ieee_like, rational, round_rational
from fpproof.formats.arithmetic import predecessor, successor

MONOTONE_BETWEEN_TURNS = [name for name in names() if name != "sin"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path))


def found(F: Format, name: str, mode: Mode) -> tuple[Facts, Facts]:
    whole = facts(F, activation(name), mode)
    assert whole.method == WHOLE_TABLE
    return whole, replace(_by_bisection(F, activation(name), mode), method=WHOLE_TABLE, distinct=whole.distinct)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("F", [ATLAS["E4M3FN"], ATLAS["E2M3"], ieee_like(4, 5)], ids=str)
@pytest.mark.parametrize("name", MONOTONE_BETWEEN_TURNS)
def test_bisection_is_the_whole_table(name: str, F: Format, mode: Mode) -> None:
    whole, bisected = found(F, name, mode)
    if name == "selu":  # where fl(scale) = 1, the fixed floats are no run: the one thing that bisection supposes
        whole, bisected = replace(whole, identity=None), replace(bisected, identity=None)
    assert bisected == whole


@pytest.mark.parametrize("name", ["tanh", "gelu", "mish", "softplus", "elu"])
def test_bisection_is_the_whole_table_of_bfloat16(name: str) -> None:
    whole, bisected = found(ATLAS["bfloat16"], name, NEAREST_EVEN)
    assert bisected == whole


def test_tanh_in_binary32() -> None:
    """1 - tanh x < 2 e^-2x = 2^-25 at x = 9.0109; 4 e^-2x = 2^-150 at 52.679; x^2 = 2^-25 where the slope rounds to 1."""
    F = ATLAS["binary32"]
    tanh = facts(F, activation("tanh"))
    assert (tanh.left, tanh.right) == ((-0xD2B77D, -18), (0xD2B77D, -18))
    assert tanh.distinct is None
    assert tanh.right is not None
    assert tanh.identity is not None
    ((low, high),) = tanh.identity
    assert low == (-high[0], high[1])
    for x, y, steady in ((tanh.right, predecessor(F, tanh.right), F.one), (high, successor(F, high), high)):
        slope = (0, 0) if steady == F.one else F.one
        assert (value(F, activation("tanh"), x), derivative(F, activation("tanh"), x)) == (steady, slope)
        assert derivative(F, activation("tanh"), y) != slope


def test_gelu_in_binary64_has_its_known_minimum() -> None:
    """At -0.7517915246935645, the root of Phi(x) + x phi(x): known to 16 digits, which give 32 of the minimum. The value is MPFR's."""
    F = ATLAS["binary64"]
    least = facts(F, activation("gelu")).extremes[0]
    with gmpy2.context(precision=200):
        x = gmpy2.mpfr("-0.7517915246935645")
        known = x * gmpy2.erfc(-x / gmpy2.sqrt(gmpy2.mpfr(2))) / 2
    assert least.value == round_rational(F, mpq(known))
    ((low, high),) = least.where
    assert rational(low) < mpq("-0.7517915246935645") < rational(high)


def test_formats_without_infinities_have_numbers_for_extremes() -> None:
    F = Format("wide", 12, -6, 8, (2 - mpq(1, 2**12)) * 256 - mpq(1, 16), "nan", "nan")
    assert F.width == 17
    greatest = facts(F, activation("selu")).extremes[1]
    assert greatest.value[1] is not None
    (_, last), *_ = greatest.where
    assert value(F, activation("selu"), successor(F, last)) == (0, None)


def test_sin_is_sampled_in_wide_formats() -> None:
    sin = facts(ATLAS["binary32"], activation("sin"), samples=50, seed=4)
    assert sin.method == SAMPLES
    assert (sin.left, sin.right, sin.identity, sin.distinct) == (None, None, None, None)
    assert sin == facts(ATLAS["binary32"], activation("sin"), samples=50, seed=4)
