"""Questions with known answers: shapes that suffice and shapes that do not, objectives, frontiers, constraints."""

from dataclasses import replace

import pytest

from fpproof.checker import main as stand_alone
from fpproof.encodings import EncodingError
from fpproof.formats import parse_format, rational
from fpproof.formats.text import read_float
from fpproof.search import Answer, Limits, Outcome, Proofs, parse_spec, search
from fpproof.search.arguments import impossible
from fpproof.search.frontier import Entry, concluded, frontier, reshaped
from fpproof.search.limits import Effort
from fpproof.search.objective import weights_of
from fpproof.search.smtlib import as_bits, as_floats
from fpproof.search.solving import Search

NET = "layers = [{ width = 2 }, { width = 1, bias = false }]\n"


def point(x: str, value: str = "", gradient: str = "", upstream: str = "1") -> str:
    text = f'[[points]]\nx = ["{x}"]\nupstream = "{upstream}"\n'
    return text + (f'value = "{value}"\n' if value else "") + (f'gradient = ["{gradient}"]\n' if gradient else "")


@pytest.mark.parametrize("format", ["F(3,4)", "E5M2", "E4M3FN", "bfloat16", "binary16"])
def test_one_point_is_found_and_its_certificate_holds(format: str, tmp_path: object) -> None:
    answer = search(parse_spec(f'format = "{format}"\n' + NET + point("1", "1.25", "-3")))
    assert answer.outcome is Outcome.FOUND
    assert answer.certificate is not None
    path = f"{tmp_path}/found.cert.json"
    answer.certificate.write(path)
    assert stand_alone([path]) == 0


@pytest.mark.parametrize("format", ["F(3,4)", "bfloat16"])
def test_three_gradients_that_two_neurons_cannot_have(format: str) -> None:
    """1, -1 and 5 in a row, as `netU` of the literature on this question."""
    text = f'format = "{format}"\n' + NET + point("-1", "", "1") + point("1", "", "-1") + point("2", "", "5")
    assert search(parse_spec(text)).outcome is Outcome.IMPOSSIBLE
    assert search(parse_spec(text.replace('"5"', '"-1"'))).outcome is Outcome.FOUND


ARGUED = {
    "two values": point("1", "1") + point("1", "2"),
    "both zeros are one x": point("0", "1") + point("-0", "2"),
    "zero upstream": point("1", "", "2", "0"),
    "odd in the upstream": point("1", "", "2", "1") + point("1", "", "2", "-1"),
}


@pytest.mark.parametrize("name", ARGUED)
def test_reasons_in_words(name: str) -> None:
    spec = parse_spec('format = "binary64"\n' + NET + ARGUED[name])
    assert impossible(spec)
    assert search(spec).proof == "argument"


@pytest.mark.parametrize(
    ("layers", "points"),
    [
        ("[{ width = 1 }]", point("1", "", "1") + point("2", "", "2")),
        ("[{ width = 1 }, { width = 1 }]", point("1", "1") + point("2", "2") + point("3", "1")),
        ("[{ width = 1 }, { width = 1 }]", point("1", "", "1", "1") + point("1", "", "2", "2") + point("1", "", "1", "3")),
        ("[{ width = 2, bias = false }, { width = 1, bias = false }]", point("0", "1")),
        ("[{ width = 2 }, { width = 1, activation = 'relu' }]", point("3", "0", "1")),
    ],
)
def test_reasons_that_depend_on_the_shape(layers: str, points: str) -> None:
    assert impossible(parse_spec(f'format = "binary64"\nlayers = {layers}\n' + points))


def test_a_weight_that_nothing_can_be() -> None:
    contradiction = '[[weights]]\nlayer = 1\nis = "3"\npowers_of_two = true\n'
    assert impossible(parse_spec('format = "binary64"\n' + NET + point("1") + contradiction)) == "no number is what is asked of W1[1,1]"
    assert not impossible(parse_spec('format = "binary64"\n' + NET + point("1") + contradiction.replace('"3"', '"4"')))


@pytest.mark.parametrize("width", [1, 2])
def test_sixty_layers(width: int) -> None:
    """A random network so deep is dead; a shallow one is embedded."""
    layers = ", ".join([f"{{ width = {width} }}"] * 59 + ["{ width = 1 }"])
    answer = search(parse_spec(f'format = "E5M2"\nlayers = [{layers}]\n' + point("1", "1.25", "-3")))
    assert answer.outcome is Outcome.FOUND
    assert answer.evidence["embedded from depth"] == 2


def test_what_is_possible_is_not_argued_away() -> None:
    assert not impossible(parse_spec('format = "binary64"\n' + NET + point("1", "1", "1") + point("2", "3", "-1") + point("1", "1", "-1", "-1")))


def test_all_x_by_points_on_demand() -> None:
    """The identity in one layer of two neurons, x = relu(x) - relu(-x), with gradient 1 but at 0."""
    text = 'format = "F(2,2)"\n' + NET + '[[forall]]\nvalue = "x"\n'
    text += '[[forall]]\nx = { between = ["0.25", "3.5"] }\nvalue = "x"\ngradient = ["1"]\n'
    answer = search(parse_spec(text))
    assert answer.outcome is Outcome.FOUND
    assert search(parse_spec(text.replace('gradient = ["1"]', 'gradient = ["2"]'))).outcome is Outcome.IMPOSSIBLE


