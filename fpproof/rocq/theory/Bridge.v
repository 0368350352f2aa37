(** The operations of [ieee prec emax] are the standard library's and Flocq's, to nearest even, for every precision and every exponent range. *)

From Coq Require Import ZArith Bool Reals Lia Lra SpecFloat.
From Flocq Require Import Core BinarySingleNaN.
From Fpproof Require Import Format Rounding Order.
Local Open Scope Z_scope.

Section Bridge.

Variables prec emax : Z.
Context (prec_gt_0 : Prec_gt_0 prec) (prec_lt_emax : Prec_lt_emax prec emax).

Notation F := (ieee prec emax).
Notation number := (binary_float prec emax).
Notation valid := (valid_binary prec emax).

(** ** Flocq's rounding in mode NE is the standard library's *)

Lemma nearest_even s m l : choice_mode mode_NE s m l = round_nearest_even m l.
Proof. destruct l as [|[]]; cbn; try (destruct (Z.even m)); reflexivity. Qed.

Lemma rounded_flocq s m e l : BinarySingleNaN.binary_round_aux prec emax mode_NE s m e l = SpecFloat.binary_round_aux prec emax s m e l.
Proof.
  unfold BinarySingleNaN.binary_round_aux, SpecFloat.binary_round_aux, binary_fit_aux.
  destruct SpecFloat.shr_fexp as [r f]; rewrite nearest_even; destruct SpecFloat.shr_fexp as [r' f']; reflexivity.
Qed.

Lemma round_valid s m e : valid (SpecFloat.binary_round prec emax s m e) = true.
Proof.
  destruct (binary_round_correct prec emax _ _ mode_NE s m e) as [H _].
  unfold binary_round, shl_align_fexp in H; unfold SpecFloat.binary_round.
  destruct shl_align as [n f]; rewrite rounded_flocq in H; exact H.
Qed.

(** ** Ours is the standard library's *)

Lemma round_is_standard s m e : Format.round F s m e = SpecFloat.binary_round prec emax s m e.
Proof.
  assert (V := round_valid s m e); revert V.
  rewrite round_is_nearest by exact prec_gt_0; unfold nearest, SpecFloat.binary_round, SpecFloat.binary_round_aux.
  change (Format.fexp F) with (SpecFloat.fexp prec emax); change (Format.shr_fexp F) with (fun m e => SpecFloat.shr_fexp prec emax m e loc_Exact); cbn beta.
  destruct shl_align as [n f]; destruct (SpecFloat.shr_fexp prec emax (Zpos n) f loc_Exact) as [r g].
  destruct (SpecFloat.shr_fexp prec emax _ g loc_Exact) as [r' h]; destruct (shr_m r') as [|q|q]; try reflexivity.
  destruct (Zle_bool h (emax - prec)) eqn:L; intros V.
  - cbn in V; unfold limited; rewrite (within prec emax prec_gt_0 _ _ V); reflexivity.
  - apply Z.leb_gt in L; unfold limited, too_large; cbn [high ieee]; destruct (Z.compare_spec h (emax - prec)); try lia; reflexivity.
Qed.

Lemma canonical_exponent m e : bounded prec emax m e = true -> SpecFloat.fexp prec emax (Zpos (digits2_pos m) + e) = e.
Proof. intros H; apply andb_prop in H; apply Zeq_bool_eq, H. Qed.

Lemma aligned_below m e f : e <= f -> shl_align m e f = (m, e).
Proof. intros H; unfold shl_align; destruct (f - e) eqn:E; try reflexivity; lia. Qed.

Theorem add_is_standard x y : valid x = true -> valid y = true -> add F x y = SFadd prec emax x y.
Proof.
  intros X Y; destruct x as [s|s| |s m e], y as [t|t| |t n f]; try reflexivity; unfold add, exact_sum; cbn [SFadd].
  - destruct s, t; reflexivity.
  - apply (floats_stay prec emax prec_gt_0 _ Y).
  - destruct s, t; reflexivity.
  - apply (floats_stay prec emax prec_gt_0 _ X).
  - rewrite aligned_is_standard; unfold binary_normalize, of_integer; destruct (_ + _)%Z; cbn [fl]; try reflexivity; apply round_is_standard.
Qed.

(** The significands' product has [prec] bits at least, unless it is rounded on the grid of omega. *)
Lemma product_aligned m e n f :
  bounded prec emax m e = true -> bounded prec emax n f = true ->
  e + f <= SpecFloat.fexp prec emax (Zpos (digits2_pos (m * n)) + (e + f)).
Proof.
  intros M N; generalize (canonical_exponent _ _ M) (canonical_exponent _ _ N).
  rewrite !Zpos_digits2_pos; change (Zpos (m * n)) with (Zpos m * Zpos n); unfold SpecFloat.fexp, emin.
  generalize (Zdigits_mult_ge radix2 (Zpos m) (Zpos n) ltac:(discriminate) ltac:(discriminate)).
  generalize (Zdigits_gt_0 radix2 (Zpos m) ltac:(discriminate)) (Zdigits_gt_0 radix2 (Zpos n) ltac:(discriminate)).
  assert (P := prec_gt_0); assert (Q := prec_lt_emax); unfold Prec_gt_0 in P; unfold Prec_lt_emax in Q; lia.
Qed.

Theorem mul_is_standard x y : valid x = true -> valid y = true -> mul F x y = SFmul prec emax x y.
Proof.
  intros X Y; destruct x as [s|s| |s m e], y as [t|t| |t n f]; try reflexivity; unfold mul, exact_product; cbn [SFmul fl].
  rewrite round_is_standard; unfold SpecFloat.binary_round; rewrite aligned_below; [reflexivity | apply product_aligned; assumption].
Qed.

(** ** And Flocq's *)

Theorem add_is_Bplus (x y : number) : add F (B2SF x) (B2SF y) = B2SF (Bplus mode_NE x y).
Proof.
  rewrite add_is_standard by apply valid_binary_B2SF.
  destruct x as [s|s| |s m e H], y as [t|t| |t n f K]; cbn; try reflexivity; try (case eqb; reflexivity).
  unfold Fplus_naive, SpecFloat.binary_normalize, binary_normalize.
  destruct (_ + _)%Z as [|q|q]; [reflexivity | |]; rewrite B2SF_SF2B; unfold binary_round, SpecFloat.binary_round, shl_align_fexp;
    destruct shl_align as [? ?]; symmetry; apply rounded_flocq.
Qed.

Theorem mul_is_Bmult (x y : number) : mul F (B2SF x) (B2SF y) = B2SF (Bmult mode_NE x y).
Proof.
  rewrite mul_is_standard by apply valid_binary_B2SF.
  destruct x as [s|s| |s m e H], y as [t|t| |t n f K]; cbn; try reflexivity.
  rewrite B2SF_SF2B; symmetry; apply rounded_flocq.
Qed.

End Bridge.
