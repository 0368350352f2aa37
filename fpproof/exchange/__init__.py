"""Networks from and to other programs' files: ONNX in and out, safetensors in; and certificates of what they compute.

Files come from strangers: sizes are bounded before memory is taken, nothing in them is executed, and what does not fit is refused by name.
"""

from fpproof.exchange.certify import certify
from fpproof.exchange.model import ExchangeError, Model, to_network
from fpproof.exchange.points import Evaluated, read_points
from fpproof.exchange.reading import read_model

__all__ = ["Evaluated", "ExchangeError", "Model", "certify", "read_model", "read_points", "to_network"]
