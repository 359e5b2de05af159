#!/usr/bin/env bash
# Tests under ThreadSanitizer, in a build folder of its own: a data race fails the run.
#
#   scripts/sanitize.sh --filter 'ContractTests|KafkaTests'
#
# What is not ours is named, with the reason, in Tests/ThreadSanitizer/suppressions.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=.build-tsan
extra=Tests/ThreadSanitizer
swift build --scratch-path $scratch --sanitize=thread --build-tests
"$(dirname "$(readlink -f "$(command -v swiftc)")")/clang" -O1 -fPIC -shared -o $scratch/threads.so $extra/threads.c
export TSAN_OPTIONS="suppressions=$PWD/$extra/suppressions.txt exitcode=66 history_size=4 ${TSAN_OPTIONS:-}"
# By way of the loader's own variable of the test program alone: SwiftPM itself is no concern of the sanitizer.
bundle=$(find -L $scratch/debug -maxdepth 1 -name '*.xctest' -print -quit)
status=0
LD_PRELOAD=$PWD/$scratch/threads.so "$bundle" --testing-library swift-testing --no-parallel "$@" || status=$?
exit $status
