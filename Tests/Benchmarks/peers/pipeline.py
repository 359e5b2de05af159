#!/usr/bin/env python3
"""The whole life of a report as a batched Python pipeline: what a user would write instead of the suite.

One process, asyncpg and orjson, no services, no log between them: JSON batches in, decoded, checked, located by grid,
filed, the accept clock armed, facts counted; every row the suite would write, into copies of the suite's own tables
(schema same_rows), 500 reports a transaction, two connections. Prints reports a second.

    POSTGRES_URL=… pipeline.py <reports>
"""
import asyncio
import os
import sys
import time
from datetime import datetime, timedelta, timezone

import asyncpg
import orjson

BATCH = 500
CONNECTIONS = 2
TITLE = "道路设施损坏，影响通行，请尽快处理"
TEXT = "市民来电反映，现场有行人绕行，希望相关部门尽快安排人员到场核实并修复。"


def bodies(reports, grids, conditions):
    """JSON arrays of CloudEvents, as publishers send them."""
    occurred = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    for first in range(0, reports, BATCH):
        yield orjson.dumps([
            {
                "specversion": "1.0", "type": "wangge.report.submitted.v1", "id": f"peer-{number}",
                "source": "hotline-12345",
                "data": {
                    "occurredAt": occurred, "condition": conditions[number % len(conditions)], "title": TITLE,
                    "text": TEXT, "address": f"空港一路二段 {number % 400} 号", "grid": grids[number % len(grids)],
                },
            }
            for number in range(first, first + BATCH)
        ])


def life(event, number, now, workers):
    """All rows of one report, and the two messages that tell of it."""
    data = event["data"]
    grid = data["grid"]
    if grid not in workers or not data["title"] or len(data["text"]) > 4_000:
        raise ValueError("refused")
    occurred = datetime.fromisoformat(data["occurredAt"].replace("Z", "+00:00"))
    moment = now.isoformat()
    worker, category = workers[grid], data["condition"].split("-")[0]
    tracking, case_number = f"XHG-{number:010d}-0", f"XHG-{now:%Y%m%d}-{number}"
    document = orjson.dumps({
        "id": number, "trackingNumber": tracking, "source": event["source"], "sourceId": event["id"],
        "condition": data["condition"], "title": data["title"], "text": data["text"], "address": data["address"],
        "grid": grid, "occurredAt": data["occurredAt"], "receivedAt": moment,
    })
    case = orjson.dumps({
        "id": number, "number": case_number, "version": 2, "state": "dispatched", "source": event["source"],
        "condition": data["condition"], "category": category, "severity": "general", "path": "finder",
        "title": data["title"], "grid": grid, "assignee": worker, "onTheSpot": False, "reports": 1, "returns": 0,
        "reworks": 0, "escalations": 0, "reportedAt": data["occurredAt"], "filedAt": moment, "dispatchedAt": moment,
        "policyVersion": 1,
    })
    changed = b'{"steps":[{"version":1,"change":"filed"},{"version":2,"change":"dispatched"}],"case":' + case + b"}"
    due = now + timedelta(minutes=7, seconds=30)
    rows = {
        "intake_report": (
            number, event["source"], event["id"], number.to_bytes(32, "big"), occurred, now, grid, document),
        "intake_report_case": (number, number),
        "intake_case_status": (number, case_number, 2, "dispatched", False, now),
        "routing_case": (
            number, 2, "dispatched", True, data["condition"], grid, grid[:-2], None, None, worker, occurred, now, case),
        "sla_watched_case": (number, case_number, 0, 2, "dispatched", grid, None),
        "sla_clock": (
            number, "accept", 2, 0, now, 15, "minutes", now, 900_000_000, now + timedelta(minutes=15), False, "yellow",
            due, worker, grid),
        "analytics_report_fact": (number, tracking, event["source"], data["condition"], grid, False, occurred, now),
        "analytics_case_fact": (
            number, 2, case_number, "dispatched", event["source"], data["condition"], category, "general", "finder",
            grid, None, None, False, 1, 0, 0, 0, occurred, now, now, None, None, None, occurred.date(), 1),
    }
    history = [
        (number, 1, "filed", None, "filed", now, now, "router", None, number, None, None, None),
        (number, 2, "dispatched", "filed", "dispatched", now, now, "router", None, None, 1, "general-finder",
         "severity=general finder=none"),
    ]
    feed = [(now, number, "filed", "filed", None, data["title"]), (now, number, "dispatched", "dispatched", None, None)]
    return rows, history, feed, document, changed


async def columns(connection, table):
    return [
        row[0]
        for row in await connection.fetch(
            """SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0
               AND NOT attisdropped AND attgenerated = '' AND attidentity = '' ORDER BY attnum""",
            f'same_rows."{table}"')
    ]


async def work(url, queue, workers, names, first_number):
    connection = await asyncpg.connect(url)
    while queue:
        index, body = queue.pop()
        now = datetime.now(timezone.utc)
        tables, histories, feeds, reports, cases = {}, [], [], [], []
        for place, event in enumerate(orjson.loads(body)):
            rows, history, feed, report, case = life(event, first_number + index * BATCH + place, now, workers)
            for table, row in rows.items():
                tables.setdefault(table, []).append(row)
            histories += history
            feeds += feed
            reports.append(report)
            cases.append(case)
        tables["routing_history"] = histories
        tables["analytics_feed"] = feeds[-200:]
        tables["eventlog_record_batch"] = [
            (topic, 0, index * BATCH, BATCH, 1, index * BATCH + 1, now, b"".join(messages))
            for topic, messages in ((1, reports), (2, cases))
        ]
        async with connection.transaction():
            for table, rows in tables.items():
                await connection.copy_records_to_table(
                    table, schema_name="same_rows", records=rows, columns=names[table])
    await connection.close()


async def main(url, reports):
    connection = await asyncpg.connect(url)
    grids = await connection.fetch(
        "SELECT g.code, min(p.code) FROM city.grid g JOIN city.post p ON p.grid = g.code GROUP BY g.code")
    workers = {code: worker for code, worker in grids}
    conditions = [
        row[0] for row in await connection.fetch("SELECT code FROM city.filing_condition WHERE severity <> 'major'")]
    tables = [
        row[0] for row in await connection.fetch(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'same_rows'::regnamespace AND relkind = 'r'")]
    names = {table: await columns(connection, table) for table in tables}
    await connection.execute("TRUNCATE " + ", ".join(f'same_rows."{table}"' for table in tables))
    await connection.close()
    queue = list(enumerate(bodies(reports, sorted(workers), conditions)))[::-1]
    count = len(queue) * BATCH
    start = time.perf_counter()
    await asyncio.gather(*(work(url, queue, workers, names, 1_000) for _ in range(CONNECTIONS)))
    print(f"{count / (time.perf_counter() - start):.1f}")


if __name__ == "__main__":
    asyncio.run(main(os.environ["POSTGRES_URL"], int(sys.argv[1])))
