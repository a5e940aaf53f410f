# What may be spent. The budget has an amount by default, but not a billing account, without which none can be made.

variable "budget" {
  description = "Monthly budget of this project: the billing account, the amount in whole units of its currency, the shares of it at which a message is sent, and whom it is sent to beside the billing account's administrators. A budget warns; it stops nothing. The amount is 20 unless you choose another; all of the feed costs 15 US dollars without a machine (infra/SCALE.md). Null for none, which every plan then says."
  type = object({
    billing_account = string
    amount          = optional(number, 20)
    thresholds      = optional(set(number), [0.5, 0.9, 1])
    emails          = optional(set(string), [])
  })
  default = null

  validation {
    condition     = var.budget == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.budget.billing_account))
    error_message = "A billing account's ID looks like 012345-6789AB-CDEF01; gcloud billing accounts list shows it."
  }

  validation {
    condition     = var.budget == null || can(regex("^[1-9][0-9]{0,8}$", tostring(var.budget.amount)))
    error_message = "Give the amount as a whole number above 0."
  }

  validation {
    condition     = var.budget == null || try(length(var.budget.thresholds) > 0 && alltrue([for share in var.budget.thresholds : share > 0 && share <= 10]), false)
    error_message = "Give at least one threshold; 0.5 is half of the budget, 1 all of it."
  }

  validation {
    condition     = var.budget == null || try(length(var.budget.emails) <= 5 && alltrue([for address in var.budget.emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))]), false)
    error_message = "Give at most five e-mail addresses: Google allows no more channels on a budget."
  }
}

variable "query_quota_gib_per_day" {
  description = "GiB that all queries in the project together may read in a day (Pacific time); the next query fails. It holds for on-demand pricing. Null leaves the project's own limit. A night's marts read 95 GiB behind 105 million sales (infra/COSTS.md)."
  type        = number
  default     = 200

  validation {
    condition     = var.query_quota_gib_per_day == null || can(regex("^[1-9][0-9]{0,5}$", tostring(var.query_quota_gib_per_day)))
    error_message = "Give a whole number of GiB from 1 to 204800 (Google's own default of 200 TiB), or null."
  }

  validation {
    condition     = var.query_quota_gib_per_day == null || try(var.query_quota_gib_per_day <= 204800, false)
    error_message = "More than 204800 GiB (200 TiB) is a request to Google for more quota, which this configuration does not make."
  }
}
