# The two commands are `make demo` and `make test`. Both set up what they need, on Debian 12 or 13, as root or with sudo.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

CACHE := $(CURDIR)/.cache
VENV := $(CACHE)/venv
AS_ROOT := tools/as_root.sh
LAB := $(AS_ROOT) $(VENV)/bin/python -m lab

# What the environment is made from, by content and not by time: the requirements, Debian's release, and the path (an
# environment cannot be moved).
VENV_READY := $(VENV)/ready-$(shell { echo $(CURDIR); cut -d. -f1 /etc/debian_version; cat requirements.txt requirements-dev.txt; } \
	2>/dev/null | sha256sum | cut -c1-16)

# Two at a time, each file as a whole and in their order. The integration tests have labs of their own in each process;
# what is timed has the machine to itself.
SIDE_BY_SIDE := --numprocesses=2 --dist=loadfile --no-loadscope-reorder

# Nothing of the user's environment steers the runs, and nothing of them is left in the user's home. pip's own settings
# (mirrors, certificates, proxies) are the machine's and stay.
unexport $(filter ANSIBLE_% MOLECULE_% PYTHON% PYENV_% PYTEST_% MYPY% RUFF_% YAMLLINT_% VIRTUAL_ENV PIP_USER PIP_TARGET PIP_PREFIX,$(.VARIABLES))
export PATH := $(VENV)/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL := C.UTF-8
export PYTHONDONTWRITEBYTECODE := 1
export XDG_CACHE_HOME := $(CACHE)/xdg
export ANSIBLE_HOME := $(CACHE)/ansible
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.collections
export HYPOTHESIS_STORAGE_DIRECTORY := $(CACHE)/hypothesis

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: base ## Debian packages, virtual environment and the lab's base tree, where missing

.PHONY: preflight
preflight:
	@tools/preflight.sh

$(VENV_READY): | preflight
	@/usr/bin/python3 tools/make_venv.py $(VENV)
	@touch $@

.PHONY: base
base: $(VENV_READY)
	@$(LAB) base

.PHONY: demo
demo: setup ## boot three Docker hosts, give them one ipvlan network, ping every pair, report
	@echo "==> Booting three lab hosts"
	@$(LAB) up --hosts 3 || { echo "dockerlan.fleet: the lab did not come up; \`make demo-down\` clears it away." >&2; exit 1; }
	@echo "==> ansible-playbook site.yml"
	@$(AS_ROOT) $(VENV)/bin/ansible-playbook site.yml || \
		{ echo "dockerlan.fleet: site.yml failed, see above; the lab still runs; \`make demo-down\` clears it away." >&2; exit 1; }

.PHONY: demo-down
demo-down: ## remove every trace of demo and test but the Debian packages
	@$(AS_ROOT) /usr/bin/python3 -m tools.demo_down

.PHONY: test
test: setup lint ## everything: gates, unit tests, the report in a browser, then integration tests on real Docker hosts
	@$(AS_ROOT) $(VENV)/bin/pytest $(SIDE_BY_SIDE) tests/unit tests/browser
	@$(AS_ROOT) $(VENV)/bin/pytest -m alone tests/integration
	@$(AS_ROOT) $(VENV)/bin/pytest -m "not alone" $(SIDE_BY_SIDE) --durations=10 tests/integration

.PHONY: lint
lint: $(VENV_READY) ## the quality gates alone, all of them even when one fails; GATES="mypy ruff" runs these
	@$(VENV)/bin/python -m tools.lint $(GATES)

.PHONY: unit
unit: $(VENV_READY) ## the unit tests alone: a few minutes, no lab
	@$(VENV)/bin/pytest $(SIDE_BY_SIDE) tests/unit

.PHONY: clean
clean: ## remove what runs wrote; the environment, the base trees and a running lab stay
	@$(AS_ROOT) rm -rf reports build tests/output .ansible \
		.cache/ansible .cache/hypothesis .cache/mypy .cache/pytest .cache/ruff .cache/sanity
