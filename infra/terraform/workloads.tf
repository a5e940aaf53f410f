# Programs that work as the platform's account without a key (both optional): pods on GKE and
# GitHub's Actions. Each proves who it is with a token of its own platform.

locals {
  gke_pool = var.gke_workload == null ? null : "${coalesce(var.gke_workload.cluster_project, var.project_id)}.svc.id.goog"
}

resource "google_service_account_iam_member" "gke" {
  count = var.gke_workload == null ? 0 : 1

  service_account_id = google_service_account.platform.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${local.gke_pool}[${var.gke_workload.namespace}/${var.gke_workload.service_account}]"
}

resource "google_iam_workload_identity_pool" "github" {
  count = var.github_workload == null ? 0 : 1

  project                   = var.project_id
  workload_identity_pool_id = "bandcamp-github"
  display_name              = "Bandcamp platform on GitHub"
  description               = "Workflows of ${var.github_workload.repository}"

  depends_on = [google_project_service.needed]
}

# Every repository on GitHub gets its tokens from the same issuer: without the condition all of
# them could enter the pool. The owner is named by number, since a name that its owner gave up
# can be taken by someone else.
resource "google_iam_workload_identity_pool_provider" "github" {
  #checkov:skip=CKV_GCP_125:The check reads the sub claim only. Repository, owner's number and ref are each compared whole, which says more and has no wildcards.
  count = var.github_workload == null ? 0 : 1

  project                            = var.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.github[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "github-actions"
  display_name                       = "GitHub Actions"

  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }

  attribute_condition = join(" && ", [
    "assertion.repository == '${var.github_workload.repository}'",
    "assertion.repository_owner_id == '${var.github_workload.owner_id}'",
    "assertion.ref == '${var.github_workload.ref}'",
  ])

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "github" {
  count = var.github_workload == null ? 0 : 1

  service_account_id = google_service_account.platform.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github[0].name}/attribute.repository/${var.github_workload.repository}"
}
