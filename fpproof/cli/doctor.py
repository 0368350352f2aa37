"""`fpproof doctor`: what is installed, what each part is for, and how to get the rest.

It must run when everything else is broken, so it needs the standard library only, and asks for versions without
importing what it asks about.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from fpproof import __version__
from fpproof.cli import BAD_INPUT, HOLDS
from fpproof.paths import cache_directory

NAME = "doctor"
HELP = "what is installed, what for, and how to get the rest"

BASE = "base"
"""The group without which nothing works; the others are the extras of the package, and programs."""
PROGRAMS = "programs"


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package, by the names it is installed and imported under, and the least version that will do."""

    group: str
    name: str
    module: str
    needs: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: its version (None if it is missing, "unknown" if it does not say) and, unless it will do, what to do."""

    group: str
    name: str
    version: str | None
    purpose: str
    remedy: str | None


PACKAGES = (
    Package(BASE, "gmpy2", "gmpy2", "2.2", "exact rationals; MPFR as a second opinion on rounding"),
    Package(BASE, "numpy", "numpy", "2.0", "arrays of codes"),
    Package(BASE, "llvmlite", "llvmlite", "0.44", "six operations on bits in compiled code"),
    Package(BASE, "numba", "numba", "0.61", "compiled evaluation at many points"),
    Package(BASE, "sympy", "sympy", "1.13", "identities and signs over the reals, derivatives of losses"),
    Package(BASE, "tabulate", "tabulate", "0.9", "tables on the terminal"),
    Package(BASE, "tqdm", "tqdm", "4.66", "progress of long runs"),
    Package("crosscheck", "ml_dtypes", "ml_dtypes", "0.5", "small formats, compared with ours"),
    Package("crosscheck", "gfloat", "gfloat", "0.5", "small formats, compared with ours"),
    Package("solvers", "z3-solver", "z3", "4.13", "SMT: statements about all floats"),
    Package("solvers", "bitwuzla", "bitwuzla", "0.8", "SMT: statements about all floats"),
    Package("solvers", "cvc5", "cvc5", "1.2", "SMT: statements about all floats"),
    Package("balls", "python-flint", "flint", "0.7", "enclosures of real functions (Arb)"),
    Package("plots", "matplotlib", "matplotlib", "3.9", "pictures"),
    Package("machines", "torch", "torch", "2.13.0", "networks run as PyTorch runs them"),
    Package("machines", "onnxruntime", "onnxruntime", "1.23", "networks run as ONNX Runtime runs them"),
    Package("machines", "onnx", "onnx", "1.19", "networks read from and written to ONNX"),
    Package("machines", "safetensors", "safetensors", "0.6", "weights read from safetensors"),
)

_APT = "apt install"
_TIMEOUT = 10
"""Seconds that a program may take to say its version."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(options: argparse.Namespace) -> int:
    """Print the findings; 0 if the base packages will do, whatever else is missing, else 2."""
    findings = [_package(package) for package in PACKAGES] + list(_programs())
    complete = all(finding.remedy is None for finding in findings if finding.group == BASE)
    machine = {
        "fpproof": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": _cores(),
        "cache-directory": str(cache_directory()),
        "complete": complete,
    }
    if options.json:
        parts = [{field: getattr(finding, field) for field in Finding.__slots__} for finding in findings]
        print(json.dumps(machine | {"parts": parts}, indent=2))
    else:
        print("\n".join(_report(machine, findings)))
    return HOLDS if complete else BAD_INPUT


def _report(machine: dict[str, object], findings: list[Finding]) -> Iterator[str]:
    rows = [("fpproof", f"{machine['fpproof']}, Python {machine['python']}, {machine['platform']}")]
    rows += [("cores", str(machine["cores"])), ("cache", str(machine["cache-directory"]))]
    yield from _aligned(rows)
    for group in dict.fromkeys(finding.group for finding in findings):
        members = [finding for finding in findings if finding.group == group]
        yield f"\n{group}"
        yield from _aligned([(f"  {member.name}", member.version or "missing", member.purpose) for member in members])
        remedies = dict.fromkeys(member.remedy for member in members if member.remedy is not None)
        if group == PROGRAMS and remedies:
            yield f"  -> {_APT} {' '.join(remedy.removeprefix(_APT).strip() for remedy in remedies)}"
        else:
            yield from (f"  -> {remedy}" for remedy in remedies)
    yield "\nThe base is complete; the rest is optional." if machine["complete"] else "\nThe base is incomplete: fpproof does not work."


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """The rows with their columns aligned: not by tabulate, which may be what is missing."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _package(package: Package) -> Finding:
    target = "fpproof" if package.group == BASE else f"fpproof[{package.group}]"
    version, remedy = _version(package), None
    if version is None:
        remedy = f"pip install '{target}'"
    elif _numbers(version) < _numbers(package.needs):
        remedy = f"pip install --upgrade '{target}'  ({package.name} {version} is too old, {package.needs} or newer is needed)"
    return Finding(package.group, package.name, version, package.purpose, remedy)


def _version(package: Package) -> str | None:
    if find_spec(package.module) is None:
        return None
    try:
        return metadata.version(package.name)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers a version starts with: (2, 13, 0) for "2.13.0+cpu"."""
    leading = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(number) for number in leading[0].split(".")) if leading else ()


def _programs() -> Iterator[Finding]:
    yield _program("coqc", f"{_APT} coq", "Rocq: proofs checked by a small kernel")
    flocq = _flocq()
    yield Finding(PROGRAMS, "Flocq", flocq, "floating-point arithmetic for Rocq", None if flocq else f"{_APT} libcoq-flocq")
    yield _program("gappa", f"{_APT} gappa", "bounds on rounding errors, with proofs")
    yield _program("cadical", f"{_APT} cadical", "SAT, with proofs that others can check")


def _program(name: str, remedy: str, purpose: str) -> Finding:
    if shutil.which(name) is None:
        return Finding(PROGRAMS, name, None, purpose, remedy)
    number = re.search(r"\d+(\.\d+)+", _output(name, "--version"))
    return Finding(PROGRAMS, name, number[0] if number else "unknown", purpose, None)


def _flocq() -> str | None:
    """Flocq does not say its version; it is there if Rocq's library has it."""
    library = _output("coqc", "-where").strip()
    return "unknown" if library and Path(library, "user-contrib", "Flocq").is_dir() else None


def _output(*command: str) -> str:
    """What the command prints, or nothing if it cannot be run."""
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
