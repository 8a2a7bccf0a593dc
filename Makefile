# Everything starts here: `make` tells what there is. Nothing needs root; all that is fetched stays in this
# folder and in the caches of uv, npm and jgo.

.DEFAULT_GOAL := help
export STACK

PYTHON := .venv/bin/python
PACKAGES := $(wildcard libs/*/nitka services/*/nitka deploy/local/nitka)
ROOTS := $(subst $() ,:,$(patsubst %/nitka,%,$(PACKAGES)))
UV := $(or $(shell command -v uv 2>/dev/null),.nitka/uv/bin/uv)
NODE_IS_THERE := $(shell npm --version >/dev/null 2>&1 && node -e '\
	const [major, minor] = process.versions.node.split("."); \
	process.exit(major > 20 || (major == 20 && minor >= 19) ? 0 : 1)' 2>/dev/null && echo yes)

.PHONY: help
help: ## Tell what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: install ui ## Start everything; Ctrl-C stops it. The data stays in .nitka/
	@exec $(PYTHON) -m nitka.local run

.PHONY: test
test: install ui ## Run all tests; STACK=containers takes Docker's Kafka, PostgreSQL and ClickHouse
	$(if $(ARGS),,@$(PYTHON) -m nitka.local.ui test)
	$(PYTHON) -m pytest $(ARGS)

.PHONY: check
check: install ## Lint, formatting, types, rules of import
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	MYPYPATH=$(ROOTS) $(PYTHON) -m mypy $(PACKAGES) conftest.py
	.venv/bin/lint-imports

.PHONY: bench
bench: install ## Measure throughput and delay on this machine
	$(PYTHON) -m tests.bench $(ARGS)

.PHONY: demo
demo: install ## Play a day of a shop into the running stack
	@$(PYTHON) -m nitka.local.demo $(ARGS)

.PHONY: clean
clean: ## Remove what was installed and built; the data in .nitka/ stays
	rm -rf .venv .nitka/uv .nitka/chromium services/gateway/ui/dist services/gateway/ui/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# What the targets above stand on.

.PHONY: install
install: $(UV)
	@$(UV) sync $(if $(wildcard $(PYTHON)),--quiet) --locked --compile-bytecode $(if $(NODE_IS_THERE),,--group build)
	@$(PYTHON) -m nitka.local fetch

.PHONY: ui
ui: install
	@$(PYTHON) -m nitka.local.ui

.nitka/uv/bin/uv:
	@command -v python3.11 >/dev/null || { echo "Python 3.11 is missing: install python3.11, or uv."; exit 1; }
	@echo "Installing uv into .nitka/uv ..."
	@python3.11 -m venv --clear .nitka/uv || { echo "python3.11 cannot make environments: install its venv module (python3.11-venv)."; exit 1; }
	@.nitka/uv/bin/pip install --quiet --disable-pip-version-check "uv>=0.13,<0.14"
