# Navicert. `make` alone shows what there is.

GO          ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.8.0
FUZZTIME    ?= 10s
BENCH       ?= .
SAMPLE      ?= sample.parquet
SAMPLE_LINES ?= 1000000

.PHONY: help build test race check packs fuzz vuln bench sample golden

help: ## show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/navicert
	$(GO) build -trimpath -ldflags "-s -w" -o bin/navicert ./cmd/navicert

test: ## run the tests
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

vuln: ## look for known vulnerabilities (needs the network)
	$(GO) run $(GOVULNCHECK) ./...

bench: ## run the benchmarks (BENCH selects)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...

sample: ## write SAMPLE_LINES entry lines to SAMPLE (sample.parquet)
	$(GO) run ./internal/bench sample --lines $(SAMPLE_LINES) --out $(SAMPLE)

golden: ## write the expected renderings anew; read the diff before you commit it
	UPDATE_GOLDEN=1 $(GO) test ./internal/determination -run TestRenderings
	UPDATE_GOLDEN=1 $(GO) test . -run TestFootnotes
	UPDATE_GOLDEN=1 $(GO) test ./cmd/navicert
