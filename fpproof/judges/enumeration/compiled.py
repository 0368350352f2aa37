"""Kernels as modules: written into the cache under the hash of their text, compiled by numba when first called, and kept compiled beside it.

numba takes a compiled function from its cache if its file has not changed. No file here is ever changed: another text has another name, and a
kernel names the modules that it imports, `lanes` and its steps, of which each function is compiled once and not with every kernel.
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
_alive: "weakref.WeakValueDictionary[str, Functions]" = weakref.WeakValueDictionary()


def functions(kernel: Kernel) -> Functions:
    with _lock:
        return _load(kernel)


def compiled_anew(kernel: Kernel) -> Functions:
    """The same without what numba has kept, which is deleted: for files of another version of it, or cut ones."""
    with _lock:
        for name, text in (*kernel.modules.items(), (_name(kernel), kernel.text)):
            path = _written(name, text.encode())
            for file in (path.parent / "__pycache__").glob(f"{name}.*"):
                file.unlink(missing_ok=True)
            sys.modules.pop(name, None)
        _alive.pop(_name(kernel), None)
        return _load(kernel)


def _name(kernel: Kernel) -> str:
    return f"fpproof_lane_{kernel.hash[:32]}"


def _load(kernel: Kernel) -> Functions:
    name = _name(kernel)
    found = _alive.get(name)
    if found is None:
        for shared, text in kernel.modules.items():
            _module(shared, text)
        module = _module(name, kernel.text)
        found = _alive[name] = Functions(module.count, module.locate)
        weakref.finalize(found, _forget, name, module)
    return found


def _forget(name: str, module: ModuleType) -> None:
    """Machine code takes megabytes a kernel, and lives as long as its module."""
    if sys.modules.get(name) is module:
        del sys.modules[name]


def _module(name: str, text: str) -> Any:
    """The module of a text; what numba has kept names the module that it came from, and a kernel its lanes, so it is one of sys.modules."""
    path = _written(name, text.encode())
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(path):
        return known
    spec = spec_from_file_location(name, path)
    assert spec is not None, "the file is there"
    assert spec.loader is not None, "it is a Python file"
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
