(** Formats and operations: docs/semantics.md, sections 1 and 2.

    A number is a [spec_float] of the standard library: a zero with its sign, an infinity, NaN, or [S754_finite s m e] for (-1)^s * m * 2^e.
    A format says what rounding into it means; numbers do not carry their format. Bridge.v proves that for every [ieee prec emax] these
    operations are those of the standard library and of Flocq. *)

From Coq Require Import ZArith Bool SpecFloat.
Local Open Scope Z_scope.

(** What overflow gives, to nearest. *)
Inductive overflow := to_infinity | to_nan | to_Omega.

(** Section 1. Omega is [Omega_m * 2^high]; numbers below 2^(low + prec) are on the grid of omega = 2^low. *)
Record format := Format {
  prec : Z;  (* p + 1 *)
  low : Z;  (* emin - p *)
  high : Z;  (* emax - p *)
  Omega_m : positive;  (* of [prec] bits *)
  infinities : bool;
  beyond : overflow
}.

(** IEEE-like: [prec] bits, finite numbers below 2^emax; F(p, q) is [ieee (p + 1) (2^(q-1))]. *)
Definition ieee (prec emax : Z) : format := Format prec (3 - emax - prec) (emax - prec) (Z.to_pos (2 ^ prec - 1)) true to_infinity.

(** The exponent that a number of 2^(e-1) <= |x| < 2^e is rounded to. *)
Definition fexp (F : format) (e : Z) : Z := Z.max (e - prec F) (low F).

(** Beyond Omega in magnitude; the whole top binade is within where Omega has [prec] ones. *)
Definition too_large (F : format) (m : positive) (e : Z) : bool :=
  match e ?= high F with Lt => false | Eq => (Omega_m F <? m)%positive | Gt => true end.

Definition overflowed (F : format) (s : bool) : spec_float :=
  match beyond F with
  | to_infinity => S754_infinity s
  | to_nan => S754_nan
  | to_Omega => S754_finite s (Omega_m F) (high F)
  end.

(** An exact infinity, rounded: NaN in a format without infinities. *)
Definition infinite (F : format) (s : bool) : spec_float := if infinities F then S754_infinity s else S754_nan.

