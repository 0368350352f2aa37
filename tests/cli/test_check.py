"""`fpproof check`: verdicts, exit codes, and commands that replay a failure."""

import json
import shlex
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fpproof.certificates import Certificate, ClaimedPoint, Elsewhere
from fpproof.cli.main import main
from fpproof.constructions import Point, Table, represent
from fpproof.formats import ATLAS, ZERO, Datum, Format, ieee_like
from fpproof.formats.arithmetic import negate
from fpproof.networks import Layer, Network, Semantics, TableActivation, dense, parse_semantics

F = ieee_like(2, 3)


def good(G: Format = F) -> Certificate:
    three = (3 << (G.p - 1), 1 - G.p)
    points = (Point((G.one,), three, G.one, (negate(three),)), Point((negate(three),), G.largest, G.largest, (G.one,)))
    return represent(Table(G, points))[0]


def wrong(certificate: Certificate, number: int = 1, **claims: tuple[Datum, ...]) -> Certificate:
    points = list(certificate.points)
    points[number] = replace(points[number], **claims)
    return replace(certificate, points=tuple(points))


def saved(certificate: Certificate, tmp_path: Path, name: str = "a.cert.json") -> str:
    certificate.write(tmp_path / name)
    return str(tmp_path / name)


def run(*arguments: str) -> int:
    return main(["check", "--jobs", "1", *arguments])


def test_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(good(), tmp_path)
    assert run(path) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith(f"accepted  {path}  2 points (x, upstream) in F(2,3): value and gradient  ")
    assert second == "  sums        left-to-right"
    assert third == "  non-finite  0 pre-activations, 0 activations, 0 adjoints (claimed finite: activations, adjoints)"


