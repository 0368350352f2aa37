"""Certificates whose claims are wrong: the point, the number and what was expected are named."""

from collections.abc import Callable

import pytest

from fpproof import checker

from .cases import Certificate, base, both, edited, everywhere, put, tabled

POINT, LAYER, ELSEWHERE = ("claims", "points", 0), ("layers", 0), ("claims", "elsewhere")
OVERFLOWING = put("layers", 0, {**base()["layers"][0], "weights": [[[0, "3b"]], [[1, "0c"]]], "bias": ["3b", None]})

REJECTED: list[tuple[str, Callable[[], Certificate], Callable[[Certificate], object], str, str]] = [
    ("value", base, put(*POINT, 2, ["15"]), "claims.points[0]", "value[0]: expected 0x1.4p+2 (15), found 0x1p+2 (14)"),
    ("value by one place", base, put(*POINT, 2, ["13"]), "claims.points[0]", "value[0]: expected 0x1.cp+1 (13), found 0x1p+2 (14)"),
    ("value by sign", base, put(*POINT, 2, ["34"]), "claims.points[0]", "expected -0x1p+2 (34), found 0x1p+2 (14)"),
    ("gradient", base, put(*POINT, 3, ["0c", "0c"]), "claims.points[0]", "gradient[1]: expected 0x1p+0 (0c), found 0x1p+1 (10)"),
    ("gradient zero", base, put(*POINT, 3, ["00", "10"]), "claims.points[0]", "gradient[0]: expected 0x0p+0 (00), found 0x1p+0 (0c)"),
    ("value before gradient", base, both(put(*POINT, 2, ["00"]), put(*POINT, 3, ["00", "00"])), "claims.points[0]", "value[0]"),
    ("second point", base, lambda made: made["claims"]["points"].append([["0c", "0c"], ["0c"], ["00"], ["0c", "10"]]),
     "claims.points[1]", "value[0]"),
    ("order of summation", base, both(put("semantics", "order", "bias-first"), put(*POINT, [["0c", "18"], ["0c"], ["18"], ["0c", "10"]])),
     "claims.points[0]", ""),
    ("slope", base, both(put("semantics", "relu-slope", "0c"), put(*POINT, [["00", "0c"], ["0c"], ["12"], ["00", "10"]])),
     "claims.points[0]", "gradient[0]"),
    ("weight changed", base, put(*LAYER, "weights", 0, 0, 1, "10"), "claims.points[0]", "value[0]: expected 0x1p+2 (14), found 0x1.4p+2 (15)"),
    ("bias changed", base, put(*LAYER, "bias", 0, "0c"), "claims.points[0]", "value[0]"),
    ("flush", base, both(put("semantics", "flush", True), put(*LAYER, "weights", 0, 0, 1, "01"), put(*POINT, 3, 0, "01")),
     "claims.points[0]", "value[0]"),
    ("infinite value", base, both(OVERFLOWING, put(*LAYER, "activation", None)),
     "claims.points[0]", "found -infinity (3c); the first non-finite number is the"),
    ("infinite value where codes above Omega are unused", base,
     both(put("format", {**base()["format"], "emax": 2, "Omega": "17"}), put(*LAYER, "weights", 0, 0, 1, "37"), put(*LAYER, "bias", 0, "37"),
          put(*LAYER, "activation", None)),
     "claims.points[0]", "found -infinity (3c); the first non-finite number is the"),
    ("pre-activation", base,
     both(OVERFLOWING, put(*POINT, [["0c", "0c"], ["0c"], ["12"], ["00", "10"]]), put("claims", "finite", ["pre-activations"])),
     "claims.points[0]", "non-finite pre-activations: expected 0, found 1; the first non-finite number is the pre-activation of layers[0], neuron 0"),
    ("adjoint", base, both(put(*LAYER, "weights", 0, 0, 1, "1b"), put(*POINT, [["01", "00"], ["10"], ["10"], ["0c", "10"]])),
     "claims.points[0]", "gradient[0]: expected 0x1p+0 (0c), found +infinity (1c); the first non-finite number is the adjoint at the inputs, coord"),
    ("adjoint before the inputs", base, put(*POINT, 1, ["1b"]),
     "claims.points[0]", "first non-finite number is the adjoint at the outputs of layers[0], neuron 1: +inf"),
    ("no entry", tabled, put("claims", "points", 0, 0, ["01"]),
     "claims.points[0]", "the table has no entry: \"t\" lacks 0x1p-4 (01), the pre-activation of layers[0], neuron 0"),
    ("no entry for -0 without +0", tabled, lambda made: made["tables"]["t"].pop(0), "claims.points[0]", "lacks 0x0p+0 (00)"),
    ("table value", tabled, put("tables", "t", 0, 1, "10"), "claims.points[0]", "value[0]: expected 0x1p+0 (0c), found 0x1p+1 (10)"),
    ("table derivative", tabled, put("tables", "t", 1, 2, "0c"), "claims.points[2]", "gradient[0]: expected -0x1p+0 (2c), found 0x1p+0 (0c)"),
    ("elsewhere value", everywhere, put(*ELSEWHERE, "value", ["01"]),
     "claims.elsewhere", "x = [-0x1.cp+3 (3b)], upstream = [-0x1.cp+3 (3b)]: value[0]"),
    ("elsewhere gradient", everywhere, put(*ELSEWHERE, "gradient", ["01"]),
     "claims.elsewhere", "gradient[0]: expected 0x1p-4 (01), found 0x0p+0 (00)"),
    ("elsewhere somewhere", everywhere, both(put(*LAYER, "weights", 0, 0, "0c"), put("claims", "points", [])),
     "claims.elsewhere", "x = [0x1p-4 (01)], upstream = [-0x1.cp+3 (3b)]: value[0]"),
    ("elsewhere last", everywhere,
     both(put(*LAYER, "weights", 0, 0, "0c"), put(*LAYER, "bias", 0, "39"), put(*POINT, 0, ["00"]),
          put("claims", "finite", []), put(*ELSEWHERE, "upstreams", [["00"]])),
     "claims.elsewhere", "x = [0x1.8p+3 (1a)], upstream = [0x0p+0 (00)]: value[0]: expected 0x0p+0 (00), found 0x1p+1 (10)"),
    ("elsewhere upstreams as listed", everywhere, both(put(*ELSEWHERE, "value", ["01"]), put(*ELSEWHERE, "upstreams", [["0c"], ["00"]])),
     "claims.elsewhere", "upstream = [0x1p+0 (0c)]"),
    ("points before elsewhere", everywhere, both(put(*ELSEWHERE, "value", ["01"]), put(*POINT, 2, ["01"])), "claims.points[0]", "value[0]"),
]


@pytest.mark.parametrize(("made", "edit", "place", "words"), [case[1:] for case in REJECTED], ids=[case[0] for case in REJECTED])
def test_rejected(made: Callable[[], Certificate], edit: Callable[[Certificate], object], place: str, words: str) -> None:
    report = checker.check_bytes(edited(made(), edit))
    assert (report.verdict, report.place) == ("rejected", place)
    assert words in report.reason
    assert report.failing is not None


def test_every_digit_of_the_claims_counts() -> None:
    """Whatever finite code replaces a claimed one, the certificate is rejected, unless the number is the same."""
    for part, index in ((2, 0), (3, 0), (3, 1)):
        right = base()["claims"]["points"][0][part][index]
        for code in range(64):
            if code & 31 < 28:
                verdict = checker.check_bytes(edited(base(), put(*POINT, part, index, f"{code:02x}"))).verdict
                assert verdict == ("accepted" if f"{code:02x}" == right else "rejected")
