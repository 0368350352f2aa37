"""Noise on biases: the dossier's table, the exact expectation against its draws, and the audit of a step."""

from fractions import Fraction

import mpmath
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.pieces import PiecesError, Segment, bounded_sawtooth, count, noise, sawtooth
from fpproof.pieces.audit import audit
from fpproof.pieces.noise import absolute, draws, mean, normal, perturbed, relative, uniform
from fpproof.training import Affine, Run, Trajectory, parse_arithmetic
from tests.network_strategies import affine_layers

Q = Fraction
UNIT = Segment.interval(0, 1)


@pytest.mark.parametrize(
    ("depth", "radius", "pieces", "most", "crossings", "bound"),
    [
        (2, Q(1, 32), 5.14, 6, 5.42, 64.8),
        (4, Q(1, 32), 17.75, 21, 20.84, 125.3),
        (2, Q(1, 256), 5.14, 6, 5.42, 512.8),
        (4, Q(1, 256), 18.69, 21, 21.78, 1021.3),
        (6, Q(1, 256), 73.14, 81, 88.86, 1514.7),
        (8, Q(1, 32), 23.06, 118, 60.60, 195.4),
        (8, Q(1, 256), 216.4, 306, 277.5, 1952.5),
        (10, Q(1, 32), 14.84, 309, 70.09, 200.6),
        (10, Q(1, 256), 246.0, 1049, 451.7, 2224.1),
    ],
)
def test_the_bounded_sawtooth_under_noise(depth: int, radius: Fraction, pieces: float, most: int, crossings: float, bound: float) -> None:
    """S1-M6. The dossier's draws are these: Random(12345), 100 networks, the first layer's biases first."""
    layers = bounded_sawtooth(depth)
    found = list(draws(layers, absolute(layers, radius), UNIT, uniform(12345), 100))
    digits = 1 if pieces > 200 else 2
    assert round(mean([d.pieces for d in found]).value, digits) == pieces
    assert max(d.pieces for d in found) == most
    assert round(mean([1 + d.zeros for d in found]).value, digits) == crossings
    assert round(mean([float(d.bound) for d in found]).value, 1) == bound
    difference = mean([float(d.zeros - (d.expected or 0)) for d in found])
    assert abs(difference.value) < 2 * difference.radius + 1e-12


@settings(max_examples=25, deadline=None)
@given(affine_layers(1, 5), st.sampled_from([Q(1, 8), Q(2)]))
def test_expected_zeros_never_exceed_the_bound(layers: tuple[Affine, ...], radius: Fraction) -> None:
    for drawn in draws(layers, absolute(layers, radius), Segment.interval(-1, 1), uniform(1), 5):
        assert drawn.pieces <= drawn.regions <= 1 + drawn.zeros
        assert drawn.expected is not None
        assert 1 + drawn.expected <= drawn.bound


