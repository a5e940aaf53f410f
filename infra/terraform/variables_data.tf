# How data is kept: for how long, how cold, under whose key.

variable "force_destroy" {
  description = "Whether destroying the bucket may delete the objects in it, and destroying the dataset its tables. False makes Google refuse while either holds anything."
  type        = bool
  default     = false
  nullable    = false
}

variable "noncurrent_version_days" {
  description = "Days until an overwritten or deleted object's old version is deleted."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]{0,3}$", tostring(var.noncurrent_version_days)))
    error_message = "Give a whole number of days from 1 to 9999."
  }
}

variable "soft_delete_days" {
  description = "Days for which nobody can remove a deleted object for good, 7 to 90; 0 turns soft delete off."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.soft_delete_days == 0 || (can(regex("^[0-9]{1,2}$", tostring(var.soft_delete_days))) && var.soft_delete_days >= 7 && var.soft_delete_days <= 90)
    error_message = "Give 0, or a whole number of days from 7 to 90: Google allows no others."
  }
}

variable "incomplete_upload_days" {
  description = "Days until an upload in parts that was never finished is aborted and its parts are deleted."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]{0,3}$", tostring(var.incomplete_upload_days)))
    error_message = "Give a whole number of days from 1 to 9999."
  }
}

variable "raw_prefix" {
  description = "Prefix of the raw files in the bucket, with the slash at its end: raw/, or PREFIX/raw/ where the platform is given BANDCAMP_GCP_PREFIX."
  type        = string
  default     = "raw/"
  nullable    = false

  # Without the slash raw would also match rawhide/, and an empty prefix the whole bucket.
  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._=/-]*/$", var.raw_prefix))
    error_message = "Give a prefix such as raw/: it begins with a letter or digit and ends with a slash."
  }
}

variable "raw_cold_after_days" {
  description = "Days until raw files move to raw_cold_storage_class. Null leaves them where they are."
  type        = number
  default     = 30

  validation {
    condition     = var.raw_cold_after_days == null || can(regex("^[1-9][0-9]{0,3}$", tostring(var.raw_cold_after_days)))
    error_message = "Give a whole number of days from 1 to 9999, or null."
  }
}

variable "raw_cold_storage_class" {
  description = "Where old raw files go. Colder is cheaper to keep and dearer to read: a full rebuild reads them all."
  type        = string
  default     = "NEARLINE"
  nullable    = false

  validation {
    condition     = contains(["NEARLINE", "COLDLINE", "ARCHIVE"], var.raw_cold_storage_class)
    error_message = "Give NEARLINE, COLDLINE or ARCHIVE."
  }
}

variable "object_retention_enabled" {
  description = "Whether single objects can be given a date before which nobody may delete them, which the platform's BANDCAMP_GCP_RAW_RETENTION_DAYS needs. It can be chosen only when the bucket is made, and sets no date by itself."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_name" {
  description = "Full name of a Cloud KMS key that encrypts the bucket and the dataset, projects/P/locations/L/keyRings/R/cryptoKeys/K. Null leaves encryption to Google's own keys."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_name == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key_name))
    error_message = "Give the key's full name without a version: projects/P/locations/L/keyRings/R/cryptoKeys/K."
  }

  # Cloud KMS has names of its own for the multi-regions. A key elsewhere is refused only in the
  # middle of an apply.
  validation {
    condition     = var.kms_key_name == null || try(split("/", var.kms_key_name)[3] == lookup({ US = "us", EU = "europe" }, var.location, var.location), false)
    error_message = "The key must lie where the data lies: in us for US, in europe for EU, else in the same region."
  }
}

variable "max_time_travel_hours" {
  description = "Hours for which BigQuery can show a table as it was: 48, 72, 96, 120, 144 or 168."
  type        = number
  default     = 168
  nullable    = false

  validation {
    condition     = contains([48, 72, 96, 120, 144, 168], var.max_time_travel_hours)
    error_message = "Give 48 to 168 hours in steps of 24."
  }
}

variable "default_table_expiration_days" {
  description = "Days after its creation until a new table is deleted, for trials only. Null for never."
  type        = number
  default     = null

  validation {
    condition     = var.default_table_expiration_days == null || can(regex("^[1-9][0-9]{0,4}$", tostring(var.default_table_expiration_days)))
    error_message = "Give a whole number of days from 1 to 99999, or null for never."
  }
}

variable "default_partition_expiration_days" {
  description = "Days until a partition of a new table is deleted, counted from the partition's own date and not from its load: with 365, sales of 2020 would be gone as soon as they are loaded. Null for never."
  type        = number
  default     = null

  validation {
    condition     = var.default_partition_expiration_days == null || can(regex("^[1-9][0-9]{0,4}$", tostring(var.default_partition_expiration_days)))
    error_message = "Give a whole number of days from 1 to 99999, or null for never."
  }
}
