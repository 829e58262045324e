#!/usr/bin/env python3
"""Compare this package with ChannelAttribution and marketing-attribution-models on the same generated paths.

    python3 -m venv /tmp/compare
    /tmp/compare/bin/pip install ChannelAttribution marketing-attribution-models matplotlib
    /tmp/compare/bin/python shared/attribution/pathset/testdata/compare.py [paths, default 100000]

Every part is timed from the texts of the paths in memory on, the best of three runs, in one thread.
Credits that differ do so by design: ChannelAttribution's chains are simulated; the Shapley value of
marketing-attribution-models is of the conversion rate of exact sets of at most four channels. Its Markov credit is
spread again within every journey, so that its removal effects are compared instead.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

os.environ["POLARS_MAX_THREADS"] = "1"  # before the import

import ChannelAttribution as ca
import mam
import pandas as pd
import polars as pl

HERE = os.path.dirname(os.path.abspath(__file__))
MASK = (1 << 64) - 1


def generate(count, channels=8):
    """Paths of 1 to 12 touches; a third of them convert."""
    state = 1

    def below(most):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) & MASK
        return (state >> 33) % most

    rows = []
    for _ in range(count):
        path = " > ".join("channel %d" % min(below(channels), below(channels)) for _ in range(1 + below(12)))
        won = below(3) == 0
        rows.append((path, int(won), below(20000) if won else 0, int(not won)))
    return pd.DataFrame(rows, columns=["path", "conversions", "value", "nulls"])


def timed(f, runs=3):
    best, out = float("inf"), None
    for _ in range(runs):
        start = time.perf_counter()
        out = f()
        best = min(best, time.perf_counter() - start)
    return {"seconds": best, "credit": out}


def ours(df):
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "paths.csv")
        df.to_csv(name, sep=";", index=False)
        out = subprocess.run(["go", "run", "./testdata/compare", name], cwd=os.path.dirname(HERE), check=True, stdout=subprocess.PIPE)
    return json.loads(out.stdout)


def channel_attribution(df):
    def markov(order):
        def run():
            out = ca.markov_model(df, "path", "conversions", var_value="value", var_null="nulls", order=order, sep=">", ncore=1,
                                  verbose=False, flg_pro=False)
            out = out["result"] if isinstance(out, dict) else out
            return {n.strip(): v for n, v in zip(out["channel_name"], out["total_conversions"])}
        return run

    def rules():
        out = ca.heuristic_models(df, "path", "conversions", var_value="value", sep=">", flg_pro=False)
        return {n.strip(): v for n, v in zip(out["channel_name"], out["linear_touch_conversions"])}

    out = {"markov_order_%d" % k: timed(markov(k)) for k in (1, 2, 3)}
    out["three rules"] = timed(rules)
    return out


def marketing_attribution_models(df):
    table = pl.from_pandas(pd.DataFrame({"path": df["path"], "won": df["conversions"] > 0, "count": df["conversions"] + df["nulls"],
                                         "id": range(len(df))}))

    def model(*runs):
        def run():
            m = mam.MAM(table, format_type="grouped_journey", channels_colname="path", journey_with_conv_colname="won",
                        occurrences_colname="count", path_separator=" > ")
            for name, options in runs:
                out = getattr(m, name)(**options)
            if "removal_effect" in out.metadata:
                effect = out.metadata["removal_effect"]["removal_effect"]
                return (effect / effect.sum() * df["conversions"].sum()).to_dict()
            agg = out.to_polars()
            return dict(zip(agg["channels"].cast(pl.Utf8), agg["attribution"]))
        return run

    four = [("run_first_click", {}), ("run_last_click", {}), ("run_linear", {}), ("run_position_based", {})]
    return {"markov_order_1": timed(model(("run_markov", {}))), "shapley": timed(model(("run_shapley", {}))),
            "four rules": timed(model(*four))}


def show(title, other, mine):
    for part, theirs in other.items():
        a, b = theirs["credit"], mine[part]["credit"]
        off = max(abs(a.get(c, 0) - b[c]) for c in b) / max(1e-9, sum(b.values()))
        print("%-30s %-15s %9.3f s, ours %7.3f s: %7.1f x; credits differ by at most %.4f %% of the conversions" % (
            title, part, theirs["seconds"], mine[part]["seconds"], theirs["seconds"] / mine[part]["seconds"], 100 * off))


def main():
    df = generate(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    grouped = df.groupby("path", as_index=False).sum()
    for name, rows in (("%d paths" % len(df), df), ("%d distinct paths with counts" % len(grouped), grouped)):
        print(name)
        mine = ours(rows)
        show("ChannelAttribution", channel_attribution(rows), mine)
        if rows is df:
            show("marketing-attribution-models", marketing_attribution_models(rows), mine)


if __name__ == "__main__":
    main()
