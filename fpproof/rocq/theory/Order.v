(** The order rule: which terms of a left-to-right sum can be left out.

    In every format, and for every precision and every exponent range: a pair t, -t that begins a sum is as good as nothing, and so is any block whose
    own sum is zero. The theorems are computations with [spec_float], without
    real numbers and axioms. *)

From Coq Require Import ZArith List Bool Lia SpecFloat.
From Fpproof Require Import Format Rounding.
Import ListNotations.

(** Numerically equal: the same, or both zeros. Unlike [SFeqb], it holds of NaN and NaN: both sums may overflow. *)
Definition alike (x y : spec_float) : Prop := x = y \/ exists s t, x = S754_zero s /\ y = S754_zero t.

(** The sum s + t1 + t2 + ... from left to right. *)
Definition running (F : format) (s : spec_float) (ts : list spec_float) : spec_float := fold_left (add F) ts s.

Notation plus_zero := (S754_zero false).

Lemma alike_refl x : alike x x.
Proof. left; reflexivity. Qed.

Lemma alike_sym x y : alike x y -> alike y x.
Proof. intros [-> | (s & t & -> & ->)]; [left | right]; eauto. Qed.

Lemma alike_trans x y z : alike x y -> alike y z -> alike x z.
Proof.
  intros [-> | (s & t & -> & ->)] H; [exact H|].
  destruct H as [<- | (s' & t' & E & ->)]; right; [exists s, t | exists s, t']; split; congruence.
Qed.

(** Sums of alike numbers are alike: signs of zeros never change a number. *)
Lemma add_alike F x x' y : alike x x' -> alike (add F x y) (add F x' y).
Proof.
  intros [-> | (s & t & -> & ->)]; [apply alike_refl|].
  destruct y as [u|u| |u m e]; try apply alike_refl.
  right; destruct s, t, u; cbn; eauto.
Qed.

Lemma running_alike F ts : forall x x', alike x x' -> alike (running F x ts) (running F x' ts).
Proof. induction ts as [|t ts IH]; intros x x' H; [exact H | apply IH, add_alike, H]. Qed.

Lemma opposite_sum e m n : (of_integer (cond_Zopp m (Zpos n) + cond_Zopp (negb m) (Zpos n)) e = plus_zero).
Proof. replace (cond_Zopp m (Zpos n) + cond_Zopp (negb m) (Zpos n))%Z with 0%Z; [reflexivity|]. destruct m; cbn; rewrite Z.pos_sub_diag; reflexivity. Qed.

Lemma aligned_self m n e : aligned m e n e = (m, n, e).
Proof. unfold aligned; rewrite Z.sub_diag; reflexivity. Qed.

(** x - x is a zero, for every finite x. *)
Theorem add_opposite F x : is_finite x = true -> alike (add F x (SFopp x)) plus_zero.
Proof.
  destruct x as [s|s| |s m e]; try discriminate; intros _.
  - right; destruct s; cbn; eauto.
  - left; unfold add, SFopp, exact_sum; rewrite aligned_self, opposite_sum; reflexivity.
Qed.

(** A number that rounding leaves alone: every float of the format is one. *)
Definition stays (F : format) (x : spec_float) : Prop := fl F x = x.

Theorem zero_add F x : stays F x -> alike (add F plus_zero x) x.
Proof.
  unfold stays; destruct x as [s|s| |s m e]; intros H; try (left; exact H).
  right; destruct s; cbn; eauto.
Qed.

Theorem add_zero F x s : stays F x -> alike (add F x (S754_zero s)) x.
Proof.
  unfold stays; destruct x as [t|t| |t m e]; intros H; try (left; exact H).
  right; destruct s, t; cbn; eauto.
Qed.

(** A pair t, -t at the beginning of a sum leaves zero. *)
Theorem neutral_pair F t : is_finite t = true -> stays F t -> alike (add F (add F plus_zero t) (SFopp t)) plus_zero.
Proof.
  intros Ht St; eapply alike_trans; [apply add_alike, zero_add, St | apply add_opposite, Ht].
Qed.

(** A block whose own sum is zero can be left out at the beginning. *)
Theorem neutral_block F block rest :
  alike (running F plus_zero block) plus_zero -> alike (running F plus_zero (block ++ rest)) (running F plus_zero rest).
Proof. intros H; unfold running; rewrite fold_left_app; apply running_alike, H. Qed.

(** Any number of pairs t, -t in front of a sum. *)
Theorem neutral_pairs F ts rest :
  Forall (fun t => is_finite t = true /\ stays F t) ts ->
  alike (running F plus_zero (flat_map (fun t => [t; SFopp t]) ts ++ rest)) (running F plus_zero rest).
Proof.
  intros H; apply neutral_block; induction H as [|t ts [Ht St] _ IH]; [apply alike_refl|].
  change (alike (running F (add F (add F plus_zero t) (SFopp t)) (flat_map (fun t => [t; SFopp t]) ts)) plus_zero).
  eapply alike_trans; [apply running_alike, neutral_pair; assumption | exact IH].
Qed.

(** Zeros can be left out anywhere, where the running sum is a float: sparse is dense. *)
Theorem neutral_zero F x s rest : stays F x -> alike (running F x (S754_zero s :: rest)) (running F x rest).
Proof. intros H; cbn; apply running_alike, add_zero, H. Qed.

(** ** In IEEE-like formats, every float stays when it is rounded *)

Section Ieee.

Variables prec emax : Z.
Hypothesis prec_positive : (0 < prec)%Z.
Notation F := (ieee prec emax).

Lemma within m e : bounded prec emax m e = true -> too_large F m e = false.
Proof.
  unfold bounded, canonical_mantissa, too_large; intros H; apply andb_prop in H; destruct H as [C H].
  apply Zeq_bool_eq in C; apply Zle_bool_imp_le in H; unfold SpecFloat.fexp in C; cbn [high ieee].
  assert (D : (Zpos (digits2_pos m) <= prec)%Z) by lia.
  assert (L := digits_bound m); assert (M := Z.pow_le_mono_r 2 _ _ ltac:(lia) D).
  destruct (Z.compare_spec e (emax - prec)); try reflexivity; [apply Pos.ltb_ge | lia].
  change (Zpos m <= Zpos (Z.to_pos (2 ^ prec - 1)))%Z; rewrite Z2Pos.id; lia.
Qed.

Theorem floats_stay x : valid_binary prec emax x = true -> stays F x.
Proof.
  destruct x as [s|s| |s m e]; try reflexivity; cbn [valid_binary]; intros H.
  assert (W := within _ _ H); apply andb_prop in H; destruct H as [C _]; apply Zeq_bool_eq in C.
  change (SpecFloat.fexp prec emax) with (Format.fexp F) in C.
  unfold stays; cbn [fl]; rewrite round_is_nearest by exact prec_positive; unfold nearest; rewrite C; unfold shl_align; rewrite Z.sub_diag.
  rewrite nearest_in_place by exact C; unfold limited; rewrite W; reflexivity.
Qed.

End Ieee.

(** ** As lemmas of theory files are tied to them: over all floats of all IEEE-like formats *)

Lemma alike_equal x y : alike x y -> is_finite y = true -> SFeqb x y = true.
Proof.
  intros [-> | (s & t & -> & ->)] H; [|reflexivity].
  destruct y as [s|s| |s m e]; try discriminate; [reflexivity|]; unfold SFeqb, SFcompare.
  destruct s; rewrite Z.compare_refl; cbn; rewrite Pos.compare_cont_refl; reflexivity.
Qed.

(** fl(fl(0 + t) - t) = 0 *)
Theorem neutral_sum prec emax : (0 < prec)%Z -> (prec < emax)%Z ->
  forall t, valid_binary prec emax t = true -> is_finite t = true ->
  SFeqb (add (ieee prec emax) (add (ieee prec emax) plus_zero t) (SFopp t)) plus_zero = true.
Proof. intros P _ t V H; apply alike_equal; [apply neutral_pair; auto using floats_stay | reflexivity]. Qed.

(** fl(fl(fl(0 + t) - t) + v) = v *)
Theorem neutral_sum_before prec emax : (0 < prec)%Z -> (prec < emax)%Z ->
  forall t, valid_binary prec emax t = true -> is_finite t = true -> forall v, valid_binary prec emax v = true -> is_finite v = true ->
  SFeqb (add (ieee prec emax) (add (ieee prec emax) (add (ieee prec emax) plus_zero t) (SFopp t)) v) v = true.
Proof.
  intros P _ t T Ft v V Fv; apply alike_equal; [|exact Fv].
  eapply alike_trans; [apply add_alike, neutral_pair; auto using floats_stay | apply zero_add; auto using floats_stay].
Qed.

(** fl(x - x) = 0 *)
Theorem difference_of_equals prec emax : (0 < prec)%Z -> (prec < emax)%Z ->
  forall x, valid_binary prec emax x = true -> is_finite x = true -> SFeqb (add (ieee prec emax) x (SFopp x)) plus_zero = true.
Proof. intros _ _ x _ H; apply alike_equal; [apply add_opposite, H | reflexivity]. Qed.
