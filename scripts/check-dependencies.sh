#!/usr/bin/env bash
# Holds the architecture's rules on who may import whom.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0

# refuse <why> <grep pattern> <files or folders …>
refuse() {
    local why=$1 pattern=$2
    shift 2
    if grep -rnE "$pattern" "$@" --include='*.swift'; then
        echo "check-dependencies: $why" >&2
        failed=1
    fi
}

import='^ *(@testable )?(public |internal |package |private |fileprivate )?import '
kinds='((struct|class|enum|protocol|func) )?'
services='(Intake|Router|SLAWatcher|Rewards|Analytics|Gridctl)'
refuse 'services never import each other' "$import$kinds$services\b" Services
refuse 'shared libraries never import services' "$import$kinds$services\b" Shared
refuse 'City and Messages know neither PostgreSQL nor Kafka nor HTTP' \
    "$import$kinds(Postgres|Kafka|EventLog|CityStore|ServiceKit|Hummingbird|NIO[A-Za-z]*)\b" Shared/City Shared/Messages
refuse 'City and Messages do without Foundation' "$import${kinds}Foundation\b" Shared/City Shared/Messages
refuse 'only Shared/Postgres speaks to libpq' "$import${kinds}CLibpq\b" \
    $(ls -d Shared/*/ | grep -v '^Shared/Postgres/') Services
refuse 'only Shared/Kafka speaks to librdkafka' "$import${kinds}CLibrdkafka\b" \
    $(ls -d Shared/*/ | grep -v '^Shared/Kafka/') Services
refuse 'no C type in a public signature' "public import (CLibpq|CLibrdkafka)" Shared

exit $failed
