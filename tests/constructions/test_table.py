"""Tables: what is read, and what is refused with its line and column."""

import time
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest

from fpproof.constructions import Point, parse_table, read_table
from fpproof.errors import FpproofError, TableError
from fpproof.formats import ATLAS, NEGATIVE_ZERO, ZERO, ieee_like, parse_format

F34 = ieee_like(3, 4)
GOOD = """# format: F(3,4)
# any comment
x,value,upstream,gradient
0x1p-3,0.25,1,-1.5
0,-0x0p+0,0,0
"""
HEADER = "x,value,upstream,gradient\n"


def test_good() -> None:
    table = parse_table(GOOD.encode(), "good.csv")
    assert (table.format, table.inputs, table.name, table.digest) == (F34, 1, "good.csv", sha256(GOOD.encode()).hexdigest())
    assert table.points == (Point(((8, -6),), (8, -5), (8, -3), ((-12, -3),)), Point((ZERO,), NEGATIVE_ZERO, ZERO, (ZERO,)))
    assert [point.place.line for point in table.points if point.place] == [4, 5]


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        GOOD.replace("F(3,4)", " f(3,4)".upper() + "  "),
        GOOD.replace("\n", "\n\n") + "\n  \n",
        GOOD.replace(",", " , "),
        GOOD.replace("x,value", '"x","value"'),
        GOOD.replace("x,", "x1,").replace("gradient", "gradient1"),
        GOOD.replace("# any comment", "  # any comment"),
        GOOD + "-0,0,0,-0\n",  # the same point again
        GOOD.replace("0x1p-3", "1/8").replace("0.25", "bits(0x28)").replace("1,-1.5", "1e0,-15e-1"),
    ],
)
def test_the_same_table_otherwise_written(text: str) -> None:
    assert parse_table(text.encode()).points == parse_table(GOOD.encode()).points


def test_columns_in_any_order() -> None:
    table = parse_table(b"gradient2,x2,upstream,x1,value,gradient1\n1,2,3,4,5,6\n", format=F34)
    (point,) = table.points
    assert [point.x, point.value, point.upstream, point.gradient] == [((8, -1), (8, -2)), (10, -1), (12, -2), ((12, -1), (8, -3))]


def test_the_format_asked_for_wins() -> None:
    assert parse_table(GOOD.encode(), format=ATLAS["binary32"]).format == ATLAS["binary32"]
    assert parse_table(GOOD.replace("F(3,4)", "no such thing").encode(), format=F34).format == F34


def test_rounding() -> None:
    table = parse_table(f"{HEADER}0.1,0.3,1e-9,0\n".encode(), format=F34, rounding=True)
    assert table.points[0] == Point(((13, -7),), (10, -5), ZERO, (ZERO,))


