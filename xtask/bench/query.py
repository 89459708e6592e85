"""What a table is asked for: mean, standard deviation and least value of the places of every bodypart where the likelihood is 0.9 or more.

All find the same in the same file, which ours wrote; polars, DuckDB and pandas in their own, too.
"""

from bench import Bench, Case, Workload
from made import kept_table, poses, twelve

LIKELIHOOD = "0.9"


def main():
    bench = Bench("query")
    frames = bench.chosen(1_000_000, 100_000)
    source = kept_table(bench.work, f"wide-{frames}", lambda: poses(frames, twelve()))
    ours = bench.files / "ours.parquet"
    own = {"polars": ours.with_name("polars.parquet"), "duckdb": ours.with_name("duckdb.parquet"), "pandas-parquet": ours.with_name("pandas.parquet")}
    table = ours.with_name("pandas.h5")
    for side, path, how in (("meter", ours, ("fast",)), ("pandas-table", table, ()), *((side, path, ()) for side, path in own.items())):
        bench.meter(side).ask("load", source)
        bench.meter(side).ask("write", path, *how)
    bench.let_go()
    sides = (("ours", "meter", ours), ("polars, lazy", "polars", ours), ("DuckDB", "duckdb", ours), ("pandas", "pandas-parquet", ours))
    sides += (("polars, lazy, its own file", "polars", own["polars"]), ("DuckDB, its own file", "duckdb", own["duckdb"]))
    sides += (("pandas, its own file", "pandas-parquet", own["pandas-parquet"]), ("pandas HDF5 table", "pandas-table", table))
    cases = [
        Case("filter and aggregate", who, side, ("query", path, LIKELIHOOD), path, cache=cache, agrees=lambda answer: answer, with_peak=cache == "warm")
        for cache in ("warm", "cold")
        for who, side, path in sides
    ]
    wide = Workload("wide", f"{frames:,} frames x 12 bodyparts x 3: 36 columns of float64, 24 results of three numbers", frames, 36)
    bench.measure(wide, cases, bench.chosen(7, 2))
    bench.save()


if __name__ == "__main__":
    main()
