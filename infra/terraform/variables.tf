variable "environment" {
  description = "Name of this environment; part of every resource's name, and TICKERHOUSE_ENVIRONMENT."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,15}$", var.environment))
    error_message = "environment must be 1 to 16 lower-case letters or digits and begin with a letter, e.g. dev or prod."
  }
}

variable "region" {
  description = "AWS region of everything; COPY needs lake and warehouse in one region."
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of an AWS region, e.g. us-east-1."
  }
}

variable "source_name" {
  description = "Where bars come from; part of the bucket's and the database's name, and TICKERHOUSE_SOURCE."
  type        = string
  default     = "alpha_vantage"
  nullable    = false

  validation {
    condition     = contains(["alpha_vantage", "synthetic"], var.source_name)
    error_message = "source_name must be alpha_vantage or synthetic; recorded answers are replayed on the embedded stack only."
  }
}

variable "plan" {
  description = "The Alpha Vantage plan the key belongs to, TICKERHOUSE_PLAN."
  type        = string
  default     = "free"
  nullable    = false

  validation {
    condition     = contains(["free", "premium_75", "premium_150", "premium_300", "premium_600", "premium_1200"], var.plan)
    error_message = "plan must be free, premium_75, premium_150, premium_300, premium_600 or premium_1200."
  }
}

# --- network -----------------------------------------------------------------------------------------------------------

variable "vpc_cidr" {
  description = "Address range of the VPC, /16 to /20."
  type        = string
  default     = "10.42.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && try(tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 20, false)
    error_message = "vpc_cidr must be an address range from /16 to /20, e.g. 10.42.0.0/16."
  }
}

variable "zone_ids" {
  description = "Ids of the three zones for everything, e.g. [\"use1-az1\", \"use1-az2\", \"use1-az4\"]; empty for the first three. Where the warehouse finds no room in one, name others."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.zone_ids) == 0 || (length(var.zone_ids) == 3 && alltrue([for id in var.zone_ids : can(regex("^[a-z0-9]+-az[0-9]$", id))]))
    error_message = "zone_ids must be three ids of zones, e.g. use1-az1, or empty; a region of two zones names one twice."
  }
}

variable "egress_mode" {
  description = <<-EOT
    How flow runs reach Alpha Vantage and Prefect.
    public_ip: public subnets, an address of their own and no ingress; no fixed cost.
    nat: private subnets behind one NAT gateway; about 33 USD a month.
  EOT
  type        = string
  default     = "public_ip"
  nullable    = false

  validation {
    condition     = contains(["public_ip", "nat"], var.egress_mode)
    error_message = "egress_mode must be public_ip or nat."
  }
}

variable "interface_endpoints" {
  description = "AWS services reached inside the VPC, e.g. [\"secretsmanager\"]; each costs about 7.30 USD a month and zone."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z][a-z0-9.-]*$", service))])
    error_message = "interface_endpoints must be names of AWS services without the region, e.g. secretsmanager or ecr.api."
  }
}

# --- warehouse ---------------------------------------------------------------------------------------------------------

variable "redshift_base_capacity" {
  description = "Capacity the warehouse begins with, in RPUs."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = contains(concat([4], range(8, 513, 8), [1024]), var.redshift_base_capacity)
    error_message = "redshift_base_capacity must be 4, a multiple of 8 up to 512, or 1024 RPUs."
  }
}

variable "redshift_max_capacity" {
  description = "Capacity the warehouse may scale to, in RPUs; at least the base."
  type        = number
  default     = 8
  nullable    = false

  validation {
    condition     = contains(concat([4], range(8, 513, 8), [1024]), var.redshift_max_capacity)
    error_message = "redshift_max_capacity must be 4, a multiple of 8 up to 512, or 1024 RPUs."
  }

  validation {
    condition     = var.redshift_max_capacity >= var.redshift_base_capacity
    error_message = "redshift_max_capacity must be at least redshift_base_capacity."
  }
}

variable "redshift_daily_rpu_hours" {
  description = "Compute the warehouse may use in a day, in RPU-hours; then queries are turned off until the next day."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = var.redshift_daily_rpu_hours >= 1 && floor(var.redshift_daily_rpu_hours) == var.redshift_daily_rpu_hours
    error_message = "redshift_daily_rpu_hours must be a whole number, at least 1."
  }
}

variable "loader_database_roles" {
  description = "Database roles the load role gets at sign-in, by its tag RedshiftDbRoles."
  type        = list(string)
  default     = ["tickerhouse_loader"]
  nullable    = false

  validation {
    condition     = length(var.loader_database_roles) > 0 && alltrue([for role in var.loader_database_roles : can(regex("^[a-z_][a-z0-9_]*$", role))])
    error_message = "loader_database_roles must name at least one database role in lower-case letters, digits and underscores."
  }
}

# --- lake --------------------------------------------------------------------------------------------------------------

variable "raw_archive_days" {
  description = "Days after which raw objects of at least 128 KiB move to Glacier Instant Retrieval; 0 never. See infra/cost for when it pays."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.raw_archive_days == 0 || var.raw_archive_days >= 30
    error_message = "raw_archive_days must be 0, or at least 30."
  }
}

variable "rejected_days" {
  description = "Days that answers which are no data are kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.rejected_days >= 7
    error_message = "rejected_days must be at least 7, so that somebody can look."
  }
}

variable "lake_snapshot_days" {
  description = "Days that the files which each run wrote for the lake's tables stay under lake-snapshots/; 0 removes them at once."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.lake_snapshot_days >= 0 && var.lake_snapshot_days <= 3650
    error_message = "lake_snapshot_days must be 0 to 3650."
  }
}

# --- delivery and people -----------------------------------------------------------------------------------------------

variable "github_repository" {
  description = <<-EOT
    The GitHub repository that may deploy, as GitHub's own tokens name it; empty for no deploy role.
    owner@<id>/name@<id> for one made, renamed or transferred since July 2026, owner/name for an older one. What it is says, after "repo:":
    gh api repos/<owner>/<name>/actions/oidc/customization/sub --jq .sub_claim_prefix
  EOT
  type        = string
  default     = ""
  nullable    = false

  validation {
    # Either both ids or none: GitHub never mixes them (https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims).
    condition     = can(regex("^([A-Za-z0-9-]+/[A-Za-z0-9._-]+|[A-Za-z0-9-]+@[0-9]+/[A-Za-z0-9._-]+@[0-9]+)?$", var.github_repository))
    error_message = "github_repository must be owner@<id>/name@<id>, or owner/name for a repository older than July 2026, or empty."
  }
}

variable "promote_from" {
  description = "The environment of this account whose delivered images this one takes over by a reviewed step of the delivery; empty for none."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^([a-z][a-z0-9-]*)?$", var.promote_from)) && (var.promote_from == "" || var.promote_from != var.environment)
    error_message = "promote_from must be the name of another environment, such as dev, or empty."
  }
}

variable "create_github_provider" {
  description = "Whether to make GitHub's OIDC provider; an account has one, so a second environment in it says false."
  type        = bool
  default     = true
  nullable    = false
}

variable "operator_role_arns" {
  description = "IAM roles of people who may take on the ingest and load roles from their own machines."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.operator_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", arn))])
    error_message = "operator_role_arns must be ARNs of IAM roles, arn:aws:iam::<account>:role/<name>."
  }
}
