"""Judges: each decides claims in its own way, behind one interface."""

from fpproof.judges.exact import ExactJudge
from fpproof.judges.referee import Finding, Referee, replay
from fpproof.judges.sampling import SamplingJudge
from fpproof.judges.verdict import Budget, Counterexample, Disagreement, Estimate, Judge, Outcome, Progress, Verdict

__all__ = [
    "Budget",
    "Counterexample",
    "Disagreement",
    "Estimate",
    "ExactJudge",
    "Finding",
    "Judge",
    "Outcome",
    "Progress",
    "Referee",
    "SamplingJudge",
    "Verdict",
    "replay",
]
