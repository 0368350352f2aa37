"""Stand-alone checker of fpproof certificates: `python checker.py FILE...`, exit code 0 accepted, 1 rejected, 2 malformed.

A certificate is a JSON file that claims values and gradients of a network at points (docs/certificate-format.md). The checker reads it,
evaluates the network at every point claimed, as docs/semantics.md says, and compares. It computes with Python's whole numbers only, imports
the standard library only, and executes nothing of the file. To trust a verdict is to trust Python's integers, `json`, `hashlib.sha256`, and
the five parts of this file: reading, numbers, sums, network, verdict. Signs of zeros are not kept: they change no number (semantics.md,
section 3), and claims are about numbers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import chain, groupby
from typing import Any

FILE_BYTES, DEPTH, STRING, ELSEWHERE = 1 << 26, 64, 1000, 10**7
FRACTION_BITS, EXPONENT, WHOLE = 256, 1 << 18, (1 << 53) - 1
ORDER = re.compile(r"left-to-right|bias-first|pairwise|fma|blocked\([1-9][0-9]{0,8}\)")
COUNTERS = ("pre-activations", "activations", "adjoints")


# ---------------------------------------------------------------- 1. reading
class Malformed(Exception):
    """The file breaks a rule; the arguments are the rule and the place."""


def need(condition: bool, rule: str, place: str = "") -> None:
    if not condition:
        raise Malformed(rule, place)


def read_json(data: bytes) -> Any:
    """The JSON value. Python's parser refuses what is nested too deeply for it; the rest of what is comes to `untrusted`."""

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

    need(len(data) <= FILE_BYTES, f"more than {FILE_BYTES} bytes")
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_int=whole, parse_float=whole, parse_constant=whole)
    except RecursionError:
        raise Malformed(f"nested deeper than {DEPTH}", "") from None
    except ValueError as error:  # not UTF-8, or not JSON: it says where
        raise Malformed(f"not JSON: {error}", "") from None


