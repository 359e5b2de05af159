#!/usr/bin/env python3
"""Compares the documents with the code, and says where they differ. Exit 1 when they do.

Topics: the services' contracts, asyncapi.yaml and deploy/kafka/topics.yaml. Message types: Shared/Messages, asyncapi.yaml
and the schemas. HTTP: routes in Services/*/API.swift and openapi.yaml. Metrics: code, docs/metrics.md and the alerts.
Markdown: links, make targets, gridctl commands and options, service commands, names of settings.

Needs python3 and PyYAML. Reads Swift by pattern, not by meaning: what it looks for is written one way in this repository.
"""
import json
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
ASYNCAPI = ROOT / "docs/messages/asyncapi.yaml"
OPENAPI = ROOT / "docs/http/openapi.yaml"
TOPICS = ROOT / "deploy/kafka/topics.yaml"
ALERTS = ROOT / "deploy/prometheus/alerts.yaml"
SCHEMAS = ROOT / "docs/messages/schemas"

faults: list[str] = []


def fault(text: str) -> None:
    faults.append(text)


def compare(what: str, left_name: str, left: set, right_name: str, right: set) -> None:
    for item in sorted(left - right):
        fault(f"{what} {item}: in {left_name}, not in {right_name}")
    for item in sorted(right - left):
        fault(f"{what} {item}: in {right_name}, not in {left_name}")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def document(path: Path):
    return json.loads(text(path)) if path.suffix == ".json" else yaml.safe_load(text(path))


def swift(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.swift"))


# Topics and messages


def contracts() -> dict[str, dict[str, set[str]]]:
    """Topics by service and direction, as the services declare them."""
    found = {}
    for file in swift("Services"):
        literal = re.search(r"ServiceContract\((.*?)defaultPort", text(file), re.S)
        if not literal:
            continue
        name = re.search(r'name:\s*"([^"]+)"', literal[1])[1]
        found[name] = {}
        for direction, word in (("receive", "consumes"), ("send", "produces")):
            listed = re.search(word + r":\s*\[([^\]]*)\]", literal[1])
            found[name][direction] = set(re.findall(r'"([^"]+)"', listed[1])) if listed else set()
    return found


def check_topics() -> None:
    declared = contracts()
    api = document(ASYNCAPI)

    def address(reference: str) -> str:
        channel = api["channels"][reference.rsplit("/", 1)[1]]
        return re.sub(r"\{[^}]+\}", "*", channel["address"])

    documented = defaultdict(lambda: {"receive": set(), "send": set()})
    for name, operation in api["operations"].items():
        service, action = name.split(".")[:2]
        topic = address(operation["channel"]["$ref"])
        if action != operation["action"]:
            fault(f"asyncapi operation {name}: its action is {operation['action']}")
        if [tag["name"] for tag in operation.get("tags", [])] != [service]:
            fault(f"asyncapi operation {name}: its tag is not {service}")
        documented[service][action].add(topic)
    compare("service", "the contracts", set(declared), "asyncapi.yaml", set(documented))
    for service in sorted(set(declared) & set(documented)):
        for action in ("receive", "send"):
            compare(f"{service} {action}", "its contract", declared[service][action], "asyncapi.yaml", documented[service][action])

    used = {topic for service in declared.values() for topics in service.values() for topic in topics}
    channels = {re.sub(r"\{[^}]+\}", "*", channel["address"]) for channel in api["channels"].values()}
    compare("topic", "the contracts", used, "asyncapi.yaml's channels", channels - {"*.dead"})
    map_of_topics = text(ROOT / "Shared/Messages/Topics.swift")
    core = set(re.findall(r'static let \w+ = Topic\(name: "([^"]+)"\)', map_of_topics))
    compare("topic", "Topics.swift", core, "the contracts", {topic for topic in used if "*" not in topic})

    if not TOPICS.exists():
        return fault(f"{relative(TOPICS)} is missing")
    check_kafka_topics(declared, used)


def check_kafka_topics(declared: dict, used: set[str]) -> None:
    """topics.yaml: each topic a contract names, `<source>` or `*` for those of sources; dead-letter topics are derived."""
    content = document(TOPICS)
    entries = content.get("topics", content) if isinstance(content, dict) else content
    if isinstance(entries, dict):
        entries = [{"name": name, **(properties or {})} for name, properties in entries.items()]
    by_name = {re.sub(r"[<{][^>}]+[>}]", "*", entry["name"]): entry for entry in entries}
    plain = {name for name in by_name if not name.endswith(".dead")}
    compare("topic", "the contracts", used, relative(TOPICS), plain)
    for name in sorted(plain & used):
        for word, action in (("consumers", "receive"), ("producers", "send")):
            if word in by_name[name]:
                listed = {one for one in by_name[name][word] or [] if one in declared}
                meant = {service for service, topics in declared.items() if name in topics[action]}
                compare(f"{name} {word[:-1]}", relative(TOPICS), listed, "the contracts", meant)


def check_messages() -> None:
    kinds = set()
    for file in swift("Shared/Messages/Kinds"):
        kinds |= set(re.findall(r'static let type = "([^"]+)"', text(file)))
    reader = ROOT / "Services/Intake/Rules/SubmissionReader.swift"
    kinds |= set(re.findall(r'eventType = "([^"]+)"', text(reader)))
    messages = document(ASYNCAPI)["components"]["messages"]
    compare("message type", "the code", kinds, "asyncapi.yaml", {one["name"] for one in messages.values()} - {"dead letter"})
    compare("message type", "the code", kinds, relative(SCHEMAS), {file.stem for file in SCHEMAS.glob("*.json")})


def check_references(path: Path) -> None:
    """Every $ref leads somewhere, also into other files."""

    def resolves(reference: str) -> bool:
        name, _, pointer = reference.partition("#")
        target = path if not name else path.parent / name
        if not target.exists():
            return False
        node = document(target)
        for step in filter(None, pointer.split("/")):
            step = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, dict) or step not in node:
                return False
            node = node[step]
        return True

    def walk(node) -> None:
        if isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str) and not resolves(reference):
                fault(f"{relative(path)}: $ref {reference} leads nowhere")
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document(path))


