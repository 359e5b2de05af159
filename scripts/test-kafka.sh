#!/bin/bash
# Runs all tests that use Kafka against a real broker. Arguments go to `swift test`, such as --filter KafkaTests.
#
# With KAFKA_BOOTSTRAP_SERVERS set that broker is used, with every other KAFKA_* of the environment (TLS, SASL, …) passed on
# to librdkafka. It must be one for tests: topics of the suite that hold messages are deleted. Without it one is started
# with Docker, and taken down at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
compose=(docker compose -f deploy/kafka/broker.compose.yml)

if [ -z "${KAFKA_BOOTSTRAP_SERVERS:-}" ]; then
    if ! docker compose version >/dev/null 2>&1; then
        echo "test-kafka: set KAFKA_BOOTSTRAP_SERVERS to a broker for tests, or install Docker with Compose" >&2
        exit 69
    fi
    trap '"${compose[@]}" down --volumes' EXIT
    if ! "${compose[@]}" up --detach --wait --wait-timeout 180; then
        "${compose[@]}" logs --tail 50 >&2
        exit 69
    fi
    export KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:29092 KAFKA_MESSAGE_MAX_BYTES=500000
    # This broker forgets within seconds, so that the tests can see it.
    export TEST_KAFKA_FORGETS=1
fi
if [ $# -eq 0 ]; then set -- --filter 'KafkaTests|ContractTests|EndToEndTests'; fi
scripts/test.sh "$@"
