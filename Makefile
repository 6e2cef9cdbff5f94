# make demo sets up a new machine and trains a first model; make test runs all checks. See CONTRIBUTING.md.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo check test slurm-test soak lint format help-texts bench cuda package clean

# Folders of Swift toolchains that are not on PATH.
export PATH := $(PATH):/opt/swift/usr/bin:$(HOME)/.local/share/swiftly/bin

sources := Sources Tests Package.swift $(wildcard Benchmarks/Package.swift Benchmarks/Sources)
release := .build/release
say := printf '%s\n'

help:
	@$(say) "make demo    set up, build, get sample images, make a dataset, train on it, translate" \
	  "make check   check the style, build, run the quick tests: under a minute after the build" \
	  "make test    install missing packages, check the style, build, run all tests" \
	  "make cuda    build easel-train for NVIDIA GPUs; the build needs no GPU and no CUDA toolkit" \
	  "make package build Debian packages and tar files that need no Swift" \
	  "make soak    test with random kills, damaged files and full disks; MINUTES=10 by default" \
	  "make slurm-test  prepare a dataset as a job array on a temporary Slurm" \
	  "make bench   run the benchmarks; BENCH='names' runs some of them" \
	  "make format  format the sources" \
	  "make help-texts  write the committed help texts again" \
	  "make clean   remove all build results"

setup:
	@scripts/setup.sh

# Exit status 2 of easel means that some items were skipped, each with a reason.
demo: setup
	@$(say) "Building Easel in release mode"
	@scripts/build.sh -c release --product easel
	@scripts/build.sh -c release --product easel-train
	@scripts/samples.sh
	@$(say) "Downloading the anime face detector"
	@$(release)/easel models fetch animeface
	@$(say) "Making the dataset of datasets.yaml"
	@$(release)/easel run datasets.yaml || [ $$? = 2 ]
	@$(say) "Training on it"
	@$(release)/easel train --config datasets.yaml
	@$(say) "Translating test photos"
	@$(release)/easel translate build/demo/testA --run build/demo/run --to build/demo/translated || [ $$? = 2 ]
	@scripts/results.sh

lint:
	@$(say) "Checking the style"
	@swift format lint --strict --recursive --parallel $(sources)

# The quick tests need no data, no browser, no screen and no built program.
slow := ^(EndToEnd|CaptureTests|Soak)[.] BrowserTests RankStepTests ParityStepTests TrainerTests VideoSeekTests
check: lint
	@$(say) "Building"
	@scripts/build.sh --build-tests
	@$(say) "Running the quick tests"
	@env -u EASEL_TEST_DATA -u EASEL_MODELS -u EASEL_REFERENCE -u EASEL_MATTING \
	  swift test --skip-build --disable-xctest $(foreach suite,$(slow),--skip '$(suite)') 2>&1 | tail -n 30

# Not part of continuous integration. It prints counts of its actions, and a seed that repeats them.
MINUTES ?= 10
soak: setup
	@scripts/samples.sh
	@scripts/build.sh --build-tests
	@EASEL_SOAK_MINUTES=$(MINUTES) swift test --skip-build --disable-xctest --filter SoakTests 2>&1

# A job array on a real Slurm from Debian packages, on this machine only. Not part of continuous integration.
slurm-test:
	@scripts/build.sh --product easel
	@scripts/slurm-test.sh

# easel-train is built first and alone, to check that it does not need easel. The summary of the tests comes last.
test: setup lint
	@$(say) "Building easel-train alone"
	@scripts/build.sh --product easel-train
	@scripts/engines.sh easel-train libopencv
	@$(say) "Building everything"
	@scripts/build.sh --build-tests
	@scripts/engines.sh easel 'libtorch|libc10'
	@$(say) "Running the tests"
	@EASEL_NETWORK_TESTS=$${EASEL_NETWORK_TESTS-$$(scripts/online.sh)} swift test --skip-build --disable-xctest 2>&1

help-texts:
	@scripts/build.sh --build-tests
	@EASEL_WRITE_HELP=1 swift test --skip-build --disable-xctest --filter 'HelpTests|SettingsPageTests' > /dev/null 2>&1 || true
	@git status --short Tests/EndToEnd/Help docs/settings.md

format:
	@swift format format --in-place --recursive --parallel $(sources)

bench: setup
	@scripts/build.sh -c release --product easel
	@scripts/build.sh -c release --product easel-train
	@swift run --package-path Benchmarks --configuration release --quiet -Xswiftc -enable-testing benchmarks $(BENCH)

# Uses its own build folder, so that the CPU build is kept.
cuda:
	@scripts/setup.sh --cuda
	@$(say) "Building easel-train with CUDA"
	@. "$${XDG_CACHE_HOME:-$$HOME/.cache}/easel/cuda/environment" && \
	  scripts/build.sh -c release --product easel-train --scratch-path .build-cuda
	@readelf --dynamic .build-cuda/release/easel-train | grep -q 'libtorch_cuda' || \
	  { $(say) "easel-train does not link libtorch_cuda"; exit 1; }
	@.build-cuda/release/easel-train --version > /dev/null 2>&1 || \
	  $(say) "Built. It needs NVIDIA's libraries to run: see \"With a GPU\" in README.md"
	@$(say) ".build-cuda/release/easel-train"

package:
	@scripts/setup.sh --package
	@scripts/package.sh

clean:
	@rm -rf .build .build-cuda .build-package build Benchmarks/.build
