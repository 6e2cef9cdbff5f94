# make demo: from a bare machine to a first trained model. make test: every check. CONTRIBUTING.md says more.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format bench clean

# Where a Swift toolchain lies that is not on PATH.
export PATH := $(PATH):/opt/swift/usr/bin:$(HOME)/.local/share/swiftly/bin

sources := Sources Tests Package.swift $(wildcard Benchmarks/Package.swift Benchmarks/Sources)
release := .build/release
say := printf '%s\n'

help:
	@$(say) "make demo    set up, build, get sample pictures, make a dataset, train on it, translate" \
	  "make test    set up, check the style, build, run every test" \
	  "make bench   measure; BENCH='names' for some" \
	  "make format  put the sources into the project's style" \
	  "make clean   remove what was built and made"

setup:
	@scripts/setup.sh

# Exit code 2 of easel means done, with items set aside: each was named.
demo: setup
	@$(say) "Building Easel in release mode"
	@scripts/build.sh -c release --product easel
	@scripts/build.sh -c release --product easel-train
	@scripts/samples.sh
	@$(say) "Getting the model that finds anime faces"
	@$(release)/easel models fetch animeface
	@$(say) "Making the dataset that datasets.yaml describes"
	@$(release)/easel run datasets.yaml || [ $$? = 2 ]
	@$(say) "Training on it"
	@$(release)/easel train --config datasets.yaml
	@$(say) "Translating test photographs"
	@$(release)/easel translate build/demo/testA --run build/demo/run --to build/demo/translated || [ $$? = 2 ]
	@scripts/results.sh

lint:
	@$(say) "Checking the style"
	@swift format lint --strict --recursive --parallel $(sources)

# easel-train is built first and alone: nothing else may have made what it needs. The last lines are the tests' own.
test: setup lint
	@$(say) "Building easel-train alone"
	@scripts/build.sh --product easel-train
	@scripts/engines.sh easel-train libopencv
	@$(say) "Building everything"
	@scripts/build.sh --build-tests
	@scripts/engines.sh easel 'libtorch|libc10'
	@$(say) "Running the tests"
	@EASEL_NETWORK_TESTS=$${EASEL_NETWORK_TESTS-$$(scripts/online.sh)} swift test --skip-build --disable-xctest 2>&1

format:
	@swift format format --in-place --recursive --parallel $(sources)

bench: setup
	@scripts/build.sh -c release --product easel
	@scripts/build.sh -c release --product easel-train
	@swift run --package-path Benchmarks --configuration release --quiet -Xswiftc -enable-testing benchmarks $(BENCH)

clean:
	@rm -rf .build build Benchmarks/.build
