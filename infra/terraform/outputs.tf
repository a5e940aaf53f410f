# What the platform and its operator need to know. Nothing here is secret.

locals {
  environment = [
    "BANDCAMP_DEPLOYMENT=gcp",
    "BANDCAMP_GCP_PROJECT=${var.project_id}",
    "BANDCAMP_GCP_BUCKET=${google_storage_bucket.sales.name}",
    "BANDCAMP_GCP_DATASET=${google_bigquery_dataset.sales.dataset_id}",
    "BANDCAMP_GCP_LOCATION=${var.location}",
  ]

  # Without people who may impersonate the account, whoever uses the file works as themselves.
  impersonation = length(var.impersonators) == 0 ? [] : ["BANDCAMP_GCP_IMPERSONATE=${google_service_account.platform.email}"]
}

output "env_file" {
  description = "Environment file for people, who work as the platform's account by impersonation if they are named as impersonators: terraform output -raw env_file > gcp.env"
  value       = join("\n", concat(local.environment, local.impersonation, [""]))
}

output "env_file_workload" {
  description = "Environment file for programs that already run as the platform's account (GKE, GitHub Actions, a virtual machine): the same without impersonation."
  value       = join("\n", concat(local.environment, [""]))
}

output "service_account_email" {
  description = "E-mail address of the account that the platform works as."
  value       = google_service_account.platform.email
}

output "bucket_url" {
  description = "The bucket as a gs:// address."
  value       = google_storage_bucket.sales.url
}

output "dataset" {
  description = "The dataset as PROJECT.DATASET."
  value       = "${var.project_id}.${google_bigquery_dataset.sales.dataset_id}"
}

output "gke_annotation" {
  description = "Annotation for the Kubernetes service account that runs the platform, or null."
  value       = var.gke_workload == null ? null : "iam.gke.io/gcp-service-account=${google_service_account.platform.email}"
}

output "github_identity_provider" {
  description = "Value of workload_identity_provider in a workflow's google-github-actions/auth step, or null."
  value       = one(google_iam_workload_identity_pool_provider.github[*].name)
}
