"""Results as lines of text: one a lemma and format, with what a failing one needs below it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fpproof.judges.inputs import assignment_of, at_text
from fpproof.judges.referee import Referee
from fpproof.judges.verdict import Outcome, value_text
from fpproof.runs.task import Result, Standing, Task, claims_of
from fpproof.theory import Claim, Term, show
from fpproof.theory.numbers import Number

_WIDEST_JUDGE = len("enumeration")
_WIDEST_CASES = len("1234567 cases")
_WIDEST_SECONDS = len("123.4 s")
_WIDEST_OUTCOME = max(map(len, Outcome))


@dataclass(frozen=True, slots=True)
class Layout:
    """Widths of the columns, known before the first result is."""

    lemma: int
    format: int

    @staticmethod
    def of(tasks: Sequence[Task]) -> "Layout":
        return Layout(max((len(t.lemma) for t in tasks), default=0), max((len(t.format) for t in tasks), default=0))

    def name(self, task: Task) -> str:
        """Lemma and format."""
        return f"{task.lemma.ljust(self.lemma)}   {task.format.ljust(self.format)}"

    def line(self, result: Result) -> str:
        """Lemma, format, judge, verdict, cases, time, and what is unusual about it."""
        record = result.record
        cases = "" if record is None or not record.cases else f"{record.cases} cases"
        seconds = "" if record is None else f"{record.seconds:.1f} s"
        columns = [
            self.name(result.task),
            (result.judge or "-").ljust(_WIDEST_JUDGE),
            result.outcome.value.ljust(_WIDEST_OUTCOME),
            cases.rjust(_WIDEST_CASES),
            seconds.rjust(_WIDEST_SECONDS),
            note(result),
        ]
        return "   ".join(columns).rstrip()


def visible(line: str) -> str:
    """The line with a ? for each character that does not show: a stranger's text moves no cursor, and ends no line."""
    return "".join(c if c.isprintable() or c == "\t" else "?" for c in line)


def note(result: Result) -> str:
    """What the verdict alone does not say: an expectation met or not, somebody else's word."""
    notes = []
    expect = result.lemma.expect
    if result.error is None and result.outcome is not Outcome.INAPPLICABLE and expect != Outcome.PROVED:
        at = f": {at_text(result.record.at)}" if result.record is not None and result.record.at else ""
        notes.append(f"as expected{at}" if result.outcome.value == expect else f"expected {expect}")
    if result.undecided:
        notes.append(f"{', '.join(result.undecided)}: open")
    if result.imported:
        notes.append("imported")
    elif result.borrowed:
        more = f" and {len(result.borrowed) - 3} more" if len(result.borrowed) > 3 else ""
        notes.append(f"rests on {', '.join(result.borrowed[:3])}{more}: imported")
    return ", ".join(notes)


def detail(result: Result) -> list[str]:
    """Below the line: why, the counterexample and how to replay it, what is missing."""
    lines = []
    if result.outcome is Outcome.REFUTED and result.record is not None:
        lines.append(f"  {result.record.scope}: {shown_values(result) or result.record.reason or 'it has no variables'}")
        lines.append(f"  does not hold: {_failing_conclusion(result)}")
        lines.append(f"  replay: {replay_command(result)}")
    elif result.outcome is Outcome.VACUOUS and result.standing is not Standing.HOLDS:
        lines.append("  no input meets the assumptions")
    elif result.outcome is Outcome.CONDITIONAL:
        lines.append(f"  rests on {', '.join(result.rests_on)}")
    elif result.outcome in (Outcome.OPEN, Outcome.SUPPORTED) and result.reason:
        lines.append(f"  {result.reason}")
    return lines


def _failing_conclusion(result: Result) -> str:
    """The conclusion that fails, as the referee finds it: a record from elsewhere may name one that there is not.

    In the lemma's words, if the claim's conclusions are the lemma's one by one: in a mode of several, some may be known to hold.
    """
    claim, values = _counterexample(result)
    referee = Referee(claim)
    referee.at(values)
    of_lemma = len(claim.conclusions) == len(result.lemma.shows)
    return show(result.lemma.shows[referee.failed] if of_lemma else claim.conclusions[referee.failed])


def _counterexample(result: Result) -> tuple[Claim, Mapping[Term, Number | bool]]:
    """Of a refuted result: the claim that fails, and at which values of its variables."""
    assert result.record is not None
    assert result.record.at is not None
    return assignment_of(claims_of(result.task.path, result.lemma, result.task.format), result.record.at)


def shown_values(result: Result) -> str:
    """Each variable in decimal and hex, modes by their names."""
    assert result.record is not None
    at: Mapping[str, str] = result.record.at or {}
    values = {v.variable.name: value_text(v, x) for v, x in _counterexample(result)[1].items()}
    return ", ".join(f"{name} = {values.get(name, text)}" for name, text in at.items())


def replay_command(result: Result) -> str:
    """The command that evaluates the lemma at the counterexample."""
    assert result.record is not None
    named = f"{result.task.path}:{result.task.lemma}"
    return shlex.join(["fpproof", "replay", "--lemma", named, "--format", result.task.format, "--at", at_text(result.record.at or {})])


def summary(results: Sequence[Result]) -> str:
    """How many there are of each verdict, and what is wrong among them."""
    lemmas = len({(r.task.path, r.task.lemma) for r in results})
    counts = {outcome: sum(r.outcome is outcome for r in results) for outcome in Outcome}
    parts = [f"{count} {outcome}" for outcome, count in counts.items() if count]
    text = f"{lemmas} {'lemma' if lemmas == 1 else 'lemmas'}, {len(results)} {'verdict' if len(results) == 1 else 'verdicts'}: {', '.join(parts)}"
    controls = sum(r.lemma.expect == r.outcome == Outcome.REFUTED for r in results)
    if controls:
        text += f" ({controls} as expected)"
    imported = sum(r.imported for r in results)
    if imported:
        text += f"; {imported} imported, not decided here"
    borrowed = sum(bool(r.borrowed) and not r.imported for r in results)
    if borrowed:
        text += f"; {borrowed} resting on what is imported"
    wrong = sum(r.standing is Standing.FAILS for r in results)
    return text + (f"; {wrong} not as stated" if wrong else "")
