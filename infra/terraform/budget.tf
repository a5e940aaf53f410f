# A budget that warns. It needs a billing account; without one every plan says that there is none. It stops
# nothing, and its figures lag by hours: what really limits queries is quota.tf, and dbt's maximum of bytes billed for
# a single query.

check "budget" {
  assert {
    condition     = var.budget != null
    error_message = "Nobody is warned of costs: budget names no billing account (gcloud billing accounts list shows yours)."
  }
}

# Budgets know projects by number only.
data "google_project" "this" {
  count = var.budget == null ? 0 : 1

  project_id = var.project_id

  depends_on = [google_project_service.needed]
}

resource "google_monitoring_notification_channel" "budget" {
  for_each = var.budget == null ? toset([]) : var.budget.emails

  project      = var.project_id
  display_name = "Bandcamp budget: ${each.value}"
  type         = "email"

  labels = {
    email_address = each.value
  }

  depends_on = [google_project_service.needed]
}

resource "google_billing_budget" "monthly" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = "Bandcamp platform in ${var.project_id}"

  budget_filter {
    projects        = ["projects/${data.google_project.this[0].number}"]
    calendar_period = "MONTH"
  }

  # No currency is named: it is the billing account's, and any other is refused.
  amount {
    specified_amount {
      units = tostring(var.budget.amount)
    }
  }

  dynamic "threshold_rules" {
    for_each = var.budget.thresholds

    content {
      threshold_percent = threshold_rules.value # a share, whatever its name says: 0.5 is half
    }
  }

  dynamic "all_updates_rule" {
    for_each = length(var.budget.emails) == 0 ? [] : [true]

    content {
      monitoring_notification_channels = [for channel in google_monitoring_notification_channel.budget : channel.id]
    }
  }

  depends_on = [google_project_service.needed]
}
