"""A checker of refutations: clauses, and a proof in which each added clause follows by *reverse unit propagation*.

A clause C follows if setting all its literals false and propagating units ends in a conflict. A proof that adds the empty clause shows that the
clauses cannot all hold. What a deleted clause has shown stays, since each step follows from all before it. Source: Gelder, Verifying RUP proofs
of propositional unsatisfiability (2008); the two watched literals are those of Moskewicz et al., Chaff (2001).

The file imports nothing of fpproof. Proofs with steps that need more (RAT) are refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


class ProofError(ValueError):
    """A text that is no proof, or is too long."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the proof shows that the clauses cannot all hold; if not, at which of its lines it fails (0: it never gets to the empty clause)."""

    accepted: bool
    added: int
    failed_at: int


def check_refutation(variables: int, clauses: Sequence[Sequence[int]], proof: str, most_lines: int = 1_000_000) -> Checked:
    """Checks a DRAT proof in text form: lines of literals and 0, deletions with a leading d.

    Raises ProofError for what is no such text, or has literals of other variables, or more lines than that.
    """
    literals: list[int] = []
    starts: list[int] = []
    known: dict[tuple[int, ...], list[int]] = {}

    def keep(clause: Sequence[int]) -> int:
        distinct = list(dict.fromkeys(clause))
        known.setdefault(tuple(sorted(distinct)), []).append(len(starts))
        starts.append(len(literals))
        literals.extend(distinct)
        return len(starts) - 1

    for clause in clauses:
        keep(_bounded(clause, variables, 0))
    steps: list[tuple[int, int]] = []
    lines = proof.split("\n")
    if len(lines) > most_lines:
        raise ProofError(f"a proof of {len(lines)} lines, at most {most_lines} are checked")
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0] == "c":
            continue
        deletes = words[0] == "d"
        clause = _bounded(_numbers(words[deletes:], number), variables, number)
        if not deletes:
            steps.append((keep(clause), 0))
        elif same := known.get(tuple(sorted(dict.fromkeys(clause)))):
            steps.append((same.pop(), 1))
    starts.append(len(literals))
    given = len(clauses)
    outcome = _run(
        variables, np.array(literals or [0], np.int64), np.array(starts, np.int64), given, np.array(steps or [(0, 2)], np.int64).reshape(-1, 2)
    )
    added = sum(1 for _, kind in steps if kind == 0)
    return Checked(int(outcome) == -1, added, 0 if outcome in (-1, -2) else int(outcome) + 1)


def _numbers(words: Sequence[str], line: int) -> list[int]:
    if not words or words[-1] != "0":
        raise ProofError(f"line {line} of the proof: expected literals and a final 0")
    for word in words:
        digits = word.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
            raise ProofError(f"line {line} of the proof: {word[:20]!r} is no literal")
    return [int(word) for word in words[:-1]]


def _bounded(clause: Sequence[int], variables: int, line: int) -> Sequence[int]:
    for literal in clause:
        if not 1 <= abs(literal) <= variables:
            raise ProofError(f"{'a clause' if line == 0 else f'line {line} of the proof'}: literal {literal} of {variables} variables")
    return clause


# Literals become 2v and 2v + 1, so that ^ 1 negates. A clause's first two literals are watched: node 2c hangs in the list of its first
# literal, node 2c + 1 in that of its second. A clause of which one literal is left is a unit; one of which none is left, a conflict.


def _run(variables: int, literals: NDArray[np.int64], starts: NDArray[np.int64], given: int, steps: NDArray[np.int64]) -> int:
    coded = np.where(literals > 0, 2 * literals, -2 * literals + 1)
    return int(_check(variables, coded, starts, given, steps))


@njit(cache=True)
def _check(variables: int, literals: Any, starts: Any, given: int, steps: Any) -> int:
    """-1 if refuted, -2 if the proof ends before, else the step that does not follow."""
    clauses = starts.shape[0] - 1
    value = np.zeros(2 * variables + 2, np.int8)  # 1 true, -1 false
    head = np.full(2 * variables + 2, -1, np.int64)
    following = np.full(2 * clauses, -1, np.int64)
    dead = np.zeros(clauses, np.bool_)
    trail = np.zeros(variables + 1, np.int64)
    length = 0
    for c in range(given):
        length = _attach(c, literals, starts, value, head, following, trail, length)
        if length < 0:
            return -1
    length, conflict = _propagate(0, literals, starts, value, head, following, dead, trail, length)
    if conflict:
        return -1
    for step in range(steps.shape[0]):
        c, kind = steps[step, 0], steps[step, 1]
        if kind == 2:
            break
        if kind == 1:
            dead[c] = True
            continue
        before = length
        holds = False
        for k in range(starts[c], starts[c + 1]):
            literal = literals[k]
            if value[literal] == 1:
                holds = True
            elif value[literal] == 0:
                value[literal], value[literal ^ 1] = -1, 1
                trail[length] = literal ^ 1
                length += 1
        after, conflict = length, holds
        if not holds:
            after, conflict = _propagate(before, literals, starts, value, head, following, dead, trail, length)
        for k in range(before, after):
            value[trail[k]] = value[trail[k] ^ 1] = 0
        length = before
        if not conflict:
            return step
        length = _attach(c, literals, starts, value, head, following, trail, length)
        if length < 0:
            return -1
        length, conflict = _propagate(before, literals, starts, value, head, following, dead, trail, length)
        if conflict:
            return -1
    return -2


@njit(cache=True)
def _attach(c: int, literals: Any, starts: Any, value: Any, head: Any, following: Any, trail: Any, length: int) -> int:
    """Watches two literals that are not false; the length of the trail with the clause's unit, if it is one; -1 if all its literals are false."""
    start, stop = starts[c], starts[c + 1]
    found = 0
    for k in range(start, stop):
        if value[literals[k]] != -1 and found < 2:
            literals[start + found], literals[k] = literals[k], literals[start + found]
            found += 1
    if found == 0:
        return -1
    if stop - start >= 2:
        for side in range(2):
            literal = literals[start + side]
            following[2 * c + side] = head[literal]
            head[literal] = 2 * c + side
    if found == 1:
        literal = literals[start]
        if value[literal] == 0:
            value[literal], value[literal ^ 1] = 1, -1
            trail[length] = literal
            length += 1
    return length


@njit(cache=True)
def _propagate(
    position: int, literals: Any, starts: Any, value: Any, head: Any, following: Any, dead: Any, trail: Any, length: int
) -> tuple[int, bool]:
    """Sets units until there are none; the new length of the trail, and whether a clause has become empty."""
    while position < length:
        false = trail[position] ^ 1
        position += 1
        node = head[false]
        head[false] = -1
        while node >= 0:
            after = following[node]
            c, side = node >> 1, node & 1
            if dead[c]:
                node = after
                continue
            start, stop = starts[c], starts[c + 1]
            other = literals[start + 1 - side]
            moved = False
            if value[other] != 1:
                for k in range(start + 2, stop):
                    if value[literals[k]] != -1:
                        literals[start + side], literals[k] = literals[k], literals[start + side]
                        literal = literals[start + side]
                        following[node] = head[literal]
                        head[literal] = node
                        moved = True
                        break
            if not moved:
                following[node] = head[false]
                head[false] = node
                if value[other] == -1:
                    while after >= 0:  # the rest stays where it was
                        rest = following[after]
                        following[after] = head[false]
                        head[false] = after
                        after = rest
                    return length, True
                if value[other] == 0:
                    value[other], value[other ^ 1] = 1, -1
                    trail[length] = other
                    length += 1
            node = after
    return length, False
