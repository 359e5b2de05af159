#!/bin/bash
# Runs all tests that were built, and names at the end what failed, where the tail of a long record still shows it.
# A run that says nothing for TEST_SILENCE_SECONDS is ended: the record's last lines name the test that hangs.
set -uo pipefail
cd "$(dirname "$0")/.."
silence=${TEST_SILENCE_SECONDS:-900}
record=$(mktemp)
trap 'kill "$watch" 2>/dev/null; rm -f "$record"' EXIT

# Where the tests' threads stand, if there is a debugger to ask, and then the end of the run.
endHangingTests() {
    local tests
    for tests in $(pgrep -f "^$PWD/.*wanggePackageTests\.xctest"); do
        printf '\nNothing was said for %s s: the run is ended. What is begun above and not ended hangs.\n' "$silence"
        if command -v gdb >/dev/null; then gdb -p "$tests" -batch -ex 'thread apply all backtrace 15' 2>/dev/null; fi
        kill -KILL "$tests"
    done
}

watchForSilence() {
    while sleep 5; do
        if (($(date +%s) - $(stat -c %Y "$record") > silence)); then endHangingTests; fi
    done
}

watchForSilence &
watch=$!
# By the line, so that a run that is cut off has said all that happened.
stdbuf -oL swift test --skip-build --no-parallel "$@" 2>&1 | tee "$record"
status=${PIPESTATUS[0]}
if [ "$status" -ne 0 ]; then
    printf '\nFailed:\n'
    grep -aE '^✘|recorded an issue|[Ff]atal error|Crash' "$record" | grep -avE '^✘ (Suite|Test run)' | tail -n 60
    printf '\nThe last words of the run:\n'
    tail -n 3 "$record"
fi
exit "$status"
