# `make` alone prints the targets. Every target makes the environment it needs by itself.
.DEFAULT_GOAL := help
.PHONY: help run ui dashboard doctor test compat style lint scan sbom dist site bench soak mutants picture lock clean again

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := $(VENV)/.uv
# Lies in the environment while it is made: what a killed make, or a Python without venv, left is begun again.
HALF := $(VENV)/.half
AGAIN := $(shell test -x $(BIN)/python && test ! -e $(HALF) || echo again)
RESOLUTION ?= highest
# One more than the machine has cores, as tests wait for other processes; no more than eight, as each may take a
# gigabyte with them.
CORES := $(shell getconf _NPROCESSORS_ONLN)
WORKERS ?= $(shell expr $(CORES) + 1)
TESTS = pytest -n "$$WORKERS" --maxprocesses 8 --dist loadgroup --no-loadscope-reorder $(if $(LONG),,-m 'not long')
COMPAT := $(VENV)/compat
MUTATED := $(VENV)/mutated
DIST := $(VENV)/dist
SITE := $(VENV)/site
# Where Python may not write its bytecode by itself, every process would compile the package anew: 0.3 s each.
COMPILE = $(BIN)/python -m compileall -q bandcamp_assets
CHECKOV := $(BIN)/uv tool run --from 'checkov==3.3.30' checkov --skip-download --compact --quiet

SCHEMA := $(BIN)/uv tool run --from 'check-jsonschema==0.39.0' check-jsonschema --builtin-schema
ZIZMOR := $(BIN)/uv tool run --from 'zizmor==1.32.0' zizmor --offline --quiet --min-severity medium --config .github/zizmor.yml

# What is typed behind these names is taken as it stands (but for `$$`, which is `$` as ever in make), and reaches
# programs through the environment alone: neither make nor a shell looks for commands in it.
TYPED := SOURCE ROWS FRESH PORT ARGS LONG MINUTES SEED ONLY MUTANTS PYTHON RESOLUTION WORKERS
$(foreach name,$(TYPED),$(if $(filter command environment,$(firstword $(origin $(name)))),\
  $(eval override $(name) := $$(subst $$$$$$$$,$$$$,$$(value $(name))))))
export $(TYPED)
# Runs a module of Python with the words of ARGS, split as by a shell.
WITH_ARGS = -c 'import os, runpy, shlex, sys; sys.argv[:1] = []; sys.argv += shlex.split(os.environ.get("ARGS", "")); \
  runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)'

# dbt and Dagster ask the network for nothing here.
export DO_NOT_TRACK := 1
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## Land and build everything. SOURCE=sample|archive|FILE  ROWS=200000  FRESH=1
	@$(BIN)/bandcamp run $${SOURCE:+"--source=$$SOURCE"} $${ROWS:+"--rows=$$ROWS"} $${FRESH:+--fresh}

ui: $(READY) ## Open the Dagster UI on http://127.0.0.1:3000. PORT=3000
	@$(BIN)/bandcamp ui $${PORT:+"--port=$$PORT"}

dashboard: $(READY) ## Serve the dashboard on http://127.0.0.1:3001. PORT=3001
	@$(BIN)/bandcamp dashboard $${PORT:+"--port=$$PORT"}

doctor: $(READY) ## Check settings, versions, credentials, permissions and places
	@$(BIN)/bandcamp doctor

test: $(READY) ## Run the linters, the type checker and the tests. LONG=1 for the long ones, too  ARGS='-k name'
	$(MAKE) --no-print-directory style
	@$(COMPILE)
	$(BIN)/python $(WITH_ARGS) $(TESTS)

compat: $(READY) ## Run the same tests with other versions. PYTHON=python3.13 RESOLUTION=lowest-direct|highest ARGS='-k name'
	$(BIN)/uv venv --quiet --clear --seed --python "$$PYTHON" $(COMPAT)
	VIRTUAL_ENV=$(COMPAT) $(BIN)/uv pip install --quiet --compile-bytecode --resolution "$$RESOLUTION" --editable '.[dev]'
	$(COMPAT)/bin/python -m compileall -q bandcamp_assets
	$(COMPAT)/bin/bandcamp prepare --installation
	$(COMPAT)/bin/python $(WITH_ARGS) $(TESTS)

style: $(READY) ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lint: style ## Check style, types and SQL (the SQL is among the long tests, too)
	made="$$PWD/$(VENV)/dbt"; \
	cd dbt_project && DBT_WAREHOUSE_PATH=:memory: DBT_TARGET_PATH="$$made" DBT_LOG_PATH="$$made" \
	  ../$(BIN)/sqlfluff lint --disable-progress-bar models

