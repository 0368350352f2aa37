"""What `fpproof divergence` says: families, critical values, both halves of the reversal; against mpmath, by hand, and what must not hold."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import pytest
from flint import arb

from fpproof.certificates import parse_certificate
from fpproof.cli.main import main
from fpproof.constructions import read_table, represent
from fpproof.dynamics.balls import ball, working
from fpproof.dynamics.critical import along
from fpproof.dynamics.families import family, member, square
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.growth import TOY
from fpproof.dynamics.problem import problem
from fpproof.theory.reversal import reversal

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
DIVERGENT = str(EXAMPLES / "divergent.toml")
DATA = [Fraction(k, 4) for k in range(-4, 5)]

PSI = {
    "softplus": lambda z: mpmath.log(1 + mpmath.exp(z)),
    "logistic": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": mpmath.tanh,
    "swish": lambda z: z / (1 + mpmath.exp(-z)),
    "gelu": lambda z: z * mpmath.ncdf(z),
}


# S2-E2


@pytest.mark.parametrize(("name", "base"), [("softplus", "0"), ("logistic", "3/4"), ("tanh", "1/2"), ("swish", None), ("gelu", None)])
def test_families_against_mpmath(name: str, base: str | None) -> None:
    """The loss of members with 50 digits; the ratio to h^4 (h^2) within the bound for all h; two-sided where the bound has one sign."""
    of = family(name, None if base is None else Fraction(base), Fraction(1, 2))
    with mpmath.workdps(60):
        psi = PSI[name]
        b = mpmath.mpf(base.split("/")[0]) / int((base + "/1").split("/")[1]) if base else mpmath.findroot(lambda z: mpmath.diff(psi, z), -1)
        second = mpmath.diff(psi, b, 2)
        for h in (Fraction(1, 2), Fraction(1, 64)):
            step = mpmath.mpf(h.numerator) / h.denominator
            total = mpmath.mpf(0)
            for x in (mpmath.mpf(k) / 4 for k in range(-4, 5)):
                right = psi(b + step * x)
                value = (right + psi(b - step * x) - 2 * psi(b)) if base else 2 * (right - psi(b))
                total += (value / (step**2 * second) - x * x) ** 2 / 9
            found = member(of, h, DATA)
            with working(200):
                assert abs(found.loss - arb(mpmath.nstr(total, 30))) < arb(mpmath.nstr(total, 3)) * arb("1e-18")
                assert found.bounded.contains(found.loss)
                assert found.bounded > 0
                assert found.loss > found.bounded.lower()


def test_the_bound_of_the_softplus_family() -> None:
    """-h^2 x^4/24 <= N_h(x) - x^2 < 0: K is near -1/24 for small h, and below 0 up to h = 1; the limit of L/h^4 is 12059/28311552."""
    with working(200):
        small, large = family("softplus", Fraction(0), Fraction(1, 1024)), family("softplus", Fraction(0))
        assert abs(small.bound + arb(1) / 24) < 1e-5
        assert large.bound < 0
        least = member(small, Fraction(1, 1024), DATA)
        limit = arb(12059) / 28311552
        assert abs(least.bounded / ball(Fraction(1, 1024)) ** 4 / limit - 1) < 1e-3
        assert square(arb(-1).union(arb(2))).contains(0)
        assert not square(arb(-2).union(arb(-1))).contains(arb("0.99"))


@pytest.mark.parametrize(
    ("name", "base", "message"),
    [("tanh", "0", "may be 0"), ("tanh", None, "no zero"), ("relu", "1", "may be 0"), ("rebu", "1", "no activation")],
)
def test_what_is_no_family(name: str, base: str | None, message: str) -> None:
    with pytest.raises(DynamicsError, match=message):
        family(name, None if base is None else Fraction(base))
    of = family("softplus", Fraction(0), Fraction(1, 2))
    for h, data in ((Fraction(1), DATA), (Fraction(1, 4), [Fraction(2)]), (Fraction(1, 4), [])):
        with pytest.raises(DynamicsError, match="expected"):
            member(of, h, data)


# Asymptotic critical values


CURVES = [
    # loss, start, curve, |theta|, value, product
    (TOY, "wc", {"w": "t", "c": "2/t**2 + 65/51"}, ("oo", "0", "0")),
    (TOY, "wc", {"w": "0", "c": "1/t"}, ("oo", "17", "0")),
    (TOY, "wc", {"w": "t", "c": "1/t**2"}, ("oo", "17/4", "oo")),
    ("(x*y - 1)**2 + x**2", "xy", {"x": "t", "y": "1/t - t"}, ("oo", "0", "0")),
    ("(x*y - 1)**2 + x**2", "xy", {"x": "t", "y": "1/t"}, ("oo", "0", "2")),
    ("x**2 + y**2", "xy", {"x": "t", "y": "1/t"}, ("oo", "oo", "oo")),
    ("x**2 + y**2", "xy", {"x": "t", "y": "t"}, ("0", "0", "0")),
    ("exp(-x)", "x", {"x": "1/t"}, ("oo", "0", "0")),
    ("atan(x)", "x", {"x": "1/t"}, ("oo", "pi/2", "0")),
    ("log1p(x*x)", "x", {"x": "1/t"}, ("oo", "oo", "2")),
]


@pytest.mark.parametrize(("loss", "names", "curve", "limits"), CURVES)
def test_limits_along_curves(loss: str, names: str, curve: dict[str, str], limits: tuple[str, str, str]) -> None:
    """By hand; the first two are two of the toy's three values, the third is a curve that is none; x^2 has none along lines."""
    found = along(problem(loss, dict.fromkeys(names, 1)), curve)
    assert (found.norm, found.value, found.product) == limits
    assert found.critical is (limits[0] == "oo" and limits[2] == "0" and limits[1] != "oo")


