# The front door. CMake does the work; each goal installs what it needs first.
#   make        release programs in build/          make demo    build and plan the example
#   make check  everything under sanitizers         make bench   benchmarks/results.csv
BUILD_PACKAGES = cmake ninja-build pkg-config gcc libc6-dev libjansson-dev libyaml-dev \
                 libutf8proc-dev librandom123-dev zlib1g-dev coinor-libcbc-dev
TEST_PACKAGES  = libcmocka-dev clang-format-14 clang-tidy-14
CI_PACKAGES    = clang-14 libclang-rt-14-dev valgrind gcovr
JOBS ?= $(shell nproc)

.PHONY: all release demo check lint bench bench-peers accuracy coverage valgrind tsan fuzz deps deps-test deps-ci clean
all: release

# Installs only what is missing, so that a second run needs neither network nor root.
define install
@missing=$$(for p in $(1); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
 if [ -n "$$missing" ]; then echo "installing" $$missing; \
   sudo=$$(test "$$(id -u)" = 0 || echo sudo); \
   $$sudo apt-get update -qq && \
   $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; fi
endef

deps:
	$(call install,$(BUILD_PACKAGES))
deps-test: deps
	$(call install,$(TEST_PACKAGES))
	@if command -v npm >/dev/null && [ ! -d tests/milp/node_modules/highs ]; then \
	   npm ci --prefix tests/milp --ignore-scripts --no-audit --no-fund >/dev/null 2>&1 || \
	   echo "tests/milp: npm ci failed; the second solver's tests are skipped"; fi
deps-ci: deps-test
	$(call install,$(CI_PACKAGES))

release:
	@cmake --preset release >/dev/null
	@cmake --build build -j $(JOBS) -- --quiet

demo: deps release
	build/suanli plan examples/private-chat.yaml

check: deps-test lint
	cmake --preset asan >/dev/null
	cmake --build build-asan -j $(JOBS) -- --quiet
	ctest --test-dir build-asan --output-on-failure -j $(JOBS)

# Layout and static analysis of our own code.
lint: deps-test
	@clang-format-14 --dry-run --Werror $$(git ls-files '*.c' '*.h')
	@cmake --preset asan >/dev/null && cmake --build build-asan --target gen_tables >/dev/null
	@git ls-files 'src/*.c' 'tools/*.c' | \
	 xargs -P $(JOBS) -n 4 clang-tidy-14 -p build-asan --quiet 2>/dev/null

bench: deps release
	benchmarks/run

# Ours beside another simulator on the same load; needs node and npm, takes minutes.
bench-peers: deps release
	benchmarks/peers/run

coverage: deps-ci
	cmake --preset cov >/dev/null
	cmake --build build-cov -j $(JOBS) -- --quiet
	ctest --test-dir build-cov -j $(JOBS) --output-on-failure >/dev/null
	gcovr -r . build-cov --filter src/ --gcov-ignore-parse-errors --print-summary --txt build-cov/coverage.txt | tail -4

# Remakes the page that tests compare with.
accuracy: release
	tools/accuracy

valgrind: deps-ci
	cmake --preset dev >/dev/null
	cmake --build build-dev -j $(JOBS) -- --quiet
	tools/valgrind_tests build-dev

fuzz: deps-ci
	cmake --preset fuzz >/dev/null
	cmake --build build-fuzz -j $(JOBS) --target fuzzers -- --quiet
	tools/fuzz build-fuzz $${FUZZ_SECONDS:-60}

clean:
	rm -rf build build-*
