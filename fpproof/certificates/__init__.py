"""Certificates: the file format, reading, writing, and checking with the package's own evaluators."""

from fpproof.certificates.certificate import Certificate, ClaimedPoint, Elsewhere, provenance
from fpproof.certificates.check import Failure, Report, check
from fpproof.certificates.reading import parse_certificate, read_certificate

__all__ = ["Certificate", "ClaimedPoint", "Elsewhere", "Failure", "Report", "check", "parse_certificate", "provenance", "read_certificate"]
