# Needs only make and Python 3.11 or later. `make help` lists what can be done; variables go behind the target:
#   make serve CHANCERY_PORT=9000        make test ARGS="tests/search -k phrase"
# It keeps to what GNU make 3.81 and BSD make both understand.
.POSIX:
.SUFFIXES:

PY = .venv/bin/python
PIP = $(PY) -m pip --disable-pip-version-check install --quiet
CODE = wiki guidelines search training
# Which tests `make test` runs; those that kill, load, import or drive a browser for minutes are left to .ci/run.
ARGS = -m "not slow and not browser"

serve: .venv/.runtime install ## Install all that is needed, make the database, serve on 127.0.0.1 (CHANCERY_PORT, 8000)
	@.venv/bin/chancery init --starter
	@exec .venv/bin/chancery serve

test: .venv/.test install ## Install all that is needed and run the tests (ARGS="…" goes to pytest)
	@$(PY) -m pytest $(ARGS)

check: lint test ## Tell the truth: style, types, import rules, templates, known dangers and the tests

lint: .venv/.test install ## The part of check that does not run the application
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/djlint templates --lint --quiet
	@$(PY) -m bandit --quiet --recursive --configfile pyproject.toml $(CODE) wsgi.py

format: .venv/.test ## Put the Python code into the house format
	@$(PY) -m ruff check --fix-only .
	@$(PY) -m ruff format .

bench: .venv/.test install ## Measure views, searches, saves, memory and page weights (see docs/performance.md)
	@$(PY) -m benchmarks $(ARGS_BENCH)

migration: .venv/.test install ## Write the next migration from the models: make migration name="why"
	@test -n "$(name)" || { echo 'Say what it is for: make migration name="why"'; exit 1; }
	@file=`$(PY) -m wiki.migrate "$(name)"` && $(PY) -m ruff format --quiet "$$file" && echo "$$file"

messages: .venv/.runtime ## Bring the translations up to date with code and templates; lang=fr begins a new one
	@folder=`mktemp -d` && trap 'rm -rf "$$folder"' EXIT && \
	.venv/bin/pybabel --quiet extract --mapping pyproject.toml --keyword _l --keyword N_ --add-location file --width 110 \
		--project Chancery --output "$$folder/messages.pot" $(CODE) templates && \
	if [ -n "$(lang)" ]; then .venv/bin/pybabel --quiet init --input-file "$$folder/messages.pot" \
		--output-dir wiki/translations --locale "$(lang)" --width 110; fi && \
	.venv/bin/pybabel --quiet update --input-file "$$folder/messages.pot" --output-dir wiki/translations \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 110

lock: ## Choose and pin the newest versions of all we depend on, with hashes
	@folder=`mktemp -d` && trap 'rm -rf "$$folder"' EXIT && \
	$(FIND_PYTHON) && "$$python" -m venv "$$folder" && \
	"$$folder/bin/pip" --disable-pip-version-check install --quiet uv && \
	compile() { "$$folder/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url "$$@"; } && \
	compile pyproject.toml --output-file requirements.lock && \
	compile pyproject.toml --extra test --extra check --output-file requirements-test.lock && \
	compile --group build --output-file requirements-build.lock && \
	if grep -n '://' requirements*.lock; then echo 'A lock file names a registry; it must not.'; exit 1; fi

clean: ## Remove what was installed and built; your data in instance/ stays
	rm -rf .venv wiki/static/dist wiki/translations/*/LC_MESSAGES/*.mo frontend/node_modules build dist *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(CODE) tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# The stamps below lie in .venv, so that they vanish with what they vouch for.

.venv/bin/python:
	@$(FIND_PYTHON) && echo "Making .venv with `$$python --version`." && "$$python" -m venv --clear .venv

.venv/.runtime: .venv/bin/python requirements.lock requirements-build.lock
	@echo "Installing what Chancery stands on."
	@$(PIP) --require-hashes -r requirements-build.lock -r requirements.lock
	@touch $@

.venv/.test: .venv/.runtime requirements-test.lock
	@echo "Installing what the tests and checks need."
	@$(PIP) --require-hashes -r requirements-test.lock
	@touch $@

# Editable installing also builds the front end; both are done again only when something they read has changed.
install: .venv/.runtime
	@if [ ! -f .venv/.installed ] || { [ "$$CHANCERY_FRONTEND" != skip ] && [ ! -f wiki/static/dist/.stamp ]; } || \
	[ -n "`find pyproject.toml hatch_build.py wiki/translations frontend -name node_modules -prune -o -type f -newer .venv/.installed -print`" ]; \
	then echo "Installing Chancery and building its pages' styles and scripts." && \
	$(PIP) --no-deps --no-build-isolation --editable . && touch .venv/.installed; fi

# A command of this name may be an empty shell, as under pyenv, or lack venv, as on Debian: each is tried out.
FIND_PYTHON = python=; bare=; for try in python3.13 python3.12 python3.11 python3 python; do \
	"$$try" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	if "$$try" -c 'import ensurepip, venv' 2>/dev/null; then python=$$try; break; else bare=$$try; fi; done; \
	if [ -z "$$python" ] && [ -n "$$bare" ]; then \
	echo "$$bare has no venv module. On Debian and Ubuntu: apt install python3-venv. Then try again." >&2; exit 1; fi; \
	if [ -z "$$python" ]; then echo "Chancery needs Python 3.11 or later; none was found on PATH." >&2; exit 1; fi

.NOTPARALLEL:
.PHONY: serve test check lint format bench migration messages lock clean help install
