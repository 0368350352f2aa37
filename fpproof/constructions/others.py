"""Networks of the activations other than ReLU: which there are, and what they ask of a format and a table."""

from collections.abc import Sequence
from contextlib import suppress

from fpproof.activations import activation, names
from fpproof.constructions.bounded import Bounded
from fpproof.constructions.gated import Gated
from fpproof.constructions.open_heads import OpenHeads
from fpproof.constructions.signals import BOUNDED
from fpproof.constructions.table import Point, check_points
from fpproof.constructions.unbounded import UNBOUNDED, Unbounded
from fpproof.errors import ConstructionError
from fpproof.formats import Format
from fpproof.networks import Network

OTHERS = (*UNBOUNDED, *BOUNDED)
"""The activations other than ReLU for which there is a construction."""


def canonical(name: str) -> str:
    """The name of an activation that has a construction; raises ConstructionError for others, and for those that are unknown."""
    wanted = name.strip().lower()
    found = activation(wanted).name if wanted in names() or wanted == "silu" else wanted
    if found != "relu" and found not in OTHERS:
        raise ConstructionError(f"activation {name[:40]}: there is no construction for it", hint=f"there are relu, {', '.join(OTHERS)}")
    return found


def checked_format(F: Format, name: str) -> str:
    """The name of an activation other than ReLU whose construction asks nothing more of F's kind; raises ConstructionError else."""
    found = canonical(name)
    if found not in OTHERS:
        raise ConstructionError(f"activation {found}: its networks are another construction", hint="see fpproof.constructions.build")
    if not F.has_infinities or F.emin + F.emax != 1 or F.p < 2:
        raise ConstructionError(f"{F.name}: the construction for {found} needs an IEEE-like format with two fraction bits or more")
    return found


def build_with(F: Format, name: str, points: Sequence[Point], strict: bool = False) -> Network:
    """The network of an activation other than ReLU for a table of one input; its activation is sigma_F itself, not yet a table.

    In strict mode every pre-activation is finite too, for all finite x; for sigmoids, for all x of their domain, in which all points lie.
    Raises TableError for tables that no network represents, ConstructionError where the construction does not work: naming the row, and the
    number, the value or the gradient that is out of its reach.
    """
    found = checked_format(F, name)
    checked = check_points(F, points)
    if len(checked[0].x) != 1:
        raise ConstructionError(f"{found}: the construction is for one input, found {len(checked[0].x)}", checked[0].place)
    return (_bounded if found in BOUNDED else Unbounded)(F, found, checked, strict).network()


def _bounded(F: Format, name: str, points: Sequence[Point], strict: bool) -> Gated:
    """The construction of few layers where it serves."""
    with suppress(ConstructionError):
        return OpenHeads(F, name, points, strict)
    return Bounded(F, name, points, strict)
