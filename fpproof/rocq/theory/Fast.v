(** The fast arithmetic: numbers as codes in machine words, the standard library's primitive integers of 63 bits.

    It covers formats of at most 30 bits of precision, codes of at most 40, without the variants fma, wide and flush. What it computes rests on the
    kernel's primitive integers, which [Print Assumptions] names. Networks and the reading of codes are those of the exact arithmetic: only the
    operations are others. [agreement] compares them on all pairs of a list of numbers. *)

From Coq Require Import ZArith List Bool Uint63 SpecFloat.
From Fpproof Require Import Format Network Certificate.
Import ListNotations.
Local Open Scope uint63_scope.

(** A word is a sign bit and the code of a magnitude: 0 to that of Omega, then infinity where there is one, and [not_a_number]. *)
Definition sign_bit : int := 4611686018427387904.  (* 2^62 *)
Definition not_a_number : int := 4611686018427387903.  (* 2^62 - 1: also the mask of magnitudes *)

Definition sign_of_word (x : int) : int := x land sign_bit.
Definition magnitude (x : int) : int := x land not_a_number.

(** Added to exponents, so that none is negative: they are below 2^20 in magnitude. *)
Definition base : int := 1073741824.  (* 2^30 *)

Section Operations.

Variables
  (p : int)  (* fraction bits *)
  (last : int)  (* Omega *)
  (overflow : int)  (* what overflow gives, without its sign *)
  (least : int)  (* base - 1 + low: omega is 2^(least + 1 - base) *).

(** m * 2^(k - base) units of omega, 0 < m < 2^62, to the nearest word, ties to even; [s] is the sign. With d the bits of m, the
    result is a multiple of 2^t units, t = max(d + k - (p + 1), base) - base. A significand n at t has the code n + t 2^p: for n of full length that is
    exponent field t + 1 and fraction n - 2^p, for a subnormal n it is n, and a carry to the next power of two is one in the exponent field. *)
Definition nearest (s m k : int) : int :=
  let u := 62 - p - head0 m + k in
  let u := if u <? base then base else u in
  let c :=
    if u <=? k then (m << (k - u)) + ((u - base) << p)
    else
      let r := u - k in
      if 61 <? r then 0 else ((m + ((1 << (r - 1)) - 1) + ((m >> r) land 1)) >> r) + ((u - base) << p)
  in
  if last <? c then if overflow =? not_a_number then overflow else s lor overflow else s lor c.

(** Finite magnitudes: the significand, and its unit as a power of two over omega's. *)
Definition unit_of (c : int) : int := let f := c >> p in if f =? 0 then 0 else f - 1.
Definition significand (c u : int) : int := c - (u << p).

(** The significands' product is below 2^60. *)
Definition times (x y : int) : int :=
  let a := magnitude x in
  let b := magnitude y in
  let s := sign_of_word (x lxor y) in
  if last <? (if a <? b then b else a) then
    if (if a =? not_a_number then true else b =? not_a_number) then not_a_number
    else if (if a <? b then a else b) =? 0 then not_a_number
    else s lor (last + 1)
  else if a =? 0 then s
  else if b =? 0 then s
  else let u := unit_of a in let v := unit_of b in nearest s (significand a u * significand b v) (u + v + least + 1).

(** For |x| >= |y|. With units 2^n apart, y is added to 2^n of x exactly, below 2^62, while n <= p + 2. Beyond, x is normal and
    y is less than a quarter of its unit, the distance to the midpoint below it: the sum rounds to x. *)
Definition plus_ordered (x y : int) : int :=
  let a := magnitude x in
  let b := magnitude y in
  if last <? a then
    if a =? not_a_number then a else if x =? y then x else if last <? b then not_a_number else x
  else if a =? 0 then x land y
  else
    let u := unit_of a in
    let v := unit_of b in
    let n := u - v in
    if p + 2 <? n then x
    else
      let m := significand a u << n in
      let m := if sign_of_word (x lxor y) =? 0 then m + significand b v else m - significand b v in
      if m =? 0 then 0 else nearest (sign_of_word x) m (v + base).

Definition plus_words (x y : int) : int := if magnitude x <? magnitude y then plus_ordered y x else plus_ordered x y.

End Operations.

Definition sign_word (x : int) : option comparison :=
  let a := magnitude x in
  if a =? not_a_number then None else Some (if a =? 0 then Eq else if x =? a then Gt else Lt).

Definition key_word (x : int) : option positive :=
  let a := magnitude x in
  if a =? not_a_number then None
  else if a =? 0 then Some xH
  else match to_Z ((a << 1) lor (if x =? a then 0 else 1)) with Zpos k => Some k | _ => None end.

Definition word_of (F : format) (x : spec_float) : int :=
  match x with
  | S754_zero s => if s then sign_bit else 0
  | S754_finite s m e => of_Z (place F m e) lor (if s then sign_bit else 0)
  | S754_infinity s => of_Z (last_place F + 1) lor (if s then sign_bit else 0)
  | S754_nan => not_a_number
  end.

Definition product_of (F : format) : int -> int -> int :=
  times (of_Z (prec F - 1)) (of_Z (last_place F)) (word_of F (overflowed F false)) (base - 1 + of_Z (low F)).

Definition sum_of (F : format) : int -> int -> int := plus_words (of_Z (prec F - 1)) (of_Z (last_place F)) (word_of F (overflowed F false)).

Definition fast (F : format) : arithmetic :=
  let last := of_Z (last_place F) in
  let multiply := product_of F in
  {|
    number := int;
    zero := 0;
    one := word_of F (round F false 1 0);
    nan := not_a_number;
    is_finite_number x := magnitude x <=? last;
    sign := sign_word;
    key := key_word;
    product := multiply;
    sum := sum_of F;
    fused _ _ _ := not_a_number;
    start b := b;
    finish x := x;
    masked := multiply
  |}.

Definition same_word (x y : int) : bool := (x =? y) || (magnitude (x lor y) =? 0).

(** "This network, on these inputs and upstreams, gives these values and gradients", in machine words. *)
Definition fast_claim (F : format) (d : data) : Prop :=
  holds (fast F) (fun code => option_map (word_of F) (decode F (width d) code)) (fun x => x) same_word (last_place F) d.

Definition check_fast_claim (F : format) (d : data) : bool :=
  check (fast F) (fun code => option_map (word_of F) (decode F (width d) code)) (fun x => x) same_word (last_place F) d.

Theorem fast_claim_holds F d : check_fast_claim F d = true -> fast_claim F d.
Proof. apply check_holds. Qed.

(** The operations on words are the exact ones, on all pairs. *)
Definition agreement (F : format) (xs : list spec_float) : bool :=
  let plus := sum_of F in
  let times := product_of F in
  let ws := map (fun x => (x, word_of F x)) xs in
  forallb (fun '(x, a) => forallb (fun '(y, b) =>
    (plus a b =? word_of F (add F x y)) && (times a b =? word_of F (mul F x y))) ws) ws.
