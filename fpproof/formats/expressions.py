"""Exact rational constants as expressions: 2-2^-10, 1/3, (1+2^-7)*0.5, 0x1p-3.

    sum      = product (("+" | "-") product)*
    product  = factor (("*" | "/") factor)*
    factor   = ("+" | "-") factor | power
    power    = atom (("^" | "**") factor)?
    atom     = decimal | C99 hex float | "(" sum ")"

A power binds closer than a sign before it and is read from the right, as in Python: -2^-2 is -1/4. An exponent is an integer. Lengths, depths
and the size of every result are bounded before it is computed, since expressions come from command lines and files of strangers.
"""

import re
from fractions import Fraction

from fpproof.errors import NumberError
from fpproof.formats.text import LONGEST_NUMBER, parse_rational

LARGEST_BITS = 2**20
"""Bits of a numerator or a denominator."""
DEEPEST = 50
"""Brackets, signs and exponents in each other."""

_NUMBER = r"0[xX][0-9a-fA-F]*(?:\.[0-9a-fA-F]*)?(?:[pP][+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(rf"\s*({_NUMBER}|\*\*|[-+*/^()])", re.ASCII)


def parse_expression(text: str) -> Fraction:
    """The exact value of an expression of finite decimals, hex floats, + - * / ^ and brackets.

    Raises NumberError, which names what was read and where it stopped; division by zero and results beyond 2^20 bits are refused.
    """
    if len(text) > LONGEST_NUMBER:
        raise NumberError(f"an expression of {len(text)} characters, at most {LONGEST_NUMBER} are read")
    return _Reader(text).read()


class _Reader:
    """One pass over the tokens, by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text, self.place, self.depth = text, 0, 0
        self.token = ""
        self.advance()

    def advance(self) -> None:
        """The next token; "" at the end."""
        match = _TOKEN.match(self.text, self.place)
        if match is None and self.text[self.place :].strip():
            raise self.error()
        self.token = match[1] if match else ""
        self.start = match.start(1) if match else len(self.text)
        self.place = match.end() if match else len(self.text)

    def error(self) -> NumberError:
        found = self.text[self.start if self.token else self.place :].strip()[:20]
        where = f"unexpected {found!r}" if found else "it ends too early"
        return NumberError(f"{self.text.strip()[:60]!r} is no number: {where}", hint="write 0.125, 1/3, 0x1p-3 or an expression such as 2-2^-10")

    def read(self) -> Fraction:
        value = self.sum()
        if self.token:
            raise self.error()
        return value

    def sum(self) -> Fraction:
        value = self.product()
        while (operation := self.token) in ("+", "-"):
            self.advance()
            term = self.product()
            value = self.bounded(value + term if operation == "+" else value - term)
        return value

    def product(self) -> Fraction:
        value = self.factor()
        while (operation := self.token) in ("*", "/"):
            self.advance()
            factor = self.factor()
            if operation == "/" and not factor:
                raise NumberError(f"{self.text.strip()[:60]!r} divides by zero")
            value = self.bounded(value * factor if operation == "*" else value / factor)
        return value

    def factor(self) -> Fraction:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NumberError(f"{self.text.strip()[:60]!r} is nested deeper than {DEEPEST}")
        if self.token in ("+", "-"):
            negative = self.token == "-"
            self.advance()
            value = self.factor()
            value = -value if negative else value
        else:
            value = self.power()
        self.depth -= 1
        return value

    def power(self) -> Fraction:
        base = self.atom()
        if self.token not in ("^", "**"):
            return base
        self.advance()
        exponent = self.factor()
        if exponent.denominator != 1:
            raise NumberError(f"{self.text.strip()[:60]!r}: expected an integer as exponent, found {exponent}")
        if not base and exponent < 0:
            raise NumberError(f"{self.text.strip()[:60]!r} divides by zero")
        if _bits(base) * abs(exponent) > LARGEST_BITS:
            raise self.too_large()
        return base ** int(exponent)

    def atom(self) -> Fraction:
        token = self.token
        if token == "(":
            self.advance()
            value = self.sum()
            if self.token != ")":
                raise self.error()
        elif token and (token[0].isdigit() or token[0] == "."):
            value = parse_rational(token)
        else:
            raise self.error()
        self.advance()
        return value

    def bounded(self, value: Fraction) -> Fraction:
        if _bits(value) > LARGEST_BITS:
            raise self.too_large()
        return value

    def too_large(self) -> NumberError:
        return NumberError(f"{self.text.strip()[:60]!r} is too large: more than 2^20 bits")


def _bits(r: Fraction) -> int:
    """Bits of the longer of numerator and denominator, 0 for 0 and 1 and -1, whose powers stay short."""
    return 0 if abs(r) in (0, 1) else max(r.numerator.bit_length(), r.denominator.bit_length())
