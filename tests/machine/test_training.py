"""A run by torch's autograd beside ours: close, and where it parts is said."""

from fractions import Fraction

from fpproof.pieces.experiments import random_network, square_run
from fpproof.training import Trajectory, distance, first_difference, parse_arithmetic


def test_torch_is_close_to_binary32() -> None:
    run = square_run(random_network(4, 2, 1), Fraction(1, 16), 5)
    torch, ours, numpy = (list(Trajectory(run, parse_arithmetic(text)).states()) for text in ("torch:float32", "binary32", "numpy:float32"))
    assert first_difference(ours, numpy) is None
    for a, b in zip(torch, ours, strict=True):
        apart = distance(a, b)
        assert apart is not None
        assert apart < Fraction(1, 10**5)
    assert distance(torch[0], torch[-1])
