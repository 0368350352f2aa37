"""Networks that exist, and networks that do not: exists over weights goes through the search of docs/search.md."""

from fpproof.lang import Float, affine, exists, finite, gradient, layers, lemma, network, relu, show, value


@network
def two_neurons(a: Float, b: Float, c: Float, d: Float, v: Float, w: Float):
    return layers(relu([[a], [c]], bias=[b, d]), affine([[v, w]]))


@network
def one_neuron(a: Float, b: Float, v: Float, c: Float):
    return layers(relu([[a]], bias=[b]), affine([[v]], bias=[c]))


@lemma
def a_tent():
    """Slopes 1 and -1, with two neurons."""
    show(
        exists(
            Float,
            lambda a, b, c, d, v, w: (
                gradient(two_neurons(a, b, c, d, v, w), -1, 1) == 1
                and gradient(two_neurons(a, b, c, d, v, w), 1, 1) == -1
                and value(two_neurons(a, b, c, d, v, w), 1) == 0.5
            ),
        )
    )


@lemma
def no_zigzag():
    """Slopes 1, -1 and 3 in a row need a third neuron: any two of their neurons' patterns determine the third slope."""
    show(
        not exists(
            Float,
            lambda a, b, c, d, v, w: (
                gradient(two_neurons(a, b, c, d, v, w), -1, 1) == 1
                and gradient(two_neurons(a, b, c, d, v, w), 1, 1) == -1
                and gradient(two_neurons(a, b, c, d, v, w), 2, 1) == 3
                and finite(value(two_neurons(a, b, c, d, v, w), -1))
                and finite(value(two_neurons(a, b, c, d, v, w), 1))
                and finite(value(two_neurons(a, b, c, d, v, w), 2))
            ),
        )
    )


@lemma(expect="refuted")
def one_neuron_turns_back():
    """The control: one neuron is monotone."""
    show(
        exists(
            Float,
            lambda a, b, v, c: (
                value(one_neuron(a, b, v, c), 1) == 1 and value(one_neuron(a, b, v, c), 2) == 2 and value(one_neuron(a, b, v, c), 3) == 1
            ),
        )
    )


@lemma
def signs_suffice():
    """Value and gradient 1 at 1 with weights from -1, 0, 1 alone."""
    show(
        exists(
            Float,
            lambda a, b, v, c: (
                value(one_neuron(a, b, v, c), 1) == 1
                and gradient(one_neuron(a, b, v, c), 1, 1) == 1
                and (a == 1 or a == -1)
                and abs(b) <= 1
                and abs(v) <= 1
                and c == 0
            ),
        )
    )
