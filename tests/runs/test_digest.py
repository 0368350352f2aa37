"""What is kept of theory files between runs: the same theory as the file says, until a byte of it changes."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from fpproof.certificates import Certificate, ClaimedPoint
from fpproof.errors import TheoryError
from fpproof.formats import ZERO, parse_format
from fpproof.ledger import Subject
from fpproof.networks import Network, dense
from fpproof.runs import digest
from fpproof.runs.digest import known_subjects, read_or_remember
from fpproof.runs.files import theories_in
from fpproof.theory import Lemma, Theory, applies, formats_of, read_theory
from tests.runs.theories import CONDITIONAL, FALSE, HEADER, LARGE_ONLY, ROOT, TRUE, UNCONDITIONAL, written

LONG_AGO = 10**18
CERTIFIED = '\n@lemma\ndef about_a_file():\n    show(certified("a.cert.json"))\n'


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "theories"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read, and not remembered."""
    found: list[Path] = []

    def counting(path: str | Path) -> Theory:
        found.append(Path(path))
        return read_theory(path)

    monkeypatch.setattr(digest, "read_theory", counting)
    return found


def old(path: Path, *parts: str) -> Path:
    """A theory file that was changed long ago, each time at another moment."""
    before = path.stat().st_mtime_ns if path.exists() else LONG_AGO
    written(path, *parts)
    os.utime(path, ns=(before + 1, before + 1))
    return path


def facts(lemma: Lemma) -> list[object]:
    """Everything that a lemma is, but for its terms."""
    own = [lemma.name, lemma.place, lemma.text, lemma.source, lemma.parameters, lemma.expect, lemma.formats, dict(lemma.plan), lemma.rocq]
    return [*own, lemma.outline, lemma.speaks_of_formats, *([facts(use.lemma), dict(use.formats), str(use)] for use in lemma.uses)]


