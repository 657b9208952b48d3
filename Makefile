# up and test need nothing but Python 3.11+, pip and make.
PYTHON ?= python3
BIN := .venv/bin
E2E := .venv-e2e/bin
# More would wait for one another's engines and disks.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$(( n < 4 ? n : 4 )))

.PHONY: up setup test test-postgresql check e2e bench docs clean

up: .venv/installed  ## set up, start, and show what listens where
	$(BIN)/forecourt up

setup: .venv/developer

test: .venv/developer  ## the tests
	$(BIN)/python -m pytest -q -n $(WORKERS)

test-postgresql: .venv/developer  ## those that keep something, on PostgreSQL
	FORECOURT_TEST_STORE=postgresql $(BIN)/python -m pytest -q -n $(WORKERS)

check: .venv/developer  ## style, types, architecture, generated files, licences
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.gen_types --check
	$(BIN)/python -m tools.gen_docs --check
	$(BIN)/python -m tools.new_migration --check
	$(BIN)/python -m tools.check_mirror
	$(BIN)/python -m tools.check_licences

e2e: .venv/developer .venv-e2e/installed  ## real processes, and other people's clients
	$(BIN)/python -m pytest -q -m e2e

bench: .venv/developer .venv-e2e/installed  ## us and the peers, side by side
	$(BIN)/python -m bench.api
	$(BIN)/python -m bench.dns

docs: .venv/developer  ## write what is generated
	$(BIN)/python -m tools.gen_types
	$(BIN)/python -m tools.gen_docs

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[postgresql]'
	touch $@

.venv/developer: .venv/installed
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# Clients that pin a botocore of their own, so not beside ours.
.venv-e2e/installed: e2e-constraints.txt
	$(PYTHON) -m venv .venv-e2e
	$(E2E)/python -m pip install -q --disable-pip-version-check -c e2e-constraints.txt \
		aioimaplib aiosmtpd awscli Django django-anymail django-ses dns-lexicon dnsviz elasticache_auto_discovery imap-tools IMAPClient \
		octodns octodns-route53 pymemcache redis valkey valkey-glide
	touch $@

fuzz: .venv-fuzz/installed  ## every parser, fed with bytes made to break it
	.venv-fuzz/bin/python -m fuzz.run --seconds $(or $(FUZZ_SECONDS),30)

# atheris is for one machine and a few Pythons, so not beside ours.
.venv-fuzz/installed: fuzz-constraints.txt pyproject.toml
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python -m pip install -q --disable-pip-version-check -c fuzz-constraints.txt -e . atheris
	touch $@

clean:
	rm -rf .venv .venv-e2e .venv-fuzz .fuzz .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
