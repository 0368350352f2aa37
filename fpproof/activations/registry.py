"""Activations by name."""

from difflib import get_close_matches

from fpproof.activations.definitions import BUILT_IN
from fpproof.activations.function import Activation, ActivationError

ALIASES = {"silu": "swish", "leaky_relu": "leaky-relu", "gelu_tanh": "gelu-tanh", "logistic": "sigmoid", "linear": "identity"}

_REGISTRY = {sigma.name: sigma for sigma in BUILT_IN}


def activation(name: str) -> Activation:
    """The activation of a name or alias; raises ActivationError, which names the nearest one."""
    key = name.strip().lower()
    key = ALIASES.get(key, key)
    if key in _REGISTRY:
        return _REGISTRY[key]
    near = get_close_matches(key, [*_REGISTRY, *ALIASES], 1)
    hint = f"did you mean {ALIASES.get(near[0], near[0])}? " if near else ""
    raise ActivationError(f"activation {name[:40]!r} is unknown", hint=f"{hint}{'There' if hint else 'there'} are {', '.join(names())}")


def names() -> list[str]:
    """All registered names, the built-in ones first."""
    return list(_REGISTRY)


def register(sigma: Activation) -> Activation:
    """Add an activation under its name, and return it; raises ActivationError if another one has the name."""
    known = _REGISTRY.setdefault(sigma.name, sigma)
    if known is not sigma or sigma.name in ALIASES:
        raise ActivationError(f"activation {sigma.name!r} is already defined", hint="give it another name")
    return sigma
