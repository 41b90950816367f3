# Go and make are all that `make run` and `make build` need. `make test` installs
# the browser, the QR reader and the office suite that the tests use.
.DEFAULT_GOAL := build
SHELL := /bin/sh

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
CACHE   := $(CURDIR)/.cache
DUCKDB_VERSION := 1.5.6-r.1
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
DEADCODE    := golang.org/x/tools/cmd/deadcode@v0.52.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

export GOFLAGS := -buildvcs=false

.PHONY: build run kiosk test quick race bench check fmt tools pictures lighthouse vendor clean

## build: one static binary bin/hailong, kiosk and pages inside
build: kiosk
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/hailong ./cmd/hailong

## run: build, then serve http://localhost:8080 with the sample year in ./data
run: build
	./bin/hailong serve --demo

## kiosk: compile the kiosk to WebAssembly into kiosk/assets
kiosk:
	go run ./kiosk/build

## test: install what the tests need and run all of them
test: tools kiosk
	HAILONG_TEST_ALL=1 HAILONG_FERRETDB=$(CACHE)/bin/ferretdb HAILONG_OIDC=$(CACHE)/bin/oidc go test -timeout 15m ./...

## quick: the fast inner loop; tests that need a browser or an office suite are skipped
quick:
	go test ./...

## race: the concurrent packages under the race detector (needs a C compiler)
race:
	go test -race -timeout 20m ./server/... ./migrations/... ./scoring/...

## bench: every benchmark, as ratios against something measured in the same run
bench: tools kiosk $(CACHE)/npm/node_modules/@duckdb
	HAILONG_TEST_ALL=1 go test -run '^$$' -bench . -benchmem -timeout 60m ./...

# DuckDB is what one benchmark compares with; without npm it is left out.
$(CACHE)/npm/node_modules/@duckdb:
	@if command -v npm >/dev/null; then npm install --prefix $(CACHE)/npm --no-save --silent @duckdb/node-api@$(DUCKDB_VERSION); else echo "npm is not here: the comparison with DuckDB is left out"; fi

## check: format, vet, lint, dead code, known vulnerabilities
check:
	@out=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go')); test -z "$$out" || { echo "gofmt: $$out"; exit 1; }
	go vet ./...
	GOOS=js GOARCH=wasm go vet ./kiosk/...
	go run $(STATICCHECK) ./...
	@out=$$(go run $(DEADCODE) -test ./... ); test -z "$$out" || { echo "dead code:"; echo "$$out"; exit 1; }
	@sh .ci/vulncheck $(GOVULNCHECK)

fmt:
	gofmt -w $$(git ls-files '*.go')

## tools: what the tests use, from Debian's packages and the Go module proxy
tools: $(CACHE)/bin/ferretdb $(CACHE)/bin/oidc
	@sh .ci/tools

# The MongoDB engine is examined over the wire against FerretDB, a program of
# its own that is never linked into the product.
$(CACHE)/bin/ferretdb: server/store/mongo/testdata/ferretdb/go.mod
	cd server/store/mongo/testdata/ferretdb && go build -trimpath -o $@ .

# Single sign-on is tried against somebody else's identity provider, a program of
# its own as well.
$(CACHE)/bin/oidc: .ci/oidc/go.mod .ci/oidc/main.go
	cd .ci/oidc && go build -trimpath -o $@ .

## pictures: make the guide's pictures of a visit at the kiosk and by phone again
pictures: tools kiosk
	HAILONG_PICTURES=$(CURDIR)/.readme HAILONG_TEST_ALL=1 go test -count=1 -run '^TestPictures$$' ./server/web

## lighthouse: accessibility scores of the citizen's pages, which are to be 100 (needs npm)
lighthouse: build
	sh .ci/lighthouse $(CACHE)/lighthouse

## vendor: fetch fonts and front-end files again and check them against their checksums
vendor:
	sh .ci/vendor.sh

clean:
	rm -rf bin .cache kiosk/assets/*.wasm kiosk/assets/*.wasm.* kiosk/assets/wasm_exec.js
