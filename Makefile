# Everything a clone needs: python3 (3.11 or newer) and make. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CODE := actorstream tests examples benchmarks
PYTEST := $(BIN)/python -m pytest
# one worker for each core of a small machine; override with JOBS=8
JOBS ?= 2
# an interpreter that has PySpark; see tests/oracle/README.md
PYSPARK_PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow lint fix generate chaos oracle bench freeze clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

install: $(READY) ## make .venv with the locked versions

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else f"actorstream needs Python 3.11 or newer, {sys.executable} is {sys.version.split()[0]}; try: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3 could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY) ## count a year of flights while the worker process is killed three times
	@$(BIN)/python -m actorstream demo $(ARGS)

test: $(READY) ## all tests that take under three minutes on two cores
	$(PYTEST) -n $(JOBS) --dist loadgroup $(ARGS)

test-slow: $(READY) ## the tests marked slow
	$(PYTEST) -n $(JOBS) -m slow $(ARGS)

chaos: $(READY) ## crash and kill runs that take minutes
	$(PYTEST) -m faults -s $(ARGS)

oracle: ## record what PySpark answers to the differential cases (PYSPARK_PYTHON=..., TOPICS=...)
	@$(PYSPARK_PYTHON) -m tests.oracle.record $(TOPICS)

lint: $(READY) ## formatting, lint, strict types, layering
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fix: $(READY) ## what lint can mend by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

generate: $(READY) ## write the generated files again: sql/functions/_generated.py, docs/functions.md, docs/compat.md
	$(BIN)/python tools/gen_functions.py
	$(BIN)/python tools/gen_functions_doc.py
	$(BIN)/python tools/gen_compat.py

bench: $(READY) ## the benchmarks; one JSON line each
	$(BIN)/python -m benchmarks.trigger
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.expressions

freeze: $(READY) ## write what is installed into the lock
	@{ echo "# Exact versions of everything that make installs; see requirements/README.md. Written by: make freeze"; \
	   $(BIN)/python -m pip freeze --exclude-editable | grep -iv '^actorstream'; } > requirements/dev.txt.new
	@mv requirements/dev.txt.new requirements/dev.txt

clean: ## remove everything that can be made again
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find checkpoints -mindepth 1 ! -name README.md ! -name .gitignore -delete
