#!/usr/bin/env python3
"""Reads credits.parquet with DuckDB and compares its sums with report.json, by model and channel, to the unit.

    pip install duckdb && python3 read_parquet.py report.json credits.parquet
"""
import json
import sys

import duckdb

FIELDS = ("conversions_micro", "value_minor", "net_conversions_micro", "net_value_minor")


def main():
    report = json.load(open(sys.argv[1]))
    sums = duckdb.execute(
        "SELECT model, channel, " + ", ".join("sum(%s)::HUGEINT" % f for f in FIELDS) + " FROM read_parquet(?) GROUP BY ALL", [sys.argv[2]]).fetchall()
    got = {(row[0], row[1]): tuple(int(v) for v in row[2:]) for row in sums}
    rule = {model for model, _ in got}
    same, bad = 0, []
    for model in sorted(rule):
        for row in report["models"][model]["channels"]:
            want = tuple(row[f] for f in FIELDS)
            if got.get((model, row["channel"]), (0, 0, 0, 0)) == want:
                same += 1
            else:
                bad.append("%s %s: want %s, got %s" % (model, row["channel"], want, got.get((model, row["channel"]))))
        total = sum(v[1] for (m, _), v in got.items() if m == model)
        if total != report["totals"]["value_minor"]:
            bad.append("%s: value %d, want %d" % (model, total, report["totals"]["value_minor"]))
    print("\n".join(bad))
    print("%d of %d rows equal under %d models" % (same, same + len(bad), len(rule)))
    sys.exit(1 if bad or not rule else 0)


if __name__ == "__main__":
    main()
