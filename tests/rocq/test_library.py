"""The library itself: its parts, the two arithmetics on all pairs, and the assumptions of its theorems."""

import re
from pathlib import Path

import pytest

from fpproof.cli.main import main
from fpproof.formats import ATLAS, Format, ieee_like
from fpproof.rocq import run
from fpproof.rocq.certificates import format_term
from fpproof.rocq.coqc import CLOSED
from fpproof.rocq.library import DIRECTORY, MODULES, needed, source, standing_alone

ROOT = Path(__file__).parent.parent.parent
SMALL = [ieee_like(2, 3), ieee_like(3, 3), ieee_like(1, 3), ATLAS["E4M3FN"], ATLAS["E3M2"], ATLAS["E2M3"], ATLAS["E2M1"]]


def test_the_parts_are_named_once() -> None:
    assert {f"{module}.v" for module in MODULES} == {path.name for path in DIRECTORY.glob("*.v")}
    makefile = re.search(r"^ROCQ := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert makefile is not None
    assert tuple(makefile[1].split()) == MODULES
    assert needed(["Certificate"]) == ["Format", "Network", "Certificate"]
    for module in MODULES:
        assert not re.search(r"\b(Admitted|admit|Axiom|Parameter|Conjecture|Abort)\b|bypass_check|Unset Guard", source(module)), module


def numbers(F: Format) -> str:
    """All values of a format."""
    decoded = f"match decode {format_term(F)} {F.width} (Z.of_nat c) with Some x => [x] | None => [] end"
    infinities = "[S754_infinity true; S754_infinity false]" if F.has_infinities else "[]"
    return f"(S754_nan :: {infinities} ++ flat_map (fun c => {decoded}) (seq 0 {1 << F.width}))"


HEAD = "\nFrom Coq Require Import ZArith Bool List SpecFloat.\nImport ListNotations.\nLocal Open Scope Z_scope.\n"


def wrong_sum(F: Format, other: str) -> str:
    """The comparison of fast sums with exact ones of another format."""
    one = format_term(F)
    compared = f"Uint63.eqb (sum_of {one} (word_of {one} x) (word_of {one} y)) (word_of {one} (Fpproof.Format.add {other} x y))"
    return f"forallb (fun x => forallb (fun y => {compared}) {numbers(F)}) {numbers(F)}"


@pytest.mark.coqc
def test_fast_operations_are_exact_ones_on_all_pairs() -> None:
    """In formats of each kind; and a sum of another format, or a format one binade shorter, is noticed."""
    checks = [f"agreement {format_term(F)} {numbers(F)}" for F in SMALL]
    others = [(ieee_like(2, 3), "(Format 3 (-4) 1 6 true to_infinity)"), (ATLAS["E2M1"], "(ieee 2 3)")]
    controls = [wrong_sum(F, other) for F, other in others]
    answer = run(standing_alone(["Fast"], f"{HEAD}From Coq Require Uint63.\nEval vm_compute in [{'; '.join(checks + controls)}].\n"))
    assert answer.accepted, answer.complaint
    assert re.findall("true|false", answer.output) == ["true"] * len(checks) + ["false"] * len(controls)


@pytest.mark.coqc
def test_assumptions_of_the_theorems() -> None:
    """The order rule and the soundness of the computations assume nothing; the bridge, what Flocq's real numbers rest on."""
    order = [f"Order.{name}" for name in ("neutral_pairs", "neutral_block", "neutral_zero", "neutral_sum", "floats_stay")]
    closed = [*order, "Rounding.round_is_nearest", "Certificate.claim_holds", "Exact.all_in"]
    bridge = [f"Bridge.{name}" for name in ("add_is_Bplus", "mul_is_Bmult", "add_is_standard", "mul_is_standard")]
    checked = "From Flocq Require Import Core BinarySingleNaN.\nFrom Coq Require Import ZArith.\n"
    checked += "Goal forall F, (0 < prec F)%Z -> forall s m e, Fpproof.Format.round F s m e = nearest F s m e.\n"
    checked += "Proof. exact Fpproof.Rounding.round_is_nearest. Qed.\n"
    for ours, flocqs, theorem in (("Fpproof.Format.add", "Bplus", bridge[0]), ("Fpproof.Format.mul", "Bmult", bridge[1])):
        checked += "Goal forall prec emax (P : Prec_gt_0 prec) (Q : Prec_lt_emax prec emax) (x y : binary_float prec emax),\n"
        checked += f"  {ours} (ieee prec emax) (B2SF x) (B2SF y) = B2SF ({flocqs} mode_NE x y).\nProof. exact Fpproof.{theorem}. Qed.\n"
    printed = "".join(f"Print Assumptions Fpproof.{name}.\n" for name in closed + bridge)
    answer = run(standing_alone(["Certificate", "Exact", "Bridge"], checked + printed))
    assert answer.accepted, answer.complaint
    assert answer.assumptions[: len(closed)] == (CLOSED,) * len(closed)
    known = {
        "ClassicalDedekindReals.sig_not_dec",
        "ClassicalDedekindReals.sig_forall_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
        "Classical_Prop.classic",
    }
    assert len(answer.assumptions) == len(closed) + len(bridge)
    for names in answer.assumptions[len(closed) :]:
        assert set(names.split()) <= known


@pytest.mark.coqc
def test_the_readme_s_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Large enough for the fast encoding."""
    path = str(tmp_path / "sine.cert.json")
    assert main(["represent", str(ROOT / "examples" / "sine-e4m3.csv"), "--format", "F(3,4)", "-o", path]) == 0
    assert main(["check", path, "--with", "rocq"]) == 0
    assert re.search(r"accepted by coqc [\d.]+, fast encoding, 3727602 operations", capsys.readouterr().out)
