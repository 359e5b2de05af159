#!/usr/bin/env bash
# Builds Tests/Benchmarks optimised and runs it: prints a table, writes .wangge/microbench.json.
#
#   MICROBENCH="decode locate" scripts/microbench.sh        only these
#
# The pieces lie inside executables, which only tests see into: SwiftPM compiles, and what it compiled is linked here with a
# main of two lines. In a build folder of its own, because the modules are compiled otherwise than for use.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=${MICROBENCH_SCRATCH:-.build-microbench}
program=$scratch/microbench
WANGGE_MICROBENCH=1 swift build -c release --scratch-path $scratch --target Benchmarks >&2
scripts/objects.sh $scratch/release intake router sla-watcher gridctl -- Benchmarks TestSupport >$scratch/objects.rsp
cat >$scratch/main.swift <<'END'
@_silgen_name("wangge_microbenchmarks") func microbenchmarks()
microbenchmarks()
END
if [ ! -x $program ] || [ -n "$(find -L $scratch/release -path '*.build/*' -name '*.o' -newer $program -print -quit)" ]; then
    # BoringSSL is C++, which SwiftPM would have known.
    swiftc -O -o $program $scratch/main.swift @$scratch/objects.rsp -lstdc++
fi
mkdir -p .wangge
MICROBENCH_PYTHON=${MICROBENCH_PYTHON-.wangge/peers/bin/python} MICROBENCH_JSON=.wangge/microbench.json $program
