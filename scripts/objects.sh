#!/usr/bin/env bash
# Prints, each in quotes, the objects SwiftPM compiled for some programs and some targets under Tests: what SwiftPM itself
# would link, and nothing that an earlier build left.
#
#   scripts/objects.sh <folder of objects> <program> … -- <target> …
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
shift
{
    while [ "$1" != -- ]; do
        cat "$folder/$1.product/Objects.LinkFileList"
        shift
    done
    shift
    for target in "$@"; do
        find "Tests/$target" -name '*.swift' -printf "$PWD/$folder/$target.build/%f.o\n"
    done
} | tr -d "\"'" | sed 's/\\ / /g' | sort -u | sed 's/.*/"&"/'
