"""Many certificates in one run of coqc: each computes to true or false."""

from collections.abc import Sequence

from fpproof.certificates import Certificate
from fpproof.rocq import Encoding, run
from fpproof.rocq.certificates import computation
from fpproof.rocq.library import standing_alone


def verdicts(certificates: Sequence[Certificate], encoding: Encoding) -> list[bool]:
    """What Rocq computes of each, without theorems."""
    modules = []
    for number, certificate in enumerate(certificates):
        definitions, check = computation(certificate, encoding)
        modules.append(f"Module C{number}.\n{definitions}Definition verdict := {check}.\nEnd C{number}.\n")
    shown = "; ".join(f"C{number}.verdict" for number in range(len(certificates)))
    head = "From Coq Require Import ZArith List.\nImport ListNotations.\nLocal Open Scope Z_scope.\nSet Printing Width 1000000.\n"
    answer = run(standing_alone(["Fast"], f"\n{head}{''.join(modules)}Eval vm_compute in [{shown}].\n"), limit=120)
    assert answer.accepted, answer.complaint
    words = answer.output.partition("[")[2].partition("]")[0].split(";")
    return [{"true": True, "false": False}[word.strip()] for word in words]
