"""`fpproof check --with rocq` and `fpproof export --to rocq`."""

import json
from pathlib import Path

import pytest

from fpproof.cli.main import main
from fpproof.ledger import Ledger
from fpproof.rocq import coqc, lemmas, recomputed
from tests.checker.cases import base, edited, sealed

THEORY = """from fpproof.lang import Float, fl, lemma, show


@lemma(rocq="Fpproof.Order.{theorem}", formats="F(2,3)")
def nothing_is_left(x: Float):
    show(fl(x - x) == 0)
"""


@pytest.fixture(autouse=True)
def _ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_LEDGER", str(tmp_path / "ledger.sqlite"))


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.json"
    path.write_bytes(sealed(base()))
    return path


@pytest.mark.coqc
def test_check_with_rocq(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both verdicts and the assumptions are printed, and kept in the ledger."""
    wrong = tmp_path / "wrong.json"
    wrong.write_bytes(edited(base(), lambda copy: copy["claims"]["points"][0][2].__setitem__(0, "15")))
    assert main(["check", str(good), "--with", "rocq"]) == 0
    out = capsys.readouterr().out
    assert "accepted by coqc" in out
    assert "assumptions Closed under the global context" in out
    assert main(["check", str(wrong), "--with", "rocq", "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)[0]
    assert (facts["verdict"], facts["rocq"]["verdict"], facts["rocq"]["encoding"]) == ("rejected", "rejected", "exact")
    with Ledger() as ledger:
        kept = [record for record, _ in ledger.all()]
    assert [(r.judge, r.outcome.value) for r in kept] == [("rocq-exact", "proved"), ("rocq-exact", "open")]
    assert kept[0].evidence["assumptions"] == coqc.CLOSED
    assert main(["replay"]) == 0


@pytest.mark.coqc
def test_ties_are_checked_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lemma.py"
    path.write_text(THEORY.format(theorem="difference_of_equals"))
    assert main(["show", f"{path}:nothing_is_left"]) == 0
    assert "not checked yet" in capsys.readouterr().out
    assert main(["check", str(path), "--with", "rocq", "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    assert "proved again" in out
    assert "proves it for every precision and exponent range: Closed under the global context; as enumeration in F(2,3), F(3,4), F(2,5)" in out
    assert main(["check", str(path), "--matrix", "--format", "F(2,3),E2M1", "--jobs", "1"]) == 0
    assert "| nothing_is_left | proved | Rocq |" in capsys.readouterr().out
    assert main(["show", f"{path}:nothing_is_left"]) == 0
    assert "Rocq: Fpproof.Order.difference_of_equals proves it" in capsys.readouterr().out
    path.write_text(THEORY.format(theorem="neutral_sum_before"))
    assert main(["check", str(path), "--with", "rocq", "--jobs", "1"]) == 1
    assert "does not prove it: it says something else than the lemma" in capsys.readouterr().out
    assert main(["check", str(path), "--matrix", "--format", "F(2,3)", "--jobs", "1"]) == 0
    assert "| proved (Rocq) |" in capsys.readouterr().out


@pytest.mark.coqc
def test_what_was_computed_again_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In the ledger, for `show` and the matrix, until the lemma is edited; `replay --with rocq` asks anew."""
    path = tmp_path / "lemma.py"
    path.write_text(BOTH)
    asked = ["check", str(path), "--format", "F(2,3)", "--jobs", "1"]
    assert main([*asked, "--with", "rocq"]) == 0
    out = capsys.readouterr().out
    assert "proved again: fits_0_holds, Closed under the global context" in out
    assert "refuted again: fits_not_0_fails, Closed under the global context" in out
    assert main([*asked, "--matrix"]) == 0
    out = capsys.readouterr().out
    assert "| fits | proved (Rocq) |\n| fits_not | refuted (Rocq) |" in out
    assert "(Rocq): computed again by coqc" in out
    assert main(["show", f"{path}:fits", "--format", "F(2,3)"]) == 0
    assert "Rocq: computed again by coqc 8." in capsys.readouterr().out
    assert main(["show", f"{path}:fits", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["rocq"]["says"] == "holds"
    runs: list[str] = []

    def counted(text: str, limit: float) -> coqc.Answer:
        runs.append(text)
        return coqc.run(text, limit)

    monkeypatch.setattr(recomputed, "run", counted)
    assert main([*asked, "--with", "rocq"]) == 0
    assert capsys.readouterr().out.count("again, as remembered") == 2
    assert not runs
    assert main(["replay", str(path), "--with", "rocq", "--jobs", "1"]) == 0
    said = capsys.readouterr()
    assert said.out.count("Closed under the global context") == len(runs) == 2
    assert "2 verdicts asked of Rocq, 2 computed again" in said.err
    path.write_text(BOTH.replace("x / 2", "x / 4"))
    assert main(["check", str(path), "--format", "F(2,3)", "--matrix", "--jobs", "1"]) == 0
    assert "(Rocq)" not in capsys.readouterr().out.splitlines()[2]


BOTH = """from fpproof.lang import *

@lemma
def fits(x: Float):
    assume(abs(x) >= 4)
    show(is_float(x / 2))

@lemma(expect="refuted")
def fits_not(x: Float):
    show(is_float(x / 3))
"""


LEFT_OUT = """from fpproof.lang import *

@network
def f(w: Float):
    return layers(affine([[w]]))

@lemma
def left_out(x: Float):
    show(implies(x == F.Omega, value(f(x / 2), 1) == x / 2))
"""


@pytest.mark.coqc
def test_a_weight_that_is_left_out_is_no_disagreement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Rocq asks for it, the judges do not; where they do disagree, it is said."""
    path = tmp_path / "lemma.py"
    path.write_text(LEFT_OUT)
    asked = ["check", str(path), "--format", "F(2,3)", "--with", "rocq", "--jobs", "1"]
    assert main(asked) == 3
    assert "a weight is no float, perhaps where a decision leaves it out" in capsys.readouterr().out
    path.write_text(LEFT_OUT.replace("f(x / 2)", "f(x)").replace("== x / 2", "== x"))
    assert main(asked) == 0
    capsys.readouterr()
    monkeypatch.setattr(recomputed, "replays", lambda claims, holds, strict: lemmas.replays(claims, not holds, strict=strict))
    assert main(["replay", "--with", "rocq", "--jobs", "1"]) == 1
    assert "DISAGREES" in capsys.readouterr().out


def test_export_needs_no_coqc(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["export", str(good), "--to", "rocq", "-o", str(tmp_path / "good.v")]) == 0
    assert "Theorem certificate_holds : claim (ieee 3 4)" in (tmp_path / "good.v").read_text()
    path = tmp_path / "lemma.py"
    path.write_text(THEORY.format(theorem="difference_of_equals"))
    assert main(["export", str(path), "--to", "rocq", "--format", "E5M2", "-o", str(tmp_path / "lemma.v")]) == 0
    assert "Theorem nothing_is_left_0_holds" in (tmp_path / "lemma.v").read_text()
    assert main(["export", str(path), "--to", "rocq", "-o", str(tmp_path / "lemma.v")]) == 2
    assert main(["export", str(path), "--to", "rocq", "--format", "binary16", "-o", str(tmp_path / "lemma.v")]) == 2
    assert "formats of at most 8 are enumerated" in capsys.readouterr().err


def test_without_coqc(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Said before any work, with how to get it; nothing else needs it."""
    path = tmp_path / "lemma.py"
    path.write_text(THEORY.format(theorem="difference_of_equals"))
    monkeypatch.setenv("PATH", str(tmp_path))
    for command in (["check", str(good)], ["check", str(path)], ["replay"]):
        assert main([*command, "--with", "rocq"]) == 2
        said = capsys.readouterr()
        assert not said.out
        assert "coqc is not installed: Rocq checks nothing here" in said.err
        assert "apt install coq libcoq-flocq" in said.err
    assert main(["check", str(good)]) == 0
    assert main(["check", str(path), "--format", "F(2,3)"]) == 0


def fake_coqc(directory: Path, script: str) -> None:
    (directory / "coqc").write_text(f"#!/bin/sh\n{script}\n")
    (directory / "coqc").chmod(0o755)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("sleep 60", "took longer than 1 s"),
        ("kill -9 $$", "ended without an answer"),
        ('echo "Fatal error: out of memory" >&2; exit 2', "needs more memory"),
        ("exit 0", "wrong assumptions"),
        ('echo "Axioms:"; echo "cheat : False"', "wrong assumptions"),
        ('echo "Error: Syntax error" >&2; exit 1', "not because the claim is false"),
    ],
)
def test_a_coqc_that_says_neither_yes_nor_no(
    script: str, said: str, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing but the one failure at Qed counts as no, and nothing but the one theorem without axioms as yes."""
    fake_coqc(tmp_path, f'if [ "$1" = --version ]; then echo version 0; exit 0; fi\n{script}')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert main(["check", str(good), "--with", "rocq", "--rocq-limit", "1"]) == 3
    assert said in capsys.readouterr().out


def test_interrupted_runs_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops taking answers leaves no coqc behind: here the first answers once the second has begun, which would take a minute."""
    begun = tmp_path / "begun"
    slow, quick = f"touch {begun}; exec sleep 60", f"while [ ! -e {begun} ]; do sleep 0.1; done"
    fake_coqc(tmp_path, f'if [ "$1" = --version ]; then exit 0; fi\nif grep -q slow Export.v; then {slow}; fi\n{quick}')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    errors: list[str] = []

    def ask(text: str) -> bool:
        try:
            return coqc.run(text).accepted
        except coqc.RocqError as error:
            errors.append(error.message)
            return False

    answers = coqc.each(ask, ["quick", "slow"], 2)
    assert next(answers)
    answers.close()
    assert len(errors) == 1
    assert "ended without an answer" in errors[0]


@pytest.mark.parametrize("limit", ["0", "-1", "1e3", "9999999", "x"])
def test_limits(limit: str, good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(good), "--with", "rocq", f"--rocq-limit={limit}"]) == 2
    assert "--rocq-limit: expected seconds" in capsys.readouterr().err
