"""Stand-alone checker of fpproof certificates: `python checker.py FILE...`, exit code 0 accepted, 1 rejected, 2 malformed.

A certificate is a JSON file that claims values and gradients of a network at points (docs/certificate-format.md). The checker
reads it, evaluates the network at every point claimed, as docs/semantics.md says, and compares. It computes with Python's whole
numbers only (no floats, no fractions), imports the standard library only, and executes nothing of the file. To trust a verdict is to
trust Python's integers, `json` and `hashlib.sha256`, and the five parts of this file, in the order in which they stand:

    1. numbers      exact products and sums, as pairs of integers; formats; the one function that rounds
    2. sums         the orders of summation, and a fast version of the commonest
    3. network      forward pass, backward pass, dense fallback, counters of non-finite numbers
    4. reading      JSON to numbers; every rule of the format page
    5. verdict      the claims, one after the other; the report; the command

Signs of zeros are not kept: they change no number (semantics.md, section 3), and claims are about numbers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import accumulate, groupby
from typing import Any, cast

FILE_BYTES, DEPTH, STRING, ELSEWHERE = 1 << 26, 64, 1000, 10**7
FRACTION_BITS, EXPONENT, WHOLE = 256, 1 << 18, (1 << 53) - 1
ORDER = re.compile(r"left-to-right|bias-first|pairwise|fma|blocked\([1-9][0-9]{0,8}\)")
COUNTERS = ("pre-activations", "activations", "adjoints")


class Malformed(Exception):
    """The file breaks the rule; `place` grows from the inside out while the exception passes the readers."""

    def __init__(self, rule: str, place: str = "") -> None:
        super().__init__(rule, place)
        self.rule, self.place = rule, place


def need(condition: bool, rule: str, place: str = "") -> None:
    if not condition:
        raise Malformed(rule, place)


class NoEntry(Exception):
    """An activation table lacks the pre-activation that is met."""


# ---------------------------------------------------------------- 1. numbers
# A number is a pair (m, e). Finite: m * 2^e, in no normal form. Otherwise e is SPECIAL, and m is the sign of an infinity, or 0 for NaN.

Number = tuple[int, int]
SPECIAL = 1 << 62
NAN, ZERO, ONE = (0, SPECIAL), (0, 0), (1, 0)


def product(a: Number, b: Number) -> Number:
    """The exact product; 0 * infinity and NaN * anything have significand 0, which makes them NaN."""
    m = a[0] * b[0]
    if a[1] == SPECIAL or b[1] == SPECIAL:
        return (m > 0) - (m < 0), SPECIAL
    return m, a[1] + b[1]


def plus(a: Number, b: Number) -> Number:
    """The exact sum; of two special numbers it is NaN unless they are the same."""
    if a[1] == SPECIAL and b[1] == SPECIAL:
        return a if a == b else NAN
    if a[1] == SPECIAL or b[1] == SPECIAL:
        return a if a[1] == SPECIAL else b
    e = min(a[1], b[1])
    return (a[0] << a[1] - e) + (b[0] << b[1] - e), e


def exceeds(a: Number, b: Number) -> bool:
    """|a| > |b| for finite numbers."""
    e = min(a[1], b[1])
    return abs(a[0]) << a[1] - e > abs(b[0]) << b[1] - e


def canonical(a: Number) -> Number:
    """The pair of this number that has an odd significand: numbers are equal iff these pairs are."""
    m, e = a
    if e == SPECIAL or m == 0:
        return a if e == SPECIAL else ZERO
    zeros = (m & -m).bit_length() - 1
    return m >> zeros, e + zeros


def nearest_even(m: int, cut: int) -> int:
    """m / 2^cut rounded to nearest, ties to even, for any sign of m and cut > 0.

    Write m = q 2^cut + r with 0 <= r < 2^cut, q = m >> cut. Adding 2^(cut-1) - 1 carries into q iff r > 2^(cut-1); adding one
    more, for odd q, also carries at the tie r = 2^(cut-1).
    """
    return m + (1 << cut - 1) - 1 + (m >> cut & 1) >> cut


def hexadecimal(number: Number) -> str:
    """The number as C99 writes it, as in 0x1.8p+3."""
    m, e = canonical(number)
    sign = "-" if m < 0 else ""
    if e == SPECIAL:
        return f"{sign or '+'}infinity" if m else "NaN"
    bits = max(abs(m).bit_length() - 1, 0)
    fraction = f".{(abs(m) - (1 << bits)) << -bits % 4:0{-(-bits // 4)}x}" if bits else ""
    return f"{sign}0x{min(abs(m), 1)}{fraction}p{e + bits:+d}"


@dataclass(frozen=True)
class Format:
    """A format as the certificate describes it; `omega` is the code of the largest finite number, `codes` those read so far."""

    name: str
    p: int
    emin: int
    emax: int
    width: int
    omega: int
    specials: str
    overflow: str
    flush: bool = False
    codes: dict[str, Number] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def largest(self) -> Number:
        return self.magnitude(self.omega)

    def magnitude(self, code: int) -> Number:
        """The finite number with this code, of sign bit 0."""
        exponent, fraction = code >> self.p, code & (1 << self.p) - 1
        return (fraction, self.emin - self.p) if exponent == 0 else (fraction | 1 << self.p, exponent - 1 + self.emin - self.p)

    def number(self, text: Any) -> Number:
        """The number of a code, which may be NaN or infinite."""
        if type(text) is str and text in self.codes:
            return self.codes[text]
        code, ones = read_code(text, self.width), (1 << self.width - 1) - 1
        size = code & ones
        if size <= self.omega:
            m, e = self.magnitude(size)
        elif self.specials == "ieee" and size >> self.p == ones >> self.p:
            m, e = (0 if size & (1 << self.p) - 1 else 1), SPECIAL
        elif self.specials == "nan" and size == ones:
            m, e = NAN
        else:
            raise Malformed(f"{text} is the code of no number: it lies above Omega")
        self.codes[text] = (-m if code > ones else m, e)
        return self.codes[text]

    def finite(self, text: Any) -> Number:
        number = self.number(text)
        need(number[1] != SPECIAL, f"{text} is not finite")
        return number

    def operand(self, text: Any) -> Number:
        """A number as operations see it: with `flush`, a subnormal one is zero."""
        return self.fl(self.finite(text))

    def show(self, number: Number) -> str:
        """The number in hexadecimal with its code; NaN has no code, or several."""
        m, e = canonical(number)
        if number == NAN:
            return "NaN"
        if e == SPECIAL:
            size = (1 << self.width - 1) - (1 << self.p)
        else:
            size = abs(m) << e - (self.emin - self.p) if m else 0  # in units of omega: fraction bits, and a zero for each binade above
            binades = max(size.bit_length() - self.p - 1, 0)
            size = (binades << self.p) + (size >> binades)
        return f"{hexadecimal(number)} ({size | (m < 0) << self.width - 1:0{-(-self.width // 4)}x})"

    def fl(self, number: Number) -> Number:
        """Round an exact result to nearest even, overflow, flush. A number of the format stays what it is, but for flush."""
        m, e = number
        if e == SPECIAL:
            return number if self.specials == "ieee" else NAN
        # Keep p + 1 bits, or stop at the place of omega, 2^(emin - p); `cut` low bits go.
        cut = max(m.bit_length() - self.p - 1, self.emin - self.p - e)
        if cut > 0:
            m, e = nearest_even(m, cut), e + cut
        if m.bit_length() + e > self.emax and exceeds((m, e), self.largest):  # else |m| 2^e < 2^emax <= Omega
            if self.overflow == "saturate":
                return (self.largest[0] if m > 0 else -self.largest[0]), self.largest[1]
            return ((m > 0) - (m < 0), SPECIAL) if self.overflow == "infinity" else NAN
        return ZERO if self.flush and exceeds((1, self.emin), (m, e)) else (m, e)


# ---------------------------------------------------------------- 2. sums

Entry = tuple[int, int, int]  # position, significand and exponent of a weight
Row = list[Entry]


@dataclass(frozen=True)
class Semantics:
    """How sums and derivatives are meant: `wide` is the format of products and sums, `format` of all else, `text` names it all."""

    format: Format
    order: str
    wide: Format
    slope: Number
    text: str


@dataclass(frozen=True)
class Sums:
    """A matrix with its biases: the weights of each sum, in order of their positions 0 .. length - 1.

    Forward, a sum is a neuron's and positions are inputs; backward, a sum is an input's and positions are neurons. The bias
    is a list of one entry at the position `length`, or of none.
    """

    length: int
    rows: list[Row]
    biases: list[Row]
    sparse: bool


def left_to_right(entries: Row, values: list[Number], fmt: Format) -> Number | None:
    """The sum from left to right of rounded products of finite numbers, or None if a magnitude comes near overflow.

    Same numbers as `general_sum`, without its function calls. A zero value has a zero product and adds nothing, so it is skipped. A
    number of at most `size` bits times 2^e is below 2^(size + e), and rounding takes it at most to that power; so
    size + e <= emax excludes overflow, as 2^emax <= Omega. A sum lies on the grid of its smaller term, which is no finer than that
    of omega, so that only its length can make it inexact.
    """
    precision, bottom, emax = fmt.p + 1, fmt.emin - fmt.p, fmt.emax
    total, place = 0, emax
    for position, m, e in entries:
        x, y = values[position]
        if x:
            m *= x
            e += y
            size = m.bit_length()
            if size + e > emax:
                return None
            cut = size - precision
            if cut + e < bottom:
                cut = bottom - e
            if cut > 0:
                m = m + (1 << cut - 1) - 1 + (m >> cut & 1) >> cut
                e += cut
            if e < place:
                total = (total << place - e) + m
                place = e
            else:
                total += m << e - place
            size = total.bit_length()
            if size + place > emax:
                return None
            cut = size - precision
            if cut > 0:
                total = total + (1 << cut - 1) - 1 + (total >> cut & 1) >> cut
                place += cut
    return (total, place) if total else ZERO


def pairwise(terms: list[tuple[int, Number]], start: int, length: int, fl: Callable[[Number], Number]) -> Number:
    """The sum of the terms at positions start .. start + length - 1, split at the largest power of two below the length."""
    if len(terms) == 1:
        return terms[0][1]
    half = 1 << (length - 1).bit_length() - 1
    left = [term for term in terms if term[0] < start + half]
    right = [term for term in terms if term[0] >= start + half]
    if not right:
        return pairwise(left, start, half, fl)
    after = pairwise(right, start + half, length - half, fl)
    return fl(plus(pairwise(left, start, half, fl), after)) if left else after


def chain(terms: Iterable[Number], fl: Callable[[Number], Number]) -> Number:
    """The sum from left to right; the empty sum is zero."""
    total = None
    for term in terms:
        total = term if total is None else fl(plus(total, term))
    return ZERO if total is None else total


def general_sum(entries: Row, bias: Row, values: Sequence[Number], length: int, semantics: Semantics) -> Number:
    """One sum in any order and with any numbers: in `wide` up to its end, then rounded to the format.

    In order fma, all products but the first are left exact until they are added. A bias that comes first is rounded to `wide`, and a
    bias alone is 0 + bias: so a sparse layer computes the numbers of the dense one, whatever `wide` is.
    """
    fl, order = semantics.wide.fl, semantics.order
    exact = [(position, product((m, e), values[position])) for position, m, e in entries]
    terms = [(position, term if order == "fma" and index > 0 else fl(term)) for index, (position, term) in enumerate(exact)]
    if order == "pairwise" and terms:
        total = pairwise(terms, 0, length, fl)
    elif order.startswith("blocked"):
        k = int(order.removeprefix("blocked(").removesuffix(")"))
        total = chain([chain((term for _, term in block), fl) for _, block in groupby(terms, lambda term: term[0] // k)], fl)
    else:
        first = [fl((m, e)) for _, m, e in bias] if order == "bias-first" else []
        total = chain(first + [term for _, term in terms], fl)
    if bias and order != "bias-first":
        total = fl(plus(total, bias[0][1:]))
    return semantics.format.fl(total)


def all_sums(sums: Sums, values: list[Number], semantics: Semantics, dense: bool) -> list[Number]:
    """Every sum of the matrix; `dense` makes the missing weights of a sparse one zeros that take part."""
    first, fmt = semantics.order == "bias-first", semantics.format
    fast = (first or semantics.order == "left-to-right") and semantics.wide is fmt and not fmt.flush and not special(values)
    extended = [*values, ONE]  # in the fast sum, the bias is the product of its entry with this 1
    results = []
    for row, bias in zip(sums.rows, sums.biases, strict=True):
        result = left_to_right(bias + row if first else row + bias, extended, fmt) if fast else None
        if result is None:
            if dense and sums.sparse:
                given = {entry[0]: entry for entry in row}
                row = [given.get(position, (position, *ZERO)) for position in range(sums.length)]
            result = general_sum(row, bias, values, sums.length, semantics)
        results.append(result)
    return results


def transposed(sums: Sums) -> Sums:
    columns: list[Row] = [[] for _ in range(sums.length)]
    for neuron, row in enumerate(sums.rows):
        for position, m, e in row:
            columns[position].append((neuron, m, e))
    return Sums(len(sums.rows), columns, [[] for _ in columns], sums.sparse)


# ---------------------------------------------------------------- 3. network


@dataclass(frozen=True)
class Network:
    """Layer by layer: sums forward, sums backward, and activations ("relu", the name of a table, or None)."""

    semantics: Semantics
    forward: list[Sums]
    backward: list[Sums]
    activations: list[str | None]
    tables: dict[str, dict[Number, tuple[Number, Number]]]
    sparse: bool


@dataclass(frozen=True)
class Evaluation:
    """What one evaluation gives: counters of non-finite numbers, the first of them in words, derivatives of the activations."""

    x: list[Number]
    dense: bool
    counts: tuple[int, int, int]
    first: str
    derivatives: list[list[Number]]
    value: list[Number]
    gradient: list[Number]


def special(numbers: Iterable[Number]) -> list[int]:
    """Where the numbers are not finite."""
    return [index for index, number in enumerate(numbers) if number[1] == SPECIAL]


def words(what: str, numbers: list[Number]) -> str:
    """The first non-finite number in words, or nothing."""
    return "".join(f"{what} {index}: {hexadecimal(numbers[index])}" for index in special(numbers)[:1])


def activate(network: Network, layer: int, neuron: int, z: Number) -> tuple[Number, Number]:
    """Value and derivative of the layer's activation at z."""
    name = network.activations[layer]
    if name is None:
        return z, ONE
    if z == NAN:
        return NAN, NAN
    if name == "relu":
        return (z, ONE) if z[0] > 0 else (ZERO, ZERO) if z[0] < 0 else (ZERO, network.semantics.slope)
    if canonical(z) not in network.tables[name]:
        shown = network.semantics.format.show(z)
        raise NoEntry(f"the table has no entry: {json.dumps(name[:40])} lacks {shown}, the pre-activation of layers[{layer}], neuron {neuron}")
    return network.tables[name][canonical(z)]


