"""Whole tables: the fast way and the careful way agree, and a file on disk is believed only if it is intact."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from gmpy2 import mpq

from fpproof.activations import Activation, ActivationError, Pieces, RealFunction, activation, constant, derivative, line, names, tables, value
from fpproof.activations import cache as disk
from fpproof.activations.tables import compute, positions_of, table
from fpproof.formats import ATLAS, NAN, NEAREST_EVEN, Format, Mode, ieee_like, parse_format, round_dyadic

SMALL = [*(F for F in ATLAS.values() if F.width <= 8), ieee_like(1, 6), parse_format("(p=2,emin=-3,emax=1,Omega=3,specials=none)")]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path))
    tables._remembered.cache_clear()


@pytest.mark.parametrize("F", SMALL, ids=str)
@pytest.mark.parametrize("name", names())
def test_fast_is_paranoid(name: str, F: Format) -> None:
    for mode in Mode:
        fast, careful = compute(F, activation(name), mode), table(F, activation(name), mode, paranoid=True)
        assert [column.tolist() for column in fast] == [column.tolist() for column in careful]


BELOW = Format("below", 2, -1200, -1100, Fraction(1, 2**1100))


@pytest.mark.parametrize("F", [ATLAS["bfloat16"], ieee_like(4, 11), BELOW], ids=str)
@pytest.mark.parametrize("name", ["selu", "gelu", "mish"])
def test_fast_is_paranoid_at_some_codes(name: str, F: Format) -> None:
    """Exponents up to the ends of binary64's, and beyond them, where nothing is fast."""
    sigma = activation(name)
    fast = compute(F, sigma)
    generator = np.random.default_rng(3)
    for code in generator.integers(0, F.largest_ordinal, 200).tolist():
        for signed in (code, code | 1 << (F.width - 1)):
            x = F.decode(signed)
            assert (fast[0][signed], fast[1][signed]) == (F.encode(value(F, sigma, x)), F.encode(derivative(F, sigma, x)))


@pytest.mark.parametrize("mode", Mode)
def test_positions_round_like_the_reference(mode: Mode) -> None:
    """Floats, half-way points and numbers around them, beyond Omega too."""
    for F in (*SMALL, ieee_like(3, 5)):
        positions = positions_of(F)
        quarter = np.arange(1, 4 * F.largest_ordinal + 6)  # quarters of the way from a float to the next
        middles = (positions.breakpoints[1:] + positions.breakpoints[:-1]) / 2
        y = np.sort(np.concatenate([positions.breakpoints[1:], middles]))[: len(quarter)]
        for sign in (1, -1):
            codes = positions.rounded(positions.of(sign * y), mode)
            for number, code in zip((sign * y).tolist(), codes.tolist(), strict=True):
                numerator, denominator = number.as_integer_ratio()
                assert F.decode(code) == round_dyadic(F, numerator, 1 - denominator.bit_length(), mode)


def test_beside() -> None:
    positions = positions_of(parse_format("E2M1"))  # 0, 1/4, 1/2, 3/4, 1, ...
    y = np.array([0.0, 0.1, 0.25, 0.5, -0.5, -0.1, 0.0])
    assert positions.beside(y, 1).tolist() == [1, 1, 3, 5, -3, -1, 1]
    assert positions.beside(y, -1).tolist() == [-1, 1, 1, 3, -5, -1, -1]
    assert positions.of(y).tolist() == [0, 1, 2, 4, -4, -1, 0]


def test_codes_without_a_meaning_stay() -> None:
    F = SMALL[-1]
    values, slopes = table(F, activation("tanh"))
    unused = [code for code in range(1 << F.width) if code & ((1 << (F.width - 1)) - 1) > F.largest_ordinal]
    assert unused
    assert values[unused].tolist() == slopes[unused].tolist() == unused


def test_every_nan_gives_the_one_nan() -> None:
    F = parse_format("E5M2")
    for column in table(F, activation("swish")):
        assert {int(column[code]) for code in (0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF)} == {F.encode(NAN)}


def test_wide_formats_have_no_table() -> None:
    with pytest.raises(ActivationError, match=r"a table of binary32 has 2\^32 entries, at most 2\^16"):
        table(ATLAS["binary32"], activation("tanh"))


def test_a_table_is_kept_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    F, sigma = parse_format("E4M3FN"), activation("mish")
    first = table(F, sigma)
    (file,) = (tmp_path / "activations").iterdir()
    assert file == disk.path(disk.key(F, sigma, NEAREST_EVEN))
    tables._remembered.cache_clear()
    monkeypatch.setattr(tables, "compute", lambda *_: pytest.fail("computed again"))
    assert [column.tolist() for column in table(F, sigma)] == [column.tolist() for column in first]
    with pytest.raises(ValueError, match="read-only"):
        first[0][0] = 1


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:40], lambda data: b"", lambda data: data[:50] + b"\xff" + data[51:]])
def test_a_damaged_file_is_computed_again(damage: object, tmp_path: Path) -> None:
    assert callable(damage)
    F, sigma = parse_format("E4M3FN"), activation("gelu")
    expected = [column.tolist() for column in table(F, sigma)]
    file = disk.path(disk.key(F, sigma, NEAREST_EVEN))
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    tables._remembered.cache_clear()
    assert [column.tolist() for column in table(F, sigma)] == expected
    assert file.read_bytes() == whole


def test_a_file_of_another_table_is_not_believed() -> None:
    F = parse_format("E4M3FN")
    keys = [disk.key(F, activation(name), NEAREST_EVEN) for name in ("gelu", "swish")]
    table(F, activation("gelu"))
    disk.path(keys[1]).write_bytes(disk.path(keys[0]).read_bytes())
    assert disk.read(keys[1], 256) is None


def test_keys_differ_by_all_they_depend_on() -> None:
    F, sigma = ATLAS["E4M3FN"], activation("gelu")
    changed = Activation("gelu", sigma.formula, sigma.value, sigma.derivative, version="2")
    keys = [disk.key(F, sigma, mode) for mode in Mode]
    keys += [disk.key(F, other, NEAREST_EVEN) for other in (changed, activation("mish"))]
    keys += [disk.key(G, sigma, NEAREST_EVEN) for G in (ATLAS["E4M3FN-sat"], ieee_like(3, 4), ieee_like(4, 3))]
    assert len(set(keys)) == len(keys)


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path / "file"))
    assert len(table(parse_format("E2M1"), activation("tanh"))[0]) == 16


def test_without_a_version_nothing_is_kept(tmp_path: Path) -> None:
    two = RealFunction(None, ((-1, None), (1, None)), Pieces(line(2), mpq(0), line(2)))
    doubled = Activation("doubled", "2 x", two, RealFunction(None, (mpq(2), mpq(2)), Pieces(constant(2), mpq(2), constant(2))))
    F = parse_format("E2M1")
    assert [int(code) for code in table(F, doubled)[0]] == [F.encode(value(F, doubled, F.decode(code))) for code in range(16)]
    assert list(tmp_path.iterdir()) == []
