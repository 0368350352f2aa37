"""Does a network exist whose values and gradients are these? Found ones come with a certificate, refusals with evidence (docs/search.md).

`spec` is the question, `reading` reads it; `arguments`, `enumeration` and `queries` (one a pattern of `patterns`, in the terms of `encoding`) answer;
`finding` evaluates what is found, `proofs` checks refutations (`blasting` makes clauses, `rup` checks). `solving` says who is asked when.
"""

from fpproof.search.answer import Answer, Outcome
from fpproof.search.limits import Limits
from fpproof.search.proofs import Proofs
from fpproof.search.reading import SpecError, parse_spec, read_spec
from fpproof.search.solving import search
from fpproof.search.spec import Spec

__all__ = ["Answer", "Limits", "Outcome", "Proofs", "Spec", "SpecError", "parse_spec", "read_spec", "search"]
