"""Enumeration: claims decided over all inputs by compiled kernels that know when they are exact."""

from fpproof.judges.enumeration.judge import EnumerationJudge, Forecast

__all__ = ["EnumerationJudge", "Forecast"]