BAD: list[tuple[str, str, str]] = [
    ("no number", HEADER + "1,zwei,1,0\n", ":2:3: value: 'zwei' is no number"),
    ("quote that is not closed", HEADER + '1,"2,1,0\n', ":2:3: a quote that is not closed"),
    ("quote that is not opened", HEADER + '1,2",1,0\n', ":2:3: a quote that is not closed"),
    ("a quote alone", HEADER + '1,2,1,"\n', ":2:7: a quote that is not closed"),
    ("quotes in a field", HEADER + '1,"2""",1,0\n', ":2:3: a quote that is not closed, or stands inside of a field"),
    ("commas in quotes", HEADER + '1,"2,5",1,0\n', ":2:3: a quote that is not closed"),
    ("quote in the header", 'x,"value,upstream,gradient\n', ":1:3: a quote that is not closed"),
    ("no float", HEADER + "0.1,1,1,0\n", r":2:1: x: '0.1' is no float of F\(3,4\): its neighbours are 0.09375 .* and 0.1015625 .*--round"),
    ("too large", HEADER + "1,1000,1,0\n", r":2:3: value: '1000' is no float of F\(3,4\): its neighbours are 240.0 .* and inf"),
    ("too small", HEADER + "1,1,1,1e-40\n", ":2:7: gradient: '1e-40' is no float"),
    ("infinity", HEADER + "1,inf,1,0\n", ":2:3: value is inf; finite numbers only"),
    ("NaN", HEADER + "1,1,1,nan\n", ":2:7: gradient is nan; finite numbers only"),
    ("empty field", HEADER + "1,,1,0\n", ":2:3: value: '' is no number"),
    ("code that is none", HEADER + "1,bits(0x1ff),1,0\n", ":2:3: value: "),
    ("too few fields", HEADER + "1,2,3\n", ":2: expected 4 fields, one a column, found 3"),
    ("too many fields", HEADER + "# c\n1,2,3,4,5\n", ":3: expected 4 fields, one a column, found 5"),
    ("semicolons", "x;value;upstream;gradient\n1;1;1;1\n", ":1:1: column 'x;value;upstream;gradient' is unknown"),
    ("unknown column", "x,values,upstream,gradient\n", ":1:3: column 'values' is unknown; did you mean value?"),
    ("strange column", "x,q,upstream,gradient\n", ":1:3: column 'q' is unknown; the columns are x"),
    ("column twice", "x,value,upstream,gradient,x1\n", ":1:27: column 'x1' stands twice"),
    ("missing column", "x,value,gradient\n", ":1: column 'upstream' is missing; expected x, value, upstream, gradient"),
    ("missing x", "value,upstream,gradient\n", ":1: column 'x' is missing"),
    ("missing gradient", "x1,x2,value,upstream,gradient1\n", ":1: column 'gradient2' is missing; expected x1 ... x2, value"),
    ("gap", "x1,x3,value,upstream,gradient1,gradient3\n", ":1: column 'x2' is missing"),
    ("gradient of nothing", "x,value,upstream,gradient,gradient2\n", ":1: column 'gradient2' has no input to belong to"),
    ("leading zero", "x01,value,upstream,gradient\n", ":1:1: column 'x01' is unknown"),
    ("no header", "1,2,3,4\n", ":1:1: column '1' is unknown"),
    ("no rows", HEADER, "the table has no rows"),
    ("comments only", "# nothing\n", "the table is empty"),
    ("empty", "", "the table is empty"),
    ("blank", "\n \n\t\n", "the table is empty"),
    ("upstream 0", HEADER + "1,1,0,1\n", ":2: upstream 0 with a gradient that is not 0; every gradient for upstream 0 is 0"),
    ("upstream -0", HEADER + "1,1,1,1\n2,1,-0,1\n", ":3: upstream 0 with a gradient that is not 0"),
    ("same x", HEADER + "1,1,1,1\n1,2,1,1\n", r":3: the same x twice with different data \(first in line 2\)"),
    ("zeros", HEADER + "0,1,1,1\n-0,1,2,1\n", r":3: the same x twice with different data \(first in line 2\); 0 and -0 are the same x"),
    ("long number", HEADER + "1," + "1" * 3000 + ",1,0\n", ":2:3: value: a number of 3000 characters, at most 2000 are read"),
    ("NUL", HEADER + "1,\0,1,0\n", ":2:3: value: "),
    ("many columns", ",".join(f"x{i}" for i in range(1, 20000)) + "\n", ":1:58895: more than 10000 columns"),
    ("long line", "# " + "x" * 2**20 + "\n" + HEADER, ":1: a line of 1048578 characters, at most 1048576 are read"),
]


@pytest.mark.parametrize(("text", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad(text: str, said: str) -> None:
    with pytest.raises(TableError, match=f"^(bad.csv)?(: )?{said}") as caught:
        parse_table(text.encode(), "bad.csv", F34)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (HEADER.encode() + b"1,1,1,1\n", "^bad.csv: no format; say --format, or write a line '# format:"),
        (b"# c\n# format: E4M3\n" + HEADER.encode(), "^bad.csv:2: format 'E4M3' is ambiguous; say E4M3FN"),
        (b"# a format: of some kind\n# format: F(3;4)\n", r"^bad.csv:2: format 'F\(3;4\)': '3;4' is not one of p, emin"),
        (b"# format: " + b" " * 500_000 + b"x\n", "^bad.csv:1: format 'x' is unknown"),
        (b"# format: x" + b" " * 500_000 + b"y\n", "^bad.csv:1: format .* a text of 500002 characters"),
        (HEADER.encode() + b"\xff,1,1,1\n", "^bad.csv:2: expected UTF-8 text, found other bytes"),
        (GOOD.encode("utf-16"), "^bad.csv:1: expected UTF-8 text"),
        (b"\0" * 1000, "^bad.csv: no format"),
    ],
)
def test_bad_bytes(data: bytes, said: str) -> None:
    """No format to read it in; quickly, too, where a line is long."""
    start = time.perf_counter()
    with pytest.raises(FpproofError, match=said):
        parse_table(data, "bad.csv")
    assert time.perf_counter() - start < 5


def test_place_has_the_line_for_a_caret() -> None:
    with pytest.raises(TableError) as caught:
        parse_table(b"# format: F(3,4)\nx , value,upstream,gradient\n 1,  zwei ,1,0\n", "bad.csv")
    place = caught.value.place
    assert place is not None
    assert place.source is not None
    assert place.column is not None
    assert place.source[place.column - 1 :].startswith("zwei")


def test_large_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(GOOD.encode())
    monkeypatch.setattr("fpproof.constructions.rows.LARGEST_FILE", 10)
    with pytest.raises(TableError, match="MiB is not read"):
        read_table(path)


def test_bad_tables_take_no_memory() -> None:
    tracemalloc.start()
    for _, text, _ in BAD:
        with pytest.raises(TableError):
            parse_table(text.encode(), "bad.csv", F34)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20


def test_formats_of_ones_own_have_tables() -> None:
    mine = "mine(p=2,emin=-3,emax=4,Omega=28,specials=nan,overflow=nan)"
    assert parse_table(f"# format: {mine}\n{HEADER}28,28,1,0\n".encode()).format == parse_format(mine)
