"""Where runs stand, in a file: texts of every number, so that a run that was interrupted goes on with the same bits.

The file is JSON. Numbers of a format are hexadecimal floats (signs of zeros and NaN too), rationals are fractions. What is read back is checked
as any file of a stranger is: the run and the settings must be those that are asked for, every number must be one of its format.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from gmpy2 import mpq

from fpproof.errors import FpproofError
from fpproof.formats import NAN
from fpproof.formats.text import hexadecimal, read_float
from fpproof.networks.kernel import from_float64, to_float64
from fpproof.paths import write_atomically
from fpproof.training.arithmetic import parse_arithmetic
from fpproof.training.descent import Parameters
from fpproof.training.description import DescriptionError, Run
from fpproof.training.numbers import Array, Data, Lanes, Machine, Numbers, Rationals
from fpproof.training.trajectory import Place
from fpproof.training.writing import to_toml

KIND = "fpproof train checkpoint 1"
LARGEST = 2**28
_RATIO = re.compile(r"-?[0-9]+(/[1-9][0-9]*)?")


def identity(run: Run, texts: Sequence[str], settings: Any) -> str:
    """What a checkpoint belongs to: the run without its number of steps, the arithmetics, and the settings of what is measured (JSON)."""
    described = to_toml(replace(run, steps=0, arithmetics=tuple(texts)))
    return hashlib.sha256(json.dumps([described, settings], sort_keys=True).encode()).hexdigest()


def save(path: Path, belongs: str, texts: Sequence[str], places: Sequence[Place | None], extra: Any) -> None:
    """Writes the places of all runs (None: ended), and anything else that JSON can hold, atomically."""
    content = {"kind": KIND, "belongs": belongs, "places": list(map(_place_texts, texts, places)), "extra": extra}
    write_atomically(path, json.dumps(content).encode())


def load(path: Path, belongs: str, run: Run, texts: Sequence[str]) -> tuple[list[Place | None], Any]:
    """The places and the rest. Raises DescriptionError for a file that is none, or that belongs to another run."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise DescriptionError(f"{path}: a checkpoint of more than {LARGEST >> 20} MiB is not read")
    try:
        content = json.loads(data)
        if content["kind"] != KIND:
            raise ValueError
        if content["belongs"] != belongs:
            raise DescriptionError(f"{path}: a checkpoint of another run, or of other options", hint="give another --checkpoint, or remove the file")
        places = [_place(run, text, found) for text, found in zip(texts, content["places"], strict=True)]
        return places, content["extra"]
    except (ValueError, KeyError, TypeError, RecursionError, FpproofError) as error:
        if isinstance(error, DescriptionError):
            raise
        raise DescriptionError(f"{path}: no checkpoint of fpproof train", hint="give another --checkpoint, or remove the file") from None


def _place_texts(text: str, place: Place | None) -> Any:
    if place is None:
        return None
    numbers = parse_arithmetic(text).steps
    arrays = [place.parameters] if place.momenta is None else [place.parameters, place.momenta]
    return {"step": place.step, "arrays": [[_texts(numbers, array) for array in part] for part in arrays]}


def _texts(numbers: Numbers, array: Array) -> list[str]:
    match numbers:
        case Rationals():
            return list(map(str, array.flat))
        case Data():
            return list(map(hexadecimal, array.flat))
        case Lanes() | Machine():
            return [hexadecimal(from_float64(numbers.format, float(v))) for v in array.flat]
    raise TypeError("there are four kinds of numbers")


def _place(run: Run, text: str, found: Any) -> Place | None:
    """A place read back; ValueError and the like for anything else."""
    if found is None:
        return None
    numbers, step = parse_arithmetic(text).steps, found["step"]
    if type(step) is not int or step < 0 or len(found["arrays"]) != 1 + bool(run.momentum):
        raise ValueError
    return Place(step, *(_parameters(run, numbers, part) for part in found["arrays"]))


def _parameters(run: Run, numbers: Numbers, arrays: Any) -> Parameters:
    left = iter(arrays)
    weights, biases = [], []
    for layer in run.layers:
        weights.append(_array(numbers, next(left, None), (layer.neurons, layer.inputs)))
        biases.append(None if layer.bias[0] is None else _array(numbers, next(left, None), (layer.neurons,)))
    if next(left, None) is not None:
        raise ValueError
    return Parameters(tuple(weights), tuple(biases))


def _array(numbers: Numbers, texts: Any, shape: tuple[int, ...]) -> Array:
    if type(texts) is not list or not all(type(text) is str for text in texts):
        raise ValueError
    array = np.empty(len(texts), object)
    if isinstance(numbers, Rationals):
        if not all(map(_RATIO.fullmatch, texts)):
            raise ValueError
        array[:] = list(map(mpq, texts))
        return array.reshape(shape)
    assert isinstance(numbers, (Data, Lanes, Machine)), "there are four kinds of numbers"
    data = [NAN if text == "nan" else read_float(numbers.format, text) for text in texts]  # an error value, where the format has no NaN
    if isinstance(numbers, Data):
        array[:] = data
        return array.reshape(shape)
    floats = np.array(list(map(to_float64, data)), np.float64).reshape(shape)
    return floats.astype(numbers.dtype) if isinstance(numbers, Machine) else floats
