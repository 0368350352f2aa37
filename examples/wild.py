"""The network that represents the table wild-f24.csv, whose certificate is wild.cert.json: docs/theories.md says how it is made."""

from fpproof.lang import Float, certified, lemma, network_file, show, value


@lemma(formats="F(2,4)")
def its_certificate_is_right():
    show(certified("wild.cert.json"))


@lemma(formats="F(2,4)", expect="refuted")
def it_is_zero_everywhere(x: Float):
    show(value(network_file("wild.cert.json"), x) == 0)
