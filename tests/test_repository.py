"""What holds of the tree as a whole: which way imports point, and what must not be left in it."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "fpproof"

FREE = {"errors", "paths"}
"""What every part but the checker may import; so is the version, in `fpproof` itself."""
ALLOWED = {
    "errors": set[str](),
    "paths": set[str](),
    "formats": set[str](),
    "activations": {"formats"},
    "kernels": {"formats"},
    "networks": {"formats", "activations", "kernels"},
    "certificates": {"formats", "networks"},
    "training": {"formats", "activations", "kernels", "networks"},
    "pictures": {"formats", "kernels", "networks", "certificates"},
    "pieces": {"formats", "networks", "certificates", "exchange", "training"},
    "constructions": {"formats", "kernels", "networks", "activations", "certificates"},
    "exchange": {"formats", "activations", "networks", "certificates", "constructions"},
    "dynamics": {"formats", "activations", "networks", "training"},
    "machine": {"formats", "activations", "networks", "certificates", "exchange"},
    "theory": {"formats", "activations", "networks", "certificates", "dynamics"},
    "lang": set[str](),
    "search": {"formats", "activations", "kernels", "networks", "certificates", "constructions", "encodings"},
    "encodings": {"formats", "theory"},
    "judges": {"formats", "activations", "kernels", "networks", "certificates", "theory", "encodings", "search"},
    "ledger": {"formats", "theory", "judges"},
    "runs": {"formats", "theory", "judges", "ledger"},
    "report": {"formats", "theory", "judges", "ledger", "runs"},
    "pytest_plugin": {"formats", "theory", "judges", "ledger", "runs", "report"},
    "rocq": {"formats", "networks", "certificates", "theory", "judges", "ledger"},
    "checker": set[str](),
}
"""Part of fpproof -> the other parts that it may import; the command (`cli` and `__main__`) may import all."""

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
MACHINE_PATH = re.compile(r"(?<![\w.*~-])/(home|root|Users|work|mnt|opt|srv)/\w")
TEXT = {".py", ".md", ".toml", ".txt", ".json", ".csv"}


def part(path: Path) -> str:
    """`formats` for a file of fpproof/formats, `checker` for fpproof/checker.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules that are imported anywhere in the tree; from fpproof itself, each name as if it were a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield "relative"
            elif node.module == "fpproof":
                yield from (f"fpproof.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def wrong_imports(name: str, source: str) -> list[str]:
    """The modules that the source of part `name` imports and may not."""
    if name == "checker":
        return [module for module in imports(ast.parse(source)) if module.partition(".")[0] not in sys.stdlib_module_names]
    allowed = ALLOWED[name] | FREE | {name, "__version__"}
    ours = [module for module in imports(ast.parse(source)) if module.partition(".")[0] in ("fpproof", "relative", "tests")]
    return [module for module in ours if module != "fpproof" and not (module.startswith("fpproof.") and module.split(".")[1] in allowed)]


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def texts() -> Iterator[Path]:
    """The text files of the tree, outside hidden directories but for .ci."""
    for path in [*ROOT.glob("*"), ROOT / ".ci"]:
        if path.is_dir() and (path.name == ".ci" or not path.name.startswith((".", "__"))):
            yield from (file for file in path.rglob("*") if file.suffix in TEXT or path.name == ".ci")
        elif path.suffix in TEXT or path.name == "Makefile":
            yield path


def named(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def test_every_part_has_its_place() -> None:
    assert {part(path) for path in sources()} <= {*ALLOWED, "cli", "__init__", "__main__"}


@pytest.mark.parametrize("path", named([path for path in sources() if part(path) in ALLOWED]))
def test_imports_point_one_way(path: str) -> None:
    assert wrong_imports(part(ROOT / path), (ROOT / path).read_text()) == []


@pytest.mark.parametrize(
    ("name", "source", "wrong"),
    [
        ("formats", "from fpproof.errors import FormatError\nfrom fpproof import __version__", []),
        ("formats", "from fpproof.networks import Network", ["fpproof.networks"]),
        ("formats", "def f():\n    import fpproof.cli.main", ["fpproof.cli.main"]),
        ("formats", "from fpproof import networks", ["fpproof.networks"]),
        ("formats", "from ..networks import Network", ["relative"]),
        ("formats", "import fpproof", []),
        ("formats", "import fpproof.networks", ["fpproof.networks"]),
        ("formats", "from tests import strategies", ["tests"]),
        ("constructions", "from fpproof.networks.exact import evaluate\nimport numpy", []),
        ("checker", "import json\nfrom dataclasses import dataclass", []),
        ("checker", "import gmpy2\nfrom fpproof.errors import FpproofError", ["gmpy2", "fpproof.errors"]),
    ],
)
def test_wrong_imports_are_seen(name: str, source: str, wrong: list[str]) -> None:
    assert wrong_imports(name, source) == wrong


def test_importing_the_package_loads_nothing_else() -> None:
    assert list(imports(ast.parse((PACKAGE / "__init__.py").read_text()))) == []


def test_nothing_is_left_unfinished() -> None:
    found = [(path.name, number) for path in sources() for number, line in enumerate(path.read_text().splitlines(), 1) if UNFINISHED.search(line)]
    assert found == []


def test_no_path_of_one_machine() -> None:
    found = [(path.name, match[0]) for path in texts() for match in MACHINE_PATH.finditer(path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_path"),
    [("cd /" + "home/me/x", True), ("'/" + "work/main'", True), ("frame/" + "work/x", False), ("~/.cache/x", False), ("and/" + "root/1", False)],
)
def test_paths_of_a_machine_are_seen(text: str, is_path: bool) -> None:
    assert (MACHINE_PATH.search(text) is not None) == is_path


def test_locked_requirements_name_no_host() -> None:
    locks = sorted((ROOT / "requirements").glob("*"))
    assert named(locks) == ["requirements/bench.txt", "requirements/dev.txt", "requirements/machines.txt"]
    assert [lock.name for lock in locks if re.search(r"https?|//", lock.read_text())] == []
