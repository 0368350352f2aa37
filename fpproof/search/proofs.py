"""Refutations that need no solver's word: the query as clauses, a proof by CaDiCaL, checked by `fpproof.search.rup`.

What is still trusted: that the clauses say what the query says (`blasting`, tested on all inputs of small widths), and that the query says what the
spec says (`encoding`, compared with complete enumeration).
"""

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from shutil import which

from fpproof.encodings.terms import Term
from fpproof.paths import write_atomically
from fpproof.search.blasting import blast, dimacs
from fpproof.search.encoding import Pattern
from fpproof.search.limits import Limits
from fpproof.search.queries import query_of
from fpproof.search.rup import ProofError, check_refutation
from fpproof.search.spec import Point, Spec

PROGRAM = "cadical"
SECONDS = 120
"""For one proof; what takes longer stays unchecked."""


@dataclass(frozen=True)
class CheckedProofs:
    """How many refutations were proved and checked; `complete` if all were."""

    complete: bool
    evidence: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refuted:
    """No network has this pattern and does what is wanted at these points."""

    points: tuple[Point, ...]
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Refutation:
    """That assertions cannot all hold, as clauses and a proof, in the formats of DIMACS and DRAT; the proof was checked."""

    clauses: int
    steps: int
    cnf: str
    proof: str


class NoProof(Exception):
    """No refutation was had, or none that was accepted; the text says why."""


def refutation(assertions: Sequence[Term], limits: Limits) -> Refutation:
    """A proof that assertions cannot all hold, by CaDiCaL, checked here; raises NoProof."""
    program = which(PROGRAM)
    if program is None:
        raise NoProof(f"{PROGRAM} is not installed (apt install {PROGRAM}), so no refutation was checked")
    formula = blast(assertions)
    if len(formula.clauses) > limits.proof_clauses:
        raise NoProof(f"{len(formula.clauses)} clauses, proofs of at most {limits.proof_clauses} are checked")
    cnf = dimacs(formula)
    text = _proof(program, cnf)
    try:
        checked = check_refutation(formula.variables, formula.clauses, text, limits.proof_lines)
    except ProofError as error:
        raise NoProof(str(error)) from None
    if not checked.accepted:
        raise NoProof(f"a proof was rejected at step {checked.failed_at}")
    return Refutation(len(formula.clauses), checked.added, cnf, text)


@dataclass(frozen=True, slots=True)
class Proofs:
    """Proves and checks; `directory` keeps clauses and proofs (None: nothing is kept)."""

    directory: Path | None = None

    def check_all(
        self,
        spec: Spec,
        refuted: Sequence[Refuted],
        limits: Limits,
        progress: Callable[[int, int], object] | None = None,
    ) -> CheckedProofs:
        """Proofs of all refutations; stops at the first that cannot be had, with the reason in the evidence."""
        steps = clauses = 0
        digest = sha256()
        for number, one in enumerate(refuted, 1):
            try:
                found = refutation(query_of(spec, one.points, one.pattern).assertions, limits)
            except NoProof as error:
                return CheckedProofs(False, {"proofs checked": number - 1, "proofs": str(error)})
            clauses += found.clauses
            steps += found.steps
            digest.update(found.cnf.encode())
            digest.update(found.proof.encode())
            self._keep(number, found.cnf, found.proof)
            if progress is not None:
                progress(number, len(refuted))
        counts: dict[str, str | int] = {"proofs checked": len(refuted), "clauses": clauses, "proof steps": steps}
        return CheckedProofs(True, counts | {"sha256 of clauses and proofs": digest.hexdigest()})

    def _keep(self, number: int, cnf: str, proof: str) -> None:
        if self.directory is not None:
            self.directory.mkdir(parents=True, exist_ok=True)
            write_atomically(self.directory / f"{number:05}.cnf", cnf.encode())
            write_atomically(self.directory / f"{number:05}.drat", proof.encode())


def _proof(program: str, cnf: str) -> str:
    """A refutation in DRAT. Steps that are no reverse unit propagation would be refused: nothing that needs them is switched on."""
    with tempfile.TemporaryDirectory() as directory:
        source, target = Path(directory, "query.cnf"), Path(directory, "query.drat")
        source.write_text(cnf)
        command = [program, "-q", "--no-binary", "-t", str(SECONDS), str(source), str(target)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS + 30, check=False)
        except subprocess.TimeoutExpired:
            raise NoProof(f"{PROGRAM} took more than {SECONDS} s") from None
        if done.returncode == 10:
            raise AssertionError(f"{PROGRAM} has a model where a solver has none: a bug in fpproof")
        if done.returncode != 20:
            raise NoProof(f"{PROGRAM} did not finish within {SECONDS} s")
        return target.read_text()