def masked(number: Number, mask: Number, fl: Callable[[Number], Number]) -> Number:
    """An adjoint times a derivative, an operation of the format, also under `wide`. Times 1 it is itself, whatever it is."""
    if mask is ONE:
        return number
    return ZERO if mask is ZERO and number[1] != SPECIAL else fl(product(number, mask))


def forward(network: Network, x: list[Number], dense: bool) -> Evaluation:
    """All layers at x; a sparse network gives way to the dense pass at the first layer with a non-finite activation.

    Up to that layer's activations the two passes have the same numbers, so that a table entry missing there is missing in both.
    """
    preactivations, activations, first, derivatives, values = 0, 0, "", [], x
    for index, sums in enumerate(network.forward):
        zs = all_sums(sums, values, network.semantics, dense)
        pairs = [activate(network, index, neuron, z) for neuron, z in enumerate(zs)]
        values = [value for value, _ in pairs]
        derivatives.append([derivative for _, derivative in pairs])
        preactivations += len(special(zs))
        activations += len(special(values))
        if activations and network.sparse and not dense:
            return forward(network, x, dense=True)
        first = first or words(f"pre-activation of layers[{index}], neuron", zs) or words(f"activation of layers[{index}], neuron", values)
    return Evaluation(x, dense, (preactivations, activations, 0), first, derivatives, values, [])


