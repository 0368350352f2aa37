HARD: dict[str, tuple[list[str], list[str]]] = {"tanh/value": (["3f800000"], ["3ff0000000000000"])}
