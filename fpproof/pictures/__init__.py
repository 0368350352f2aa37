"""Pictures of certificates: value and gradient over the float line, and the network layer by layer."""

from fpproof.pictures.diagram import Diagram, diagram, draw_diagram, formula
from fpproof.pictures.line import Curve, curve, draw_curve

__all__ = ["Curve", "Diagram", "curve", "diagram", "draw_curve", "draw_diagram", "formula"]
