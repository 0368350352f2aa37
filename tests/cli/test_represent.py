"""`fpproof represent`: texts, exit codes, and what is written."""

import json
import time
from pathlib import Path

import pytest

from fpproof import checker
from fpproof.certificates import check, read_certificate
from fpproof.cli.main import main
from fpproof.formats import rational
from tests.constructions.test_table import BAD

TABLE = """# format: F(3,4)
x,value,upstream,gradient
-1,0.5,1,-2
0x1p-3,0.25,1,-1.5
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


def test_text(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.cert.json"
    assert main(["represent", str(table), "-o", str(out), "--jobs", "1"]) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith(f"represented  2 points of {table} in F(3,4), each checked  ")
    certificate = read_certificate(out)
    network = certificate.network
    assert second == f"network      7 layers, {network.hidden_neurons} hidden neurons, {network.weight_count} weights"
    assert third == f"certificate  {out}"
    assert check(certificate).accepted
    assert checker.check_file(out).verdict == "accepted"


def test_json(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.cert.json"
    assert main(["represent", str(table), "-o", str(out), "--json", "--depth", "9", "--jobs", "1", "--semantics", "pairwise"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["seconds"] >= 0
    network = read_certificate(out).network
    assert {key: value for key, value in facts.items() if key != "seconds"} == {
        "table": str(table),
        "format": "F(3,4)",
        "points": 2,
        "claims": 2,
        "inputs": 1,
        "activation": "relu",
        "mode": None,
        "layers": 9,
        "neurons": [layer.neurons for layer in network.layers],
        "hidden_neurons": network.hidden_neurons,
        "weights": network.weight_count,
        "semantics": "pairwise",
        "checked": True,
        "certificate": str(out),
    }


def test_nothing_is_written_without_a_file(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["represent", str(table), "--jobs", "1"]) == 0
    assert "certificate  none written (-o FILE writes one)" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_the_same_table_gives_the_same_file(table: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert main(["represent", str(table), "-o", str(tmp_path / name), "--jobs", "1"]) == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_format_on_the_command_line_wins(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["represent", str(table), "--format", "bfloat16", "-o", str(out), "--jobs", "1"]) == 0
    assert read_certificate(out).network.format.name == "bfloat16"


def test_everywhere(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["represent", str(table), "--everywhere", "--format", "F(2,3)", "-o", str(out), "--jobs", "1"]) == 0
    assert checker.check_file(out).elsewhere == 53 * 55
    assert main(["represent", str(table), "--everywhere", "--format", "binary32"]) == 2
    assert "binary32: every x of 1 input is too much to check, and so to claim" in capsys.readouterr().err


def test_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "table.csv"
    path.write_text(TABLE.replace("0x1p-3", "0.1"))
    assert main(["represent", str(path)]) == 2
    error = capsys.readouterr().err
    assert f"{path}:4:1: x: '0.1' is no float of F(3,4): its neighbours are 0.09375 (0x1.8p-4) and 0.1015625 (0x1.ap-4)" in error
    assert error.splitlines()[1:] == ["    0.1,0.25,1,-1.5", "    ^"]
    out = tmp_path / "out"
    assert main(["represent", str(path), "--round", "-o", str(out), "--jobs", "1"]) == 0
    assert read_certificate(out).points[1].x == ((13, -7),)


@pytest.mark.parametrize(("name", "text"), [case[:2] for case in BAD])
def test_bad_tables(name: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, with the place's line of the table and a caret below it; exit code 2; nothing written."""
    path, out = tmp_path / "bad.csv", tmp_path / "out"
    path.write_bytes(text.encode())
    start = time.perf_counter()
    assert main(["represent", str(path), "--format", "F(3,4)", "-o", str(out)]) == 2
    assert time.perf_counter() - start < 5
    output = capsys.readouterr()
    assert (output.out, out.exists()) == ("", False)
    lines = output.err.splitlines()
    assert lines[0].startswith(f"fpproof: error: {path}")
    assert len(lines) in (1, 3)
    assert max(map(len, lines)) < 700


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--depth", "3"], "depth 3: no construction has less than 4 layers"),
        (["--depth", "-7"], "expected a whole number from 1 to 1000000, found '-7'"),
        (["--depth", "x"], "expected a whole number"),
        (["--jobs", "0"], "expected a whole number"),
        (["--format", "E4M3"], "ambiguous"),
        (["--format", "F(6,2)"], "F(6,2): the construction needs"),
        (["--semantics", "sideways"], "'sideways' is unknown"),
        (["-o", "/nonexistent/directory/out"], "/nonexistent/directory/out: No such file or directory"),
        (["-o", "."], "Is a directory"),
    ],
)
def test_bad_options(arguments: list[str], said: str, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["represent", str(table), "--jobs", "1", *arguments]) == 2
    output = capsys.readouterr()
    assert said in output.err
    assert "fpproof: error: " in output.err or "fpproof represent: error: argument " in output.err
    assert "Traceback" not in output.err


