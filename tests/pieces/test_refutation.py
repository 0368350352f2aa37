"""The bound without each assumption: networks that the search finds, judged again by other means; and nothing where nothing is left out."""

from dataclasses import replace
from fractions import Fraction
from itertools import islice

import pytest

from fpproof.pieces import PiecesError, Segment, count, sawtooth
from fpproof.pieces.expectation import shifted
from fpproof.pieces.refutation import ASSUMPTIONS, Found, Setting, _smaller, judge, refute
from fpproof.training import Affine, Run, parse_source, run_of
from fpproof.training.writing import to_toml
from tests.training.reference import rational_trajectory

Q = Fraction
SEEDS = {"dead": 1, "segment": 2, "reciprocals": 1, "slopes": 2}


@pytest.fixture(scope="module", params=SEEDS)
def found(request: pytest.FixtureRequest) -> tuple[Setting, Found]:
    setting = Setting(request.param)
    *_, last = refute(setting, SEEDS[request.param], 2000)
    assert isinstance(last, Found)
    return setting, last


def test_every_assumption_is_needed(found: tuple[Setting, Found]) -> None:
    setting, result = found
    for judged in (result.drawn, result.small):
        assert judged.refutes
        assert judged.moves
        assert judged.expected.low > judged.bound
        assert judged == judge(judged.run, setting)
    assert result.small.size <= result.drawn.size


def test_by_other_means(found: tuple[Setting, Found]) -> None:
    """The step by a second implementation, the bound from the formula, the pieces at single points of the noise."""
    setting, result = found
    judged = result.small
    run = judged.run
    before, after = rational_trajectory(replace(run, steps=1))
    layers, biases = [], []
    for layer, old, new in zip(run.layers, before, after, strict=True):
        n, d = layer.neurons, layer.inputs
        rows = tuple(tuple(new[i * d : (i + 1) * d]) for i in range(n))
        layers.append(Affine(rows, tuple(new[n * d :]), layer.activation))
        biases.append([b - a for a, b in zip(old[n * d :], new[n * d :], strict=True)])
    updates = [u for layer, row in zip(layers, biases, strict=True) if layer.activation for u in row]
    assert updates == [u for row in judged.updates for u in row]
    moved = [abs(u) for u in updates if u]
    mean = sum(1 / u for u in moved) / len(moved)
    N, hidden = max(layer.neurons for layer in layers), len(layers) - 1
    q = N if setting.assumption == "reciprocals" else mean
    slope = 1 if setting.assumption == "slopes" else judged.slope
    assert judged.bound == 1 + slope * q * N * hidden / Q(2)
    radii = [[abs(u) if layer.activation else Q(0) for u in row] for layer, row in zip(layers, biases, strict=True)]
    counts = [count(shifted(layers, radii, [Q(k, 4)] * len(moved)), Segment.interval(0, 1)).pieces for k in range(-4, 5)]
    assert judged.expected.exact
    assert set(counts) == {judged.expected.low}


def test_with_the_assumption_nothing_is_refuted(found: tuple[Setting, Found]) -> None:
    """Exactly one assumption is broken: with nothing left out the same run refutes nothing, by that assumption or by its own constants."""
    setting, result = found
    whole = judge(result.small.run, Setting("none"))
    assert not whole.refutes
    assert whole.broken if setting.assumption in ("dead", "segment") else whole.bound >= whole.expected.low
    for other in SEEDS.keys() - {setting.assumption, "dead" if setting.assumption == "segment" else ""}:
        assert not judge(result.small.run, Setting(other)).refutes


def test_small_is_small(found: tuple[Setting, Found]) -> None:
    setting, result = found
    smaller = (judge(run, setting) for run in _smaller(result.small.run))
    assert not any(j.refutes and j.moves and j.expected.exact and j.size < result.small.size for j in smaller)


def test_what_was_found_is_read_again(found: tuple[Setting, Found]) -> None:
    run = found[1].small.run
    assert run_of(parse_source("found", to_toml(run, ["a remark"]))) == run


def test_nothing_is_found_where_nothing_is_left_out() -> None:
    assert all(isinstance(step, int) for step in refute(Setting("none"), 1, 400))
    assert not any(judge(run, Setting("none")).refutes for run in (HALF, STEEP, LITTLE, ALIVE))


HALF = Run((Affine(((Q(1),),), (Q(-1, 2),), "relu"), Affine(((Q(1),),), (Q(0),))), ((Q(1, 8),),), ((Q(1),),))
"""rho(x - 1/2), trained at 1/8: dead there, alive on the segment."""
STEEP = Run((Affine(((Q(64),),), (Q(-32),), "relu"), Affine(((Q(1),),), (Q(0),))), ((Q(1),),), ((Q(0),),), step=Q(1, 16))
LITTLE = Run((Affine(((Q(1),),), (Q(-1, 2),), "relu"), Affine(((Q(1),),), (Q(0),))), ((Q(1),),), ((Q(0),),), step=Q(1, 2**20))
ALIVE = Run(sawtooth(4), ((Q(1, 3),),), ((Q(2, 3),),))
"""The sawtooth at its exact minimum: nothing moves."""


@pytest.mark.parametrize(
    ("run", "assumption"), [(HALF, "segment"), (STEEP, "slopes"), (LITTLE, "reciprocals"), (ALIVE, "dead"), (HALF, "dead"), (ALIVE, "segment")]
)
def test_by_hand(run: Run, assumption: str) -> None:
    """Networks made by hand, without a search; two of them keep what is left out, and refute nothing."""
    kept = {(id(HALF), "dead"), (id(ALIVE), "segment")}
    assert judge(run, Setting(assumption)).refutes == ((id(run), assumption) not in kept)


def test_other_constants() -> None:
    """However large K is, steeper networks and smaller updates are found."""
    for assumption in ("slopes", "reciprocals"):
        setting = Setting(assumption, level=Q(1, 2), constant=Q(50))
        *_, last = islice(refute(setting, 3, 3000), 10)
        assert isinstance(last, Found)
        assert last.small.refutes
        assert last.small.slope == 50 or assumption == "reciprocals"


def test_what_is_asked_for() -> None:
    assert set(SEEDS) | {"none"} == set(ASSUMPTIONS)
    with pytest.raises(PiecesError, match="'S1' is unknown"):
        Setting("S1")
    with pytest.raises(PiecesError, match="above 0"):
        Setting("dead", level=Q(0))
    with pytest.raises(PiecesError, match="draws"):
        next(refute(Setting("dead"), 1, 0))
