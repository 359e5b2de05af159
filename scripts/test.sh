#!/bin/bash
# Runs all tests that were built, and names at the end what failed, where the tail of a long record still shows it.
set -uo pipefail
cd "$(dirname "$0")/.."
record=$(mktemp)
trap 'rm -f "$record"' EXIT

swift test --skip-build --no-parallel "$@" 2>&1 | tee "$record"
status=${PIPESTATUS[0]}
if [ "$status" -ne 0 ]; then
    printf '\nFailed:\n'
    grep -aE '^✘|recorded an issue|[Ff]atal error|Crash' "$record" | grep -avE '^✘ (Suite|Test run)' | tail -n 60
fi
exit "$status"
