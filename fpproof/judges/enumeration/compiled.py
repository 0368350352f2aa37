"""Kernels as modules: written into the cache under the hash of their text, compiled by numba when first called, and kept compiled beside it.

numba takes a compiled function from its cache if its file has not changed. A kernel's file holds all that is compiled, `lanes` too, and is never
changed: another text has another name.
"""

import atexit
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

from fpproof.judges.enumeration.source import Kernel
from fpproof.paths import cache_directory, write_atomically


@dataclass(frozen=True)
class Functions:
    """A kernel's compiled functions; `fpproof.judges.enumeration.source` says what they take."""

    count: Callable[..., None]
    locate: Callable[..., None]


_lock = Lock()


def functions(kernel: Kernel) -> Functions:
    with _lock:
        return _load(kernel.text, kernel.hash)


def compiled_anew(kernel: Kernel) -> Functions:
    """The same without what numba has kept, which is deleted: for files of another version of it, or cut ones."""
    with _lock:
        kept = _written(_name(kernel.hash), kernel.text.encode()).parent / "__pycache__"
        for file in kept.glob(f"{_name(kernel.hash)}.*"):
            file.unlink(missing_ok=True)
        _load.cache_clear()
        return _load(kernel.text, kernel.hash)


def _name(digest: str) -> str:
    return f"lane_{digest[:32]}"


@lru_cache(16)
def _load(text: str, digest: str) -> Functions:
    name = _name(digest)
    path = _written(name, text.encode())
    spec = spec_from_file_location(f"fpproof_{name}", path)
    assert spec is not None, "the file is there"
    assert spec.loader is not None, "it is a Python file"
    module: Any = module_from_spec(spec)
    sys.modules[spec.name] = module  # what numba has kept names the module that it came from
    spec.loader.exec_module(module)
    found = Functions(module.count, module.locate)
    weakref.finalize(found, _forget, spec.name, module)
    return found


def _forget(name: str, module: ModuleType) -> None:
    """Machine code takes megabytes a kernel, and lives as long as its module."""
    if sys.modules.get(name) is module:
        del sys.modules[name]


def _written(name: str, data: bytes) -> Path:
    """The kernel's file; in a directory for this process alone where the cache cannot be written. A file that says something else is replaced."""
    try:
        return _in(cache_directory() / "enumeration", name, data)
    except OSError:
        return _in(_temporary(), name, data)


def _in(directory: Path, name: str, data: bytes) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.py"
    if not path.is_file() or path.read_bytes() != data:
        write_atomically(path, data)
    return path


@lru_cache(1)
def _temporary() -> Path:
    directory = tempfile.mkdtemp(prefix="fpproof-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return Path(directory)
