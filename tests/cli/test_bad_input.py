"""Every command with files and options that are none: one line that says which, exit code 2, and nothing on stdout."""

import json
import shutil
from pathlib import Path

import pytest

from fpproof.cli import BAD_INPUT
from fpproof.cli.main import COMMANDS, main
from tests.runs.theories import ROOT, SUM, written

FILES: dict[str, bytes | None] = {
    "missing": None,
    "directory": None,
    "text.py/inside": None,
    "": None,
    "binary": bytes(range(256)) * 8,
    "empty": b"",
    "text.py": b"hello world\n",
    "list.json": b"[1, 2, 3]",
    "deep.json": b"[" * 100_000,
    "deep.toml": b"a = " + b"[" * 100_000,
}
"""A file that is not there, a directory, a file in a file, no name at all; and files with what no command takes."""

READERS = {
    "represent": ["represent", "@", "--format", "F(3,4)"],
    "check": ["check", "@"],
    "eval": ["eval", "@", "--x", "1"],
    "plot": ["plot", "@"],
    "crosscheck": ["crosscheck", "@"],
    "certify a model": ["certify", "@", "--points", "table.csv", "-o", "out.json"],
    "certify at points": ["certify", "model.safetensors", "--points", "@", "-o", "out.json"],
    "pieces": ["pieces", "@"],
    "refute": ["refute", "dead", "--run", "@"],
    "flow": ["flow", "@"],
    "descend": ["descend", "@", "--step", "1/8", "--steps", "2"],
    "distance": ["distance", "@"],
    "distance --verify": ["distance", "@", "--verify"],
    "stalls": ["stalls", "@", "--step", "1/8", "--format", "E2M1"],
    "curvature": ["curvature", "@"],
    "train": ["train", "@", "--steps", "2"],
    "export to rocq": ["export", "@", "--to", "rocq", "-o", "out.v"],
    "export to onnx": ["export", "@", "--to", "onnx", "-o", "out.onnx"],
    "export to smtlib": ["export", "@", "--to", "smtlib", "-o", "out.smt2"],
    "search": ["search", "@"],
    "frontier": ["frontier", "@"],
    "show": ["show", "@:lemma"],
    "sweep": ["sweep", "@:lemma", "--format", "E2M1"],
    "smallest": ["smallest", "@:lemma", "--format", "E2M1"],
    "replay": ["replay", "@"],
    "replay --at": ["replay", "--lemma", "@:lemma", "--at", "x=1", "--format", "E2M1"],
    "ledger import": ["ledger", "import", "@"],
}

