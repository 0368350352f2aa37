"""Certificates as theorems: the same verdict from Rocq, from `check`, and from the stand-alone checker."""

import json
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from fpproof import checker
from fpproof.certificates import Certificate, check, parse_certificate
from fpproof.errors import CertificateError, Place
from fpproof.exchange.certify import certify
from fpproof.exchange.points import Evaluated
from fpproof.formats import ATLAS, Datum, Format, ieee_like, parse_format
from fpproof.networks import RELU, Network, TableActivation, parse_semantics
from fpproof.networks.network import dense
from fpproof.rocq import Encoding, RocqError, opinion, theorem
from fpproof.rocq.certificates import LARGE, chosen, not_fast, operations
from fpproof.rocq.coqc import CLOSED
from tests.certificates.test_mutations import base as tables_of
from tests.checker.cases import base, certificate, edited, sealed
from tests.checker.oracle import Oracle
from tests.checker.test_property import Problem, finite, problems
from tests.rocq.batch import verdicts

pytestmark = pytest.mark.coqc
F34 = ieee_like(3, 4)


def of_problem(problem: Problem, wrong: bool) -> bytes:
    """A certificate of what the rational oracle computes, whose number to claim where it is not finite is 0; or with one number changed."""
    fmt, meaning, layers, x, upstream = problem
    result = Oracle(fmt, meaning).evaluate(layers, x, upstream)
    claimed = [[Fraction(0) if isinstance(one, str) else one for one in part] for part in (result.value, result.gradient)]
    if wrong:
        claimed[1][-1] = fmt.finite()[(fmt.finite().index(claimed[1][-1]) + 1) % len(fmt.finite())]
    counts = dict(zip(("pre-activations", "activations", "adjoints"), result.counts, strict=True))
    none = sorted(name for name, count in counts.items() if not count) if finite(result) else []
    return sealed(certificate(fmt, meaning, layers, [[x, upstream, *claimed]], finite=none))


def test_random_networks_in_every_variant() -> None:
    """Claims of the oracle, which shares no code with anything else; and the same with one number changed to its neighbour."""
    files: list[bytes] = []

    @given(problems())
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None, derandomize=True)
    def collect(problem: Problem) -> None:
        files.extend(of_problem(problem, wrong) for wrong in (False, True))

    collect()
    certificates = list(map(parse_certificate, files))
    expected = [checker.check_bytes(file).verdict == "accepted" for file in files]
    assert expected == [check(one).accepted for one in certificates]
    assert verdicts(certificates, Encoding.EXACT) == expected
    assert expected.count(True) > 10
    assert expected.count(False) > 40
    fast = [number for number, one in enumerate(certificates) if not_fast(one) is None]
    assert verdicts([certificates[number] for number in fast], Encoding.FAST) == [expected[number] for number in fast]
    assert len(fast) > 4


def random_certificate(F: Format, activation: str, order: str, chance: Random) -> Certificate:
    """Numbers between a quarter and two, of any significand, at six points."""

    def number() -> Datum:
        one = F.ordinal(F.power_of_two(0))
        return F.from_ordinal(chance.choice((-1, 1)) * chance.randint(one - (2 << F.p), one + (1 << F.p)))

    def matrix(rows: int, columns: int) -> list[list[Datum]]:
        return [[number() for _ in range(columns)] for _ in range(rows)]

    first = dense(matrix(3, 2), [number(), None, number()], activation)
    layers = (first, dense(matrix(2, 3), [number(), None], RELU), dense(matrix(2, 2), None, None))
    points = [Evaluated((number(), number()), (number(), number()), Place("", n)) for n in range(6)]
    return certify(Network(F, layers, {activation: TableActivation(activation, {})}), points, parse_semantics(order))


def test_activations_by_their_tables() -> None:
    """Five formats and more; each also with one claimed number changed in its last bit, in turn in a value and in a gradient."""
    chance = Random(7)
    wanted = [
        ("binary16", "tanh", "left-to-right"),
        ("bfloat16", "gelu", "pairwise"),
        ("E5M2", "sigmoid", "blocked(2)"),
        ("E4M3FN", "swish", "bias-first"),
        ("F(3,4)", "leaky-relu", "left-to-right"),
        ("binary32", "elu", "left-to-right"),
        ("binary64", "sin", "fma"),
        ("bfloat16", "mish", "wide(binary32)"),
    ]
    good = [random_certificate(parse_format(F), activation, order, chance) for F, activation, order in wanted]
    bad = []
    for number, one in enumerate(good):
        point = one.points[number % 6]
        changed = {"value": off_by_one(one, point.value)} if number % 2 else {"gradient": off_by_one(one, point.gradient)}
        bad.append(replace(one, points=(*one.points[: number % 6], replace(point, **changed), *one.points[number % 6 + 1 :])))
    expected = [True] * len(good) + [False] * len(bad)
    assert [checker.check_bytes(one.to_bytes()).verdict == "accepted" for one in good + bad] == expected
    assert verdicts(good + bad, Encoding.EXACT) == expected
    assert verdicts(good[:6] + bad[:6], Encoding.FAST) == [True] * 6 + [False] * 6


