# What is watched, and what may be spent.
variable "alarm_email" {
  description = "Address for alarms and the budget; empty for none."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.alarm_email == "" || can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.alarm_email))
    error_message = "alarm_email must be an e-mail address, or empty."
  }
}

variable "alarm_slack" {
  description = "Slack workspace and channel for AWS's own alarms, through Amazon Q Developer in chat applications (authorised once by hand); null for none."
  type        = object({ team_id = string, channel_id = string })
  default     = null

  validation {
    condition     = var.alarm_slack == null || try(can(regex("^T[0-9A-Z]+$", var.alarm_slack.team_id)) && can(regex("^[CG][0-9A-Z]+$", var.alarm_slack.channel_id)), false)
    error_message = "alarm_slack must have Slack's own ids: team_id begins with T, channel_id with C or G."
  }
}

variable "alarm_thresholds" {
  description = "When a run of daily_prices is told: the least share of calls answered, the least share of bars accepted, the most minutes it may take."
  type = object({
    api_success_rate     = optional(number, 0.9)
    validation_pass_rate = optional(number, 0.95)
    run_minutes          = optional(number, 120)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for rate in [var.alarm_thresholds.api_success_rate, var.alarm_thresholds.validation_pass_rate] : rate > 0 && rate <= 1]) && var.alarm_thresholds.run_minutes > 0
    error_message = "alarm_thresholds must be shares above 0 and up to 1, and minutes above 0, e.g. { api_success_rate = 0.9, run_minutes = 90 }."
  }
}

variable "dashboard" {
  description = "Whether to make the CloudWatch dashboard; 3 USD a month past the three that an account has free."
  type        = bool
  default     = true
  nullable    = false
}

variable "monthly_budget_usd" {
  description = "What this environment may cost in a month before the budget alarm speaks."
  type        = number
  default     = 15
  nullable    = false

  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "monthly_budget_usd must be more than 0."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch Logs has, e.g. 30, 90 or 365."
  }
}
