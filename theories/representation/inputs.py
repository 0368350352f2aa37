"""Several inputs: gates of all coordinates.

A neuron of the top subtracts one gate for each coordinate: s_j = S [x_j != z_j]. At z all are 0. Elsewhere at least one is S, and each further one
lowers the sum (`another_gate_lowers_the_sum`), and what is added after the gates is added to less; so what one gate masks, any number of them masks,
by induction. In seven layers the gates are one conjunction, n = ReLU(1 - sum of m_j / k_j), whose terms are 0 or 1: 1 at z, and 0 once one is 1.

Source: fpproof/constructions/five_layers.py, fpproof/constructions/seven_layers.py.
"""
from fpproof.lang import Float, assume, fl, lemma, show


@lemma
def zero_gates_keep_the_sum(t: Float):
    """At z: subtracting 0."""
    show(fl(t - 0) == t)


@lemma(formats="F(2,4), binary16, bfloat16")
def another_gate_lowers_the_sum(t: Float, S: Float):
    """Elsewhere: the sum does not rise, also where it overflows."""
    assume(S >= 0)
    show(fl(t - S) <= t)


@lemma
def a_conjunction_is_off():
    """1 - 1 is 0, and what is subtracted from 0 leaves no positive number."""
    show(fl(1 - 0) == 1, fl(1 - 1) == 0, fl(0 - 1) < 0)


@lemma(expect="refuted", formats="F(2,4), binary16, bfloat16")
def gates_may_be_added(t: Float, S: Float):
    """With weight 1 instead of -1."""
    assume(S >= 0)
    show(fl(t + S) <= t)
