"""Floats as objects: a datum together with its format, for people.

The evaluators work on data (`fpproof.formats.format`); `Float` is the face that Python users see.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from fpproof.errors import FormatError
from fpproof.formats import arithmetic, text
from fpproof.formats.atlas import format_text, parse_format
from fpproof.formats.format import Datum, Format
from fpproof.formats.rounding import NEAREST_EVEN, Mode, Rational, rational, round_datum, round_rational


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Float:
    """A value of a format: finite, infinite or NaN.

    Operators round to nearest-even in the common format, as a float program does; comparisons are numeric (-0 == 0,
    NaN equals nothing), `same` is bitwise. `float(x)` is refused where it would round.
    """

    format: Format
    datum: Datum

    @staticmethod
    def parse(format: Format | str, number: str, rounding: bool = False, mode: Mode = NEAREST_EVEN) -> "Float":
        """The float that a decimal, hex or bits text says; raises NumberError if there is none and `rounding` is off."""
        F = _format(format)
        return Float(F, text.read_float(F, number, rounding, mode))

    @staticmethod
    def from_bits(format: Format | str, code: int) -> "Float":
        """The float of a code."""
        F = _format(format)
        return Float(F, F.decode(code))

    @property
    def bits(self) -> int:
        """The code; raises FormatError for a NaN or an infinity that the format has no code for."""
        return self.format.encode(self.datum)

    @property
    def rational(self) -> Fraction:
        """The exact value of a finite float."""
        return rational(self.datum)

    @property
    def finite(self) -> bool:
        return arithmetic.is_finite(self.datum)

    @property
    def nan(self) -> bool:
        return arithmetic.is_nan(self.datum)

    @property
    def negative(self) -> bool:
        """The sign bit."""
        return arithmetic.is_negative(self.datum)

    @property
    def subnormal(self) -> bool:
        return arithmetic.flush_subnormal(self.format, self.datum) != self.datum

    @property
    def exponent(self) -> int:
        """floor(log2 |x|); emin for 0."""
        self._need_finite("exponent")
        return arithmetic.exponent(self.format, self.datum)

    @property
    def significand(self) -> Fraction:
        """x / 2^exponent(x), of magnitude in [1, 2), also for subnormal x; 0 for 0."""
        return self.rational / Fraction(2) ** self.exponent

    @property
    def ulp(self) -> "Float":
        """2^(max(exponent, emin) - p)."""
        self._need_finite("ulp")
        return Float(self.format, arithmetic.ulp(self.format, self.datum))

    def succ(self) -> "Float":
        """The next greater value of the format."""
        return Float(self.format, arithmetic.successor(self.format, self.datum))

    def pred(self) -> "Float":
        """The next smaller value of the format."""
        return Float(self.format, arithmetic.predecessor(self.format, self.datum))

    def sqrt(self, mode: Mode = NEAREST_EVEN) -> "Float":
        return Float(self.format, arithmetic.sqrt(self.format, self.datum, mode))

    def fma(self, factor: "Float", addend: "Float", mode: Mode = NEAREST_EVEN) -> "Float":
        """fl(self * factor + addend), rounded once."""
        return Float(self.format, arithmetic.fma(self.format, self.datum, self._other(factor), self._other(addend), mode))

    def add(self, other: "Float", mode: Mode = NEAREST_EVEN) -> "Float":
        return Float(self.format, arithmetic.add(self.format, self.datum, self._other(other), mode))

    def subtract(self, other: "Float", mode: Mode = NEAREST_EVEN) -> "Float":
        return Float(self.format, arithmetic.subtract(self.format, self.datum, self._other(other), mode))

    def multiply(self, other: "Float", mode: Mode = NEAREST_EVEN) -> "Float":
        return Float(self.format, arithmetic.multiply(self.format, self.datum, self._other(other), mode))

    def divide(self, other: "Float", mode: Mode = NEAREST_EVEN) -> "Float":
        return Float(self.format, arithmetic.divide(self.format, self.datum, self._other(other), mode))

    def __add__(self, other: "Float") -> "Float":
        return self.add(other)

    def __sub__(self, other: "Float") -> "Float":
        return self.subtract(other)

    def __mul__(self, other: "Float") -> "Float":
        return self.multiply(other)

    def __truediv__(self, other: "Float") -> "Float":
        return self.divide(other)

    def __neg__(self) -> "Float":
        return Float(self.format, arithmetic.negate(self.datum))

    def __abs__(self) -> "Float":
        return Float(self.format, arithmetic.absolute(self.datum))

    def same(self, other: "Float") -> bool:
        """Bitwise equality (all NaNs are one value)."""
        return self.format == other.format and self.datum == other.datum

    def _compare(self, other: object) -> int | None:
        if isinstance(other, Float):
            return arithmetic.compare(self.datum, other.datum)
        if isinstance(other, int | Fraction):
            if not self.finite:
                return None if self.nan else self.datum[0]
            difference = self.rational - other
            return (difference > 0) - (difference < 0)
        raise TypeError(f"a Float compares with a Float, an int or a Fraction, not with {type(other).__name__}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Float | int | Fraction):
            return NotImplemented
        return self._compare(other) == 0

    def __lt__(self, other: object) -> bool:
        return self._compare(other) == -1

    def __le__(self, other: object) -> bool:
        return self._compare(other) in (-1, 0)

    def __gt__(self, other: object) -> bool:
        return self._compare(other) == 1

    def __ge__(self, other: object) -> bool:
        return self._compare(other) in (0, 1)

    def __hash__(self) -> int:
        return hash(self.rational if self.finite else (self.datum,))

    def __float__(self) -> float:
        if not self.finite:
            return float(text.hexadecimal(self.datum))
        value = float(self.rational)
        if Fraction(value) != self.rational:
            raise OverflowError(f"{self} of {self.format} is no binary64")
        return -value if self.negative and value == 0 else value

    def hex(self) -> str:
        """C99 hex float, exact."""
        return text.hexadecimal(self.datum)

    def _need_finite(self, what: str) -> None:
        if not self.finite:
            raise FormatError(f"{what} of {self} is not defined")

    def _other(self, other: "Float") -> Datum:
        if not isinstance(other, Float) or other.format != self.format:
            raise TypeError(f"expected a Float of {self.format}, found {other!r}")
        return other.datum

    def __str__(self) -> str:
        return text.decimal(self.format, self.datum)

    def __repr__(self) -> str:
        name = format_text(self.format)
        code = text.code_text(self.format, self.datum)
        if code == "none":
            return f"Float.parse({name!r}, {text.decimal(self.format, self.datum)!r}, rounding=True)"
        return f"Float.from_bits({name!r}, 0x{code})"


def _format(format: Format | str) -> Format:
    return parse_format(format) if isinstance(format, str) else format


def fl(format: Format | str, r: Rational | Float, mode: Mode = NEAREST_EVEN) -> Float:
    """fl(r): an exact rational (int, Fraction, gmpy2.mpq) or a Float of another format, rounded once."""
    F = _format(format)
    if isinstance(r, Float):
        return Float(F, round_datum(F, r.datum, mode))
    if isinstance(r, float):
        raise TypeError("a Python float has been rounded already: give its exact value, Fraction(r), or the text to Float.parse")
    return Float(F, round_rational(F, r, mode))


def floats(format: Format | str) -> Iterator[Float]:
    """All values of a format in order: -infinity, the finite ones (-0 before +0), infinity, NaN."""
    F = _format(format)
    return (Float(F, x) for x in F.data())
