"""The machines by name."""

from collections.abc import Callable
from difflib import get_close_matches
from importlib.util import find_spec

from fpproof.machine.elementwise import ML_DTYPES, NUMPY, NUMPY_MATMUL
from fpproof.machine.machine import Machine, MachineError
from fpproof.machine.on_onnxruntime import OnnxRuntime
from fpproof.machine.on_torch import Torch

_MACHINES: dict[str, tuple[tuple[str, ...], str, Callable[[], Machine]]] = {
    "numpy": (("numpy",), "", lambda: NUMPY),
    "numpy-matmul": (("numpy",), "", lambda: NUMPY_MATMUL),
    "ml_dtypes": (("ml_dtypes",), "crosscheck", lambda: ML_DTYPES),
    "torch": (("torch",), "machines", Torch),
    "onnxruntime": (("onnx", "onnxruntime"), "machines", OnnxRuntime),
}
"""Name -> the packages it needs, the extra that has them, and itself."""


def names() -> list[str]:
    return list(_MACHINES)


def installed() -> list[str]:
    """The machines whose packages are there."""
    return [name for name, (packages, _, _) in _MACHINES.items() if all(find_spec(package) for package in packages)]


def machine(name: str) -> Machine:
    """The machine of a name; raises MachineError, with the extra to install where its package is missing."""
    if name not in _MACHINES:
        near = get_close_matches(name, _MACHINES, 1)
        hint = (f"did you mean {near[0]}? " if near else "") + f"There are {', '.join(_MACHINES)}"
        raise MachineError(f"machine {name[:40]!r} is unknown", hint=hint)
    packages, extra, make = _MACHINES[name]
    for package in packages:
        if find_spec(package) is None:
            raise MachineError(f"machine {name}: {package} is not installed", hint=f"pip install 'fpproof[{extra}]'")
    return make()
