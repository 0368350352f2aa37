"""Tables on disk: raw codes after a checksum, named by a hash of everything they depend on.

A file that is cut, changed or from elsewhere fails its checksum and counts as absent; nothing in it is ever executed. The checksum
finds accidents, not an enemy who can write to the directory.
"""

import os
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fpproof.activations.function import Activation
from fpproof.formats import Format, Mode
from fpproof.paths import cache_directory

VERSION = "1"
"""Of the computation: to be raised when tables may change although no definition did."""

Codes = NDArray[np.uint16]


def key(F: Format, sigma: Activation, mode: Mode) -> str:
    """A hash of the activation's name and version, the format and the mode; "" if the activation has no version."""
    if not sigma.version:
        return ""
    parts = (VERSION, sigma.name, sigma.version, F.p, F.emin, F.emax, F.Omega, F.specials, F.overflow, mode)
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()


def path(name: str) -> Path:
    return cache_directory() / "activations" / f"{name}.table"


def read(name: str, entries: int) -> tuple[Codes, Codes] | None:
    """The two columns, or None if there is no such file or not an intact one."""
    try:
        data = path(name).read_bytes()
    except OSError:
        return None
    digest, body = data[:32], data[32:]
    if len(body) != 4 * entries or digest != _digest(name, body):
        return None
    columns = np.frombuffer(body, dtype="<u2").astype(np.uint16)
    return columns[:entries], columns[entries:]


def write(name: str, columns: tuple[Codes, Codes]) -> None:
    """Keep the columns, whole or not at all; a directory that cannot be written is no error."""
    body = b"".join(column.astype("<u2").tobytes() for column in columns)
    target = path(name)
    temporary = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f"{name[:16]}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(_digest(name, body) + body)
        os.replace(temporary, target)
    except OSError:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


def _digest(name: str, body: bytes) -> bytes:
    return sha256(name.encode() + body).digest()