def backward(network: Network, ahead: Evaluation, upstream: list[Number]) -> Evaluation:
    """All layers back from the upstream; a sparse network gives way to the dense evaluation at the first non-finite adjoint."""
    fl = network.semantics.format.fl
    adjoints, first, delta = 0, ahead.first, upstream
    for index in range(len(network.forward) - 1, -1, -1):
        delta = [masked(number, mask, fl) for number, mask in zip(delta, ahead.derivatives[index], strict=True)]
        after_mask = special(delta)
        delta = all_sums(network.backward[index], delta, network.semantics, ahead.dense)
        adjoints += len(special(delta))
        if (adjoints or after_mask) and network.sparse and not ahead.dense:
            return backward(network, forward(network, ahead.x, dense=True), upstream)
        where = f"outputs of layers[{index - 1}], neuron" if index else "inputs, coordinate"
        first = first or words(f"adjoint at the {where}", delta)
    return replace(ahead, counts=(*ahead.counts[:2], adjoints), first=first, gradient=delta)


# ---------------------------------------------------------------- 4. reading
# A reader takes a JSON value and returns what it stands for, or raises Malformed with the place below that value.

Reader = Callable[[Any], Any]


def kept(value: Any, condition: bool, needed: str) -> Any:
    """The value, if the condition holds of it."""
    if not condition:
        found = json.dumps(value[:40] if type(value) is str else value) if type(value) in (str, int, bool) else f"a JSON {type(value).__name__}"
        raise Malformed(f"{needed} is needed, found {found}")
    return value