# HTTP


def check_routes() -> None:
    services = {file.parent.name: name for file in swift("Services") if (name := service_name(file))}
    registered = {}
    pattern = re.compile(r'routes\.(open|publishers|people|signedIn)\.(get|post|put|patch|delete)\(\s*"([^"]+)"')
    for file in sorted((ROOT / "Services").glob("*/API.swift")):
        for access, method, path in pattern.findall(text(file)):
            registered[path, method] = (services.get(file.parent.name, file.parent.name), access)
    operations = ROOT / "Shared/ServiceKit/HTTP/OperationsRoutes.swift"
    for method, path in re.findall(r'routes\.(get|post)\("([^"]+)"\)', text(operations)):
        registered[path, method] = ("operations", "open")
    page = ROOT / "Services/Analytics/Page.swift"
    if '"/":' in text(page):
        registered["/", "get"] = ("analytics", "open")

    documented = {}
    for path, methods in document(OPENAPI)["paths"].items():
        for method, operation in methods.items():
            schemes = {scheme for choice in operation.get("security", []) for scheme in choice}
            documented[path, method] = (operation["tags"][0], access_of(schemes))
    compare("route", "the code", {f"{m.upper()} {p}" for p, m in registered}, "openapi.yaml", {f"{m.upper()} {p}" for p, m in documented})
    for route in sorted(set(registered) & set(documented)):
        if registered[route] != documented[route]:
            fault(f"{route[1].upper()} {route[0]}: the code says {registered[route]}, openapi.yaml says {documented[route]}")


def service_name(file: Path) -> str | None:
    found = re.search(r'ServiceContract\(\s*name:\s*"([^"]+)"', text(file))
    return found[1] if found else None


