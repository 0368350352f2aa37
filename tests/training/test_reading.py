"""Descriptions of runs: what is read, and that what strangers may send is refused by a sentence with its place."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings

from fpproof.training import Affine, DescriptionError, Run, cut, parse_source, read_run, run_of
from fpproof.training.writing import to_toml
from tests.network_strategies import runs

EXAMPLES = Path(__file__).parent.parent.parent / "examples"

SPEC = """loss = "squared"
step = "2^-6"
momentum = 0.9
batches = 1
steps = 3
arithmetic = ["exact", "binary16"]
[data]
x = [[0.1], ["1/3"]]
y = [[1], ["-2"]]
[[layers]]
weights = [["1"], ["2-2^-10"]]
bias = [0, 1]
activation = "relu"
[[layers]]
weights = [[1, 1]]
"""


def read(text: str) -> Run:
    return run_of(parse_source("run.toml", text))


def test_everything_is_read() -> None:
    expected = Run(
        (
            Affine(((Fraction(1),), (Fraction(2047, 1024),)), (Fraction(0), Fraction(1)), "relu"),
            Affine(((Fraction(1), Fraction(1)),), (None,)),
        ),
        ((Fraction(1, 10),), (Fraction(1, 3),)),
        ((Fraction(1),), (Fraction(-2),)),
        step=Fraction(1, 64),
        momentum=Fraction(9, 10),
        batches=((0,), (1,)),
        steps=3,
        arithmetics=("exact", "binary16"),
    )
    assert read(SPEC) == expected
    assert expected.parameters == 6
    assert [expected.batch(k) for k in range(3)] == [(0,), (1,), (0,)]


def test_the_example() -> None:
    run = read_run(EXAMPLES / "logistic49.toml")
    assert (run.parameters, len(run.x), run.batches) == (49, 10, (tuple(range(10)),))


def test_batches() -> None:
    assert cut(5, 2) == ((0, 1), (2, 3), (4,))
    assert read(SPEC.replace("batches = 1", "batches = [[1, 0], [1]]")).batches == ((1, 0), (1,))


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ('"1/3"', '"1/0"', "run.toml:8:14", "divides by zero"),
        ('"2-2^-10"', '"q"', "run.toml:11:20", "'q' is no number"),
        ("0.1", "nan", "run.toml:8:7", "no number"),
        ("0.1", "inf", "run.toml:8:7", "no number"),
        ("0.1", "true", "run.toml:1", "expected a number, found True"),
        ("loss", "los", "run.toml:1:1", "did you mean 'loss'?"),
        ('"squared"', '"cubed"', "run.toml:1:1", "there are squared"),
        ("bias = [0, 1]", "bias = [0]", "run.toml:1", "expected 2 numbers"),
        ("[[1, 1]]", "[[1, 1, 1]]", "run.toml", "layer 2: expected 2 weights"),
        ("[[1, 1]]", "[[1, 1], [1]]", "run.toml:1", "rows of one length"),
        ("[[1, 1]]", "1", "run.toml:1", "expected a list of rows"),
        ("[[1, 1]]", "[]", "run.toml:1", "expected a list of rows"),
        ('["-2"]]', '["-2", 1]]', "run.toml:1", "rows of one length"),
        (', ["-2"]]', "]", "run.toml", "as many rows"),
        ('"relu"', '"relo"', "run.toml:13:14", "did you mean"),
        ("batches = 1", "batches = 0", "run.toml:4:1", "whole number"),
        ("batches = 1", "batches = [[2]]", "run.toml:4:1", "from 0 to 1"),
        ("batches = 1", "batches = []", "run.toml:4:1", "lists of samples"),
        ("steps = 3", "steps = -1", "run.toml:5:1", "whole number"),
        ("steps = 3", "steps = 3\nsteps = 4", "run.toml:6:10", "Cannot overwrite"),
        ("[[1, 1]]", "[[1, 1", "run.toml:1", "nclosed array"),
        ("[data]", "[dada]", "run.toml:7:2", "did you mean 'data'?"),
        ("[[layers]]", "[layers]", "run.toml:14", ""),
        ("steps = 3", "steps = " + "9" * 5000, "run.toml:5", "too long"),
        ("steps = 3", "steps = [[[[[1]]]]]", "run.toml:5", "nested deeper"),
        ("steps = 3", ".".join("a" * 20) + " = 1", "run.toml:5", "too long"),
    ],
)
def test_errors_have_places(old: str, new: str, place: str, message: str) -> None:
    assert old in SPEC
    with pytest.raises(DescriptionError) as error:
        read(SPEC.replace(old, new))
    assert str(error.value).startswith(place), str(error.value)
    assert message in str(error.value)


def test_files_that_are_no_descriptions(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    for data in (b"\xff\xfe", b"", b"a" * (2**23 + 1), b"\x00", SPEC.encode()[:-20]):
        path.write_bytes(data)
        with pytest.raises(DescriptionError):
            read_run(path)


@settings(max_examples=50, deadline=None)
@given(runs(("relu", "sigmoid", None)))
def test_what_is_written_is_read_again(run: Run) -> None:
    assert run_of(parse_source("written", to_toml(run))) == run


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SPEC.encode())
    assert read_run(path) == read(SPEC)