def test_a_variant_that_breaks_it_names_the_row(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["represent", str(table), "--semantics", "relu-slope(1)", "-o", str(out), "--jobs", "1"]) == 2
    error = capsys.readouterr().err
    assert f"{table}:" in error
    assert "does not work in F(3,4) under left-to-right+relu-slope(1): gradient: expected" in error
    assert not out.exists()


def test_no_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["represent", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err == f"fpproof: error: {tmp_path / 'none.csv'}: No such file or directory\n"


@pytest.mark.parametrize(("name", "mode"), [("sigmoid", "tolerant"), ("tanh", "strict"), ("gelu", None), ("ELU", "strict")])
def test_other_activations(name: str, mode: str | None, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "c.json"
    chosen = [] if mode is None else ["--mode", mode]
    assert main(["represent", str(table), "-o", str(out), "--activation", name, *chosen, "--everywhere", "--json", "--jobs", "1"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["activation"], facts["mode"], facts["checked"]) == (name.lower(), mode or "tolerant", True)
    assert main(["check", str(out), "--jobs", "1"]) == 0


@pytest.mark.parametrize(("name", "mode", "layers"), [("sigmoid", "strict", 18), ("tanh", "strict", 15), ("gelu", None, 19), ("relu", None, 17)])
def test_odd_responses(name: str, mode: str | None, layers: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "odd.csv", tmp_path / "c.json"
    path.write_text("x,value,upstream,gradient\n1,3,1,2\n1,3,0x1p-5,-0.5\n-2,0,1,1\n-2,0,10,0\n")
    chosen = ["--activation", name, *([] if mode is None else ["--mode", mode])]
    assert main(["represent", str(path), "--odd", "-o", str(out), *chosen, "--format", "F(3,4)", "--json", "--jobs", "1"]) == 0
    facts = json.loads(capsys.readouterr().out)
    most = read_certificate(out).network.format.largest if name not in ("sigmoid", "tanh") else (10, 0)
    assert (facts["activation"], facts["layers"], facts["points"]) == (name, layers, 4)
    assert max(abs(rational(c.upstream[0])) for c in read_certificate(out).points) == rational(most)
    assert main(["check", str(out), "--jobs", "1"]) == 0
    assert checker.check_file(out).verdict == "accepted"


@pytest.mark.parametrize(("options", "elsewhere"), [
    ([], 117 * 119), (["--activation", "tanh"], 117 * 81), (["--activation", "sigmoid", "--mode", "strict"], 0),
])  # fmt: skip
def test_odd_responses_everywhere(options: list[str], elsewhere: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table's x have all upstreams, and every other x gets 0; strict sigmoids list the x of their domain."""
    path, out = tmp_path / "odd.csv", tmp_path / "c.json"
    path.write_text("x,value,upstream,gradient\n1,3,1,2\n1,3,0x1p-5,-0.5\n-2,0,1,1\n-2,0,8,0\n")
    assert main(["represent", str(path), "--odd", "--everywhere", "-o", str(out), *options, "--format", "F(2,4)", "--jobs", "1"]) == 0
    certificate = read_certificate(out)
    report = check(certificate)
    assert (report.accepted, report.complete, report.elsewhere) == (True, True, elsewhere)
    assert {rational(p.x[0]) for p in certificate.points} >= {1, -2}
    assert (len({p.x for p in certificate.points}) > 50) == (elsewhere == 0)
    capsys.readouterr()
    assert main(["represent", str(path), "--odd", "--everywhere", *options, "--format", "binary32"]) == 2
    assert "too much to check" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--activation", "mish"], "activation mish: there is no construction for it"),
        (["--activation", "nonsense"], "there are relu, elu, gelu, swish, sigmoid, tanh"),
        (["--activation", "gelu", "--format", "F(2,3)"], "F(2,3): the levels of gelu lie beyond an eighth of the largest float"),
        (["--activation", "tanh", "--depth", "9"], "--depth goes with relu only"),
        (["--activation", "tanh", "--odd", "--depth", "15"], "--depth does not go with it"),
        (["--mode", "strict"], "--mode goes with activations other than relu"),
    ],
)
def test_activations_that_are_refused(options: list[str], message: str, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "c.json"
    assert main(["represent", str(table), "-o", str(out), *options, "--jobs", "1"]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()
