"""From a table to a certificate: build the network, check every row, say so."""

from collections.abc import Callable

from fpproof.certificates import Certificate, ClaimedPoint, Elsewhere, Report, check, provenance
from fpproof.certificates.check import sample
from fpproof.constructions.seven_layers import LEAST_DEPTH, build
from fpproof.constructions.table import Table
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO
from fpproof.networks import LEFT_TO_RIGHT, Semantics

ALL_UPSTREAMS_WIDTH = 8
"""Formats up to this width claim every upstream elsewhere, wider ones a sample."""


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
    network = build(F, table.points, depth)
    claim = None
    if elsewhere:
        upstreams = None if F.width <= ALL_UPSTREAMS_WIDTH else tuple((h,) for h in sample(F, 8, 0))
        claim = Elsewhere((ZERO,), (ZERO,) * table.inputs, upstreams)
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
