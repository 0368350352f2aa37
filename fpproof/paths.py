"""Where fpproof keeps files of its own, and how it writes files."""

import os
import tempfile
from pathlib import Path

from fpproof.errors import FpproofError


def cache_directory() -> Path:
    """The directory for results worth keeping between runs; it need not exist yet.

    FPPROOF_CACHE if set, else fpproof in XDG_CACHE_HOME, which counts only if absolute (XDG base directories), else
    ~/.cache/fpproof. FpproofError if no home directory is known.
    """
    if chosen := os.environ.get("FPPROOF_CACHE"):
        return Path(chosen)
    if os.path.isabs(shared := os.environ.get("XDG_CACHE_HOME", "")):
        return Path(shared, "fpproof")
    try:
        return Path.home() / ".cache" / "fpproof"
    except RuntimeError:
        raise FpproofError("no home directory is known for the cache", hint="set FPPROOF_CACHE to a directory") from None


def read_at_most(path: str | Path, size: int) -> bytes:
    """The first bytes of a file; OSError if it cannot be read, FpproofError for a named pipe, whose writer may never come.

    A pipe that a shell has opened, under /dev, is read.
    """
    if Path(path).is_fifo() and Path(path).parts[:2] not in (("/", "dev"), ("/", "proc")):
        raise FpproofError(f"{path}: a named pipe, which is not read", hint="give a file, or /dev/stdin")
    with open(path, "rb") as file:
        return file.read(size)


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a file under a temporary name beside it and renames it: readers see the old file or the whole new one.

    What is no regular file (a pipe, /dev/stdout) is written as it is. OSError names the path.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
