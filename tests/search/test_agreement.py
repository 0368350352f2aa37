"""Complete enumeration, arguments and solvers are three ways to one answer, and share no code: they agree on specs nobody wrote."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

import pytest

from fpproof.formats import parse_format
from fpproof.search import Limits, Outcome, Proofs, Spec, parse_spec
from fpproof.search.arguments import impossible
from fpproof.search.enumeration import assignments, enumerate_all, run_of
from fpproof.search.finding import first_violated, fits, network_of
from fpproof.search.solving import Search
from fpproof.search.spec import Objective
from tests.search.specs import random_spec

FORMATS = ("F(1,3)", "F(2,3)", "E2M1", "E3M2", "F(1,2)", "(p=2,emin=-1,emax=1,Omega=3,specials=nan,overflow=nan)")


def specs(format: str, count: int) -> Iterator[Spec]:
    random = Random(format)
    F = parse_format(format)
    while count:
        spec = parse_spec(random_spec(F, random), format=F)
        if (assignments(spec) or 1 << 60) <= 300_000:
            count -= 1
            yield spec


@pytest.mark.parametrize("format", FORMATS)
def test_enumeration_arguments_and_solvers_agree(format: str) -> None:
    outcomes = set()
    for spec in specs(format, 6):
        weights = enumerate_all(spec)
        if weights is not None:
            assert first_violated(spec, network_of(spec, weights), spec.points) is None
            assert fits(spec, weights)
        if impossible(spec):
            assert weights is None
        found = Search(spec, Limits())._by_solvers()
        outcomes.add(found.outcome)
        assert (found.outcome is Outcome.FOUND) == (weights is not None), spec
        assert found.outcome is not Outcome.OPEN
    assert outcomes == {Outcome.FOUND, Outcome.IMPOSSIBLE}


def refuted_by_solvers(limits: Limits) -> str:
    """How: a sigmoid is positive, so one factor cannot give values of both signs; of its table arguments know nothing."""
    text = 'layers = [{ width = 1, activation = "sigmoid" }, { width = 1, bias = false }]\n'
    text += '[[points]]\nx = ["1"]\nvalue = "1"\n[[points]]\nx = ["2"]\nvalue = "-1"\n'
    answer = Search(parse_spec(text, format=parse_format("F(1,3)")), limits, proofs=Proofs())._by_solvers()
    assert (answer.outcome, answer.by) == (Outcome.IMPOSSIBLE, "solvers")
    return answer.proof


@pytest.mark.usefixtures("cadical")
def test_refutations_are_checked() -> None:
    assert refuted_by_solvers(Limits()) == "unsat, proof checked"
    assert refuted_by_solvers(Limits(proof_clauses=10)) == "unsat, proof unchecked", "too large to check"


class Kept(dict[str, dict[int, dict[str, object]]]):
    """Chunks in memory; stops, as if interrupted, after so many."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def chunks(self, run: str) -> dict[int, dict[str, object]]:
        return dict(self.get(run, {}))

    def add_chunk(self, run: str, chunk: int, facts: Mapping[str, object]) -> None:
        self.setdefault(run, {})[chunk] = dict(facts)
        self.most -= 1
        if not self.most:
            raise KeyboardInterrupt


def test_an_enumeration_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fpproof.search.enumeration.CHUNK", 1000)
    layers = "layers = [{ width = 1 }, { width = 1, bias = false }]\n"
    points = '[[points]]\nx = ["1"]\nvalue = "{}"\ngradient = ["-1"]\n[[points]]\nx = ["2"]\nvalue = "{}"\n'
    no = parse_spec(layers + points.format(1, 2), format=parse_format("F(1,3)"))
    kept = Kept(3)
    with pytest.raises(KeyboardInterrupt):
        enumerate_all(no, kept=kept)
    (done,) = kept.values()
    assert len(done) == 3
    told: list[int] = []
    total = assignments(no) or 0
    assert enumerate_all(no, progress=lambda cases, _: told.append(cases), kept=kept) is None
    assert told[0] > 3000, "the chunks that were done count"
    assert told[-1] == total == sum(int(str(facts["cases"])) for facts in done.values())
    told.clear()
    assert enumerate_all(no, progress=lambda cases, _: told.append(cases), kept=kept) is None
    assert not told, "nothing is left to do"
    yes = parse_spec(layers + points.format(2, 1), format=parse_format("F(1,3)"))
    assert run_of(yes) != run_of(no)
    none = [run_of(replace(no, objective=objective, at_most=0)) for objective in Objective]
    assert len(set(none)) == len(Objective), "no distinct values: never; no nonzero ones: perhaps"
    found = enumerate_all(yes)
    assert found is not None
    assert found == enumerate_all(yes, kept=Kept(1000))
