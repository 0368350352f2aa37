"""What a float is: formats as data, exact values, rounding, IEEE operations, text."""

from fpproof.formats.atlas import ATLAS, parse_format, split_list
from fpproof.formats.format import (
    INFINITY,
    NAN,
    NEGATIVE_INFINITY,
    NEGATIVE_ZERO,
    ZERO,
    Datum,
    Format,
    ieee_like,
)
from fpproof.formats.rounding import NEAREST_EVEN, Mode, rational, round_datum, round_dyadic, round_rational
from fpproof.formats.value import Float, fl, floats

__all__ = [
    "ATLAS",
    "INFINITY",
    "NAN",
    "NEAREST_EVEN",
    "NEGATIVE_INFINITY",
    "NEGATIVE_ZERO",
    "ZERO",
    "Datum",
    "Float",
    "Format",
    "Mode",
    "fl",
    "floats",
    "ieee_like",
    "parse_format",
    "rational",
    "round_datum",
    "round_dyadic",
    "round_rational",
    "split_list",
]
