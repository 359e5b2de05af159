#!/usr/bin/env bash
# A Python of our own with what the peers of the benchmark need.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=.wangge/peers
[ -x "$folder/bin/python" ] || python3 -m venv "$folder"
"$folder/bin/python" -c 'import asyncpg, fastapi, httptools, numpy, orjson, shapely, uvicorn, uvloop' 2>/dev/null ||
    "$folder/bin/pip" install --quiet asyncpg fastapi httptools numpy orjson 'shapely>=2' uvicorn uvloop
