"""`fpproof curvature`: how negative the Hessian of a deep linear or ReLU network can be, decided at its weights."""

import argparse
import json

from fpproof.cli import FAILS, HOLDS
from fpproof.cli.options import add_json

NAME = "curvature"
HELP = "decide the bound of a deep homogeneous network's most negative curvature, exactly, at its weights"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", metavar="SPEC", help="TOML file: a network of layers without bias, linear, ReLU or leaky ReLU, with data")
    parser.add_argument("--factor", metavar="C", default="1", help="claim the bound times this: below 1 it may fail (default: 1)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the bound and the verdict; 0 if it holds, 1 if not; where a pre-activation is 0 the lemma is refused."""
    from gmpy2 import mpq

    from fpproof.cli import dynamics
    from fpproof.cli.dynamics import interval
    from fpproof.dynamics.balls import ball, working
    from fpproof.dynamics.curvature import curvature_lemma
    from fpproof.dynamics.eigenvalues import least_eigenvalue
    from fpproof.dynamics.problem import read_problem

    factor = dynamics.exact(options.factor, "--factor")
    found = curvature_lemma(read_problem(options.problem), mpq(factor.numerator, factor.denominator))
    with working(200):
        least = interval(least_eigenvalue([[ball(x) for x in row] for row in found.hessian]), 10)
        size = interval(ball(found.size), 10)[1]
    if options.json:
        print(json.dumps({"bound": size, "smallest_eigenvalue": least, "holds": found.holds}))
    else:
        print(f"smallest eigenvalue  {least[0]} to {least[1]}")
        verdict, n = "holds" if found.holds else "fails", len(found.hessian)
        print(f"bound                -{size}: {verdict} (hess f + bound I, {n} x {n}, by exact elimination)")
    return HOLDS if found.holds else FAILS
