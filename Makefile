# Everything a person types. `make demo` and `make test` need only Python 3.11 and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo test check bench clean

help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/'

# torch is pinned in constraints.txt: an unpinned install would fetch gigabytes that nothing here uses.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train,dev]'
	@touch $(READY)

demo: $(READY)   ## build the sample shop, measure it, ask it
	@sh docs/demo.sh $(BIN)/soutui

test: $(READY)   ## all tests, on two processes
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(READY)  ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_architecture.py

bench: $(READY)  ## measure everything again and write docs/results.md (long)
	$(BIN)/python -m benchmarks

clean:           ## remove what make made
	rm -rf $(VENV) demo-shop bench-work .mypy_cache .ruff_cache .pytest_cache
