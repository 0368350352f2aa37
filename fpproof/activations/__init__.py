"""Activations: correctly rounded real functions with their derivatives, in every format and rounding mode."""

from fpproof.activations.enclosure import InFormat, derivative, value
from fpproof.activations.function import Activation, ActivationError, Bracket, Pieces, RealFunction, constant, line
from fpproof.activations.registry import activation, names, register

__all__ = [
    "Activation",
    "ActivationError",
    "Bracket",
    "InFormat",
    "Pieces",
    "RealFunction",
    "activation",
    "constant",
    "derivative",
    "line",
    "names",
    "register",
    "value",
]
