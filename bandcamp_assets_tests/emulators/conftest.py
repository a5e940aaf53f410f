"""Fixtures of the emulators' tests: those that the emulators offer to others, a table to load into, a bucket."""

from __future__ import annotations

from decimal import Decimal

import pytest
from google.cloud import storage  # type: ignore[attr-defined] # untyped

from bandcamp_assets_tests.emulators.fixtures import google_cloud, place
from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud, Place, storage_client
from bandcamp_assets_tests.emulators.loading import DAY, NEXT_DAY, Sales, parquet

__all__ = ["google_cloud", "place"]


@pytest.fixture
def sales(google_cloud: GoogleCloud, place: Place) -> Sales:
    return Sales(google_cloud, place)


@pytest.fixture
def loaded(sales: Sales) -> Sales:
    """One sale on each of two days."""
    sales.load(sales.upload("first", parquet([("a", DAY, Decimal("1.5"))])))
    sales.load(sales.upload("second", parquet([("z", NEXT_DAY, Decimal(9))])), NEXT_DAY)
    return sales


@pytest.fixture(scope="module")
def client(google_cloud: GoogleCloud) -> storage.Client:
    return storage_client(google_cloud.storage_endpoint)


@pytest.fixture
def bucket(client: storage.Client, place: Place) -> storage.Bucket:
    return client.bucket(place.bucket)