class Item:
    """A JSON value and its place; the methods return what it stands for, or raise Malformed."""

    def __init__(self, value: Any, place: str = "") -> None:
        self.value, self.place = value, place

    def kept(self, condition: bool, needed: str) -> Any:
        """The value, if the condition holds of it."""
        if not condition:
            value, kind = self.value, type(self.value)
            found = json.dumps(value[:40] if kind is str else value) if kind in (str, int, bool) else f"a JSON {kind.__name__}"
            raise Malformed(f"{needed} is needed, found {found}", self.place)
        return self.value

    def entries(self, length: int | None = None) -> list[Item]:
        """The entries of a list, of the given length if there is one."""
        self.kept(type(self.value) is list, "a list")
        need(length is None or len(self.value) == length, f"{len(self.value)} entries instead of {length}", self.place)
        return [Item(entry, f"{self.place}[{index}]") for index, entry in enumerate(self.value)]

    def named(self) -> dict[str, Item]:
        """The members of an object."""
        items = {}
        for name, value in self.kept(type(self.value) is dict, "an object").items():
            plain = re.fullmatch("[A-Za-z-]{1,40}", Item(name, self.place).string())
            items[name] = Item(value, f"{self.place}.{name}" if plain else f"{self.place}[{json.dumps(name[:40])}]")
        return items

    def members(self, names: str) -> list[Item]:
        """The members of an object that has these and no others."""
        items = self.named()
        for name in [*names.split(), *items]:
            need(name in items, f"the member {json.dumps(name)} is missing", self.place)
            need(name in names.split(), f"the member {json.dumps(name[:40])} is unknown", self.place)
        return [items[name] for name in names.split()]

    def string(self) -> str:
        self.kept(type(self.value) is str and len(self.value) <= STRING, f"a string of at most {STRING} characters")
        return str(self.kept(not re.search("[\ud800-\udfff]", self.value), "a string without half a surrogate pair"))

    def integer(self, low: int, high: int) -> int:
        return int(self.kept(type(self.value) is int and low <= self.value <= high, f"an integer from {low} to {high}"))

    def one_of(self, *choices: Any) -> Any:
        """One of these, of the same type: true is not 1."""
        equal = any(type(self.value) is type(choice) and self.value == choice for choice in choices)
        return self.kept(equal, " or ".join(json.dumps(choice) for choice in choices[:9]))

    def code(self, width: int) -> int:
        """A code as an integer of `width` bits."""
        text, digits = self.value, -(-width // 4)
        self.kept(type(text) is str and len(text) == digits and bool(re.fullmatch("[0-9a-f]+", text)), f"a code of {digits} digits 0-9a-f")
        need(int(text, 16) >> width == 0, f"{text} has more than {width} bits", self.place)
        return int(text, 16)

    def untrusted(self, depth: int) -> None:
        """Provenance: strings, integers, booleans, lists and objects; `depth` is the depth here, which the rules bound everywhere else."""
        kind = type(self.value)
        need(depth <= DEPTH or kind not in (list, dict), f"nested deeper than {DEPTH}", self.place)
        for inner in self.entries() if kind is list else self.named().values() if kind is dict else ():
            inner.untrusted(depth + 1)
        if kind is int:
            self.integer(0, WHOLE)
        elif kind not in (list, dict, bool):
            self.string()


# ---------------------------------------------------------------- 2. numbers
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
    if a[1] == SPECIAL or b[1] == SPECIAL:
        return NAN if a[1] == b[1] and a != b else a if a[1] == SPECIAL else b
    e = min(a[1], b[1])
    return (a[0] << a[1] - e) + (b[0] << b[1] - e), e


def canonical(a: Number) -> Number:
    """The pair of this number that has an odd significand: numbers are equal iff these pairs are."""
    m, e = a
    if e == SPECIAL or m == 0:
        return a if e == SPECIAL else ZERO
    zeros = (m & -m).bit_length() - 1
    return m >> zeros, e + zeros


def hexadecimal(number: Number) -> str:
    """The number as C99 writes it, as in 0x1.8p+3."""
    m, e = canonical(number)
    if e == SPECIAL:
        return {-1: "-infinity", 0: "NaN", 1: "+infinity"}[m]
    bits = max(abs(m).bit_length() - 1, 0)  # after the leading one; filled up to whole digits
    digits = f"{abs(m) << -bits % 4:x}"
    return f"{'-' if m < 0 else ''}0x{digits[0]}{'.' if bits else ''}{digits[1:]}p{e + bits:+d}"


class Format:
    """A format as the certificate describes it; `omega` is the code of the largest finite number."""

    def __init__(self, item: Item, flush: bool) -> None:
        name, p, emin, emax, omega, specials, overflow = item.members("name p emin emax Omega specials overflow")
        self.flush, self.name, self.p = flush, name.string(), p.integer(1, FRACTION_BITS)
        self.emin, self.emax = emin.integer(-EXPONENT, EXPONENT), emax.integer(-EXPONENT, EXPONENT)
        self.specials, self.overflow = specials.one_of("ieee", "nan", "none"), overflow.one_of("infinity", "nan", "saturate")
        need(self.emin <= self.emax, "emin is above emax", item.place)
        fitting = self.specials == "ieee" or self.overflow in ("saturate", self.specials)
        need(fitting, f"overflow {self.overflow} does not go with specials {self.specials}", item.place)
        binades = self.emax - self.emin + 1
        self.width = 1 + (binades + (self.specials == "ieee")).bit_length() + self.p  # exponent fields 0 .. binades, and one more for ieee
        self.omega = omega.code(self.width)
        need(self.omega >> self.p == binades, "the exponent field is not that of emax", omega.place)
        need(self.specials != "nan" or self.omega + 1 < 1 << self.width - 1, "the code of NaN", omega.place)

    def __str__(self) -> str:
        """The name, which proves nothing, with the numbers that do."""
        omega = hexadecimal(self.magnitude(self.omega))
        return f"{self.name[:40]}[p {self.p}, emin {self.emin}, emax {self.emax}, Omega {omega}, {self.specials}, {self.overflow}]"

    def magnitude(self, code: int) -> Number:
        """The finite number with this code, of sign bit 0."""
        exponent, fraction = code >> self.p, code & (1 << self.p) - 1
        return (fraction, self.emin - self.p) if exponent == 0 else (fraction | 1 << self.p, exponent - 1 + self.emin - self.p)

    def number(self, item: Item, finite: bool = True) -> Number:
        """The number of a code, which may be NaN or infinite unless `finite` is asked for."""
        code, ones = item.code(self.width), (1 << self.width - 1) - 1
        size, infinity = code & ones, ones >> self.p << self.p
        if size <= self.omega:
            m, e = self.magnitude(size)
        elif self.specials == "ieee" and size >= infinity:
            m, e = int(size == infinity), SPECIAL
        else:
            need(self.specials == "nan" and size == ones, f"{item.value} is the code of no number: it lies above Omega", item.place)
            m, e = NAN
        need(e != SPECIAL or not finite, f"{item.value} is not finite", item.place)
        return (-m if code > ones else m), e

    def vector(self, item: Item, length: int) -> list[Number]:
        return [self.number(code) for code in item.entries(length)]

    def operand(self, item: Item) -> Number:
        """A number as operations see it: with `flush`, a subnormal one is zero."""
        return self.fl(self.number(item))

    def show(self, number: Number) -> str:
        """The number in hexadecimal with its code; NaN has no code, or several."""
        m, e = canonical(number)
        # In units of omega, a finite number has the bits of its fraction and a zero for each binade above the first.
        units = 0 if m == 0 or e == SPECIAL else abs(m) << e - (self.emin - self.p)
        binades = max(units.bit_length() - self.p - 1, 0)
        size = (1 << self.width - 1) - (1 << self.p) if e == SPECIAL else (binades << self.p) + (units >> binades)
        code = size | (m < 0) << self.width - 1
        return hexadecimal(number) + ("" if number == NAN else f" ({code:0{-(-self.width // 4)}x})")

    def fl(self, number: Number) -> Number:
        """Round an exact result to nearest even, overflow, flush. A number of the format stays what it is, but for flush."""
        m, e = number
        if e == SPECIAL:
            return number if self.specials == "ieee" else NAN
        # Keep p + 1 bits, or stop at the place of omega, 2^bottom; `cut` low bits go. Write m = q 2^cut + r with 0 <= r < 2^cut and
        # q = m >> cut, for any sign of m. Adding 2^(cut - 1) - 1 carries into q iff r > 2^(cut - 1); adding one more, for odd q, also
        # carries at the tie r = 2^(cut - 1): q becomes m / 2^cut rounded to nearest, ties to even.
        bottom = self.emin - self.p
        cut = max(m.bit_length() - self.p - 1, bottom - e)
        if cut > 0:
            m, e = m + (1 << cut - 1) - 1 + (m >> cut & 1) >> cut, e + cut
        top = m.bit_length() + e  # |m| 2^e < 2^top, and no smaller power of two will do unless m = 0
        if top > self.emax:  # else |m| 2^e < 2^emax <= Omega
            largest, place = self.magnitude(self.omega)
            if abs(m) << e - bottom > largest << place - bottom:
                sign = 1 if m > 0 else -1
                return {"saturate": (sign * largest, place), "infinity": (sign, SPECIAL), "nan": NAN}[self.overflow]
        return ZERO if self.flush and top <= self.emin else (m, e)


# ---------------------------------------------------------------- 3. sums
# A row is a sum to be made: position, significand and exponent of each weight, by increasing positions. Forward, a row is a neuron's and
# positions are inputs; backward, a row is an input's and positions are neurons. The values that are weighted are followed by the number 1,
# and a bias is the weight of this 1: its position is that after the others or, where the bias comes first, -1 (the last, to Python).

Row = list[tuple[int, int, int]]
Terms = list[tuple[int, Number]]
Rounding = Callable[[Number], Number]


def left_to_right(row: Row, values: list[Number], fmt: Format) -> Number | None:
    """The sum from left to right of rounded products of finite numbers, or None if a magnitude comes near overflow.

    Same numbers as `general_sum`, without its function calls; `Format.fl` explains the rounding. A zero value has a zero product and adds
    nothing, so it is skipped. A number of at most `size` bits times 2^e is below 2^(size + e), and rounding takes it at most to that power;
    so size + e <= emax excludes overflow, as 2^emax <= Omega. A sum lies on the grid of its smaller term, which is no finer than that of
    omega, so that only its length can make it inexact.
    """
    precision, bottom, emax = fmt.p + 1, fmt.emin - fmt.p, fmt.emax
    total, place = 0, emax
    for position, m, e in row:
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


def in_turn(terms: list[Number], fl: Rounding) -> Number:
    """The sum from left to right; the empty sum is zero."""
    return reduce(lambda total, term: fl(plus(total, term)), terms) if terms else ZERO


def blocks(terms: Terms, k: int, fl: Rounding) -> Terms:
    """The sums of the terms at positions 0 .. k - 1, k .. 2 k - 1, and so on; their positions are 0, 1, and so on."""
    return [(index, in_turn([term for _, term in block], fl)) for index, block in groupby(terms, lambda term: term[0] // k)]


def general_sum(row: Row, values: list[Number], order: str, fl: Rounding) -> Number:
    """One sum in any order and with any numbers; `fl` rounds to `wide`, if there is one.

    In order fma, all products but the first are left exact until they are added. So is the bias; but where it is the first term it is
    rounded, as 0 + bias: so a sparse layer computes the numbers of the dense one, whatever `wide` is. Pairwise, a term is after j rounds
    the sum of the positions i 2^j .. (i + 1) 2^j - 1. So the last addition of n terms is the one across the largest power of two below n,
    and on both sides it is so again; what has no partner is passed on as it is.
    """
    length, terms = len(values) - 1, Terms()
    for position, m, e in row:
        term = product((m, e), values[position])
        exact = terms and (order == "fma" or position == length)
        terms.append((position, term if exact else fl(term)))
    bias = [terms.pop()] if terms and terms[-1][0] == length else []
    while order == "pairwise" and len(terms) > 1:
        terms = blocks(terms, 2, fl)
    if order.startswith("blocked"):
        terms = blocks(terms, int(order.removeprefix("blocked(").removesuffix(")")), fl)
    return in_turn([term for _, term in terms + bias], fl)


# ---------------------------------------------------------------- 4. network
class Rejected(Exception):
    """A claim is wrong; the arguments are what, what was expected, and what was found."""


class Layer:
    """An affine layer and its activation: "relu", the name of a table, or None. `columns` are the rows of the backward sums."""

    def __init__(self, item: Item, inputs: int, tables: Iterable[str], bias_first: bool, fmt: Format) -> None:
        width, activation, sparse, weights, biases = item.members("inputs activation sparse weights bias")
        self.inputs, self.sparse = width.one_of(inputs), sparse.one_of(True, False)
        self.activation = activation.one_of(None, "relu", *tables)
        self.rows = [self.read_row(row, fmt) for row in weights.entries()]
        need(bool(self.rows), "a layer without neurons", weights.place)
        self.columns: dict[int, Row] = defaultdict(list)
        for neuron, row in enumerate(self.rows):
            for position, m, e in row:
                self.columns[position].append((neuron, m, e))
        for row, bias in zip(self.rows, biases.entries(len(self.rows)), strict=True):
            if bias.value is not None:
                row.insert(0 if bias_first else len(row), (-1 if bias_first else inputs, *fmt.operand(bias)))

    def read_row(self, item: Item, fmt: Format) -> Row:
        if not self.sparse:
            return [(column, *fmt.operand(code)) for column, code in enumerate(item.entries(self.inputs))]
        row = Row()
        for pair in item.entries():
            right = type(pair.value) is list and len(pair.value) == 2 and type(pair.value[0]) is int
            column, code = pair.kept(right, "a pair [column, code]")
            need(0 <= column < self.inputs, f"column {column} of {self.inputs}", pair.place)
            need(not row or row[-1][0] < column, "columns not strictly increasing", pair.place)
            row.append((column, *fmt.operand(Item(code, pair.place))))
        return row


def read_table(item: Item, fmt: Format) -> dict[Number, tuple[Number, Number]]:
    """A table by number. Under flush, the value is the result of an operation and the derivative an operand of one."""
    table, last = {}, ""
    for triple in item.entries():
        z, value, slope = (fmt.number(code, finite=False) for code in triple.entries(3))
        code = triple.value[0]
        need(NAN not in (z, value, slope), "NaN in a table", triple.place)
        need(z[0] != 0 or int(code, 16) == 0, "-0 in a table", triple.place)
        need(last < code, "codes of z not strictly increasing", triple.place)  # of equal length, and so ordered as strings
        table[canonical(z)], last = (fmt.fl(value), fmt.fl(slope)), code
    return table


Specials = list[tuple[str, str]]  # non-finite numbers in the order of the computation, each as its counter and in words
Forward = tuple[bool, Specials, list[list[Number]], list[Number]]  # whether densely; these; the activations' derivatives; the value


def specials(counter: str, where: str, numbers: list[Number]) -> Specials:
    return [(counter, f"{where} {index}: {hexadecimal(number)}") for index, number in enumerate(numbers) if number[1] == SPECIAL]


class Network:
    """`wide` is the format of products and sums, `format` of all else; `semantics` names what is meant; `sparse` if any layer is."""

    def __init__(self, fmt: Item, semantics: Item, inputs: Item, layers: Item, tables: Item) -> None:
        order, flush, wide, slope = semantics.members("order flush wide relu-slope")
        need(bool(ORDER.fullmatch(order.string())), f"{json.dumps(order.value[:40])} is no order", order.place)
        self.order = order.string()
        self.format = Format(fmt, flush.one_of(True, False))
        self.wide = self.format if wide.value is None else Format(wide, flush.value)
        self.slope = self.format.operand(slope)
        self.semantics = self.order + ("" if wide.value is None else f"+wide({self.wide})") + ("+flush" if flush.value else "")
        self.semantics += f"+relu-slope({hexadecimal(self.slope)})" if self.slope[0] else ""
        need("relu" not in tables.named(), "a table may not be called relu", tables.place)
        self.tables = {name: read_table(table, self.format) for name, table in tables.named().items()}
        self.layers: list[Layer] = []
        self.outputs = self.inputs = inputs.integer(1, WHOLE)
        for layer in layers.entries():
            self.layers.append(Layer(layer, self.outputs, self.tables, self.order == "bias-first", self.format))
            self.outputs = len(self.layers[-1].rows)
        need(bool(self.layers), "no layers", layers.place)
        need(set(self.tables) <= {layer.activation for layer in self.layers}, "a table that no layer uses", tables.place)
        self.sparse = any(layer.sparse for layer in self.layers)

    def sums(self, rows: list[Row], values: list[Number], fill: bool) -> list[Number]:
        """The sum of every row, rounded to the format at its end; with `fill`, missing weights are zeros that take part."""
        fmt, length, results = self.format, len(values), []
        fast = self.order in ("left-to-right", "bias-first") and self.wide is fmt and not fmt.flush and SPECIAL not in [e for _, e in values]
        values = [*values, ONE]
        for row in rows:
            result = left_to_right(row, values, fmt) if fast else None
            if fill and result is None:
                there = {position for position, _, _ in row}
                row = sorted(row + [(position, *ZERO) for position in range(length) if position not in there])
            results.append(result or fmt.fl(general_sum(row, values, self.order, self.wide.fl)))
        return results

    def activate(self, layer: int, neuron: int, z: Number) -> tuple[Number, Number]:
        """Value and derivative of the layer's activation at z."""
        name = self.layers[layer].activation
        if name is None:
            return z, ONE
        if z == NAN:
            return NAN, NAN
        if name == "relu":
            return (z, ONE) if z[0] > 0 else (ZERO, ZERO) if z[0] < 0 else (ZERO, self.slope)
        if canonical(z) not in self.tables[name]:
            lacks = f"{json.dumps(name[:40])} lacks {self.format.show(z)}, the pre-activation of layers[{layer}], neuron {neuron}"
            raise Rejected("activation", "an entry", f"the table has no entry: {lacks}")
        return self.tables[name][canonical(z)]

    def forward(self, x: list[Number], dense: bool = False) -> Forward:
        """All layers at x; a sparse network gives way to the dense pass at the first layer with a non-finite activation."""
        found, derivatives, values = Specials(), [], [self.format.fl(number) for number in x]  # only flush can change an x
        for index, layer in enumerate(self.layers):
            zs = self.sums(layer.rows, values, dense and layer.sparse)
            pairs = [self.activate(index, neuron, z) for neuron, z in enumerate(zs)]
            values = [value for value, _ in pairs]
            derivatives.append([derivative for _, derivative in pairs])
            found += specials("pre-activations", f"pre-activation of layers[{index}], neuron", zs)
            special = specials("activations", f"activation of layers[{index}], neuron", values)
            if special and self.sparse and not dense:
                return self.forward(x, dense=True)  # the numbers so far are the same: a table entry missing in one pass is missing in both
            found += special
        return dense, found, derivatives, values

    def backward(self, ahead: Forward, x: list[Number], upstream: list[Number]) -> tuple[bool, Specials, list[Number], list[Number]]:
        """All layers back: whether densely, all non-finite numbers, value, gradient; a non-finite adjoint, too, makes a sparse network dense."""
        fl, (dense, found, derivatives, value) = self.format.fl, ahead
        delta = [fl(number) for number in upstream]
        for index in range(len(self.layers) - 1, -1, -1):
            layer, masks = self.layers[index], derivatives[index]
            # An operation of the format, also under `wide`; times 1 an adjoint is itself, whatever it is.
            masked = [number if mask is ONE else fl(product(number, mask)) for number, mask in zip(delta, masks, strict=True)]
            delta = self.sums([layer.columns[column] for column in range(layer.inputs)], masked, dense and layer.sparse)
            if self.sparse and not dense and SPECIAL in [e for _, e in masked + delta]:
                return self.backward(self.forward(x, dense=True), x, upstream)
            where = f"outputs of layers[{index - 1}], neuron" if index else "inputs, coordinate"
            found = found + specials("adjoints", f"adjoint at the {where}", delta)
        return dense, found, value, delta


# ---------------------------------------------------------------- 5. verdict
Case = tuple[str, list[Number], list[Number], list[Number], list[Number]]  # place, x, upstream, and the value and gradient claimed


def vectors(fmt: Format, length: int) -> Iterator[list[Number]]:
    """Every vector of finite floats, zero once, in increasing order, the last coordinate fastest."""
    for start in vectors(fmt, length - 1) if length > 1 else [[]]:
        for ordinal in range(-fmt.omega, fmt.omega + 1):
            yield [*start, product((1 if ordinal > 0 else -1, 0), fmt.magnitude(abs(ordinal)))]


def read_claims(item: Item, fmt: Format, d: int, m: int) -> tuple[list[str], int, Iterable[Case]]:
    """The counters claimed to be 0; how many cases there are; the cases, in the order of the format page."""
    (points, elsewhere, counters), cases = item.members("points elsewhere finite"), list[Case]()
    for point in points.entries():
        point.kept(type(point.value) is list and len(point.value) == 4, "a list [x, upstream, value, gradient]")
        x, upstream, value, gradient = (fmt.vector(part, length) for part, length in zip(point.entries(), (d, m, m, d), strict=True))
        cases.append((point.place.removeprefix("."), x, upstream, value, gradient))
    finite = [name.one_of(*COUNTERS) for name in counters.entries()]
    need(finite == sorted(set(finite)), "not sorted, or with a repetition", counters.place)
    if elsewhere.value is None:
        need(bool(cases), "nothing is claimed: no points, and elsewhere is null", item.place)
        return finite, len(cases), cases
    same, slope, given = elsewhere.members("value gradient upstreams")
    value, gradient = fmt.vector(same, m), fmt.vector(slope, d)
    upstreams = [] if given.value == "all" else [fmt.vector(upstream, m) for upstream in given.entries()]
    need(given.value != [], "no upstreams: nothing is claimed", given.place)
    listed = {tuple(map(canonical, x)) for _, x, *_ in cases}
    # Counted before anything is listed. A format has five finite floats at least, so that 64 coordinates are beyond the bound.
    floats = 2 * fmt.omega + 1
    count = (floats ** min(d, 64) - len(listed)) * (len(upstreams) or floats ** min(m, 64))
    need(count <= ELSEWHERE, f"more than {ELSEWHERE} evaluations", elsewhere.place)
    others = (x for x in vectors(fmt, d) if tuple(map(canonical, x)) not in listed)
    rest = (("claims.elsewhere", x, upstream, value, gradient) for x in others for upstream in upstreams or vectors(fmt, m))
    return finite, len(cases) + count, chain(cases, rest)


def read_certificate(data: bytes) -> tuple[Network, list[str], int, Iterable[Case]]:
    """The network and its claims, after all that the format page says of a file; the digest last."""
    item = Item(read_json(data))
    names = "fpproof-certificate format semantics inputs layers tables claims provenance digest"
    version, *parts, claims, provenance, digest = item.members(names)
    version.one_of(1)
    for value in provenance.named().values():
        value.untrusted(depth=3)
    network = Network(*parts)
    claimed = read_claims(claims, network.format, network.inputs, network.outputs)
    del item.value["digest"]
    text = json.dumps(item.value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    need(digest.string() == "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest(), "not the digest of the file", digest.place)
    return network, *claimed


class Report:
    """The verdict on one file. The counters are sums over all evaluations made; `failing` is the first claim that is wrong."""

    def __init__(self, verdict: str, reason: str = "", place: str = "", semantics: str = "", finite: Sequence[str] = ()) -> None:
        self.verdict, self.reason, self.place, self.semantics, self.finite = verdict, reason, place, semantics, finite
        self.points = self.elsewhere = self.dense = self.preactivations = self.activations = self.adjoints = self.milliseconds = 0
        self.failing: dict[str, Any] | None = None


def compare(what: str, claimed: list[Number], found: list[Number], fmt: Format) -> None:
    for index, (expected, number) in enumerate(zip(claimed, found, strict=True)):
        if canonical(expected) != canonical(number):
            raise Rejected(f"{what}[{index}]", fmt.show(expected), fmt.show(number))


def check_bytes(data: bytes, progress: bool = False) -> Report:
    """The verdict on the bytes of a certificate; `progress` is shown on standard error."""
    start = time.monotonic_ns()
    try:
        network, finite, total, cases = read_certificate(data)
    except Malformed as error:
        return Report("malformed", error.args[0], error.args[1].removeprefix("."))
    fmt, ahead, last = network.format, None, None
    report = Report("accepted", semantics=f"{network.semantics} in {fmt}", finite=finite)
    for place, x, upstream, value, gradient in watched(cases, total) if progress else cases:
        report.points += place != "claims.elsewhere"
        report.elsewhere += place == "claims.elsewhere"
        found = Specials()
        try:
            if ahead is None or x != last:
                ahead, last = network.forward(x), x
            dense, found, *numbers = network.backward(ahead, x, upstream)
            counts = Counter(counter for counter, _ in found)
            report.dense += dense
            report.preactivations += counts["pre-activations"]
            report.activations += counts["activations"]
            report.adjoints += counts["adjoints"]
            compare("value", value, numbers[0], fmt)
            compare("gradient", gradient, numbers[1], fmt)
            for name in COUNTERS:
                if name in finite and counts[name]:
                    raise Rejected(f"non-finite {name}", "0", str(counts[name]))
        except Rejected as error:
            report.verdict, report.place = "rejected", place
            what, expected, instead = error.args
            first, where = found[0][1] if found else "", {"x": [*map(fmt.show, x)], "upstream": [*map(fmt.show, upstream)]}
            report.failing = {**where, "what": what, "expected": expected, "found": instead, "first_non_finite": first}
            more = {name: f", ... {len(texts)} in all" if len(texts) > 6 else "" for name, texts in where.items()}
            point = ", ".join(f"{name} = [{', '.join(texts[:6])}{more[name]}]" for name, texts in where.items())
            report.reason = f"{point}: {what}: expected {expected}, found {instead}"
            report.reason += f"; the first non-finite number is the {first}" if first else ""
            break
    report.milliseconds = (time.monotonic_ns() - start) // 10**6
    return report


def watched(cases: Iterable[Case], total: int) -> Iterator[Case]:
    """The cases, while what remains is shown on standard error three times a second."""
    start = shown = time.monotonic_ns()
    try:
        for done, case in enumerate(cases):
            now = time.monotonic_ns()
            if done and now - shown > 3 * 10**8:
                left, shown = (now - start) * (total - done) // done // 10**9, now
                print(f"\r\x1b[K{done} of {total} evaluations, {left} s left", end="", file=sys.stderr, flush=True)
            yield case
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def check_file(path: str | os.PathLike[str], progress: bool = False) -> Report:
    """The verdict on a file; one that cannot be read, or needs more memory than there is, is malformed."""
    try:
        with open(path, "rb") as file:
            data = file.read(FILE_BYTES + 1)
        return check_bytes(data, progress)
    except OSError as error:
        return Report("malformed", f"cannot be read: {error.strerror}")
    except MemoryError:
        return Report("malformed", "needs more memory than there is")


def line(path: str, report: Report) -> str:
    """The report in one line of printable ASCII."""
    text = ": ".join(part for part in (report.place, report.reason) if part)
    if report.verdict == "accepted":
        text = f"{report.points} points (x, upstream)" + (f" and {report.elsewhere} elsewhere" if report.elsewhere else "") + ": value and gradient"
        text += "".join(f", finite {name}" for name in report.finite) + (f"; evaluated densely: {report.dense}" if report.dense else "")
        text += f"; non-finite: {report.preactivations} pre-activations, {report.activations} activations, {report.adjoints} adjoints"
        text += f"; {report.semantics}; {report.milliseconds // 1000}.{report.milliseconds % 1000 // 100} s"
    return "".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in f"{report.verdict}  {path}  {text}")


def main(argv: Sequence[str] | None = None) -> int:
    """The command; the exit code is the worst of the files' (0 accepted, 1 rejected, 2 malformed), or 130 after an interrupt."""
    parser = argparse.ArgumentParser(description="Check fpproof certificates.", epilog="Exit code: 0 accepted, 1 rejected, 2 malformed.")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print a list of reports as JSON")
    given, reports = parser.parse_args(argv), []
    try:
        for path in given.files:
            reports.append(check_file(path, sys.stderr.isatty()))
            if not given.json:
                print(line(path, reports[-1]), flush=True)
        if given.json:
            print(json.dumps([{"file": path, **vars(report)} for path, report in zip(given.files, reports, strict=True)], indent=1), flush=True)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of the output has gone, and no verdict was delivered
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    return max(("accepted", "rejected", "malformed").index(report.verdict) for report in reports)


if __name__ == "__main__":
    sys.exit(main())