def access_of(schemes: set[str]) -> str:
    publisher = bool(schemes & {"publisherKey", "publisherKeyHeader"})
    person = "personToken" in schemes
    return {(False, False): "open", (True, False): "publishers", (False, True): "people", (True, True): "signedIn"}[publisher, person]


# Metrics


def check_metrics() -> None:
    exposed = {"wangge_metrics_dropped_series_total"}
    suffixes = {"Counter": "_total", "Timer": "_seconds"}
    for file in swift("Shared") + swift("Services"):
        for kind, label in re.findall(r'\b(Counter|Timer|Gauge|Meter|Recorder)\(\s*label: "([^"]+)"', text(file)):
            name = label.replace(".", "_")
            suffix = suffixes.get(kind, "")
            exposed.add(name if name.endswith(suffix) else name + suffix)
        exposed |= set(re.findall(r'MetricSample\(\s*"([^"]+)"', text(file)))
    rows = re.findall(r"^\| (`[^|]+) \|", text(ROOT / "docs/metrics.md"), re.M)
    documented = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    compare("metric", "the code", exposed, "docs/metrics.md", documented)

    known = exposed | {"up", "probe_success"}
    anchors = headings(ROOT / "docs/runbook.md")
    for group in document(ALERTS)["groups"]:
        for rule in group["rules"]:
            bare = re.sub(r'\{[^}]*\}|"[^"]*"|\[[^\]]*\]|\b(by|on)\s*\([^)]*\)', " ", rule["expr"])
            for name in re.findall(r"\b[a-z][a-z0-9_]*\b(?!\s*\()", bare):
                if name not in {"and", "or", "unless"} and re.sub(r"_(bucket|count|sum)$", "", name) not in known:
                    fault(f"alert {rule['alert']}: no metric is called {name}")
            runbook = rule["annotations"]["runbook"]
            if runbook.partition("#")[2] not in anchors:
                fault(f"alert {rule['alert']}: {runbook} leads nowhere")
            for name in ("docs/runbook.md", "docs/runbook.zh-CN.md"):
                if rule["alert"] not in text(ROOT / name):
                    fault(f"alert {rule['alert']}: {name} does not mention it")


# Markdown


def markdown() -> list[Path]:
    """All of the repository's own: nothing below a hidden folder, where builds and suites are kept."""
    folders = [folder for folder in ROOT.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    return sorted(ROOT.glob("*.md")) + sorted(file for folder in folders for file in folder.rglob("*.md"))


@cache
def headings(file: Path) -> frozenset[str]:
    """Anchors of a file, as GitHub makes them."""
    prose = re.sub(r"```.*?```", "", text(file), flags=re.S)
    titles = re.findall(r"^#+ (.+)$", prose, re.M)
    return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles)


def check_links() -> None:
    for file in markdown():
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", text(file), flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = (file.parent / name).resolve() if name else file
            if not path.exists():
                fault(f"{relative(file)}: link to {target}, which does not exist")
            elif anchor and path.suffix == ".md" and anchor not in headings(path):
                fault(f"{relative(file)}: {target} has no such heading")


def make_targets() -> set[str]:
    makefile = ROOT / "Makefile"
    if not makefile.exists():
        fault("Makefile is missing")
        return set()
    rules = re.findall(r"^([A-Za-z][\w .-]*?):(?!=)", text(makefile), re.M)
    return {word for rule in rules for word in rule.split()}


