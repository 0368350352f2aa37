"""fpproof: decides claims about floating-point neural networks, and lets anyone check the answers.

Importing the package loads nothing else, so that the command and the stand-alone checker start at once;
the parts are `fpproof.formats`, `fpproof.networks`, `fpproof.constructions`, `fpproof.certificates`,
`fpproof.checker` and `fpproof.cli`.
"""

__version__ = "0.1.0"
