# What a developer or an operator may want, one verb each. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build demo up test test-kafka lint chaos fuzz sanitize bench microbench clean

CHECKS := -Xswiftc -warnings-as-errors --explicit-target-dependency-import-check error
PROGRAMS := intake router sla-watcher rewards analytics gridctl
RELEASE := .build/release
# As in the image: programs that carry Swift's own libraries call them more cheaply. Darwin has them in the system.
LINKED := $(if $(filter Linux,$(shell uname -s)),--static-swift-stdlib)

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## install what is missing (Debian and Ubuntu), or say what to install
	@scripts/setup.sh

build: setup ## build the programs for use
	@for program in $(PROGRAMS); do swift build -c release $(LINKED) --product $$program || exit 1; done

demo: build ## a month of a real street through the running suite; ONCE=1 ends by itself
	@$(RELEASE)/gridctl demo $(if $(ONCE),--once)

up: build ## the whole suite on this machine
	@$(RELEASE)/gridctl up

test: setup lint ## check style and dependencies, build with warnings as errors, run all tests
	swift build --build-tests $(CHECKS)
	@scripts/test.sh

test-kafka: setup ## what uses Kafka, against a real broker: KAFKA_BOOTSTRAP_SERVERS, or one started with Docker
	swift build --build-tests $(CHECKS)
	@scripts/test-kafka.sh

lint: ## style, dependencies, documents, compose file
	@swift format lint --strict --recursive --parallel Package.swift Shared Services Tests
	@scripts/check-dependencies.sh
	@for check in scripts/check-*.py; do python3 $$check || exit 1; done

chaos: setup ## faults of all kinds on suites at work, over both logs; ROUNDS=3 FAULTS=serverKilled,frozen SEED=7
	swift build --build-tests $(CHECKS)
	@CHAOS_ROUNDS=$(or $(ROUNDS),3) CHAOS_FAULTS=$(FAULTS) TEST_SEED=$(SEED) scripts/test.sh --filter ChaosTests

fuzz: setup ## libFuzzer and AddressSanitizer on each parser that meets the outside; SECONDS=60 TARGETS="json scrubber"
	@FUZZ_SECONDS=$(or $(SECONDS),60) FUZZ_TARGETS="$(TARGETS)" scripts/fuzz.sh

sanitize: setup ## tests under ThreadSanitizer; FILTER='ContractTests|KafkaTests'
	@scripts/sanitize.sh $(if $(FILTER),--filter '$(FILTER)')

bench: build ## reports a second and latencies, beside the machine's limits; PEERS=1 also beside Python; ARGS=--help
	@$(if $(PEERS),scripts/peers.sh)
	@$(RELEASE)/gridctl bench $(if $(PEERS),--peers .wangge/peers/bin/python) $(ARGS)

microbench: setup ## the hot pieces by themselves, beside what one would use instead; ONLY="decode locate"
	@scripts/peers.sh
	@MICROBENCH="$(ONLY)" scripts/microbench.sh

clean: ## remove what was built and what local suites left
	rm -rf .build .build-* .wangge