def off_by_one(one: Certificate, vector: tuple[Datum, ...]) -> tuple[Datum, ...]:
    F = one.network.format
    return (F.from_ordinal(F.ordinal(vector[0]) + 1), *vector[1:])


def flipped(one: Certificate, chance: Random) -> Certificate | None:
    """The certificate with one bit changed, of a claimed number or of a weight or bias; None if that is no certificate any more."""
    content = json.loads(one.to_bytes())
    width, points, layers = one.network.format.width, content["claims"]["points"], content["layers"]
    vectors = [vector for point in points for vector in point[2:]]
    vectors += [pair for layer in layers for row in layer["weights"] for pair in row]
    vectors += [layer["bias"] for layer in layers]
    places = [(vector, i) for vector in vectors for i, code in enumerate(vector) if isinstance(code, str)]
    vector, i = chance.choice(places[: 2 * len(points)] if chance.random() < 0.5 else places)
    vector[i] = f"{int(vector[i], 16) ^ 1 << chance.randrange(width):0{len(vector[i])}x}"
    try:
        return parse_certificate(sealed(content))
    except CertificateError:
        return None


def test_a_hundred_changed_bits_are_rejected() -> None:
    """In claimed values and gradients, and in the weights and biases that the claims depend on; changes that keep every claim are accepted."""
    chance = Random(1)
    one = tables_of(F34, 4, 2)
    changed = [other for _ in range(140) if (other := flipped(one, chance)) is not None]
    expected = [checker.check_bytes(other.to_bytes()).verdict == "accepted" for other in changed]
    assert expected.count(False) >= 100
    for encoding in Encoding:
        assert verdicts([one, *changed], encoding) == [True, *expected]


def test_a_claim_about_elsewhere() -> None:
    """Every other x of F(2,3): true of a network that is 0 there, false with another number."""
    where = {"value": ["00"], "gradient": ["00", "00"], "upstreams": [["0c"]]}

    def zero(copy: dict) -> None:  # type: ignore[type-arg]  # JSON
        copy["layers"][1]["weights"], copy["layers"][1]["bias"] = [["00", "00"]], [None]
        copy["claims"]["points"][0][2:] = [["00"], ["00", "00"]]
        copy["claims"]["elsewhere"] = where

    true = parse_certificate(edited(base(), zero))
    assert true.elsewhere is not None
    false = replace(true, elsewhere=replace(true.elsewhere, value=(ATLAS["E5M2"].power_of_two(-1),)))
    listed = replace(true, points=(replace(true.points[0], value=(ATLAS["E5M2"].power_of_two(-1),)),))
    assert [check(one).accepted for one in (true, false, listed)] == [True, False, False]
    for encoding in Encoding:
        assert verdicts([true, false, listed], encoding) == [True, False, False]


def test_theorems_and_their_assumptions() -> None:
    """Closed under the global context, or resting on primitive integers alone; a wrong one fails at its Qed."""
    good = parse_certificate(sealed(base()))
    point = good.points[0]
    bad = replace(good, points=(replace(point, value=point.gradient[:1]),))
    found = opinion(good, Encoding.EXACT)
    assert (found.accepted, found.assumptions) == (True, CLOSED)
    found = opinion(good, Encoding.FAST)
    assert found.accepted
    assert found.assumptions.split()
    assert all(name.startswith("PrimInt63.") for name in found.assumptions.split())
    for encoding in Encoding:
        assert not opinion(bad, encoding).accepted


def test_what_is_not_covered() -> None:
    good = parse_certificate(sealed(base()))
    for text, reason in (("fma", "fma"), ("flush", "flush"), ("wide(binary32)", "wide")):
        with pytest.raises(RocqError, match=f"not {reason}"):
            theorem(replace(good, semantics=parse_semantics(text)), Encoding.FAST)
    assert chosen(good) is Encoding.EXACT
    many = replace(good, points=good.points * (LARGE // operations(good) + 1))
    assert chosen(many) is Encoding.FAST
    assert chosen(replace(many, semantics=parse_semantics("flush"))) is Encoding.EXACT
    with pytest.raises(RocqError, match="too much for Rocq's kernel"):
        theorem(replace(good, points=good.points * 1_000_001))
    with pytest.raises(RocqError, match="1200007 codes of weights, tables and claims: too much for coqc"):
        theorem(replace(good, points=good.points * 200_000))
