"""Networks over a format: data, variants of meaning, the exact evaluator, and (in `kernel`) the array kernel."""

from fpproof.networks.exact import Counters, Evaluation, NonFinite, evaluate, forward, gradient, value
from fpproof.networks.network import RELU, Layer, Network, TableActivation, dense
from fpproof.networks.semantics import LEFT_TO_RIGHT, Order, Semantics, parse_semantics

__all__ = [
    "LEFT_TO_RIGHT",
    "RELU",
    "Counters",
    "Evaluation",
    "Layer",
    "Network",
    "NonFinite",
    "Order",
    "Semantics",
    "TableActivation",
    "dense",
    "evaluate",
    "forward",
    "gradient",
    "parse_semantics",
    "value",
]
