"""IEEE 754 operations on floats as terms, rounded once into a format; operands may be of other formats.

They are compositions of exact numbers and one rounding; nothing here knows how a float is encoded.
"""

from fpproof.encodings import numbers
from fpproof.encodings.floats import FloatTerm, decode
from fpproof.encodings.rounding import Rounded, fl
from fpproof.formats import NEAREST_EVEN, Format, Mode


def convert(F: Format, x: FloatTerm, mode: Mode = NEAREST_EVEN) -> Rounded:
    """x as a float of another format."""
    return fl(F, decode(x), mode)


def add(F: Format, x: FloatTerm, y: FloatTerm, mode: Mode = NEAREST_EVEN) -> Rounded:
    """x (+) y; x + (-x) is +0, in mode down -0."""
    return fl(F, numbers.add(decode(x), decode(y), F.precision, mode is Mode.DOWN), mode)


def subtract(F: Format, x: FloatTerm, y: FloatTerm, mode: Mode = NEAREST_EVEN) -> Rounded:
    """x (-) y."""
    return fl(F, numbers.subtract(decode(x), decode(y), F.precision, mode is Mode.DOWN), mode)


def multiply(F: Format, x: FloatTerm, y: FloatTerm, mode: Mode = NEAREST_EVEN) -> Rounded:
    """x (*) y."""
    return fl(F, numbers.multiply(decode(x), decode(y)), mode)


def divide(F: Format, x: FloatTerm, y: FloatTerm, mode: Mode = NEAREST_EVEN) -> Rounded:
    """x (/) y."""
    return fl(F, numbers.divide(decode(x), decode(y), F.precision), mode)


def sqrt(F: Format, x: FloatTerm, mode: Mode = NEAREST_EVEN) -> Rounded:
    """The square root."""
    return fl(F, numbers.root(decode(x), F.precision), mode)


def fma(F: Format, x: FloatTerm, y: FloatTerm, z: FloatTerm, mode: Mode = NEAREST_EVEN) -> Rounded:
    """fl(x * y + z), rounded once."""
    return fl(F, numbers.add(numbers.multiply(decode(x), decode(y)), decode(z), F.precision, mode is Mode.DOWN), mode)
