"""SMT-LIB scripts for `fpproof export --to smtlib`: of a search's spec, or of a lemma in a format; comments say what each variable is."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fpproof.cli.theories import formats_of
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.theory import Claim

ENCODINGS = ("bits", "floats")


def add_smtlib(parser: argparse.ArgumentParser) -> None:
    help = "to smtlib: bits (bit-vectors, every format; default) or floats (the solvers' theory of floats)"
    parser.add_argument("--encoding", choices=ENCODINGS, default="bits", help=help)


def script(options: argparse.Namespace) -> bytes:
    """The script; satisfiable iff there is such a network, or an input at which the lemma fails."""
    path = Path(options.path)
    text = _of_spec(path, options) if path.suffix == ".toml" else _of_lemma(options)
    return text.encode()


def _of_spec(path: Path, options: argparse.Namespace) -> str:
    from fpproof.formats import parse_format
    from fpproof.search import read_spec
    from fpproof.search.smtlib import as_bits, as_floats

    spec = read_spec(path, parse_format(options.format) if options.format else None)
    return as_bits(spec) if options.encoding == "bits" else as_floats(spec)


def _of_lemma(options: argparse.Namespace) -> str:
    from fpproof.runs.files import find_lemma
    from fpproof.runs.task import claims_of

    path, lemma = find_lemma(options.path)
    formats = formats_of(options)
    if len(formats) != 1:
        raise FpproofError(f"--format: expected one format for a lemma's script, found {len(formats)}")
    claims = claims_of(str(path), lemma, formats[0])
    if len(claims) != 1:
        found = "its requirements do not hold in the format" if not claims else f"it is {len(claims)} claims, one a rounding mode"
        raise FpproofError(f"lemma {lemma.name}: one script says one claim, but {found}")
    return _header(claims[0]) + (_in_bits(claims[0]) if options.encoding == "bits" else _in_floats(claims[0]))


def _header(claim: "Claim") -> str:
    return f"; is there an input at which {claim.lemma.name} fails in {claim.scope}?\n"


def _in_bits(claim: "Claim") -> str:
    from fpproof.encodings import FloatTerm
    from fpproof.encodings.smtlib import query, symbol
    from fpproof.encodings.terms import Op, all_of, any_of
    from fpproof.judges.smt.question import question

    asked = question(claim)
    lines = []
    for variable, bits in asked.variables.items():
        code = bits.code if isinstance(bits, FloatTerm) else bits
        if code.op is Op.VARIABLE:
            kind = f"the code of {variable.variable.name} in {bits.format}" if isinstance(bits, FloatTerm) else variable.variable.name
            lines.append(f"; {symbol(str(code.data))} is {kind}\n")
    return "".join(lines) + query([any_of(all_of(failure) for failure in asked.failures)])


def _in_floats(claim: "Claim") -> str:
    from fpproof.judges.smt.floating import queries
    from fpproof.theory.networks import expanded

    written = queries(expanded(claim))
    if written is None:
        raise FpproofError(f"lemma {claim.lemma.name} in {claim.scope} is not written in the solvers' floats", hint="--encoding bits")
    if len(written.failures) != 1:
        raise FpproofError(f"lemma {claim.lemma.name}: one script says one conclusion, found {len(written.failures)}", hint="--encoding bits")
    return written.failures[0].text