@pytest.mark.parametrize("option", ["--format=E5M2", "--by=exact", "--budget=3", "--own", "--stored", "--matrix", "--mutate"])
def test_options_of_theories(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(good(), tmp_path)
    assert run(path, option) == 2
    assert f"{option.partition('=')[0]} is for theories, and there are none in {path}" in capsys.readouterr().err


def test_rejected_and_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first failing point, with a command that gives what was found there."""
    path = saved(wrong(good(), gradient=(F.largest,)), tmp_path, "a 'quoted' name.json")
    assert run(path) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"rejected  {path}  2 points")
    assert lines[3:8] == [
        "  point 2: gradient",
        "    x         -3.0 (-0x1.8p+1) [32]",
        "    upstream  14.0 (0x1.cp+3) [1b]",
        "    expected  14.0 (0x1.cp+3) [1b]",
        "    found     1.0 (0x1p+0) [0c]",
    ]
    command = shlex.split(lines[8].removeprefix("    replay    "))
    assert command[:3] == ["fpproof", "eval", path]
    assert main(command[1:]) == 0
    replayed = capsys.readouterr().out
    assert "gradient    1.0 (0x1p+0) [0c]" in replayed
    assert "layer 7: 1 neurons, affine" in replayed


def failure(path: str, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(path, "--json", *arguments) == 1
    (facts,) = json.loads(capsys.readouterr().out)
    assert facts["verdict"] == "rejected"
    found: dict[str, Any] = facts["failure"]
    return found


def replayed(command: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*shlex.split(command)[1:], "--json"]) == 0
    facts: dict[str, Any] = json.loads(capsys.readouterr().out)
    return facts


def shown(number: dict[str, str]) -> str:
    return f"{number['decimal']} ({number['hex']}) [{number['bits']}]"


@pytest.mark.parametrize("asked", [None, "left-to-right", "bias-first", "fma+wide((p=2,emin=-3,emax=5,Omega=40,specials=ieee,overflow=saturate))"])
@pytest.mark.parametrize("own", ["left-to-right", "pairwise", "bias-first+relu-slope(1/2)"])
def test_the_replay_has_the_same_semantics(own: str, asked: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certificate = replace(wrong(good(), value=(F.one,)), semantics=parse_semantics(own))
    path = saved(certificate, tmp_path)
    found = failure(path, capsys, *(["--semantics", asked] if asked else []))
    facts = replayed(found["replay"], capsys)
    assert facts["semantics"] == str(parse_semantics(asked or own))
    assert shown(facts[found["what"]][0]) == found["found"]


def test_a_wide_format_with_a_false_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A format called binary32 that is none is shown as what it is, and read back so."""
    false = Format("binary32", 1, -2, 3, Fraction(12), "ieee", "infinity")
    path = saved(replace(wrong(good(), value=(F.one,)), semantics=Semantics(wide=false)), tmp_path)
    assert run(path, "--json") == 1
    (facts,) = json.loads(capsys.readouterr().out)
    assert parse_semantics(facts["semantics"]).wide == false


def test_rejected_for_a_number_that_is_not_finite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = Network(F, (dense([[F.one], [F.largest]]), dense([[F.one, F.one]], activation=None)))
    path = saved(Certificate(network, (ClaimedPoint(((4, 0),), (F.one,), (F.one,), (F.one,)),)), tmp_path)
    assert run(path) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "    found     inf [1c]" in lines
    assert "    first non-finite number: pre-activation infinity at layer 1, neuron 2" in lines
    assert failure(path, capsys)["first_non_finite"] == {"kind": "pre-activation", "layer": 1, "neuron": 2}


def test_evaluated_densely(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = Network(F, (Layer(1, (((0, F.largest),), ()), (None, F.one)), Layer(2, (((1, F.one),),), (None,), None)))
    path = saved(Certificate(network, (ClaimedPoint((F.largest,), (F.one,), (F.one,), (ZERO,)),), finite=()), tmp_path)
    assert run(path) == 1
    out = capsys.readouterr().out
    assert "sums        left-to-right; 1 points evaluated densely" in out
    assert "(claimed finite: nothing)" in out
    assert "found     nan" in out


def test_a_table_that_lacks_an_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("E5M2", "binary128"):
        G = ATLAS[name]
        network = Network(G, (dense([[G.one]], activation="t"),), {"t": TableActivation("t", {G.one: (G.one, G.one)})})
        claims = (ClaimedPoint((G.one,), (G.one,), (G.one,), (G.one,)), ClaimedPoint((ZERO,), (G.one,), (ZERO,), (ZERO,)))
        found = failure(saved(Certificate(network, claims), tmp_path), capsys)
        assert (found["point"], found["what"], found["expected"]) == (2, "table", "an entry of the table")
        assert "no entry" in found["found"]


def test_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(good(), tmp_path)
    assert run(path, "--everywhere") == 0
    assert f"  elsewhere   {53 * 55} points (x, upstream): every other finite x of F(2,3), every finite upstream" in capsys.readouterr().out
    constant = Certificate(Network(F, (dense([[ZERO]], [F.one]),)), (ClaimedPoint((F.one,), (F.one,), (F.one,), (ZERO,)),))
    path = saved(constant, tmp_path)
    assert run(path) == 0
    assert run(path, "--everywhere") == 1
    assert "  elsewhere: value" in capsys.readouterr().out
    found = failure(path, capsys, "--everywhere")
    assert found["point"] is None
    assert shown(replayed(found["replay"], capsys)["value"][0]) == found["found"]


def test_supported_by_a_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """binary32 has too many x: exit code 3, and the seed is said."""
    path = saved(good(ATLAS["binary32"]), tmp_path)
    assert run(path, "--everywhere", "--seed", "7") == 3
    out = capsys.readouterr().out
    assert out.startswith(f"supported {path}")
    assert "a sample of " in out
    assert "random ones of seed 7), 8 upstreams" in out
    assert run(path, "--everywhere", "--seed", "7", "--json") == 3
    assert json.loads(capsys.readouterr().out)[0]["verdict"] == "supported"


def test_a_claim_about_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claim = Elsewhere((ZERO,), (ZERO,), ((F.one,),))
    path = saved(replace(good(), elsewhere=claim), tmp_path)
    assert run(path) == 0
    assert "elsewhere   53 points (x, upstream): every other finite x of F(2,3), 1 upstreams" in capsys.readouterr().out


def test_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The worst verdict counts."""
    fine, sampled = saved(good(), tmp_path, "a"), saved(good(ATLAS["binary32"]), tmp_path, "c")
    bad = saved(wrong(good(), value=(F.one,)), tmp_path, "b")
    assert run(fine, bad, sampled, "--everywhere") == 1
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines() if line[0] != " "] == ["accepted", "rejected", "supported"]
    assert run(fine, sampled, "--everywhere") == 3
    assert run(sampled, fine, "--everywhere") == 3
    assert run(bad, fine) == 1
    capsys.readouterr()
    assert run(fine, bad, "--json") == 1
    facts = json.loads(capsys.readouterr().out)
    assert [(fact["file"], fact["verdict"], fact["method"]) for fact in facts] == [(fine, "accepted", "kernel"), (bad, "rejected", "kernel")]
    assert facts[0]["non_finite"] == {"pre-activations": 0, "activations": 0, "adjoints": 0}
    assert (facts[0]["failure"], facts[0]["evaluated_densely"], facts[0]["claimed_finite"]) == (None, 0, ["activations", "adjoints"])


def test_a_malformed_file_does_not_hide_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fine, broken = saved(good(), tmp_path, "a"), tmp_path / "b.json"
    broken.write_text("{}")
    assert run(str(broken), fine, str(tmp_path / "missing")) == 2
    shown = capsys.readouterr()
    assert shown.out.startswith(f"accepted  {fine}")
    assert [line.split(": ")[:3:2] for line in shown.err.splitlines()] == [["fpproof", str(broken)], ["fpproof", str(tmp_path / "missing")]]
    assert run(fine, str(broken), "--json") == 2
    facts = json.loads(capsys.readouterr().out)
    assert [(fact["file"], fact["verdict"]) for fact in facts] == [(fine, "accepted"), (str(broken), "malformed")]


def test_other_semantics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(good(), tmp_path)
    assert run(path, "--semantics", "pairwise") == 0
    assert "sums        pairwise" in capsys.readouterr().out
    assert run(path, "--semantics", "flush") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seed", "x"], "--seed: expected a whole number, found 'x'"),
        (["--seed", "-1"], "--seed: expected a whole number"),
        (["--seed", "\u0663"], "--seed: expected a whole number"),
        (["--semantics", "up"], "'up' is unknown"),
        (["--jobs", "no"], "expected a whole number"),
        (["--nonsense"], "usage: fpproof"),
    ],
)
def test_bad_options(arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(saved(good(), tmp_path), *arguments) == 2
    output = capsys.readouterr()
    assert (output.out, said in output.err) == ("", True)
