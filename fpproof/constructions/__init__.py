"""Networks that represent given values and gradients."""

from fpproof.constructions.five_layers import FIVE_DEPTH, build_five
from fpproof.constructions.four_layers import FOUR_DEPTH, build_four
from fpproof.constructions.odd import ODD_DEPTH, build_odd
from fpproof.constructions.odd_others import build_odd_with
from fpproof.constructions.others import OTHERS, build_with, canonical
from fpproof.constructions.reachability import Reachability, reachability, significand_pairs
from fpproof.constructions.represent import represent, represent_odd, represent_odd_with, represent_with
from fpproof.constructions.separation import separator, strict_domain
from fpproof.constructions.seven_layers import LEAST_DEPTH, build
from fpproof.constructions.table import Point, Table, check_odd_points, check_points, parse_table, read_table
from fpproof.constructions.to_one import ToOne, to_one
from fpproof.constructions.transport import carry, transport

__all__ = [
    "FIVE_DEPTH",
    "FOUR_DEPTH",
    "LEAST_DEPTH",
    "ODD_DEPTH",
    "OTHERS",
    "Point",
    "Reachability",
    "Table",
    "ToOne",
    "build",
    "build_five",
    "build_four",
    "build_odd",
    "build_odd_with",
    "build_with",
    "canonical",
    "carry",
    "check_odd_points",
    "check_points",
    "parse_table",
    "reachability",
    "read_table",
    "represent",
    "represent_odd",
    "represent_odd_with",
    "represent_with",
    "separator",
    "significand_pairs",
    "strict_domain",
    "to_one",
    "transport",
]
