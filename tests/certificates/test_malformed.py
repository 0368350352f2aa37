"""Files that are no certificates, through the command: one line on stderr, exit code 2, soon, and without memory.

The stand-alone checker must call the same files malformed: two readers of one format page.
"""

import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fpproof import checker
from fpproof.certificates import parse_certificate
from fpproof.cli.main import main
from fpproof.errors import CertificateError
from tests.checker.cases import base as valid
from tests.checker.cases import both, cut, edited, everywhere, put, sealed, tabled
from tests.checker.test_malformed import MEANINGS, SHAPES

GOOD = sealed(valid())
LAYER, POINT = ("layers", 0), ("claims", "points", 0)


def texted(old: str, new: str) -> bytes:
    """The good file, still with its old digest, with one text replaced."""
    text = GOOD.decode()
    assert text.count(old) >= 1
    return text.replace(old, new, 1).encode()


BAD: list[tuple[str, bytes, str]] = [
    ("empty", b"", "no JSON"),
    ("blank", b" \n", "no JSON"),
    ("truncated", GOOD[: len(GOOD) // 2], "no JSON"),
    ("truncated by a byte", GOOD[:-2], "no JSON"),
    ("two files in one", GOOD + GOOD, "no JSON: Extra data"),
    ("no JSON at all", b"x,value,upstream,gradient\n", "no JSON"),
    ("not UTF-8", GOOD[:40] + b"\xff" + GOOD[40:], "byte 40: expected UTF-8"),
    ("UTF-16", GOOD.decode().encode("utf-16"), "expected UTF-8"),
    ("byte order mark", b"\xef\xbb\xbf" + GOOD, "no JSON"),
    ("a list", b"[]", "expected an object, found a list of 0"),
    ("a number", b"1", "expected an object, found 1"),
    ("an empty object", b"{}", "expected a member 'fpproof-certificate', found nothing"),
    ("nested", b"[" * 10**5 + b"]" * 10**5, "nesting deeper than 64"),
    ("nested objects", b'{"a":' * 10**5 + b"1" + b"}" * 10**5, "nesting deeper than 64"),
    ("nested in provenance", edited(valid(), put("provenance", "n", json.loads("[" * 70 + "]" * 70))), "nesting deeper than 64"),
    ("a member twice", texted('"inputs":2', '"inputs":2,"inputs":2'), "member 'inputs' stands twice"),
    ("NaN", texted('"inputs":2', '"inputs":NaN'), "the number NaN: a certificate has integers only"),
    ("Infinity", texted('"inputs":2', '"inputs":-Infinity'), "integers only"),
    ("a fraction", texted('"inputs":2', '"inputs":2.0'), "the number 2.0: a certificate has integers only"),
    ("an exponent", texted('"inputs":2', '"inputs":2e0'), "integers only"),
    ("minus zero", texted('"emin":-2', '"emin":-0'), "found -0"),
    ("a huge integer", texted('"inputs":2', '"inputs":' + "9" * 10**5), "expected an integer of magnitude below 2^53"),
    ("2^53", edited(valid(), put("inputs", 2**53)), "below 2^53"),
    ("other version", edited(valid(), put("fpproof-certificate", 2)), "expected version 1, found 2"),
    ("version true", edited(valid(), put("fpproof-certificate", True)), "expected an integer, found True"),
    ("digest", texted('"digest":"sha256:', '"digest":"sha256:0'), "digest: expected sha256:"),
    ("no digest", texted('"digest"', '"Digest"'), "expected a member 'digest'"),
    ("10^9 inputs", edited(valid(), put("inputs", 10**9)), "layers[0].inputs: expected 1000000000"),
    ("10^9 inputs of a layer", edited(valid(), both(put("inputs", 10**9), put(*LAYER, "inputs", 10**9))), "a list of 1000000000"),
    ("column 10^9", edited(valid(), put(*LAYER, "weights", 0, 0, 0, 10**9)), "found 1000000000"),
    ("negative inputs", edited(valid(), put("inputs", -2)), "layers[0].inputs"),
    ("negative column", edited(valid(), put(*LAYER, "weights", 0, 0, 0, -1)), "expected increasing inputs"),
    ("negative in provenance", edited(valid(), put("provenance", "n", -1)), "provenance.n: expected no negative number"),
    ("null in provenance", edited(valid(), put("provenance", "n", None)), "provenance.n: expected a string"),
    ("half a surrogate", edited(valid(), put("provenance", "n", "\ud800")), "half a surrogate pair"),
    ("another format's bits", edited(valid(), put(*POINT, 2, ["0014"])), "2 hexadecimal digits, a code of F(2,3)"),
    ("a code beyond the width", edited(valid(), put(*POINT, 2, ["7f"])), "claims.points[0]: format F(2,3): a code has 6 bits"),
    ("upper case", edited(valid(), put(*POINT, 2, ["0C"])), "2 hexadecimal digits"),
    ("a claim of infinity", edited(valid(), put(*POINT, 2, ["1c"])), "expected a finite float, found 1c (an infinity)"),
    ("a claim of NaN", edited(valid(), put(*POINT, 3, ["1d", "1d"])), "expected a finite float, found 1d (NaN)"),
    ("a weight of NaN", edited(valid(), put(*LAYER, "weights", 0, 0, 1, "1d")), "expected a finite float"),
    ("p = 10^9", edited(valid(), put("format", "p", 10**9)), "expected p from 1 to 256"),
    ("emax = 10^9", edited(valid(), put("format", "emax", 10**9)), "exponents of magnitude at most 262144"),
    ("blocks of 10^9", edited(valid(), put("semantics", "order", "blocked(1000000000)")), "semantics.order: "),
    ("nothing claimed", edited(valid(), put("claims", "points", [])), "expected points, or a claim about elsewhere"),
    ("no upstreams", edited(everywhere(), put("claims", "elsewhere", "upstreams", [])), "expected at least one upstream"),
    ("an unknown member", edited(valid(), put("\x1b[2Jmore\n", 1)), "expected no further member, found ?[2Jmore "),
    ("a long name", edited(valid(), put("x" * 10**6, 1)), "no further member, found xxxxx"),
    ("a table without a layer", edited(valid(), put("tables", "t", [])), "tables that a layer uses, found t"),
    ("a missing table", edited(tabled(), cut("tables", "t")), "activation 't' is unknown"),
    ("an escaped quote too many", b'"' + b'\\"' * 10**5, "no JSON"),
    ("many members, one twice", b"{" + b",".join(b'"%d":1' % i for i in range(20000)) + b',"19999":2}', "member '19999' stands twice"),
    ("many members", b"{" + b",".join(b'"%d":1' % i for i in range(20000)) + b"}", "found 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
    ("a long list", b"[" + b"1," * 10**5 + b"1]", "expected an object, found a list of 100001"),
]


@pytest.mark.parametrize("command", ["check", "eval"])
@pytest.mark.parametrize(("data", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_one_line_and_exit_code_2(command: str, data: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(data)
    start = time.perf_counter()
    assert main([command, str(path), *(["--x", "1,1"] if command == "eval" else [])]) == 2
    assert time.perf_counter() - start < 5
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"fpproof: error: {path}: ")
    assert said in output.err
    assert output.err.count("\n") == 1
    assert len(output.err) < 700


@pytest.mark.parametrize(("name", "data"), [case[:2] for case in BAD])
def test_the_checker_says_so_too(name: str, data: bytes) -> None:
    if name != "many members, one twice":  # nobody compares thousands of lines of messages
        assert checker.check_bytes(data).verdict == "malformed"


RULES = [(f"{place} {rule}", base, edit) for place, rule, base, edit in [*SHAPES, *MEANINGS]]


@pytest.mark.parametrize(("base", "edit"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_every_rule_of_the_format_page(base: Callable[[], dict[str, Any]], edit: Callable[[dict[str, Any]], object]) -> None:
    """What the stand-alone checker's tests call malformed, this reader refuses as well."""
    with pytest.raises(CertificateError) as caught:
        parse_certificate(edited(base(), edit))
    assert len(str(caught.value)) < 700


def test_what_these_are_made_from_is_read() -> None:
    for base in (valid, tabled, everywhere):
        parse_certificate(sealed(base()))


def test_no_memory() -> None:
    """Nothing is made as large as a size field says, and no more than a few times the file."""
    for name, data, _ in BAD:
        tracemalloc.start()
        with pytest.raises(CertificateError):
            parse_certificate(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 30 * 2**20, name


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("fpproof.certificates.reading.LARGEST_FILE", 100)
    path = tmp_path / "large.json"
    path.write_bytes(GOOD)
    assert main(["check", str(path)]) == 2
    assert "MiB is not read" in capsys.readouterr().err


def test_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none")]) == 2
    assert main(["check", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_more_claims_than_can_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Thousands of outputs, and every vector of upstreams: a number with thousands of digits, which is not printed."""
    made = everywhere()
    made["layers"][0] |= {"weights": [["00"]] * 3000, "bias": [None] * 3000}
    made["claims"]["points"] = []
    made["claims"]["elsewhere"]["value"] = ["00"] * 3000
    path = tmp_path / "many.json"
    path.write_bytes(sealed(made))
    assert main(["check", str(path)]) == 2
    assert "claims.elsewhere: the claim is about more than" in capsys.readouterr().err
