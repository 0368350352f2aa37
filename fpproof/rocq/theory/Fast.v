(** The fast arithmetic: numbers as codes in machine words of 63 bits, the standard library's primitive integers.

    For formats of at most 31 bits of precision and codes of at most 40 bits, without the variants wide, flush and fma. What it computes rests on
    the kernel's primitive integers (Print Assumptions names them). Certificates that both arithmetics can decide are the tests' evidence that they agree, and
    [agree_everywhere] decides it for all pairs of numbers of a small format. *)

From Coq Require Import ZArith List Bool Uint63 SpecFloat.
From Fpproof Require Import Format Network Certificate.
Import ListNotations.
Local Open Scope uint63_scope.

(** A word is the sign's bit 2^62 and the code of the magnitude, in which infinity is the code after Omega's, and NaN is [not_a_number]. *)
Definition sign_bit : int := 4611686018427387904.
Definition not_a_number : int := 4611686018427387903.

Record words := Words {
  fraction_bits : int;  (* p *)
  hidden : int;  (* 2^p *)
  fraction_mask : int;  (* 2^p - 1 *)
  offset : int;  (* p - low, where products of units are aligned: the field of a product is e + f - offset *)
  last_code : int;  (* of Omega *)
  overflow_code : int;
  infinity_code : int;
  one_code : int
}.