(** (-1)^s * m * 2^e to the nearest number, ties to even, as if exponents had no upper bound; then overflow. [shl_align], [shr] and
    [round_nearest_even] are the standard library's: shift left without loss, shift right with a round and a sticky bit, round. *)
Definition shr_fexp (F : format) (m e : Z) : shr_record * Z := shr (shr_record_of_loc m loc_Exact) e (fexp F (Zdigits2 m + e) - e).

Definition limited (F : format) (s : bool) (m : positive) (e : Z) : spec_float := if too_large F m e then overflowed F s else S754_finite s m e.

Definition nearest (F : format) (s : bool) (m : positive) (e : Z) : spec_float :=
  let '(m, e) := shl_align m e (fexp F (Zpos (digits2_pos m) + e)) in
  let '(r, e) := shr_fexp F (Zpos m) e in
  let '(r, e) := shr_fexp F (round_nearest_even (shr_m r) (loc_of_shr_record r)) e in
  match shr_m r with
  | Z0 => S754_zero s
  | Zpos m => limited F s m e
  | Zneg _ => S754_nan
  end.

(** The same in fewer steps: Rounding.v proves that [round] is [nearest], in every format. In the kernel's machine both sides of && are computed,
    so conditions are nested. *)

(** m / 2^(i+1) to the nearest integer, ties to even; [sticky]: bits were cut off before, not all of them 0. *)
Fixpoint cut (i : nat) (m : positive) (sticky : bool) : Z :=
  match i with
  | O =>
      match m with
      | xO m => Zpos m
      | xI m => if sticky then Zpos (Pos.succ m) else match m with xO _ => Zpos m | _ => Zpos (Pos.succ m) end
      | xH => if sticky then 1 else 0
      end
  | S i =>
      match m with
      | xO m => cut i m sticky
      | xI m => cut i m true
      | xH => 0
      end
  end.

Fixpoint power_of_two (m : positive) : bool := match m with xO m => power_of_two m | xI _ => false | xH => true end.

(** A carry to 2^prec is [prec] bits again, one exponent higher. *)
Definition carried (F : format) (m : positive) : bool := if power_of_two m then prec F <? Zpos (digits2_pos m) else false.

Definition round (F : format) (s : bool) (m : positive) (e : Z) : spec_float :=
  let normal := Zpos (digits2_pos m) - prec F in
  let subnormal := low F - e in
  let n := if normal <=? subnormal then subnormal else normal in
  match n with
  | Z0 => limited F s m e
  | Zneg k => limited F s (shift_pos k m) (e + n)
  | Zpos k =>
      match cut (pred (Pos.to_nat k)) m false with
      | Zpos m => if carried F m then limited F s (Pos.div2 m) (e + n + 1) else limited F s m (e + n)
      | _ => S754_zero s
      end
  end.

(** fl *)
Definition fl (F : format) (x : spec_float) : spec_float :=
  match x with
  | S754_finite s m e => round F s m e
  | S754_infinity s => infinite F s
  | S754_zero _ | S754_nan => x
  end.

(** Exact results, with IEEE 754's rules for infinities, NaN and the signs of zeros. *)
Definition exact_product (x y : spec_float) : spec_float :=
  match x, y with
  | S754_nan, _ | _, S754_nan | S754_infinity _, S754_zero _ | S754_zero _, S754_infinity _ => S754_nan
  | S754_infinity s, (S754_infinity t | S754_finite t _ _) | S754_finite s _ _, S754_infinity t => S754_infinity (xorb s t)
  | S754_zero s, (S754_zero t | S754_finite t _ _) | S754_finite s _ _, S754_zero t => S754_zero (xorb s t)
  | S754_finite s m e, S754_finite t n f => S754_finite (xorb s t) (m * n) (e + f)
  end.

(** m * 2^e, a zero sum being +0. *)
Definition of_integer (m e : Z) : spec_float :=
  match m with
  | Z0 => S754_zero false
  | Zpos m => S754_finite false m e
  | Zneg m => S754_finite true m e
  end.

(** Two significands at the lower one of their exponents. *)
Definition aligned (m : positive) (e : Z) (n : positive) (f : Z) : positive * positive * Z :=
  match e - f with
  | Z0 => (m, n, e)
  | Zpos k => (shift_pos k m, n, f)
  | Zneg k => (m, shift_pos k n, e)
  end.

Definition exact_sum (x y : spec_float) : spec_float :=
  match x, y with
  | S754_nan, _ | _, S754_nan => S754_nan
  | S754_infinity s, S754_infinity t | S754_zero s, S754_zero t =>
      if eqb s t then x else match x with S754_infinity _ => S754_nan | _ => S754_zero false end
  | S754_infinity _, _ | S754_finite _ _ _, S754_zero _ => x
  | _, S754_infinity _ | S754_zero _, S754_finite _ _ _ => y
  | S754_finite s m e, S754_finite t n f =>
      let '(m, n, g) := aligned m e n f in of_integer (cond_Zopp s (Zpos m) + cond_Zopp t (Zpos n)) g
  end.

(** Section 2: fl of the exact result. *)
Definition mul (F : format) (x y : spec_float) : spec_float := fl F (exact_product x y).
Definition add (F : format) (x y : spec_float) : spec_float := fl F (exact_sum x y).
Definition fma (F : format) (x y z : spec_float) : spec_float := fl F (exact_sum (exact_product x y) z).

(** Subnormal numbers become zeros of the same sign: the variant [flush]. *)
Definition flush (F : format) (x : spec_float) : spec_float :=
  match x with
  | S754_finite s m e => if (e =? low F) && (Zpos (digits2_pos m) <? prec F) then S754_zero s else x
  | _ => x
  end.

Definition is_finite (x : spec_float) : bool := match x with S754_zero _ | S754_finite _ _ _ => true | _ => false end.

(** Codes: sign, exponent field, fraction; the magnitude's code is the place of the number among the positive ones. *)
Definition place (F : format) (m : positive) (e : Z) : Z := Zpos m + (e - low F) * 2 ^ (prec F - 1).

Definition last_place (F : format) : Z := place F (Omega_m F) (high F).

(** [width] is that of a code. None: a code that means nothing here; NaN has none, since certificates do not write it. *)
Definition decode (F : format) (width : Z) (code : Z) : option spec_float :=
  let half := 2 ^ (width - 1) in
  let s := half <=? code in
  let c := if s then code - half else code in
  let field := Z.shiftr c (prec F - 1) in
  let fraction := c - Z.shiftl field (prec F - 1) in
  if (code <? 0) || (half <=? c) then None
  else if c <=? last_place F then
    let m := if field =? 0 then fraction else fraction + 2 ^ (prec F - 1) in
    Some (match m with Zpos m => S754_finite s m (low F + Z.max 0 (field - 1)) | _ => S754_zero s end)
  else if infinities F && (fraction =? 0) && (field =? Z.shiftr (half - 1) (prec F - 1)) then Some (S754_infinity s)
  else None.

(** The numbers that are finite values of the format, in its normal form. *)
Definition is_float (F : format) (x : spec_float) : bool :=
  match x with
  | S754_zero _ => true
  | S754_finite _ m e => (fexp F (Zpos (digits2_pos m) + e) =? e) && negb (too_large F m e)
  | _ => false
  end.
