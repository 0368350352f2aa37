"""What `check --mutate` prints: for each verdict "proved", the mutants that are proved too."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fpproof.cli.progress import bar

if TYPE_CHECKING:
    from fpproof.judges.verdict import Outcome
    from fpproof.runs.task import Result, Task

    Mutants = tuple[tuple[str, Outcome], ...]


def mutants_of(results: "Sequence[Result]", jobs: int, quiet: bool) -> "list[Mutants]":
    """The mutants of each result with their verdicts, none where it is not proved; printed in the order of the results, unless quiet."""
    from fpproof.judges.verdict import Outcome
    from fpproof.report import Layout
    from fpproof.runs.mutate import mutants
    from fpproof.runs.workers import work

    tasks = [result.task for result in results if result.outcome is Outcome.PROVED]
    layout, found = Layout.of(tasks), dict["Task", "Mutants"]()
    waiting = list(tasks)
    with bar("mutate", "verdicts") as advance:
        for task, answer in work(mutants, tasks, jobs):
            found[task] = answer
            advance(len(found), len(tasks))
            while waiting and waiting[0] in found:
                first = waiting.pop(0)
                if not quiet:
                    _print(layout.name(first), found[first])
    if not quiet:
        outcomes = [outcome for answer in found.values() for _, outcome in answer]
        verdicts = f"{len(tasks)} {'verdict' if len(tasks) == 1 else 'verdicts'}"
        print(f"{len(outcomes)} mutants of {verdicts}: {outcomes.count(Outcome.PROVED)} proved too")
    return [found.get(result.task, ()) for result in results]


def _print(name: str, mutants: "Mutants") -> None:
    from fpproof.judges.verdict import Outcome

    too = [text for text, outcome in mutants if outcome is Outcome.PROVED]
    print("\n".join([f"{name}   {len(mutants)} mutants, {len(too)} proved too", *(f"    {text}" for text in too)]), flush=True)
