# Navicert. `make` alone shows what there is.

GO          ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.8.0
FUZZTIME    ?= 10s
SOAK        ?= 60s
BENCHSTAT   := golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
BENCH_LINES ?= 1000000
SAMPLE      ?= sample.parquet
SAMPLE_LINES ?= 1000000

.PHONY: help build tables test race check packs fuzz vuln bench bench-compare sample golden pages bench-http soak

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: tables ## build bin/navicert
	$(GO) build -trimpath -ldflags "-s -w" -o bin/navicert ./cmd/navicert

tables: ## pack the tables and cases of the packs, as they are embedded
	$(GO) generate ./packs

test: tables ## run the tests
	$(GO) test ./...

race: ## run the tests under the race detector
	$(GO) test -race ./...

check: ## formatting, vet, staticcheck, packs
	@out=$$(gofmt -l .); test -z "$$out" || { echo "not formatted (gofmt -w):"; echo "$$out"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	@$(MAKE) --no-print-directory packs

packs: build ## check the packs and run their worked cases
	bin/navicert pack fmt --check packs
	bin/navicert pack check packs
	bin/navicert pack test packs

fuzz: ## run every fuzz target for FUZZTIME (10s)
	.ci/fuzz $(FUZZTIME)

.PHONY: postgres chaos

postgres: ## run the tests of the stores on a PostgreSQL of their own
	.ci/postgres $(GO) test ./internal/store/...

CHAOS ?= 2m

chaos: ## kill clients of the ledger and restart its database for CHAOS (2m)
	$(GO) build -o bin/chaos ./internal/store/chaos
	bin/chaos --engine sqlite --for $(CHAOS)
	.ci/postgres bin/chaos --engine postgres --for $(CHAOS)

vuln: ## look for known vulnerabilities (needs the network)
	$(GO) run $(GOVULNCHECK) ./...

bench: ## print what the program costs (BENCH_LINES lines a file), and the desk
	$(GO) run ./internal/bench run --lines $(BENCH_LINES) --out bench.txt
	@$(MAKE) --no-print-directory bench-desk

.PHONY: bench-desk

bench-desk: ## measure the licence desk: drawdowns, queues, audits, triage, reports
	$(GO) test -run '^$$' -bench BenchmarkDesk -timeout 1h ./internal/store/sqlite
	.ci/postgres $(GO) test -run '^$$' -bench BenchmarkDesk -timeout 1h ./internal/store/postgres
	.ci/postgres $(GO) test -run '^$$' -bench BenchmarkDeskBacklog -benchtime 1x -timeout 1h ./cmd/navicert

bench-compare: ## measure anew, on the lines of the committed baseline, and compare
	$(GO) run ./internal/bench run --lines 50000 --out bench.txt
	$(GO) run $(BENCHSTAT) internal/bench/baseline.txt bench.txt

bench-http: build ## ask a server on this machine 2,000 times a second; each page; when long results begin
	$(GO) run ./internal/bench http --detail summary
	$(GO) run ./internal/bench http --detail full --rate 500
	$(GO) run ./internal/bench pages

soak: ## a server under full load for SOAK (60s) under the race detector: nothing leaks
	NAVICERT_SOAK=$(SOAK) $(GO) test -race -count=1 -timeout 20m ./internal/server -run TestSoak -v

sample: ## write SAMPLE_LINES entry lines to SAMPLE (sample.parquet)
	$(GO) run ./internal/bench sample --lines $(SAMPLE_LINES) --out $(SAMPLE)

pages: ## make the Go files of the pages from their templates
	$(GO) generate ./internal/server ./internal/server/web

golden: ## write the expected renderings anew; read the diff before you commit it
	UPDATE_GOLDEN=1 $(GO) test ./internal/determination -run TestRenderings
	UPDATE_GOLDEN=1 $(GO) test . -run TestFootnotes
	UPDATE_GOLDEN=1 $(GO) test ./cmd/navicert
	UPDATE_GOLDEN=1 $(GO) test ./internal/server -run TestClientIsOf
	$(GO) generate ./internal/server/clienttest
