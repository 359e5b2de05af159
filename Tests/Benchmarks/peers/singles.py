#!/usr/bin/env python3
"""What a user would write instead of intake: FastAPI, asyncpg and orjson, one transaction a report.

Takes structured CloudEvents at POST /v1/events, checks what must be checked to store them, stores the same row as intake
does (a copy of its table with its indexes, schema peer_singles), and answers 202 with a tracking number once it is
committed. No message, no case, no scrubbing: less work than intake has.

    POSTGRES_URL=… singles.py <port> <workers>
"""
import hashlib
import os
import sys
from contextlib import asynccontextmanager
from datetime import datetime, timezone

import asyncpg
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

CONNECTIONS = 16
INSERT = """
    INSERT INTO peer_singles.report (id, source, source_id, digest, occurred_at, received_at, grid, document)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (source_id, source) DO NOTHING
"""


class Numbers:
    """Report numbers, a thousand at a time, as intake takes them."""

    def __init__(self):
        self.rest = iter(())

    async def next(self, connection):
        number = next(self.rest, None)
        if number is None:
            first = await connection.fetchval("SELECT nextval('peer_singles.report_number')")
            self.rest = iter(range(first, first + 1_000))
            number = next(self.rest)
        return number


@asynccontextmanager
async def lifespan(app):
    size = max(2, CONNECTIONS // int(os.environ.get("PEER_WORKERS", "1")))
    app.state.pool = await asyncpg.create_pool(os.environ["POSTGRES_URL"], min_size=size, max_size=size)
    app.state.numbers = Numbers()
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan, openapi_url=None)


@app.post("/v1/events")
async def submit(request: Request):
    body = await request.body()
    try:
        event = orjson.loads(body)
        data = event["data"]
        occurred = datetime.fromisoformat(data["occurredAt"].replace("Z", "+00:00"))
        source, source_id = event["source"], event["id"]
        if event["type"] != "wangge.report.submitted.v1" or not data["title"] or len(data.get("text", "")) > 4_000:
            raise ValueError("refused")
    except (KeyError, TypeError, ValueError):
        return Response(status_code=422)
    now = datetime.now(timezone.utc)
    async with app.state.pool.acquire() as connection, connection.transaction():
        number = await app.state.numbers.next(connection)
        tracking = f"XHG-{number:010d}-0"
        document = orjson.dumps({
            "id": number, "trackingNumber": tracking, "source": source, "sourceId": source_id,
            "occurredAt": data["occurredAt"], "receivedAt": now, "condition": data["condition"],
            "title": data["title"], "text": data.get("text"), "address": data.get("address"), "grid": data.get("grid"),
        })
        digest = hashlib.sha256(orjson.dumps(data, option=orjson.OPT_SORT_KEYS)).digest()[:16]
        await connection.execute(
            INSERT, number, source, source_id, digest, occurred, now, data.get("grid"), document)
    answer = orjson.dumps({"trackingNumber": tracking, "status": f"/v1/reports/{tracking}"})
    return Response(answer, status_code=202, media_type="application/json")


@app.post("/ready")
async def ready():
    return Response(status_code=200)


if __name__ == "__main__":
    os.environ["PEER_WORKERS"] = sys.argv[2]
    uvicorn.run(
        "singles:app", host="127.0.0.1", port=int(sys.argv[1]), workers=int(sys.argv[2]), access_log=False,
        log_level="warning", app_dir=os.path.dirname(os.path.abspath(__file__)))
