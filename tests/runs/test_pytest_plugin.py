"""The pytest plugin: lemmas are tests, and theory files are never run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs.theories import CONTROL, CONTROL_THAT_HOLDS, FALSE, LARGE_ONLY, MALFORMED, TRUE, environment, written


def pytest_in(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "fpproof.pytest_plugin", "-p", "no:cacheprovider", "-rA", *arguments]
    variables = environment(directory / "ledger.sqlite") | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=directory, env=variables, capture_output=True, text=True, check=False)


def test_each_lemma_in_each_format_is_a_test(tmp_path: Path) -> None:
    written(tmp_path / "theories" / "a.py", TRUE, FALSE, CONTROL, CONTROL_THAT_HOLDS, LARGE_ONLY)
    result = pytest_in(tmp_path, "theories", "--fpproof-format", "E2M1,F(2,2)")
    outcomes = {line.split()[1]: line.split()[0] for line in result.stdout.splitlines() if line.startswith(("PASSED", "FAILED"))}
    assert outcomes == {
        f"theories/a.py::{name}[{format}]": outcome
        for format in ("E2M1", "F(2,2)")
        for name, outcome in {
            "doubling_is_exact": "PASSED",
            "tripling_is_exact": "FAILED",
            "tripling_is_exact_everywhere": "PASSED",
            "doubling_never_works": "FAILED",
        }.items()
    }
    assert result.returncode == 1
    assert "2 skipped" in result.stdout
    assert "replay: fpproof replay --lemma" in result.stdout
    assert "Traceback" not in result.stdout


@pytest.mark.parametrize("name", ["theories/a.py", "theories/test_a.py", "mine.py"])
def test_a_theory_is_not_run(tmp_path: Path, name: str) -> None:
    """Python would print; the language refuses."""
    path = written(tmp_path / name, TRUE)
    path.write_text(f"{path.read_text()}\nprint('this was run')\n")
    result = pytest_in(tmp_path, name)
    assert "this was run" not in result.stdout.replace("print('this was run')", "")
    assert result.returncode == 2
    assert f"{name}:8" in result.stdout


def test_other_files_are_left_to_others(tmp_path: Path) -> None:
    (tmp_path / "theories").mkdir()
    (tmp_path / "theories" / "test_other.py").write_text("def test_it() -> None:\n    assert True\n")
    (tmp_path / "theories" / "helper.py").write_text("raise SystemExit\n")
    result = pytest_in(tmp_path, "theories")
    assert "1 passed" in result.stdout


def test_a_test_that_quotes_a_theory_is_a_test(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(f'QUOTED = """\n{MALFORMED}"""\n\n\ndef test_it() -> None:\n    assert QUOTED\n')
    assert "1 passed" in pytest_in(tmp_path, "test_it.py").stdout


def test_a_malformed_file_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "theories").mkdir()
    (tmp_path / "theories" / "a.py").write_text(MALFORMED)
    result = pytest_in(tmp_path, "theories")
    assert result.returncode == 2
    assert "a.py:5:10: " in result.stdout
    assert re.search(r"\n {8}show\(.*\n {13}\^\n", result.stdout)
    assert "Traceback" not in result.stdout
