"""From a table to a certificate: build the network, check every row, say so."""

from collections.abc import Callable

from fpproof.certificates import Certificate, ClaimedPoint, Elsewhere, Report, check, provenance
from fpproof.certificates.certificate import LARGEST_ELSEWHERE
from fpproof.certificates.check import sample
from fpproof.constructions.seven_layers import LEAST_DEPTH, build
from fpproof.constructions.table import Table
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Format
from fpproof.networks import LEFT_TO_RIGHT, Semantics


def represent(
    table: Table,
    depth: int = LEAST_DEPTH,
    semantics: Semantics = LEFT_TO_RIGHT,
    elsewhere: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> tuple[Certificate, Report]:
    """The certificate of a ReLU network whose value and gradient are the table's at every row, and the report of its check.

    `elsewhere` adds the claim that value and gradient are 0 at every other finite x. Nothing is returned that was not checked: raises
    ConstructionError naming the row where the construction does not work in the format or under the semantics.
    Source: Park, Park, Hwang, Park (2026), Theorem 3.1.
    """
    F = table.format
    claim = _zero_elsewhere(F, table.inputs) if elsewhere else None
    network = build(F, table.points, depth)
    certificate = Certificate(
        network,
        tuple(ClaimedPoint(p.x, (p.upstream,), (p.value,), p.gradient) for p in table.points),
        semantics,
        claim,
        provenance=provenance(construction=f"seven layers, depth {depth}", table_sha256=table.digest),
    )
    report = check(certificate, jobs=jobs, progress=progress)
    if report.failure is not None:
        failure = report.failure
        place = None if failure.listed is None else table.points[failure.listed - 1].place
        where = f"{failure.what}: expected {failure.expected}, found {failure.found}"
        if failure.first_non_finite is not None:
            where += f" ({failure.first_non_finite})"
        raise ConstructionError(
            f"the construction does not work in {F.name} under {semantics}: {where}", place, "docs/representation.md says where it works"
        )
    return certificate, report


def _zero_elsewhere(F: Format, inputs: int) -> Elsewhere:
    """Value and gradient 0 at every other x: for all upstreams in formats of 8 bits and less where these are few enough, else for a sample of 8."""
    floats = 2 * F.largest_ordinal + 1
    xs, sampled = floats**inputs, tuple((h,) for h in sample(F, 8, 0))
    if F.width * inputs > 16 or xs * len(sampled) > LARGEST_ELSEWHERE:
        raise ConstructionError(
            f"{F.name}: every x of {inputs} input{'s' if inputs > 1 else ''} is too much to check, and so to claim",
            hint="without that claim, 'fpproof check --everywhere' checks a sample",
        )
    return Elsewhere((ZERO,), (ZERO,) * inputs, None if F.width <= 8 and xs * floats <= LARGEST_ELSEWHERE else sampled)
