"""Float operations a second in Rocq's kernel: our two encodings against Flocq's own operations, on dot products of bfloat16 in one run of coqc.

Each loop multiplies and adds; what is measured is the CPU time of `vm_compute` that coqc itself reports, the least of three. The two encodings run
as a network's layer does, reading weights and inputs; Flocq's run is the bare chain of operations.
"""

import re

import pytest

from fpproof.rocq.coqc import installed, run
from fpproof.rocq.library import standing_alone

pytestmark = pytest.mark.skipif(installed() is None, reason="coqc is not installed")

TERMS = 32
TEXT = """
From Coq Require Import ZArith List Bool SpecFloat Uint63.
From Flocq Require Import Core BinarySingleNaN.
Import ListNotations.
Definition F := ieee 8 128.
Definition codes := map (fun i => (16128 + (37 * Z.of_nat i) mod 512 + (if Nat.even i then 0 else 32768))%Z) (seq 0 32).
Definition numbers := map (fun c => match decode F 16 c with Some x => x | None => S754_nan end) codes.
Definition rows {T : Type} (l : list T) := fold_right (fun '(j, x) r => w (Pos.of_succ_nat j) x r) stop (combine (seq 0 32) l).

Definition EXACT := exact F F false false.
Definition row_e := Eval vm_compute in rows numbers.
Definition vector_e := Eval vm_compute in vector_of EXACT numbers.
Definition FAST := fast F.
Definition words := map (word_of F) numbers.
Definition row_f := Eval vm_compute in rows words.
Definition vector_f := Eval vm_compute in vector_of FAST words.

Local Instance pos : Prec_gt_0 8. Proof. reflexivity. Qed.
Local Instance lt : Prec_lt_emax 8 128. Proof. reflexivity. Qed.
Definition flocq := map (fun x => match valid_binary 8 128 x as b return valid_binary 8 128 x = b -> binary_float 8 128 with
  true => fun H => SF2B x H | false => fun _ => B754_nan end eq_refl) numbers.
Definition dot_b (l : list (binary_float 8 128)) := fold_left (fun s x => Bplus mode_NE s (Bmult mode_NE x x)) l (B754_zero false).

Fixpoint repeat_ (n : nat) {T : Type} (f : unit -> T) (last : T) : T := match n with O => last | S n => repeat_ n f (f tt) end.
Definition bits_e (o : option spec_float) := match o with Some (S754_finite s m e) => (s, Zpos m, e) | _ => (false, 0, 0)%Z end.
Definition n := Eval vm_compute in (20 * 20)%nat.
Time Eval vm_compute in bits_e (repeat_ n (fun _ => chain EXACT vector_e row_e) None).
Time Eval vm_compute in bits_e (repeat_ n (fun _ => chain EXACT vector_e row_e) None).
Time Eval vm_compute in repeat_ (10 * n) (fun _ => chain FAST vector_f row_f) None.
Time Eval vm_compute in repeat_ (10 * n) (fun _ => chain FAST vector_f row_f) None.
Time Eval vm_compute in bits_e (Some (B2SF (repeat_ n (fun _ => dot_b flocq) (B754_zero false)))).
Time Eval vm_compute in bits_e (Some (B2SF (repeat_ n (fun _ => dot_b flocq) (B754_zero false)))).
"""
OPERATIONS = 400 * (2 * TERMS - 1)


def test_operations_a_second() -> None:
    """Goals: 200,000 and 2 million a second; 4 and 30 times Flocq's."""
    answer = run(standing_alone(["Fast"], TEXT))
    assert answer.accepted, answer.complaint
    seconds = [float(text) for text in re.findall(r"\(([0-9.]+)u", answer.output)]
    exact, fast, flocq = (min(seconds[i : i + 2]) for i in (0, 2, 4))
    values = re.findall(r"= \((true|false), ([0-9]+)%Z, \(?(-?[0-9]+)\)?%Z\)", answer.output)
    assert len(values) == 4, answer.output
    assert len(set(values)) == 1, "the exact encoding and Flocq differ"
    rates = {"exact": OPERATIONS / exact, "fast": 10 * OPERATIONS / fast, "Flocq": OPERATIONS / flocq}
    print({name: round(rate) for name, rate in rates.items()})
    ratios = rates["exact"] / rates["Flocq"], rates["fast"] / rates["Flocq"]
    print(f"ratios {ratios[0]:.1f} and {ratios[1]:.1f}")
    assert rates["exact"] >= 200_000
    assert rates["fast"] >= 2_000_000
    assert ratios[0] >= 4
    assert ratios[1] >= 30
