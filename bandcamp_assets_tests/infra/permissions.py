"""What the platform asks of Google Cloud, and which permission and role each request needs, as data.

A request is a row: nothing here sends one. The permissions are those of Google's reference of each method, and the
roles hold them by Google's list of predefined roles; neither could be tried without an account. `test_permissions`
compares the rows with what Terraform grants, `storage/google_cloud/test_end_to_end.py` with what a run asks for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OBJECT_USER, BUCKET_READER = "roles/storage.objectUser", "roles/storage.legacyBucketReader"
DATA_EDITOR, JOB_USER = "roles/bigquery.dataEditor", "roles/bigquery.jobUser"

ROLES = {
    OBJECT_USER: {
        "storage.objects.create",
        "storage.objects.delete",
        "storage.objects.get",
        "storage.objects.list",
        "storage.objects.update",
    },
    BUCKET_READER: {"storage.buckets.get", "storage.objects.list"},
    DATA_EDITOR: {
        "bigquery.datasets.get",
        "bigquery.routines.list",
        "bigquery.tables.create",
        "bigquery.tables.delete",
        "bigquery.tables.get",
        "bigquery.tables.getData",
        "bigquery.tables.list",
        "bigquery.tables.update",
        "bigquery.tables.updateData",
    },
    JOB_USER: {"bigquery.jobs.create"},
}
"""The roles of the platform's account, each with those of its permissions that are needed."""


@dataclass(frozen=True)
class Request:
    """A kind of request.

    Attributes:
        method: The HTTP method.
        path: What the whole path matches.
        needs: The permissions, each with the role that gives it. A job needs those of what it reads and writes.
    """

    method: str
    path: str
    needs: tuple[tuple[str, str], ...] = ()

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is of this kind."""
        return method == self.method and re.fullmatch(self.path, path) is not None


_PROJECT = "/bigquery/v2/projects/[^/]+"
_DATASET = f"{_PROJECT}/datasets/[^/_][^/]*"
_BUCKET = "/storage/v1/b/[^/]+"
_RUN_A_JOB = ("bigquery.jobs.create", JOB_USER)
_READ_AND_WRITE_TABLES = tuple(
    (f"bigquery.tables.{name}", DATA_EDITOR) for name in ("create", "delete", "getData", "update", "updateData")
)
_LOAD_FROM_THE_BUCKET = (("storage.buckets.get", BUCKET_READER), ("storage.objects.get", OBJECT_USER))

BIGQUERY = (
    # Lists only datasets that the account may see, and needs nothing for that.
    Request("GET", f"{_PROJECT}/datasets"),
    Request("GET", _DATASET, (("bigquery.datasets.get", DATA_EDITOR),)),
    Request("GET", f"{_DATASET}/routines", (("bigquery.routines.list", DATA_EDITOR),)),
    Request("GET", f"{_DATASET}/tables", (("bigquery.tables.list", DATA_EDITOR),)),
    Request("POST", f"{_DATASET}/tables", (("bigquery.tables.create", DATA_EDITOR),)),
    Request("GET", f"{_DATASET}/tables/[^/]+", (("bigquery.tables.get", DATA_EDITOR),)),
    Request("PATCH", f"{_DATASET}/tables/[^/]+", (("bigquery.tables.update", DATA_EDITOR),)),
    Request("GET", f"{_DATASET}/tables/[^/]+/data", (("bigquery.tables.getData", DATA_EDITOR),)),
    # Everybody may ask what is permitted.
    Request("POST", f"{_DATASET}/tables/[^/]+:testIamPermissions"),
    Request("POST", f"{_PROJECT}/jobs", (_RUN_A_JOB, *_READ_AND_WRITE_TABLES, *_LOAD_FROM_THE_BUCKET)),
    Request("POST", f"/upload{_PROJECT}/jobs", (_RUN_A_JOB, *_READ_AND_WRITE_TABLES)),
    Request("PUT", f"/upload{_PROJECT}/jobs", (_RUN_A_JOB, *_READ_AND_WRITE_TABLES)),
    # Who started a job may follow it, and read its results, which lie in a table of a hidden dataset.
    Request("GET", f"{_PROJECT}/jobs/[^/]+"),
    Request("GET", f"{_PROJECT}/queries/[^/]+"),
    Request("GET", f"{_PROJECT}/datasets/_[^/]+/tables/[^/]+"),
)
STORAGE = (
    Request("GET", _BUCKET, (("storage.buckets.get", BUCKET_READER),)),
    Request("GET", f"{_BUCKET}/iam/testPermissions"),
    Request("GET", f"{_BUCKET}/o", (("storage.objects.list", OBJECT_USER),)),
    Request("GET", f"{_BUCKET}/o/.+", (("storage.objects.get", OBJECT_USER),)),
    # An object that takes the place of another one needs `delete` as well.
    Request(
        "POST",
        f"/upload{_BUCKET}/o",
        (("storage.objects.create", OBJECT_USER), ("storage.objects.delete", OBJECT_USER)),
    ),
)
"""What a run asks for. Other commands ask for more of the same: they read, copy and delete objects."""