def whole(text: str) -> int:
    small = text.lstrip("-").isdigit() and text != "-0" and len(text) <= 17 and abs(int(text)) <= WHOLE
    need(small, f"the number {text[:20]} is no integer below 2^53, without fraction and exponent")
    return int(text)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        need(name not in result, "a member that occurs twice in an object: " + json.dumps(name[:40]))
        result[name] = value
    return result


def read_json(data: bytes) -> Any:
    """The JSON value, after its size and depth are known to be small enough for the parser.

    The depth is that of the brackets outside strings: escaped backslashes and quotes are dropped, then strings. Up to the first
    error in the file, where the parser stops, the two agree on what is a string.
    """
    need(len(data) <= FILE_BYTES, f"more than {FILE_BYTES} bytes")
    outside = re.sub(rb'"[^"]*"?', b"", data.replace(b"\\\\", b"").replace(b'\\"', b""))
    steps = (1 if byte in b"[{" else -1 for byte in outside.translate(None, bytes(set(range(256)) - set(b"[]{}"))))
    need(all(depth <= DEPTH for depth in accumulate(steps)), f"nested deeper than {DEPTH}")
    try:
        text = data.decode("utf-8")
        return json.loads(text, object_pairs_hook=unique, parse_int=whole, parse_float=whole, parse_constant=whole)
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8", f"byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg}", f"line {error.lineno} column {error.colno}") from None


