"""The library in Rocq, and texts that stand alone: with the parts of the library that they need in front."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

DIRECTORY = Path(__file__).parent / "theory"
MODULES = ("Format", "Rounding", "Network", "Certificate", "Fast", "Order", "Exact", "Bridge")
"""Each needs only earlier ones."""

_OURS = re.compile(r"^From Fpproof Require Import ([\w ]+)\.\n", re.MULTILINE)


@cache
def source(module: str) -> str:
    return (DIRECTORY / f"{module}.v").read_text(encoding="utf-8")


def needed(modules: Sequence[str]) -> list[str]:
    """The modules and all that they need, in order."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += [name for match in _OURS.finditer(source(module)) for name in match[1].split()]
    return [module for module in MODULES if module in found]


def standing_alone(modules: Sequence[str], text: str) -> str:
    """The text after the modules that it needs, as one file: each is a module inside of one named Fpproof."""
    parts = ["Module Fpproof.\n"]
    for module in needed(modules):
        body = _OURS.sub(lambda match: f"Import {match[1]}.\n", source(module))
        parts.append(f"\nModule {module}.\n\n{body}\nEnd {module}.\n")
    parts.append(f"\nEnd Fpproof.\n\nImport {' '.join(f'Fpproof.{module}' for module in needed(modules))}.\n{text}")
    return "".join(parts)
