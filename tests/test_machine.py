"""Machines that need no large package, numpy and ml_dtypes: their arithmetic is ours, and what differs is explained."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from fpproof.certificates import Certificate, ClaimedPoint
from fpproof.cli.main import main
from fpproof.formats import ZERO, Format, parse_format, round_rational
from fpproof.formats.arithmetic import add, multiply
from fpproof.machine import MachineError, crosscheck, machine, registry
from fpproof.machine.elementwise import ML_DTYPES, NUMPY, NUMPY_MATMUL
from fpproof.machine.variants import rounded
from fpproof.networks import Layer, Network, TableActivation, dense, parse_semantics
from fpproof.networks.kernel import to_float64
from tests.machine_cases import certificate_of, random_network

WIDTHS = [3, 16, 16, 2]


@pytest.mark.parametrize("F", [F for F in ML_DTYPES.formats() if F.width <= 8], ids=str)
def test_small_formats_of_ml_dtypes_add_and_multiply_as_ours(F: Format) -> None:
    """All pairs; where a format lacks NaN, ml_dtypes has other results for invalid operations, of which finite numbers have none."""
    data = list(F.finite())
    array = np.array([to_float64(x) for x in data]).astype(ML_DTYPES._types[F])
    for operation, ours in ((np.add, add), (np.multiply, multiply)):
        with np.errstate(all="ignore"):
            theirs = operation(array[:, None], array[None, :]).astype(np.float64)
        right = np.array([[to_float64(ours(F, x, y)) for y in data] for x in data])
        assert np.array_equal(theirs, right, equal_nan=True)


@pytest.mark.parametrize(("name", "F"), [("numpy", F) for F in NUMPY.formats()] + [("ml_dtypes", F) for F in ML_DTYPES.formats()], ids=str)
def test_elementwise_machines_agree_with_left_to_right(name: str, F: Format) -> None:
    agreement = crosscheck(certificate_of(random_network(F, WIDTHS), 20), machine(name))
    assert (agreement.points, agreement.values, agreement.gradients, agreement.place) == (20, 20, 20, None)


def test_the_formats_without_machine_arithmetic_are_said() -> None:
    agreement = crosscheck(certificate_of(random_network(parse_format("F(9,6)"), WIDTHS), 3), NUMPY)
    assert agreement.unable == "numpy has no F(9,6); it has binary16, binary32, binary64"
    assert agreement.agrees
    assert agreement.points == 0


@pytest.mark.parametrize("text", ["pairwise", "blocked(4)", "fma", "wide(binary32)", "bias-first"])
def test_another_semantics_disagrees_and_left_to_right_is_found(text: str) -> None:
    """The machine computes from left to right; a certificate of another order is explained by that."""
    network = random_network(parse_format("bfloat16"), WIDTHS)
    agreement = crosscheck(certificate_of(network, 40, semantics=parse_semantics(text)), ML_DTYPES)
    assert agreement.values < 40
    assert agreement.place is not None
    assert agreement.place.kind == "pre-activation"
    found = agreement.explanation
    for reproduction in (found.values, found.gradients, found.sums_forward, found.sums_backward):
        assert reproduction is not None
        assert reproduction.complete
        same_sums = text == "bias-first" and reproduction is found.sums_backward  # there are no biases backward
        assert reproduction.variant == ("bias-first" if same_sums else "left-to-right")


def test_the_derivative_at_zero_is_found() -> None:
    F = parse_format("binary16")
    one = F.one
    network = Network(F, (dense([[one], [one]], [ZERO, one]), dense([[one, one]], None, None)))
    point = ClaimedPoint((ZERO,), (one,), (one,), (round_rational(F, Fraction(3, 2)),))
    certificate = Certificate(network, (point,), parse_semantics("relu-slope(1/2)"))
    agreement = crosscheck(certificate, NUMPY)
    assert (agreement.values, agreement.gradients) == (1, 0)
    assert agreement.explanation.causes == ("layer 1: the derivative of relu at 0 is another one (1 masks)",)
    assert str(agreement.place).startswith("point 1, input 1: adjoint 0x1.0000000000000p+0, by the certificate's semantics 0x1.8")


def test_the_matrix_product_of_binary16_sums_in_binary32_and_rounds_before_the_bias() -> None:
    agreement = crosscheck(certificate_of(random_network(parse_format("binary16"), [4, 64, 64, 2]), 50), NUMPY_MATMUL)
    found = agreement.explanation
    assert agreement.values < 50
    assert found.sums_forward is not None
    assert found.sums_backward is not None
    assert str(found.sums_forward) == "lanes(1) in binary32, rounded before the bias gives all"
    assert str(found.sums_backward) == "left-to-right+wide(binary32) gives all"


def test_tables_are_looked_up_also_where_the_certificate_has_no_entry() -> None:
    F = parse_format("bfloat16")
    network = random_network(F, [2, 8, 1])
    layers = (replace(network.layers[0], activation="tanh"), network.layers[1])
    widened = Network(F, layers, {"tanh": TableActivation("tanh", {ZERO: (ZERO, F.one)})})
    plain = Certificate(widened, (ClaimedPoint((F.one, F.one), (F.one,), (ZERO,), (ZERO, ZERO)),))
    agreement = crosscheck(plain, ML_DTYPES)
    assert agreement.explanation.values is not None
    assert str(agreement.explanation.values) == "left-to-right gives all"


def test_sparse_layers_and_missing_biases() -> None:
    F = parse_format("binary32")
    one = F.one
    network = Network(F, (Layer(3, (((0, one), (2, one)), ((1, one),), ()), (None, one, one)), Layer(3, (((2, one),),), (None,), None)))
    certificate = certificate_of(network, 5)
    for name in ("numpy", "numpy-matmul"):
        assert crosscheck(certificate, machine(name)).agrees


def test_too_much_work_is_done_at_fewer_points() -> None:
    certificate = certificate_of(random_network(parse_format("binary32"), WIDTHS), 30)
    agreement = crosscheck(certificate, replace(NUMPY, work=2 * 7 * certificate.network.weight_count))
    assert (agreement.claimed, agreement.points, agreement.values) == (30, 7, 7)
    agreement = crosscheck(certificate, replace(NUMPY, work=10))
    assert agreement.unable == "one point is more work than the machine is given"


def test_rounding_of_the_simulated_orders_is_that_of_the_types() -> None:
    generator = np.random.default_rng(0)
    singles = generator.integers(0, 2**32, 200000, np.uint32).view(np.float32)
    with np.errstate(all="ignore"):
        for name, dtype in (("binary16", np.float16), ("bfloat16", ml_dtypes.bfloat16)):
            assert np.array_equal(rounded(parse_format(name), singles), singles.astype(dtype).astype(np.float64), equal_nan=True)


def test_casts_of_ml_dtypes_round_twice_and_those_of_numpy_once() -> None:
    """1 + 2^-8 + 2^-30 is above half-way between 1 and 1 + 2^-7; binary32 has no 2^-30 there."""
    x = 1 + 2.0**-8 + 2.0**-30
    assert float(np.array(x).astype(ml_dtypes.bfloat16)) == 1.0
    assert to_float64(round_rational(parse_format("bfloat16"), Fraction(x))) == 1 + 2.0**-7
    y = 1 + 2.0**-11 + 2.0**-30
    assert float(np.array(y).astype(np.float16)) == 1 + 2.0**-10


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.json"
    certificate = certificate_of(random_network(parse_format("bfloat16"), WIDTHS), 4)
    certificate.write(path)
    assert main(["crosscheck", str(path), "--on", "numpy,ml_dtypes"]) == 0
    output = capsys.readouterr().out
    assert "numpy has no bfloat16" in output
    assert "4 values and 4 gradients of 4 points agree" in output
    assert main(["crosscheck", str(path), "--on", "numpy"]) == 3  # nothing was run
    wrong = replace(certificate.points[2], value=(ZERO, ZERO))
    replace(certificate, points=(*certificate.points[:2], wrong)).write(path)
    assert main(["crosscheck", str(path), "--on", "ml_dtypes", "--json", "--no-explanation"]) == 1
    assert '"first-point": 3' in capsys.readouterr().out
    assert main(["crosscheck", str(path), "--on", "nunpy"]) == 2
    assert "did you mean numpy?" in capsys.readouterr().err


def test_a_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda package: None if package in ("torch", "ml_dtypes") else object())
    with pytest.raises(MachineError, match="machine torch: torch is not installed; pip install 'fpproof\\[machines\\]'"):
        machine("torch")
    with pytest.raises(MachineError, match="fpproof\\[crosscheck\\]"):
        machine("ml_dtypes")
    assert "torch" not in registry.installed()
