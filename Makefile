# Jishi 集市. `make run` starts the shop, `make test` tests it; both first set up what they need.
SHELL := /bin/bash
PY := .venv/bin/python
SLICE ?= full
PEOPLE ?= 100000
.DEFAULT_GOAL := help

.PHONY: help setup lock run test check audit prove crowd fuzz engines kills mutate e2e budget growth search bench backtest package deploy admin seed documents context secret keys clean

help: ## list the targets
	@grep -hE '^[a-z][a-z0-9-]*:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  %-10s %s\n", $$1, $$2}'

# ---- set-up -----------------------------------------------------------------------------------------------------------
READY := .venv/.run .venv-engine/.made
INSTALL = @command -v python3 >/dev/null || { echo "python3 is missing: install Python 3.11 or newer"; exit 1; }; python3 -m local.install

NODE_MODULES := tests/typescript/node_modules/.package-lock.json

setup: .venv/.made .venv-engine/.made $(NODE_MODULES) ## set up both virtual environments, with all that builds, tests and lints

.venv/.run: requirements-run.txt
	$(INSTALL) .venv $<
	@touch $@

.venv/.made: requirements-dev.txt
	$(INSTALL) .venv $<
	@touch .venv/.run $@

.venv-engine/.made: requirements-engine.txt
	$(INSTALL) .venv-engine $<
	@touch $@

$(NODE_MODULES): tests/typescript/package-lock.json .venv/.made
	@$(PY) -m local.node
	@touch $@

lock: setup ## from requirements*.in to all that is installed, each package with its digests (asks pip's index)
	@$(PY) -m local.lock

# ---- the two commands -------------------------------------------------------------------------------------------------
run: $(READY) ## run the whole shop here: API, workers, schedules, payment simulator, demo data
	@exec $(PY) -m local.run

test: setup ## all tests
	@$(PY) -m pytest -n auto --dist loadfile

# ---- quality ----------------------------------------------------------------------------------------------------------
check: setup ## ruff, mypy strict, import rules, template lint
	@.venv/bin/ruff check . && .venv/bin/ruff format --check -q .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache
	@$(PY) -m infra.build lint

documents: setup ## write what is made from the code: docs/openapi.json, event schemas, pages, rights of the functions
	@$(PY) -m local.documents

context: setup ## write a new context, ready to be filled: make context NAME=reviews STOREY=records (or processes)
	@$(PY) -m local.context "$(NAME)" "$(STOREY)"

# ---- the running shop -------------------------------------------------------------------------------------------------
seed: $(READY) ## load the demo catalogue into the running shop
	@$(PY) -m local.seed

admin: $(READY) ## make an administrator: make admin EMAIL=you@example.com, of a deployed stage with STAGE=prod
	@$(PY) -m local.admin "$(EMAIL)" "$(STAGE)"

audit: $(READY) ## do the books of the running shop balance, or with STAGE=prod those of a stage? prints what does not
	@$(PY) -m local.audit "$(STAGE)"

# ---- shipping ---------------------------------------------------------------------------------------------------------
package: setup ## build the deployable template and zips into build/
	@$(PY) -m infra.build package

deploy: setup ## deploy to AWS, as stages/prod.json says: make deploy STAGE=prod
	@$(PY) -m infra.build deploy "$(STAGE)"

secret: setup ## store a secret document: make secret STAGE=prod NAME=payments/wechat FILE=wechat.json
	@$(PY) -m infra.build secret "$(STAGE)" "$(NAME)" "$(FILE)"

keys: setup ## new keys of the shop sign and seal, old ones still verify (minutes): make keys STAGE=prod
	@$(PY) -m infra.build keys "$(STAGE)"

e2e: setup ## package the whole template, deploy it on the local engine, run the journey against it
	@$(PY) -m local.e2e

# ---- proofs and figures -----------------------------------------------------------------------------------------------
prove: setup ## crashes, races, forgeries, explored by machine (minutes)
	@$(PY) -m tests.hardening.proof --slice $(SLICE)

crowd: setup ## 100,000 people whom planners and senders meet while they die, race and come twice; and a day of ten million (an hour)
	@$(PY) -m tests.hardening.crowd --rule
	@$(PY) -m tests.hardening.crowd --people $(PEOPLE)

fuzz: setup ## 20,000 requests that are wrong in some way, from every role (minutes)
	@$(PY) -m tests.hardening.fuzz

mutate: setup ## does a test notice when the code that counts is changed? (resumable, 40 minutes at a time)
	@$(PY) -m tests.hardening.mutation

engines: setup ## the concurrency stories with threads on the local engine
	@JISHI_KILLED_PAYMENTS=200 $(PY) -m pytest -m engine tests/hardening/engine

kills: setup ## the whole shop killed with -9 ten times while people buy: is every acknowledged order there? (minutes)
	@JISHI_SHOP_KILLS=10 $(PY) -m pytest -s tests/hardening/engine/test_killed_shops.py

budget: setup ## round trips, write units and CPU an operation against bench/budgets.json
	@$(PY) -m bench.budget

growth: setup ## calls and units an operation as the shop grows against bench/growth.json (half a minute)
	@$(PY) -m bench.growth

search: setup ## 200 Chinese queries among 20,000 products against bench/search.json (seconds)
	@$(PY) -m bench.search

.venv-backtest/.made: requirements-backtest.txt
	$(INSTALL) .venv-backtest $<
	@touch $@

backtest: .venv-backtest/.made ## forecast and reorder point on a real year of retail: how far off, how often enough (a minute)
	@.venv-backtest/bin/python -m bench.backtest

bench: setup ## orders a second over HTTP at concurrency 1, 8 and 32, and what a call of DynamoDB costs
	@$(PY) -m bench.calls
	@$(PY) -m bench.load
	@$(PY) -m bench.load

clean: ## remove what was built and the local shop's data; refused while it runs
	@python3 -m local.clean
