"""Reading certificates that strangers wrote: everything is bounded and checked before it is used.

Raises CertificateError naming the place inside the file, what was expected and what was found. The stand-alone checker
(`fpproof.checker`) reads the same format with code of its own.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from fpproof.certificates.certificate import FINITE_KINDS, VERSION, Certificate, ClaimedPoint, Elsewhere, Vector, digest
from fpproof.errors import CertificateError, FormatError, NetworkError
from fpproof.formats import NAN, NEGATIVE_ZERO, Datum, Format, rational
from fpproof.networks import RELU, Layer, Network, Semantics, TableActivation, parse_semantics
from fpproof.networks.network import Row
from fpproof.paths import read_at_most

LARGEST_FILE = 64 * 2**20
DEEPEST = 64
LONGEST_STRING = 1000
LARGEST_INTEGER = 2**53 - 1
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
SUSPECT = re.compile(rb"-0(?![0-9])|-?[0-9]{16,}")
"""Integers that need a second look."""
NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def read_certificate(path: str | Path) -> Certificate:
    """The certificate in a file; OSError if it cannot be read, CertificateError if it is none."""
    data = read_at_most(path, LARGEST_FILE + 1)
    try:
        return parse_certificate(data)
    except CertificateError as error:
        raise CertificateError(f"{path}: {error.message}", hint=error.hint) from None


def parse_certificate(data: bytes) -> Certificate:
    """The certificate that the bytes of a file say."""
    content = _json(data)
    top = _Members(content, "certificate")
    version = top.take("fpproof-certificate", _integer)
    if version != VERSION:
        _fail("fpproof-certificate", f"version {VERSION}", version)
    expected, found = top.take("digest", _string), digest(content)
    if expected != found:
        _fail("digest", f"{found}, the digest of what the file says", expected)
    F = _format(top.take("format", _any), "format")
    reader = _Reader(F)
    semantics = reader.semantics(top.take("semantics", _any))
    inputs = top.take("inputs", _integer)
    tables = {name: reader.table(name, entries) for name, entries in _object(top.take("tables", _any), "tables").items()}
    network = reader.network(inputs, top.take("layers", _any), tables)
    claims = _Members(top.take("claims", _any), "claims")
    points = reader.points(network, claims.take("points", _any))
    elsewhere = reader.elsewhere(network, claims.take("elsewhere", _any))
    finite = tuple(_list(claims.take("finite", _any), "claims.finite"))
    if list(finite) != sorted(set(map(str, finite))) or not set(finite) <= set(FINITE_KINDS):
        _fail("claims.finite", f"a sorted list out of {', '.join(FINITE_KINDS)}", finite)
    claims.end()
    if not points and elsewhere is None:
        _fail("claims", "points, or a claim about elsewhere", "neither")
    origin = _untrusted(_object(top.take("provenance", _any), "provenance"), "provenance")
    top.end()
    return Certificate(network, points, semantics, elsewhere, finite, origin)


def _fail(place: str, expected: str, found: object) -> NoReturn:
    shown = f"{'an object' if isinstance(found, dict) else 'a list'} of {len(found)}" if isinstance(found, list | tuple | dict) else str(found)
    raise CertificateError(f"{place}: expected {expected}, found {shown[:80]}{'...' if len(shown) > 80 else ''}")


def _json(data: bytes) -> dict[str, Any]:
    """The object that the bytes are, with bounded depth, no repeated members, integers only."""
    if len(data) > LARGEST_FILE:
        raise CertificateError(f"a file of more than {LARGEST_FILE >> 20} MiB is not read")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CertificateError(f"byte {error.start}: expected UTF-8 text, found other bytes") from None
    outside = STRINGS.sub(b"", data)
    depth = 0
    for bracket in outside.translate(None, NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            raise CertificateError(f"nesting deeper than {DEEPEST}")
    for match in SUSPECT.finditer(outside):
        digits = match[0].decode()
        if digits == "-0" or len(digits) > 17 or abs(int(digits)) > LARGEST_INTEGER:
            raise CertificateError(f"expected an integer of magnitude below 2^53, found {digits[:40]}")
    try:
        content = json.loads(text, object_pairs_hook=_unique, parse_float=_no_float, parse_constant=_no_float)
    except json.JSONDecodeError as error:
        raise CertificateError(f"line {error.lineno}, column {error.colno}: no JSON: {error.msg}") from None
    return _object(content, "certificate")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        repeated = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise CertificateError(f"member {repeated[:80]!r} stands twice in one object")
    return members


def _no_float(text: str) -> NoReturn:
    raise CertificateError(f"the number {text[:40]}: a certificate has integers only; floats are strings of bits")


def _any(value: Any, place: str) -> Any:
    return value


def _integer(value: Any, place: str) -> int:
    if type(value) is not int:
        _fail(place, "an integer", value)
    return value


def _string(value: Any, place: str) -> str:
    if type(value) is not str or len(value) > LONGEST_STRING:
        _fail(place, f"a string of at most {LONGEST_STRING} characters", value)
    if re.search("[\ud800-\udfff]", value):
        _fail(place, "a string of characters", "half a surrogate pair")
    return value


def _untrusted(value: Any, place: str) -> Any:
    """Provenance: strings, whole numbers, booleans, lists and objects, to any depth the file may have."""
    if type(value) is dict:
        for name, member in value.items():
            _untrusted(member, f"{place}.{_string(name, place)[:40]}")
    elif type(value) is list:
        for number, member in enumerate(value):
            _untrusted(member, f"{place}[{number}]")
    elif type(value) is int and value < 0:
        _fail(place, "no negative number", value)
    elif type(value) not in (int, bool):
        _string(value, place)
    return value


def _boolean(value: Any, place: str) -> bool:
    if type(value) is not bool:
        _fail(place, "true or false", value)
    return value


def _list(value: Any, place: str) -> list[Any]:
    if type(value) is not list:
        _fail(place, "a list", value)
    return value


def _object(value: Any, place: str) -> dict[str, Any]:
    if type(value) is not dict:
        _fail(place, "an object", value)
    return value


class _Members:
    """The members of an object, taken one by one; what is left over is an error."""

    def __init__(self, value: Any, place: str) -> None:
        self.members, self.place = dict(_object(value, place)), place

    def take(self, name: str, kind: Callable[[Any, str], Any]) -> Any:
        if name not in self.members:
            _fail(self.place, f"a member {name!r}", ', '.join(islice(self.members, 10)) or 'nothing')
        return kind(self.members.pop(name), name if self.place == "certificate" else f"{self.place}.{name}")

    def end(self) -> None:
        if self.members:
            _fail(self.place, "no further member", min(self.members))


def _format(value: Any, place: str) -> Format:
    members = _Members(value, place)
    name, specials, overflow = (members.take(key, _string) for key in ("name", "specials", "overflow"))
    p, emin, emax = (members.take(key, _integer) for key in ("p", "emin", "emax"))
    code = members.take("Omega", _string)
    members.end()
    try:
        probe = Format(name, p, emin, emax, _power(emax), specials, overflow)
        if not re.fullmatch(f"[0-9a-f]{{{probe.code_digits}}}", code):
            _fail(f"{place}.Omega", f"{probe.code_digits} hexadecimal digits", code)
        magnitude = int(code, 16)
        if magnitude >> (probe.width - 1):
            _fail(f"{place}.Omega", "a positive float", code)
        return Format(name, p, emin, emax, rational(probe.from_ordinal(magnitude)), specials, overflow)
    except (FormatError, OverflowError, TypeError) as error:
        raise CertificateError(f"{place}: {error}") from None


def _power(n: int) -> Fraction:
    if abs(n) > 2**18:
        raise FormatError(f"expected exponents of magnitude at most {2**18}, found {n}")
    return Fraction(2) ** n


class _Reader:
    """Everything whose numbers are codes of one format."""

    def __init__(self, F: Format) -> None:
        self.F = F
        self.decoded: dict[str, Datum] = {}

    def datum(self, code: Any, place: str) -> Datum:
        """The datum of a code, finite or not."""
        if type(code) is str and (known := self.decoded.get(code)) is not None:
            return known
        if type(code) is not str or not re.fullmatch(f"[0-9a-f]{{{self.F.code_digits}}}", code):
            _fail(place, f"{self.F.code_digits} hexadecimal digits, a code of {self.F.name}", code)
        try:
            x = self.F.decode(int(code, 16))
        except FormatError as error:
            raise CertificateError(f"{place}: {error.message}") from None
        self.decoded[code] = x
        return x

    def finite(self, code: Any, place: str) -> Datum:
        x = self.datum(code, place)
        if x[1] is None:
            _fail(place, "a finite float", f"{code} ({'NaN' if x[0] == 0 else 'an infinity'})")
        return x

    def vector(self, value: Any, length: int, place: str) -> Vector:
        codes = _list(value, place)
        if len(codes) != length:
            _fail(place, f"a list of {length}", f"a list of {len(codes)}")
        return tuple(self.finite(code, place) for code in codes)

    def semantics(self, value: Any) -> Semantics:
        members = _Members(value, "semantics")
        order, wide = members.take("order", _string), members.take("wide", _any)
        flush, slope = members.take("flush", _boolean), members.take("relu-slope", _any)
        members.end()
        try:
            if not re.fullmatch(r"left-to-right|bias-first|pairwise|fma|blocked\(\d+\)", order):
                raise NetworkError(f"order {order[:40]!r} is unknown")
            plain = parse_semantics(order)
        except NetworkError as error:
            raise CertificateError(f"semantics.order: {error.message}") from None
        G = None if wide is None else _format(wide, "semantics.wide")
        return Semantics(plain.order, plain.block, G, flush, rational(self.finite(slope, "semantics.relu-slope")))

    def table(self, name: str, value: Any) -> TableActivation:
        place = f"tables.{name[:40]}"
        if name == RELU:
            _fail("tables", "no table called relu", name)
        entries: dict[Datum, tuple[Datum, Datum]] = {}
        previous = -1
        for number, entry in enumerate(_list(value, place)):
            here = f"{place}[{number}]"
            triple = _list(entry, here)
            if len(triple) != 3:
                _fail(here, "a pre-activation, its value and its derivative", triple)
            z, v, d = (self.datum(code, here) for code in triple)
            if NAN in (z, v, d) or z == NEGATIVE_ZERO:
                _fail(here, "no NaN, and no -0 as pre-activation", triple)
            if int(triple[0], 16) <= previous:
                _fail(here, "increasing codes", triple[0])
            previous = int(triple[0], 16)
            entries[z] = (v, d)
        return TableActivation(name, entries)

    def network(self, inputs: int, value: Any, tables: dict[str, TableActivation]) -> Network:
        layers = [self.layer(f"layers[{i}]", layer) for i, layer in enumerate(_list(value, "layers"))]
        if not layers:
            _fail("layers", "at least one layer", "none")
        if layers[0].inputs != inputs:
            _fail("layers[0].inputs", f"{inputs}, the inputs of the network", layers[0].inputs)
        if unused := set(tables) - {layer.activation for layer in layers}:
            _fail("tables", "tables that a layer uses", min(unused))
        try:
            return Network(self.F, tuple(layers), tables)
        except NetworkError as error:
            raise CertificateError(f"layers: {error.message}") from None

    def layer(self, place: str, value: Any) -> Layer:
        members = _Members(value, place)
        inputs, sparse = members.take("inputs", _integer), members.take("sparse", _boolean)
        activation, weights, bias = (members.take(name, _any) for name in ("activation", "weights", "bias"))
        members.end()
        if activation is not None:
            activation = _string(activation, f"{place}.activation")
        rows = [self.row(f"{place}.weights[{i}]", row, inputs, sparse) for i, row in enumerate(_list(weights, f"{place}.weights"))]
        biases = [None if b is None else self.finite(b, f"{place}.bias[{i}]") for i, b in enumerate(_list(bias, f"{place}.bias"))]
        try:
            return Layer(inputs, tuple(rows), tuple(biases), activation, sparse)
        except NetworkError as error:
            raise CertificateError(f"{place}: {error.message}") from None

    def row(self, place: str, value: Any, inputs: int, sparse: bool) -> Row:
        entries = _list(value, place)
        if not sparse:
            if len(entries) != inputs:
                _fail(place, f"{inputs} weights", f"{len(entries)}")
            return tuple((j, self.finite(code, place)) for j, code in enumerate(entries))
        row = []
        for entry in entries:
            if type(entry) is not list or len(entry) != 2 or type(entry[0]) is not int:
                _fail(place, "pairs of a column and a weight", entry)
            column, code = entry
            known = self.decoded.get(code) if type(code) is str else None
            row.append((column, known if known is not None and known[1] is not None else self.finite(code, place)))
        return tuple(row)

    def points(self, network: Network, value: Any) -> tuple[ClaimedPoint, ...]:
        d, m = network.inputs, network.outputs
        points = []
        for number, entry in enumerate(_list(value, "claims.points")):
            place = f"claims.points[{number}]"
            if len(_list(entry, place)) != 4:
                _fail(place, "x, upstream, value and gradient", entry)
            x, h, v, g = (self.vector(codes, n, place) for codes, n in zip(entry, (d, m, m, d), strict=True))
            points.append(ClaimedPoint(x, h, v, g))
        return tuple(points)

    def elsewhere(self, network: Network, value: Any) -> Elsewhere | None:
        if value is None:
            return None
        place = "claims.elsewhere"
        members = _Members(value, place)
        v = self.vector(members.take("value", _any), network.outputs, f"{place}.value")
        g = self.vector(members.take("gradient", _any), network.inputs, f"{place}.gradient")
        listed = members.take("upstreams", _any)
        members.end()
        if listed == "all":
            return Elsewhere(v, g, None)
        upstreams = _list(listed, f"{place}.upstreams")
        if not upstreams:
            _fail(f"{place}.upstreams", "at least one upstream", "none")
        return Elsewhere(v, g, tuple(self.vector(h, network.outputs, f"{place}.upstreams[{i}]") for i, h in enumerate(upstreams)))
