"""Lets engines say what they leave out of a file, by its statistics and by its page index.

Standard input: JSON, a list of paths of the table that `tests/all/readers/tables.rs` calls large. Standard output: JSON,
a list of what is wrong.
"""

import json
import re
import sys

import duckdb
from datafusion import SessionContext
from pyarrow import compute, dataset, parquet

# Filters that hold for rows of one row group, the pages of it that they hold for, and how many it has.
FILTERS = [
    ("x", 150_000.0, 151_000.0, 1, 1),
    ("x", 100_000.0, 101_000.0, 1, 2),
    ("likelihood", 150_000.0, 151_000.0, 1, 1),
    ("likelihood", 100_000.0, 101_000.0, 1, 2),
    ("number", 2**40 + 150_000, 2**40 + 151_000, 1, 1),
    ("number", 2**40 + 100_000, 2**40 + 101_000, 1, 2),
]

# Rows of a page, at most.
PAGE_ROWS = 65_536


def check_statistics(file):
    metadata = file.metadata
    for group in range(metadata.num_row_groups):
        data = file.read_row_group(group)
        for position, name in enumerate(file.schema_arrow.names):
            chunk = metadata.row_group(group).column(position)
            where = f"row group {group}, column {name}"
            values = data.column(name)
            statistics = chunk.statistics
            if statistics is None or not statistics.has_null_count:
                yield f"{where}: no statistics"
                continue
            if statistics.null_count != values.null_count:
                yield f"{where}: {statistics.null_count} nulls instead of {values.null_count}"
            expected = compute.min_max(values).as_py()
            if expected["min"] is None:
                if statistics.has_min_max:
                    yield f"{where}: extremes of no values"
            elif not statistics.has_min_max:
                yield f"{where}: no extremes"
            elif (statistics.min, statistics.max) != (expected["min"], expected["max"]):
                yield f"{where}: {statistics.min} to {statistics.max} instead of {expected}"
            if chunk.num_values > PAGE_ROWS and not (chunk.has_offset_index and chunk.has_column_index):
                yield f"{where}: several pages, and no index of them"


def check_pyarrow(path, column, low, high):
    (fragment,) = dataset.dataset(path).get_fragments()
    wanted = (dataset.field(column) > low) & (dataset.field(column) < high)
    if len(fragment.row_groups) != 3 or len(fragment.subset(wanted).row_groups) != 1:
        yield f"pyarrow would read {len(fragment.subset(wanted).row_groups)} of {len(fragment.row_groups)} row groups"


def check_duckdb(path, column, low, high):
    with duckdb.connect() as connection:
        query = f"SELECT max(y) FROM '{path}' WHERE {column} > {low} AND {column} < {high}"
        profile = json.loads(connection.execute(f"EXPLAIN (ANALYZE, FORMAT json) {query}").fetchall()[0][1])
    found = profile["query"]
    counts = (found["total_row_groups_scanned"], found["total_row_groups_to_scan"])
    if counts != (1, 3):
        yield f"DuckDB reads {counts[0]} of {counts[1]} row groups"


def check_datafusion(path, column, low, high, pages, all_pages):
    context = SessionContext()
    context.register_parquet("poses", path)
    query = f"SELECT max(y) FROM poses WHERE {column} > {low} AND {column} < {high}"
    plan = context.sql(f"EXPLAIN ANALYZE {query}").to_pylist()[0]["plan"]
    for counter, total, matched in [
        ("row_groups_pruned_statistics", 3, 1),
        ("page_index_pages_pruned", all_pages, pages),
    ]:
        found = re.search(counter + r"=(\d+) total → (\d+) matched", plan)
        if found is None or found.groups() != (str(total), str(matched)):
            yield f"DataFusion: {found and found[0]} instead of {matched} of {total}"


def complaints(path):
    with parquet.ParquetFile(path) as file:
        yield from check_statistics(file)
    for column, low, high, pages, all_pages in FILTERS:
        checks = [
            # pyarrow reads every row group that has nulls, of its own files too.
            check_pyarrow(path, column, low, high) if column != "likelihood" else [],
            check_duckdb(path, column, low, high),
            check_datafusion(path, column, low, high, pages, all_pages),
        ]
        for check in checks:
            yield from (f"{column} from {low} to {high}: {complaint}" for complaint in check)


json.dump([f"{path}: {text}" for path in json.load(sys.stdin) for text in complaints(path)], sys.stdout)
