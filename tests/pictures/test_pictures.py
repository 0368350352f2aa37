"""What is drawn is what the evaluator says; pictures are files of their kind, the same every time."""

import json
from pathlib import Path
from random import Random

import pytest

from fpproof.certificates import Certificate, ClaimedPoint, read_certificate
from fpproof.cli.main import main
from fpproof.constructions import build_five
from fpproof.errors import FpproofError
from fpproof.formats import Format, ieee_like, parse_format
from fpproof.networks import Layer, Network, evaluate, parse_semantics
from fpproof.pictures import curve, diagram, draw_curve, draw_diagram, formula
from tests.constructions.test_seven_layers import everything, row

F34 = ieee_like(3, 4)


def made(F: Format, count: int, inputs: int = 1, semantics: str = "left-to-right") -> Certificate:
    random, xs = Random(count), everything(F) if F.width <= 8 else [F.from_ordinal(n) for n in range(-9, 9)]
    points = {x: row(F, x, random) for x in (tuple(random.choice(xs) for _ in range(inputs)) for _ in range(count))}
    claimed = tuple(ClaimedPoint(p.x, (p.upstream,), (p.value,), p.gradient) for p in points.values())
    return Certificate(build_five(F, list(points.values())), claimed, parse_semantics(semantics))


@pytest.mark.parametrize("semantics", ["left-to-right", "pairwise"])
@pytest.mark.parametrize("inputs", [1, 2])
def test_curves_are_what_the_evaluator_says(inputs: int, semantics: str) -> None:
    certificate = made(ieee_like(2, 3), 5, inputs, semantics=semantics)
    F, base = certificate.network.format, certificate.points[0]
    own = {p.x: p.upstream for p in reversed(certificate.points)}
    for coordinate in range(inputs):
        found = curve(certificate, coordinate)
        assert found.complete
        assert found.xs == tuple(range(-F.largest_ordinal, F.largest_ordinal + 1))
        for n, value, gradient in zip(found.xs, found.values, found.gradients, strict=True):
            x = (*base.x[:coordinate], F.from_ordinal(n), *base.x[coordinate + 1 :])
            point = evaluate(certificate.network, x, own.get(x, base.upstream), certificate.semantics)
            for place, datum in ((value, point.value[0]), (gradient, point.gradient[coordinate])):
                assert place == (None if datum[1] is None and datum != (0, -1) else F.ordinal(datum))


def test_large_formats_are_sampled_with_every_claimed_point() -> None:
    certificate = made(parse_format("bfloat16"), 5)
    found = curve(certificate)
    assert not found.complete
    assert found.claimed <= set(found.xs)
    assert {n + 1 for n in found.claimed} <= set(found.xs)
    claimed = {certificate.network.format.ordinal(p.x[0]): p for p in certificate.points}
    for n, value in zip(found.xs, found.values, strict=True):
        expected = claimed[n].value[0] if n in claimed else (0, 0)
        assert value == certificate.network.format.ordinal(expected)


def test_what_is_not_finite_has_no_place() -> None:
    """8 x overflows from 32 on."""
    eight = Network(F34, (Layer(1, (((0, F34.power_of_two(3)),),), (None,), None),))
    found = curve(Certificate(eight, ()), at=(F34.one,), upstream=(F34.one,))
    places = dict(zip(found.xs, found.values, strict=True))
    assert [places[F34.ordinal(F34.power_of_two(e))] is None for e in (4, 5, 7)] == [False, True, True]
    assert places[0] == 0
    assert set(found.gradients) == {F34.ordinal(F34.power_of_two(3))}


def test_formulas() -> None:
    layer = Layer(3, (((0, (-3, -1)), (1, F34.one), (2, (-1, 0))), (), ((1, (-1, 0)),)), ((1, -2), (1, 0), None))
    assert formula(F34, layer, 2, 0) == "n2.1 = relu(-1.5 n1.1 + n1.2 - n1.3 + 0.25)"
    assert formula(F34, layer, 2, 1) == "n2.2 = relu(1.0)"
    assert formula(F34, layer, 2, 2) == "n2.3 = relu(-n1.2)"
    assert "..." in formula(F34, made(F34, 9).network.layers[-1], 5, 0)


def test_the_diagram_follows_the_gradient() -> None:
    """From the output to the input there is a path of edges that carry it."""
    certificate = made(F34, 3)
    point = next(p for p in certificate.points if p.gradient[0][0])
    found = diagram(certificate, point.x, point.upstream)
    assert found.hidden == (0,) * 6
    reached = {0}
    for layer in range(5, 0, -1):
        reached = {e.source for e in found.edges if e.carries and e.layer == layer and e.target in reached}
        assert reached
    assert not any(e.carries for e in diagram(certificate).edges)
    text = "\n".join(found.lines())
    assert "layer 5: 1 affine" in text
    assert "adjoint" in text


def test_large_networks_are_cut() -> None:
    certificate = made(F34, 40)
    found = diagram(certificate, shown=3)
    assert all(len(nodes) <= 3 for nodes in found.nodes)
    assert sum(found.hidden) == certificate.network.hidden_neurons + 2 - sum(map(len, found.nodes))
    assert any("more" in line for line in found.lines())


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_pictures_are_files_of_their_kind(tmp_path: Path, suffix: str) -> None:
    certificate = made(ieee_like(2, 3), 3)
    for number in (0, 1):
        draw_curve(curve(certificate), tmp_path / f"curve{number}{suffix}", "title with $ and _")
        draw_diagram(diagram(certificate), tmp_path / f"network{number}{suffix}")
    for name in ("curve", "network"):
        first, second = ((tmp_path / f"{name}{number}{suffix}").read_bytes() for number in (0, 1))
        assert first == second
        assert first.startswith({".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}[suffix])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made(F34, 3).write(Path("few.cert.json"))
    assert main(["plot", "few.cert.json"]) == 0
    assert "239 of x1: every finite float; 3 claimed" in capsys.readouterr().out
    assert (tmp_path / "few.svg").exists()
    point = read_certificate("few.cert.json").points[0]
    from fpproof.formats.text import hexadecimal

    assert main(["plot", "few.cert.json", "--network", "--at", hexadecimal(point.x[0]), "--json", "-o", "n.png"]) == 0
    assert json.loads(capsys.readouterr().out)["layers"]["layer 5: 1 affine"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["few.cert.json", "-o", "few.txt"], "expected a file called .svg, .png or .pdf, found 'few.txt'"),
        (["few.cert.json", "--coordinate", "2"], "--coordinate: expected 1 to 1, found 2"),
        (["few.cert.json", "--at", "1,2"], "--at: expected 1 numbers, separated by commas, found 2"),
        (["few.cert.json", "--upstream", "0.3"], "--upstream: '0.3' is no float of F(3,4)"),
        (["none.cert.json"], "No such file"),
    ],
)
def test_bad_input(arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made(F34, 2).write(Path("few.cert.json"))
    assert main(["plot", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_without_points() -> None:
    bare = Certificate(made(F34, 2).network, ())
    with pytest.raises(FpproofError, match="--at and --upstream say where to look"):
        curve(bare)
    assert diagram(bare).nodes
