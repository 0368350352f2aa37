(** [round], which is computed, is [nearest], which is defined by the standard library's operations: in every format, without axioms. *)

From Coq Require Import ZArith Bool Lia SpecFloat.
From Fpproof Require Import Format.
Local Open Scope Z_scope.

(** ** Digits *)

Local Notation digits m := (Zpos (digits2_pos m)).

Lemma digits_bound m : Zpos m < 2 ^ digits m.
Proof. induction m; cbn [digits2_pos]; rewrite ?Pos2Z.inj_succ, ?Z.pow_succ_r by lia; try lia; reflexivity. Qed.

Lemma digits_least m : 2 ^ (digits m - 1) <= Zpos m.
Proof.
  induction m; cbn [digits2_pos]; try (cbn; lia);
    rewrite Pos2Z.inj_succ; replace (Z.succ (digits m) - 1) with (Z.succ (digits m - 1)) by lia; rewrite Z.pow_succ_r by lia; lia.
Qed.

(** ** Iteration *)

Fixpoint times {X : Type} (f : X -> X) (n : nat) (x : X) : X := match n with O => x | S n => times f n (f x) end.

Lemma times_add {X : Type} (f : X -> X) n m x : times f (n + m) x = times f m (times f n x).
Proof. revert x; induction n; intros x; [reflexivity | apply IHn]. Qed.

Lemma iter_is_times {X : Type} (f : X -> X) n x : iter_pos f n x = times f (Pos.to_nat n) x.
Proof.
  revert x; induction n as [n IH|n IH|]; intros x; cbn [iter_pos]; rewrite ?IH, ?Pos2Nat.inj_xI, ?Pos2Nat.inj_xO, <- ?times_add; [|f_equal; lia|reflexivity].
  change (times f (Pos.to_nat n + Pos.to_nat n) (f x)) with (times f (S (Pos.to_nat n + Pos.to_nat n)) x); f_equal; lia.
Qed.

Lemma digits_shifted k m : digits (shift_pos k m) = digits m + Zpos k.
Proof.
  unfold shift_pos; induction k as [|k IH] using Pos.peano_ind; [cbn; lia|].
  rewrite Pos.iter_succ; cbn [digits2_pos]; lia.
Qed.

(** ** Cutting bits off *)

Lemma nothing_left n : times shr_1 n (Build_shr_record 0 false true) = Build_shr_record 0 false true.
Proof. induction n; [reflexivity | exact IHn]. Qed.

Lemma cut_is_shifted i m r s :
  let cutting := times shr_1 (S i) (Build_shr_record (Zpos m) r s) in
  round_nearest_even (shr_m cutting) (loc_of_shr_record cutting) = cut i m (r || s).
Proof.
  revert m r s; induction i as [|i IH]; intros m r s.
  - destruct m as [m|m|], r, s; cbn; try reflexivity; destruct m; reflexivity.
  - cbv zeta; change (times shr_1 (S (S i)) ?x) with (times shr_1 (S i) (shr_1 x)).
    destruct m as [m|m|]; cbn [shr_1 shr_m shr_r shr_s]; [exact (IH m true _) | exact (IH m false _) |].
    change (times shr_1 (S i) ?x) with (times shr_1 i (shr_1 x)); replace (shr_1 _) with (Build_shr_record 0 false true) by (destruct r, s; reflexivity).
    rewrite nothing_left; reflexivity.
Qed.

Lemma cut_bound i m s : 0 <= cut i m s <= 2 ^ Z.max 0 (digits m - 1 - Z.of_nat i).
Proof.
  revert m s; induction i as [|i IH]; intros m s.
  - rewrite Z.sub_0_r, Z.max_r by lia; destruct m as [m|m|]; cbn [cut digits2_pos]; [| |destruct s; cbn; lia];
      generalize (digits_bound m); replace (Zpos (Pos.succ (digits2_pos m)) - 1) with (digits m) by lia; intros B.
    + destruct s; [lia | destruct m; lia].
    + lia.
  - destruct m as [m|m|]; cbn [cut digits2_pos]; [| |assert (0 < 2 ^ Z.max 0 (1 - 1 - Z.of_nat (S i))) by (apply Z.pow_pos_nonneg; lia); lia].
    1, 2: replace (Zpos (Pos.succ (digits2_pos m)) - 1 - Z.of_nat (S i)) with (digits m - 1 - Z.of_nat i) by lia; apply IH.
Qed.

Lemma power_of_two_spec m : Zpos m = 2 ^ (digits m - 1) -> power_of_two m = true.
Proof.
  induction m as [m IH|m IH|]; cbn [digits2_pos power_of_two]; try reflexivity;
    rewrite Pos2Z.inj_succ; replace (Z.succ (digits m) - 1) with (Z.succ (digits m - 1)) by lia; rewrite Z.pow_succ_r by lia; [lia|].
  intros H; apply IH; lia.
Qed.

(** ** The theorem *)

Section Rounding.

Variable F : format.
Hypothesis precise : 0 < prec F.

(** A significand that has its exponent stays. *)
Lemma stays_cut m e : 0 <= m -> Zdigits2 m <= prec F -> low F <= e ->
  Format.shr_fexp F m e = (Build_shr_record m false false, e).
Proof. intros P D L; unfold Format.shr_fexp, fexp, shr; destruct (Z.max _ _ - e) eqn:E; try reflexivity; lia. Qed.

Lemma in_place m e : fexp F (digits m + e) = e -> Format.shr_fexp F (Zpos m) e = (Build_shr_record (Zpos m) false false, e).
Proof. intros H; unfold Format.shr_fexp; change (Zdigits2 (Zpos m)) with (digits m); rewrite H, Z.sub_diag; reflexivity. Qed.

Lemma nearest_in_place s m e : fexp F (digits m + e) = e ->
  (let '(r, e) := Format.shr_fexp F (Zpos m) e in
   let '(r, e) := Format.shr_fexp F (round_nearest_even (shr_m r) (loc_of_shr_record r)) e in
   match shr_m r with Z0 => S754_zero s | Zpos m => limited F s m e | Zneg _ => S754_nan end) = limited F s m e.
Proof. intros H; rewrite (in_place m e H); cbn [shr_m loc_of_shr_record round_nearest_even]; rewrite (in_place m e H); reflexivity. Qed.

Theorem round_is_nearest s m e : round F s m e = nearest F s m e.
Proof.
  unfold round, nearest; set (n := if _ <=? _ then _ else _).
  assert (N : fexp F (digits m + e) = e + n) by (unfold n, fexp; destruct (Z.leb_spec (digits m - prec F) (low F - e)); lia).
  rewrite N; clearbody n; unfold shl_align; replace (e + n - e) with n by lia; destruct n as [|k|k].
  - rewrite Z.add_0_r in N; rewrite nearest_in_place by exact N; reflexivity.
  - unfold Format.shr_fexp at 1; change (Zdigits2 (Zpos m)) with (digits m); rewrite N; replace (e + Zpos k - e) with (Zpos k) by lia.
    cbn [shr shr_record_of_loc]; rewrite iter_is_times.
    destruct (Pos.to_nat k) as [|i] eqn:K; [lia|]; rewrite cut_is_shifted; cbn [orb Nat.pred].
    generalize (cut_bound i m false); assert (I : Zpos k = Z.of_nat (S i)) by lia; unfold fexp in N.
    destruct (cut i m false) as [|q|q]; intros B; [rewrite stays_cut by (cbn; lia); reflexivity | | lia].
    assert (D : digits m - 1 - Z.of_nat i <= prec F) by lia.
    assert (Q : Zpos q <= 2 ^ prec F) by (etransitivity; [apply B | apply Z.pow_le_mono_r; lia]).
    assert (G := digits_least q); unfold carried; destruct (Z.ltb_spec (prec F) (digits q)) as [C|C].
    + assert (2 ^ prec F <= 2 ^ (digits q - 1)) by (apply Z.pow_le_mono_r; lia).
      assert (E : digits q = prec F + 1).
      { destruct (Z.eq_dec (digits q) (prec F + 1)); [assumption|].
        assert (2 ^ prec F < 2 ^ (digits q - 1)) by (apply Z.pow_lt_mono_r; lia); lia. }
      rewrite power_of_two_spec by lia; unfold Format.shr_fexp, fexp; change (Zdigits2 (Zpos q)) with (digits q).
      replace (Z.max _ _ - _) with 1 by lia; destruct q as [q|q|]; [|reflexivity|cbn in E; lia].
      exfalso; replace (prec F) with (Z.succ (prec F - 1)) in Q, H by lia.
      replace (digits q~1 - 1) with (Z.succ (prec F - 1)) in G, H by lia; rewrite Z.pow_succ_r in Q, G by lia; lia.
    + rewrite stays_cut by (cbn [Zdigits2]; lia); destruct (power_of_two q); reflexivity.
  - unfold fexp in N; rewrite nearest_in_place; [reflexivity|]; rewrite digits_shifted; unfold fexp; lia.
Qed.

End Rounding.

(** Significands at their lower exponent, as the standard library aligns them. *)
Lemma aligned_is_standard m e n f :
  aligned m e n f = (fst (shl_align m e (Z.min e f)), fst (shl_align n f (Z.min e f)), Z.min e f).
Proof.
  unfold aligned, shl_align; destruct (Z.leb_spec e f).
  - rewrite Z.min_l, Z.sub_diag by lia; destruct (e - f) eqn:E; try reflexivity; lia.
  - rewrite Z.min_r, Z.sub_diag by lia; destruct (e - f) eqn:E; try lia; replace (f - e) with (Zneg p) by lia; reflexivity.
Qed.
