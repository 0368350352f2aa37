"""The named formats, and formats from text.

    binary16                                             a name of the atlas, or an alias of one
    F(3,4)                                               IEEE-like, p = 3 fraction bits, q = 4 exponent bits
    mine(p=3,emin=-6,emax=8,Omega=448,specials=nan,overflow=nan)      any other; the name may be left out
"""

import re
from collections.abc import Callable
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache

from fpproof.errors import FormatError, NumberError
from fpproof.formats.format import DEFINABLE_NAME, MAXIMAL_EXPONENT, MAXIMAL_PRECISION, Format, ieee_like
from fpproof.formats.text import parse_rational

ATLAS: dict[str, Format] = {
    F.name: F
    for F in (
        ieee_like(10, 5, "binary16"),
        ieee_like(7, 8, "bfloat16"),
        ieee_like(10, 8, "tf32"),
        ieee_like(23, 8, "binary32"),
        ieee_like(52, 11, "binary64"),
        ieee_like(112, 15, "binary128"),
        ieee_like(2, 5, "E5M2"),
        Format("E4M3FN", 3, -6, 8, Fraction(448), "nan", "nan"),
        Format("E4M3FN-sat", 3, -6, 8, Fraction(448), "nan", "saturate"),
        Format("E3M2", 2, -2, 4, Fraction(28), "none", "saturate"),
        Format("E2M3", 3, 0, 2, Fraction(15, 2), "none", "saturate"),
        Format("E2M1", 1, 0, 2, Fraction(6), "none", "saturate"),
    )
}

ALIASES = {
    "half": "binary16",
    "float16": "binary16",
    "fp16": "binary16",
    "bf16": "bfloat16",
    "single": "binary32",
    "float32": "binary32",
    "fp32": "binary32",
    "double": "binary64",
    "float64": "binary64",
    "fp64": "binary64",
    "quad": "binary128",
    "float8_e5m2": "E5M2",
    "float8_e4m3fn": "E4M3FN",
}

AMBIGUOUS = {"e4m3": ("E4M3FN", "E4M3FN-sat", "F(3,4)")}

_IEEE = re.compile(r"[Ff]\(\s*([+-]?\d{1,40})\s*,\s*([+-]?\d{1,40})\s*\)", re.ASCII)
_CUSTOM = re.compile(rf"({DEFINABLE_NAME})?\((.{{1,300}})\)", re.DOTALL | re.ASCII)
_LONGEST = 400
_CUSTOM_SHAPE = "NAME(p=3,emin=-6,emax=8,Omega=448,specials=nan,overflow=nan)"
_WRITE_LIKE = f"write it like {_CUSTOM_SHAPE}"


@lru_cache(maxsize=1024)
def parse_format(text: str) -> Format:
    """The format that a text names: an atlas name, an alias, F(p,q), or a definition.

    Raises FormatError, which names what was meant or could be.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        raise FormatError(f"format {text[:60]!r}: a text of {len(text)} characters, at most {_LONGEST} are read")
    by_lower = {name.lower(): F for name, F in ATLAS.items()}
    lowered = text.lower()
    if lowered in by_lower:
        return by_lower[lowered]
    if lowered in ALIASES:
        return ATLAS[ALIASES[lowered]]
    if lowered in AMBIGUOUS:
        raise FormatError(f"format {text!r} is ambiguous", hint=f"say {', '.join(AMBIGUOUS[lowered][:-1])} or {AMBIGUOUS[lowered][-1]}")
    if match := _IEEE.fullmatch(text):
        return ieee_like(int(match[1]), int(match[2]))
    if match := _CUSTOM.fullmatch(text):
        return _custom(text, match[1] or "custom", match[2])
    near = get_close_matches(lowered, [*by_lower, *ALIASES], 1, 0.5)
    hint = f"IEEE-like formats are written F(p,q), others {_CUSTOM_SHAPE}; 'fpproof formats' lists the names"
    if near:
        nearest = by_lower[near[0]].name if near[0] in by_lower else ALIASES[near[0]]
        hint = f"did you mean {nearest}? {hint}"
    raise FormatError(f"format {text[:60]!r} is unknown", hint=hint)


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,9}", text, re.ASCII):
        raise ValueError
    return int(text)


_FIELDS: dict[str, tuple[Callable[[str], object], str]] = {
    "p": (_integer, "integer"),
    "emin": (_integer, "integer"),
    "emax": (_integer, "integer"),
    "Omega": (parse_rational, "decimal, hex float or ratio"),
    "specials": (str, "word"),
    "overflow": (str, "word"),
}


def _custom(text: str, name: str, body: str) -> Format:
    fields: dict[str, object] = {}
    for part in body.split(","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or key not in _FIELDS or key in fields:
            raise FormatError(f"format {text[:60]!r}: {part.strip()!r} is not one of {', '.join(_FIELDS)}, given once", hint=_WRITE_LIKE)
        read, kind = _FIELDS[key]
        try:
            fields[key] = read(value)
        except (ValueError, NumberError):
            raise FormatError(f"format {text[:60]!r}: {key} = {value[:40]!r} is no {kind}", hint=_WRITE_LIKE) from None
    missing = [key for key in ("p", "emin", "emax") if key not in fields]
    if missing:
        raise FormatError(f"format {text[:60]!r}: {', '.join(missing)} missing", hint=_WRITE_LIKE)
    p, emax = fields["p"], fields["emax"]
    if "Omega" not in fields:  # all ones; where p or emax are out of bounds, Format says so before it looks at Omega
        bounded = isinstance(p, int) and isinstance(emax, int) and 0 < p <= MAXIMAL_PRECISION and abs(emax) <= MAXIMAL_EXPONENT
        fields["Omega"] = (2 - Fraction(1, 2**p)) * Fraction(2) ** emax if bounded else Fraction(0)  # type: ignore[operator]  # p is an int
    specials = str(fields.setdefault("specials", "ieee"))
    fields.setdefault("overflow", {"ieee": "infinity", "nan": "nan"}.get(specials, "saturate"))
    return Format(name=name, **fields)  # type: ignore[arg-type]  # Format checks the fields one by one


def format_text(F: Format) -> str:
    """The shortest text that `parse_format` reads back as F: its name where that is enough, else its definition."""
    try:
        if parse_format(F.name) == F:
            return F.name
    except FormatError:
        pass
    return F.definition


def split_list(text: str) -> list[str]:
    """Splits at the commas that stand outside parentheses: "F(2,3),E5M2" has two parts."""
    return [part.strip() for part in re.split(r",(?![^()]*\))", text) if part.strip()]
