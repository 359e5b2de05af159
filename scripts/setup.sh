#!/usr/bin/env bash
# Installs what building, testing and running needs besides the Swift toolchain. Quick when all is there.
set -euo pipefail

if ! command -v swift >/dev/null; then
    echo "setup: the Swift toolchain (6.2 or newer) is missing; see https://www.swift.org/install" >&2
    exit 1
fi

if ! command -v dpkg-query >/dev/null; then
    cat >&2 <<'HELP'
setup: this is neither Debian nor Ubuntu. Please install:
  PostgreSQL 15 or newer (server and client), PostGIS 3, libpq and librdkafka (2.0.2 or newer) with headers,
  pkg-config, Python 3 with PyYAML, and for the browser test Chromium.
  macOS: brew install postgresql@16 postgis librdkafka libpq pkg-config
HELP
    exit 0
fi

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=()
need() { installed "$1" || missing+=("$1"); }

# The newest server that is installed decides which PostGIS is needed; without one, the distribution's own.
server=$(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | sort -V | tail -n 1 | cut -d/ -f5 || true)
need libpq-dev
need librdkafka-dev
need pkg-config
need postgresql-client-common
need python3-yaml
need chromium
need fonts-noto-cjk
if [ -n "$server" ]; then need "postgresql-$server-postgis-3"; fi

if [ ${#missing[@]} -eq 0 ] && [ -n "$server" ]; then exit 0; fi

run=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: please install as root: apt-get install postgresql ${missing[*]}" >&2
        exit 1
    fi
    run=(sudo)
fi
echo "setup: installing ${missing[*]} ${server:-postgresql}"
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
if [ -z "$server" ]; then
    "${run[@]}" apt-get install -qq -y --no-install-recommends postgresql >/dev/null
    server=$(ls -d /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1 | cut -d/ -f5)
    missing+=("postgresql-$server-postgis-3")
fi
# Chromium is named chromium-browser on Ubuntu and needed by one test only: do without where it is not to be had.
optional=()
needed=()
for package in "${missing[@]}"; do
    case "$package" in chromium | fonts-noto-cjk) optional+=("$package") ;; *) needed+=("$package") ;; esac
done
if [ ${#needed[@]} -gt 0 ]; then
    "${run[@]}" apt-get install -qq -y --no-install-recommends "${needed[@]}" >/dev/null
fi
for package in "${optional[@]}"; do
    "${run[@]}" apt-get install -qq -y --no-install-recommends "$package" >/dev/null ||
        echo "setup: $package is not to be had here; the browser test will be skipped" >&2
done
