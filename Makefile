# Two commands are enough on a fresh machine with python3, python3-venv and make: `make demo`, `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin

.PHONY: setup demo run test check format lint types layers docs torture torture-short bench package lowest clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: setup
	$(BIN)/newsbell demo

run: setup
	$(BIN)/newsbell run

test: setup
	$(BIN)/python -m pytest -q -n 2 --dist worksteal -m "not torture and not alone"
	$(BIN)/python -m pytest -q -m "alone and not torture"

# make lowest: the tests with the lowest releases that pyproject.toml allows; `make test` has the newest
lowest: LOW = .venv-lowest
lowest: setup
	$(PYTHON) -m venv $(LOW)
	$(BIN)/python -m tests.pins > $(LOW)/constraints.txt
	$(LOW)/bin/python -m pip install --quiet --upgrade pip
	$(LOW)/bin/python -m pip install --quiet --editable . --group dev --constraint $(LOW)/constraints.txt
	$(LOW)/bin/python -m pytest -q -n 2 --dist worksteal -m "not torture and not alone"

check: setup format lint types layers test torture-short docs package

format: setup
	$(BIN)/ruff format --check .

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports --no-cache

# generated pages are compared with what the code says now
docs: setup
	$(BIN)/python -m monitor.config.reference | diff -u docs/configuration.md -
	$(BIN)/python -m monitor.core.telling.payload | diff -u docs/webhook.schema.json -
	$(BIN)/python -m monitor.daemon.system.events | diff -u docs/log.md -
	$(BIN)/python -m monitor.cli.manual | diff -u man/newsbell.1 -

# make torture [KILLS=1000]: what is too long for `make test`; each ends with its figures in one JSON object
KILLS ?= 200
torture: setup
	$(BIN)/python -m tests.torture.kills --kills $(KILLS)
	$(BIN)/python -m tests.torture.receivers
	$(BIN)/python -m tests.torture.outage
	$(BIN)/python -m tests.torture.flips
	$(BIN)/python -m tests.torture.faults
	$(BIN)/python -m pytest -q -n 2 -m hypothesis --hypothesis-profile=new --timeout=600
	$(BIN)/python -m tests.torture.corpus
	$(BIN)/python -m tests.torture.opml
	$(BIN)/python -m tests.torture.identity
	$(BIN)/python -m tests.torture.pages
	$(BIN)/python -m tests.torture.rules
	$(BIN)/python -m tests.torture.stories
	$(BIN)/python -m tests.torture.suites
	$(BIN)/python -m tests.torture.dating
	$(BIN)/python -m tests.torture.terminal
	$(BIN)/python -m tests.torture.watched
	$(BIN)/python -m tests.torture.guest
	$(BIN)/python -m tests.acceptance.first_minute
	$(BIN)/python -m tests.acceptance.replay --compare
	$(BIN)/python -m tests.acceptance.replay --all --every 7200
	$(BIN)/python -m tests.acceptance.sidebar
	$(BIN)/python -m tests.acceptance.push

# the short form, which `make check` runs: what is marked torture, but for what the lines below it run by themselves
SHORT = tests --ignore tests/daemon/parsing/test_parse_corpus.py \
  --deselect tests/rules/test_agreement.py::test_agreement_on_a_hundred_thousand_pairs
torture-short: setup
	$(BIN)/python -m pytest -q -m torture $(SHORT)
	$(BIN)/python -m tests.torture.receivers --rounds 60 --samples 0
	$(BIN)/python -m tests.torture.outage --queued 500
	$(BIN)/python -m tests.torture.flips --flips 8
	$(BIN)/python -m tests.torture.faults --full 2 --locked 5
	$(BIN)/python -m tests.torture.corpus
	$(BIN)/python -m tests.torture.opml
	$(BIN)/python -m tests.torture.identity --short
	$(BIN)/python -m tests.torture.pages
	$(BIN)/python -m tests.torture.rules --short
	$(BIN)/python -m tests.torture.stories
	$(BIN)/python -m tests.torture.suites
	$(BIN)/python -m tests.torture.terminal --titles 2000
	$(BIN)/python -m tests.acceptance.replay --hours 4
	$(BIN)/python -m tests.acceptance.push --pushes 10 --leases 3

# make bench NAME=parse
bench: setup
	$(BIN)/python -m benchmarks.$(NAME)

# the wheel as a user gets it: built, installed into a clean environment, asked for a bell
package: setup
	rm -rf build/package && mkdir -p build/package
	$(BIN)/python -m build --quiet --outdir build/package .
	$(PYTHON) -m venv build/package/venv
	build/package/venv/bin/python -m pip install --quiet build/package/*.whl
	cd build/package && venv/bin/newsbell demo --for 10s

clean:
	rm -rf $(VENV) .venv-lowest build dist
