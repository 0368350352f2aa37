"""The meaning of a network's sums and gradients: the named variants of docs/semantics.md, section 3."""

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from fpproof.errors import NetworkError
from fpproof.formats import Datum, Format, parse_format, round_rational
from fpproof.formats.atlas import format_text
from fpproof.formats.text import parse_rational


class Order(StrEnum):
    """In which order, and with how many roundings, the terms of an affine layer are added."""

    LEFT_TO_RIGHT = "left-to-right"
    BIAS_FIRST = "bias-first"
    PAIRWISE = "pairwise"
    FMA = "fma"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Semantics:
    """An order of sums with its refinements; the default is the papers' left-to-right.

    `block` is the block length of BLOCKED; `wide` the format of products and sums if it is not the network's; `flush`
    makes subnormals zero; `relu_slope` is ReLU'(0), rounded to the network's format.
    """

    order: Order = Order.LEFT_TO_RIGHT
    block: int = 0
    wide: Format | None = None
    flush: bool = False
    relu_slope: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if (self.order is Order.BLOCKED) != (self.block > 0) or self.block >= 10**9:
            raise NetworkError(f"semantics {self.order}: expected a block length from 1 to 999999999 for blocked alone, found {self.block}")

    def slope(self, F: Format) -> Datum:
        """ReLU'(0) in F."""
        return round_rational(F, self.relu_slope)

    @property
    def order_text(self) -> str:
        return f"blocked({self.block})" if self.order is Order.BLOCKED else str(self.order)

    def __str__(self) -> str:
        parts = [self.order_text]
        if self.wide is not None:
            parts.append(f"wide({format_text(self.wide)})")
        if self.flush:
            parts.append("flush")
        if self.relu_slope:
            parts.append(f"relu-slope({self.relu_slope})")
        return "+".join(parts)


LEFT_TO_RIGHT = Semantics()

NAMES = "left-to-right, bias-first, pairwise, fma, blocked(k), wide(G), flush, relu-slope(s), joined by +"


def parse_semantics(text: str) -> Semantics:
    """The semantics that a text such as "pairwise+wide(binary32)+flush" names.

    Raises NetworkError for an unknown or repeated variant, FormatError for an unknown format.
    """
    order: Order | None = None
    block, wide, flush, slope = 0, None, False, None
    for part in re.split(r"\+(?![^()]*\))", text.strip()):
        name, argument = part.strip(), ""
        if match := re.fullmatch(r"([a-z-]+)\((.*)\)", name):
            name, argument = match[1], match[2].strip()
        takes_argument = name in ("blocked", "wide", "relu-slope")
        if takes_argument != bool(argument):
            raise NetworkError(f"semantics {text[:80]!r}: {part.strip()[:40]!r} is no variant", hint=f"the variants are {NAMES}")
        if name in {str(o) for o in Order} and order is None:
            order = Order(name)
            block = _block(text, argument) if takes_argument else 0
        elif name == "wide" and wide is None:
            wide = parse_format(argument)
        elif name == "flush" and not flush:
            flush = True
        elif name == "relu-slope" and slope is None:
            slope = parse_rational(argument)
        else:
            raise NetworkError(f"semantics {text[:80]!r}: {part.strip()[:40]!r} is unknown or given twice", hint=f"the variants are {NAMES}")
    return Semantics(order or Order.LEFT_TO_RIGHT, block, wide, flush, slope or Fraction(0))


def _block(text: str, argument: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", argument):
        raise NetworkError(f"semantics {text[:80]!r}: expected a block length from 1 to 999999999, found {argument[:40]!r}")
    return int(argument)
