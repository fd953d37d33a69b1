# `make demo`, `make quick` and `make test`. Each makes its own virtual environment first, and works
# a second time without the network.

# What fails before a pipe fails the recipe.
SHELL := bash
.SHELLFLAGS := -o pipefail -c

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where hashes are known, only what has them is installed; HASHED=no installs by version alone.
HASHED := $(shell uname -s)-$(shell uname -m)

.PHONY: demo quick test test-lts test-cypher25 test-everywhere gpu-check check constraints clean

demo: $(VENV)/.demo
	@$(BIN)/python demo/run.py

quick: $(VENV)/.test
	$(BIN)/python -m tests.tiers quick

test: $(VENV)/.test
	@echo "Checking, and running the everyday tests, on a real Neo4j where they need one; two at a time."
	$(BIN)/python -m tests.tiers static quick graph-1 graph-2 service

test-lts: $(VENV)/.test
	$(BIN)/python -m tests.tiers lts-1 lts-2

test-cypher25: $(VENV)/.test
	$(BIN)/python -m tests.tiers cypher25

# What CI runs: the checks, all tests, and those that speak to Neo4j again on the LTS and under Cypher 25.
test-everywhere: $(VENV)/.test
	$(BIN)/python -m tests.tiers static quick graph-1 graph-2 service programs qwen_vl lts-1 lts-2 ray cypher25 hostile

gpu-check: $(VENV)/.test
	@echo "Asking the GPU everything at once, in up to eight minutes: gpu-check.md"
	$(BIN)/python -m benchmarks.gpu_check

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
	  f"kg-enrich needs Python 3.11 to 3.13, {sys.executable} is {v[0]}.{v[1]}: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing kg-enrich and its OCR models (about 200 MB to download, once)."
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --editable '.[service]'
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt requirements/test.txt | $(BIN)/python
	@echo "Installing what the tests need, torch for the GPU scorer among it:"
	@echo "about 3 GB to download and 6 GB on disk, once. The demo does not need it."
ifeq ($(HASHED),Linux-x86_64)
	$(BIN)/pip install --disable-pip-version-check --progress-bar off --require-hashes \
	  --requirement requirements/test.txt | { grep -v 'already satisfied' || true; }
	$(BIN)/pip install --disable-pip-version-check --no-deps --no-build-isolation --editable .
else
	$(BIN)/pip install --disable-pip-version-check --progress-bar off \
	  --constraint constraints.txt --editable '.[gpu,rag,ray,service,dev]' | { grep -v 'already satisfied' || true; }
endif
	@touch $@ $(VENV)/.demo

# After a change of dependencies: the versions that the tests passed with, and their hashes.
constraints: $(VENV)/.test
	(echo "# The versions that all tests passed with; \`make constraints\` writes this file."; \
	  $(BIN)/pip freeze --exclude-editable) > constraints.txt
	$(BIN)/python scripts/write_requirements.py

clean:
	rm -rf $(VENV)

# What is installed, as a CycloneDX list, and what is known against it; with tools of their own.
.PHONY: sbom audit
sbom: $(VENV)/.test $(VENV)-tools/.made
	$(VENV)-tools/bin/cyclonedx-py environment $(BIN)/python --output-file sbom.json
	@echo "Written: sbom.json"

audit: $(VENV)-tools/.made
	$(VENV)-tools/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip

$(VENV)-tools/.made:
	$(PYTHON) -m venv $(VENV)-tools
	$(VENV)-tools/bin/pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7,<8' 'pip-audit>=2.9,<3'
	@touch $@
