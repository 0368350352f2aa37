"""Certificates of step sizes: JSON files with the problem, polynomials along its flow, and bounds over a tube; and the check of such a file.

The check searches for nothing: it reads the loss from the file, and proves that the polynomials are as near to the flow as they claim, that the
bounds of every cell
hold, and that the step follows. Numbers are exact: m * 2^e is the text "mpe" ("-5p-3"), times are rationals. The file format: docs/dynamics.md.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from fpproof.dynamics.balls import Ball, ball, flint, norm, upper, working
from fpproof.dynamics.flow import Flow, start_vector
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import Problem, problem_of
from fpproof.dynamics.segment import Piece, Segment, curvature, distances, proved_defect
from fpproof.dynamics.tube import Cell, Tube, bounds
from fpproof.paths import write_atomically
from fpproof.training import parse_source

KIND = "fpproof step-size certificate"
VERSION = 1
LARGEST_FILE = 2**27
MOST_BITS = 2**14
"""Of a number."""

_BALL = re.compile(r"(-?\d{1,5000})p(-?\d{1,6})", re.ASCII)
_TIME = re.compile(r"\d{1,700}(/[1-9]\d{0,700})?", re.ASCII)


def write_certificate(tube: Tube, path: str | Path) -> None:
    """The certificate of a tube's step size, as a file."""
    write_atomically(Path(path), (json.dumps(document(tube), indent=1) + "\n").encode())


def document(tube: Tube) -> dict[str, Any]:
    """The certificate as JSON's objects. Raises DynamicsError for a problem that no text describes."""
    flow = tube.flow
    if not flow.problem.source:
        raise DynamicsError("certificate: the problem was built without a text that describes it", hint="read it with read_problem")
    with working(flow.bits):
        return {
            "kind": KIND,
            "version": VERSION,
            "problem": flow.problem.source,
            "until": str(tube.until),
            "tube": str(tube.radius),
            "step": str(tube.step()),
            "bits": flow.bits,
            "flow": [_segment_facts(segment) for segment in flow.segments],
            "cells": [
                {"end": str(cell.end), "beta": _text(cell.beta), "gamma": _text(cell.gamma), "m": _text(cell.m)} for cell in tube.cells
            ],
        }


def _segment_facts(segment: Segment) -> dict[str, Any]:
    return {
        "end": str(segment.end),
        "disc": _text(segment.disc),
        "polynomials": [list(map(_text, row)) for row in segment.coefficients],
        "pieces": [
            {"end": str(p.end), "tube": _text(p.tube), "growth": _text(p.growth), "radius": _text(p.radius), "at_end": _text(p.at_end)}
            for p in segment.pieces
        ],
    }


def _text(x: Ball) -> str:
    m, e = x.man_exp()
    return f"{int(m)}p{int(e)}"


# Reading


@dataclass(frozen=True)
class Certificate:
    """What a file claims."""

    problem: Problem
    until: Fraction
    tube: Fraction
    step: Fraction
    bits: int
    segments: tuple[Segment, ...]
    cells: tuple[Cell, ...]


def read_certificate(path: str | Path) -> Certificate:
    """The claims of a file; DynamicsError names the place, OSError if it cannot be read."""
    path = Path(path)
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise DynamicsError(f"{path}: a certificate of more than {LARGEST_FILE >> 20} MiB is not read")
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_without_repetition, parse_constant=_no_constant, parse_float=_no_constant)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, ValueError) as error:
        raise DynamicsError(f"{path}: no certificate: {str(error)[:200]}") from None
    return parse_certificate(found, str(path))


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text[:20]} is no number of a certificate")


def parse_certificate(found: Any, name: str = "certificate") -> Certificate:
    """The claims of JSON's objects."""
    read = _Reading(name)
    document = read.table(found, "", {"kind", "version", "problem", "until", "tube", "step", "bits", "flow", "cells"})
    if document["kind"] != KIND or document["version"] != VERSION or type(document["version"]) is not int:
        raise read.error("kind", f"expected {KIND!r}, version {VERSION}", document["kind"])
    if type(document["problem"]) is not str:
        raise read.error("problem", "expected a text", document["problem"])
    problem = problem_of(parse_source(f"{name}: problem", document["problem"]))
    bits = document["bits"]
    if type(bits) is not int or not 53 <= bits <= MOST_BITS:
        raise read.error("bits", f"expected a whole number from 53 to {MOST_BITS}", bits)
    with working(bits):
        segments = read.chain(document["flow"], "flow", lambda entry, where, start: read.segment(entry, where, start, problem.dimension))
        cells = read.chain(document["cells"], "cells", read.cell)
    times = [read.time(document[key], key) for key in ("until", "tube", "step")]
    return Certificate(problem, times[0], times[1], times[2], bits, tuple(segments), tuple(cells))


