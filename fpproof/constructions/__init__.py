"""Networks that represent given values and gradients."""

from fpproof.constructions.bounded import BOUNDED, build_bounded
from fpproof.constructions.five_layers import FIVE_DEPTH, build_five
from fpproof.constructions.odd import ODD_DEPTH, build_odd
from fpproof.constructions.reachability import Reachability, reachability, significand_pairs
from fpproof.constructions.represent import represent, represent_bounded, represent_odd
from fpproof.constructions.seven_layers import LEAST_DEPTH, build
from fpproof.constructions.table import Point, Table, check_odd_points, check_points, parse_table, read_table
from fpproof.constructions.transport import carry, transport

__all__ = [
    "BOUNDED",
    "FIVE_DEPTH",
    "LEAST_DEPTH",
    "ODD_DEPTH",
    "Point",
    "Reachability",
    "Table",
    "build",
    "build_bounded",
    "build_five",
    "build_odd",
    "carry",
    "check_odd_points",
    "check_points",
    "parse_table",
    "reachability",
    "read_table",
    "represent",
    "represent_bounded",
    "represent_odd",
    "significand_pairs",
    "transport",
]
