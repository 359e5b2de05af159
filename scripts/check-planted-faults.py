#!/usr/bin/env python3
"""Holds that faults which tests plant in running services can be planted in debug builds alone. Exit 1 otherwise.

Package.swift may define PLANTED_FAULTS for debug builds only, and only PlantedFault.swift may ask for it. What asks whether a
fault is active stands where this list says. Programs of a release build, where there are any, know no fault's name.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFINITION = Path("Shared/EventLog/PlantedFault.swift")
DEFINE = '.define("PLANTED_FAULTS", .when(configuration: .debug))'
REFUSAL = "#if PLANTED_FAULTS && !DEBUG\n#error("
# Where each fault is planted.
PLACES = {
    "noTapeCheck": ["Shared/EventLog/Tape.swift"],
    "noFencing": ["Shared/EventLog/LaneStore.swift"],
    "cursorOverOutbox": ["Shared/EventLog/KafkaLog.swift"],
    "twoRelays": ["Shared/EventLog/KafkaLog.swift"],
    "fireWithoutStateChange": ["Services/SLAWatcher/ClockLane.swift"],
    "readThenWriteBalance": ["Services/Rewards/Stores/LedgerStore.swift"],
    "produceBeforeCommit": ["Shared/EventLog/KafkaLog.swift"],
    "awardWithoutRuleVersion": ["Services/Rewards/Stores/LedgerStore.swift"],
    "missingConstraintTrigger": ["Services/Rewards/Stores/PlantedLedger.swift"],
    "contactInLog": ["Services/Intake/Stores/ContactStore.swift"],
}
PROGRAMS = ["intake", "router", "sla-watcher", "rewards", "analytics", "gridctl"]

faults: list[str] = []


def sources() -> dict[Path, str]:
    files = [path for folder in ("Shared", "Services") for path in (ROOT / folder).rglob("*.swift")]
    return {path.relative_to(ROOT): path.read_text() for path in files}


def check_define(files: dict[Path, str]) -> None:
    package = (ROOT / "Package.swift").read_text()
    if package.count("PLANTED_FAULTS") != 1 or DEFINE not in package:
        faults.append(f"Package.swift: PLANTED_FAULTS must stand there once, as {DEFINE}")
    if not files[DEFINITION].startswith(REFUSAL):
        faults.append(f"{DEFINITION}: must begin by refusing release builds")
    for path, text in files.items():
        if "PLANTED_FAULTS" in text and path != DEFINITION:
            faults.append(f"{path}: asks for PLANTED_FAULTS; ask PlantedFault instead")


def check_places(files: dict[Path, str]) -> None:
    found: dict[str, list[str]] = {}
    for path, text in files.items():
        for name in re.findall(r"PlantedFault\.(\w+)\.isActive", text):
            if str(path) not in found.setdefault(name, []):
                found[name].append(str(path))
    for name in sorted(PLACES.keys() | found.keys()):
        if sorted(found.get(name, [])) != sorted(PLACES.get(name, [])):
            faults.append(f"{name}: planted in {found.get(name, [])}, expected {PLACES.get(name, [])}")


def check_programs(files: dict[Path, str]) -> None:
    names = re.findall(r'case \.\w+: "([a-z-]+)"', files[DEFINITION]) + ["FAULT_PLANTED_BY_A_TEST"]
    if len(names) != len(PLACES) + 1:
        faults.append(f"{DEFINITION}: {len(names) - 1} names, {len(PLACES)} faults")
    for program in PROGRAMS:
        path = ROOT / ".build/release" / program
        if not path.exists():
            continue
        content = path.read_bytes()
        for name in names:
            if name.encode() in content:
                faults.append(f"{path.relative_to(ROOT)}: a release program knows {name}")


files = sources()
check_define(files)
check_places(files)
check_programs(files)
for text in faults:
    print(f"check-planted-faults: {text}", file=sys.stderr)
sys.exit(1 if faults else 0)
