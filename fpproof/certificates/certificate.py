"""Certificates: a network, the meaning of its numbers, and what is claimed of it; written canonically.

The file format is docs/certificate-format.md. The same certificate gives the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import fpproof
from fpproof.errors import CertificateError
from fpproof.formats import Datum, Format
from fpproof.networks import Layer, Network, Semantics, TableActivation
from fpproof.paths import write_atomically

VERSION = 1
Vector = tuple[Datum, ...]

LARGEST_ELSEWHERE = 10**7
"""Evaluations that a claim about elsewhere may take: more, a checker refuses (docs/certificate-format.md)."""

FINITE_KINDS = ("activations", "adjoints", "pre-activations")


@dataclass(frozen=True, slots=True)
class ClaimedPoint:
    """At x, for an upstream, this value and this gradient."""

    x: Vector
    upstream: Vector
    value: Vector
    gradient: Vector


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """This value and gradient at every finite x that is not listed, for these upstreams (None: all finite ones)."""

    value: Vector
    gradient: Vector
    upstreams: tuple[Vector, ...] | None


@dataclass(frozen=True)
class Certificate:
    """What a certificate file says; `finite` names the counters that are claimed to be 0 at every point spoken of."""

    network: Network
    points: tuple[ClaimedPoint, ...]
    semantics: Semantics = field(default_factory=Semantics)
    elsewhere: Elsewhere | None = None
    finite: tuple[str, ...] = ("activations", "adjoints")
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The file: canonical JSON with the digest in its place, and a newline."""
        content = self._content()
        content["digest"] = digest(content)
        return canonical(content) + b"\n"

    def write(self, path: str | Path) -> None:
        """Writes the file under a temporary name and renames it."""
        write_atomically(Path(path), self.to_bytes())

    def _content(self) -> dict[str, Any]:
        F = self.network.format
        tables = {}
        for name, sigma in self.network.activations.items():
            if not isinstance(sigma, TableActivation):
                raise CertificateError(f"activation {name}: a certificate holds tables only", hint="give the entries that are met")
            tables[name] = sorted(_codes(F, (z, v, d)) for z, (v, d) in sigma.entries.items())
        elsewhere = None
        if self.elsewhere is not None:
            upstreams = self.elsewhere.upstreams
            elsewhere = {
                "value": _codes(F, self.elsewhere.value),
                "gradient": _codes(F, self.elsewhere.gradient),
                "upstreams": "all" if upstreams is None else [_codes(F, h) for h in upstreams],
            }
        return {
            "fpproof-certificate": VERSION,
            "format": format_object(F),
            "semantics": {
                "order": self.semantics.order_text,
                "wide": None if self.semantics.wide is None else format_object(self.semantics.wide),
                "flush": self.semantics.flush,
                "relu-slope": _code(F, self.semantics.slope(F)),
            },
            "inputs": self.network.inputs,
            "layers": [_layer_object(F, layer) for layer in self.network.layers],
            "tables": tables,
            "claims": {
                "points": [[_codes(F, v) for v in (p.x, p.upstream, p.value, p.gradient)] for p in self.points],
                "elsewhere": elsewhere,
                "finite": sorted(self.finite),
            },
            "provenance": dict(self.provenance),
        }


def provenance(**details: object) -> dict[str, object]:
    """Where a certificate comes from: the tool, and details that do not depend on when or where it ran."""
    return {"tool": f"fpproof {fpproof.__version__}"} | {key.replace("_", "-"): value for key, value in details.items()}


def canonical(content: Mapping[str, Any]) -> bytes:
    """Sorted members, no white space, ASCII."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical certificate without its digest."""
    return "sha256:" + sha256(canonical({key: value for key, value in content.items() if key != "digest"})).hexdigest()


def format_object(F: Format) -> dict[str, object]:
    """A format as the file has it."""
    return {
        "name": F.name,
        "p": F.p,
        "emin": F.emin,
        "emax": F.emax,
        "Omega": _code(F, F.largest),
        "specials": F.specials,
        "overflow": F.overflow,
    }


def _code(F: Format, x: Datum) -> str:
    return f"{F.encode(x):0{F.code_digits}x}"


def _codes(F: Format, data: Sequence[Datum]) -> list[str]:
    return [_code(F, x) for x in data]


def _layer_object(F: Format, layer: Layer) -> dict[str, object]:
    codes: dict[Datum, str] = {x: _code(F, x) for x in {w for row in layer.weights for _, w in row} | {b for b in layer.bias if b is not None}}
    if layer.sparse:
        weights: list[Any] = [[[j, codes[w]] for j, w in row] for row in layer.weights]
    else:
        weights = [[codes[w] for _, w in row] for row in layer.weights]
    return {
        "inputs": layer.inputs,
        "activation": layer.activation,
        "sparse": layer.sparse,
        "weights": weights,
        "bias": [None if b is None else codes[b] for b in layer.bias],
    }
