"""A kernel's text run by Python itself, operation by operation: for many small claims that are not worth compiling."""

import ast
import builtins
import struct
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

from fpproof.judges.enumeration.code import LANES as LANES_TEXT
from fpproof.judges.enumeration.compiled import Functions
from fpproof.judges.enumeration.source import Kernel
from fpproof.judges.enumeration.sweep import Sweep


def bits(x: float) -> int:
    found: int = struct.unpack("<q", struct.pack("<d", x))[0]
    return found


def number(code: int) -> np.float64:
    wrapped = (int(code) + (1 << 63)) % (1 << 64) - (1 << 63)
    return np.float64(struct.unpack("<d", struct.pack("<q", wrapped))[0])


def fma(x: float, y: float, z: float) -> np.float64:
    """Python divides integers right, and so rounds fractions right."""
    if not all(np.isfinite((x, y, z))):
        return np.float64(x) * y + z
    exact = Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
    return np.float64(float(exact)) if exact else np.float64(x) * y + z


def _plain(*_: Any, **__: Any) -> Any:
    return lambda function: function


def choose(condition: bool, x: Any, y: Any) -> Any:
    return x if condition else y


_INTRINSICS = {"_bits_code": bits, "_number_code": number, "_fma_code": fma, "_choose_code": choose}
_MODULES = {
    "numba": SimpleNamespace(njit=_plain, types=None),
    "numba.extending": SimpleNamespace(intrinsic=lambda function: _INTRINSICS[function.__name__]),
    "llvmlite": SimpleNamespace(ir=None),
}


def _import(name: str, *rest: Any) -> Any:
    return _MODULES.get(name) or builtins.__import__(name, *rest)


class _Literals(ast.NodeTransformer):
    """Makes literals numbers of numpy, which divide by zero as IEEE 754 says."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, float):
            return node
        name = f"literal_{len(self.names)}"
        self.names[name] = np.float64(node.value)
        return ast.Name(name, ast.Load())


def names_of(text: str) -> dict[str, Any]:
    """The functions of a text that was written for numba."""
    names: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": _import}, "__name__": "lanes"}
    tree = _Literals(names).visit(ast.parse(text))
    exec(compile(ast.fix_missing_locations(tree), "kernel", "exec"), names)
    return {name: _quiet(value) if callable(value) else value for name, value in names.items() if name != "__builtins__"}


def _quiet(function: Any) -> Any:
    """The function on numbers of numpy, without warnings."""

    def run(*arguments: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*(np.float64(a) if isinstance(a, float) else a for a in arguments))

    return run


def interpreted(kernel: Kernel) -> Sweep:
    """The sweep of a kernel that nothing is compiled for."""
    lines = [line for text in (*kernel.modules.values(), kernel.text) for line in text.splitlines() if not line.startswith("from fpproof_")]
    names = names_of("\n".join(lines))
    return Sweep(kernel, Functions(names["count"], names["locate"]))


LANES = names_of(LANES_TEXT)
"""The functions of `lanes`."""
