#!/usr/bin/env bash
# A rough figure: how many reports a second go through all five services, and how fast.
set -euo pipefail
cd "$(dirname "$0")/.."
exec .build/release/gridctl bench "$@"
