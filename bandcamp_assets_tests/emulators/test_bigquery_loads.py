"""What load jobs of the BigQuery emulator do to a table: by name, into one partition, whole or not at all."""

from __future__ import annotations

import io
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.api_core.exceptions import BadRequest, GoogleAPICallError
from google.cloud import bigquery

from bandcamp_assets_tests.emulators.bigquery_parquet import columns_of_file
from bandcamp_assets_tests.emulators.loading import (
    BEFORE,
    DAY,
    NEXT_DAY,
    SCHEMA,
    Sales,
    config,
    frame,
    parquet,
)


class TestPartitions:
    def test_a_day_is_replaced_and_no_other(self, loaded: Sales) -> None:
        job = loaded.load(loaded.upload("new", parquet([("b", DAY, Decimal(2)), ("c", DAY, None)])))

        assert loaded.rows() == [("b", DAY, Decimal(2)), ("c", DAY, None), ("z", NEXT_DAY, Decimal(9))]
        assert (job.output_rows, job.input_files) == (2, 1)

    def test_a_row_outside_of_the_partition_fails_the_job(self, loaded: Sales) -> None:
        uri = loaded.upload("new", parquet([("b", DAY, None), ("c", NEXT_DAY, None)]))

        with pytest.raises(BadRequest, match="different partitions rather than destination partition 20200909"):
            loaded.load(uri)

        assert loaded.rows() == BEFORE

    def test_an_empty_file_empties_the_day(self, loaded: Sales) -> None:
        loaded.load(loaded.upload("none", parquet([])))

        assert loaded.rows() == BEFORE[1:]

    def test_rows_are_appended_to_a_day(self, loaded: Sales) -> None:
        loaded.load(loaded.upload("new", parquet([("b", DAY, None)])), write_disposition="WRITE_APPEND")

        assert [row[0] for row in loaded.rows()] == ["a", "b", "z"]

    def test_an_empty_day_is_asked_for(self, loaded: Sales) -> None:
        with pytest.raises(GoogleAPICallError, match="Already Exists"):
            loaded.load(loaded.upload("new", parquet([])), write_disposition="WRITE_EMPTY")

    def test_a_partition_that_is_no_day_is_refused(self, loaded: Sales) -> None:
        uri = loaded.upload("new", parquet([]))

        with pytest.raises(BadRequest, match="Invalid time partition name"):
            loaded.client.load_table_from_uri(uri, f"{loaded.id}$september", job_config=config()).result()

    def test_without_a_partition_the_whole_table_is_replaced(self, loaded: Sales) -> None:
        loaded.load(loaded.upload("new", parquet([("b", NEXT_DAY, None)])), None)

        assert loaded.rows() == [("b", NEXT_DAY, None)]


class TestSchemas:
    def test_columns_are_loaded_by_name(self, sales: Sales) -> None:
        sales.load(sales.upload("sale_date=1999-01-01/a", parquet([("a", DAY, Decimal("0.01"))])))

        assert sales.rows() == [("a", DAY, Decimal("0.01"))]

    def test_null_in_a_required_column_fails_the_job_and_names_it(self, loaded: Sales) -> None:
        uri = loaded.upload("new", parquet([("b", DAY, None), (None, DAY, None)]))

        with pytest.raises(BadRequest, match="Required column '_id' has null values") as failed:
            loaded.load(uri)

        assert uri in str(failed.value)
        assert loaded.rows() == BEFORE

    def test_a_job_lists_all_its_errors(self, loaded: Sales) -> None:
        uri = loaded.upload("new", parquet([(None, DAY, None)], sale_date=pl.lit(None, pl.Date)))
        job = loaded.client.load_table_from_uri(uri, loaded.id, job_config=config())
        with pytest.raises(BadRequest, match="Required column '_id' has null values"):
            job.result()

        assert [error["message"].split(". File")[0] for error in job.errors[1:]] == [
            "Required column '_id' has null values",
            "Required column 'sale_date' has null values",
        ]

    def test_a_column_of_another_type_is_refused(self, loaded: Sales) -> None:
        content = parquet([("b", DAY, Decimal(1))], amount=pl.col("amount").cast(pl.Float64))

        with pytest.raises(BadRequest, match="column 'amount' has type FLOAT which does not match"):
            loaded.load(loaded.upload("new", content))

        assert loaded.rows() == BEFORE

    def test_without_a_schema_of_the_job_the_files_own_must_be_the_tables(self, loaded: Sales) -> None:
        with pytest.raises(BadRequest, match="Field _id has changed mode from REQUIRED to NULLABLE"):
            loaded.load(loaded.upload("new", parquet([("b", DAY, None)])), schema=None)

    def test_a_file_that_declares_required_columns_needs_no_schema(self, loaded: Sales) -> None:
        table = frame([("b", DAY, Decimal(1))]).to_arrow()
        required = pa.schema([f.with_nullable(f.name not in {"_id", "sale_date"}) for f in table.schema])
        file = io.BytesIO()
        pq.write_table(table.cast(required), file)

        loaded.load(loaded.upload("new", file.getvalue()), schema=None)

        assert loaded.rows()[0] == ("b", DAY, Decimal(1))

    def test_an_unknown_column_is_refused(self, loaded: Sales) -> None:
        schema = [*SCHEMA, bigquery.SchemaField("extra", "STRING")]

        with pytest.raises(BadRequest, match=r"Cannot add fields \(field: extra\)"):
            loaded.load(loaded.upload("new", parquet([], extra=pl.lit("x"))), schema=schema)

    def test_a_required_column_must_be_there(self, loaded: Sales) -> None:
        with pytest.raises(BadRequest, match="Field _id is missing in new schema"):
            loaded.load(loaded.upload("new", parquet([])), schema=SCHEMA[1:])

    def test_bytes_that_are_no_parquet_fail_the_job(self, loaded: Sales) -> None:
        with pytest.raises(BadRequest, match="not in Parquet format"):
            loaded.load(loaded.upload("new", b"no parquet"))

        assert loaded.rows() == BEFORE

    def test_a_corrupt_file_fails_the_job_and_leaves_the_day(self, loaded: Sales) -> None:
        good = bytearray(parquet([(f"n{number}", DAY, Decimal(number)) for number in range(500)]))
        good[20:400] = bytes(380)

        with pytest.raises(BadRequest, match="Error while reading data, error message: "):
            loaded.load(loaded.upload("new", bytes(good)))

        assert loaded.rows() == BEFORE

    @pytest.mark.parametrize(
        ("dtype", "expected"),
        [
            (pa.decimal128(18, 2), "NUMERIC"),
            (pa.decimal128(38, 9), "NUMERIC"),
            (pa.decimal128(38, 10), "BIGNUMERIC"),
            (pa.timestamp("us", "UTC"), "TIMESTAMP"),
            (pa.timestamp("us"), "DATETIME"),
            (pa.dictionary(pa.int32(), pa.string()), "STRING"),
            (pa.int32(), "INTEGER"),
            (pa.binary(), "BYTES"),
        ],
    )
    def test_types_of_parquet_become_types_of_bigquery(self, dtype: pa.DataType, expected: str) -> None:
        columns = columns_of_file(pa.schema([("c", dtype)]), ["NUMERIC", "BIGNUMERIC"])

        assert [column.type for column in columns] == [expected]
