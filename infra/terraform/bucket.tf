# The bucket: raw files as delivered, and each day's sales as Parquet.
#
# Two nets lie under it. Versioning brings back what the platform itself overwrote or deleted by
# mistake; but who can delete objects can delete old versions, too. Soft delete holds against
# that: until its days are over nobody, not the project's owner either, can remove anything for good.

locals {
  bucket_name = coalesce(var.bucket_name, "${var.project_id}-bandcamp")
  labels      = merge({ app = "bandcamp" }, var.labels)

  # How the names of raw files end that are worth moving: all that are accepted, but not JSON.
  large_suffixes = [
    ".csv", ".tsv", ".txt", ".parquet", ".zip", ".zst", ".bz2", ".xz", ".csv.gz", ".tsv.gz", ".txt.gz",
  ]
}

resource "google_storage_bucket" "sales" {
  #checkov:skip=CKV_GCP_62:Usage logs are hourly files for buckets open to the public. Who read or changed what is in Cloud Audit Logs, which the README says how to turn on.
  project       = var.project_id
  name          = local.bucket_name
  location      = var.location
  storage_class = "STANDARD"
  labels        = local.labels
  force_destroy = var.force_destroy

  # One place to look up who may do what: grants, never access lists on single objects.
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  enable_object_retention = var.object_retention_enabled

  versioning {
    enabled = true
  }

  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 24 * 60 * 60
  }

  # A rerun of a day replaces its objects: without this rule every rerun would be kept, and paid for.
  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = var.noncurrent_version_days
      with_state                 = "ARCHIVED"
    }
  }

  # Parts of an upload that was cut off cost as much as objects and are shown in no listing.
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age = var.incomplete_upload_days
    }
  }

  # A raw file is read when it arrives, and again only when everything is rebuilt. Pages of the feed, .json.gz, stay:
  # they have a few KiB, and to move one costs more than to keep it in Standard for years.
  dynamic "lifecycle_rule" {
    for_each = var.raw_cold_after_days == null ? [] : [var.raw_cold_after_days]

    content {
      action {
        type          = "SetStorageClass"
        storage_class = var.raw_cold_storage_class
      }

      condition {
        age                   = lifecycle_rule.value
        matches_prefix        = [var.raw_prefix]
        matches_storage_class = ["STANDARD"]
        matches_suffix        = local.large_suffixes
      }
    }
  }

  dynamic "encryption" {
    for_each = var.kms_key_name == null ? [] : [var.kms_key_name]

    content {
      default_kms_key_name = encryption.value
    }
  }

  # Raw files may exist nowhere else. A new name or location would mean a new, empty bucket: with
  # this the plan already fails, before anything is touched. The README says how to lift it.
  lifecycle {
    prevent_destroy = true
  }

  depends_on = [
    google_project_service.needed,
    google_kms_crypto_key_iam_member.storage,
  ]
}
