"""Reads Parquet files with one reader, and writes down what it found.

Standard input: JSON, {"reader": name, "cases": [{"parquet": path, "dump": path}]}. Standard output: JSON, a line with
the version, and a line for each case: {"error": text} or {"rows": number, "columns": [{"name": text, "kind": text}]}.
The values go into the dump; `tests/all/readers/dump.rs` says how.
"""

import json
import sys
import warnings

import dumps


def pandas(path):
    import pandas
    from pyarrow import parquet

    frame = pandas.read_parquet(path, engine="pyarrow")
    return dumps.of_pandas(frame, parquet.read_schema(path).names)


def fastparquet(path):
    import fastparquet

    file = fastparquet.ParquetFile(path)
    return dumps.of_pandas(file.to_pandas(), file.columns)


def pyarrow(path):
    from pyarrow import parquet

    return dumps.of_arrow(parquet.read_table(path))


def polars(path):
    import polars

    return dumps.of_arrow(polars.read_parquet(path).to_arrow())


def polars_lazy(path):
    import polars

    return dumps.of_arrow(polars.scan_parquet(path).collect(engine="streaming").to_arrow())


def duckdb(path):
    import duckdb

    with duckdb.connect() as connection:
        return dumps.of_arrow(connection.read_parquet(path).to_arrow_table())


def datafusion(path):
    from datafusion import SessionConfig, SessionContext

    # One partition: rows come in the order of the file.
    context = SessionContext(SessionConfig().with_target_partitions(1))
    return dumps.of_arrow(context.read_parquet(path).to_arrow_table())


def spark(path):
    return dumps.of_arrow(spark_session(vectorised=True).read.parquet(path).toArrow())


def spark_rows(path):
    return dumps.of_arrow(spark_session(vectorised=False).read.parquet(path).toArrow())


def spark_session(vectorised):
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.log.level", "OFF")
        .getOrCreate()
    )
    session.conf.set("spark.sql.parquet.enableVectorizedReader", str(vectorised).lower())
    return session


# The function, and the package whose version counts.
READERS = {
    "pandas": (pandas, "pandas"),
    "fastparquet": (fastparquet, "fastparquet"),
    "pyarrow": (pyarrow, "pyarrow"),
    "polars": (polars, "polars"),
    "polars_lazy": (polars_lazy, "polars"),
    "duckdb": (duckdb, "duckdb"),
    "datafusion": (datafusion, "datafusion"),
    "spark": (spark, "pyspark"),
    "spark_rows": (spark_rows, "pyspark"),
}


def answer(read, case):
    try:
        found = read(case["parquet"])
    except BaseException as error:  # polars panics with what is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return {"error": one_line(error)}
    with open(case["dump"], "wb") as out:
        for column in found["columns"]:
            for part in column.pop("parts"):
                out.write(part)
    return found


def one_line(error):
    text = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {text[0]}"


def main():
    from importlib.metadata import version

    warnings.simplefilter("ignore")
    question = json.load(sys.stdin)
    read, package = READERS[question["reader"]]
    print(json.dumps(version(package)), flush=True)
    for case in question["cases"]:
        # At once: a reader may end the process with the next file.
        print(json.dumps(answer(read, case)), flush=True)


main()
