(** What a certificate claims, in two arithmetics; [holds] is the claim, [check] computes it, [check_holds] says that this suffices. *)

From Coq Require Import ZArith List Bool FMapPositive SpecFloat.
From Fpproof Require Import Format Network.
Import ListNotations.
Local Open Scope Z_scope.

(** ** The exact arithmetic of a format: F, products and sums in G (F unless wide). *)

Definition sign_of (x : spec_float) : option comparison := SFcompare x (S754_zero false).

(** Twice the place among the magnitudes, and the sign; from 1. *)
Definition key_of (F : format) (x : spec_float) : option positive :=
  match x with
  | S754_zero _ => Some xH
  | S754_finite s m e => Some (Z.to_pos (2 * place F m e + (if s then 1 else 0)))
  | S754_infinity s => Some (Z.to_pos (2 * (last_place F + 1) + (if s then 1 else 0)))
  | S754_nan => None
  end.

Definition exact (F G : format) (wide flushing : bool) : arithmetic :=
  let after H x := if flushing then flush H x else x in
  {|
    number := spec_float;
    zero := S754_zero false;
    one := S754_finite false 1 0;
    nan := S754_nan;
    is_finite_number := is_finite;
    sign := sign_of;
    key := key_of F;
    product x y := after G (mul G x y);
    sum x y := after G (add G x y);
    fused s x y := after G (fma G x y s);
    start b := after G (fl G b);
    finish x := if wide then after F (fl F x) else x;
    masked x y := after F (mul F x y)
  |}.

(** ** What a certificate file says: codes, as they stand there. *)

Inductive named := none | ReLU | table (index : nat).