scan: $(READY) ## Scan infra and workflows for unsafe settings and mistakes (downloads the scanners once)
	$(CHECKOV) --directory infra/terraform --framework terraform
	$(CHECKOV) --directory infra/production --framework dockerfile secrets
	$(CHECKOV) --directory infra/kubernetes --framework kubernetes secrets
	$(SCHEMA) vendor.github-workflows .github/workflows/*.yml
	$(SCHEMA) custom.github-workflows-require-timeout .github/workflows/*.yml
	$(SCHEMA) vendor.dependabot .github/dependabot.yml
	$(SCHEMA) vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(SCHEMA) vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(ZIZMOR) .github/workflows .github/dependabot.yml

sbom: $(READY) ## Write the bill of materials of requirements.lock to .venv/sbom.json (CycloneDX)
	@# A lock says what is needed, not by whom: the tool would warn that there is no graph.
	PYTHONWARNINGS=ignore::UserWarning \
	  $(BIN)/uv tool run --from 'cyclonedx-bom==7.1.0' cyclonedx-py requirements requirements.lock \
	  --pyproject pyproject.toml --output-format JSON --output-reproducible --output-file $(VENV)/sbom.json

dist: $(READY) ## Build the sdist and the wheel into .venv/dist: the same commit gives the same bytes
	rm -rf $(DIST)
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m hatchling build --directory $(DIST)
	$(BIN)/uv tool run --from 'twine==6.2.0' twine check --strict $(DIST)/*

site: export BANDCAMP_HOME := $(SITE)-home
site: $(READY) ## Build the public site into .venv/site, in a home of its own. SOURCE=sample|archive|FILE  ROWS=200000  FRESH=1
	@$(BIN)/bandcamp run $${SOURCE:+"--source=$$SOURCE"} $${ROWS:+"--rows=$$ROWS"} $${FRESH:+--fresh}
	@$(BIN)/bandcamp site $(SITE)

bench: $(READY) ## Measure the platform beside what one would use instead. ROWS='1000000 10000000'
	@$(COMPILE)
	$(BIN)/python $(WITH_ARGS) bandcamp_assets_tests.bench $${ROWS:+--rows $$ROWS}

soak: $(READY) ## Kill, starve and damage runs for a long time; print the table. MINUTES=30  SEED=1  ONLY='machine'
	$(BIN)/python $(WITH_ARGS) bandcamp_assets_tests.soak $${MINUTES:+"--minutes=$$MINUTES"} $${SEED:+"--seed=$$SEED"} \
	  $${ONLY:+"--only=$$ONLY"}

# In a copy, whose environment has the tester beside what is locked. What is known of a line that did not change, stays.
mutants: $(READY) ## Change the code bit by bit, and see whether a test notices. MUTANTS=lake.numbers
	@mkdir -p $(MUTATED)
	@git ls-files -z | xargs -0 cp --parents --preserve=timestamps --target-directory=$(MUTATED)
	@$(BIN)/uv venv --quiet --allow-existing $(MUTATED)/.venv
	@VIRTUAL_ENV=$(MUTATED)/.venv $(BIN)/uv pip install --quiet --requirements requirements.lock
	@VIRTUAL_ENV=$(MUTATED)/.venv $(BIN)/uv pip install --quiet --no-deps --editable $(MUTATED)
	@VIRTUAL_ENV=$(MUTATED)/.venv $(BIN)/uv pip install --quiet 'mutmut==3.8.1'
	cd $(MUTATED) && .venv/bin/mutmut run "bandcamp_assets.$${MUTANTS}*"
	@cd $(MUTATED) && .venv/bin/mutmut results | grep -v 'not checked' || true

picture: $(READY) ## Make the picture of the dashboard in the README (needs Chromium)
	$(BIN)/python -m bandcamp_assets_tests.browser.picture

lock: $(UV) ## Resolve the newest allowed versions into the locks
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	  --extra dev --python-version 3.11 --upgrade pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra gcp --extra production --extra cluster --extra kubernetes --extra openlineage \
	  --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
	  --constraint requirements.lock pyproject.toml --output-file infra/production/requirements.lock

clean: ## Remove the environment and all state
	rm -rf $(VENV) .bandcamp .pytest_cache .mypy_cache .ruff_cache

$(UV): requirements.lock $(AGAIN)
	@"$$PYTHON" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; set PYTHON=")'
	@test ! -e $(HALF) && $(BIN)/python -m pip --version >/dev/null 2>&1 || rm -rf $(VENV)
	@mkdir -p $(VENV) && touch $(HALF)
	@test -x $(BIN)/python || "$$PYTHON" -m venv $(VENV)
	@# The lock's own lines for uv, so that even the installer is checked by its hash.
	@awk '/^uv==/ { take = 1 } take { print } take && !/\\$$/ { exit }' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.lock
	@rm $(HALF)
	@touch $@

$(READY): requirements.lock pyproject.toml $(UV)
	@echo "Installing the locked environment into $(VENV) (once)"
	@touch $(HALF)
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	@$(BIN)/bandcamp prepare --installation
	@rm $(HALF)
	@touch $@
