"""What a floating-point format is: data.

A *datum* is a value of a format without the format: a pair of integers.

    (m, e), m != 0     the finite number m * 2^e, in the format's normal form: 2^p <= |m| < 2^(p+1),
                       or |m| < 2^p and e = emin - p (subnormal)
    (0, 0), (0, -1)    +0 and -0
    (1, None), (-1, None), (0, None)      +infinity, -infinity, NaN

The normal form is unique, so two data are bitwise the same iff the pairs are equal.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from fpproof.errors import FormatError

Datum = tuple[int, int | None]

ZERO: Datum = (0, 0)
NEGATIVE_ZERO: Datum = (0, -1)
INFINITY: Datum = (1, None)
NEGATIVE_INFINITY: Datum = (-1, None)
NAN: Datum = (0, None)

MAXIMAL_PRECISION = 256
MAXIMAL_EXPONENT = 2**18

Specials = Literal["ieee", "nan", "none"]
Overflow = Literal["infinity", "nan", "saturate"]


@dataclass(frozen=True)
class Format:
    """A binary floating-point format with p fraction bits (precision p + 1) and subnormals.

    Exponents of normal numbers run from emin to emax; Omega, the largest finite number, has exponent emax.
    `specials` says which codes are no finite numbers: "ieee" (the top exponent field: infinities and NaNs), "nan"
    (only the code of all ones, in both signs: NaN) or "none". `overflow` says what a nearest mode gives
    beyond Omega. Names do not count in comparisons: E5M2 == F(2,5).

    Raises FormatError if no such format exists. Source: IEEE 754-2019, section 3.3; OCP FP8 and MX 1.0.
    """

    name: str = field(compare=False)
    p: int
    emin: int
    emax: int
    Omega: Fraction
    specials: Specials = "ieee"
    overflow: Overflow = "infinity"
    largest: Datum = field(init=False, repr=False, compare=False)
    """Omega as a datum."""

    def __post_init__(self) -> None:
        self._require(isinstance(self.p, int) and 1 <= self.p <= MAXIMAL_PRECISION, f"p from 1 to {MAXIMAL_PRECISION}", self.p)
        for exponent in (self.emin, self.emax):
            fits = isinstance(exponent, int) and abs(exponent) <= MAXIMAL_EXPONENT
            self._require(fits, f"exponents of magnitude at most {MAXIMAL_EXPONENT}", exponent)
        self._require(self.emin <= self.emax, "emin <= emax", f"{self.emin} > {self.emax}")
        self._require(self.specials in ("ieee", "nan", "none"), "specials ieee, nan or none", self.specials)
        self._require(self.overflow in ("infinity", "nan", "saturate"), "overflow infinity, nan or saturate", self.overflow)
        self._require(
            self.overflow != "infinity" or self.specials == "ieee", "overflow nan or saturate without infinities", self.overflow
        )
        self._require(self.overflow != "nan" or self.specials != "none", "overflow saturate without a NaN", self.overflow)
        quantum = Fraction(2) ** (self.emax - self.p)
        steps = Fraction(self.Omega) / quantum
        binade = steps.denominator == 1 and 2**self.p <= steps < 2 ** (self.p + 1)
        self._require(binade, "Omega a float of exponent emax", self.Omega)
        object.__setattr__(self, "Omega", Fraction(self.Omega))
        object.__setattr__(self, "largest", (int(steps), self.emax - self.p))
        taken = {"ieee": 0, "nan": 1, "none": 0}[self.specials]
        room = (1 << (self.width - 1)) - taken
        self._require(self.largest_ordinal < room, "an Omega whose code is not the one of NaN", self.Omega)

    def _require(self, condition: bool, expected: str, found: object) -> None:
        if not condition:
            raise FormatError(f"format {self.name}: expected {expected}, found {found}")

    @property
    def exponent_bits(self) -> int:
        """Width of the exponent field: one value for subnormals, one a normal binade, one for IEEE specials."""
        fields = self.emax - self.emin + 2 + (self.specials == "ieee")
        return max(1, (fields - 1).bit_length())

    @property
    def q(self) -> int:
        """The exponent bits, as the papers call them."""
        return self.exponent_bits

    @property
    def width(self) -> int:
        """Bits of a code: sign, exponent field, fraction."""
        return 1 + self.exponent_bits + self.p

    @property
    def code_digits(self) -> int:
        """Hexadecimal digits of a code."""
        return -(-self.width // 4)

    @property
    def omega(self) -> Fraction:
        """The smallest positive number, 2^(emin - p)."""
        return Fraction(2) ** (self.emin - self.p)

    @property
    def smallest(self) -> Datum:
        """omega as a datum."""
        return (1, self.emin - self.p)

    @property
    def smallest_normal(self) -> Fraction:
        """2^emin."""
        return Fraction(2) ** self.emin

    @property
    def one(self) -> Datum:
        """The number 1 as a datum; raises FormatError in a format that lacks it."""
        if self.emin - self.p > 0 or self.emax < 0:
            raise FormatError(f"format {self.name}: 1 is no float of it")
        return self.power_of_two(0)

    def power_of_two(self, n: int) -> Datum:
        """2^n as a datum; raises FormatError if it is no float of the format."""
        if not self.emin - self.p <= n <= self.emax:
            raise FormatError(f"format {self.name}: 2^{n} is no float of it")
        quantum = max(n, self.emin) - self.p
        return (1 << (n - quantum), quantum)

    @property
    def has_infinities(self) -> bool:
        return self.specials == "ieee"

    @property
    def has_nan(self) -> bool:
        return self.specials != "none"

    # Ordinals: the finite numbers in order, ..., -omega, 0, omega, ..., are -N, ..., N.

    @property
    def largest_ordinal(self) -> int:
        """N, the number of positive finite floats."""
        return self.ordinal(self.largest)

    @property
    def finite_count(self) -> int:
        """Number of finite data, both zeros counted."""
        return 2 * self.largest_ordinal + 2

    def ordinal(self, x: Datum) -> int:
        """Place of a finite datum in the order of the format; both zeros are 0.

        The magnitude's code is the ordinal: exponent field times 2^p plus fraction.
        """
        m, e = x
        if m == 0 or e is None:
            if e is None:
                raise FormatError(f"format {self.name}: only finite numbers have an ordinal")
            return 0
        magnitude = abs(m) + ((e - (self.emin - self.p)) << self.p)
        return magnitude if m > 0 else -magnitude

    def from_ordinal(self, n: int) -> Datum:
        """The finite datum at a place; 0 is +0."""
        magnitude = abs(n)
        field_, fraction = magnitude >> self.p, magnitude & ((1 << self.p) - 1)
        if field_ == 0:
            m, e = fraction, self.emin - self.p
        else:
            m, e = fraction | (1 << self.p), field_ - 1 + self.emin - self.p
        if m == 0:
            return ZERO
        return (m if n > 0 else -m, e)

    # Codes: sign, exponent field, fraction, from the most significant bit.

    def encode(self, x: Datum) -> int:
        """The code (bits) of a datum; the NaN of an IEEE-like format is the positive quiet one.

        Raises FormatError for a special that the format lacks.
        """
        m, e = x
        sign = 1 << (self.width - 1)
        if e is not None:
            if m == 0:
                return sign if e else 0
            return self.ordinal(x) if m > 0 else sign | self.ordinal((-m, e))
        if m and not self.has_infinities or not m and not self.has_nan:
            raise FormatError(f"format {self.name}: {'infinity' if m else 'NaN'} has no code")
        if m:
            return (0 if m > 0 else sign) | (((1 << self.exponent_bits) - 1) << self.p)
        if self.specials == "ieee":
            return (((1 << self.exponent_bits) - 1) << self.p) | (1 << (self.p - 1))
        return sign - 1

    def decode(self, code: int) -> Datum:
        """The datum of a code; raises FormatError for a code that means nothing (outside, or beyond Omega)."""
        if not 0 <= code < 1 << self.width:
            raise FormatError(f"format {self.name}: a code has {self.width} bits, found {code:#x}")
        sign, magnitude = code >> (self.width - 1), code & ((1 << (self.width - 1)) - 1)
        if magnitude <= self.largest_ordinal:
            m, e = self.from_ordinal(magnitude)
            if m == 0:
                return NEGATIVE_ZERO if sign else ZERO
            return (-m if sign else m, e)
        if self.specials == "ieee" and magnitude >> self.p == (1 << self.exponent_bits) - 1:
            if magnitude & ((1 << self.p) - 1):
                return NAN
            return NEGATIVE_INFINITY if sign else INFINITY
        if self.specials == "nan" and magnitude == (1 << (self.width - 1)) - 1:
            return NAN
        raise FormatError(f"format {self.name}: code {code:#0{self.code_digits + 2}x} is not used")

    def finite(self) -> Iterator[Datum]:
        """All finite data in order, -0 before +0."""
        for n in range(-self.largest_ordinal, 0):
            yield self.from_ordinal(n)
        yield NEGATIVE_ZERO
        for n in range(self.largest_ordinal + 1):
            yield self.from_ordinal(n)

    def data(self) -> Iterator[Datum]:
        """All data in order: -infinity, the finite ones, +infinity, NaN, as far as the format has them."""
        if self.has_infinities:
            yield NEGATIVE_INFINITY
        yield from self.finite()
        if self.has_infinities:
            yield INFINITY
        if self.has_nan:
            yield NAN

    def __str__(self) -> str:
        return self.name


def ieee_like(p: int, q: int, name: str | None = None) -> Format:
    """F(p, q): p fraction bits, q exponent bits, infinities and NaNs. Source: docs/semantics.md, section 1."""
    name = name or f"F({p},{q})"
    if not (1 <= p <= MAXIMAL_PRECISION and 2 <= q <= 19):
        raise FormatError(f"format {name}: expected 1 <= p <= {MAXIMAL_PRECISION} and 2 <= q <= 19, found p = {p}, q = {q}")
    emax = (1 << (q - 1)) - 1
    Omega = (2 - Fraction(1, 2**p)) * Fraction(2) ** emax
    return Format(name, p, 1 - emax, emax, Omega)
