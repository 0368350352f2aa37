"""`fpproof replay`, `show`, `sweep`, `ledger`, `new`, `list`: what is stored, looked at and decided again."""

import json
from pathlib import Path

import pytest

from fpproof.cli.main import main
from fpproof.ledger import Ledger
from tests.runs.theories import CONDITIONAL, CONTROL, FALSE, MALFORMED, MODES, SUM, TRUE, written


@pytest.fixture(autouse=True)
def own_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "ledger.sqlite"
    monkeypatch.setenv("FPPROOF_LEDGER", str(path))
    monkeypatch.chdir(tmp_path)
    return path


def run(*arguments: str) -> int:
    return main(list(arguments))


def replay(*arguments: str) -> int:
    return main(["replay", "--jobs", "1", *arguments])


# replay


def test_nothing_changed_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run("check", str(written(Path("a.py"), TRUE, CONTROL, MODES)), "--format", "E2M1,F(2,2)")
    capsys.readouterr()
    assert replay() == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "8 verdicts replayed, 0 changed\n")


NO_NETWORK = """
from fpproof.lang import Float, affine, exists, layers, lemma, network, relu, show, value

@network
def one_neuron(a: Float, b: Float, v: Float, c: Float):
    return layers(relu([[a]], bias=[b]), affine([[v]], bias=[c]))

@lemma(expect="refuted")
def it_turns_back():
    show(exists(Float, lambda a, b, v, c: (
        value(one_neuron(a, b, v, c), 1) == 1 and value(one_neuron(a, b, v, c), 2) == 2 and value(one_neuron(a, b, v, c), 3) == 1
    )))
"""