def test_constrained_weights() -> None:
    text = 'format = "E5M2"\n' + NET + point("1", "1.25", "-3")
    text += '[[weights]]\nlayer = 2\nin = ["1", "-1"]\n[[weights]]\nlayer = 1\nmagnitude = "4"\n'
    spec = parse_spec(text)
    answer = search(spec)
    found = {str(p): rational(w) for p, w in weights_of(spec, answer).items()}
    assert {abs(found["W2[1,1]"]), abs(found["W2[1,2]"])} == {1}
    assert all(abs(w) <= 4 for w in found.values())
    assert search(parse_spec(text.replace('magnitude = "4"', 'magnitude = "0.25"'))).outcome is Outcome.IMPOSSIBLE


def test_shared_weights() -> None:
    share = "[[weights]]\nlayer = 1\nneuron = 2\nsame_as = { layer = 1, neuron = 1, input = 1 }\ninput = 1\n"
    spec = parse_spec('format = "E5M2"\n' + NET + point("1", "1.25", "-3") + share)
    found = weights_of(spec, search(spec))
    assert len({w for p, w in found.items() if p.layer == 0 and p.input == 0}) == 1


@pytest.mark.parametrize(("objective", "least"), [("nonzero", 2), ("distinct", 2), ("magnitude", "1.25")])
def test_objectives(objective: str, least: int | str) -> None:
    """Value and gradient 1.25 at 1: two weights that are not 0; their product rounds to 1.25 only if one of them is at least 1.25 (1 * 1 is 1)."""
    text = f'format = "E5M2"\nminimize = "{objective}"\nlayers = [{{ width = 1 }}, {{ width = 1, bias = false }}]\n' + point("1", "1.25", "1.25")
    answer = search(parse_spec(text))
    F = parse_format("E5M2")
    assert answer.optimal
    assert answer.objective == (F.ordinal(read_float(F, least)) if isinstance(least, str) else least)


def test_a_frontier() -> None:
    step = '[[forall]]\nx = { between = ["-1", "0"] }\nvalue = "0"\n[[forall]]\nx = { between = ["0x1p-2", "1"] }\nvalue = "1"\n'
    spec = parse_spec('format = "F(1,3)"\nlayers = [{ width = 2 }, { width = 1 }]\n' + step)
    table = concluded(spec, dict(frontier(spec, [1, 2, 3], [1, 2], search)))
    assert table[1, 1].answer.outcome is Outcome.IMPOSSIBLE
    assert table[1, 2].follows_from == (1, 1)
    assert table[2, 2].answer.outcome is Outcome.FOUND
    assert table[3, 2].follows_from in ((2, 2), (3, 1))
    assert table[3, 2].answer.certificate is not None


def test_what_is_impossible_is_impossible_for_less() -> None:
    spec = parse_spec('format = "F(2,3)"\n' + NET + point("1", "1"))
    no, unknown = Entry(Answer(Outcome.IMPOSSIBLE, "solvers", "", "argument")), Entry(Answer(Outcome.OPEN, "solvers", "budget"))
    table = concluded(spec, {(2, 1): unknown, (2, 2): unknown, (3, 2): no, (3, 1): unknown})
    assert table[2, 2].follows_from == (3, 2)
    assert table[2, 1].follows_from == (2, 2)
    assert table[3, 1].answer.outcome is Outcome.OPEN, "with two hidden layers an infinite activation may be masked later"


def test_a_frontier_does_not_move_constrained_weights() -> None:
    spec = parse_spec('format = "F(2,3)"\n' + NET + point("1", "1") + '[[weights]]\nlayer = 1\nis = "1"\n')
    with pytest.raises(ValueError, match="no weight can be constrained"):
        reshaped(spec, 3, 2)


def test_budgets_that_do_not_suffice_leave_it_open() -> None:
    text = (
        'format = "binary32"\n'
        + NET.replace("[", "[{ width = 2 }, ", 1)
        + point("1", "1.25", "-3")
        + point("2", "-1.5", "-3")
        + point("-2", "0.5", "0.25")
    )
    limits = replace(Limits().scaled(1000), quick=Effort(1, 1, 1), middling=Effort(1, 1, 1))
    answer = search(parse_spec(text), limits)
    assert answer.outcome in (Outcome.OPEN, Outcome.FOUND)
    if answer.outcome is Outcome.OPEN:
        assert "budget" in answer.reason


def test_both_encodings_say_the_same() -> None:
    import z3

    for points, expected in ((point("1", "1.25", "-3"), z3.sat), (point("1", "", "3") + point("1", "", "-2"), z3.unsat)):
        spec = parse_spec('format = "F(3,4)"\n' + NET + points)
        for text in (as_bits(spec), as_floats(spec)):
            solver = z3.Solver()
            solver.from_string(text)
            assert solver.check() == expected


def test_floats_of_solvers_are_refused_where_they_have_none() -> None:
    with pytest.raises(EncodingError):
        as_floats(parse_spec('format = "E4M3FN"\n' + NET + point("1", "1")))


@pytest.mark.usefixtures("cadical")
def test_evidence_is_kept(tmp_path: object) -> None:
    from pathlib import Path

    text = 'format = "E5M2"\n' + NET + point("1", "1.25", "-3") + point("-2", "0.5", "0.25")
    answer = Search(parse_spec(text), proofs=Proofs(Path(f"{tmp_path}/kept")))._by_solvers()
    assert answer.proof == "unsat, proof checked"
    assert len(list(Path(f"{tmp_path}/kept").glob("*.cnf"))) == len(list(Path(f"{tmp_path}/kept").glob("*.drat"))) >= 1
