"""Networks as programs really run them: numpy, ml_dtypes, torch, ONNX Runtime; where their numbers part from a certificate's, and why."""

from fpproof.machine.crosscheck import Agreement, crosscheck
from fpproof.machine.machine import LayerNumbers, Machine, MachineError, Run
from fpproof.machine.registry import installed, machine, names

__all__ = ["Agreement", "LayerNumbers", "Machine", "MachineError", "Run", "crosscheck", "installed", "machine", "names"]
