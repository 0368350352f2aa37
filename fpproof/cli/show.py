"""`fpproof show`: one lemma, and all that is known of it."""

import argparse
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fpproof.cli import HOLDS
from fpproof.cli.options import add_json
from fpproof.cli.theories import add_formats, formats_of, print_json

if TYPE_CHECKING:
    from fpproof.ledger import Ledger
    from fpproof.report import Layout
    from fpproof.runs.show import Known
    from fpproof.runs.task import Result

NAME = "show"
HELP = "show a lemma: its statement, source, verdicts, evidence, and how to replay them"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lemma", metavar="LEMMA", help="NAME of a lemma in theories/, or FILE:NAME")
    add_formats(parser, "all that there are verdicts of")
    parser.add_argument("--own", action="store_true", help="let imported verdicts not count")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print what is known; 0, whatever the verdicts are. Nothing is decided: that is for check."""
    from fpproof.ledger import Ledger
    from fpproof.report import facts
    from fpproof.report.lines import visible
    from fpproof.runs.files import find_lemma
    from fpproof.runs.show import known_of, known_paths

    formats = formats_of(options)
    with Ledger() as ledger:
        path, lemma = find_lemma(options.lemma, known_paths(ledger, options.lemma))
        known = known_of(ledger, path, lemma, formats, options.own)
        if options.json:
            statement = {"statement": known.text, "text": lemma.text, "source": _source(known), "uses": [str(use) for use in lemma.uses]}
            chains = ([_link(premise) for premise in chain] for chain in known.chain)
            rocq = (_recomputed(ledger, result) for result in known.results)
            everything = zip(known.results, chains, rocq, strict=True)
            print_json([facts(result) | statement | {"chain": chain, "rocq": word or None} for result, chain, word in everything])
        else:
            print("\n".join(map(visible, [*_page(ledger, known, formats), *_tie(ledger, known)])))
    return HOLDS


def _link(result: "Result") -> dict[str, Any]:
    """A lemma that another rests on, briefly."""
    evidence = {} if result.record is None else dict(result.record.evidence)
    verdict = {"verdict": result.outcome.value, "judge": result.judge or None, "evidence": evidence}
    return {"lemma": result.task.lemma, "file": result.task.path, "format": result.task.format, **verdict}


def _source(known: "Known") -> str:
    """The lemma's own source after that of its file."""
    from fpproof.runs.files import theory_of

    return "; ".join(dict.fromkeys(text for text in (theory_of(known.path).source, known.lemma.source) if text))


def _page(ledger: "Ledger", known: "Known", formats: tuple[str, ...]) -> list[str]:
    from fpproof.report import Layout, detail

    lemma, path = known.lemma, known.path
    lines = [f"{lemma.name}   {path}:{lemma.place.line}"]
    lines += [f"source: {_source(known)}"] if _source(known) else []
    lines += ["", *(f"    {line}".rstrip() for line in known.text.split("\n")), ""]
    layout = Layout.of([result.task for result in (*known.results, *(r for chain in known.chain for r in chain))])
    for result, chain in zip(known.results, known.chain, strict=True):
        evidence = (f"  {text}" for text in (*_evidence(result), *_rocq(ledger, result)))
        lines += [layout.line(result), *detail(result), *evidence, *_chain(result, chain, layout)]
    check = shlex.join(["fpproof", "check", str(path), *(["--format", ",".join(formats)] if formats else [])])
    if not known.results:
        lines.append(f"not decided yet: {check}")
    elif lemma.uses:
        lines.append(f"rests on {', '.join(map(str, lemma.uses))}")
    if known.obsolete:
        lines.append(f"{len(known.obsolete)} obsolete verdicts, on what the lemma said before it was edited")
    if known.results:
        lines.append(f"to decide it again: {shlex.join(['fpproof', 'replay', str(path)])}")
    return lines


def _chain(result: "Result", chain: "Sequence[Result]", layout: "Layout") -> list[str]:
    """What a conclusion rests on, and in one line how it comes about."""
    if result.record is None or "rule" not in result.record.evidence:
        return []
    lines = [f"  {layout.line(premise)}{_rule(premise)}" for premise in chain]
    judges = dict.fromkeys(r.judge for r in chain if r.judge != result.judge)
    by = f"{len(chain)} lemmas by {', '.join(judges)}" if judges else f"{len(chain)} lemmas"
    theorem = result.record.evidence.get("theorem")
    says = f"; says {theorem}" if theorem and result.outcome.value == "proved" else ""
    rule = result.record.evidence["rule"]
    return [*lines, f"  {result.task.lemma} in {result.task.format}: {result.outcome.value}, {by}, assembled by the {rule}{says}"]


def _rule(result: "Result") -> str:
    rule = None if result.record is None else result.record.evidence.get("rule")
    return f"   {rule}" if rule else ""


def _tie(ledger: "Ledger", known: "Known") -> list[str]:
    """What Rocq said of the theorem that the lemma names."""
    from fpproof.judges.verdict import Outcome
    from fpproof.rocq.ties import remembered

    if not known.lemma.rocq:
        return []
    record = remembered(ledger, known.lemma)
    if record is None:
        return [f"Rocq: {known.lemma.rocq}, not checked yet: {shlex.join(['fpproof', 'check', str(known.path), '--with', 'rocq'])}"]
    if record.outcome is Outcome.PROVED:
        return [f"Rocq: {known.lemma.rocq} proves it for {record.scope}: {record.evidence['assumptions']}"]
    return [f"Rocq: {known.lemma.rocq} does not prove it: {record.reason}"]


def _recomputed(ledger: "Ledger", result: "Result") -> dict[str, Any]:
    """What the ledger remembers of coqc's computing the verdict again; nothing if it was not asked."""
    from fpproof.cli.rocq_theories import recomputed_before

    record = recomputed_before(ledger, result)
    return {} if record is None else dict(record.evidence)


def _rocq(ledger: "Ledger", result: "Result") -> list[str]:
    found = _recomputed(ledger, result)
    return [f"Rocq: computed again by coqc {found['coqc']}: {found['theorem']}, {found['assumptions']}"] if found else []


def _evidence(result: "Result") -> list[str]:
    record = result.record
    if record is None:
        return []
    found: dict[str, Any] = {"cases": record.cases} if record.cases else {}
    if record.met is not None:
        found["that meet the assumptions"] = record.met
    text = ", ".join(f"{name} {value}" for name, value in (found | dict(record.evidence)).items())
    return [f"{record.judge} {record.version}: {text or 'no evidence but the verdict'}; key {record.key[:16]}"]