THEORY = ["check", "a.py"]
TABLE = ["represent", "table.csv", "--format", "F(3,4)"]
SPEC = ["descend", "spec.toml", "--step", "1/8", "--steps", "2"]
RUN = ["train", "run.toml"]
OPTIONS = [
    *([*command, "--jobs", jobs] for command in (THEORY, TABLE, RUN, ["sweep", "a.py:sums_commute"]) for jobs in ("0", "-3", "x", "9999999999")),
    *([*THEORY, "--budget", budget] for budget in ("0", "-1", "x", "1e99", "cases=1,cases=2", "time=3")),
    *([*command, "--seed", seed] for command in (THEORY, ["replay"]) for seed in ("x", "-1", "9" * 30)),
    *([*THEORY, "--format", F] for F in ("nope", "F(0,0)", "F(9999,99999)", "E5M")),
    *(["formats", F] for F in ("nope", "", "F(0,0)", "F(9999,99999)", "E5M")),
    *([*command, "--format", F] for command in (["stagnation"], ["activation", "relu"]) for F in ("nope", "F(0,0)")),
    ["reach", "nope"],
    [*THEORY, "--format", ""],
    [*THEORY, "--by", "nope"],
    [*THEORY, "--by", ""],
    [*THEORY, "--semantics", "nope"],
    *(["check", "wild.cert.json", *option] for option in (["--budget", "x"], ["--format", "nope"], ["--by", "nope"], ["--semantics", "nope"])),
    [*TABLE, "-o", "missing/out.json"],
    [*TABLE, "-o", "directory"],
    [*TABLE, "--mode", "nope"],
    [*TABLE, "--activation", "nope"],
    [*TABLE, "--depth", "x"],
    [*SPEC, "--arithmetic", "nope"],
    [*SPEC, "--start", "x"],
    [*SPEC, "--step", "1/0"],
    [*SPEC, "--precision", "x"],
    ["flow", "spec.toml", "--until", "inf"],
    ["flow", "spec.toml", "--at", "1e99999"],
    ["pieces", "--sawtooth", "0"],
    ["pieces", "--sawtooth", "99999"],
    ["pieces", "--sawtooth", "3", "--on", "1:0"],
    ["pieces", "--sawtooth", "3", "--semantics", "pairwise"],
    ["pieces", "--sawtooth", "3", "--round"],
    ["pieces"],
    ["refute", "nope"],
    ["refute", "dead", "--draws", "-1"],
    ["divergence", "nope"],
    ["list", "nope"],
    ["ledger", "nope"],
    ["show", "no_such_lemma"],
    ["smallest", "a.py:sums_commute"],
    ["show", "a.py:no_such_lemma"],
    ["new", "a.py"],
    ["new", "missing/a.txt"],
    ["doctor", "nope"],
    ["export", "a.py", "--to", "nope", "-o", "out"],
    ["replay", "--lemma", "a.py:sums_commute", "--at", "x=nope", "--format", "E2M1"],
    ["search", "spec.toml", "--evidence", "a.py"],
]
"""Options with values that are none, that contradict each other, or that lead to places where nothing can be written."""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FPPROOF_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "directory").mkdir()
    for name, data in FILES.items():
        if data is not None:
            (tmp_path / name).write_bytes(data)
    written(tmp_path / "a.py", SUM)
    for example, name in (("square-e4m3.csv", "table.csv"), ("toy-descent.toml", "spec.toml"), ("step.toml", "run.toml")):
        shutil.copy(ROOT / "examples" / example, tmp_path / name)
    return tmp_path


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line about it; beside it there may be the usage, or the line of the file with a caret under the place."""
    code = main(arguments)
    out, err = capsys.readouterr()
    assert (code, out) == (BAD_INPUT, ""), err
    said = [line for line in err.splitlines() if line.startswith("fpproof") and "error: " in line]
    assert len(said) == 1, err
    assert len(said[0]) < 400
    pointed = err.splitlines()[-1].strip() == "^"
    assert err.startswith("usage: ") or len(err.splitlines()) == (3 if pointed else 1), err
    return said[0]


@pytest.mark.parametrize("command", READERS)
def test_a_file_that_is_none(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    for file in FILES:
        said = refused([part.replace("@", file) for part in READERS[command]], capsys)
        assert not file or command == "certify at points" or Path(file).name in said or file.partition(".")[0] in said, said


@pytest.mark.parametrize("arguments", OPTIONS, ids=" ".join)
def test_an_option_that_is_none(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    refused(arguments, capsys)


def test_every_command_is_here() -> None:
    """But those that read nothing and take nothing but --json."""
    assert {arguments[0] for arguments in [*READERS.values(), *OPTIONS]} == set(COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["formats", "E2M1"],
        ["list"],
        ["doctor"],
        ["check", "a.py", "--format", "E2M1"],
        ["check", "a.py", "text.py", "--format", "E2M1"],
        ["check", "a.py", "--stored"],
        ["show", "a.py:sums_commute"],
        ["replay"],
        ["pieces", "--sawtooth", "3"],
        ["stagnation", "--format", "E2M1"],
        ["activation", "relu", "--format", "E2M1"],
        ["reach", "E2M1"],
        ["represent", "table.csv", "--format", "F(3,4)", "-o", "c.json"],
        ["descend", "spec.toml", "--step", "1/8", "--steps", "2"],
    ],
    ids=" ".join,
)
def test_json_is_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main([*arguments, "--json"])
    json.loads(capsys.readouterr().out)