def gridctl_commands() -> tuple[set[str], set[str]]:
    """Commands as `key` and `key create`, and the names of all options."""
    source = "\n".join(text(file) for file in swift("Services/Gridctl"))
    pattern = re.compile(r"struct (\w+): (?:Async)?ParsableCommand \{(.*?)(?=\nstruct |\n    struct \w+: (?:Async)?ParsableCommand|\Z)", re.S)
    names, children = {}, {}
    for name, body in pattern.findall(source):
        own = re.search(r'commandName: "([^"]+)"', body)
        names[name] = own[1] if own else kebab(name)
        listed = re.search(r"subcommands: \[(.*?)\]", body, re.S)
        children[name] = re.findall(r"(\w+)\.self", listed[1]) if listed else []
    commands = set()
    for top in children.get("Gridctl", []):
        if top not in names:
            continue
        commands.add(names[top])
        commands |= {f"{names[top]} {names.get(child, kebab(child))}" for child in children[top]}
    options = {kebab(name) for name in re.findall(r"@(?:Option|Flag)\b[^\n]*\n?(?:[^\n]*\n)??\s*var (\w+)", source)}
    options |= set(re.findall(r'customLong\("([^"]+)"', source))
    return commands, options | {"help", "version"}


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def shell_lines(file: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", text(file), re.S)
    inline = re.findall(r"`((?:make|gridctl|intake|router|sla-watcher|rewards|analytics) [^`\n]+)`", re.sub(r"```.*?```", "", text(file), flags=re.S))
    lines = "\n".join(blocks).replace("\\\n", " ").split("\n")
    return [re.sub(r"\s#\s.*$", "", line).strip() for line in lines + inline]


def check_commands() -> None:
    targets = make_targets()
    commands, options = gridctl_commands()
    runner = text(ROOT / "Shared/ServiceKit/Lifecycle/ServiceRunner.swift")
    service_words = set(re.findall(r'case "([a-z][a-z-]+)"', runner))
    for file in swift("Shared/ServiceKit") + swift("Services"):
        service_words |= set(re.findall(r'ServiceCommand\(\s*"([^"]+)"', text(file)))
    services = set(contracts())
    with_children = {command.split()[0] for command in commands if " " in command}
    for file in markdown():
        for line in shell_lines(file):
            for command in re.split(r"\$\(|\||&&|;", line):
                words = [word.strip("()\"'") for word in command.split()]
                while words and re.match(r"[A-Z_]+=", words[0]):
                    words.pop(0)
                if len(words) < 2:
                    continue
                program, first = words[0], words[1]
                if program == "make" and first not in targets:
                    fault(f"{relative(file)}: make {first}: no such target")
                elif program == "gridctl":
                    wanted = first
                    if first in with_children and len(words) > 2 and re.fullmatch(r"[a-z][a-z-]+", words[2]):
                        wanted = f"{first} {words[2]}"
                    if re.match(r"[a-z]", first) and wanted not in commands:
                        fault(f"{relative(file)}: gridctl {wanted}: no such command")
                    for option in re.findall(r"--([a-z][a-z-]*)", " ".join(words)):
                        if option not in options:
                            fault(f"{relative(file)}: {command.strip()}: no option --{option}")
                elif program in services and re.match(r"[a-z]", first) and first not in service_words:
                    fault(f"{relative(file)}: {program} {first}: no such command")


def check_settings() -> None:
    names = {"POSTGRES_PASSWORD", "TEST_SEED", "TEST_SILENCE_SECONDS", "MUTATIONS", "SIMULATION_SCHEDULES"}
    for file in swift("Shared/ServiceKit") + swift("Services"):
        for name in re.findall(r'SettingKey(?:<[^>]+>)?\(\s*"([a-z0-9.]+)"', text(file)):
            names.add(name.replace(".", "_").upper())
    for file in markdown():
        for name in re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`", text(file)):
            # KAFKA_* is handed on to librdkafka.
            if name not in names and not name.startswith("KAFKA_"):
                fault(f"{relative(file)}: no setting is called {name}")


def main() -> int:
    check_topics()
    check_messages()
    for path in (ASYNCAPI, OPENAPI):
        check_references(path)
    check_routes()
    check_metrics()
    check_links()
    check_commands()
    check_settings()
    for line in faults:
        print(f"check-docs: {line}", file=sys.stderr)
    if not faults:
        print("documents agree with the code")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
