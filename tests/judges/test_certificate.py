"""Theories that speak of certificate files: judged right and wrong, obsolete when the file changes, bounded like every file of a stranger."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fpproof.certificates import Certificate, ClaimedPoint, Elsewhere
from fpproof.cli.main import main
from fpproof.errors import TheoryError
from fpproof.formats import ZERO, parse_format
from fpproof.formats.arithmetic import negate, successor
from fpproof.judges import Outcome, Verdict
from fpproof.judges.plan import ask, offers
from fpproof.judges.registry import Spending, available, chosen
from fpproof.ledger.record import statement_hash
from fpproof.networks import Network, Semantics, TableActivation, dense, evaluate
from fpproof.runs.files import theory_of
from fpproof.theory import instances, read_theory
from tests.runs.theories import HEADER

F = parse_format("F(2,3)")
ONE, TWO = F.power_of_two(0), F.power_of_two(1)
NETWORK = Network(F, (dense([[ONE], [TWO]], [None, ONE]), dense([[TWO, negate(ONE)]], activation=None)))
XS = (ZERO, ONE, TWO)

CERTIFIED = """
@lemma(formats="F(2,3)")
def it_is_right():
    show(certified("net.json"))
"""
SAME = """
@lemma(formats="F(2,3)")
def the_same_network(x: Float, h: Float):
    f = network_file("net.json")
    g = layers(relu([[1], [2]], bias=[None, 1]), affine([[2, -1]]))
    show(same(value(f, x), value(g, x)), same(gradient(f, x, h), gradient(g, x, h)))


@lemma(formats="F(2,3)", expect="refuted")
def not_another(x: Float):
    show(value(network_file("net.json"), x) == value(layers(affine([[0]], bias=[-1])), x))
