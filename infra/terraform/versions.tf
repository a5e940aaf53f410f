# What this configuration needs to run, and how it speaks to Google Cloud.

terraform {
  # 1.9 is the first version in which a variable's validation may look at another variable
  # (the key's location is checked against the data's).
  required_version = ">= 1.9.0, < 2.0.0"

  required_providers {
    google = {
      source = "hashicorp/google"
      # One major version, since the next may rename or drop arguments. `terraform init` writes the
      # exact version and its hashes into .terraform.lock.hcl, which belongs in version control.
      version = "~> 8.0"
    }
  }
}

provider "google" {
  project = var.project_id

  # With a person's own credentials the budget and quota services refuse calls that name no
  # project to count them against.
  billing_project       = var.project_id
  user_project_override = true
}
