"""`fpproof check` on theories: lines, JSON, exit codes."""

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from fpproof.cli.main import main
from fpproof.ledger import Ledger
from tests.runs.theories import (
    CONDITIONAL,
    CONTROL,
    CONTROL_THAT_HOLDS,
    FALSE,
    LARGE_ONLY,
    MALFORMED,
    MODES,
    SUM,
    TRUE,
    UNCONDITIONAL,
    VACUOUS,
    written,
)


@pytest.fixture(autouse=True)
def own_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.chdir(tmp_path)


def check(*arguments: str) -> int:
    return main(["check", "--jobs", "1", *arguments])


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([TRUE], 0),
        ([TRUE, CONTROL], 0),
        ([FALSE], 1),
        ([CONTROL_THAT_HOLDS], 1),
        ([VACUOUS], 3),
        ([CONDITIONAL], 1),  # what it rests on is false
        ([UNCONDITIONAL], 0),
        ([TRUE, VACUOUS], 3),
        ([FALSE, VACUOUS], 1),
        ([LARGE_ONLY], 0),  # a requirement that is not met is no failure where the format was asked for
        ([], 2),
    ],
)
def test_exit_codes(parts: list[str], code: int) -> None:
    path = written(Path("a.py"), *parts)
    assert [check(str(path), "--format", "E2M1") for _ in range(2)] == [code, code]


def test_open_supported_and_conditional_are_3(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("a.py"), SUM)
    assert check(str(path), "--format", "E5M2", "--by", "exact", "--budget", "1000") == 3
    assert "the budget is 1000" in capsys.readouterr().out
    assert check(str(path), "--format", "E5M2", "--by", "sampling", "--budget", "1000") == 3
    assert "supported" in capsys.readouterr().out
    text = '\n@lemma(expect="refuted")\ndef a(x: Float):\n    show(fl(3 * x) == 3 * x)\n\n@lemma\ndef b(x: Float):\n    uses(a)\n    show(x == x)\n'
    assert check(str(written(Path("b.py"), text)), "--format", "E2M1") == 3
    assert "  rests on a (refuted)" in capsys.readouterr().out.splitlines()


def test_a_lemma_that_speaks_of_no_usual_format_is_open() -> None:
    text = "\n@lemma\ndef large(x: Float):\n    require(F.q >= 12)\n    show(x == x)\n"
    assert check(str(written(Path("a.py"), text))) == 3


def test_lines(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("a.py"), TRUE, CONTROL, FALSE)
    assert check(str(path), "--format", "E2M1,F(2,2)") == 1
    lines = capsys.readouterr().out.splitlines()
    assert [re.split(r"   +", re.sub(r"[\d.]+ s", "N s", line)) for line in lines if not line.startswith(" ")] == [
        ["doubling_is_exact", "E2M1", "exact", "proved", "16 cases", "N s"],
        ["doubling_is_exact", "F(2,2)", "exact", "proved", "24 cases", "N s"],
        ["tripling_is_exact_everywhere", "E2M1", "exact", "refuted", "6 cases", "N s", "as expected: x=0x1p+2"],
        ["tripling_is_exact_everywhere", "F(2,2)", "exact", "refuted", "6 cases", "N s", "as expected: x=0x1p+1"],
        ["tripling_is_exact", "E2M1", "exact", "refuted", "6 cases", "N s"],
        ["tripling_is_exact", "F(2,2)", "exact", "refuted", "6 cases", "N s"],
        ["3 lemmas, 6 verdicts: 2 proved, 4 refuted (2 as expected); 2 not as stated"],
    ]
    assert len({line.index("   exact ") for line in lines if "cases" in line}) == 1
    assert lines[5:8] == [
        "  E2M1: x = 4.0 (0x1p+2)",
        "  does not hold: fl(3 * x, F) == 3 * x",
        "  replay: fpproof replay --lemma a.py:tripling_is_exact --format E2M1 --at x=0x1p+2",
    ]


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("a.py"), TRUE, FALSE)
    assert check(str(path), "--format", "e2m1,F(2,2)", "--json") == 1
    found = objects(capsys)
    assert [(o["lemma"], o["format"], o["verdict"], o["scope"], o["cases"]) for o in found] == [
        ("doubling_is_exact", "e2m1", "proved", "E2M1", 16),
        ("doubling_is_exact", "F(2,2)", "proved", "F(2,2)", 24),
        ("tripling_is_exact", "e2m1", "refuted", "E2M1", 6),
        ("tripling_is_exact", "F(2,2)", "refuted", "F(2,2)", 6),
    ]
    assert {o["file"] for o in found} == {"a.py"}
    assert {o["judge"] for o in found} == {"exact"}
    assert all(isinstance(o["seconds"], float) for o in found)
    assert [o["counterexample"] for o in found] == [None, None, {"x": "0x1p+2"}, {"x": "0x1p+1"}]


