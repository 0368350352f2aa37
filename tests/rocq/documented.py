"""Makes every certificate that the README, the pages of docs/ and the tables of examples/ make, and lets coqc check each.

    python -m tests.rocq.documented DIRECTORY [--make]

`make rocq-certificates` runs it; with --make the certificates are only made. 0 if fpproof and Rocq accept all of them.
"""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from tests.test_docs import PAGES, ROOT, to_run

MAKES = re.compile(r"fpproof (?:represent|certify|search) .*-o (\S+\.cert\.json)")
PREPARES = re.compile(r"printf .* > \S+")
WRITES = re.compile(r"^(_ = )?Path\(", re.MULTILINE)
FORMATS = {"sine-bf16-1000": "bfloat16", "wild-f23-2d": "F(2,3)", "wild-f24": "F(2,4)", "square-e4m3": "F(3,4)", "sine-e4m3": "F(3,4)"}
"""The format of each table of examples/."""


def of_page(page: Path, directory: Path) -> list[Path]:
    """The certificates of a page: its blocks as far as they write tables, and its commands that write certificates."""
    blocks = to_run(page)
    if not any(MAKES.search(block.text) for block in blocks):
        return []
    directory.mkdir()
    shutil.copytree(ROOT / "examples", directory / "examples")
    made = []
    for block in blocks:
        if block.language == "python" and WRITES.search(block.text) and ".cert.json" not in block.text:
            subprocess.run([sys.executable, "-c", block.text], cwd=directory, check=True)
        for command in re.findall(r"^\$ (.*)$", block.text, re.MULTILINE):
            if match := MAKES.search(command):
                made.append(directory / match[1])
            if match or PREPARES.match(command):
                subprocess.run(["bash", "-c", command], cwd=directory, check=True)
    return made


def of_example(table: Path, directory: Path) -> Path:
    directory.mkdir(exist_ok=True)
    made = directory / f"{table.stem}.cert.json"
    subprocess.run(["fpproof", "represent", str(table), "--format", FORMATS[table.stem], "-o", str(made)], check=True)
    return made


def all_made(directory: Path) -> list[Path]:
    """All certificates, each once, the largest first."""
    found = [path for page in PAGES for path in of_page(page, directory / page.stem)]
    found += [of_example(table, directory / "examples") for table in sorted((ROOT / "examples").glob("*.csv"))]
    different = {sha256(path.read_bytes()).digest(): path for path in found}
    return sorted(different.values(), key=lambda path: path.stat().st_size, reverse=True)


def accepted(path: Path) -> bool:
    """Whether fpproof and Rocq accept a certificate; prints what they say. The time is bounded, so that nothing hangs, but generously."""
    command = ["fpproof", "check", str(path), "--with", "rocq", "--rocq-limit", "3000"]
    found = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(found.stdout, end="", flush=True)
    return found.returncode == 0


def main(directory: Path, check: bool) -> int:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    os.environ["FPPROOF_LEDGER"] = str(directory / "ledger.sqlite")
    made = all_made(directory)
    if not check:
        return 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return 0 if all(list(pool.map(accepted, made))) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), "--make" not in sys.argv))
