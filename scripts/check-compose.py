#!/usr/bin/env python3
"""Checks docker-compose.yml and the test broker's file: their form, and what this suite promises of its containers. Exit 1 with a line per fault.

Form: against the Compose Specification's schema where check-jsonschema is installed (pip install check-jsonschema),
else only what is needed below. Promises: least rights, limits, bounded logs, ports of the contracts on 127.0.0.1 only,
dependencies that can come true, and no secret with a default.

Needs python3 and PyYAML.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

try:
    import yaml
except ImportError:
    print("check-compose: SKIPPED, because PyYAML is missing: run make setup", file=sys.stderr)
    sys.exit(0)

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docker-compose.yml"
BROKER = ROOT / "deploy/kafka/broker.compose.yml"
EXAMPLE = ROOT / "deploy/docker/env.example"
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}

faults: list[str] = []


def fault(text: str) -> None:
    faults.append(text)


def contracts() -> dict[str, int]:
    """Names and ports of the services, as their contracts say."""
    found = {}
    for path in sorted((ROOT / "Services").glob("*/*.swift")):
        match = re.search(r'ServiceContract\(\s*name: "([a-z-]+)".*?defaultPort: ([\d_]+)', path.read_text(), re.S)
        if match:
            found[match[1]] = int(match[2].replace("_", ""))
    return found


def check_schema(file: Path) -> None:
    program = shutil.which("check-jsonschema")
    if program is None:
        return
    command = [program, "--builtin-schema", "vendor.compose-spec", str(file)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        fault(f"{file.name}: not the Compose Specification's form:\n{result.stdout}{result.stderr}")


def check_container(name: str, service: dict, own: bool) -> None:
    """What holds for every container."""
    image = service.get("image", "")
    if not own and not re.search(r":\d", image):
        fault(f"{name}: image {image or '(none)'} has no version")
    if "ALL" not in service.get("cap_drop", []):
        fault(f"{name}: cap_drop: [ALL] is missing")
    if "no-new-privileges:true" not in service.get("security_opt", []):
        fault(f"{name}: may gain privileges")
    if "mem_limit" not in service:
        fault(f"{name}: has no mem_limit")
    if "max-size" not in service.get("logging", {}).get("options", {}):
        fault(f"{name}: its log grows without bound")
    if service.get("privileged") or service.get("network_mode") == "host":
        fault(f"{name}: is not contained")
    if own and (not service.get("read_only") or str(service.get("user", "0")).split(":")[0] in ("0", "root")):
        fault(f"{name}: must not run as root, nor write to its image")
    for port in service.get("ports", []):
        if not str(port).startswith("127.0.0.1:"):
            fault(f"{name}: port {port} is open to others than this machine")


def check_dependencies(name: str, services: dict) -> None:
    for other, how in services[name].get("depends_on", {}).items():
        condition = how.get("condition")
        if other not in services:
            fault(f"{name}: depends on {other}, which is not there")
        elif condition not in CONDITIONS:
            fault(f"{name}: {condition} is not a condition")
        elif condition == "service_healthy" and "healthcheck" not in services[other]:
            fault(f"{name}: waits for the health of {other}, which has no healthcheck")
        elif condition == "service_completed_successfully" and services[other].get("restart") != "no":
            fault(f"{name}: waits for the end of {other}, which is started again")


def check_services(services: dict) -> None:
    """The suite's own services, as their contracts say."""
    expected = contracts()
    if len(expected) != 5:
        fault(f"five contracts expected in Services, found {sorted(expected)}")
    for name, port in expected.items():
        service = services.get(name)
        if service is None:
            fault(f"{name}: is not in the file")
            continue
        if service.get("command") != [name]:
            fault(f"{name}: runs {service.get('command')}")
        if service.get("ports") != [f"127.0.0.1:{port}:{port}"]:
            fault(f"{name}: publishes {service.get('ports')}, its contract says {port}")
        if f":{port}/health/ready" not in str(service.get("healthcheck", {}).get("test")):
            fault(f"{name}: its healthcheck asks another port than {port}")
        role = "wangge_" + name.replace("-", "_")
        if f"//{role}:" not in service.get("environment", {}).get("POSTGRES_URL", ""):
            fault(f"{name}: does not use its own role {role}")


def check_variables(text: str) -> None:
    """Every secret comes from the example, is required, and has no value in a file of the repository."""
    used = re.findall(r"(?<!\$)\$\{([A-Z_]+)(:[?-][^}]*)?\}", text)
    secrets = {name for name, _ in used if re.search(r"PASSWORD|SECRET|KEY", name)}
    for name in secrets:
        rules = [rule for other, rule in used if other == name]
        if any(rule.startswith(":-") for rule in rules):
            fault(f"{name}: a secret has a default")
        if not any(rule.startswith(":?") for rule in rules):
            fault(f"{name}: is not required anywhere")
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.M))
    for name in sorted(secrets ^ set(example)):
        fault(f"{name}: is in only one of {FILE.name} and {EXAMPLE.name}")
    for name, value in example.items():
        if value.strip():
            fault(f"{EXAMPLE.name}: {name} has a value, which somebody would keep")


def check_broker(suite: dict) -> None:
    """The broker for tests: contained like the suite's, the same version, and the one the script and the file speak of."""
    text = BROKER.read_text(encoding="utf-8")
    services = yaml.safe_load(text)["services"]
    check_schema(BROKER)
    for name, service in services.items():
        check_container(f"{BROKER.name}: {name}", service, own=False)
    kafka = services["kafka"]
    if kafka["image"] != suite["kafka"]["image"]:
        fault(f"{BROKER.name}: {kafka['image']} is not the suite's {suite['kafka']['image']}")
    if "healthcheck" not in kafka:
        fault(f"{BROKER.name}: kafka has no healthcheck, and `up --wait` would not wait")
    settings = kafka["environment"]
    outside = re.search(r"TESTS://(127\.0\.0\.1:(\d+))", settings["KAFKA_ADVERTISED_LISTENERS"])
    script = (ROOT / "scripts/test-kafka.sh").read_text(encoding="utf-8")
    if outside is None or kafka["ports"] != [f"{outside[1]}:{outside[2]}"]:
        fault(f"{BROKER.name}: what tests are told to connect to is not the published port")
    for place, words in ((BROKER.name, text), ("test-kafka.sh", script)):
        if outside and f"KAFKA_BOOTSTRAP_SERVERS={outside[1]}" not in words:
            fault(f"{place}: does not name {outside[1]}")
        for limit in re.findall(r"KAFKA_MESSAGE_MAX_BYTES=(\d+)", words):
            if int(limit) >= int(settings["KAFKA_MESSAGE_MAX_BYTES"]):
                fault(f"{place}: clients may send more than the broker takes")


def main() -> int:
    text = FILE.read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    services = document["services"]
    check_schema(FILE)
    for name, service in services.items():
        check_container(name, service, own=service.get("image") == "wangge")
        check_dependencies(name, services)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                if not (ROOT / source).exists():
                    fault(f"{name}: {source} does not exist")
            elif source not in document.get("volumes", {}):
                fault(f"{name}: volume {source} is not declared")
    check_services(services)
    check_variables(text)
    check_broker(services)
    for text in faults:
        print(f"check-compose: {text}", file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
