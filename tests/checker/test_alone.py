"""The checker's own rules: the standard library only, whole numbers only, nothing executed."""

import ast
import sys
from pathlib import Path

from fpproof import checker

TREE = ast.parse(Path(checker.__file__).read_text("utf-8"))


def test_imports_the_standard_library_only() -> None:
    imported = {name.name for node in ast.walk(TREE) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(TREE) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_computes_with_whole_numbers_only() -> None:
    """No float constants, no division but //, no negative powers hidden in `float`, `math`, `fractions` or `decimal`."""
    for node in ast.walk(TREE):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)))
        assert not isinstance(node, ast.Div)
        assert not (isinstance(node, ast.Name) and node.id in ("float", "complex", "pow", "round", "eval", "exec", "compile", "__import__"))


def test_bounds_are_those_of_the_format_page() -> None:
    assert (checker.FILE_BYTES, checker.DEPTH, checker.STRING, checker.ELSEWHERE) == (64 * 2**20, 64, 1000, 10**7)
