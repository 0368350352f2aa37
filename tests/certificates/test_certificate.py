"""Certificates as bytes: canonical, read back as they were, the digest noticed; and how the file is written."""

import json
import os
import stat
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fpproof import checker
from fpproof.certificates import Certificate, ClaimedPoint, Elsewhere, check, parse_certificate, read_certificate
from fpproof.errors import CertificateError
from fpproof.formats import ATLAS, ZERO, Datum, ieee_like
from fpproof.networks import Network, Semantics, dense
from fpproof.paths import write_atomically
from tests.network_strategies import SATURATING_IEEE, networks, semantics, vectors
from tests.strategies import custom_formats, finite_data

F = ieee_like(2, 3)


def small(value: Datum = F.one) -> Certificate:
    """relu(x) at 1."""
    return Certificate(Network(F, (dense([[F.one]]),)), (ClaimedPoint((F.one,), (F.one,), (value,), (F.one,)),))


@st.composite
def certificates(draw: st.DrawFn) -> Certificate:
    """Any network with claims that need not be so."""
    G = draw(
        st.one_of(st.sampled_from([F, ATLAS["E4M3FN"], ATLAS["E2M1"], ATLAS["binary64"], ATLAS["binary128"], SATURATING_IEEE]), custom_formats())
    )
    network = draw(networks(G, tables=G.width <= 8))
    d, m = network.inputs, network.outputs
    point = st.builds(ClaimedPoint, vectors(G, d), vectors(G, m), vectors(G, m), vectors(G, d))
    some = st.lists(vectors(G, m), min_size=1, max_size=2).map(tuple)
    elsewhere = draw(st.one_of(st.none(), st.builds(Elsewhere, vectors(G, m), vectors(G, d), st.one_of(st.none(), some))))
    points = tuple(draw(st.lists(point, min_size=int(elsewhere is None), max_size=3)))
    finite = tuple(sorted(draw(st.sets(st.sampled_from(["activations", "adjoints", "pre-activations"])))))
    meaning = draw(semantics())
    slope = draw(finite_data(G))
    exact = Semantics(meaning.order, meaning.block, meaning.wide, meaning.flush, Fraction(slope[0]) * Fraction(2) ** (slope[1] or 0))
    return Certificate(network, points, exact, elsewhere, finite, {"text": "ä\u2028", "list": [1, True, {"a": []}]})


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(certificates())
def test_round_trip(certificate: Certificate) -> None:
    data = certificate.to_bytes()
    read = parse_certificate(data)
    assert read == certificate
    assert read.network.format.name == certificate.network.format.name
    assert read.to_bytes() == data
    assert data.isascii()
    if certificate.elsewhere is None:  # else there may be more to evaluate than a test has time for
        assert checker.check_bytes(data).verdict != "malformed"


def test_canonical() -> None:
    data = small().to_bytes()
    assert data == small().to_bytes()
    assert data.endswith(b"}\n")
    content = json.loads(data)
    assert json.dumps(content, sort_keys=True, separators=(",", ":")).encode() + b"\n" == data
    assert content["claims"]["points"] == [[["0c"], ["0c"], ["0c"], ["0c"]]]


def test_white_space_and_order_do_not_matter() -> None:
    content = json.loads(small().to_bytes())
    loose = json.dumps(dict(reversed(content.items())), indent=3, ensure_ascii=False).encode()
    assert parse_certificate(loose) == small()


@pytest.mark.parametrize("place", [b'"claims"', b'"0c"', b'"relu"', b'"F(2,3)"', b"sha256:"])
def test_the_digest_notices(place: bytes) -> None:
    data = small().to_bytes()
    offset = data.index(place) + (7 if place == b"sha256:" else 2)
    other = data[:offset] + (b"1" if data[offset : offset + 1] != b"1" else b"2") + data[offset + 1 :]
    with pytest.raises(CertificateError, match=r"^digest: expected sha256:[0-9a-f]{64}, the digest of what the file says, found sha256"):
        parse_certificate(other)
    assert checker.check_bytes(other).verdict == "malformed"


def test_a_network_with_another_activation_has_no_certificate() -> None:
    class Square:
        def value(self, z: Datum) -> Datum:
            return z

        def derivative(self, z: Datum) -> Datum:
            return z

    network = Network(F, (dense([[F.one]], activation="square"),), {"square": Square()})
    with pytest.raises(CertificateError, match="activation square: a certificate holds tables only"):
        Certificate(network, small().points).to_bytes()


def test_write_and_read(tmp_path: Path) -> None:
    path = tmp_path / "a.cert.json"
    small().write(path)
    assert read_certificate(path) == small()
    assert path.read_bytes() == small().to_bytes()
    assert check(read_certificate(path)).accepted
    with pytest.raises(FileNotFoundError):
        read_certificate(tmp_path / "none")
    path.write_bytes(b"{}")
    with pytest.raises(CertificateError, match=r"a\.cert\.json: certificate: expected a member 'fpproof-certificate'"):
        read_certificate(path)


def test_write_atomically(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file stays until the new one is whole; no other file is left; the mode is that of any new file."""
    path = tmp_path / "file"
    write_atomically(path, b"old")
    mask = os.umask(0o027)
    write_atomically(path, b"new")
    os.umask(mask)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o640)

    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"newer")
    assert (os.listdir(tmp_path), path.read_bytes()) == (["file"], b"new")


def test_write_atomically_names_the_path_that_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write_atomically(tmp_path / "none" / "file", b"")
    assert caught.value.filename == str(tmp_path / "none" / "file")
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path, b"")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_write_into_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(path, b"bytes")
    assert os.read(reader, 100) == b"bytes"
    os.close(reader)
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_zero_claims() -> None:
    """A claim of -0 is one of 0, and the other way round."""
    negative = Certificate(small().network, (ClaimedPoint(((0, -1),), (F.one,), ((0, -1),), (ZERO,)),))
    assert check(negative, jobs=1).accepted
    assert checker.check_bytes(negative.to_bytes()).verdict == "accepted"
