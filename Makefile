# The front door. `make` alone lists what there is.

PYTHON := .venv/bin/python
DEVSTACK := $(PYTHON) -m medianest_devstack
WEB := services/gateway/web

.DEFAULT_GOAL := help
.PHONY: snapshots test-contract test-integration help setup lock clean-run run start stop ps migrate subscriber client test lint types format \
	bench-gateway bench-live bench-downloads

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-zA-Z_-]+:.*## / {printf "  %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run
run: setup ## Everything on this machine, with a sandbox of what is outside; Ctrl-C ends it
	@$(DEVSTACK) run

start: setup ## The same in the background; returns when it is ready
	@$(DEVSTACK) start

stop: ## End what runs
	@test ! -x $(PYTHON) || $(DEVSTACK) stop

ps: ## The processes of the run with their memory
	@test ! -x $(PYTHON) || $(DEVSTACK) ps

migrate: setup ## Bring the databases to their newest migration
	@$(DEVSTACK) migrate

subscriber: setup ## Make a user who may read events: make subscriber NAME=...
	@test -n "$(NAME)" || { echo "Say whose: make subscriber NAME=..." >&2; exit 1; }
	@$(DEVSTACK) subscriber $(NAME)

clean-run: ## Throw away the data and secrets of the runs on this machine
	@test ! -x $(PYTHON) || $(DEVSTACK) stop
	@rm -rf .run

##@ Check
test: setup ## Every test there is, on real servers; ARGS=... goes to pytest
	@scripts/test $(ARGS)

lint: setup ## Style, types, imports, dependencies, and the broker's configuration
	@scripts/lint

test-contract: setup ## What the services have agreed on: messages, OpenAPI, migrations
	@$(PYTHON) -m pytest tests/contract

test-integration: setup ## The whole suite running, with the sandbox outside
	@$(PYTHON) -m pytest tests/integration

types: setup ## Types alone
	@$(PYTHON) -m mypy libs services scripts tests

format: setup ## Write the code as the formatter wants it
	@$(PYTHON) -m ruff check --fix-only --quiet .
	@$(PYTHON) -m ruff format --quiet .

##@ Measure
bench-gateway: setup ## The gateway beside a bare forwarder, before a service beside the service, and 2 GB through it
	@$(PYTHON) benchmarks/gateway.py $(ARGS)
	@$(PYTHON) benchmarks/gateway_service.py $(ARGS)
	@$(PYTHON) benchmarks/gateway_files.py

bench-downloads: setup ## A playlist beside `xargs -P 3 yt-dlp`, two ways out beside one, an idle worker
	@$(PYTHON) benchmarks/downloads.py $(ARGS)

bench-live: setup ## A change of status to 1,000 sockets, what a socket weighs, and how soon all are back
	@$(PYTHON) benchmarks/gateway_live.py $(ARGS)

##@ Make
setup: ## Make .venv and install what requirements.lock names (run by the others themselves)
	@scripts/setup

lock: setup ## Choose versions anew and write requirements.lock
	@$(PYTHON) -m uv lock --quiet --upgrade
	@$(PYTHON) -m uv export --quiet --frozen --all-groups --all-packages --all-extras --no-emit-workspace --no-header \
		--format requirements.txt -o requirements.lock

snapshots: setup ## Write the agreed message schemas anew; read the difference before committing it
	@$(PYTHON) tests/contract/test_messages.py

client: setup ## The web client's types from the services' OpenAPI documents
	@$(PYTHON) -m medianest_gateway openapi
	@cd $(WEB) && PATH="$(CURDIR)/.venv/bin:$$PATH" npm run --silent types
