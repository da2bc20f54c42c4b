# make run    set up and serve on http://localhost:8080
# make test   set up what the tests need and run them all
# make lint   style, types
# make bench  what a caller costs here, against the bare work
# make docs   draw the sheets and pictures of docs/ anew

PYTHON_IN_VENV := .venv/bin/python
SERVE_OPTIONS ?=
TEST_OPTIONS ?=
BENCH_OPTIONS ?= --clients 1 --seconds 10
AVATARS := ani rudi
SHEETS := faces morphs emotions visemes yaw actions

.PHONY: run test lint bench docs setup setup-test clean

run: setup
	.venv/bin/avatar-server serve $(SERVE_OPTIONS)

test: setup-test
	$(PYTHON_IN_VENV) -m pytest $(TEST_OPTIONS)

lint: setup-test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: setup
	$(PYTHON_IN_VENV) benchmarks/service.py $(BENCH_OPTIONS)

docs: setup-test
	mkdir -p docs/avatars
	for avatar in $(AVATARS); do for sheet in $(SHEETS); do \
		$(PYTHON_IN_VENV) -m assets.workshop.sheet $$avatar $$sheet \
			--out docs/avatars/$$avatar-$$sheet.png || exit 1; \
	done; done
	$(PYTHON_IN_VENV) -m assets.workshop.banner docs/characters.png

setup:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

clean:
	rm -rf .venv web_client/node_modules tests/avatar_import/three_vrm/node_modules .pytest_cache .mypy_cache .ruff_cache
