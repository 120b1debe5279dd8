# Subvenue. `make` alone prints what there is; docs/operating.md says more.
PYTHON ?= python3
export PYTHON

BIN := .venv/bin
LOCAL := $(BIN)/python -m deploy.local
SET_UP := if [ ! -x $(BIN)/python ]; then echo 'Nothing is set up here yet. Try: make demo'; exit 1; fi

.DEFAULT_GOAL := help
.PHONY: help demo up down restart status logs seed rebuild token parked reset test bench chaos simulate reconnects bench-messaging relevance check lock load convention

help:  ## Print this table
	@printf '\nSubvenue: a hybrid conference on one machine.\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@printf '\nSettings are environment variables or lines in .env; see .env.example.\n\n'

demo: up  ## Set up, start, seed a whole conference, and say what to try
	@$(LOCAL) run $(BIN)/python -m deploy.seed --unless-complete
	@$(LOCAL) welcome

up:  ## Set up and start what does not run; return when all is ready
	@deploy/local/bootstrap run --broker
	@$(LOCAL) up

down:  ## Stop everything (data stays)
	@if [ -x $(BIN)/python ]; then $(LOCAL) down; fi

restart:  ## Stop one process, which comes back with today's code: P=name
	@$(SET_UP); $(LOCAL) restart $(P)

status:  ## Show processes, pids, addresses, readiness
	@$(SET_UP); $(LOCAL) status

logs:  ## Follow the logs, of one process with P=name
	@$(SET_UP); $(LOCAL) logs $(P)

seed:  ## Load the demo convention (again: changes nothing)
	@$(SET_UP); $(LOCAL) run $(BIN)/python -m deploy.seed

rebuild:  ## Make the search index anew from its owners, while it serves
	@$(SET_UP); $(LOCAL) run $(BIN)/python -m deploy.rebuild

token:  ## Print an access token: ROLE=presenter or operator
	@$(SET_UP); $(LOCAL) run $(BIN)/python -m services.registration token --role $(or $(ROLE),presenter)

parked:  ## Messages no service could handle: A="list search"; show, replay, discard
	@$(SET_UP); $(LOCAL) run $(BIN)/python -m messaging.parked $(A)

reset:  ## Stop everything and delete its data
	@if [ -x $(BIN)/python ]; then $(LOCAL) reset; fi

test:  ## Run every tier of tests, and say what could not run
	@deploy/local/bootstrap test --broker --browser
	@$(BIN)/python tests/run.py $(TIER)

.PHONY: bench-media
bench-media:  ## Viewers a core: our media node beside Janus and aiortc, in turns; joining; 500 who come and go
	@deploy/local/bootstrap test
	@$(BIN)/python -m loadtests.benchmarks.media compare
	@$(BIN)/python -m loadtests.benchmarks.media join
	@$(BIN)/python -m loadtests.benchmarks.media cycles

.PHONY: bench-hls
bench-hls:  ## LL-HLS: latency in hls.js (near and far), cost of packaging and recording
	@deploy/local/bootstrap test --browser
	@$(BIN)/python -m loadtests.benchmarks.media.hls_cost
	@$(BIN)/python -m loadtests.benchmarks.media.hls_latency

chaos:  ## Kill every process of a private conference, and count what is lost: SECONDS=180 SEED=1
	@deploy/local/bootstrap test --broker
	@$(BIN)/python -m tests.chaos $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(if $(CONTROL),--control)

simulate:  ## Outbox, relay, consumers and ladder, effect by effect: SCHEDULES=100000 SEED=0
	@deploy/local/bootstrap test
	@$(BIN)/python -m tests.simulation $(if $(SCHEDULES),--schedules $(SCHEDULES)) $(if $(SEED),--seed $(SEED))

load:  ## Attendees at once against a private stack, judged by thresholds: USERS=500 MINUTES=2
	@deploy/local/bootstrap load --broker
	@.venv-load/bin/python -m loadtests.load $(if $(USERS),--users $(USERS)) $(if $(MINUTES),--minutes $(MINUTES))

convention:  ## Play two days in minutes, and account for every figure: MINUTES=8
	@deploy/local/bootstrap load --broker
	@.venv-load/bin/python -m loadtests.convention $(if $(MINUTES),--minutes $(MINUTES))

reconnects:  ## Break every connection to the broker a thousand times, and count what is left over: TIMES=1000
	@deploy/local/bootstrap test --broker
	@$(BIN)/python -m tests.reconnects $(if $(TIMES),--times $(TIMES))

bench:  ## Our gateway beside classic nameko's, FastAPI's and nginx, and streams of events
	@deploy/local/bootstrap load --broker
	@$(BIN)/python -m loadtests.benchmarks.gateway
	@$(BIN)/python -m loadtests.benchmarks.push

bench-messaging:  ## Our side of the bus against plain nameko: calls, events out, events in
	@deploy/local/bootstrap test --broker
	@$(BIN)/python -m loadtests.benchmarks.messaging

relevance:  ## How well search finds: DATA="dir ..." ENGINE=tantivy JOINED=1 WITHOUT="near ..."
	@deploy/local/bootstrap test
	@$(BIN)/python -W ignore -m loadtests.benchmarks.search.relevance $(DATA) $(if $(ENGINE),--engine $(ENGINE)) $(if $(JOINED),--joined) $(if $(WITHOUT),--without $(WITHOUT)) $(if $(TYPOS),--typos $(TYPOS)) $(if $(TRADITIONAL),--traditional)

check:  ## Lint, formatting, types, import rules
	@deploy/local/bootstrap test
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy deploy gateway messaging services
	$(BIN)/lint-imports

# One line per lock: hashes for every platform and Python from 3.11 on.
COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" .venv-tools/bin/uv pip compile --quiet --universal \
	--generate-hashes --python-version 3.11 --no-annotate

lock:  ## Renew requirements/*.lock from pyproject.toml
	@deploy/local/bootstrap tools
	$(COMPILE) pyproject.toml --extra lexicon -o requirements/run.lock
	$(COMPILE) pyproject.toml --extra lexicon --group test -o requirements/test.lock
	$(COMPILE) pyproject.toml --extra lexicon --group load -o requirements/load.lock
	$(COMPILE) --group documents -o requirements/documents.lock
	$(COMPILE) --group tools -o requirements/tools.lock
