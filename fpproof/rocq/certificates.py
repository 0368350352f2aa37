"""From a certificate to a theorem: "this network, on these inputs and upstreams, gives these values and gradients".

The file says the certificate's codes as they stand in its JSON, each distinct one once (parsing literals is what takes coqc's time), and
ends with the theorem and `Print Assumptions`. Two encodings: EXACT computes with the standard library's SpecFloat and
assumes nothing; FAST computes with machine words.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from fpproof.certificates.certificate import Certificate, Elsewhere
from fpproof.formats import Datum, Format
from fpproof.networks import RELU, Layer, Order, TableActivation
from fpproof.rocq.coqc import RocqError
from fpproof.rocq.library import standing_alone

LARGE = 2_000_000
"""Float operations above which the fast encoding is chosen, where it covers the certificate: ten seconds of the exact one at most."""
LARGEST = 1_000_000_000
"""Float operations that are exported: more would take the fast encoding ten minutes."""
LARGEST_CASES = 1_000_000
LARGEST_FILE = 1_000_000
"""Codes that are exported: coqc reads as many in two minutes and 4 GB."""

THEOREM = "certificate_holds"


class Encoding(StrEnum):
    EXACT = "exact"
    FAST = "fast"


LEMMA_OF = {Encoding.EXACT: "check_claim", Encoding.FAST: "check_fast_claim"}
"""The computation that decides a theorem."""


def operations(certificate: Certificate) -> int:
    """Float operations that the evaluation of every claim takes, as if no layer were evaluated densely."""
    network = certificate.network
    forward = sum(2 * layer.weight_count for layer in network.layers)
    masks = sum(layer.neurons for layer in network.layers if layer.activation is not None)
    return cases(certificate) * (2 * forward + masks)


def cases(certificate: Certificate) -> int:
    """Pairs of x and upstream that are claimed, those of `elsewhere` too."""
    network, elsewhere = certificate.network, certificate.elsewhere
    if elsewhere is None:
        return len(certificate.points)
    floats = int(2 * network.format.largest_ordinal + 1)
    upstreams = floats ** min(network.outputs, 64) if elsewhere.upstreams is None else len(elsewhere.upstreams)
    return len(certificate.points) + int(floats ** min(network.inputs, 64)) * int(upstreams)


def codes(certificate: Certificate) -> int:
    """Codes that the certificate's file has: weights, biases, tables, claims."""
    network, elsewhere = certificate.network, certificate.elsewhere
    layers = sum(layer.weight_count + layer.neurons for layer in network.layers)
    tables = sum(3 * len(sigma.entries) for sigma in network.activations.values() if isinstance(sigma, TableActivation))
    listed = 0 if elsewhere is None or elsewhere.upstreams is None else len(elsewhere.upstreams)
    return int(layers + tables + 2 * (network.inputs + network.outputs) * len(certificate.points) + network.outputs * listed)


def not_fast(certificate: Certificate) -> str | None:
    """Why the fast encoding does not cover a certificate; None if it does."""
    F, semantics = certificate.network.format, certificate.semantics
    variants = [name for name, there in (("fma", semantics.order is Order.FMA), ("wide", semantics.wide), ("flush", semantics.flush)) if there]
    if variants:
        return f"it has the orders left-to-right, bias-first, pairwise and blocked, and relu-slope, not {' or '.join(variants)}"
    if F.precision > 30 or F.width > 40:
        return f"it has formats of at most 30 bits of precision and codes of 40 bits, and {F.name} has {F.precision} and {F.width}"
    if F.emin - F.p > 0 or F.emax < 0:
        return f"it has formats with the number 1, which {F.name} lacks"
    return None


def chosen(certificate: Certificate) -> Encoding:
    """The encoding for a certificate of its size."""
    return Encoding.FAST if operations(certificate) > LARGE and not_fast(certificate) is None else Encoding.EXACT


def theorem(certificate: Certificate, encoding: Encoding | None = None) -> str:
    """The file, which needs nothing but Rocq's standard library; RocqError for what the encoding does not cover."""
    if cases(certificate) > LARGEST_CASES or operations(certificate) > LARGEST:
        raise RocqError(
            f"the certificate is about {cases(certificate)} points, {operations(certificate)} float operations: too much for Rocq's kernel",
            hint=f"it takes {LARGEST_CASES} points and {LARGEST} operations",
        )
    if (found := codes(certificate)) > LARGEST_FILE:
        raise RocqError(f"the certificate is {found} codes of weights, tables and claims: too much for coqc to read", hint=f"it takes {LARGEST_FILE}")
    encoding = encoding or chosen(certificate)
    if encoding is Encoding.FAST and (reason := not_fast(certificate)):
        raise RocqError(f"the fast encoding does not cover this certificate: {reason}", hint="the exact encoding does")
    module, claim, follows = ("Fast", "fast_claim", "fast_claim_holds") if encoding is Encoding.FAST else ("Certificate", "claim", "claim_holds")
    definitions, computed = computation(certificate, encoding)
    statement = computed.replace(LEMMA_OF[encoding], claim, 1)
    text = f"""
From Coq Require Import ZArith List.
Import ListNotations.
Local Open Scope Z_scope.

(** The certificate, in codes. *)

{definitions}
Theorem {THEOREM} : {statement}.
Proof. apply {follows}; vm_cast_no_check (eq_refl true). Qed.

Print Assumptions {THEOREM}.
"""
    return standing_alone([module], text)


