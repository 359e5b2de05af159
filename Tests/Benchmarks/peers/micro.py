#!/usr/bin/env python3
"""The Python side of the micro-benchmarks: does what it is told, line by line, and answers with one line each.
Times are the processor's, as on the other side.

    needs <modules…>                ok, or what is missing
    orjson <file> <count>           nanoseconds to decode the file's JSON once, on the average of so many times
    polygons <file>                 reads polygons: well-known binary, each after its length in four bytes
    points <file>                   reads places: pairs of doubles
    locate <first> <count>          nanoseconds a place to find its polygon by STRtree and prepared geometries
    found <first> <count>           the polygons of these places, -1 for none, with commas between
"""
import importlib
import struct
import sys
import time

state = {}


def needs(*modules):
    try:
        for module in modules:
            importlib.import_module(module)
        return "ok"
    except ImportError as error:
        return str(error)


def orjson(file, count):
    import orjson as library

    with open(file, "rb") as opened:
        text = opened.read()
    loads = library.loads
    count = int(count)
    start = time.thread_time_ns()
    for _ in range(count):
        loads(text)
    return (time.thread_time_ns() - start) / count


def polygons(file):
    import shapely

    with open(file, "rb") as opened:
        data = opened.read()
    shapes, place = [], 0
    while place < len(data):
        (length,) = struct.unpack_from("<I", data, place)
        shapes.append(data[place + 4:place + 4 + length])
        place += 4 + length
    state["polygons"] = shapely.from_wkb(shapes)
    shapely.prepare(state["polygons"])
    state["tree"] = shapely.STRtree(state["polygons"])
    return len(shapes)


def points(file):
    import numpy

    state["points"] = numpy.fromfile(file, dtype="<f8").reshape(-1, 2)
    return len(state["points"])


def find(first, count):
    """Candidates by box, then the exact test with prepared polygons, all in C over whole arrays."""
    import numpy
    import shapely

    places = shapely.points(state["points"][first:first + count])
    place, polygon = state["tree"].query(places)
    inside = shapely.covers(state["polygons"][polygon], places[place])
    found = numpy.full(count, -1)
    found[place[inside]] = polygon[inside]
    return found


def locate(first, count):
    first, count = int(first), int(count)
    start = time.thread_time_ns()
    find(first, count)
    return (time.thread_time_ns() - start) / count


def found(first, count):
    return ",".join(map(str, find(int(first), int(count))))


commands = {
    "needs": needs, "orjson": orjson, "polygons": polygons, "points": points, "locate": locate, "found": found,
}
for line in sys.stdin:
    words = line.split()
    print(commands[words[0]](*words[1:]), flush=True)