def test_a_printed_replay_finds_the_failure(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("a name.py"), FALSE, MODES)
    check(str(path), "--format", "F(2,2)", "--json")
    commands = [o["replay"] for o in objects(capsys) if o["verdict"] == "refuted"]
    assert len(commands) == 2
    for command in commands:
        assert main(shlex.split(command)[1:]) == 1
        out = capsys.readouterr().out.splitlines()
        assert out[-1] == "fails"
        assert any(line.endswith(": False") for line in out)


def test_directories_and_what_is_no_theory(capsys: pytest.CaptureFixture[str]) -> None:
    written(Path("theories/b.py"), TRUE)
    written(Path("theories/sub/a.py"), CONTROL)
    Path("theories/other.py").write_text("raise SystemExit('this was run')\n")
    Path("theories/data.json").write_text("{}")
    assert check("theories", "--format", "E2M1", "--json") == 0
    assert [o["file"] for o in objects(capsys)] == ["theories/b.py", "theories/sub/a.py"]
    Path("empty").mkdir()
    assert check("empty") == 2
    assert "there are no theory files" in capsys.readouterr().err


def test_lemmas_are_named_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    written(Path("theories/b.py"), TRUE, CONTROL)
    written(Path("elsewhere.py"), FALSE, TRUE)
    everything = check("theories", "elsewhere.py", "--format", "E2M1", "--json")
    names = {o["file"]: [p["lemma"] for p in found if p["file"] == o["file"]] for found in [objects(capsys)] for o in found}
    assert everything == 1
    first, second = names["theories/b.py"][0], names["elsewhere.py"][1]
    assert check(first, f"elsewhere.py:{second}", "--format", "E2M1", "--json") == 0
    assert [(o["file"], o["lemma"]) for o in objects(capsys)] == [("theories/b.py", first), ("elsewhere.py", second)]
    assert check("elsewhere.py", f"elsewhere.py:{second}", "--format", "E2M1", "--json") == 1  # a file is all of it
    assert [o["lemma"] for o in objects(capsys)] == names["elsewhere.py"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("doubling_is_exac", "there is no lemma 'doubling_is_exac' in theories/b.py; did you mean doubling_is_exact?"),
        ("theories/b.py:halving", "there is no lemma 'halving' in theories/b.py"),
        ("theories/c.py:doubling_is_exact", "theories/c.py:doubling_is_exact: No such file or directory"),
        ("theories/b.py:", "theories/b.py:: No such file or directory"),
    ],
)
def test_a_lemma_that_is_not_there(path: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    written(Path("theories/b.py"), TRUE)
    assert check(path, "--format", "E2M1") == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert expected in err


def test_a_theory_is_known_by_its_content(capsys: pytest.CaptureFixture[str]) -> None:
    written(Path("a.theory"), TRUE)
    Path("b.py").write_text('{"certificate": 1}')
    assert check("a.theory", "b.py", "--format", "E2M1", "--json") == 2
    found = objects(capsys)
    assert {o["file"]: o["verdict"] for o in found} == {"a.theory": "proved", "b.py": "malformed"}


def test_a_malformed_file_is_named_and_the_others_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    written(Path("theories/a.py"), TRUE)
    Path("theories/b.py").write_text(MALFORMED)
    assert check("theories", "--format", "E2M1") == 2
    out, err = capsys.readouterr()
    assert "doubling_is_exact" in out
    assert err.startswith("fpproof: error: theories/b.py:5:10: ")
    assert "Traceback" not in err


def test_a_directory_with_what_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    """Links in a circle and to nowhere are named, the other files are checked; locks of editors and pipes are no theories."""
    written(Path("theories/a.py"), TRUE)
    Path("theories/circle.py").symlink_to("circle.py")
    Path("theories/gone.py").symlink_to("nowhere.py")
    Path("theories/.#a.py").symlink_to("someone@somewhere.1234")
    os.mkfifo("theories/pipe.py")
    assert check("theories", "--format", "E2M1", "--json") == 2
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert [(o["file"], o["lemma"], o["verdict"]) for o in found if o["lemma"] is None] == [
        ("theories/circle.py", None, "malformed"),
        ("theories/gone.py", None, "malformed"),
    ]
    assert [o["verdict"] for o in found if o["lemma"]] == ["proved"]
    assert all({"format", "judge", "scope", "cases", "seconds", "counterexample"} <= set(o) for o in found)
    assert len(err.splitlines()) == 2


@pytest.mark.parametrize("option", [("--semantics", "pairwise"), ("--everywhere",)])
def test_options_that_would_do_nothing(option: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Else the answer would read as one to another question."""
    path = str(written(Path("a.py"), TRUE))
    assert check(path, "--format", "E2M1", *option) == 2
    assert f"{option[0]} is for certificates, and there are none in a.py" in capsys.readouterr().err


def test_a_pipe_to_which_nobody_writes_is_not_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("a.py")
    assert check("a.py") == 2
    assert "a.py: a named pipe, which is not read" in capsys.readouterr().err


def test_a_statement_that_is_wrong_at_an_input(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n@network\ndef third(x: Float):\n    return layers(affine([[x / 3]]))\n\n@lemma\ndef a(x: Float):\n    show(value(third(x), x) <= 1)\n"
    assert check(str(written(Path("a.py"), text)), "--format", "E2M1") == 2
    assert "no float" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--format", "E9M9"), "format 'E9M9' is unknown"),
        (("--format", ","), "--format names no format"),
        (("--by", "oracle"), "judge 'oracle': there is no such judge"),
        (("--by", " "), "--by names no judge"),
        (("--budget", "0"), "--budget: expected a whole number"),
        (("--budget", "much"), "--budget: expected a whole number"),
        (("--budget", "cases=1,cases=2"), "each once"),
        (("--budget", "seconds=3"), "expected cases, resource or precision"),
        (("--seed", "x"), "--seed: expected a whole number"),
    ],
)
def test_wrong_options(arguments: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(str(written(Path("a.py"), TRUE)), *arguments) == 2
    err = capsys.readouterr().err
    assert expected in err
    assert len(err.splitlines()) == 1


def test_a_damaged_ledger_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("a.py"), TRUE)
    (tmp_path / "ledger.sqlite").write_bytes(b"garbage" * 1000)
    assert check(str(path)) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"fpproof: error: ledger {tmp_path / 'ledger.sqlite'}: file is not a database; ")
    assert len(err.splitlines()) == 1


def test_a_ledger_in_memory_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_LEDGER", ":memory:")
    assert check(str(written(Path("a.py"), TRUE)), "--format", "E2M1") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]


def test_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    path = written(Path("a.py"), TRUE, CONTROL_THAT_HOLDS, LARGE_ONLY)
    assert check(str(path), "--matrix", "--format", "E3M2,E2M1") == 1
    assert capsys.readouterr().out.splitlines() == [
        "| lemma | E2M1 | E3M2 |",
        "| --- | --- | --- |",
        "| doubling_is_exact | proved | proved |",
        "| doubling_never_works | **proved** | **proved** |",
        "| about_large_formats | n/a | n/a |",
    ]


def test_mutants(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n@lemma\ndef loose(x: Float):\n    assume(x > 0, x < 2)\n    show(x <= 3)\n"
    path = written(Path("a.py"), text)
    assert check(str(path), "--format", "F(2,2)", "--mutate") == 0
    out = capsys.readouterr().out.splitlines()
    assert "    without assume(0 < x)" in out
    assert "    without assume(x < 2)" not in out
    assert check(str(path), "--format", "F(2,2)", "--mutate", "--json") == 0
    (found,) = objects(capsys)
    assert {"mutant": "without assume(0 < x)", "verdict": "proved"} in found["mutants"]


def test_what_is_shown_is_stored(tmp_path: Path) -> None:
    check(str(written(Path("a.py"), TRUE)), "--format", "E2M1")
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ((record, path),) = ledger.all()
    assert (record.subject.lemma, record.subject.format, path) == ("doubling_is_exact", "E2M1", str((tmp_path / "a.py").resolve()))


def test_several_processes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same verdicts with workers, which begin at once here."""
    path = written(Path("a.py"), TRUE, FALSE, MODES, SUM)
    check(str(path), "--format", "E2M1,E3M2", "--json")
    alone = [{k: v for k, v in o.items() if k not in ("seconds", "stored")} for o in objects(capsys)]
    monkeypatch.setattr("fpproof.runs.workers.QUICK", 0.0)
    monkeypatch.setenv("FPPROOF_LEDGER", ":memory:")
    assert main(["check", str(path), "--format", "E2M1,E3M2", "--json", "--jobs", "2"]) == 1
    assert [{k: v for k, v in o.items() if k not in ("seconds", "stored")} for o in objects(capsys)] == alone


SOME_HOLD = """
@lemma
def only_to_odd_fails(m: Mode, x: Float):
    assume(x == 1.5)
    show(m != to_odd or x == 2, x == 1.5)


@lemma
def the_second_fails(m: Mode, x: Float):
    show(m != up or x == x, m != to_odd or fl(x / 4, to=m) == x / 4)
"""


@pytest.mark.parametrize("command", ["check", "show"])
def test_what_does_not_hold_is_of_the_mode_that_fails(tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In the other modes those conclusions are known to hold, and are not there."""
    path = written(tmp_path / "a.py", SOME_HOLD)
    assert check(str(path), "--format", "E2M1", "--by", "exact") == 1
    if command == "show":
        capsys.readouterr()
        for name in ("only_to_odd_fails", "the_second_fails"):
            main(["show", f"{path}:{name}", "--format", "E2M1"])
    out = capsys.readouterr().out
    assert "E2M1, m = to-odd: m = to-odd, x = 1.5 (0x1.8p+0)" in out
    assert re.findall("does not hold: (.*)", out) == ["not m == to_odd or x == 2", "fl(x / 4, E2M1, to=to_odd) == x / 4"]
