"""From a table to a certificate: build the network, check every row, say so."""

from collections.abc import Callable, Iterator, Sequence

from fpproof.activations import activation
from fpproof.certificates import Certificate, ClaimedPoint, Elsewhere, Report, check, provenance
from fpproof.certificates.certificate import LARGEST_ELSEWHERE
from fpproof.certificates.check import sample
from fpproof.constructions.biases import with_last_biases
from fpproof.constructions.entries import Entries
from fpproof.constructions.five_layers import FIVE_DEPTH, build_five
from fpproof.constructions.four_layers import FOUR_DEPTH, build_four
from fpproof.constructions.odd import ODD_DEPTH, build_odd
from fpproof.constructions.odd_others import build_odd_with
from fpproof.constructions.others import build_with, canonical
from fpproof.constructions.separation import strict_domain
from fpproof.constructions.seven_layers import LEAST_DEPTH, build
from fpproof.constructions.signals import BOUNDED
from fpproof.constructions.table import Point, Table, by_x
from fpproof.errors import ConstructionError, Place
from fpproof.formats import ZERO, Datum, Format
from fpproof.formats.arithmetic import absolute, negate
from fpproof.networks import LEFT_TO_RIGHT, Network, Order, Semantics, evaluate


def represent(
    table: Table,
    depth: int = LEAST_DEPTH,
    semantics: Semantics = LEFT_TO_RIGHT,
    elsewhere: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> tuple[Certificate, Report]:
    """The certificate of a ReLU network whose value and gradient are the table's at every row, and the report of its check.

    Depth 4 has the construction of four layers, 5 and 6 that of five, greater ones that of seven. `elsewhere` adds the claim that value and
    gradient are 0 at every other finite x. Nothing is returned that was not checked: raises ConstructionError naming the row where the construction
    does not work in the format or under the semantics.
    Source: Park, Park, Hwang, Park (2026), Theorem 3.1.
    """
    F = table.format
    claim = _zero_elsewhere(F, table.inputs) if elsewhere else None
    network = _ordered(_network(F, table.points, depth), semantics)
    claimed = tuple(ClaimedPoint(p.x, (p.upstream,), (p.value,), p.gradient) for p in table.points)
    places = [p.place for p in table.points]
    return _checked(table, network, claimed, places, semantics, claim, f"{_NAMES.get(depth, 'seven')} layers, depth {depth}", jobs, progress)


_NAMES = {FOUR_DEPTH: "four", FIVE_DEPTH: "five", FIVE_DEPTH + 1: "five"}
"""The constructions of few layers, by depth."""


def _network(F: Format, points: Sequence[Point], depth: int) -> Network:
    if depth < FOUR_DEPTH:
        raise ConstructionError(f"depth {depth}: no construction has less than {FOUR_DEPTH} layers", hint="docs/representation.md, Fewer layers")
    if depth == FOUR_DEPTH:
        return build_four(F, points)
    return build_five(F, points, depth) if depth < LEAST_DEPTH else build(F, points, depth)


def represent_odd(
    table: Table,
    semantics: Semantics = LEFT_TO_RIGHT,
    elsewhere: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> tuple[Certificate, Report]:
    """The certificate of a ReLU network of 17 layers for a table with several upstreams an x, and the report of its check.

    Claimed are every row and its negative, and gradient 0 at the same x for other upstreams: all finite ones in formats of 8 bits and
    less, else the neighbours of those listed and a sample. `elsewhere` is as in `represent`. Raises ConstructionError where the construction does
    not work in the format. Source: Park, Park, Hwang (2026), Theorem 3.2.
    """
    claim = _zero_elsewhere(table.format, 1) if elsewhere else None
    network = _ordered(build_odd(table.format, table.points), semantics)
    claimed = tuple(_odd_claims(table, table.format.largest_ordinal))
    return _checked(table, network, claimed, _odd_places(table, claimed), semantics, claim, f"odd responses, depth {ODD_DEPTH}", jobs, progress)


def represent_with(
    table: Table,
    name: str,
    strict: bool = False,
    semantics: Semantics = LEFT_TO_RIGHT,
    elsewhere: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> tuple[Certificate, Report]:
    """The certificate of a network of elu, gelu, swish, sigmoid or tanh for a table of one input, and the report of its check.

    `strict` also claims that every pre-activation is finite. `elsewhere` adds the claim that value and gradient are 0 at every other finite x (in
    strict mode for sigmoids: listed, at every other x of their domain), for all upstreams; for sigmoid and tanh, for those up to the table's
    largest: all of them in formats of 8 bits and less where these are few enough, else a sample. The certificate holds the activation's whole
    table with that claim and in formats of 8 bits and less, else the entries that the rows meet.
    Raises ConstructionError where the construction does not work. Source: Park, Park, Hwang (2026), Theorem 3.1.
    """
    F, found = table.format, canonical(name)
    network = build_with(F, found, table.points, strict)
    claim = _other_elsewhere(F, found, table.points) if elsewhere else None
    network = _with_entries(network, table.points, semantics, whole=elsewhere or F.width <= 8)
    claimed = tuple(ClaimedPoint(p.x, (p.upstream,), (p.value,), p.gradient) for p in table.points)
    claimed, claim = _with_listed(F, found, strict, claimed, claim)
    places: list[Place | None] = [p.place for p in table.points]
    places += [None] * (len(claimed) - len(places))
    construction = _construction(found, strict, network)
    return _checked(table, network, claimed, places, semantics, claim, construction, jobs, progress, _finite(strict))


def represent_odd_with(
    table: Table,
    name: str,
    strict: bool = False,
    semantics: Semantics = LEFT_TO_RIGHT,
    elsewhere: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> tuple[Certificate, Report]:
    """The certificate of a network of elu, gelu, swish, sigmoid or tanh for a table with several upstreams an x, and the report of its check.

    Claimed is what `represent_odd` claims, for sigmoid and tanh of upstreams up to the table's largest; `strict`, `elsewhere` and the activation's
    table are as in `represent_with`. Raises ConstructionError where the construction does not work. Source: Park, Park, Hwang (2026), Theorem 3.2.
    """
    F, found = table.format, canonical(name)
    claim = _other_elsewhere(F, found, table.points) if elsewhere else None
    network = build_odd_with(F, found, table.points, strict)
    network = _with_entries(network, [rows[0] for rows in by_x(table.points).values()], semantics, whole=elsewhere or F.width <= 8)
    most = max(F.ordinal(absolute(p.upstream)) for p in table.points) if found in BOUNDED else F.largest_ordinal
    claimed, claim = _with_listed(F, found, strict, tuple(_odd_claims(table, most)), claim)
    construction = f"odd responses, {_construction(found, strict, network)}"
    return _checked(table, network, claimed, _odd_places(table, claimed), semantics, claim, construction, jobs, progress, _finite(strict))


def _construction(name: str, strict: bool, network: Network) -> str:
    return f"{name}, {'strict' if strict else 'tolerant'}, depth {len(network.layers)}"


def _finite(strict: bool) -> tuple[str, ...]:
    """What is claimed to be finite."""
    return ("activations", "adjoints", "pre-activations") if strict else ("activations", "adjoints")


def _other_elsewhere(F: Format, name: str, points: Sequence[Point]) -> Elsewhere:
    """The claim elsewhere: for all upstreams, or for those up to the largest of the points where activations are bounded."""
    if name in BOUNDED:
        return _zero_up_to(F, max((absolute(p.upstream) for p in points), key=F.ordinal))
    return _zero_elsewhere(F, 1)


def _with_listed(
    F: Format, name: str, strict: bool, claimed: tuple[ClaimedPoint, ...], claim: Elsewhere | None
) -> tuple[tuple[ClaimedPoint, ...], Elsewhere | None]:
    """For strict sigmoids the claim elsewhere becomes points, as it is about a domain; otherwise both as they are."""
    if claim is None or not strict or name != "sigmoid":
        return claimed, claim
    return (*claimed, *_listed(F, claim, claimed, strict_domain(F, activation(name)).largest)), None


def _listed(F: Format, claim: Elsewhere, points: Sequence[ClaimedPoint], largest: Datum) -> list[ClaimedPoint]:
    """The claim elsewhere as points: every other x up to the largest, each with some upstreams; in formats of more than 8 bits, refused."""
    most = F.ordinal(largest)
    known = {F.ordinal(p.x[0]) for p in points}
    upstreams = (claim.upstreams or ())[:: max(1, len(claim.upstreams or ()) // 8)]
    if F.width > 8:
        raise ConstructionError(
            f"{F.name}: every x of a domain that is not all finite floats has to be listed, which is too much in formats of more than 8 bits",
            hint="without --everywhere, the claims are on the table's rows",
        )
    others = (F.from_ordinal(n) for n in range(-most, most + 1) if n not in known)
    return [ClaimedPoint((x,), h, (ZERO,), (ZERO,)) for x in others for h in upstreams]


def _with_entries(network: Network, points: Sequence[Point], semantics: Semantics, whole: bool) -> Network:
    """The network with whole tables for its activations, or with the entries that the points meet."""
    for point in () if whole else points:
        evaluate(network, point.x, (point.upstream,), semantics)
    entries = {name: sigma for name, sigma in network.activations.items() if isinstance(sigma, Entries)}
    tables = {name: sigma.whole_table() if whole else sigma.table() for name, sigma in entries.items()}
    return Network(network.format, network.layers, tables)


def _zero_up_to(F: Format, largest: Datum) -> Elsewhere:
    """Value and gradient 0 at every other x for upstreams up to the one given: all, or a sample of at most 8."""
    whole = _zero_elsewhere(F, 1)
    most = F.ordinal(largest)
    some = {sign * n for sign in (-1, 1) for n in (0, 1, most // 2, most) if n <= most}
    ordinals = range(-most, most + 1) if whole.upstreams is None else sorted(some)
    return Elsewhere(whole.value, whole.gradient, tuple((F.from_ordinal(n),) for n in ordinals))


def _ordered(network: Network, semantics: Semantics) -> Network:
    """The network for an order of sums: constructions mean left-to-right."""
    return with_last_biases(network) if semantics.order is Order.BIAS_FIRST else network


def _odd_places(table: Table, claimed: Sequence[ClaimedPoint]) -> list[Place | None]:
    """Where each claim was read, if it was."""
    rows = {(p.key, absolute(p.upstream)): p.place for p in table.points}
    return [rows.get((c.x, absolute(c.upstream[0]))) for c in claimed]


def _odd_claims(table: Table, most: int) -> Iterator[ClaimedPoint]:
    """Rows by x: for each upstream that is claimed, up to that of the ordinal `most`, the gradient."""
    F = table.format
    for x, points in by_x(table.points).items():
        gradients = {F.ordinal(absolute(p.upstream)): p.gradient[0] if p.upstream[0] >= 0 else negate(p.gradient[0]) for p in points}
        others = range(most + 1) if F.width <= 8 else {abs(F.ordinal(h)) for h in sample(F, 8, 0)} | {n + d for n in gradients for d in (-1, 1)}
        for n in sorted(n for n in {*gradients, *others} if 0 <= n <= most):
            g = gradients.get(n, ZERO)
            yield ClaimedPoint(x, (F.from_ordinal(n),), (points[0].value,), (g,))
            if n:
                yield ClaimedPoint(x, (F.from_ordinal(-n),), (points[0].value,), (negate(g) if g[0] else ZERO,))


def _checked(
    table: Table,
    network: Network,
    claimed: tuple[ClaimedPoint, ...],
    places: Sequence[Place | None],
    semantics: Semantics,
    claim: Elsewhere | None,
    construction: str,
    jobs: int,
    progress: Callable[[int, int], object] | None,
    finite: tuple[str, ...] = ("activations", "adjoints"),
) -> tuple[Certificate, Report]:
    """The certificate, every point of it checked; `places` says where each was read."""
    certificate = Certificate(network, claimed, semantics, claim, finite, provenance(construction=construction, table_sha256=table.digest))
    report = check(certificate, jobs=jobs, progress=progress)
    if report.failure is not None:
        failure = report.failure
        place = None if failure.listed is None else places[failure.listed - 1]
        where = f"{failure.what}: expected {failure.expected}, found {failure.found}"
        if failure.first_non_finite is not None:
            where += f" ({failure.first_non_finite})"
        raise ConstructionError(
            f"the construction does not work in {table.format.name} under {semantics}: {where}", place, "docs/representation.md says where it works"
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