def test_weights_that_do_not_exist_are_not_tried_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Of four in E5M2 there are 3.8e9: what has no input is decided again, by the judge that refuted it, and imported as nothing."""
    Path("theories").mkdir()
    Path("theories/a.py").write_text(NO_NETWORK)
    assert run("check", "theories/a.py", "--format", "E5M2") == 0
    capsys.readouterr()
    assert replay() == 0
    assert capsys.readouterr().err == "1 verdicts replayed, 0 changed\n"
    assert run("ledger", "export", "theories/ledger.jsonl") == 0
    Path("ledger.sqlite").unlink()
    assert run("check", "theories/a.py", "--format", "E5M2") == 0
    assert "imported" not in capsys.readouterr().out


def test_an_edited_lemma_is_obsolete_and_decided_as_it_reads_now(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("a.py"), TRUE, CONTROL)
    run("check", str(path), "--format", "E2M1")
    written(path, TRUE.replace("F.Omega / 2", "F.Omega"), CONTROL)
    capsys.readouterr()
    assert replay() == 1
    out, err = capsys.readouterr()
    assert out == "a.py   doubling_is_exact   E2M1   exact   proved -> refuted (obsolete: the lemma was edited)\n"
    assert err == "2 verdicts replayed, 1 changed\n"
    assert replay() == 0, "what changed has been stored"
    written(path, TRUE, CONTROL)
    capsys.readouterr()
    assert replay() == 0, "the edit was taken back"


def test_a_lemma_that_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("a.py"), TRUE, CONTROL)
    run("check", str(path), "--format", "E2M1")
    written(path, CONTROL)
    capsys.readouterr()
    assert replay() == 1
    assert capsys.readouterr().out == "a.py   doubling_is_exact   E2M1   exact   proved -> gone: no such lemma\n"
    path.unlink()
    assert replay("--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert [o["change"] for o in found] == ["proved -> gone: no such file", "refuted -> gone: no such file"]
    assert run("ledger", "prune") == 0
    assert capsys.readouterr().out == "2 verdicts removed\n"
    assert replay() == 0


def test_a_stored_lie_is_found(own_ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dataclasses import replace

    from fpproof.judges import Outcome

    path = written(Path("a.py"), FALSE)
    run("check", str(path), "--format", "E2M1")
    with Ledger(own_ledger) as ledger:
        ((record, place),) = ledger.all()
        ledger.add([replace(record, outcome=Outcome.PROVED, at=None, conclusion=None)], place)
    capsys.readouterr()
    assert run("check", str(path), "--format", "E2M1") == 0
    assert replay() == 1
    assert capsys.readouterr().out.splitlines()[-1].endswith("proved -> refuted")
    assert run("check", str(path), "--format", "E2M1") == 1
    with Ledger(own_ledger) as ledger:
        ledger.add([replace(record, at={"x": "0x1p+0"})], place)
    capsys.readouterr()
    assert replay() == 1
    assert capsys.readouterr().out.endswith("refuted -> refuted, but the stored counterexample is none\n")


def test_only_some(capsys: pytest.CaptureFixture[str]) -> None:
    a, b = written(Path("a.py"), SUM), written(Path("t/b.py"), CONTROL, TRUE)
    run("check", str(a), str(b), "--format", "E2M1,F(2,6)", "--budget", "20000")
    counts = []
    for arguments in ((), (str(a),), ("t",), ("--budget", "100"), ("--sample", "1")):
        capsys.readouterr()
        assert replay(*arguments) == 0
        counts.append(int(capsys.readouterr().err.split()[0]))
    assert counts[1] + counts[2] == counts[0]
    assert counts[3] < counts[0]
    assert counts[4] == 3 + 1
    assert replay("nowhere.py") == 2


@pytest.mark.parametrize(
    ("at", "code", "last"),
    [
        ("x=1.5", 1, "fails"),
        ("x=0x1.8p+0", 1, "fails"),
        ("x=1", 0, "holds"),
        ("x=7", 2, ""),
        ("y=1", 2, ""),
        ("", 2, ""),
        ("x", 2, ""),
        ("x=1,x=1", 2, ""),
        ("x=inf", 2, ""),
    ],
)
def test_one_input(at: str, code: int, last: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("a.py"), FALSE)
    assert replay("--lemma", f"{path}:tripling_is_exact", "--format", "E2M1", "--at", at) == code
    out, err = capsys.readouterr()
    assert (out.splitlines() or [""])[-1] == last
    assert len(err.splitlines()) == (code == 2)


def test_what_is_no_float_is_not_to_be_rounded(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("a.py"), TRUE)
    assert replay("--lemma", f"{path}:doubling_is_exact", "--format", "E2M1", "--at", "x=0.3") == 2
    err = capsys.readouterr().err
    assert "x: '0.3' is no float of E2M1: its neighbours are" in err
    assert "--round" not in err


def test_an_input_that_the_lemma_does_not_speak_of(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("a.py"), TRUE)
    assert replay("--lemma", f"{path}:doubling_is_exact", "--format", "E2M1", "--at", "x=6") == 3
    assert capsys.readouterr().out.splitlines()[-1] == "assumptions not met"


# show


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    written(Path("theories/a.py"), TRUE.replace("@lemma", '@lemma(source="Theorem 1")'), FALSE)
    assert run("show", "doubling_is_exact") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "not decided yet: fpproof check theories/a.py"
    run("check", "theories", "--format", "E2M1,F(2,2)")
    capsys.readouterr()
    assert run("show", "doubling_is_exact") == 0
    out = capsys.readouterr().out
    assert "source: Theorem 1" in out
    assert "    def doubling_is_exact(x: Float):" in out
    assert "exact 1: cases 16, that meet the assumptions" in out
    assert run("show", "tripling_is_exact", "--json", "--format", "E2M1") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["counterexample"], found["stored"]) == ("refuted", {"x": "0x1p+2"}, True)
    assert found["statement"].startswith("@lemma\ndef tripling_is_exact")


ODD = f"""
@lemma(source="a \\x1b[31m source\\nodd   E2M1   exact   proved", formats=["E2M1\\n"])
def {"l" * 300}(x: Float):
    show(x == x)
