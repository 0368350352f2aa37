"""Floats of any format as bit-vectors: what the SMT judge asks of solvers (docs/encodings.md).

From the bottom: `terms` (bit-vectors), their readers `interpret`, `smtlib` and `z3_terms`; `shifts` (circuits), `numbers` (exact numbers),
`floats` (codes), `rounding`, `operations`; beside them `solving` (the portfolio) and `host` (a solver's process).
"""

from fpproof.encodings.errors import ContradictionError, EncodingError
from fpproof.encodings.floats import FloatTerm, datum, decode, float_constant, float_variable
from fpproof.encodings.numbers import Comparison, Number, compare
from fpproof.encodings.rounding import Rounded, fl, is_float
from fpproof.encodings.solving import Answer, Budget, Report, solve
from fpproof.encodings.terms import FALSE, TRUE, Term

__all__ = [
    "FALSE",
    "TRUE",
    "Answer",
    "Budget",
    "Comparison",
    "ContradictionError",
    "EncodingError",
    "FloatTerm",
    "Number",
    "Report",
    "Rounded",
    "Term",
    "compare",
    "datum",
    "decode",
    "fl",
    "float_constant",
    "float_variable",
    "is_float",
    "solve",
]