"""


def certificate(**changes: Any) -> Certificate:
    points = []
    for x in XS:
        found = evaluate(NETWORK, (x,), (ONE,))
        points.append(ClaimedPoint((x,), (ONE,), found.value, found.gradient))
    return replace(Certificate(NETWORK, tuple(points)), **changes)


def wrong_by_one_bit() -> Certificate:
    """The last value is the neighbour of what it is."""
    right = certificate()
    *others, last = right.points
    return replace(right, points=(*others, replace(last, value=(successor(F, last.value[0]),))))


def written(directory: Path, text: str, held: Certificate | bytes) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "net.json").write_bytes(held if isinstance(held, bytes) else held.to_bytes())
    (directory / "a.py").write_text(HEADER + text)
    return directory / "a.py"


def verdict(path: Path, *by: str) -> Verdict:
    (lemma,) = theory_of(path).lemmas
    claims = instances(lemma, F)
    asked = next(a for a in offers(claims, Spending())[0] if not by or a.judge.name in by)
    return ask(asked, claims)[0]


def test_a_right_certificate_is_proved_and_the_evidence_says_of_what(tmp_path: Path) -> None:
    found = verdict(written(tmp_path, CERTIFIED, certificate()))
    assert (found.outcome, found.judge, found.cases) == (Outcome.PROVED, "certificate", 3)
    assert str(found.evidence["net.json"]).startswith("3 points listed in F(2,3), left-to-right; elsewhere nothing is claimed; sha256:")
    assert verdict(tmp_path / "a.py", "exact").outcome is Outcome.PROVED


def test_what_is_claimed_elsewhere_is_counted(tmp_path: Path) -> None:
    constant = Network(F, (dense([[ZERO]], [ONE], activation=None),))
    point = ClaimedPoint((ONE,), (ONE,), (ONE,), (ZERO,))
    everywhere = Certificate(constant, (point,), elsewhere=Elsewhere((ONE,), (ZERO,), None))
    found = verdict(written(tmp_path, CERTIFIED, everywhere))
    assert found.outcome is Outcome.PROVED
    finite = 2 * F.largest_ordinal + 1
    assert found.cases == 1 + (finite - 1) * finite
    assert "every other finite x of F(2,3), every finite upstream" in str(found.evidence["net.json"])


def test_one_changed_bit_is_refuted_at_its_point(tmp_path: Path) -> None:
    path = written(tmp_path, CERTIFIED, wrong_by_one_bit())
    found = verdict(path)
    assert found.outcome is Outcome.REFUTED
    assert found.reason.startswith("net.json, point 3: x = 2.0 (0x1p+1), upstream = 1.0 (0x1p+0): value: expected ")
    assert verdict(path, "exact").outcome is Outcome.REFUTED


def test_another_order_of_sums_is_another_claim(tmp_path: Path) -> None:
    found = verdict(written(tmp_path, CERTIFIED, certificate(semantics=Semantics(flush=True))))
    assert found.outcome is Outcome.PROVED
    assert "left-to-right+flush" in str(found.evidence["net.json"])


def test_the_command_shows_the_point_and_replays_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FPPROOF_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.chdir(tmp_path)
    written(tmp_path, CERTIFIED, wrong_by_one_bit())
    assert main(["check", "a.py"]) == 1
    out = capsys.readouterr().out
    assert "point 3: x = 2.0 (0x1p+1)" in out
    assert 'does not hold: certified("net.json")' in out
    assert main(["replay", "--lemma", "a.py:it_is_right", "--format", "F(2,3)", "--at", ""]) == 1
    assert capsys.readouterr().out.endswith("fails\n")
    written(tmp_path, CERTIFIED, certificate())
    assert main(["check", "a.py"]) == 0, "the file has changed, so the verdict on the old one counts for nothing"
    assert main(["show", "a.py:it_is_right"]) == 0
    assert "elsewhere nothing is claimed" in capsys.readouterr().out


def test_networks_of_files_are_networks(tmp_path: Path) -> None:
    path = written(tmp_path, SAME, certificate())
    outcomes = []
    for lemma in read_theory(path).lemmas:
        claims = instances(lemma, F)
        (exact,) = (a for a in offers(claims, Spending())[0] if a.judge.name == "exact")
        outcomes.append(ask(exact, claims)[0].outcome)
        assert any(text.startswith("enumeration: value(network_file") for text in offers(claims, Spending())[1])
        assert any(text.startswith("certificate: the lemma says more") for text in offers(claims, Spending())[1])
    assert outcomes == [Outcome.PROVED, Outcome.REFUTED]


def test_an_entry_that_a_table_lacks_leaves_a_lemma_open(tmp_path: Path) -> None:
    table = TableActivation("half", {ONE: (ONE, ONE)})
    network = Network(F, (dense([[ONE]], activation="half"),), {"half": table})
    held = Certificate(network, (ClaimedPoint((ONE,), (ONE,), (ONE,), (ONE,)),))
    text = '\n@lemma\ndef l(x: Float):\n    assume(x >= 1)\n    show(value(network_file("net.json"), x) == 1)\n'
    found = verdict(written(tmp_path, text, held), "exact")
    assert found.outcome is Outcome.OPEN
    assert "no entry for the pre-activation" in found.reason
    assert verdict(written(tmp_path / "b", text.replace(">= 1", "== 1"), held), "exact").outcome is Outcome.PROVED


def test_the_statement_depends_on_the_file_and_not_on_its_name(tmp_path: Path) -> None:
    one = theory_of(written(tmp_path / "one", CERTIFIED, certificate())).lemmas[0]
    other = theory_of(written(tmp_path / "other", CERTIFIED, wrong_by_one_bit())).lemmas[0]
    assert statement_hash(one) != statement_hash(other)
    (tmp_path / "one" / "deeper").mkdir()
    (tmp_path / "one" / "net.json").rename(tmp_path / "one" / "deeper" / "same.json")
    (tmp_path / "one" / "a.py").write_text(HEADER + CERTIFIED.replace("net.json", "deeper/same.json"))
    assert statement_hash(theory_of(tmp_path / "one" / "a.py").lemmas[0]) == statement_hash(one)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.json", "there is no file missing.json"),
        (".", "there is no file . beside the theory"),
        ("../net.json", "lies outside the tree of theories"),
        ("/etc/passwd", "lies outside the tree of theories"),
        ("link.json", "lies outside the tree of theories"),
        ("net\\0.json", "a file's name has no character U+0000"),
        ("a.py", "a.py: "),
        ("flipped.json", "flipped.json: "),
        ("cut.json", "cut.json: "),
    ],
)
def test_files_that_are_refused_with_the_place(tmp_path: Path, name: str, message: str) -> None:
    path = written(tmp_path / "theories", CERTIFIED.replace("net.json", name), certificate())
    data = certificate().to_bytes()
    (tmp_path / "net.json").write_bytes(data)
    (path.parent / "link.json").symlink_to(tmp_path / "net.json")
    middle = data.index(b'"points"') + 14
    (path.parent / "flipped.json").write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
    (path.parent / "cut.json").write_bytes(data[:-20])
    with pytest.raises(TheoryError) as caught:
        read_theory(path)
    assert message in str(caught.value)
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == (5, 20)


def test_the_judge_is_offered() -> None:
    assert not isinstance(available("certificate"), str)
    assert chosen(["certificate"])[0].name == "certificate"
