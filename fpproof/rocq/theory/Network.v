(** Networks, sums in all orders, reverse-mode AD: docs/semantics.md, sections 3 to 5.

    Written once over an [arithmetic], what a network needs of its numbers. Certificate.v gives the arithmetic of [spec_float], Fast.v
    another on machine words. *)

From Coq Require Import ZArith List Bool FMapPositive.
Import ListNotations.
Local Open Scope Z_scope.

Record arithmetic := Arithmetic {
  number : Type;
  zero : number;  (* +0 *)
  one : number;
  nan : number;
  is_finite_number : number -> bool;
  sign : number -> option comparison;  (* of x against 0; None for NaN *)
  key : number -> option positive;  (* equal numbers have equal keys, others have not; None for NaN *)
  product : number -> number -> number;  (* rounded; under the variants wide and flush, what they say *)
  sum : number -> number -> number;
  fused : number -> number -> number -> number;  (* fl(s + x y) *)
  start : number -> number;  (* 0 (+) b: a bias that comes first or stands alone *)
  finish : number -> number;  (* the end of a sum, as a value of F *)
  masked : number -> number -> number  (* delta times sigma'(z), an operation of F *)
}.

(** The weights of a neuron (or, backward, of an input), in order of their positions, which count from 1. *)
Inductive row (T : Type) := stop | w (j : positive) (weight : T) (rest : row T).
Arguments stop {T}.
Arguments w {T} j weight rest.

Inductive order := left_to_right | bias_first | pairwise | fused_chain | blocked (k : positive).

Section Network.

Variable A : arithmetic.
Variable o : order.
Notation T := (number A).

(** Vectors: positions from 1. *)
Definition vector := PositiveMap.t T.

(** The entries in turns: the position 2j + 1 stands at j on the odd side of [PositiveMap], 2j on the even one. *)
Fixpoint dealt (l : list T) : list T * list T :=
  match l with
  | x :: y :: l => let (a, b) := dealt l in (x :: a, y :: b)
  | _ => (l, [])
  end.

Fixpoint vector_in (depth : nat) (l : list T) : vector :=
  match depth, l with
  | S depth, x :: l => let (even, odd) := dealt l in @PositiveMap.Node T (vector_in depth even) (Some x) (vector_in depth odd)
  | _, _ => @PositiveMap.Leaf T
  end.

(** Of fewer than 2^63 entries. *)
Definition vector_of (l : list T) : vector := vector_in 63 l.

(** NaN at a position that does not exist: it spoils the result. *)
Definition at_ (x : vector) (j : positive) : T := match PositiveMap.find j x with Some y => y | None => nan A end.

(** ** Sums. Terms are the products of weights and entries of x; None is the sum of no term. *)

Definition plus (s : option T) (t : T) : option T := Some (match s with Some s => sum A s t | None => t end).

(** From left to right, after s. *)
Definition chain_after (x : vector) : T -> row T -> T :=
  let plus := sum A in
  let times := product A in
  fix after s r := match r with stop => s | w j a r => after (plus s (times a (at_ x j))) r end.

Definition chain (x : vector) (r : row T) : option T :=
  match r with
  | stop => None
  | w j a r => Some (chain_after x (product A a (at_ x j)) r)
  end.

(** The first product is rounded alone, then s <- fl(s + W x). *)
Fixpoint fused_after (x : vector) (s : T) (r : row T) : T :=
  match r with
  | stop => s
  | w j a r => fused_after x (fused A s a (at_ x j)) r
  end.

Definition fused_sum (x : vector) (r : row T) : option T :=
  match r with
  | stop => None
  | w j a r => Some (fused_after x (product A a (at_ x j)) r)
  end.

(** The terms at positions up to i, and the others. *)
Fixpoint split_at (i : Z) (r : row T) : row T * row T :=
  match r with
  | stop => (stop, stop)
  | w j a rest => if Zpos j <=? i then let (l, m) := split_at i rest in (w j a l, m) else (stop, r)
  end.

(** Positions low < j <= high, split at the largest power of two below their number; [depth] bounds the recursion. *)
Fixpoint pairwise_sum (depth : nat) (x : vector) (low high : Z) (r : row T) : option T :=
  match depth, r with
  | _, stop => None
  | O, w j a _ => Some (product A a (at_ x j))
  | S depth, w j a _ =>
      if high - low <=? 1 then Some (product A a (at_ x j))
      else
        let middle := low + 2 ^ Z.log2 (high - low - 1) in
        let (l, m) := split_at middle r in
        match pairwise_sum depth x low middle l, pairwise_sum depth x middle high m with
        | Some s, Some t => Some (sum A s t)
        | Some s, None => Some s
        | None, t => t
        end
  end.

(** Blocks of k positions, each from left to right, then their sums from left to right; [blocks] bounds the recursion. *)
Fixpoint blocked_sum (blocks : nat) (k : Z) (x : vector) (s : option T) (r : row T) : option T :=
  match blocks, r with
  | S blocks, w j _ _ =>
      let (l, m) := split_at ((Zpos j - 1) / k * k + k) r in
      blocked_sum blocks k x (match chain x l with Some t => plus s t | None => s end) m
  | _, _ => s
  end.

Fixpoint terms (r : row T) : nat := match r with stop => O | w _ _ r => S (terms r) end.

(** The sum of a row and its bias, if there is one; [length] counts the positions, with and without a term. *)
Definition ordered_sum (length : Z) (x : vector) (r : row T) (bias : option T) : T :=
  let unbiased :=
    match o with
    | left_to_right | bias_first => chain x r
    | fused_chain => fused_sum x r
    | pairwise => pairwise_sum (S (Z.to_nat (Z.log2_up length))) x 0 length r
    | blocked k => blocked_sum (terms r) (Zpos k) x None r
    end
  in
  match unbiased, bias, o with
  | None, None, _ => zero A
  | None, Some b, _ => finish A (start A b)
  | Some _, Some b, bias_first => finish A (chain_after x (start A b) r)
  | Some s, None, _ => finish A s
  | Some s, Some b, _ => finish A (sum A s b)
  end.

(** ** Layers *)

(** sigma gives value and derivative; None where a table has no entry. *)
Inductive activation := linear | through (sigma : T -> option (T * T)).

Record layer := Layer {
  width_in : Z;
  width_out : Z;
  rows : list (row T * option T);  (* a row and a bias for each neuron *)
  columns : list (row T);  (* the same weights, for each input *)
  sigma : activation
}.

(** The columns of a matrix: the weights of each input, in order of the neurons. *)
Fixpoint spread (i : positive) (r : row T) (c : PositiveMap.t (row T)) : PositiveMap.t (row T) :=
  match r with
  | stop => c
  | w j a r => spread i r (PositiveMap.add j (w i a (match PositiveMap.find j c with Some l => l | None => stop end)) c)
  end.

(** From the last neuron to the first. *)
Fixpoint gather (i : positive) (rs : list (row T)) : PositiveMap.t (row T) :=
  match rs with
  | [] => PositiveMap.empty (row T)
  | r :: rs => spread i r (gather (Pos.succ i) rs)
  end.

Definition positions (n : Z) : list positive := map Pos.of_succ_nat (seq 0 (Z.to_nat n)).

Definition transposed (n : Z) (rs : list (row T)) : list (row T) :=
  let c := gather 1 rs in map (fun j => match PositiveMap.find j c with Some r => r | None => stop end) (positions n).

Definition make_layer (inputs : Z) (matrix : list (row T * option T)) (sigma : activation) : layer :=
  Layer inputs (Z.of_nat (length matrix)) matrix (transposed inputs (map fst matrix)) sigma.

(** Every missing weight is +0 and takes part: the row at positions from j, n of them. *)
Fixpoint filled (n : nat) (j : positive) (r : row T) : row T :=
  match n with
  | O => stop
  | S n =>
      match r with
      | w i a rest => if (i =? j)%positive then w j a (filled n (Pos.succ j) rest) else w j (zero A) (filled n (Pos.succ j) r)
      | stop => w j (zero A) (filled n (Pos.succ j) stop)
      end
  end.

Definition densified (l : layer) : layer :=
  make_layer (width_in l) (map (fun '(r, b) => (filled (Z.to_nat (width_in l)) 1 r, b)) (rows l)) (sigma l).

(** ReLU(z) and its derivative: 1 for z > 0, 0 for z < 0, the slope at both zeros, NaN for NaN. *)
Definition relu (slope : T) (z : T) : option (T * T) :=
  Some match sign A z with
  | None => (nan A, nan A)
  | Some Gt => (z, one A)
  | Some Lt => (zero A, zero A)
  | Some Eq => (zero A, slope)
  end.

(** An activation by its table: looked up by number, both zeros at one entry; NaN gives NaN. *)
Definition tabulated (table : PositiveMap.t (T * T)) (z : T) : option (T * T) :=
  match key A z with
  | None => Some (nan A, nan A)
  | Some k => PositiveMap.find k table
  end.

(** ** Evaluation *)

(** [missing]: a table has no entry. [non_finite]: a sparse network met a non-finite activation or adjoint, and is evaluated densely. *)
Inductive outcome (R : Type) := done (r : R) | missing | non_finite.
Arguments done {R} r.
Arguments missing {R}.
Arguments non_finite {R}.

Definition count (l : list T) : Z := let finite := is_finite_number A in fold_left (fun n x => if finite x then n else n + 1) l 0.

(** Value and derivative at each pre-activation. *)
Fixpoint activate (f : T -> option (T * T)) (zs : list T) : option (list T * list T) :=
  match zs with
  | [] => Some ([], [])
  | z :: zs =>
      match f z, activate f zs with
      | Some (a, d), Some (l, m) => Some (a :: l, d :: m)
      | _, _ => None
      end
  end.

(** The pass forward: the layers passed with the derivatives at their pre-activations (None: no activation, no mask), last first; the value;
    the counters of pre-activations and activations. [sparse]: some layer is sparse. *)
Fixpoint forward (sparse : bool) (ls : list layer) (a : list T) (passed : list (layer * option (list T))) (pre act : Z)
  : outcome (list (layer * option (list T)) * list T * Z * Z) :=
  match ls with
  | [] => done (passed, a, pre, act)
  | l :: ls =>
      let x := vector_of a in
      let zs := map (fun '(r, b) => ordered_sum (width_in l) x r b) (rows l) in
      let found := match sigma l with linear => Some (zs, None) | through f => option_map (fun '(a, d) => (a, Some d)) (activate f zs) end in
      match found with
      | None => missing
      | Some (a, d) =>
          let n := count a in
          if sparse && negb (n =? 0) then non_finite
          else forward sparse ls a ((l, d) :: passed) (pre + count zs) (act + n)
      end
  end.

Fixpoint zip_with {X Y Z : Type} (f : X -> Y -> Z) (l : list X) (m : list Y) : list Z :=
  match l, m with
  | x :: l, y :: m => f x y :: zip_with f l m
  | _, _ => []
  end.

(** The pass back: at an activation delta <- delta times sigma'(z), at an affine layer delta_j <- the sum of delta_i times W_ij over the outputs,
    without a bias; the counter of adjoints, which are those at the outputs of every layer before the mask, and at the inputs. *)
Fixpoint backward (sparse : bool) (passed : list (layer * option (list T))) (delta : list T) (adj : Z) : outcome (list T * Z) :=
  let n := count delta in
  let adj := adj + n in
  match passed with
  | [] => if sparse && negb (n =? 0) then non_finite else done (delta, adj)
  | (l, d) :: passed =>
      let m := match d with Some d => zip_with (masked A) delta d | None => delta end in
      if sparse && negb ((n =? 0) && (count m =? 0)) then non_finite
      else let x := vector_of m in backward sparse passed (map (fun c => ordered_sum (width_out l) x c None) (columns l)) adj
  end.

Record evaluation := Evaluation { value : list T; gradient : list T; pre_activations : Z; activations : Z; adjoints : Z }.

Definition pass (sparse : bool) (ls : list layer) (x upstream : list T) : outcome evaluation :=
  match forward sparse ls x [] 0 0 with
  | done (passed, value, pre, act) =>
      match backward sparse passed upstream 0 with
      | done (gradient, adj) => done (Evaluation value gradient pre act adj)
      | missing => missing
      | non_finite => non_finite
      end
  | missing => missing
  | non_finite => non_finite
  end.

(** Sparse is dense, and where that is not so, the dense network is meant. None: a table has no entry. *)
Definition evaluate (sparse : bool) (ls : list layer) (x upstream : list T) : option evaluation :=
  match pass sparse ls x upstream with
  | done e => Some e
  | missing => None
  | non_finite => match pass false (map densified ls) x upstream with done e => Some e | _ => None end
  end.

End Network.