def test_noise_is_seeded() -> None:
    layers = sawtooth(2)
    radii = absolute(layers, Q(1, 4))
    first, again, other = (perturbed(layers, radii, uniform(seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert first[-1] == layers[-1]
    assert perturbed(layers, radii, normal(1)) != first
    numerators = [xi.numerator for xi in (uniform(3)() for _ in range(100))]
    assert all(n % 2 for n in numerators)


def test_normal_noise() -> None:
    """The density of a normal variable is at most 1/sqrt(2 pi); the exact expectation is of uniform noise only."""
    kappa = normal(1).kappa
    with mpmath.workdps(40):
        assert 0 <= mpmath.mpf(kappa.numerator) / kappa.denominator - 1 / mpmath.sqrt(2 * mpmath.pi) < 1e-16
    layers = bounded_sawtooth(2)
    found = list(draws(layers, absolute(layers, Q(1, 32)), UNIT, normal(1), 50))
    assert all(d.expected is None for d in found)
    assert mean([d.pieces for d in found]).value < mean([float(d.bound) for d in found]).value


def test_draws_do_not_depend_on_the_number_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = bounded_sawtooth(3)
    one, two = uniform(5), uniform(5)
    alone = list(draws(layers, absolute(layers, Q(1, 32)), UNIT, one, 7))
    monkeypatch.setattr(noise, "QUICK", 0.0)
    monkeypatch.setattr(noise, "BATCH", 3)
    assert list(draws(layers, absolute(layers, Q(1, 32)), UNIT, two, 7, jobs=2)) == alone


def test_neurons_without_noise_stay() -> None:
    layers = sawtooth(3)
    assert perturbed(layers, relative(layers, layers, Q(1)), uniform(1)) == layers


def test_an_interval_is_needed() -> None:
    layers = sawtooth(1)
    for segment, number in ((Segment.interval(None, 1), 3), (UNIT, 0)):
        with pytest.raises(PiecesError):
            next(draws(layers, absolute(layers, Q(1)), segment, uniform(1), number))
    with pytest.raises(PiecesError):
        mean([1.0])
    with pytest.raises(PiecesError, match="--on"):
        audit(layers, layers, [(Q(0),)], Segment.interval(0, None))


HIDDEN = Affine(((Q(1),), (Q(1),), (Q(-1),)), (Q(0), Q(-1, 2), Q(-2)), "relu")
"""On [0, 1]: always on, on from 1/2, dead."""


def test_audit_by_hand() -> None:
    """A step that moves the first bias by 1/4; samples below 1/2 do not see the second neuron."""
    before = (HIDDEN, Affine(((Q(1), Q(3), Q(1)),), (Q(0),)))
    after = (Affine(HIDDEN.weights, (Q(1, 4), Q(-1, 2), Q(-2)), "relu"), before[1])
    found = audit(before, after, [(Q(1, 8),), (Q(1, 4),)], UNIT)
    assert [n.update for n in found.neurons] == [mpq(1, 4), 0, 0]
    assert [n.dead_on_samples for n in found.neurons] == [False, True, True]
    assert [n.dead_before for n in found.neurons] == [False, False, True]
    assert [(n.number, n.breaks) for n in found.broken] == [(2, "no bias update, dead on the samples, alive on the segment, 1 zeros")]
    assert (found.updated, found.mean_reciprocal, found.steepest.slope) == (1, 4, 1)
    assert found.bound(mpq(1)) == 1 + mpq(1, 2) * 1 * 1 * 4 + 1
    assert found.bound(mpq(1), dead=False) == 3
    assert found.bound_by_variation(mpq(1, 2)) == 1 + mpq(1, 2) * 2 * 4 + 1


def test_audit_sees_the_dead_come_alive() -> None:
    after = (Affine(HIDDEN.weights, (Q(0), Q(-1, 2), Q(1, 2)), "relu"),)
    broken = audit((HIDDEN,), after, [(Q(1),)], UNIT).broken
    assert [(n.number, n.breaks) for n in broken] == [
        (1, "no bias update, alive, 0 zeros"),
        (2, "no bias update, alive, 1 zeros"),
        (3, "dead before the step, not after, 1 zeros"),
    ]


def test_the_statement_without_the_dead_is_refuted() -> None:
    """The sawtooth at its exact minimum: no bias moves, nothing is perturbed, and all pieces stay. The bound without them is 1."""
    run = Run(sawtooth(6), ((Q(1, 3),),), ((Q(2, 3),),), step=Q(1, 64))
    before, after = (state.layers(run) for state in Trajectory(run, parse_arithmetic("exact")).states())
    assert before is not None
    assert after is not None
    found = audit(before, after, run.x, UNIT)
    pieces = count(after, UNIT).pieces
    assert found.bound(mpq(1), dead=False) == 1 < pieces == 64 <= found.bound(mpq(1))


def test_dead_on_the_samples_is_not_enough() -> None:
    """rho(x - 1/2), trained at 1/8: dead there, no update, and a bend in the middle of the segment."""
    run = Run((Affine(((Q(1),),), (Q(-1, 2),), "relu"), Affine(((Q(1),),), (Q(0),))), ((Q(1, 8),),), ((Q(1),),))
    before, after = (state.layers(run) for state in Trajectory(run, parse_arithmetic("exact")).states())
    assert before is not None
    assert after is not None
    found = audit(before, after, run.x, UNIT)
    assert all(n.dead_on_samples for n in found.neurons if not n.update)
    assert found.bound(mpq(1), dead=False) == 1 < count(after, UNIT).pieces == 2 == found.bound(mpq(1))


def test_the_statement_without_slopes_is_refuted() -> None:
    """One steep neuron whose zero stays in [0, 1] whatever the noise: E pieces = 2, exactly; with C_B taken to be 1 the bound is less."""
    steep = Affine(((Q(100),),), (Q(-50),), "relu")
    moved = Affine(steep.weights, (Q(-48),), "relu")
    last = Affine(((Q(1),),), (Q(0),))
    found = audit((steep,), (moved,), [(Q(1),)], UNIT)
    for xi in (Q(-1), Q(1)):
        assert count((Affine(steep.weights, (Q(-50) + 2 * (1 + xi),), "relu"), last), UNIT).pieces == 2
    bound = found.bound(mpq(1))
    assert found.steepest.slope == 100
    assert bound == 1 + mpq(1, 2) * 100 * mpq(1, 2) >= 2
    assert 1 + (bound - 1) / found.steepest.slope < 2


def test_the_statement_without_reciprocals_is_refuted() -> None:
    """Tiny updates: the noise is too small to move a bend out of [0, 1], and a bound with a fixed mean of 1/|D|, here 4, is below 2."""
    before = Affine(((Q(1),),), (Q(-1, 2),), "relu")
    after = Affine(((Q(1),),), (Q(-1, 2) + Q(1, 2**20),), "relu")
    level, q = 4, 1
    for xi in (Q(-1), Q(1)):
        drawn = Affine(after.weights, (Q(-1, 2) + Q(1, 2**20) * (1 + level * xi),), "relu")
        assert count((drawn, Affine(((Q(1),),), (Q(0),))), UNIT).pieces == 2
    assert 1 + Q(1, 2) * 1 * q / level < 2
    assert audit((before,), (after,), [(Q(1),)], UNIT).bound(mpq(level)) >= 2
