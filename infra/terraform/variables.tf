# Where everything lies, what it is called, and who may use it. How long data is kept is in
# variables_data.tf, what may be spent in variables_cost.tf.

variable "project_id" {
  description = "ID of the Google Cloud project to build in. It must exist and have billing enabled."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project ID has 6 to 30 lower-case letters, digits or hyphens, begins with a letter and does not end with a hyphen. The project's number or name will not do."
  }
}

# No default: where the data lies is a decision (of law, of cost), and it cannot be changed later.
variable "location" {
  description = "Location of the bucket and the dataset: the multi-region US or EU, or a region such as europe-west3. BigQuery loads only from a bucket in its own location, so both share it."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["US", "EU"], var.location) || can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.location))
    error_message = "Give US or EU (upper case), or a region in lower case such as europe-west3. ASIA is a location of buckets only, a zone such as europe-west3-a of neither."
  }
}

variable "bucket_name" {
  description = "Name of the bucket, unique in the whole of Google Cloud. Null makes it of the project ID, which is just as unique: PROJECT-bandcamp."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_name == null || can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits, hyphens or underscores, and begins and ends with a letter or digit. (Dots are for verified domains.)"
  }

  validation {
    condition     = var.bucket_name == null || !can(regex("^goog|google|g00gle", var.bucket_name))
    error_message = "Google refuses bucket names that begin with goog or contain google."
  }
}

variable "dataset_id" {
  description = "Name of the BigQuery dataset. The platform's local warehouse calls its schema bandcamp, too."
  type        = string
  default     = "bandcamp"
  nullable    = false

  # The length is not in the pattern: Terraform's regular expressions repeat at most 1000 times.
  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_]*$", var.dataset_id)) && length(var.dataset_id) <= 1024
    error_message = "A dataset's name has up to 1024 letters, digits or underscores and begins with a letter. (Names that begin with an underscore are hidden in the console.)"
  }
}

variable "service_account_id" {
  description = "ID of the one service account that the platform works as, the part of its e-mail address before the @."
  type        = string
  default     = "bandcamp-platform"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.service_account_id))
    error_message = "A service account's ID has 6 to 30 lower-case letters, digits or hyphens, begins with a letter and does not end with a hyphen."
  }
}

variable "labels" {
  description = "Labels for the bucket and the dataset, beside app = bandcamp. They appear in billing exports."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.labels) : can(regex("^[a-z][a-z0-9_-]{0,62}$", name))])
    error_message = "A label's name begins with a lower-case letter and has up to 63 lower-case letters, digits, hyphens or underscores."
  }

  validation {
    condition     = alltrue([for value in values(var.labels) : can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "A label's value has up to 63 lower-case letters, digits, hyphens or underscores."
  }

  validation {
    condition     = length(var.labels) <= 60
    error_message = "Google allows 64 labels on a resource, and this configuration and Terraform add their own."
  }
}

variable "impersonators" {
  description = "People, groups and service accounts who may work as the platform's service account, as user:ADDRESS, group:ADDRESS or serviceAccount:ADDRESS. They need no key, and no rights of their own on the data."
  type        = set(string)
  default     = []
  nullable    = false

  # The pattern lets nobody in who has no address: neither everyone nor every Google account.
  validation {
    condition     = alltrue([for member in var.impersonators : can(regex("^(user|group|serviceAccount):[^@\\s:]+@[^@\\s:]+$", member))])
    error_message = "Give each as user:ADDRESS, group:ADDRESS or serviceAccount:ADDRESS."
  }

  # Google would refuse it only half-way through an apply.
  validation {
    condition     = alltrue([for member in var.impersonators : !can(regex("[@.]example\\.(com|org|net)$", member))])
    error_message = "This is the address of the example. Put your own in terraform.tfvars, or leave impersonators out."
  }
}

variable "gke_workload" {
  description = "Kubernetes service account that runs the platform on GKE with workload identity: its namespace and name, and the cluster's project where it is another one. Null for none."
  type = object({
    namespace       = string
    service_account = string
    cluster_project = optional(string)
  })
  default = null

  validation {
    condition     = var.gke_workload == null || can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.gke_workload.namespace))
    error_message = "A namespace has up to 63 lower-case letters, digits or hyphens."
  }

  validation {
    condition     = var.gke_workload == null || can(regex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", var.gke_workload.service_account))
    error_message = "A Kubernetes service account's name has up to 253 lower-case letters, digits, hyphens or dots."
  }

  validation {
    condition     = try(var.gke_workload.cluster_project, null) == null || can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.gke_workload.cluster_project))
    error_message = "cluster_project is a project ID, like project_id."
  }
}

variable "github_workload" {
  description = "GitHub repository whose Actions may work as the platform's service account, from one branch or tag only: OWNER/NAME, the owner's numeric ID (a name can be given up and taken by others; curl https://api.github.com/users/OWNER shows the ID) and the Git ref. Null for none."
  type = object({
    repository = string
    owner_id   = string
    ref        = optional(string, "refs/heads/main")
  })
  default = null

  # These texts end inside a condition in another language, so no quote may pass.
  validation {
    condition     = var.github_workload == null || can(regex("^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$", var.github_workload.repository))
    error_message = "Give the repository as OWNER/NAME."
  }

  validation {
    condition     = var.github_workload == null || can(regex("^[1-9][0-9]*$", var.github_workload.owner_id))
    error_message = "owner_id is the owner's number, not the name."
  }

  validation {
    condition     = var.github_workload == null || can(regex("^refs/(heads|tags)/[A-Za-z0-9._/-]+$", var.github_workload.ref))
    error_message = "Give the ref as refs/heads/BRANCH or refs/tags/TAG."
  }
}