def array(value: Any, read: Reader, length: int | None = None) -> list[Any]:
    """A list, of the given length if there is one, with every entry read."""
    kept(value, type(value) is list, "a list")
    need(length is None or len(value) == length, f"{len(value)} entries instead of {length}")
    result = []
    for index, entry in enumerate(value):
        try:
            result.append(read(entry))
        except Malformed as error:
            raise Malformed(error.rule, f"[{index}]{error.place}") from None
    return result


def member(record: dict[str, Any], name: str, read: Reader) -> Any:
    try:
        return read(record[name])
    except Malformed as error:
        step = f".{name}" if re.fullmatch("[A-Za-z-]{1,40}", name) else f"[{json.dumps(name[:40])}]"
        raise Malformed(error.rule, step + error.place) from None


def members(value: Any, readers: Mapping[str, Reader | None]) -> dict[str, Any]:
    """An object with these members and no others, in the order of `readers`; those with the reader None are left for later."""
    kept(value, type(value) is dict, "an object")
    for name in [*readers, *value]:
        need(name in value, f"the member {json.dumps(name)} is missing")
        need(name in readers, f"the member {json.dumps(name[:40])} is unknown")
    return {name: value[name] if read is None else member(value, name, read) for name, read in readers.items()}


def string(value: Any) -> Any:
    kept(value, type(value) is str and len(value) <= STRING, f"a string of at most {STRING} characters")
    return kept(value, value.isascii() or not re.search("[\ud800-\udfff]", value), "a string without half a surrogate pair")


def between(low: int, high: int) -> Reader:
    return lambda value: kept(value, type(value) is int and low <= value <= high, f"an integer from {low} to {high}")


def one_of(*choices: Any) -> Reader:
    """A value that is one of these, of the same type: true is not 1."""
    text = " or ".join(json.dumps(choice) for choice in choices[:9])
    return lambda value: kept(value, any(type(value) is type(choice) and value == choice for choice in choices), text)


def increasing(values: list[Any], what: str) -> None:
    for index in range(1, len(values)):
        need(values[index - 1] < values[index], f"{what} not strictly increasing", f"[{index}]")


