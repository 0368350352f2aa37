"""Certificate files that a theory speaks of: inside its tree, read with bounds, known by the hash of what they say."""

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from fpproof.errors import FpproofError, Place, TheoryError
from fpproof.formats import Format
from fpproof.networks import Network, Semantics

if TYPE_CHECKING:
    from fpproof.certificates import Certificate
    from fpproof.certificates.check import Report


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """A certificate by the hash of what it says; `name` is how the theory calls it, and does not count."""

    digest: str
    name: str = field(compare=False)
    certificate: "Certificate" = field(compare=False, repr=False)

    @property
    def network(self) -> Network:
        return self.certificate.network

    @property
    def semantics(self) -> Semantics:
        return self.certificate.semantics

    @property
    def format(self) -> Format:
        return self.network.format

    @property
    def inputs(self) -> int:
        return self.network.inputs

    @property
    def outputs(self) -> int:
        return self.network.outputs

    def __str__(self) -> str:
        return self.digest


def certificate_file(name: str, file: Path | None, root: Path | None, place: Place) -> CertificateFile:
    """The certificate that a theory file names, by its path from there; raises TheoryError at `place`."""
    if file is None or root is None:
        raise TheoryError("a theory that is no file has no certificates beside it", place)
    if "\0" in name:
        raise TheoryError("a file's name has no character U+0000", place)
    path = Path(name)
    target = (file.parent / path).resolve()
    if path.is_absolute() or not target.is_relative_to(root):
        raise TheoryError(f"the file {name[:100]} lies outside the tree of theories", place, "a path from the theory file, with / between its parts")
    if not target.is_file():
        raise TheoryError(f"there is no file {name[:100]} beside the theory", place)
    try:
        certificate, digest = _read(target, target.stat().st_mtime_ns, target.stat().st_size)
    except FpproofError as error:
        raise TheoryError(error.message, place, error.hint) from None
    except OSError as error:
        raise TheoryError(f"the file {name[:100]} cannot be read: {error.strerror}", place) from None
    return CertificateFile(digest, name, certificate)


@lru_cache(maxsize=64)
def _read(path: Path, changed: int, size: int) -> "tuple[Certificate, str]":
    from fpproof.certificates import parse_certificate
    from fpproof.certificates.reading import LARGEST_FILE

    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    try:
        return parse_certificate(data), f"sha256:{sha256(data).hexdigest()}"
    except FpproofError as error:
        raise TheoryError(f"{path.name}: {error.message}", hint=error.hint) from None


@lru_cache(maxsize=64)
def report(file: CertificateFile) -> "Report":
    """[E-Certified] Every claim of the certificate, checked by the package's own evaluators; a claim that fails is replayed by the exact one."""
    from fpproof.certificates.check import check

    return check(file.certificate)
