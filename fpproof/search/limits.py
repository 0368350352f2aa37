"""What a search may spend, in units that are the same on every machine as far as solvers have such."""

from dataclasses import dataclass, replace

from fpproof.encodings import Budget


@dataclass(frozen=True, slots=True)
class Stage:
    """A budget that every pattern gets that is still undecided.

    `portfolio` asks all solvers at once, else the fastest that is installed.
    """

    budget: Budget
    portfolio: bool = False


@dataclass(frozen=True, slots=True)
class Effort:
    """What a local search may do: `rounds` climbs, of `starts` starts with so many steps each."""

    rounds: int
    starts: int
    steps: int


@dataclass(frozen=True, slots=True)
class Limits:
    """`few_assignments` are enumerated before anything else, `assignments` after a `quick` local search at all points.

    That is made where there are at most `local_points`; of more, at some, up to `growths` times with more of them. Others are made between the
    `stages` of solvers: `middling`, `longer` and `thorough` ones, of which short ones come first where few patterns are left.

    At most `patterns` are asked about one by one. `rounds` bounds the points that are added one by one, `proof_clauses` the size of queries
    whose refutation is proved in clauses and checked, `proof_lines` that of the proofs.
    """

    stages: tuple[Stage, ...] = (
        Stage(Budget(z3=2_000_000, cvc5=20_000, seconds=2)),
        Stage(Budget(z3=20_000_000, cvc5=200_000, seconds=15)),
        Stage(Budget(z3=200_000_000, cvc5=2_000_000, seconds=90), portfolio=True),
    )
    quick: Effort = Effort(rounds=2, starts=16, steps=2000)
    middling: Effort = Effort(rounds=16, starts=16, steps=2000)
    longer: Effort = Effort(rounds=24, starts=16, steps=4000)
    thorough: Effort = Effort(rounds=40, starts=16, steps=10000)
    local_points: int = 256
    growths: int = 6
    few_assignments: int = 300_000
    assignments: int = 30_000_000
    patterns: int = 20_000
    rounds: int = 64
    proof_clauses: int = 400_000
    proof_lines: int = 1_000_000

    def scaled(self, budget: int) -> "Limits":
        """Limits whose last stage lets z3 spend `budget` of its resource units, the others likewise; with less, the rest is less too."""
        last = self.stages[-1]
        assert last.budget.z3 is not None
        assert last.budget.cvc5 is not None
        assert last.budget.seconds is not None
        factor = budget / last.budget.z3
        largest = Budget(z3=budget, cvc5=max(1, int(last.budget.cvc5 * factor)), seconds=max(1.0, last.budget.seconds * factor))
        before = tuple(stage for stage in self.stages[:-1] if (stage.budget.z3 or 0) < budget)
        rounds = max(8, int(self.rounds * min(1.0, factor)))
        patterns = max(20, int(self.patterns * min(1.0, factor)))
        longer, thorough = (replace(e, rounds=max(1, int(e.rounds * min(1.0, factor)))) for e in (self.longer, self.thorough))
        return replace(self, stages=(*before, replace(last, budget=largest)), longer=longer, thorough=thorough, patterns=patterns, rounds=rounds)