def read_code(text: Any, width: int) -> int:
    """A code as an integer of `width` bits."""
    digits = -(-width // 4)
    kept(text, type(text) is str and len(text) == digits and bool(re.fullmatch("[0-9a-f]+", text)), f"a code of {digits} digits 0-9a-f")
    need(int(text, 16) >> width == 0, f"{text} has more than {width} bits")
    return int(text, 16)


def read_format(value: Any) -> Format:
    kinds, overflows, exponent = one_of("ieee", "nan", "none"), one_of("infinity", "nan", "saturate"), between(-EXPONENT, EXPONENT)
    readers = {"name": string, "p": between(1, FRACTION_BITS), "emin": exponent, "emax": exponent, "specials": kinds, "overflow": overflows}
    name, p, emin, emax, specials, overflow, _ = members(value, {**readers, "Omega": None}).values()
    need(emin <= emax, "emin is above emax")
    need(overflow in ("saturate", specials) or specials == "ieee", f"overflow {overflow} does not go with specials {specials}")
    binades = emax - emin + 1
    width = 1 + (binades + (specials == "ieee")).bit_length() + p  # exponent fields 0 .. binades, and one more for ieee
    omega = member(value, "Omega", lambda text: read_code(text, width))
    need(omega >> p == binades, "the exponent field is not that of emax", ".Omega")
    need(specials != "nan" or omega + 1 < 1 << width - 1, "the code of NaN", ".Omega")
    return Format(name, p, emin, emax, width, omega, specials, overflow)


def describe(fmt: Format) -> str:
    """The format's name, which proves nothing, with the numbers that do."""
    return f"{fmt.name[:40]}[p {fmt.p}, emin {fmt.emin}, emax {fmt.emax}, Omega {hexadecimal(fmt.largest)}, {fmt.specials}, {fmt.overflow}]"


def read_semantics(value: Any, fmt: Format) -> Semantics:
    record = members(value, {"order": string, "flush": one_of(True, False), "wide": None, "relu-slope": None})
    order, flush = record["order"], record["flush"]
    need(ORDER.fullmatch(order) is not None, f"{json.dumps(order[:40])} is no order", ".order")
    fmt = replace(fmt, flush=flush)
    wide = member(record, "wide", lambda given: fmt if given is None else replace(read_format(given), flush=flush))
    slope = member(record, "relu-slope", fmt.operand)
    text = order + (f"+wide({describe(wide)})" if wide is not fmt else "") + ("+flush" if flush else "")
    return Semantics(fmt, order, wide, slope, text + (f"+relu-slope({hexadecimal(slope)})" if slope[0] else ""))


def read_table(value: Any, fmt: Format) -> dict[Number, tuple[Number, Number]]:
    """A table by number. Under flush, the value is the result of an operation and the derivative an operand of one."""

    def entry(triple: Any) -> list[Number]:
        numbers = array(triple, fmt.number, 3)
        need(NAN not in numbers, "NaN in a table")
        need(numbers[0][0] != 0 or int(triple[0], 16) == 0, "-0 in a table")
        return numbers

    entries = array(value, entry)
    increasing([triple[0] for triple in value], "codes of z")  # as many digits each, so that strings are ordered as codes
    return {canonical(z): (fmt.fl(image), fmt.fl(slope)) for z, image, slope in entries}


def read_layer(value: Any, inputs: int, fmt: Format, tables: Iterable[str]) -> tuple[Sums, str | None]:
    def pair(entry: Any) -> Entry:
        kept(entry, type(entry) is list and len(entry) == 2 and type(entry[0]) is int, "a pair [column, code]")
        need(0 <= entry[0] < inputs, f"column {entry[0]} of {inputs}")
        return entry[0], *fmt.operand(entry[1])

    def row(weights: Any) -> Row:
        if not record["sparse"]:
            return [(column, *number) for column, number in enumerate(array(weights, fmt.operand, inputs))]
        entries = array(weights, pair)
        increasing([entry[0] for entry in entries], "columns")
        return entries

    readers = {"inputs": one_of(inputs), "sparse": one_of(True, False), "activation": one_of(None, "relu", *tables)}
    record = members(value, {**readers, "weights": None, "bias": None})
    rows = member(record, "weights", lambda weights: array(weights, row))
    need(bool(rows), "a layer without neurons", ".weights")
    biases = member(record, "bias", lambda codes: array(codes, lambda code: [] if code is None else [(inputs, *fmt.operand(code))], len(rows)))
    return Sums(inputs, rows, biases, record["sparse"]), record["activation"]


@dataclass(frozen=True)
class Claims:
    """Points are quadruples of lists of numbers, `listed` their x; `upstreams` None means all; `elsewhere` counts evaluations."""

    points: list[list[list[Number]]]
    listed: set[tuple[Number, ...]]
    finite: list[str]
    elsewhere: int
    value: list[Number]
    gradient: list[Number]
    upstreams: list[list[Number]] | None


def read_claims(value: Any, fmt: Format, d: int, m: int) -> Claims:
    def vector(length: int) -> Reader:
        return lambda codes: array(codes, fmt.finite, length)

    def point(parts: Any) -> list[Any]:
        kept(parts, type(parts) is list and len(parts) == 4, "a list [x, upstream, value, gradient]")
        return array([*range(4)], lambda part: vector((d, m, m, d)[part])(parts[part]))

    def elsewhere(given: Any) -> Claims:
        if given is None:
            return Claims(points, listed, finite, 0, [], [], [])
        readers = {"value": vector(m), "gradient": vector(d), "upstreams": lambda all_or: None if all_or == "all" else array(all_or, vector(m))}
        rest = members(given, readers)
        need(rest["upstreams"] != [], "no upstreams: nothing is claimed", ".upstreams")
        # Counted before anything is listed. A format has five finite floats at least, so that 64 coordinates are beyond the bound.
        floats, upstreams = 2 * fmt.omega + 1, rest["upstreams"]
        total = (floats ** min(d, 64) - len(listed)) * (floats ** min(m, 64) if upstreams is None else len(upstreams))
        need(total <= ELSEWHERE, f"more than {ELSEWHERE} evaluations")
        return Claims(points, listed, finite, total, **rest)

    readers = {"points": lambda given: array(given, point), "finite": lambda given: array(given, one_of(*COUNTERS))}
    record = members(value, {**readers, "elsewhere": None})
    points, finite = record["points"], record["finite"]
    listed = {tuple(map(canonical, x)) for x, *_ in points}
    need(finite == sorted(set(finite)), "not sorted, or with a repetition", ".finite")
    need(bool(points) or record["elsewhere"] is not None, "nothing is claimed: no points, and elsewhere is null")
    return cast(Claims, member(record, "elsewhere", elsewhere))


def untrusted(value: Any) -> None:
    """Provenance: strings, integers, booleans, lists and objects; the depth of the whole file is bounded already."""
    if type(value) is list:
        array(value, untrusted)
    elif type(value) is dict:
        for name in value:
            string(name)
            member(value, name, untrusted)
    elif type(value) is int:
        between(0, WHOLE)(value)
    elif type(value) is not bool:
        string(value)


def read_certificate(data: bytes) -> tuple[Network, Claims]:
    """All that the format page says of a file, the digest last."""

    def named_tables(value: Any) -> Any:
        kept(value, type(value) is dict, "an object")
        need("relu" not in value, "a table may not be called relu")
        return {string(name): member(value, name, lambda table: read_table(table, fmt)) for name in value}

    def layer(value: Any) -> None:
        layers.append(read_layer(value, len(layers[-1][0].rows) if layers else record["inputs"], fmt, tables))

    readers = {"fpproof-certificate": one_of(1), "format": read_format, "inputs": between(1, WHOLE), "provenance": untrusted, "digest": string}
    later = ("semantics", "tables", "layers", "claims")
    given = read_json(data)
    record = members(given, {**readers, **dict.fromkeys(later)})
    member(given, "provenance", lambda value: kept(value, type(value) is dict, "an object"))
    semantics: Semantics = member(record, "semantics", lambda value: read_semantics(value, record["format"]))
    fmt = semantics.format
    tables = member(record, "tables", named_tables)
    layers: list[tuple[Sums, str | None]] = []
    need(bool(member(record, "layers", lambda value: array(value, layer))), "no layers", ".layers")
    matrices, activations = [sums for sums, _ in layers], [activation for _, activation in layers]
    need(set(tables) <= set(activations), "a table that no layer uses", ".tables")
    claims = member(record, "claims", lambda value: read_claims(value, fmt, record["inputs"], len(matrices[-1].rows)))
    del given["digest"]
    text = json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    need(record["digest"] == "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest(), "not the digest of the file", ".digest")
    # Only now is anything as long as `inputs` made: a list of that length has been read, an x or a gradient.
    return Network(semantics, matrices, [transposed(sums) for sums in matrices], activations, tables, any(sums.sparse for sums in matrices)), claims


# ---------------------------------------------------------------- 5. verdict

Tick = Callable[[int, int], None]  # is told how many of how many evaluations are done
Case = tuple[str, list[Number], list[Number], list[Number], list[Number]]  # place, x, upstream, and the value and gradient claimed


@dataclass(frozen=True)
class Report:
    """The verdict on one file: `place` and `reason` say why it is not accepted, `failing` is the first claim that is wrong.

    `points` and `elsewhere` count the evaluations made, `dense` those of them that were dense; the three counters of non-finite
    numbers are sums over all of them; `finite` lists the counters claimed to be 0.
    """

    verdict: str
    reason: str = ""
    place: str = ""
    format: str = ""
    semantics: str = ""
    points: int = 0
    elsewhere: int = 0
    dense: int = 0
    preactivations: int = 0
    activations: int = 0
    adjoints: int = 0
    finite: tuple[str, ...] = ()
    milliseconds: int = 0
    failing: dict[str, Any] | None = None


def vectors(fmt: Format, length: int) -> Iterator[list[Number]]:
    """Every vector of finite floats, zero once, in increasing order, the last coordinate fastest."""
    floats = 2 * fmt.omega + 1
    for index in range(floats**length):
        ordinals = [index // floats**later % floats - fmt.omega for later in range(length - 1, -1, -1)]
        yield [product((1 if ordinal > 0 else -1, 0), fmt.magnitude(abs(ordinal))) for ordinal in ordinals]


def cases(network: Network, claims: Claims) -> Iterator[Case]:
    """All claims, in the order of the format page."""
    for index, (x, upstream, value, gradient) in enumerate(claims.points):
        yield f"claims.points[{index}]", x, upstream, value, gradient
    fmt, outputs = network.semantics.format, len(network.forward[-1].rows)
    for x in vectors(fmt, network.forward[0].length) if claims.elsewhere else ():
        if tuple(map(canonical, x)) not in claims.listed:
            for upstream in vectors(fmt, outputs) if claims.upstreams is None else claims.upstreams:
                yield "claims.elsewhere", x, upstream, claims.value, claims.gradient


def difference(case: Case, found: Evaluation, finite: list[str], fmt: Format) -> tuple[str, str, str] | None:
    """What differs first, what was expected, what was found; nothing if all is as claimed."""
    for what, claimed, numbers in (("value", case[3], found.value), ("gradient", case[4], found.gradient)):
        for index, (expected, number) in enumerate(zip(claimed, numbers, strict=True)):
            if canonical(expected) != canonical(number):
                return f"{what}[{index}]", fmt.show(expected), fmt.show(number)
    for name, count in zip(COUNTERS, found.counts, strict=True):
        if name in finite and count:
            return f"non-finite {name}", "0", str(count)
    return None


def check_bytes(data: bytes, tick: Tick | None = None) -> Report:
    """The verdict on the bytes of a certificate."""
    start = time.monotonic_ns()
    try:
        network, claims = read_certificate(data)
    except Malformed as error:
        return Report("malformed", error.rule, error.place.removeprefix("."))
    fmt, total = network.semantics.format, len(claims.points) + claims.elsewhere
    done, dense, sums, reason, place = 0, 0, (0, 0, 0), "", ""
    ahead: Evaluation | None = None
    failing: dict[str, Any] | None = None
    for done, case in enumerate(cases(network, claims), 1):
        x, upstream = ([fmt.fl(number) for number in numbers] for numbers in case[1:3])  # only flush can change them
        first = ""
        try:
            if ahead is None or ahead.x != x:
                ahead = forward(network, x, dense=False)
            found = backward(network, ahead, upstream)
            wrong, first = difference(case, found, claims.finite, fmt), found.first
            dense, sums = dense + found.dense, (sums[0] + found.counts[0], sums[1] + found.counts[1], sums[2] + found.counts[2])
        except NoEntry as error:
            wrong = "activation", "an entry", str(error)
        if wrong:
            names = "x", "upstream", "what", "expected", "found", "first_non_finite"
            place, failing = case[0], dict(zip(names, ([*map(fmt.show, case[1])], [*map(fmt.show, case[2])], *wrong, first), strict=True))
            reason = rejection(*failing.values())
            break
        if tick:
            tick(done, total)
    points, verdict, milliseconds = min(done, len(claims.points)), "rejected" if failing else "accepted", (time.monotonic_ns() - start) // 10**6
    texts = reason, place, describe(fmt), network.semantics.text
    return Report(verdict, *texts, points, done - points, dense, *sums, tuple(claims.finite), milliseconds, failing)


def rejection(x: list[str], upstream: list[str], what: str, expected: str, found: str, first: str) -> str:
    shortened = (f"[{', '.join(texts[:6])}{f', ... {len(texts)} in all' if len(texts) > 6 else ''}]" for texts in (x, upstream))
    text = "x = {}, upstream = {}: ".format(*shortened) + f"{what}: expected {expected}, found {found}"
    return text + (f"; the first non-finite number is the {first}" if first else "")


def check_file(path: str | os.PathLike[str], tick: Tick | None = None) -> Report:
    """The verdict on a file; one that cannot be read, or needs more memory than there is, is malformed."""
    try:
        with open(path, "rb") as file:
            data = file.read(FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        return Report("malformed", f"cannot be read: {getattr(error, 'strerror', None) or error}")
    try:
        return check_bytes(data, tick)
    except MemoryError:
        return Report("malformed", "needs more memory than there is")


def line(path: str, report: Report) -> str:
    """The report in one line of printable ASCII."""
    text = ": ".join(part for part in (report.place, report.reason) if part)
    if report.verdict == "accepted":
        text = f"{report.points} points (x, upstream)" + (f" and {report.elsewhere} elsewhere" if report.elsewhere else "") + ": value and gradient"
        text += "".join(f", finite {name}" for name in report.finite) + (f"; evaluated densely: {report.dense}" if report.dense else "")
        text += f"; non-finite: {report.preactivations} pre-activations, {report.activations} activations, {report.adjoints} adjoints"
        text += f"; {report.semantics} in {report.format}; {report.milliseconds // 1000}.{report.milliseconds % 1000 // 100} s"
    return "".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in f"{report.verdict}  {path}  {text}")


def progress() -> Tick:
    """Shows what remains on standard error, three times a second."""
    start = shown = time.monotonic_ns()

    def tick(done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic_ns()
        if now - shown > 3 * 10**8:
            left = (now - start) * (total - done) // done // 10**9
            print(f"\r\x1b[K{done} of {total} evaluations, {left} s left", end="", file=sys.stderr, flush=True)
            shown = now

    return tick


def run(files: list[str], as_json: bool, quiet: bool) -> int:
    worst, reports, terminal = 0, [], sys.stderr.isatty()
    for path in files:
        try:
            report = check_file(path, progress() if terminal else None)
        finally:
            print("\r\x1b[K" if terminal else "", end="", file=sys.stderr, flush=True)
        worst = max(worst, ("accepted", "rejected", "malformed").index(report.verdict))
        reports.append({"file": path, **asdict(report)})
        if not as_json and not quiet:
            print(line(path, report), flush=True)
    if as_json:
        print(json.dumps(reports, indent=1), flush=True)
    return worst


def main(argv: Sequence[str] | None = None) -> int:
    """The command; the exit code is the worst of the files' (0 accepted, 1 rejected, 2 malformed), or 130 after an interrupt."""
    parser = argparse.ArgumentParser(description="Check fpproof certificates.", epilog="Exit code: 0 accepted, 1 rejected, 2 malformed.")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print a list of reports as JSON")
    parser.add_argument("--quiet", action="store_true", help="print nothing; the exit code is the answer")
    given = parser.parse_args(argv)
    try:
        return run(given.files, given.json, given.quiet)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of the output has gone, and no verdict was delivered
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


if __name__ == "__main__":
    sys.exit(main())