def test_theories_are_remembered_as_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "_RECENT", -(1 << 62))
    monkeypatch.chdir(ROOT)
    for path in theories_in(Path("theories"))[::4]:
        read, first, second = read_theory(path), read_or_remember(path), read_or_remember(path)
        assert second is not first
        assert (second.file, second.text, second.source, second.files) == (read.file, read.text, read.source, read.files)
        assert [facts(lemma) for lemma in second.lemmas] == [facts(lemma) for lemma in read.lemmas]
        for lemma in second.lemmas:
            subjects = known_subjects(lemma)
            assert lemma.formats or len(subjects) >= 11 or len(lemma.format_parameters) > 1
            for text in list(subjects)[:: 1 + len(subjects) // 2]:
                formats = formats_of(lemma, text)
                assert subjects[text] == (Subject.of(lemma, formats, "", text).key if applies(lemma, formats) else "")


def test_terms_are_read_when_they_are_needed(tmp_path: Path, reads: list[Path]) -> None:
    path = old(tmp_path / "a.py", UNCONDITIONAL)
    first, second = read_or_remember(path), read_or_remember(path)
    assert [lemma.fingerprint for lemma in second.lemmas] == [lemma.fingerprint for lemma in first.lemmas]
    assert len(reads) == 1
    assert [str(term) for lemma in second.lemmas for term in lemma.shows] == [str(term) for lemma in first.lemmas for term in lemma.shows]
    assert len(reads) == 2, "once for all lemmas of the file"
    assert second.lemmas[1].uses[0].lemma is second.lemmas[0]


def test_subjects_are_known_where_other_lemmas_need_them(tmp_path: Path) -> None:
    path = old(tmp_path / "a.py", UNCONDITIONAL.replace("@lemma\ndef rests", '@lemma(formats="F(2,6)")\ndef rests'))
    read_or_remember(path)
    used, resting = read_or_remember(path).lemmas
    assert set(known_subjects(resting)) == {"F(2,6)"} < set(known_subjects(used))


def test_what_was_read_for_it_must_not_have_changed(tmp_path: Path, reads: list[Path]) -> None:
    theories = tmp_path / "theories"
    base = old(theories / "base.py", FALSE)
    path = old(theories / "a.py", "from theories.base import tripling_is_exact\n" + CONDITIONAL.split(FALSE)[1])
    read_or_remember(path)
    (before,) = read_or_remember(path).lemmas
    assert len(reads) == 1
    old(base, FALSE.replace("3 * x", "5 * x"))
    (after,) = read_or_remember(path).lemmas
    assert len(reads) == 2
    assert before.uses[0].lemma.fingerprint != after.uses[0].lemma.fingerprint
    old(base, FALSE)
    assert facts(read_or_remember(path).lemmas[0]) == facts(before)
    base.unlink()
    with pytest.raises(TheoryError, match="there is no such theory file"):
        read_or_remember(path)


def test_a_link_may_come_to_lead_elsewhere(tmp_path: Path, reads: list[Path]) -> None:
    theories = tmp_path / "theories"
    one, two = old(theories / "one.py", FALSE), old(theories / "two.py", FALSE.replace("3 * x", "5 * x"))
    link = theories / "base.py"
    link.symlink_to(one)
    path = old(theories / "a.py", "from theories.base import tripling_is_exact\n" + CONDITIONAL.split(FALSE)[1])
    before = read_or_remember(path).lemmas[0].uses[0].lemma.fingerprint
    assert read_or_remember(path).lemmas[0].uses[0].lemma.fingerprint == before
    link.unlink()
    link.symlink_to(two)
    assert read_or_remember(path).lemmas[0].uses[0].lemma.fingerprint != before
    assert len(reads) == 2


def test_a_certificate_that_it_speaks_of_counts(tmp_path: Path, reads: list[Path]) -> None:
    certificate, F = tmp_path / "a.cert.json", parse_format("F(2,3)")
    data = Certificate(Network(F, (dense([[F.one]], activation=None),)), (ClaimedPoint((ZERO,), (F.one,), (ZERO,), (F.one,)),)).to_bytes()
    certificate.write_bytes(data)
    os.utime(certificate, ns=(LONG_AGO, LONG_AGO))
    path = old(tmp_path / "a.py", CERTIFIED)
    before = read_or_remember(path).lemmas[0].fingerprint
    assert read_or_remember(path).lemmas[0].fingerprint == before
    assert len(reads) == 1
    certificate.write_bytes(data + b"\n")
    os.utime(certificate, ns=(LONG_AGO + 1, LONG_AGO + 1))
    assert read_or_remember(path).lemmas[0].fingerprint != before


def test_a_file_that_was_just_changed_is_read_again(tmp_path: Path, reads: list[Path]) -> None:
    path = written(tmp_path / "a.py", TRUE)
    read_or_remember(path)
    read_or_remember(path)
    assert len(reads) == 2


def test_other_code_reads_again(tmp_path: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = old(tmp_path / "a.py", TRUE)
    read_or_remember(path)
    monkeypatch.setattr(digest, "code_stamp", lambda: "other")
    read_or_remember(path)
    assert len(reads) == 2


def test_a_broken_digest_is_none(tmp_path: Path, cache: Path, reads: list[Path]) -> None:
    path = old(tmp_path / "a.py", TRUE)
    read_or_remember(path)
    (kept,) = cache.iterdir()
    data = kept.read_bytes()
    changed = (data + b" ", data.replace(b"proved", b"Proved"), b"\xff\n", data.replace(b"\n", b""))
    for number, broken in enumerate((b"", data[:100], data[:-1], *changed), 1):
        assert broken != data
        kept.write_bytes(broken)
        assert [lemma.name for lemma in read_or_remember(path).lemmas] == ["doubling_is_exact"]
        assert len(reads) == 1 + number
    assert kept.read_bytes() == data


def test_a_statement_must_be_the_one_that_is_known(tmp_path: Path, cache: Path) -> None:
    """Had the file been read while it was changed, its terms would not be those of the hash."""
    path = old(tmp_path / "a.py", TRUE)
    read_or_remember(path)
    (kept,) = cache.iterdir()
    fields = json.loads(kept.read_bytes().partition(b"\n")[2])
    fields["lemmas"][0]["known"]["fingerprint"] = "0" * 64
    text = json.dumps(fields).encode()
    kept.write_bytes(sha256(text).hexdigest().encode() + b"\n" + text)
    (lemma,) = read_or_remember(path).lemmas
    assert lemma.fingerprint == "0" * 64
    with pytest.raises(TheoryError, match="changed while it was being read"):
        _ = lemma.shows


def test_where_nothing_can_be_kept_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = old(tmp_path / "a.py", LARGE_ONLY)
    (tmp_path / "file").write_text("no directory")
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path / "file"))
    assert read_or_remember(path).lemmas[0].name == read_or_remember(path).lemmas[0].name == "about_large_formats"


def test_malformed_files_are_never_kept(tmp_path: Path, cache: Path) -> None:
    path = old(tmp_path / "a.py", "x: int\n")
    assert path.read_text().startswith(HEADER)
    for _ in range(2):
        with pytest.raises(TheoryError):
            read_or_remember(path)
    assert not cache.exists()
