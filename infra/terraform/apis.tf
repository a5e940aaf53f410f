# The Google Cloud services the project needs. Two more must be on before Terraform can turn on
# anything at all, serviceusage and cloudresourcemanager: see the README.

locals {
  always_needed_apis = [
    "bigquery.googleapis.com",
    "cloudresourcemanager.googleapis.com", # grants on the project
    "iam.googleapis.com",
    "iamcredentials.googleapis.com", # impersonation, which is what replaces keys
    "storage.googleapis.com",
  ]

  needed_apis = setunion(
    local.always_needed_apis,
    var.kms_key_name == null ? [] : ["cloudkms.googleapis.com"],
    var.github_workload == null ? [] : ["sts.googleapis.com"],
    var.budget == null ? [] : ["billingbudgets.googleapis.com", "monitoring.googleapis.com"],
    var.query_quota_gib_per_day == null ? [] : ["cloudquotas.googleapis.com"],
  )
}

resource "google_project_service" "needed" {
  for_each = local.needed_apis

  project = var.project_id
  service = each.value

  # Others may have come to use a service meanwhile, and turning one off can delete what it holds.
  disable_on_destroy = false
}
