"""Files that are no certificates, rule by rule: the place and the rule are named, and nothing is allocated or run."""

import json
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fpproof import checker

from .cases import Certificate, base, both, cut, edited, everywhere, put, sealed, tabled

SCHEMA = json.loads(Path(checker.__file__).with_name("certificates").joinpath("certificate.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
LAYER, POINT, ELSEWHERE = ("layers", 0), ("claims", "points", 0), ("claims", "elsewhere")
Edit = Callable[[Certificate], object]


def wide(**members: Any) -> Edit:
    return put("semantics", "wide", {**base()["format"], **members})


# Where the file is wrong, what is said, and what made it wrong; first what a schema can see, too.
SHAPES: list[tuple[str, str, Callable[[], Certificate], Edit]] = [
    ("", '"digits" is unknown', base, put("digits", 1)),
    ("fpproof-certificate", "1 is needed, found ", base, put("fpproof-certificate", 2)),
    ("fpproof-certificate", "1 is needed, found ", base, put("fpproof-certificate", True)),
    ("format", "an object", base, put("format", "binary16")),
    ("format", "an object is needed, found a JSON list", base, put("format", json.loads("[" * 200 + "]" * 200))),
    ("format", '"p" is missing', base, cut("format", "p")),
    ("format", '"q" is unknown', base, put("format", "q", 3)),
    ("format.name", "a string", base, put("format", "name", 1)),
    ("format.name", "at most 1000", base, put("format", "name", "x" * 1001)),
    ("format.p", "from 1 to 256", base, put("format", "p", 0)),
    ("format.p", "from 1 to 256", base, put("format", "p", 257)),
    ("format.p", "from 1 to 256", base, put("format", "p", "2")),
    ("format.p", "from 1 to 256", base, put("format", "p", None)),
    ("format.emin", "an integer", base, put("format", "emin", -(2**18) - 1)),
    ("format.emax", "an integer", base, put("format", "emax", 2**18 + 1)),
    ("format.specials", " or ", base, put("format", "specials", "inf")),
    ("format.overflow", " or ", base, put("format", "overflow", "wrap")),
    ("format", "does not go with", base, put("format", "specials", "nan")),
    ("format", "does not go with", base, both(put("format", "specials", "none"), put("format", "overflow", "nan"))),
    ("format.Omega", "a code", base, put("format", "Omega", "1B")),
    ("format.Omega", "a code", base, put("format", "Omega", 27)),
    ("semantics", '"flush" is missing', base, cut("semantics", "flush")),
    ("semantics", '"fused" is unknown', base, put("semantics", "fused", False)),
    ("semantics.flush", "true or false is needed", base, put("semantics", "flush", 0)),
    ("semantics.order", "no order", base, put("semantics", "order", "right-to-left")),
    ("semantics.order", "no order", base, put("semantics", "order", "blocked(0)")),
    ("semantics.order", "no order", base, put("semantics", "order", "blocked(02)")),
    ("semantics.order", "no order", base, put("semantics", "order", "blocked(1000000000)")),
    ("semantics.order", "no order", base, put("semantics", "order", "blocked(\u0663)")),
    ("semantics.order", "a string", base, put("semantics", "order", ["pairwise"])),
    ("semantics.wide", "an object", base, put("semantics", "wide", "binary32")),
    ("semantics.wide.emin", "an integer", base, wide(emin="-2")),
    ("semantics.wide.p", "from 1 to 256", base, wide(p=1000)),
    ("semantics.relu-slope", "a code", base, put("semantics", "relu-slope", 0)),
    ("semantics.relu-slope", "a code", base, put("semantics", "relu-slope", "0X")),
    ("inputs", "an integer", base, put("inputs", 0)),
    ("inputs", "an integer", base, put("inputs", "2")),
    ("layers", "no layers", base, put("layers", [])),
    ("layers", "a list", base, put("layers", {})),
    ("layers[0]", '"bias" is missing', base, cut(*LAYER, "bias")),
    ("layers[1]", '"name" is unknown', base, put("layers", 1, "name", "output")),
    ("layers[0].sparse", "true or false is needed", base, put(*LAYER, "sparse", None)),
    ("layers[0].activation", 'null or "relu" is needed', base, put(*LAYER, "activation", 7)),
    ("layers[0].weights", "without neurons", base, both(put(*LAYER, "weights", []), put(*LAYER, "bias", []))),
    ("layers[0].weights[1]", "a list", base, put(*LAYER, "weights", 1, None)),
    ("layers[0].weights[1][0]", "a pair", base, put(*LAYER, "weights", 1, 0, [1])),
    ("layers[0].weights[1][0]", "a pair", base, put(*LAYER, "weights", 1, 0, ["1", "0c"])),
    ("layers[0].weights[1][0]", "a pair", base, put(*LAYER, "weights", 1, 0, [True, "0c"])),
    ("layers[1].weights[0][0]", "a code", base, put("layers", 1, "weights", 0, [[0, "0c"], [1, "0c"]])),
    ("layers[0].bias[0]", "a code", base, put(*LAYER, "bias", 0, False)),
    ("tables", "an object", base, put("tables", [])),
    ("tables", "called relu", base, put("tables", "relu", [])),
    ("tables.t", "a list", tabled, put("tables", "t", None)),
    ("tables.t[0]", "2 entries instead of 3", tabled, put("tables", "t", 0, ["00", "0c"])),
    ("tables.t[1][2]", "a code", tabled, put("tables", "t", 1, 2, 1)),
    ("claims", '"finite" is missing', base, cut("claims", "finite")),
    ("claims", "nothing is claimed", base, put("claims", "points", [])),
    ("claims.points", "a list", base, put("claims", "points", {})),
    ("claims.points[0]", "[x, upstream, value, gradient]", base, put("claims", "points", 0, [["0c", "0c"], ["0c"], ["14"]])),
    ("claims.points[0]", "[x, upstream, value, gradient]", base, put("claims", "points", 0, "0c")),
    ("claims.points[0][1]", "a list", base, put(*POINT, 1, "0c")),
    ("claims.points[0][3][1]", "a code", base, put(*POINT, 3, 1, None)),
    ("claims.finite", "not sorted", base, put("claims", "finite", ["adjoints", "activations"])),
    ("claims.finite", "not sorted", base, put("claims", "finite", ["adjoints", "adjoints"])),
    ("claims.finite[0]", " or ", base, put("claims", "finite", ["gradients"])),
    ("claims.finite", "a list", base, put("claims", "finite", "adjoints")),
    ("claims.elsewhere", "an object", everywhere, put(*ELSEWHERE, [])),
    ("claims.elsewhere", '"value" is missing', everywhere, cut(*ELSEWHERE, "value")),
    ("claims.elsewhere.upstreams", "a list", everywhere, put(*ELSEWHERE, "upstreams", "some")),
    ("claims.elsewhere.upstreams", "no upstreams", everywhere, put(*ELSEWHERE, "upstreams", [])),
    ("provenance", "an object", base, put("provenance", [])),
    ("provenance.n", "a string", base, put("provenance", "n", None)),
    ("provenance.n[1].deep", "at most 1000", base, put("provenance", "n", [1, {"deep": "x" * 1001}])),
    ("provenance", "at most 1000", base, put("provenance", "x" * 1001, 1)),
]

# What only the checker can see.
MEANINGS: list[tuple[str, str, Callable[[], Certificate], Edit]] = [
    ("format", "emin is above emax", base, put("format", "emin", 4)),
    ("format.Omega", "a code of 3 digits", base, put("format", "p", 6)),
    ("format.Omega", "not that of emax", base, put("format", "Omega", "17")),
    ("format.Omega", "not that of emax", base, put("format", "Omega", "3b")),
    ("format.Omega", "not that of emax", base, put("format", "Omega", "1c")),
    ("format.Omega", "more than 6 bits", base, put("format", "Omega", "5b")),
    ("format.Omega", "the code of NaN", base, put("format", {**base()["format"], "specials": "nan", "overflow": "nan", "emax": 4, "Omega": "1f"})),
    ("semantics.wide.Omega", "not that of emax", base, wide(Omega="13")),
    ("semantics.wide", "emin is above emax", base, wide(emin=5)),
    ("semantics.order", "no order", base, put("semantics", "order", "pairwise\n")),  # Python's $ also matches before a last newline
    ("semantics.relu-slope", "not finite", base, put("semantics", "relu-slope", "1d")),
    ("semantics.relu-slope", "not finite", base, put("semantics", "relu-slope", "3c")),
    ("semantics.relu-slope", "a code of 2 digits", base, put("semantics", "relu-slope", "000")),
    ("semantics.relu-slope", "above Omega", base, both(put("format", "Omega", "18"), put("semantics", "relu-slope", "19"))),
    ("layers[0].inputs", "3 is needed, found 2", base, put("inputs", 3)),
    ("layers[1].inputs", "2 is needed, found 3", base, put("layers", 1, "inputs", 3)),
    ("layers[0].activation", 'null or "relu" is needed', base, put(*LAYER, "activation", "tanh")),
    ("layers[0].weights[0][0]", "column 2 of 2", base, put(*LAYER, "weights", 0, 0, 0, 2)),
    ("layers[0].weights[0][1]", "columns not strictly increasing", base, put(*LAYER, "weights", 0, [[1, "0c"], [0, "0c"]])),
    ("layers[0].weights[0][1]", "columns not strictly increasing", base, put(*LAYER, "weights", 0, [[1, "0c"], [1, "0c"]])),
    ("layers[0].weights[0][0]", "not finite", base, put(*LAYER, "weights", 0, 0, 1, "1c")),
    ("layers[1].weights[0]", "3 entries instead of 2", base, put("layers", 1, "weights", 0, ["0c"] * 3)),
    ("layers[1].weights[0][1]", "more than 6 bits", base, put("layers", 1, "weights", 0, 1, "4c")),
    ("layers[0].bias", "1 entries instead of 2", base, cut(*LAYER, "bias", 0)),
    ("layers[0].bias[1]", "not finite", base, put(*LAYER, "bias", 1, "3f")),
    ("tables", "no layer uses", tabled, put("tables", "unused", [])),
    ('tables["\\u001b[31m"][0]', "2 entries instead of 3", tabled, put("tables", "\x1b[31m", [["00", "00"]])),
    ("tables.t[1]", "codes of z not strictly increasing", tabled, lambda made: made["tables"]["t"].insert(0, ["0c", "00", "00"])),
    ("tables.t[1]", "codes of z not strictly increasing", tabled, lambda made: made["tables"]["t"].insert(0, ["00", "00", "00"])),
    ("tables.t[0]", "-0 in a table", tabled, put("tables", "t", 0, 0, "20")),
    ("tables.t[0]", "NaN in a table", tabled, put("tables", "t", 0, 1, "1d")),
    ("tables.t[2]", "NaN in a table", tabled, put("tables", "t", 2, 0, "3f")),
    ("claims.points[0][0]", "1 entries instead of 2", base, put(*POINT, 0, ["0c"])),
    ("claims.points[0][1]", "2 entries instead of 1", base, put(*POINT, 1, ["0c", "0c"])),
    ("claims.points[0][2]", "0 entries instead of 1", base, put(*POINT, 2, [])),
    ("claims.points[0][3][0]", "not finite", base, put(*POINT, 3, 0, "1d")),
    ("claims.points[0][0][1]", "not finite", base, put(*POINT, 0, 1, "3c")),
    ("claims.elsewhere.value", "2 entries instead of 1", everywhere, put(*ELSEWHERE, "value", ["00", "00"])),
    ("claims.elsewhere.gradient[0]", "not finite", everywhere, put(*ELSEWHERE, "gradient", ["1c"])),
    ("claims.elsewhere.upstreams[1]", "0 entries instead of 1", everywhere, put(*ELSEWHERE, "upstreams", [["00"], []])),
    ("provenance.n", "half a surrogate", base, put("provenance", "n", "\ud800")),
    ("tables", "half a surrogate", base, put("tables", "\udfff", [])),
]


@pytest.mark.parametrize(("place", "words", "made", "edit"), SHAPES + MEANINGS)
def test_malformed(place: str, words: str, made: Callable[[], Certificate], edit: Edit) -> None:
    report = checker.check_bytes(edited(made(), edit))
    assert (report.verdict, report.place) == ("malformed", place), report
    assert words in report.reason


@pytest.mark.parametrize(("place", "words", "made", "edit"), SHAPES)
def test_schema_refuses_shapes(place: str, words: str, made: Callable[[], Certificate], edit: Edit) -> None:
    assert list(VALIDATOR.iter_errors(json.loads(edited(made(), edit))))


def raw(old: str, new: str) -> bytes:
    text = sealed(base()).decode()
    assert text.count(old) == 1
    return text.replace(old, new).encode()


TEXTS: list[tuple[str, bytes]] = [
    ("not JSON: Expecting value", b""),
    ("not JSON: Expecting value", b" \n"),
    ("not JSON", sealed(base())[:-40]),
    ("not JSON: Extra data", sealed(base()) + b"{}"),
    ("not JSON", sealed(base()).replace(b'"', b"'")),
    ("not JSON: Unexpected UTF-8 BOM", b"\xef\xbb\xbf" + sealed(base())),
    ("codec can't decode byte 0xe4 in position", sealed(base()).replace(b"by hand", b"by h\xe4nd")),
    ("codec can't decode byte 0xff in position 1", b"\x00\xff"),
    ("not JSON", sealed(base()).decode().encode("utf-16-le")),
    ("not JSON: Invalid control character", raw("by hand", "by\thand")),
    ("an object is needed", b"[]"),
    ("an object is needed", b"null"),
    ("an object is needed", b'"fpproof-certificate"'),
    ("occurs twice", raw('"p":2', '"p":2,"p":2')),
    ("occurs twice", raw('"tables":{}', '"tables":{},"t\\u0061bles":{}')),
    ("occurs twice", raw('"tool":"by hand"', '"tool":"by hand","tool":"by hand"')),
    ("the number 2.0 is no integer", raw('"p":2', '"p":2.0')),
    ("the number 2e0 is no integer", raw('"p":2', '"p":2e0')),
    ("the number NaN is no integer", raw('"p":2', '"p":NaN')),
    ("the number -Infinity is no integer", raw('"emin":-2', '"emin":-Infinity')),
    ("the number -0 is no integer", raw('"emin":-2', '"emin":-0')),
    ("is no integer", raw('"p":2', f'"p":{2**53}')),
    ("is no integer", raw('"p":2', '"p":' + "9" * 100000)),
    ("an integer from 0", raw('[1,{"deep"', '[-1,{"deep"')),
    ("not JSON", raw('"p":2', '"p":02')),
    ("not the digest", raw("by hand", "by foot")),
    ("not the digest", sealed(base()).replace(b"sha256:", b"sha512:")),
    ("not JSON: Expecting value", b"[" * 64),
    ("nested deeper than 64", b"[" * 100000),
    ("nested deeper than 64", b'{"a":' * 100000),
    ("nested deeper than 64", edited(base(), put("provenance", "n", json.loads("[" * 63 + "]" * 63)))),
    ("not JSON", b'"' + b'\\"' * 3000000),
    ("not JSON", b"\\" * 3000000),
    ("more than 67108864 bytes", b" " * (2**26 + 1)),
]


@pytest.mark.parametrize(("words", "data"), TEXTS, ids=[f"{number}: {text[0]}" for number, text in enumerate(TEXTS)])
def test_malformed_text(words: str, data: bytes) -> None:
    start = time.process_time()
    report = checker.check_bytes(data)
    assert report.verdict == "malformed"
    assert words in report.reason
    assert time.process_time() - start < 2


def test_spacing_and_order_of_members_do_not_matter() -> None:
    loose = json.dumps(dict(reversed(json.loads(sealed(base())).items())), indent=2).encode()
    assert checker.check_bytes(loose).verdict == "accepted"


def test_numbers_that_announce_much_memory() -> None:
    """Nothing is as long as a number says before something of that length was read."""
    huge = base()
    huge["inputs"] = huge["layers"][0]["inputs"] = 2**53 - 1
    many = everywhere()
    many["inputs"], many["layers"][0]["inputs"], many["layers"][0]["sparse"] = 5000, 5000, True
    many["layers"][0]["weights"], many["claims"]["elsewhere"]["gradient"], many["claims"]["points"] = [[]], ["00"] * 5000, []
    tracemalloc.start()
    assert checker.check_bytes(sealed(huge)).place == "claims.points[0][0]"
    assert checker.check_bytes(sealed(many)).reason == "more than 10000000 evaluations"
    assert checker.check_bytes(b"[" * 100000).verdict == "malformed"
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_widest_format() -> None:
    """p = 256 and exponents to 2^18: sums of numbers half a million bits apart are exact and quick."""
    made = base()
    made["format"] = {"name": "wide", "p": 256, "emin": -(2**18), "emax": 2**18, "Omega": "", "specials": "none", "overflow": "saturate"}
    width = 1 + (2**19 + 1).bit_length() + 256
    codes = {"omega": 1, "one": (2**18 + 1) << 256, "Omega": ((2**19 + 2) << 256) - 1, "zero": 0, "smallest normal": 1 << 256}
    text = {name: f"{code:0{-(-width // 4)}x}" for name, code in codes.items()}
    made["format"]["Omega"] = text["Omega"]
    made["semantics"]["relu-slope"] = text["zero"]
    made["inputs"] = 3
    made["layers"] = [{"inputs": 3, "activation": None, "sparse": False, "weights": [[text["one"]] * 3], "bias": [text["omega"]]}]
    point = [[text["omega"], text["Omega"], text["omega"]], [text["one"]], [text["Omega"]], [text["one"]] * 3]
    for order in ("left-to-right", "pairwise", "fma"):
        made["semantics"]["order"], made["claims"]["points"] = order, [point] * 5
        assert checker.check_bytes(sealed(made)).verdict == "accepted"


def command(*arguments: str, memory: int = 2**29) -> subprocess.CompletedProcess[str]:
    """The module as a copied-out script, without this package, in bounded memory."""

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))

    line = [sys.executable, "-I", checker.__file__, *arguments]
    return subprocess.run(line, capture_output=True, text=True, preexec_fn=bounded, check=False, timeout=60)


