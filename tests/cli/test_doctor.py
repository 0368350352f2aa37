"""The doctor finds what is there, says how to get what is not, and works when nothing else does."""

import json
import os
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from fpproof.cli import BAD_INPUT, HOLDS, doctor
from fpproof.cli.doctor import BASE, PACKAGES, Package
from fpproof.cli.main import main
from fpproof.errors import FpproofError
from fpproof.paths import cache_directory

ROOT = Path(__file__).parents[2]
ABSENT = Package(BASE, "no-such-package", "no_such_module", "1", "nothing")
NEWER = Package(BASE, "numpy", "numpy", "999.0", "arrays")


def parts(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str | None]]:
    return {part["name"]: part for part in json.loads(capsys.readouterr().out)["parts"]}


def test_the_packages_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {BASE: project["dependencies"], **project["optional-dependencies"]}
    listed = {group: {f"{p.name} {p.needs}" for p in PACKAGES if p.group == group} for group in declared}
    assert listed == {group: {r.replace(">=", " ").replace("==", " ") for r in rules} for group, rules in declared.items()}
    assert {package.group for package in PACKAGES} == set(declared)


def test_it_finds_the_versions_that_are_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == HOLDS
    found = parts(capsys)
    for package in PACKAGES:
        version, remedy = found[package.name]["version"], found[package.name]["remedy"]
        if package.group in (BASE, "balls", "crosscheck", "solvers"):  # the locked development requirements
            assert (version, remedy) == (metadata.version(package.name), None)
        else:
            assert (version is None) == (remedy == f"pip install 'fpproof[{package.group}]'")


def test_json_names_the_machine(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_CACHE", "somewhere")
    assert main(["doctor", "--json"]) == HOLDS
    answer = json.loads(capsys.readouterr().out)
    assert (answer["cache-directory"], answer["complete"]) == ("somewhere", True)
    assert 1 <= answer["cores"] <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("package", "remedy"),
    [
        (ABSENT, "pip install 'fpproof'"),
        (NEWER, f"pip install --upgrade 'fpproof'  (numpy {metadata.version('numpy')} is too old, 999.0 or newer is needed)"),
    ],
    ids=["missing", "old"],
)
def test_a_broken_base_is_code_2(package: Package, remedy: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", (package,))
    assert main(["doctor", "--json"]) == BAD_INPUT
    assert parts(capsys)[package.name]["remedy"] == remedy
    assert main(["doctor"]) == BAD_INPUT
    output = capsys.readouterr().out
    assert f"  -> {remedy}\n" in output
    assert output.endswith("\nThe base is incomplete: fpproof does not work.\n")


def test_a_missing_extra_is_no_fault(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", (Package("solvers", "no-such-package", "no_such_module", "1", "nothing"),))
    assert main(["doctor"]) == HOLDS
    assert "  no-such-package  missing  nothing\n  -> pip install 'fpproof[solvers]'\n" in capsys.readouterr().out


def test_it_runs_without_any_package() -> None:
    """-S: no site-packages, so that nothing is installed; -I would hide the checkout too."""
    result = subprocess.run(
        [sys.executable, "-S", "-m", "fpproof", "doctor"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PATH": "", "HOME": "/", "PYTHONPATH": str(ROOT)},
    )
    assert (result.returncode, result.stderr) == (BAD_INPUT, "")
    assert "  gmpy2     missing" in result.stdout


def test_it_imports_no_package() -> None:
    script = f"""
import sys
from fpproof.cli.main import main
code = main(["doctor"])
sys.exit(", ".join({ {package.module for package in PACKAGES}!r} & sys.modules.keys()) or code)"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (HOLDS, "")


def program(directory: Path, name: str, script: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_programs_on_the_path(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "user-contrib" / "Flocq").mkdir(parents=True)
    program(tmp_path, "coqc", f'if [ "$1" = -where ]; then echo "{tmp_path}"; else echo "The Coq Proof Assistant, version 8.16.1"; fi')
    program(tmp_path, "cadical", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["doctor", "--json"]) == HOLDS
    found = parts(capsys)
    assert [found[name]["version"] for name in ("coqc", "Flocq", "cadical", "gappa")] == ["8.16.1", "unknown", "unknown", None]
    assert [found[name]["remedy"] for name in ("coqc", "Flocq", "cadical", "gappa")] == [None, None, None, "apt install gappa"]


def test_flocq_is_looked_for_where_coq_keeps_it(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "coqc", f'echo "{tmp_path}"')
    monkeypatch.setenv("PATH", str(tmp_path))
    main(["doctor"])
    assert "  -> apt install libcoq-flocq gappa cadical\n" in capsys.readouterr().out


@pytest.mark.parametrize(("version", "numbers"), [("2.13.0+cpu", (2, 13, 0)), ("5.4.0.0", (5, 4, 0, 0)), ("0.5rc1", (0, 5)), ("unknown", ())])
def test_versions_are_compared_by_number(version: str, numbers: tuple[int, ...]) -> None:
    assert doctor._numbers(version) == numbers


def test_cache_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home-of-someone")
    monkeypatch.delenv("FPPROOF_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_directory() == Path("/home-of-someone/.cache/fpproof")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_directory() == Path("/home-of-someone/.cache/fpproof")
    monkeypatch.setenv("XDG_CACHE_HOME", "/shared")
    assert cache_directory() == Path("/shared/fpproof")
    monkeypatch.setenv("FPPROOF_CACHE", "mine")
    assert cache_directory() == Path("mine")


def test_no_home_is_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("FPPROOF_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(FpproofError, match="set FPPROOF_CACHE"):
        cache_directory()
