"""What a floating-point format is: data.

A *datum* is a value of a format without the format: a pair of integers.

    (m, e), m != 0     the finite number m * 2^e, in the format's normal form: 2^p <= |m| < 2^(p+1),
                       or |m| < 2^p and e = emin - p (subnormal)
    (0, 0), (0, -1)    +0 and -0
    (1, None), (-1, None), (0, None)      +infinity, -infinity, NaN

The normal form is unique, so two data are bitwise the same iff the pairs are equal.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
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


DEFINABLE_NAME = r"[A-Za-z_][\w.-]{0,40}"
"""Names that a definition can carry, as a regular expression."""


@dataclass(frozen=True, repr=False)
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
    largest: Datum = field(init=False, compare=False)
    """Omega as a datum."""
    precision: int = field(init=False, compare=False)
    """p + 1, the bits of a normal significand."""
    quanta: tuple[int, int] = field(init=False, compare=False)
    """emin - p and emax - p: the least and the greatest e of a datum (m, e)."""

    def __post_init__(self) -> None:
        self._require(isinstance(self.p, int) and 1 <= self.p <= MAXIMAL_PRECISION, f"p from 1 to {MAXIMAL_PRECISION}", self.p)
        for exponent in (self.emin, self.emax):
            fits = isinstance(exponent, int) and abs(exponent) <= MAXIMAL_EXPONENT
            self._require(fits, f"exponents of magnitude at most {MAXIMAL_EXPONENT}", exponent)
        self._require(self.emin <= self.emax, "emin <= emax", f"{self.emin} > {self.emax}")
        self._require(self.specials in ("ieee", "nan", "none"), "specials ieee, nan or none", self.specials)
        self._require(self.overflow in ("infinity", "nan", "saturate"), "overflow infinity, nan or saturate", self.overflow)
        self._require(self.overflow != "infinity" or self.specials == "ieee", "overflow nan or saturate without infinities", self.overflow)
        self._require(self.overflow != "nan" or self.specials != "none", "overflow saturate without a NaN", self.overflow)
        Omega = Fraction(self.Omega)
        steps = Omega / Fraction(2) ** (self.emax - self.p)
        binade = steps.denominator == 1 and 2**self.p <= steps < 2 ** (self.p + 1)
        self._require(binade, f"an Omega of exponent {self.emax} with {self.p} fraction bits", _short(Omega))
        # The fields that follow from the others; the class is frozen, hence the detour.
        object.__setattr__(self, "Omega", Omega)
        object.__setattr__(self, "largest", (int(steps), self.emax - self.p))
        object.__setattr__(self, "precision", self.p + 1)
        object.__setattr__(self, "quanta", (self.emin - self.p, self.emax - self.p))
        collides = self.specials == "nan" and self.largest_ordinal == (1 << (self.width - 1)) - 1
        self._require(not collides, "an Omega whose code is not the one of NaN", _short(Omega))

    def _require(self, condition: bool, expected: str, found: object) -> None:
        if not condition:
            raise FormatError(f"format {self.name}: expected {expected}, found {found}")

    @property
    def definition(self) -> str:
        """The format as a text that `parse_format` reads back; the name is left out where it would not fit in."""
        name = self.name if re.fullmatch(DEFINABLE_NAME, self.name, re.ASCII) else ""
        full = self.largest[0] == (2 << self.p) - 1
        Omega = "" if full else f"Omega={_short(self.Omega)},"
        return f"{name}(p={self.p},emin={self.emin},emax={self.emax},{Omega}specials={self.specials},overflow={self.overflow})"

    @cached_property
    def exponent_bits(self) -> int:
        """Width of the exponent field: one value for subnormals, one a normal binade, one for IEEE specials."""
        fields = self.emax - self.emin + 2 + (self.specials == "ieee")
        return max(1, (fields - 1).bit_length())

    @property
    def q(self) -> int:
        """The exponent bits, as the papers call them."""
        return self.exponent_bits

    @cached_property
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

    @cached_property
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
        if not (self.has_infinities if m else self.has_nan):
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

    def __repr__(self) -> str:
        return f"parse_format({self.definition!r})"


def _short(r: Fraction) -> str:
    """An exact rational in few characters: as it is, or as a hex float if that is much shorter."""
    places = r.denominator.bit_length() - 1
    if max(r.numerator.bit_length(), places) <= 64 or r.denominator != 1 << places:
        return str(r) if max(r.numerator.bit_length(), places) <= 8192 else "a long fraction"
    zeros = max(0, (r.numerator & -r.numerator).bit_length() - 1)
    return f"{r.numerator >> zeros:#x}p{zeros - places:+d}"


def ieee_like(p: int, q: int, name: str | None = None) -> Format:
    """F(p, q): p fraction bits, q exponent bits, infinities and NaNs. Source: docs/semantics.md, section 1."""
    name = name or f"F({p},{q})"
    if not (1 <= p <= MAXIMAL_PRECISION and 2 <= q <= 19):
        raise FormatError(f"format {name}: expected 1 <= p <= {MAXIMAL_PRECISION} and 2 <= q <= 19, found p = {p}, q = {q}")
    emax = (1 << (q - 1)) - 1
    Omega = (2 - Fraction(1, 2**p)) * Fraction(2) ** emax
    return Format(name, p, 1 - emax, emax, Omega)