@lemma
def fails_far_away(n: Int):
    assume(n == 10**5000)
    show(n == 0)
"""


def test_odd_names_and_numbers_leave_the_ledger_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither is remembered; a source moves no cursor, and makes no line of its own."""
    written(Path("odd.py"), ODD)
    for _ in range(2):
        assert run("check", "odd.py", "--json") == 3
        first, second = json.loads(capsys.readouterr().out)
        assert (first["verdict"], first["format"]) == ("proved", "E2M1")
        assert (second["verdict"], "more than 4000 characters" in second["reason"]) == ("open", True)
    assert run("replay") == 0
    assert run("show", f"odd.py:{'l' * 300}") == 0
    assert "source: a ?[31m source?odd" in capsys.readouterr().out


def test_show_of_what_rests_on_others_and_of_what_was_edited(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("theories/a.py"), CONDITIONAL)
    run("check", "theories", "--format", "E2M1")
    capsys.readouterr()
    run("show", "rests_on_tripling")
    out = capsys.readouterr().out
    assert "conditional" in out
    assert "rests on tripling_is_exact (refuted)" in out
    written(path, CONDITIONAL.replace("fl(x) == x", "fl(x) <= x"))
    run("show", "rests_on_tripling")
    out = capsys.readouterr().out
    assert "1 obsolete verdict" in out
    assert "not decided yet" in out


def test_lemmas_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    a, b = written(Path("a.py"), TRUE), written(Path("theories/b.py"), FALSE)
    assert run("show", "doubling_is_exact") == 2
    assert "there is no lemma 'doubling_is_exact'" in capsys.readouterr().err
    run("check", str(a), "--format", "E2M1")
    assert run("show", "doubling_is_exact") == 0, "the ledger knows the file"
    assert run("show", "tripling_is_exac") == 2
    assert "did you mean tripling_is_exact?" in capsys.readouterr().err
    assert run("show", f"{b}:tripling_is_exact") == 0
    written(Path("theories/c.py"), FALSE)
    capsys.readouterr()
    assert run("show", "tripling_is_exact") == 2
    assert "theories/c.py:tripling_is_exact" in capsys.readouterr().err
    assert run("show", "nowhere.py:a") == 2


# sweep


def test_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("theories/a.py"), SUM, CONTROL, FALSE)
    assert run("sweep", "sums_commute", "--format", "F(2,3)", "--by", "exact", "--jobs", "1", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["cases"], found["judge"]) == ("proved", 56 * 56, "exact")
    assert run("check", str(path), "--format", "F(2,3)", "--budget", "1") == 1
    assert capsys.readouterr().out.splitlines()[0].split()[:4] == ["sums_commute", "F(2,3)", "exact", "proved"]
    assert run("sweep", "tripling_is_exact_everywhere", "--format", "F(2,3)", "--by", "exact") == 0
    assert run("sweep", "tripling_is_exact", "--format", "F(2,3)", "--by", "exact") == 1
    assert run("sweep", "sums_commute") == 2
    assert run("sweep", "sums_commute", "--format", "binary64", "--by", "exact") == 2


# ledger


