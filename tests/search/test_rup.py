"""The checker of refutations accepts proofs and nothing else."""

import subprocess
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpproof.search.rup import ProofError, check_refutation

SQUARE = [(1, 2), (1, -2), (-1, 2), (-1, -2)]


def pigeons(n: int) -> tuple[int, list[tuple[int, ...]]]:
    """n + 1 pigeons in n holes."""
    at = {(p, h): p * n + h + 1 for p in range(n + 1) for h in range(n)}
    clauses = [tuple(at[p, h] for h in range(n)) for p in range(n + 1)]
    clauses += [(-at[p, h], -at[q, h]) for h in range(n) for p, q in combinations(range(n + 1), 2)]
    return len(at), clauses


@pytest.mark.parametrize("proof", ["1 0\n0\n", "-2 0\n", "1 0\nd 1 2 0\n0", "c a comment\n1 2 0\n1 0\n"])
def test_accepts(proof: str) -> None:
    assert check_refutation(2, SQUARE, proof).accepted


@pytest.mark.parametrize(
    ("clauses", "proof", "failed_at"),
    [
        (SQUARE, "", 0),
        (SQUARE, "1 2 0\n", 0),
        (SQUARE, "0\n", 1),
        (SQUARE[:3], "1 0\n0\n", 2),
        (SQUARE[:3], "-1 0\n", 1),
        (SQUARE, "d 1 2 0\n1 0\n", 2),
        ([(1, 2, 3)], "1 0\n0\n", 1),
    ],
)
def test_rejects(clauses: list[tuple[int, ...]], proof: str, failed_at: int) -> None:
    found = check_refutation(3, clauses, proof)
    assert not found.accepted
    assert found.failed_at == failed_at


@pytest.mark.parametrize("proof", ["1", "x 0", "4 0", "1 0 2 0", "d", "1 \u0661 0", "99999999999 0", "0\n" * 20])
def test_refuses_what_is_no_proof(proof: str) -> None:
    with pytest.raises(ProofError):
        check_refutation(3, SQUARE, proof, most_lines=10)


clauses_of_four = st.lists(st.lists(st.sampled_from([1, -1, 2, -2, 3, -3, 4, -4]), min_size=1, max_size=3).map(tuple), min_size=1, max_size=14)


def satisfiable(clauses: list[tuple[int, ...]]) -> bool:
    every = product((False, True), repeat=4)
    return any(all(any((literal > 0) == bits[abs(literal) - 1] for literal in clause) for clause in clauses) for bits in every)


@given(clauses_of_four, st.lists(st.lists(st.sampled_from([1, -1, 2, -2, 3, -3, 4, -4]), max_size=2), max_size=8))
def test_never_accepts_a_proof_of_what_has_a_model(clauses: list[tuple[int, ...]], steps: list[list[int]]) -> None:
    proof = "".join(" ".join(map(str, [*step, 0])) + "\n" for step in steps) + "0\n"
    if check_refutation(4, clauses, proof).accepted:
        assert not satisfiable(clauses)


@given(clauses_of_four)
def test_all_clauses_in_order_of_length_are_a_proof(clauses: list[tuple[int, ...]]) -> None:
    """Every clause over the variables, the longest first, is one that follows if the formula has no model."""
    if not satisfiable(clauses):
        wanted = [[v * s for v, s in zip(range(1, n + 1), signs, strict=True)] for n in (4, 3, 2, 1, 0) for signs in product((1, -1), repeat=n)]
        proof = "".join(" ".join(map(str, [*clause, 0])) + "\n" for clause in wanted)
        assert check_refutation(4, clauses, proof).accepted


@pytest.mark.usefixtures("cadical")
def test_proofs_of_cadical_and_what_is_left_of_them(tmp_path: Path) -> None:
    variables, clauses = pigeons(5)
    text = f"p cnf {variables} {len(clauses)}\n" + "".join(" ".join(map(str, c)) + " 0\n" for c in clauses)
    (tmp_path / "f.cnf").write_text(text)
    done = subprocess.run(["cadical", "-q", "--no-binary", str(tmp_path / "f.cnf"), str(tmp_path / "f.drat")], capture_output=True, check=False)
    assert done.returncode == 20
    proof = (tmp_path / "f.drat").read_text()
    assert check_refutation(variables, clauses, proof).accepted
    for left_out in range(len(clauses)):  # every clause of this formula is needed
        assert not check_refutation(variables, clauses[:left_out] + clauses[left_out + 1 :], proof).accepted
