# make demo           represent a table of values and gradients, look at one evaluation, check the certificate twice
# make test           all tests that need no machine-learning framework
# make test-machines  the tests against torch and ONNX Runtime (installs them: some GB where pip takes builds for GPUs)
# make lint types     ruff; mypy --strict
# make theories       decide the committed verdicts of theories/arithmetic in formats of 8 bits and less again
# make sweep          decide what is committed of theories/ anew, and write it down: hours
# make rocq           the library in Rocq, compiled by coqc (apt install coq libcoq-flocq)
# make rocq-certificates  every certificate of the README, docs/ and examples/, made and checked by coqc: four minutes of CPU
# make bench          benchmarks
# make lock           choose new versions for requirements/*.txt (needs uv)
#
# Each target first makes .venv from the locked requirements, and again only when they change.

PYTHON ?= python3
UV ?= uv

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
DEV := .venv/dev.installed
BENCH := .venv/bench.installed
MACHINES := .venv/machines.installed
CERTIFICATE := sine.cert.json
# pytest-xdist runs a process a core, so each gets one numba thread.
PYTEST := NUMBA_NUM_THREADS=1 $(BIN)/python -m pytest

.PHONY: demo test test-machines lint types theories sweep rocq rocq-certificates bench lock

demo: $(DEV)
	$(BIN)/fpproof represent examples/sine-e4m3.csv --format 'F(3,4)' -o $(CERTIFICATE)
	$(BIN)/fpproof eval $(CERTIFICATE) --x 0x1p-3 --upstream 1 --trace
	$(BIN)/fpproof check $(CERTIFICATE)
	$(BIN)/python -m fpproof.checker $(CERTIFICATE)

test: $(DEV)
	$(PYTEST) -n auto --ignore=tests/machine

ifneq ($(wildcard tests/machine),)
test-machines: $(MACHINES)
	$(PYTEST) tests/machine
else
test-machines:
	@echo "there are no tests in tests/machine"
endif

lint: $(DEV)
	$(BIN)/ruff check .

types: $(DEV)
	$(BIN)/mypy

SWEPT := theories/arithmetic/sweeps.verdicts.jsonl

# Everything of 8 bits and less; tests/judges/test_theories.py decides a sample of the rest.
theories: $(DEV)
	$(BIN)/fpproof replay $(SWEPT) --sample 0

# What is in the ledger is not decided again, so an interrupted run goes on. The export is what `show`, `check` and the matrix read in a fresh clone.
sweep: $(DEV)
	-$(BIN)/fpproof check theories/arithmetic --own
	-$(BIN)/fpproof check theories/arithmetic --own --format binary16,bfloat16,binary32,binary64
	$(BIN)/fpproof ledger export $(SWEPT) theories/arithmetic
	$(BIN)/python tests/test_matrix.py

# In the order of fpproof/rocq/library.py: each needs only earlier ones.
ROCQ := Format Rounding Network Certificate Fast Order Exact Bridge

rocq:
	@command -v coqc >/dev/null || { echo "coqc is not installed: apt install coq libcoq-flocq" >&2; exit 1; }
	@mkdir -p build/rocq
	@cp fpproof/rocq/theory/*.v build/rocq/
	cd build/rocq && for module in $(ROCQ); do coqc -q -Q . Fpproof $$module.v || exit 1; done

rocq-certificates: $(DEV)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.rocq.documented build/rocq-certificates

bench: $(BENCH)
	$(BIN)/python -m pytest benchmarks

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "fpproof needs Python 3.11 or newer: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "this Python makes no virtual environments: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# --require-hashes: what is installed is what was tested. The project itself is built with the locked hatchling.
$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing requirements/dev.txt into .venv (a minute or two) ..."
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(BENCH): requirements/bench.txt $(DEV)
	$(PIP) --require-hashes -r requirements/bench.txt
	@touch $@

# Without hashes, so that pip may take a build of torch for the CPU.
$(MACHINES): requirements/machines.txt $(DEV)
	$(PIP) -r requirements/machines.txt
	@touch $@

# bench.txt is dev.txt and more, with the same versions. torch itself names the GPU packages that its build needs.
COMPILE := $(UV) pip compile --upgrade --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate --quiet pyproject.toml
LIGHT := --extra balls --extra crosscheck --extra plots --extra solvers --group dev
lock:
	$(COMPILE) --generate-hashes $(LIGHT) --group bench -o requirements/bench.txt
	$(COMPILE) --generate-hashes $(LIGHT) -c requirements/bench.txt -o requirements/dev.txt
	$(COMPILE) --extra machines --group machines -c requirements/bench.txt -o .venv/machines.txt
	grep -vE '^(cuda|nvidia|triton)' .venv/machines.txt > requirements/machines.txt
