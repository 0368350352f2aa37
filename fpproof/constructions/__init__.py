"""Networks that represent given values and gradients."""

from fpproof.constructions.represent import represent
from fpproof.constructions.seven_layers import LEAST_DEPTH, build
from fpproof.constructions.table import Point, Table, check_points, parse_table, read_table
from fpproof.constructions.transport import carry, transport

__all__ = ["LEAST_DEPTH", "Point", "Table", "build", "carry", "check_points", "parse_table", "read_table", "represent", "transport"]