Record data := Data {
  width : Z;  (* of a code *)
  inputs : Z;
  summation : order;
  slope : Z;  (* ReLU'(0) *)
  sparse : bool;  (* some layer is sparse *)
  layers : list (list (row Z * option Z) * named);
  tables : list (list (Z * (Z * Z)));
  points : list (list Z * list Z * list Z * list Z);  (* x, upstream, value, gradient *)
  elsewhere : option (list Z * list Z * option (list (list Z)));  (* value, gradient, upstreams: None for all *)
  finite_pre_activations : bool;
  finite_activations : bool;
  finite_adjoints : bool
}.

Definition and_then {X Y : Type} (o : option X) (f : X -> option Y) : option Y := match o with Some x => f x | None => None end.

Fixpoint all_some {X Y : Type} (f : X -> option Y) (l : list X) : option (list Y) :=
  match l with
  | [] => Some []
  | x :: l => and_then (f x) (fun y => option_map (cons y) (all_some f l))
  end.

Section Certificate.

Variable A : arithmetic.
Variable number_of : Z -> option (number A).  (* of a code *)
Variable reading : number A -> number A.  (* as operations see it: the variant flush *)
Variable same : number A -> number A -> bool.  (* numerically equal *)
Variable last : Z.  (* the code of Omega *)
Variable d : data.

Definition read (code : Z) : option (number A) := option_map reading (number_of code).

(** *** The network *)

Fixpoint read_row (r : row Z) : option (row (number A)) :=
  match r with
  | stop => Some stop
  | w j a r => and_then (read a) (fun b => option_map (w j b) (read_row r))
  end.

Definition read_neuron (n : row Z * option Z) : option (row (number A) * option (number A)) :=
  and_then (read_row (fst n)) (fun r =>
    match snd n with
    | None => Some (r, None)
    | Some b => option_map (fun b => (r, Some b)) (read b)
    end).

Definition read_entry (e : Z * (Z * Z)) : option (positive * (number A * number A)) :=
  let '(z, (v, s)) := e in
  and_then (and_then (number_of z) (key A)) (fun k => and_then (read v) (fun v => option_map (fun s => (k, (v, s))) (read s))).

Definition read_table (entries : list (Z * (Z * Z))) : option (PositiveMap.t (number A * number A)) :=
  option_map (fun es => fold_left (fun t '(k, v) => PositiveMap.add k v t) es (PositiveMap.empty _)) (all_some read_entry entries).

Definition read_activation (ts : list (PositiveMap.t (number A * number A))) (at_zero : number A) (n : named) : option (activation A) :=
  match n with
  | none => Some (linear A)
  | ReLU => Some (through A (relu A at_zero))
  | table i => option_map (fun t => through A (tabulated A t)) (nth_error ts i)
  end.

(** The layers, one after the other: each has as many inputs as the one before has neurons. *)
Fixpoint read_layers (ts : list (PositiveMap.t (number A * number A))) (at_zero : number A) (n : Z) (ls : list (list (row Z * option Z) * named))
  : option (list (layer A)) :=
  match ls with
  | [] => Some []
  | (matrix, name) :: ls =>
      and_then (all_some read_neuron matrix) (fun m =>
      and_then (read_activation ts at_zero name) (fun f =>
      option_map (cons (make_layer A n m f)) (read_layers ts at_zero (Z.of_nat (length matrix)) ls)))
  end.

Definition read_network : option (list (layer A)) :=
  and_then (all_some read_table (tables d)) (fun ts =>
  and_then (read (slope d)) (fun s => read_layers ts s (inputs d) (layers d))).

(** *** Claims. A case is x, upstream, and the value and gradient claimed there. *)

Definition case : Type := list Z * list Z * list Z * list Z.

(** Both zeros of a coordinate are one. *)
Definition unsigned (code : Z) : Z := if code =? 2 ^ (width d - 1) then 0 else code.

(** Codes of the finite floats in increasing order, zero once; all vectors of n of them. *)
Definition floats : list Z :=
  map (fun i => if i <? 0 then 2 ^ (width d - 1) - i else i) (map (fun i => Z.of_nat i - last) (seq 0 (Z.to_nat (2 * last + 1)))).

Fixpoint all_vectors (n : nat) : list (list Z) :=
  match n with
  | O => [[]]
  | S n => let l := all_vectors n in flat_map (fun x => map (cons x) l) floats
  end.

Fixpoint equal_codes (l m : list Z) : bool :=
  match l, m with
  | [], [] => true
  | x :: l, y :: m => (unsigned x =? unsigned y) && equal_codes l m
  | _, _ => false
  end.

Definition outputs : Z := fold_left (fun n l => Z.of_nat (length (fst l))) (layers d) (inputs d).

(** Every x that is not listed, with the upstreams claimed. *)
Definition other_cases : list case :=
  match elsewhere d with
  | None => []
  | Some (v, g, upstreams) =>
      let xs := filter (fun x => negb (existsb (fun '(y, _, _, _) => equal_codes x y) (points d))) (all_vectors (Z.to_nat (inputs d))) in
      let hs := match upstreams with Some hs => hs | None => all_vectors (Z.to_nat outputs) end in
      flat_map (fun x => map (fun h => (x, h, v, g)) hs) xs
  end.

Definition cases : list case := points d ++ other_cases.

(** Each number found is finite and numerically the one claimed. *)
Definition agrees (found : number A) (code : Z) : Prop := exists x, number_of code = Some x /\ same found x = true.

(** At x, for this upstream, the network has this value and this gradient, and the counters claimed to be 0 are 0. *)
Definition case_holds (net : list (layer A)) (k : case) : Prop :=
  let '(x, h, v, g) := k in
  exists xs hs e,
    all_some read x = Some xs /\ all_some read h = Some hs /\
    evaluate A (summation d) (sparse d) net xs hs = Some e /\
    Forall2 agrees (value A e) v /\ Forall2 agrees (gradient A e) g /\
    (finite_pre_activations d = true -> pre_activations A e = 0) /\
    (finite_activations d = true -> activations A e = 0) /\
    (finite_adjoints d = true -> adjoints A e = 0).

Definition holds : Prop := exists net, read_network = Some net /\ Forall (case_holds net) cases.

(** *** The claim, computed *)

Definition agree (found : number A) (code : Z) : bool := match number_of code with Some x => same found x | None => false end.

Fixpoint all_agree (l : list (number A)) (m : list Z) : bool :=
  match l, m with
  | [], [] => true
  | x :: l, c :: m => agree x c && all_agree l m
  | _, _ => false
  end.

Definition check_case (net : list (layer A)) (k : case) : bool :=
  let '(x, h, v, g) := k in
  match all_some read x, all_some read h with
  | Some xs, Some hs =>
      match evaluate A (summation d) (sparse d) net xs hs with
      | Some e =>
          all_agree (value A e) v && all_agree (gradient A e) g
          && implb (finite_pre_activations d) (pre_activations A e =? 0)
          && implb (finite_activations d) (activations A e =? 0)
          && implb (finite_adjoints d) (adjoints A e =? 0)
      | None => false
      end
  | _, _ => false
  end.

(** The points first: the other cases, perhaps many, are listed only if those hold. *)
Definition check : bool :=
  match read_network with
  | Some net => if forallb (check_case net) (points d) then forallb (check_case net) other_cases else false
  | None => false
  end.

Lemma all_agree_sound l m : all_agree l m = true -> Forall2 agrees l m.
Proof.
  revert m; induction l as [|x l IH]; intros [|k m] H; try discriminate; constructor; apply andb_prop in H; destruct H as [H1 H2]; auto.
  unfold agree in H1; unfold agrees; destruct (number_of k) as [y|]; [exists y; auto | discriminate].
Qed.

Lemma implb_zero (b : bool) n : implb b (n =? 0) = true -> b = true -> n = 0.
Proof. intros H ->; apply Z.eqb_eq, H. Qed.

Lemma check_case_sound net k : check_case net k = true -> case_holds net k.
Proof.
  destruct k as [[[x h] v] g]; unfold check_case, case_holds.
  destruct (all_some read x) as [xs|]; [|discriminate]; destruct (all_some read h) as [hs|]; [|discriminate].
  destruct (evaluate _ _ _ _ xs hs) as [e|] eqn:E; [|discriminate].
  rewrite !andb_true_iff; intros [[[[V G] P] Q] R]; exists xs, hs, e.
  repeat split; auto using all_agree_sound; intros C; eapply implb_zero; eassumption.
Qed.

Theorem check_holds : check = true -> holds.
Proof.
  unfold check, holds, cases; destruct read_network as [net|]; [|discriminate]; intros H; exists net; split; [reflexivity|].
  destruct (forallb (check_case net) (points d)) eqn:P; [|discriminate]; rewrite forallb_forall in H, P.
  apply Forall_app; split; apply Forall_forall; intros k K; apply check_case_sound; auto.
Qed.

End Certificate.

(** ** The claim about exact numbers of a format *)

(** "This network, on these inputs and upstreams, gives these values and gradients": F the network's format, G that of products and sums. *)
Definition claim (F G : format) (wide flushing : bool) (d : data) : Prop :=
  holds (exact F G wide flushing) (decode F (width d)) (if flushing then flush F else fun x => x) SFeqb (last_place F) d.

Definition check_claim (F G : format) (wide flushing : bool) (d : data) : bool :=
  check (exact F G wide flushing) (decode F (width d)) (if flushing then flush F else fun x => x) SFeqb (last_place F) d.

Theorem claim_holds F G wide flushing d : check_claim F G wide flushing d = true -> claim F G wide flushing d.
Proof. apply check_holds. Qed.
