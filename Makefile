# What a person runs. Each target sets up what it needs; Python 3.11, make and git are
# all that is assumed.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SDKS := tests/ingestion/collector/sdks
CUSTOMERS ?= 1500
DAYS ?= 365
ORDERS ?= 10000
REAL_DATA ?= ../shared/data/online_retail/online_retail_II_2009-12_2010-12.parquet

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup packages demo starter real test lint types contracts \
	test-packages pytest bench preview lock clean

help:
	@echo "make demo     the whole path on a simulated shop, and its answers"
	@echo "make starter  a day of orders, four tools that fail, the same number in each"
	@echo "make real     the same on a real shop's order lines (REAL_DATA=file)"
	@echo "make test     linters, types, contracts, and every test"
	@echo "make bench    our figures beside the peer's and the physical limit"
	@echo "make preview  what a change of the models would do (BASE=revision)"
	@echo "make lock     compile requirements.lock anew"

setup: .venv/.installed

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Python 3.11 is needed; say where it is: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Installing the locked packages into .venv (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@awk '/^uv==/{found=1} found{print} found && !/\\$$/{exit}' requirements.lock > .venv/uv.txt
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r .venv/uv.txt
	@$(BIN)/uv pip sync --python $(BIN)/python --quiet --require-hashes --compile-bytecode requirements.lock || \
		$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable . \
		> .venv/install.log 2>&1 || { cat .venv/install.log; exit 1; }
	@touch $@

# Programs that only tests and benchmarks use; installed when root on Debian.
packages:
	@missing=""; \
	for pair in redis-server:redis-server chromium:chromium $(EXTRA_PACKAGES); do \
		command -v $${pair%%:*} >/dev/null 2>&1 || [ -x /usr/sbin/$${pair%%:*} ] || \
			missing="$$missing $${pair##*:}"; \
	done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian packages:$$missing"; \
		apt-get update -qq >/dev/null && \
			DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			$$missing >/dev/null; \
	elif [ -n "$$missing" ]; then \
		echo "Not installed:$$missing (the tests that need them will say that they skip)"; \
	fi

demo: setup
	@cdp demo --customers $(CUSTOMERS) --days $(DAYS)

starter: setup
	@CDP_DATA_DIR=var/starter DBT_TARGET_PATH=var/starter/target \
		cdp demo --stage starter --orders $(ORDERS)

real: setup
	@CDP_DATA_DIR=var/real DBT_TARGET_PATH=var/real/target cdp import $(REAL_DATA)

# what reads the code goes side by side, while the programs for tests are installed
test: setup
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target \
		lint types contracts test-packages
	@$(MAKE) --no-print-directory pytest

lint: setup
	ruff format --check .
	ruff check .
	yamllint --strict .
	sqlfluff lint --templater jinja --processes 2 models analyses

types: setup
	mypy

# ACCEPT="--accept TEXT": breaks of destinations' fields that are meant.
contracts: setup
	lint-imports
	cdp impact --check $(ACCEPT)

test-packages: EXTRA_PACKAGES := node:nodejs npm:npm pg_ctlcluster:postgresql
test-packages: packages $(SDKS)/node_modules/.package-lock.json

pytest: setup test-packages
	pytest -n 2 --dist loadscope --no-loadscope-reorder   # a module's warehouse is built once

# JavaScript SDKs that tests run against the collector; nothing else uses them.
$(SDKS)/node_modules/.package-lock.json: $(SDKS)/package-lock.json | packages
	@command -v npm >/dev/null && \
		echo "Installing the locked SDKs into $(SDKS)/node_modules (once) ..." && \
		npm ci --loglevel=error --prefix $(SDKS) >/dev/null && touch $@ || \
		echo "Not installed: JavaScript SDKs (the tests that need them will say that they skip)"

bench: setup
	@$(MAKE) --no-print-directory packages EXTRA_PACKAGES="nginx:nginx-light wrk:wrk"
	@for file in benchmarks/*.py; do echo "== $$file"; python $$file || exit 1; done

preview: setup
	@cdp preview $(if $(BASE),--base $(BASE))

lock: setup
	printf 'dbt-core-experimental-parser\nsqlglotc\nsqlglotrs\n' > .venv/excludes.txt
	uv pip compile pyproject.toml --group dev --python-version 3.11.0 \
		--excludes .venv/excludes.txt --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock

clean:
	rm -rf var target logs
