# The one account that the platform works as, and exactly what it may do. It has no key: a key is
# a password in a file that never expires. People and programs borrow the account for an hour at
# a time instead (workloads.tf, and `impersonators` here).

locals {
  # Written out so that texts can name the account before it exists.
  service_account_email = "${var.service_account_id}@${var.project_id}.iam.gserviceaccount.com"
}

resource "google_service_account" "platform" {
  project      = var.project_id
  account_id   = var.service_account_id
  display_name = "Bandcamp platform"
  description  = "Loads Bandcamp sales into Cloud Storage and BigQuery and runs dbt."

  depends_on = [google_project_service.needed]
}

# Read, write, list and delete objects. It can neither change the bucket nor grant anything.
resource "google_storage_bucket_iam_member" "objects" {
  bucket = google_storage_bucket.sales.name
  role   = "roles/storage.objectUser"
  member = google_service_account.platform.member
}

# storage.buckets.get, which the role above lacks: `bandcamp doctor` compares the bucket's
# location with the dataset's, and BigQuery asks for it when it loads from the bucket. This is
# the narrowest role that is generally available: what else is in it, listing objects and uploads,
# the account has already, and it cannot be granted on more than a bucket.
resource "google_storage_bucket_iam_member" "bucket_metadata" {
  bucket = google_storage_bucket.sales.name
  role   = "roles/storage.legacyBucketReader"
  member = google_service_account.platform.member
}

# Setting a date before which a raw file cannot be deleted. No ready-made role below administrator
# of objects holds this, and that one could also lift such dates: hence a role with one permission.
resource "google_project_iam_custom_role" "retention" {
  count = var.object_retention_enabled ? 1 : 0

  project     = var.project_id
  role_id     = "bandcampObjectRetention"
  title       = "Bandcamp object retention"
  description = "Set or lengthen the time for which an object cannot be deleted."
  permissions = ["storage.objects.setRetention"]

  depends_on = [google_project_service.needed]
}

resource "google_storage_bucket_iam_member" "retention" {
  count = var.object_retention_enabled ? 1 : 0

  bucket = google_storage_bucket.sales.name
  role   = google_project_iam_custom_role.retention[0].name
  member = google_service_account.platform.member
}

# Tables and views of this one dataset: create, load, query, replace, delete. It can neither
# delete the dataset nor share it, and sees no other.
resource "google_bigquery_dataset_iam_member" "tables" {
  project    = var.project_id
  dataset_id = google_bigquery_dataset.sales.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.platform.member
}

# Jobs (loads and queries) belong to the project, so this cannot be granted on less. Who starts a
# job may read its statistics: the cost of each model needs no further role.
resource "google_project_iam_member" "jobs" {
  project = var.project_id
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.platform.member
}

# On the account only: on the project it would open every account there is.
resource "google_service_account_iam_member" "impersonators" {
  for_each = var.impersonators

  service_account_id = google_service_account.platform.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.value
}
