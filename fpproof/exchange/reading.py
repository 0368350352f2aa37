"""Model files by their ending."""

from collections.abc import Sequence
from pathlib import Path

from fpproof.exchange.model import LARGEST_FILE, ExchangeError, Model
from fpproof.exchange.onnx_reading import read_onnx
from fpproof.exchange.safetensors import read_safetensors


def read_model(path: str | Path, activations: Sequence[str | None] = ()) -> Model:
    """The model in an .onnx or .safetensors file; `activations` are for safetensors, which do not say them.

    Raises ExchangeError for what is no such file, OSError if it cannot be read. Pickles are not read: they run code.
    """
    path = Path(path)
    if path.suffix not in (".onnx", ".safetensors"):
        raise ExchangeError(f"{path}: expected a file that ends in .onnx or .safetensors", hint="other files of weights may run code when read")
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise ExchangeError(f"{path}: a model of more than {LARGEST_FILE >> 20} MiB is not read")
    if path.suffix == ".onnx":
        if activations:
            raise ExchangeError(f"{path}: an ONNX file says its activations itself", hint="leave out --activation")
        return read_onnx(str(path), data)
    if not activations:
        raise ExchangeError(f"{path}: safetensors files do not say activations", hint="--activation relu, or one a layer: relu,tanh,none")
    return read_safetensors(str(path), data, activations)