def test_export_and_import(own_ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(Path("theories/a.py"), TRUE, CONTROL)
    run("check", "theories", "--format", "E2M1,F(2,2)")
    capsys.readouterr()
    assert run("ledger", "export", "theories/ledger.jsonl", "theories") == 0
    assert capsys.readouterr().out == "4 verdicts written to theories/ledger.jsonl\n"
    exported = Path("theories/ledger.jsonl").read_text()
    assert str(Path.cwd()) not in exported
    own_ledger.unlink()
    assert run("show", "doubling_is_exact") == 0
    assert "imported" in capsys.readouterr().out, "a fresh clone shows what is committed"
    assert run("check", "theories", "--format", "E2M1,F(2,2)", "--by", "exact", "--budget", "1", "--matrix") == 0
    assert "| doubling_is_exact | proved\\* | proved\\* |" in capsys.readouterr().out
    assert replay("theories/ledger.jsonl") == 0
    Path("theories/evidence").mkdir()
    Path("theories/ledger.jsonl").rename("theories/evidence/all.verdicts.jsonl")
    assert run("show", "doubling_is_exact") == 0
    assert "imported" in capsys.readouterr().out, "wherever it stands in the tree"
    assert replay("theories/evidence/all.verdicts.jsonl") == 0
    assert capsys.readouterr().err.startswith("4 verdicts replayed, 0 changed")
    Path("theories/evidence/all.verdicts.jsonl").rename("elsewhere.jsonl")
    own_ledger.unlink()
    assert run("ledger", "import", "elsewhere.jsonl") == 0
    capsys.readouterr()
    run("show", "doubling_is_exact", "--json")
    assert {o["imported"] for o in json.loads(capsys.readouterr().out)} == {True}
    assert run("ledger", "export", "-") == 0
    assert capsys.readouterr().out == '{"fpproof-ledger":1}\n', "what was imported is not passed on"


def test_an_export_that_lies_is_found_by_its_replay(capsys: pytest.CaptureFixture[str]) -> None:
    written(Path("theories/a.py"), FALSE)
    run("check", "theories", "--format", "E2M1")
    run("ledger", "export", "theories/ledger.jsonl")
    path = Path("theories/ledger.jsonl")
    without = path.read_text().replace('"at":{"x":"0x1p+2"}', '"at":null').replace('"conclusion":0', '"conclusion":null')
    lie = without.replace('"refuted"', '"proved"')
    path.write_text(lie)
    capsys.readouterr()
    assert replay(str(path)) == 1
    assert capsys.readouterr().out == "theories/a.py   tripling_is_exact   E2M1   exact   proved -> refuted\n"
    path.write_text(lie.replace("theories/a.py", "../../../../etc/passwd"))
    assert replay(str(path)) == 0
    assert capsys.readouterr().err.startswith("0 verdicts replayed")


@pytest.mark.parametrize(
    "arguments", [("import",), ("export",), ("import", "missing.jsonl"), ("import", "a.py"), ("prune", "x"), ("import", "a", "b")]
)
def test_wrong_uses_of_ledger(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    written(Path("a.py"), TRUE)
    assert run("ledger", *arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


# new, list


def test_a_new_theory_checks_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("new", "theories/mine/first.py") == 0
    assert run("check", "theories/mine/first.py", "--format", "E2M1,E5M2,F(3,4),E4M3FN-sat") == 0
    content = Path("theories/mine/first.py").read_text()
    assert run("new", "theories/mine/first.py") == 2
    assert "exists already" in capsys.readouterr().err
    assert Path("theories/mine/first.py").read_text() == content
    assert run("new", "theories/mine/first") == 2


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("theories/a.py"), TRUE, CONTROL)
    assert run("list") == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line and not line.startswith(" ")] == ["lemmas", "judges", "formats", "activations", "machines"]
    assert run("list", "lemmas", "--json") == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)["lemmas"]] == ["doubling_is_exact", "tripling_is_exact_everywhere"]
    assert run("list", str(path), "judges", "--json") == 0
    assert list(json.loads(capsys.readouterr().out)) == ["lemmas", "judges"]
    assert run("list", "nothing") == 2


def test_list_says_what_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "theories" / "b.py", TRUE)
    (tmp_path / "theories" / "a.py").write_text(MALFORMED)
    assert run("list", "lemmas", "--json") == 2
    output = capsys.readouterr()
    assert [row["name"] for row in json.loads(output.out)["lemmas"]] == ["doubling_is_exact"]
    assert output.err.startswith("fpproof: error: theories/a.py:5:10: the name fll is unknown")
