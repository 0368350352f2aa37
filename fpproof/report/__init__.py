"""Verdicts shown: aligned lines, JSON, a table."""

from fpproof.report.facts import facts
from fpproof.report.lines import Layout, detail, replay_command, summary
from fpproof.report.matrix import matrix

__all__ = ["Layout", "detail", "facts", "matrix", "replay_command", "summary"]
