"""Specs: what is read, and what is refused with its line."""

from pathlib import Path

import pytest

from fpproof.formats import parse_format
from fpproof.search import SpecError, parse_spec, read_spec
from fpproof.search.spec import Kind, Place

GOOD = """\
format = "E5M2"
layers = [{ width = 2, activation = "relu" }, { width = 1, bias = false }]

[[points]]
x = ["1"]
upstream = "1"
value = "1.25"
gradient = ["-3"]
"""


def test_the_example() -> None:
    spec = parse_spec(GOOD)
    assert spec.format == parse_format("E5M2")
    assert [layer.width for layer in spec.layers] == [2, 1]
    assert spec.layers[0].bias
    assert not spec.layers[1].bias
    assert [str(place) for place in spec.places()] == ["W1[1,1]", "b1[1]", "W1[2,1]", "b1[2]", "W2[1,1]", "W2[1,2]"]
    point = spec.points[0]
    assert point.value[0].kind is Kind.IS
    assert point.gradient is not None


def test_the_format_of_the_command_wins() -> None:
    assert parse_spec(GOOD, format=parse_format("binary16")).format.name == "binary16"


def test_families_of_points() -> None:
    text = 'format = "F(1,2)"\nlayers = [{ width = 1 }]\n[[forall]]\nvalue = "x"\nupstream = "all"\ngradient = ["0"]\n'
    spec = parse_spec(text)
    floats = 2 * spec.format.largest_ordinal + 1
    assert len(spec.points) == floats**2
    narrow = parse_spec(text.replace("[[forall]]", '[[forall]]\nx = { between = ["0", "1"] }'))
    assert len({p.x for p in narrow.points}) == spec.format.ordinal(spec.format.one) + 1


@pytest.mark.parametrize(
    ("domain", "first", "last", "count"),
    [
        ('{ least = "1" }', 4, 11, 8),
        ('{ above = "1" }', 5, 11, 7),
        ('{ most = "-1" }', -11, -4, 8),
        ('{ below = "-1" }', -11, -5, 7),
        ('{ not = "1" }', -11, 11, 22),
    ],
)
def test_some_x(domain: str, first: int, last: int, count: int) -> None:
    """By their places in the order of F(2,2)."""
    F = parse_format("F(2,2)")
    assert (F.ordinal(F.one), F.largest_ordinal) == (4, 11), "the numbers below are for this format"
    spec = parse_spec(f'layers = [{{ width = 1 }}]\n[[forall]]\nx = {domain}\nvalue = "0"\n', format=F)
    places = [F.ordinal(p.x[0]) for p in spec.points]
    assert (places[0], places[-1], len(places)) == (first, last, count)


def test_weights() -> None:
    text = (
        GOOD
        + """
[[weights]]
layer = 1
neuron = 2
input = 1
same_as = { layer = 1, neuron = 1, input = 1 }

[[weights]]
layer = 2
in = ["1", "-1"]

[[weights]]
layer = 1
bias = true
powers_of_two = true
magnitude = "4"
"""
    )
    spec = parse_spec(text)
    assert spec.choice(Place(0, 1, 0)).same_as == Place(0, 0, 0)
    assert len(spec.choice(Place(1, 0, 1)).among or ()) == 2
    assert spec.choice(Place(0, 0)).powers
    assert not spec.symmetric


BAD = {
    "truncated": (GOOD + "[[points", 8),
    "no TOML": ("format = = 3", 1),
    "duplicate keys": ('format = "E5M2"\nformat = "E5M2"\n', 2),
    "unknown key": (GOOD + "values = 3\n", 9),
    "unknown format": (GOOD.replace("E5M2", "E4M3"), 1),
    "no format": (GOOD.replace('format = "E5M2"\n', ""), 1),
    "no layers": ('format = "E5M2"\n[[points]]\nx = ["1"]\n', 1),
    "nothing is asked": ('format = "E5M2"\nlayers = [{ width = 1 }]\n', 1),
    "width 0": (GOOD.replace("width = 2", "width = 0"), 2),
    "width true": (GOOD.replace("width = 2", "width = true"), 2),
    "unknown activation": (GOOD.replace('"relu"', '"relux"'), 2),
    "no float of the format": (GOOD.replace('"1.25"', '"1.3"'), 7),
    "NaN": (GOOD.replace('"1.25"', '"nan"'), 7),
    "infinity": (GOOD.replace('x = ["1"]', 'x = ["inf"]'), 5),
    "TOML float": (GOOD.replace('"1.25"', "1.25"), 7),
    "two values for one output": (GOOD.replace('"1.25"', '["1", "2"]'), 7),
    "two upstreams for one output": (GOOD.replace('upstream = "1"', 'upstream = ["1", "1"]'), 6),
    "interval in the wrong order": (GOOD.replace('"1.25"', '{ between = ["2", "1"] }'), 7),
    "not and between": (GOOD.replace('"1.25"', '{ not = "2", between = ["1", "2"] }'), 7),
    "no x": (GOOD.replace('x = ["1"]\n', ""), 4),
    "huge number": (GOOD.replace('"1.25"', '"1e999999999"'), 7),
    "long number": (GOOD.replace('"1.25"', '"' + "1" * 5000 + '"'), 7),
    "no such weight": (GOOD + "[[weights]]\nlayer = 2\nbias = true\n", 9),
    "weight spoken of twice": (GOOD + '[[weights]]\nlayer = 1\nis = "1"\n[[weights]]\nlayer = 1\nis = "1"\n', 12),
    "circle of shared weights": (
        GOOD
        + "[[weights]]\nlayer = 1\nneuron = 1\nbias = true\nsame_as = { layer = 1, neuron = 2, bias = true }\n"
        + "[[weights]]\nlayer = 1\nneuron = 2\nbias = true\nsame_as = { layer = 1, neuron = 1, bias = true }\n",
        9,
    ),
    "two ends": (GOOD + '[[forall]]\nx = { least = "1", most = "2" }\nvalue = "0"\n', 10),
    "no such x": (GOOD + '[[forall]]\nx = { above = "57344" }\nvalue = "0"\n', 10),
    "an unknown end": (GOOD + '[[forall]]\nx = { from = "1" }\nvalue = "0"\n', 10),
    "unknown objective": ('minimize = "weights"\n' + GOOD, 1),
    "too many points": (GOOD.replace("E5M2", "binary32") + '[[forall]]\nvalue = "0"\n', 9),
}


@pytest.mark.parametrize("name", BAD)
def test_refused_with_the_line(name: str) -> None:
    text, line = BAD[name]
    with pytest.raises(SpecError) as found:
        parse_spec(text, "bad.toml")
    assert found.value.place is not None
    assert found.value.place.line == line, str(found.value)


@pytest.mark.parametrize("text", ["[" * 5000, "a = " + "[" * 40, "x" * 100, "\x00", "a.b.c = 1"])
def test_hostile_texts_are_refused(text: str) -> None:
    with pytest.raises(SpecError):
        parse_spec(text)


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read_spec(path).points == parse_spec(GOOD).points
