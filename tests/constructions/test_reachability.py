"""Reachability against a search through all chains with exact arithmetic."""

import importlib
import json

import numpy as np
import pytest

from fpproof.cli.main import main
from fpproof.constructions import reachability, significand_pairs, to_one
from fpproof.constructions.transport import scaled
from fpproof.errors import FormatError
from fpproof.formats import Datum, Format, parse_format
from fpproof.formats.arithmetic import is_finite, multiply

module = importlib.import_module("fpproof.constructions.to_one")


def positive(F: Format) -> list[Datum]:
    return [F.from_ordinal(n) for n in range(1, F.largest_ordinal + 1)]


def once(F: Format) -> dict[Datum, set[Datum]]:
    floats = positive(F)
    return {h: {g for w in floats if is_finite(g := multiply(F, h, w)) and g[0]} for h in floats}


@pytest.mark.parametrize("name", ["F(2,3)", "F(1,3)", "F(2,4)", "F(5,2)", "F(3,3)", "E2M1", "E3M2", "E4M3FN", "E4M3FN-sat"])
def test_every_chain(name: str) -> None:
    F = parse_format(name)
    floats, rows = positive(F), once(F)
    expected, reached, twice = [], rows, rows
    for k in range(3):
        if k:
            reached = {h: set().union(*(rows[y] for y in reached[h])) for h in floats}
        expected.append(sum(len(floats) - len(reached[h]) for h in floats))
        twice = reached if k == 1 else twice
    found = reachability(F)
    not_to_one = [h for h in floats if F.power_of_two(0) not in twice[h]]
    ones = to_one(F)
    assert (ones.floats, list(ones.unreached)) == (len(floats), not_to_one)
    assert (found.pairs, list(found.unreachable), found.to_one) == (len(floats) ** 2, expected, len(not_to_one))
    for k, example in enumerate(found.examples):
        assert (example is None) == (expected[k] == 0)


@pytest.mark.parametrize("p", [1, 2, 3, 4])
def test_significands(p: int) -> None:
    """With exponents so wide that they play no part: in a format with many, products of normal numbers far from both ends."""
    F = parse_format(f"F({p},7)")
    one = F.ordinal(F.power_of_two(0))
    significands = [F.from_ordinal(one + n) for n in range(1 << p)]
    missed = 0
    for h in significands:
        reached = {multiply(F, h, w) for w in significands}
        missed += sum(g not in reached and scaled(F, g, 1) not in reached for g in significands)
    assert significand_pairs(p) == (missed, 4**p)


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reach", "F(2,4),F(5,2)"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["F(2,4)", "3481", "1183", "3", "0", "0"]
    assert main(["reach", "E2M1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["unreachable"] == [17, 6, 1]
    assert main(["reach", "--to-one", "bfloat16,F(5,2)"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1:] == [["bfloat16", "32639", "0", "0", "none"], ["F(5,2)", "95", "41", "1", lines[2][-1]]]
    assert main(["reach", "--to-one", "F(5,2)", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["not_to_one_by_two"] == [lines[2][-1]]


@pytest.mark.parametrize("name", ["F(6,2)", "F(4,3)", "F(7,2)", "F(12,5)"])
def test_the_formula_and_the_search_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the formula, every h is searched; in the wider format those of one binade."""
    F = parse_format(name)
    by_both = to_one(F)
    if F.width > 10:
        every = np.concatenate([h for _, h in module._blocks(F)])
        assert all(module._by_search(F, h, every) for h in every[5000:9000:37])
        return
    monkeypatch.setattr(module, "_by_formula", lambda F, exponent, h: np.zeros(len(h), np.bool_))
    assert to_one(F).unreached == by_both.unreached
    assert by_both.searched < by_both.floats


def test_the_command_for_significands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reach", "--significands", "1:3"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["p", "pairs", "not", "by", "1", "share"]
    assert [row.split()[:3] for row in rows] == [[str(p), str(significand_pairs(p)[1]), str(significand_pairs(p)[0])] for p in (1, 2, 3)]
    assert main(["reach", "--significands", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"p": 2, "pairs": 16, "not_by_1": 2}]


BAD = ("0:3", "3:2", "1:13", "x", "", "-1", "1:2:3", "9" * 50)


@pytest.mark.parametrize("arguments", [[], ["E2M1", "--significands", "2"], *(["--significands", text] for text in BAD)])
def test_bad_significands(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reach", *arguments]) == 2
    assert "fpproof" in capsys.readouterr().err


def test_what_is_too_large() -> None:
    with pytest.raises(FormatError, match="16 bits"):
        reachability(parse_format("binary32"))
    with pytest.raises(FormatError, match="1 to 12"):
        significand_pairs(20)
    with pytest.raises(FormatError, match="32 bits"):
        to_one(parse_format("binary64"))
    with pytest.raises(FormatError, match="the formula does not carry"):
        to_one(parse_format("F(20,3)"))
