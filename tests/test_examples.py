"""Every table that ships becomes a certificate that both ways of checking accept."""

from pathlib import Path

import pytest

from fpproof import checker
from fpproof.certificates import check, parse_certificate
from fpproof.constructions import read_table, represent

EXAMPLES = Path(__file__).parent.parent / "examples"
TABLES = sorted(EXAMPLES.glob("*.csv"))
FEW_OPERATIONS = 4_000_000
"""Points times weights up to which the stand-alone checker takes seconds; it accepts the other two in minutes, by hand."""


def test_the_tables_are_there() -> None:
    assert [path.name for path in TABLES] == ["sine-bf16-1000.csv", "sine-e4m3.csv", "square-e4m3.csv", "wild-f23-2d.csv", "wild-f24.csv"]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_table_becomes_an_accepted_certificate(path: Path) -> None:
    table = read_table(path)
    certificate, report = represent(table)
    assert report.accepted
    assert report.listed == len(table.points)
    data = certificate.to_bytes()
    again = check(parse_certificate(data))
    assert again.accepted
    assert (again.counters.activations, again.counters.adjoints) == (0, 0)
    if len(table.points) * certificate.network.weight_count <= FEW_OPERATIONS:
        verdict = checker.check_bytes(data)
        assert (verdict.verdict, verdict.points) == ("accepted", len(table.points))
