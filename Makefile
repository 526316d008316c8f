# Short names for what is done often. The work is in the scripts and in go itself.

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
BRANCH   ?= $(shell git rev-parse --abbrev-ref HEAD 2>/dev/null || echo unknown)
# The time of the commit, so that the same commit gives the same binary.
DATE     ?= $(shell git log -1 --format=%cI 2>/dev/null || echo unknown)

INTO    := github.com/prometheus/common/version
LDFLAGS := -s -w -X $(INTO).Version=$(VERSION) -X $(INTO).Revision=$(REVISION) -X $(INTO).Branch=$(BRANCH) -X $(INTO).BuildDate=$(DATE)

.PHONY: build test lint fuzz bench demo check clean

build: ## one static binary, ./kpiagent
	CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags '$(LDFLAGS)' -o kpiagent ./cmd/kpiagent

test: ## all tests, against real servers
	.ci/test

lint: ## everything in the gate that reads code without running it
	.ci/run lint

fuzz: ## every fuzz target for its share of a minute
	.ci/run fuzz

check: ## the whole gate
	.ci/run

bench: ## the speed table, on a database of 1,000,000 dossiers
	bench/run

demo: ## the sample ministry
	go run ./cmd/kpiagent demo

clean:
	rm -rf kpiagent bench/out
