(** Exact extended reals, as the theory language has them (docs/theory-language.md, sections 3 to 5), for lemmas that are enumerated.

    Rounding is written anew here, on rationals and in all six modes: it shares nothing with Format.v's but the description of a format. *)

From Coq Require Import ZArith Bool List.
From Fpproof Require Import Format.
Import ListNotations.
Local Open Scope Z_scope.

(** A zero with its sign, an infinity, NaN, or (-1)^s * n/d. *)
Inductive real := Zero (s : bool) | Infinity (s : bool) | NaN | Rational (s : bool) (n d : positive).

Definition signed (s : bool) (z : Z) (d : positive) : real :=
  match z with Z0 => Zero s | Zpos n => Rational s n d | Zneg n => Rational (negb s) n d end.

Definition integer (z : Z) : real := signed false z 1.

(** An integer has one zero. *)
Definition one_zero (x : real) : real := match x with Zero _ => Zero false | _ => x end.

(** (-1)^s * m * 2^e. [Z.shiftl m k] is m * 2^k, computed faster. *)
Definition dyadic (s : bool) (m e : Z) : real :=
  match e with Zneg k => signed s m (Pos.iter xO xH k) | _ => signed s (Z.shiftl m e) 1 end.

(** ** Section 3. [down]: the operand of an fl that rounds down, where a sum that is zero is -0. *)

Definition neg (x : real) : real :=
  match x with Zero s => Zero (negb s) | Infinity s => Infinity (negb s) | NaN => NaN | Rational s n d => Rational (negb s) n d end.

Definition absolute (x : real) : real :=
  match x with Zero _ => Zero false | Infinity _ => Infinity false | NaN => NaN | Rational _ n d => Rational false n d end.

Definition numerator (s : bool) (n : positive) : Z := if s then Zneg n else Zpos n.

Definition plus (down : bool) (x y : real) : real :=
  match x, y with
  | NaN, _ | _, NaN => NaN
  | Infinity s, Infinity t => if eqb s t then x else NaN
  | Infinity _, _ => x
  | _, Infinity _ => y
  | Zero s, Zero t => if eqb s t then x else Zero down
  | Zero _, _ => y
  | _, Zero _ => x
  | Rational s n d, Rational t m e =>
      match numerator s n * Zpos e + numerator t m * Zpos d with Z0 => Zero down | z => signed false z (d * e) end
  end.

Definition minus (down : bool) (x y : real) : real := plus down x (neg y).

Definition times (x y : real) : real :=
  match x, y with
  | NaN, _ | _, NaN | Infinity _, Zero _ | Zero _, Infinity _ => NaN
  | Infinity s, (Infinity t | Rational t _ _) | Rational s _ _, Infinity t => Infinity (xorb s t)
  | Zero s, (Zero t | Rational t _ _) | Rational s _ _, Zero t => Zero (xorb s t)
  | Rational s n d, Rational t m e => Rational (xorb s t) (n * m) (d * e)
  end.

Definition over (x y : real) : real :=
  match x, y with
  | NaN, _ | _, NaN | Infinity _, Infinity _ | Zero _, Zero _ => NaN
  | Infinity s, (Zero t | Rational t _ _) | Rational s _ _, Zero t => Infinity (xorb s t)
  | Zero s, (Infinity t | Rational t _ _) | Rational s _ _, Infinity t => Zero (xorb s t)
  | Rational s n d, Rational t m e => Rational (xorb s t) (n * e) (d * m)
  end.

(** Of integers, which are rationals too; None of what is no integer. *)
Definition whole (x : real) : option Z :=
  match x with
  | Zero _ => Some 0
  | Rational s n d => let '(q, r) := Z.div_eucl (numerator s n) (Zpos d) in if r =? 0 then Some q else None
  | _ => None
  end.

Definition floor_divide (x y : real) : real :=
  match whole x, whole y with Some a, Some b => if b =? 0 then NaN else integer (a / b) | _, _ => NaN end.

Definition remainder (x y : real) : real :=
  match whole x, whole y with Some a, Some b => if b =? 0 then NaN else integer (a mod b) | _, _ => NaN end.

(** 1 multiplied |n| times by x; for n < 0, 1 divided by that. *)
Definition power (x n : real) : real :=
  match whole n with
  | None => NaN
  | Some Z0 => integer 1
  | Some (Zpos k) => Pos.iter (fun y => times y x) (integer 1) k
  | Some (Zneg k) => over (integer 1) (Pos.iter (fun y => times y x) (integer 1) k)
  end.

Definition pow2 (n : real) : real := match whole n with Some z => dyadic false 1 z | None => NaN end.

(** ** Section 5: comparisons. *)

(** None with NaN; -0 = 0. *)
Definition compared (x y : real) : option comparison :=
  match x, y with
  | NaN, _ | _, NaN => None
  | Infinity s, Infinity t => Some (if eqb s t then Eq else if s then Lt else Gt)
  | Infinity s, _ => Some (if s then Lt else Gt)
  | _, Infinity t => Some (if t then Gt else Lt)
  | Zero _, Zero _ => Some Eq
  | Zero _, Rational t _ _ => Some (if t then Gt else Lt)
  | Rational s _ _, Zero _ => Some (if s then Lt else Gt)
  | Rational s n d, Rational t m e => Some (numerator s n * Zpos e ?= numerator t m * Zpos d)
  end.

Definition equal (x y : real) : bool := match compared x y with Some Eq => true | _ => false end.
Definition less (x y : real) : bool := match compared x y with Some Lt => true | _ => false end.
Definition less_equal (x y : real) : bool := match compared x y with Some Lt | Some Eq => true | _ => false end.

Definition finite (x : real) : bool := match x with Zero _ | Rational _ _ _ => true | _ => false end.

(** Bitwise: zeros of different signs differ, NaN is NaN. *)
Definition same (x y : real) : bool :=
  match x, y with
  | NaN, NaN => true
  | Zero s, Zero t => eqb s t
  | Zero _, _ | _, Zero _ => false
  | _, _ => equal x y
  end.

Definition minimum (x y : real) : real :=
  match compared x y with
  | None => NaN
  | Some Eq => match x with Zero true => x | _ => y end
  | Some c => match c with Gt => y | _ => x end
  end.

Definition maximum (x y : real) : real := neg (minimum (neg x) (neg y)).

(** ** Section 4: formats. *)

Inductive mode := nearest_even | nearest_away | toward_zero | up | down | to_odd.

(** floor(log2(n/d)) *)
Definition magnitude (n d : positive) : Z :=
  let k := Z.log2 (Zpos n) - Z.log2 (Zpos d) in
  let small := match k with Zneg j => Z.shiftl (Zpos n) (Zpos j) <? Zpos d | _ => Zpos n <? Z.shiftl (Zpos d) k end in
  if small then k - 1 else k.

(** Quotient and remainder, by shifts where d is a power of two. *)
Definition divided (n : Z) (d : positive) : Z * Z :=
  if power_of_two d then let k := Z.log2 (Zpos d) in let q := Z.shiftr n k in (q, n - Z.shiftl q k) else Z.div_eucl n (Zpos d).

Lemma power_of_two_is d : power_of_two d = true -> Zpos d = 2 ^ Z.log2 (Zpos d).
Proof.
  induction d as [d IH|d IH|]; cbn [power_of_two]; intros H; [discriminate | | reflexivity].
  rewrite Pos2Z.inj_xO, Z.log2_double, Z.pow_succ_r, <- IH; [reflexivity | exact H | apply Z.log2_nonneg | reflexivity].
Qed.

Theorem divided_is_div_eucl n d : divided n d = Z.div_eucl n (Zpos d).
Proof.
  unfold divided; destruct (power_of_two d) eqn:H; [|reflexivity]; cbv zeta.
  rewrite Z.shiftr_div_pow2, Z.shiftl_mul_pow2, <- power_of_two_is by (exact H || apply Z.log2_nonneg).
  rewrite Z.mul_comm, <- Z.mod_eq by discriminate; unfold Z.div, Z.modulo; destruct (Z.div_eucl n (Zpos d)); reflexivity.
Qed.

(** Whether the magnitude (q + r/d) 2^t, 0 <= r < d, is rounded to (q + 1) 2^t. *)
Definition away (mo : mode) (s : bool) (q r d : Z) : bool :=
  if r =? 0 then false
  else
    match mo with
    | nearest_even => match 2 * r ?= d with Lt => false | Gt => true | Eq => Z.odd q end
    | nearest_away => d <=? 2 * r
    | toward_zero => false
    | up => negb s
    | down => s
    | to_odd => Z.even q
    end.

Definition beyond_Omega (F : format) (mo : mode) (s : bool) : real :=
  let Omega := dyadic s (Zpos (Omega_m F)) (high F) in
  let other := match beyond F with to_infinity => Infinity s | to_nan => NaN | to_Omega => Omega end in
  match mo with
  | nearest_even | nearest_away => other
  | toward_zero | to_odd => Omega
  | up => if s then Omega else other
  | down => if s then other else Omega
  end.

Definition fl (F : format) (mo : mode) (x : real) : real :=
  match x with
  | Zero _ | NaN => x
  | Infinity s => if infinities F then x else NaN
  | Rational s n d =>
      let t := Z.max (magnitude n d - (prec F - 1)) (low F) in
      let n := Z.shiftl (Zpos n) (Z.max 0 (- t)) in
      let d := Pos.shiftl d (Z.to_N t) in
      let '(q, r) := divided n d in
      let q := if away mo s q r (Zpos d) then q + 1 else q in
      if match t ?= high F with Lt => false | Eq => Zpos (Omega_m F) <? q | Gt => true end then beyond_Omega F mo s else dyadic s q t
  end.

Definition exponent (F : format) (x : real) : real :=
  match x with
  | Zero _ => integer (low F + prec F - 1)
  | Rational _ n d => integer (magnitude n d)
  | _ => NaN
  end.

Definition ulp (F : format) (x : real) : real :=
  match x with
  | Zero _ => dyadic false 1 (low F)
  | Rational _ n d => dyadic false 1 (Z.max (magnitude n d - (prec F - 1)) (low F))
  | _ => NaN
  end.

Definition is_float (F : format) (x : real) : bool := finite x && equal (fl F nearest_even x) x.

Definition significand (F : format) (x : real) : real := over x (pow2 (exponent F x)).

(** Every float is a multiple of omega: none lies between a float and itself plus omega/2. *)
Definition succ (F : format) (x : real) : real :=
  let Omega := dyadic false (Zpos (Omega_m F)) (high F) in
  match x with
  | NaN => NaN
  | Infinity s => if infinities F then if s then neg Omega else x else NaN
  | _ =>
      if negb (is_float F x) then fl F up x
      else if equal x Omega then if infinities F then Infinity false else x
      else fl F up (plus false x (dyadic false 1 (low F - 1)))
  end.

Definition pred (F : format) (x : real) : real := neg (succ F (neg x)).

(** A number that is rounded to F as sqrt x is, in every mode. With h = floor(sqrt(x) / 2^e), it is h 2^e where that is the root, else halfway to
    the next multiple of 2^e: floats of F near the root, and midpoints of neighbours, are multiples of 2^e. *)
Definition root (F : format) (x : real) : real :=
  match x with
  | Rational false n d =>
      let e := Z.min (magnitude n d / 2 - prec F - 1) (low F - 2) in
      let n := Zpos n * 4 ^ Z.max 0 (- e) in
      let d := Zpos d * 4 ^ Z.max 0 e in
      let h := Z.sqrt (n / d) in
      if h * h * d =? n then dyadic false h e else dyadic false (2 * h + 1) (e - 1)
  | Rational true _ _ | Infinity true => NaN
  | _ => x
  end.

(** Section 6: what may be an input or an upstream of a network over F; a weight is a float. *)
Definition is_value (F : format) (x : real) : bool := match x with NaN => true | Infinity _ => infinities F | _ => is_float F x end.

(** ** Enumeration *)

(** The finite value of sign s at a place among the magnitudes. *)
Definition float_at (F : format) (s : bool) (c : Z) : real :=
  let field := c / 2 ^ (prec F - 1) in
  let fraction := c mod 2 ^ (prec F - 1) in
  if field =? 0 then dyadic s fraction (low F) else dyadic s (fraction + 2 ^ (prec F - 1)) (low F + field - 1).

(** All finite values, both zeros. *)
Definition floats (F : format) : list real :=
  flat_map (fun c => [float_at F false (Z.of_nat c); float_at F true (Z.of_nat c)]) (seq 0 (Z.to_nat (last_place F + 1))).

(** All values: infinities and NaN too, as far as the format has them. *)
Definition data_of (F : format) (has_nan : bool) : list real :=
  (if infinities F then [Infinity true; Infinity false] else []) ++ (if has_nan then [NaN] else []) ++ floats F.

(** The integers from low to high. *)
Definition integers (low high : Z) : list real := map (fun k => integer (low + Z.of_nat k)) (seq 0 (Z.to_nat (high - low + 1))).

Definition truths : list bool := [false; true].

(** Whether a condition holds for all of a list, or for one of it. Unlike [forallb] and [existsb], whose && and || compute both sides in the kernel's
    machine, they stop at the first that decides. *)
Fixpoint all {X : Type} (f : X -> bool) (l : list X) : bool := match l with [] => true | x :: l => if f x then all f l else false end.
Fixpoint any {X : Type} (f : X -> bool) (l : list X) : bool := match l with [] => false | x :: l => if f x then true else any f l end.

Lemma all_in {X : Type} (f : X -> bool) (l : list X) : all f l = true -> forall x, In x l -> f x = true.
Proof.
  induction l as [|y l IH]; cbn [all In]; [contradiction|]; destruct (f y) eqn:E; [|discriminate].
  intros H x [<-|I]; [exact E | exact (IH H x I)].
Qed.
