"""Certificates as plain dicts, with their own digest."""

import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction
from typing import Any

from .oracle import Meaning, OracleLayer, Tiny

Certificate = dict[str, Any]


def sealed(certificate: Certificate) -> bytes:
    """The bytes of the file, its digest made anew."""
    body = {name: value for name, value in certificate.items() if name != "digest"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    body["digest"] = "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest()
    return (json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True) + "\n").encode("ascii")


def certificate(fmt: Tiny, meaning: Meaning, layers: list[OracleLayer], points: list[list[list[Fraction]]], **claims: Any) -> Certificate:
    """A certificate of a ReLU network; further `claims` replace members of the claims object."""

    def layer(one: OracleLayer) -> dict[str, Any]:
        dense = [[fmt.code(weight or Fraction(0)) for weight in row] for row in one.weights]
        pairs = [[[column, fmt.code(weight)] for column, weight in enumerate(row) if weight is not None] for row in one.weights]
        bias = [None if number is None else fmt.code(number) for number in one.bias]
        activation = "relu" if one.relu else None
        return {"inputs": len(dense[0]), "activation": activation, "sparse": one.sparse, "weights": pairs if one.sparse else dense, "bias": bias}

    coded = [[[fmt.code(number) for number in part] for part in point] for point in points]
    return {
        "fpproof-certificate": 1,
        "format": fmt.record(),
        "semantics": meaning.record(fmt),
        "inputs": len(layers[0].weights[0]),
        "layers": [layer(one) for one in layers],
        "tables": {},
        "claims": {"points": coded, "elsewhere": None, "finite": [], **claims},
        "provenance": {},
    }


def edited(base: Certificate, edit: Callable[[Certificate], object]) -> bytes:
    """A copy after the edit, sealed."""
    copy = deepcopy(base)
    edit(copy)
    return sealed(copy)


def base() -> Certificate:
    """In F(2,3): relu(x0), relu(x1 + 0), then 1 * a0 + 2 * a1 + 1; at (1, 1) it is 4, with gradient (1, 2)."""
    f23 = {"name": "F(2,3)", "p": 2, "emin": -2, "emax": 3, "Omega": "1b", "specials": "ieee", "overflow": "infinity"}
    hidden = {"inputs": 2, "activation": "relu", "sparse": True, "weights": [[[0, "0c"]], [[1, "0c"]]], "bias": [None, "00"]}
    output = {"inputs": 2, "activation": None, "sparse": False, "weights": [["0c", "10"]], "bias": ["0c"]}
    return {
        "fpproof-certificate": 1,
        "format": f23,
        "semantics": {"order": "left-to-right", "wide": None, "flush": False, "relu-slope": "00"},
        "inputs": 2,
        "layers": [hidden, output],
        "tables": {},
        "claims": {"points": [[["0c", "0c"], ["0c"], ["14"], ["0c", "10"]]], "elsewhere": None, "finite": []},
        "provenance": {"tool": "by hand", "numbers": [1, {"deep": True}]},
    }


def tabled() -> Certificate:
    """In F(2,3): t(x) for a table t with t(0) = 1, t'(0) = 2, t(1) = 0, t'(1) = -1 and, of -Omega, -infinity and Omega."""
    made = base()
    made["inputs"] = 1
    made["layers"] = [{"inputs": 1, "activation": "t", "sparse": False, "weights": [["0c"]], "bias": [None]}]
    made["tables"] = {"t": [["00", "0c", "10"], ["0c", "00", "2c"], ["3b", "3c", "1b"]]}
    made["claims"]["points"] = [[["00"], ["0c"], ["0c"], ["10"]], [["20"], ["10"], ["0c"], ["14"]], [["0c"], ["0c"], ["20"], ["2c"]]]
    return made


def everywhere() -> Certificate:
    """In F(2,3): relu(0 * x) is 0 with gradient 0, at x = 1 by a point and elsewhere for all upstreams."""
    made = base()
    made["inputs"] = 1
    made["layers"] = [{"inputs": 1, "activation": "relu", "sparse": False, "weights": [["00"]], "bias": [None]}]
    made["claims"] = {"points": [[["0c"], ["0c"], ["00"], ["00"]]], "finite": ["activations", "adjoints", "pre-activations"]}
    made["claims"]["elsewhere"] = {"value": ["00"], "gradient": ["20"], "upstreams": "all"}
    return made


def put(*path: Any) -> Callable[[Certificate], object]:
    """The edit that puts the last argument at the path before it; the path's end may be a new member."""

    def edit(made: Any) -> None:
        for step in path[:-2]:
            made = made[step]
        made[path[-2]] = deepcopy(path[-1])

    return edit


def cut(*path: Any) -> Callable[[Certificate], object]:
    """The edit that removes what stands at the path."""

    def edit(made: Any) -> None:
        for step in path[:-1]:
            made = made[step]
        del made[path[-1]]

    return edit


def both(*edits: Callable[[Certificate], object]) -> Callable[[Certificate], object]:
    return lambda made: [edit(made) for edit in edits]
