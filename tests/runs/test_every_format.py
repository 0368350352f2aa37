"""A lemma that speaks of no format is decided once, whatever formats are asked for."""

import json
from pathlib import Path

import pytest

from fpproof.cli.main import main
from fpproof.judges.registry import Spending
from fpproof.ledger import Ledger
from fpproof.runs.check import Run, Wish
from fpproof.theory import EVERY, read_theory, read_theory_text

TEXT = '''from fpproof.lang import E5M2, F, Float, Format, Mode, Real, assume, exp, fl, lemma, require, show


@lemma
def real(x: Real):
    show(exp(x) >= 1 + x)


@lemma(expect="refuted")
def false(x: Real):
    show(exp(x) > 1 + x)


@lemma(expect="refuted")
def false_again(x: Real):
    show(exp(x) > 1 + x)


@lemma
def rounds(x: Real):
    assume(x == 0)
    show(fl(x) == 0)
'''


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "theories" / "t.py"
    file.parent.mkdir()
    file.write_text(TEXT)
    return file


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    main(["check", "--json", "--jobs", "1", *arguments])
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = check(capsys, str(path))
    real = [r for r in results if r["lemma"] == "real"]
    assert [(r["format"], r["verdict"], r["scope"]) for r in real] == [("every", "proved", "every format")]
    assert len([r for r in results if r["lemma"] == "rounds"]) >= 7
    with Ledger() as ledger:
        assert len({record.subject.key for record, _ in ledger.of_lemma("real")}) == 1


def test_lemmas_that_say_the_same(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each result is its own lemma's."""
    results = check(capsys, str(path), "--format", "every")
    assert [(r["lemma"], r["verdict"], r["expected"]) for r in results] == [
        ("real", "proved", "proved"),
        ("false", "refuted", "refuted"),
        ("false_again", "refuted", "refuted"),
    ]


def test_formats_as_they_were_written(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = check(capsys, str(path), "--format", "E5M2,every, binary16")
    formats = {name: [r["format"] for r in results if r["lemma"] == name] for name in ("real", "rounds")}
    assert formats == {"real": ["E5M2", "every", "binary16"], "rounds": ["E5M2", "binary16"]}
    assert {r["verdict"] for r in results if r["lemma"] == "real"} == {"proved"}
    with Ledger() as ledger:
        stored = [record for record, _ in ledger.of_lemma("real") if record.decided]
        assert len({record.key for record in stored}) == 1
    again = check(capsys, str(path), "--format", "F(2,3)")
    assert [r["stored"] for r in again if r["lemma"] == "real"] == [True]


def test_replay(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (false,) = [r for r in check(capsys, str(path)) if r["lemma"] == "false"]
    assert "--format every --at x=0" in str(false["replay"])
    assert main(["replay", "--lemma", f"{path}:real", "--format", "every", "--at", "x=1"]) == 0
    assert "exp(x) = 2.71828182845904523536" in capsys.readouterr().out
    assert main(["replay", str(path)]) == 0
    assert main(["show", f"{path}:real"]) == 0
    assert "every" in capsys.readouterr().out


def test_mentions() -> None:
    texts = {
        "x: Real | show(x == x + 0*F.p)": True,
        "x: Real, G: Format | show(x == x)": True,
        "x: Float | show(x == x)": True,
        "x: Real | show(fl(x, E5M2) == x)": True,
        "x: Real, m: Mode | show(x < x + 1)": False,
        "x: Real | require(F.q >= 3); show(x < x + 1)": True,
    }
    for text, mentions in texts.items():
        parameters, _, body = text.partition(" | ")
        lines = "".join(f"    {line}\n" for line in body.split("; "))
        header = TEXT.partition("\n")[0]
        assert read_theory_text(f"{header}\n@lemma\ndef l({parameters}):\n{lines}").lemmas[0].speaks_of_formats is mentions, text


def test_every_is_for_such_lemmas_only(path: Path) -> None:
    with Ledger() as ledger:
        run = Run(ledger, Wish((EVERY,), spending=Spending()))
        lemmas = {lemma.name: [t.format for t in run.tasks(path, lemma)] for lemma in read_theory(path).lemmas}
    assert lemmas == {"real": ["every"], "false": ["every"], "false_again": ["every"], "rounds": []}
