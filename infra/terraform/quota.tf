# A hard limit on what queries may read in a day (optional), for all users of the project together.
#
# Google forgets no such preference: destroying this only makes Terraform forget it, and the limit
# stays until it is raised by hand (console: IAM & Admin, Quotas).

resource "google_cloud_quotas_quota_preference" "query_bytes_per_day" {
  count = var.query_quota_gib_per_day == null ? 0 : 1

  parent   = "projects/${var.project_id}"
  name     = "bandcamp-query-usage-per-day"
  service  = "bigquery.googleapis.com"
  quota_id = "QueryUsagePerDay"

  # Google counts this quota in MiB.
  quota_config {
    preferred_value = tostring(var.query_quota_gib_per_day * 1024)
  }

  # Google asks before it lowers a quota by more than a tenth. From 200 TiB that is the purpose.
  ignore_safety_checks = "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH"

  depends_on = [google_project_service.needed]
}
