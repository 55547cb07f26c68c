# `make demo` shows the main job, `make test` passes the tests; both install what is missing first, and say so.
SHELL := /bin/bash
.DEFAULT_GOAL := help
ZKOPS := .build/debug/zkops
FOLDERS := Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

RELEASE := .build/release/zkops
PREFIX ?= /usr/local
export PREFIX DESTDIR

.PHONY: help demo test drills truth check bench crash-matrix fuzz mutate sanitize sanitize-address sanitize-thread format lint build packages release install deb browser-test

help:
	@echo 'make demo    a broken five-server ensemble on loopback comes back, with every znode'
	@echo 'make test    all tests, on real sshd and real ZooKeeper processes'
	@echo 'make truth   the disasters of examples/hazards/ staged on real servers, and their fixed twins'
	@echo 'make drills  every drill of examples/drills'
	@echo 'make check   format lint, build, tests'
	@echo 'make bench   zkops measured against scp, ssh, a recovery without SSH, and SPIN; BENCHMARKS=search takes one of them'
	@echo 'make crash-matrix  the recovery killed and resumed at every place, and its rollback, on real servers (hours)'
	@echo 'make fuzz    every reader of foreign text on inputs made by chance; FUZZ_SECONDS, FUZZ_SEED'
	@echo 'make mutate  the rules of plan check taken away one at a time: a test has to fail for each'
	@echo 'make sanitize  the tests that need no lab under the address and the thread sanitizer'
	@echo 'make browser-test  report pages in headless Chromium, with axe-core; pictures of previews by the grammar of Mermaid'
	@echo 'make install zkops, its completions, manual, plans and schemas below PREFIX (/usr/local); DESTDIR'
	@echo 'make deb     a Debian package in .build/deb, unpacked and tried'
	@echo 'make format  format the sources in place'

packages:
	@scripts/install-packages.sh

build: packages
	swift build

demo: build
	scripts/demo.sh

# Suites that talk to real processes run one module after the other, so that they have the machine's cores; all others side by side.
MODULES := $(patsubst Tests/%Tests,%,$(wildcard Tests/*Tests))
ALONE := PlanExecution RemoteHosts EnsembleAccess Lab EndToEnd
TOGETHER := $(filter-out $(ALONE),$(MODULES))
either = $(shell echo $(1) | tr ' ' '|')
test: packages
	swift build --build-tests
	swift build
	$(ZKOPS) lab fetch 3.4.6 3.4.14 3.6.3 3.8.0 3.9.3
	scripts/test.sh '$(call either,$(TOGETHER))' $(ALONE)

# Disasters on real servers depend on who is quicker; they have the machine to themselves.
truth: packages
	swift build --build-tests
	swift test --skip-build --filter '^EndToEndTests.Truth'

drills: build
	$(ZKOPS) drill run --all examples/drills --junit .build/drills.xml

lint:
	swift format lint --strict --recursive $(FOLDERS)

check: lint test

# spin and gcc are what the search is held against.
bench:
	@scripts/install-packages.sh spin gcc libc6-dev
	swift build -c release --product zkops
	swift run --package-path Benchmarks -c release zkops-bench $(BENCHMARKS)

# Every place of one run and of its rollback, which die again and again; then runs that die once, as many as CRASH_POINTS says (or
# all), at places of CRASH_SEED. CRASH_EVERY=10 takes one place of ten.
crash-matrix: packages
	swift build --build-tests
	swift build
	CRASH_EVERY=$${CRASH_EVERY:-1} CRASH_POINTS=$${CRASH_POINTS:-5} swift test --skip-build --no-parallel \
	    --filter '^EndToEndTests.KilledRecoveryTests'

fuzz: packages
	swift build --build-tests
	FUZZ_SECONDS=$${FUZZ_SECONDS:-300} FUZZ_SEED=$${FUZZ_SEED:-$$(date +%Y%m%d)} \
	    swift test --skip-build --no-parallel --filter '^FuzzTests'

mutate: packages
	scripts/mutate.py $(MUTATIONS)

# Each sanitizer has products of its own, of all sources; `make sanitize -j2` runs both side by side.
SANITIZERS := sanitize-address sanitize-thread
sanitize: $(SANITIZERS)
$(SANITIZERS): sanitize-%: packages
	for modules in '$(call either,$(TOGETHER))' PlanExecution RemoteHosts EnsembleAccess; do \
	    scripts/sanitize.sh $* "^($$modules)Tests" || exit 1; \
	done

# Fetches Chromium from Debian and 100 MB from PyPI, so it is no part of `make test`.
browser-test:
	scripts/browser-test.sh
	scripts/check-mermaid.sh

# With Swift's own libraries inside, so that it runs where there is no Swift.
release: packages
	swift build -c release --static-swift-stdlib --product zkops

install: release
	scripts/install.sh $(RELEASE)

deb: release
	scripts/install-packages.sh dpkg-dev lintian groff-base
	scripts/check-package.sh "$$(scripts/make-deb.sh $(RELEASE) .build/deb)"

format:
	swift format --in-place --recursive $(FOLDERS)