def test_command(tmp_path: Path) -> None:
    """One line a file, the worst exit code, JSON; directories, missing files and names that a terminal would obey."""
    good, bad, odd = tmp_path / "good.cert.json", tmp_path / "bad.cert.json", tmp_path / "\x1b[31m\u20ac"
    good.write_bytes(sealed(base()))
    bad.write_bytes(edited(base(), put(*POINT, 2, ["15"])))
    odd.write_bytes(b"[" * 100000)
    done = command(str(good), str(bad), str(odd), str(tmp_path), str(tmp_path / "missing"))
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr, len(lines)) == (2, "", 5)
    assert lines[0].startswith(f"accepted  {good}  1 points (x, upstream): value and gradient; non-finite: 0 pre-activations, 0 activations,")
    assert "left-to-right in F(2,3)[p 2, emin -2, emax 3, Omega 0x1.cp+3, ieee, infinity]" in lines[0]
    assert lines[1].startswith(f"rejected  {bad}  claims.points[0]: x = [0x1p+0 (0c), 0x1p+0 (0c)], upstream = [0x1p+0 (0c)]: value[0]: expected")
    assert lines[2].endswith("\\x1b[31m\\u20ac  nested deeper than 64")
    assert "cannot be read" in lines[3]
    assert "cannot be read" in lines[4]
    assert command(str(good)).returncode == 0
    assert command(str(good), str(bad)).returncode == 1
    reports = json.loads(command("--json", str(good), str(bad)).stdout)
    assert [report["verdict"] for report in reports] == ["accepted", "rejected"]
    assert reports[1]["failing"]["expected"] == "0x1.4p+2 (15)"
    assert command().returncode == 2


def test_large_nasty_files_in_bounded_memory(tmp_path: Path) -> None:
    """Tens of megabytes that are no certificate get one line, within half a gigabyte."""
    for content in (b"[" * 2**26, b'"' * 2**22, b'{"a":' + b"9" * 2**25, b'"' + b"\\\\" * 2**22):
        path = tmp_path / "nasty"
        path.write_bytes(content)
        done = command(str(path))
        assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (2, "", 1)


def test_interrupt(tmp_path: Path) -> None:
    """An interrupt gives one line and 130."""
    path = tmp_path / "long.json"
    long = everywhere()
    long["claims"]["elsewhere"]["upstreams"] = [["00"]] * 180000
    path.write_bytes(sealed(long))
    with subprocess.Popen([sys.executable, checker.__file__, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(2)
        process.send_signal(2)
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (130, "", "interrupted\n")