def test_curves_that_say_nothing() -> None:
    p = problem("x*y", {"x": 1, "y": 1})
    wrong = [({"x": "t"}, "no expression for y"), ({"x": "t", "y": "t", "z": "t"}, "no parameter 'z'"), ({"x": "s", "y": "t"}, "no start")]
    for curve, message in wrong:
        with pytest.raises(DynamicsError, match=message):
            along(p, curve)


# The reversal


@pytest.fixture(scope="module")
def certificate() -> Any:
    found, _ = represent(read_table(EXAMPLES / "square-e4m3.csv"))
    return parse_certificate(found.to_bytes())


def test_both_halves_of_the_reversal(certificate: Any) -> None:
    """Nine points suffice for two softplus neurons, and not for two logistic ones (12), or three softplus ones (17)."""
    found = reversal(certificate)
    assert found.holds
    assert (found.points, found.needed) == (9, 9)
    assert "12 are needed" in reversal(certificate, activation="logistic").positive
    assert "17 are needed" in reversal(certificate, neurons=3).positive
    other = reversal(certificate, "x**2 + x")
    assert "not the target's" in other.attained
    assert "x^2 only" in other.infimum
    for target in ("x", "exp(x)", "3"):
        with pytest.raises(DynamicsError):
            reversal(certificate, target)


def test_the_commands(certificate: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "square.cert.json"
    certificate.write(path)

    def json_of(*arguments: str, code: int = 0) -> Any:
        assert main(["divergence", *arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    assert json_of("reversal", str(path))["holds"] is True
    assert json_of("reversal", str(path), "--activation", "tanh", code=3)["holds"] is False
    assert json_of("reversal", str(path), "--target", "x**2/2", code=1)["holds"] is False
    table = {entry["function"]: entry["sad"] for entry in json_of("class")}
    assert sum(table.values()) == 6
    assert [json_of("class", text, code=code)[0]["sad"] for text, code in (("x/3 - 1", 0), ("x*x/3", 1), ("x/(1 + x*x)", 3))] == [True, False, None]
    assert json_of("class", "tanh(x)", "exp(x)", code=3)[1]["sad"] is None
    assert json_of("class", "relu(x)", code=1)[0]["analytic"]["holds"] is False
    facts = json_of("data", "--neurons", "2", "--degree", "2", "--activation", "logistic", "--network", str(EXAMPLES / "logistic49.toml"))
    assert (facts["data_size"], facts["positive"]) == (12, True)
    members = json_of("family", "--activation", "softplus", "--at", "0", "--size", "1/4")["members"]
    assert Fraction(members[0]["loss"][0]) < Fraction(1650634768, 10**15) < Fraction(members[0]["loss"][1]) + Fraction(1, 10**14)
    assert json_of("critical", DIVERGENT, "--along", "w = 0, c = 1/t")["value"] == "17"
    assert json_of("critical", DIVERGENT, "--along", "w = t, c = 1/t", code=1)["value"] == "17"
    assert json_of("minimum", "--format", "E5M2")["c"] == "32768"
    assert json_of("minimum", "--format", "binary32").keys() == {"format", "frozen_below"}
    for arguments in (
        ["data", "--neurons", "2", "--degree", "1", "--activation", "softplus"],
        ["data", "--neurons", "2", "--degree", "2", "--activation", "relu"],
        ["critical", DIVERGENT, "--along", "w"],
        ["family", "--activation", "softplus", "--at", "0", "--data", "0"],
        ["growth", "--start", "1"],
        ["minimum", "--format", "binary17"],
        ["reversal", str(tmp_path / "none.json")],
        ["nothing"],
        [],
    ):
        assert main(["divergence", *arguments]) == 2
        assert "error" in capsys.readouterr().err
