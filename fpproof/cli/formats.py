"""`fpproof formats`: the named formats, any format in detail, and the values of the small ones."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fpproof.formats import Datum, Format

NAME = "formats"
HELP = "show the named floating-point formats, or the parameters and values of one"

LISTED_BITS = 8
"""Formats up to this width are shown with all their values."""
LISTED_BITS_ON_DEMAND = 16
"""With --values; 2^16 lines are the most that anyone reads."""


_BRIEF = 12
_EXAMPLE = "mine(p=3,emin=-6,emax=8,Omega=448,specials=nan,overflow=nan)"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=f"a name, F(p,q), or a definition such as '{_EXAMPLE}'; without any: all names")
    parser.add_argument("--values", action="store_true", help=f"list all values, for up to {LISTED_BITS_ON_DEMAND} bits instead of {LISTED_BITS}")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    import json

    from fpproof.formats import ATLAS, parse_format

    formats = [parse_format(text) for text in options.formats]
    if options.values:
        _require_small(formats)
    if options.json:
        print(json.dumps({"formats": [_record(F, bool(options.formats), options.values) for F in formats or ATLAS.values()]}, indent=2))
    elif formats:
        print("\n\n".join(_page(F, options.values) for F in formats))
    else:
        print(_overview(list(ATLAS.values())))
    return 0


def _require_small(formats: "list[Format]") -> None:
    from fpproof.errors import FormatError

    if not formats:
        raise FormatError("--values needs a format", hint="for example: fpproof formats E4M3FN --values")
    for F in formats:
        if F.width > LISTED_BITS_ON_DEMAND:
            raise FormatError(f"format {F.name}: a code has {F.width} bits, values are listed up to {LISTED_BITS_ON_DEMAND}")


def _specials(F: "Format") -> str:
    return {"ieee": "infinities, NaN", "nan": "NaN", "none": "none"}[F.specials]


def _overflow(F: "Format") -> str:
    return {"infinity": "infinity", "nan": "NaN", "saturate": "Omega"}[F.overflow]


def _count(F: "Format") -> str:
    """The finite values, both zeros counted; a power of two times a small odd number where the digits would be many."""
    zeros = (F.finite_count & -F.finite_count).bit_length() - 1
    return str(F.finite_count) if F.finite_count < 10**8 else f"{F.finite_count >> zeros} * 2^{zeros}"


def _overview(formats: "list[Format]") -> str:
    from tabulate import tabulate

    rows = [
        (F.name, F.p, F.q, F.width, _count(F), _specials(F), _overflow(F), *(_brief(F, x) for x in (F.smallest, F.power_of_two(F.emin), F.largest)))
        for F in formats
    ]
    headers = ("name", "p", "q", "bits", "finite values", "specials", "overflow", "omega", "smallest normal", "Omega")
    aligned = ("left", "right", "right", "right", "right", "left", "left", "left", "left", "left")
    return tabulate(rows, headers, tablefmt="simple", disable_numparse=True, colalign=aligned)


def _brief(F: "Format", x: "Datum") -> str:
    """The exact hex, and a decimal: exact if that is short, else marked with "~" and the shortest among 11-bit numbers."""
    from fpproof.formats import ieee_like, rational, round_datum
    from fpproof.formats.text import decimal, hexadecimal, parse_rational, readable

    shown = readable(F, x)
    if len(shown) > _BRIEF or parse_rational(shown) != rational(x):
        coarse = ieee_like(10, 19)
        shown = f"~{decimal(coarse, round_datum(coarse, x))}"
    return f"{shown} ({hexadecimal(x)})"


def _page(F: "Format", all_values: bool) -> str:
    from tabulate import tabulate

    from fpproof.formats.text import both

    lines = [
        ("format", F.name),
        ("definition", F.definition),
        ("code", f"{F.width} bits: sign, {F.q} of exponent, {F.p} of fraction"),
        ("exponents", f"{F.emin} to {F.emax}"),
        ("omega", both(F, F.smallest)),
        ("smallest normal", both(F, F.power_of_two(F.emin))),
        ("Omega", both(F, F.largest)),
        ("finite values", f"{_count(F)}, both zeros counted"),
        ("specials", _specials(F)),
        ("overflow gives", f"{_overflow(F)} in nearest modes"),
    ]
    page = tabulate(lines, tablefmt="plain", disable_numparse=True)
    if not _listed(F, all_values):
        return page
    values = [(row["code"], row["hex"], row["decimal"], row["class"]) for row in _values(F)]
    headers, aligned = ("code", "hex", "decimal", "class"), ("left", "right", "right", "left")
    table = tabulate(values, headers, tablefmt="simple", disable_numparse=True, colalign=aligned)
    return f"{page}\n\n{table}"


def _listed(F: "Format", all_values: bool) -> bool:
    return F.width <= (LISTED_BITS_ON_DEMAND if all_values else LISTED_BITS)


def _values(F: "Format") -> list[dict[str, str]]:
    """What every code means, in the order of the codes; a code that means nothing has class "unused"."""
    from fpproof.errors import FormatError
    from fpproof.formats.text import hexadecimal, readable

    rows = []
    for code in range(1 << F.width):
        try:
            x = F.decode(code)
            row = {"hex": hexadecimal(x), "decimal": readable(F, x), "class": _class(F, x)}
        except FormatError:
            row = {"hex": "", "decimal": "", "class": "unused"}
        rows.append({"code": f"0x{code:0{F.code_digits}x}", **row})
    return rows


def _class(F: "Format", x: "Datum") -> str:
    from fpproof.formats.arithmetic import flush_subnormal

    m, e = x
    if e is None:
        return "infinity" if m else "NaN"
    if m == 0:
        return "zero"
    return "normal" if flush_subnormal(F, x) == x else "subnormal"


def _record(F: "Format", in_detail: bool, all_values: bool) -> dict[str, Any]:
    """A format as JSON: the hex floats are exact, the decimals too if they take at most 17 digits, else they round to the number."""
    from fpproof.formats.text import hexadecimal, readable

    def number(x: "Datum") -> dict[str, str]:
        return {"hex": hexadecimal(x), "decimal": readable(F, x), "code": f"0x{F.encode(x):0{F.code_digits}x}"}

    record: dict[str, Any] = {
        "name": F.name,
        "definition": F.definition,
        "p": F.p,
        "q": F.q,
        "width": F.width,
        "emin": F.emin,
        "emax": F.emax,
        "omega": number(F.smallest),
        "smallest_normal": number(F.power_of_two(F.emin)),
        "Omega": number(F.largest),
        "finite_values": F.finite_count,
        "specials": F.specials,
        "overflow": F.overflow,
    }
    if in_detail and _listed(F, all_values):
        record["values"] = _values(F)
    return record
