#!/usr/bin/env bash
# Lets libFuzzer, with AddressSanitizer, look for input that breaks a parser of Tests/FuzzTests.
#
#   FUZZ_SECONDS=60 FUZZ_TARGETS="json scrubber" scripts/fuzz.sh     each of these for a minute; all without FUZZ_TARGETS
#
# What was learnt stays in .wangge/fuzz/<target>/corpus and is built upon by the next run; what breaks something lies in
# .wangge/fuzz/<target>/found, with the command that does it again. Exits 1 when something broke.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
scratch=.build-fuzz
program=$scratch/fuzz
# A crash is libFuzzer's to handle; Swift's own report of it takes seconds.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1

# SwiftPM links no test target by itself, and what the targets read lies in executables, whose insides only tests see: so
# SwiftPM compiles, and what it compiled is linked here. WANGGE_FUZZ makes Package.swift instrument our own code.
# The services are linked on the way, without the sanitizers, and never run.
WANGGE_FUZZ=1 swift build --scratch-path $scratch --target FuzzTests -Xlinker --unresolved-symbols=ignore-all >&2
scripts/objects.sh $scratch/debug intake router rewards analytics gridctl -- FuzzTests TestSupport >$scratch/objects.rsp
if [ ! -x $program ] || [ -n "$(find -L $scratch/debug -path '*.build/*' -name '*.o' -newer $program -print -quit)" ]; then
    # The linker cannot export some of the sanitizer's own helpers, and says so of each.
    swiftc -sanitize=fuzzer,address -o $program @$scratch/objects.rsp 2> >(grep -v 'Cannot export local symbol' >&2)
fi

targets=${FUZZ_TARGETS:-$(ls Tests/FuzzTests/Corpus)}
broken=0
printf '%-20s %12s %10s %10s %8s\n' target runs runs/s coverage broken
for target in ${targets//,/ }; do
    folder=.wangge/fuzz/$target
    dictionary=Tests/FuzzTests/Dictionaries/$target.dict
    mkdir -p $folder/corpus $folder/found
    touch $folder/started
    options=(-max_total_time=$seconds -timeout=1 -rss_limit_mb=2048 -max_len=32768 -print_final_stats=1 -verbosity=1
        -artifact_prefix=$folder/found/)
    if [ -f $dictionary ]; then options+=(-dict=$dictionary); fi
    FUZZ_TARGET=$target $program "${options[@]}" $folder/corpus Tests/FuzzTests/Corpus/$target >$folder/log 2>&1 || true
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' $folder/log)
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' $folder/log)
    coverage=$(grep -ao 'cov: [0-9]*' $folder/log | tail -n 1 | cut -c6- || true)
    found=$(find $folder/found -type f -newer $folder/started | sort)
    printf '%-20s %12s %10s %10s %8s\n' "$target" "${runs:--}" "${rate:--}" "${coverage:--}" "$(grep -c . <<<"$found" || true)"
    for input in $found; do
        broken=1
        grep -aE 'broken promise|Fatal error|ERROR: (AddressSanitizer|libFuzzer)' $folder/log | tail -n 3 | cut -c1-300
        echo "  again: FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no $program $input"
    done
    if [ -z "$runs" ] && [ -z "$found" ]; then
        broken=1
        tail -n 5 $folder/log
    fi
done
exit $broken
