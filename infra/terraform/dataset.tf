# The dataset: the table of sales and what dbt makes of it. The tables are not here: the platform
# creates them from its one contract, so that their columns are written down once.

resource "google_bigquery_dataset" "sales" {
  #checkov:skip=CKV_GCP_81:The dataset is encrypted with Google's keys, and with the owner's as soon as kms_key_name names one.
  project       = var.project_id
  dataset_id    = var.dataset_id
  friendly_name = "Bandcamp sales"
  description   = "Sales of independent music on Bandcamp: the table of sales, and dbt's fact, dimensions and marts. Written by ${local.service_account_email} only; everything here can be rebuilt from the bucket ${local.bucket_name}."
  location      = var.location
  labels        = local.labels

  max_time_travel_hours = tostring(var.max_time_travel_hours)

  default_table_expiration_ms     = var.default_table_expiration_days == null ? null : var.default_table_expiration_days * local.day_ms
  default_partition_expiration_ms = var.default_partition_expiration_days == null ? null : var.default_partition_expiration_days * local.day_ms

  delete_contents_on_destroy = var.force_destroy

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key_name == null ? [] : [var.kms_key_name]

    content {
      kms_key_name = default_encryption_configuration.value
    }
  }

  # As for the bucket: a new name or location must not quietly mean a new, empty dataset.
  lifecycle {
    prevent_destroy = true
  }

  depends_on = [
    google_project_service.needed,
    google_kms_crypto_key_iam_member.bigquery,
  ]
}

locals {
  day_ms = 24 * 60 * 60 * 1000
}