def computation(certificate: Certificate, encoding: Encoding) -> tuple[str, str]:
    """Definitions that say the certificate, and the term that computes to true iff it holds."""
    F, semantics = certificate.network.format, certificate.semantics
    if encoding is Encoding.FAST:
        arguments = format_term(F)
    else:
        wide, flush = (str(bool(there)).lower() for there in (semantics.wide, semantics.flush))
        arguments = f"{format_term(F)} {format_term(semantics.wide or F)} {wide} {flush}"
    return _Data(certificate).text(), f"{LEMMA_OF[encoding]} {arguments} certificate"


def format_term(F: Format) -> str:
    """The format as the library has it."""
    ieee_like = F.emin == 1 - F.emax and F.largest[0] == (2 << F.p) - 1 and (F.specials, F.overflow) == ("ieee", "infinity")
    if ieee_like:
        return f"(ieee {F.precision} {F.emax + 1})"
    beyond = {"infinity": "to_infinity", "nan": "to_nan", "saturate": "to_Omega"}[F.overflow]
    low, high = F.quanta
    return f"(Format {F.precision} ({low}) ({high}) {F.largest[0]} {str(F.has_infinities).lower()} {beyond})"


class _Data:
    """The parts of a certificate as terms; `x3f80` stands for the code 3f80, `n7` for the position 7."""

    def __init__(self, certificate: Certificate) -> None:
        self.certificate, self.network, self.F = certificate, certificate.network, certificate.network.format
        self.codes: dict[str, None] = {}
        self.positions: set[int] = set()
        self.known: dict[Datum, str] = {}

    def text(self) -> str:
        """All definitions; `certificate` is the last."""
        layers = [self.layer(number, layer) for number, layer in enumerate(self.network.layers, 1)]
        tables = [self.table(number, sigma) for number, sigma in enumerate(self.network.activations.values())]
        points = self.points()
        whole = self.whole()
        constants = [f"Definition {name} := 0x{name[1:]}.\n" for name in self.codes]
        places = [f"Definition n{position} := {position}%positive.\n" for position in sorted(self.positions)]
        return "".join([*constants, *places, "\n", *layers, *tables, points, "\n", whole])

    def code(self, x: Datum) -> str:
        name = self.known.get(x)
        if name is None:
            name = self.known[x] = f"x{self.F.encode(x):0{self.F.code_digits}x}"
            self.codes[name] = None
        return name

    def vector(self, data: Iterable[Datum]) -> str:
        return _list(map(self.code, data))

    def layer(self, number: int, layer: Layer) -> str:
        """A definition for every neuron keeps terms small."""
        neurons = []
        for row, bias in zip(layer.weights, layer.bias, strict=True):
            self.positions |= {j + 1 for j, _ in row}
            weights = "".join(f"w n{j + 1} {self.code(a)} (" for j, a in row) + "stop" + ")" * len(row)
            neurons.append(f"({weights}, {'None' if bias is None else f'Some {self.code(bias)}'})")
        return f"Definition layer{number} : list (row Z * option Z) := {_chunks(neurons)}.\n\n"

    def table(self, number: int, sigma: object) -> str:
        assert isinstance(sigma, TableActivation), "a certificate holds tables only"
        entries = [f"({self.code(z)}, ({self.code(v)}, {self.code(s)}))" for z, (v, s) in sigma.entries.items()]
        return f"Definition table{number} : list (Z * (Z * Z)) := {_chunks(entries)}.\n\n"

    def points(self) -> str:
        claimed = [f"({', '.join(map(self.vector, (p.x, p.upstream, p.value, p.gradient)))})" for p in self.certificate.points]
        return f"Definition claimed : list (list Z * list Z * list Z * list Z) := {_chunks(claimed)}.\n"

    def elsewhere(self, claim: Elsewhere | None) -> str:
        if claim is None:
            return "None"
        upstreams = "None" if claim.upstreams is None else f"Some {_list(map(self.vector, claim.upstreams))}"
        return f"Some ({self.vector(claim.value)}, {self.vector(claim.gradient)}, {upstreams})"

    def whole(self) -> str:
        semantics, network, finite = self.certificate.semantics, self.network, self.certificate.finite
        names = {name: f"table {number}" for number, name in enumerate(network.activations)}
        names |= {RELU: "ReLU"}
        layers = [f"(layer{n}, {'none' if layer.activation is None else names[layer.activation]})" for n, layer in enumerate(network.layers, 1)]
        orders = {Order.LEFT_TO_RIGHT: "left_to_right", Order.BIAS_FIRST: "bias_first", Order.PAIRWISE: "pairwise", Order.FMA: "fused_chain"}
        fields = {
            "width": self.F.width,
            "inputs": network.inputs,
            "summation": orders.get(semantics.order, f"blocked {semantics.block}"),
            "slope": self.code(semantics.slope(self.F)),
            "sparse": str(network.sparse).lower(),
            "layers": _list(layers),
            "tables": _list(f"table{number}" for number in range(len(network.activations))),
            "points": "claimed",
            "elsewhere": self.elsewhere(self.certificate.elsewhere),
            "finite_pre_activations": str("pre-activations" in finite).lower(),
            "finite_activations": str("activations" in finite).lower(),
            "finite_adjoints": str("adjoints" in finite).lower(),
        }
        return "Definition certificate : data := {|\n" + ";\n".join(f"  {name} := {value}" for name, value in fields.items()) + "\n|}.\n\n"


def _list(items: Iterable[str]) -> str:
    return f"[{'; '.join(items)}]"


_CHUNK = 200


def _chunks(items: Sequence[str]) -> str:
    """A list of many items as an append of short ones: coqc's parser recurses on the length of a list."""
    parts = [f"[\n  {(';' + chr(10) + '  ').join(items[i : i + _CHUNK])}\n]" for i in range(0, len(items), _CHUNK)]
    return " ++ ".join(parts) if parts else "[]"