@dataclass(frozen=True)
class _Reading:
    name: str

    def error(self, where: str, expected: str, found: Any) -> DynamicsError:
        return DynamicsError(f"{self.name}: {where}: {expected}, found {found!r:.60}")

    def table(self, value: Any, where: str, keys: set[str]) -> dict[str, Any]:
        if type(value) is not dict or set(value) != keys:
            raise self.error(where or "document", f"expected an object with {', '.join(sorted(keys))}", sorted(value) if type(value) is dict else
            value)
        return value

    def entries(self, value: Any, where: str) -> list[Any]:
        if type(value) is not list or not value:
            raise self.error(where, "expected a list that is not empty", value)
        return value

    def time(self, value: Any, where: str) -> Fraction:
        if type(value) is not str or not _TIME.fullmatch(value):
            raise self.error(where, "expected a rational such as 3/4", value)
        return Fraction(value)

    def ball(self, value: Any, where: str) -> Ball:
        match = _BALL.fullmatch(value) if type(value) is str else None
        if match is None or int(match[1]).bit_length() > MOST_BITS:
            raise self.error(where, 'expected a number such as "-5p-3"', value)
        return flint().arb((int(match[1]), int(match[2])))

    def chain(self, value: Any, where: str, read: Callable[[Any, str, Fraction], Any]) -> list[Any]:
        """Entries that follow one another in time, from 0 on."""
        found: list[Any] = []
        start = Fraction(0)
        for index, entry in enumerate(self.entries(value, where)):
            found.append(read(entry, f"{where}[{index}]", start))
            if found[-1].end <= start:
                raise self.error(f"{where}[{index}].end", f"expected a time after {start}", str(found[-1].end))
            start = found[-1].end
        return found

    def segment(self, entry: Any, where: str, start: Fraction, dimension: int) -> Segment:
        table = self.table(entry, where, {"end", "disc", "polynomials", "pieces"})
        rows = self.entries(table["polynomials"], f"{where}.polynomials")
        polynomials = tuple([self.ball(c, f"{where}.polynomials") for c in self.entries(row, f"{where}.polynomials")] for row in rows)
        if len(rows) != dimension or len({len(row) for row in polynomials}) != 1 or len(polynomials[0]) < 2:
            raise self.error(f"{where}.polynomials", f"expected {dimension} polynomials of one degree above 0", len(rows))
        pieces: list[Piece] = []
        for index, piece in enumerate(self.entries(table["pieces"], f"{where}.pieces")):
            pieces.append(self.piece(piece, f"{where}.pieces[{index}]", pieces[-1].end if pieces else start))
        end = self.time(table["end"], f"{where}.end")
        return Segment(start, end, start, polynomials, self.ball(table["disc"], f"{where}.disc"), flint().arb(0), tuple(pieces))

    def piece(self, entry: Any, where: str, start: Fraction) -> Piece:
        table = self.table(entry, where, {"end", "tube", "growth", "radius", "at_end"})
        radius, at_end, tube, growth = (self.ball(table[key], f"{where}.{key}") for key in ("radius", "at_end", "tube", "growth"))
        return Piece(start, self.time(table["end"], f"{where}.end"), radius, at_end, tube, growth)

    def cell(self, entry: Any, where: str, start: Fraction) -> Cell:
        table = self.table(entry, where, {"end", "beta", "gamma", "m"})
        beta, gamma, m = (self.ball(table[key], f"{where}.{key}") for key in ("beta", "gamma", "m"))
        return Cell(start, self.time(table["end"], f"{where}.end"), beta, gamma, m)


# Checking


def check_certificate(certificate: Certificate, progress: Callable[[int, int], None] = lambda done, total: None) -> str | None:
    """None if everything that the certificate claims is proved here again; else the first claim that is not."""
    total = len(certificate.segments) + len(certificate.cells)
    with working(certificate.bits + 10):
        arb = flint().arb
        start = start_vector(certificate.problem)
        center, radius = [arb(x.mid()) for x in start], upper(norm([arb(x.rad()) for x in start]))
        for number, segment in enumerate(certificate.segments):
            gap = norm([a - row[0] for a, row in zip(center, segment.coefficients, strict=True)])
            wrong = _wrong_segment(certificate.problem, segment, upper(radius + gap))
            if wrong is not None:
                return f"flow[{number}]: {wrong}"
            end, radius = segment.at(segment.end)
            center = end
            progress(number + 1, total)
        flow = Flow(certificate.problem, certificate.segments, certificate.segments[-1].end, certificate.bits)
        if certificate.cells[-1].end != certificate.until or flow.end < certificate.until:
            return f"the flow, or the cells, do not reach t = {certificate.until}"
        for number, cell in enumerate(certificate.cells):
            if (wrong := _wrong_cell(flow, cell, certificate.tube)) is not None:
                return f"cells[{number}]: {wrong}"
            progress(len(certificate.segments) + number + 1, total)
        step = Tube(flow, certificate.tube, certificate.cells).step()
    return None if certificate.step <= step else f"step: {float(certificate.step):.6g} does not follow; at most {float(step):.6g} does"


def _wrong_segment(problem: Problem, segment: Segment, e0: Ball) -> str | None:
    """A claim of a segment that is not proved, for a distance e0 at its start."""
    defect = proved_defect(problem, segment.coefficients, segment.disc, ball(segment.end - segment.start))
    if defect is None:
        return "the gradient is not holomorphic on the disc, or the disc is too small"
    if segment.pieces[-1].end != segment.end:
        return "the pieces do not reach the end"
    for number, piece in enumerate(segment.pieces):
        if piece.end <= piece.start:
            return f"pieces[{number}] ends before it starts"
        growth = curvature(problem, segment.polynomial(piece.start, piece.end), piece.tube)
        if not piece.tube > 0 or growth is None or not growth <= piece.growth:
            return f"pieces[{number}]: the curvature in the tube is not as claimed"
        radius, at_end = distances(e0, defect, piece.growth, ball(piece.end - piece.start))
        if not (radius < piece.tube and radius <= piece.radius and at_end <= piece.at_end):
            return f"pieces[{number}]: the distance to the flow is not as small as claimed"
        e0 = piece.at_end
    return None


def _wrong_cell(flow: Flow, cell: Cell, radius: Fraction) -> str | None:
    """A claim of a cell that is not proved."""
    for part in flow.segments:
        low, high = max(part.start, cell.start), min(part.end, cell.end)
        if low >= high:
            continue
        found = bounds(flow.problem, part, low, high, radius)
        if found is None:
            return "the loss is not seen to be smooth in the tube"
        for name in ("beta", "gamma", "m"):
            if not getattr(found, name) <= getattr(cell, name):
                return f"{name} is not a bound"
    return None
