# Which Prefect, and what runs for it.
variable "prefect_api_url" {
  description = "Address of the Prefect API: Prefect Cloud's workspace, or your own server's; empty where prefect_server makes one."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.prefect_api_url == "" || can(regex("^https://[^ ]+/api(/|$)", var.prefect_api_url))
    error_message = "prefect_api_url must be an https:// address with /api in its path, e.g. https://prefect.example.com/api."
  }

  validation {
    condition     = (var.prefect_api_url == "") == (var.prefect_server != null)
    error_message = "Either prefect_api_url names a Prefect API, or prefect_server = {} makes a server; not both, and not neither."
  }
}

variable "prefect_server" {
  description = "A Prefect server of your own with a PostgreSQL, private, about 33 USD a month: {} for its defaults; null for none."
  type = object({
    cpu            = optional(number, 512)
    memory         = optional(number, 1024)
    database_class = optional(string, "db.t4g.micro")
    keep_runs_days = optional(number, 90)
  })
  default = null

  validation {
    condition     = var.prefect_server == null ? true : contains(range(1024, 4097, 1024), var.prefect_server.memory) && contains([512, 1024], var.prefect_server.cpu) && startswith(var.prefect_server.database_class, "db.")
    error_message = "prefect_server must have 512 or 1024 CPU units, 1024 to 4096 MiB of memory, and a class of database such as db.t4g.micro."
  }

  validation {
    condition     = var.prefect_server == null ? true : var.prefect_server.keep_runs_days >= 7
    error_message = "prefect_server must keep runs for at least 7 days, so that somebody can look."
  }
}

variable "prefect_auth" {
  description = "What the secret prefect-credential holds: api_key (Prefect Cloud) or auth_string (a server of your own)."
  type        = string
  default     = "api_key"
  nullable    = false

  validation {
    condition     = contains(["api_key", "auth_string"], var.prefect_auth)
    error_message = "prefect_auth must be api_key or auth_string."
  }

  validation {
    condition     = var.prefect_server == null || var.prefect_auth == "auth_string"
    error_message = "prefect_server needs prefect_auth = \"auth_string\": only Prefect Cloud has API keys."
  }
}

variable "work_pool_name" {
  description = "The Prefect work pool of type ecs that the worker serves; empty for the environment's own name."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]*$", var.work_pool_name))
    error_message = "work_pool_name must be letters, digits, dots, underscores and hyphens, or empty."
  }
}

variable "image_digest" {
  description = "Digest of the image that worker and commands run, sha256:...; empty until a first image is pushed, and neither starts."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(sha256:[0-9a-f]{64})?$", var.image_digest))
    error_message = "image_digest must be sha256: and 64 hexadecimal digits, or empty."
  }
}

variable "worker_always_on" {
  description = "Whether the worker runs day and night, for runs started by hand at any time; about 10 USD a month more."
  type        = bool
  default     = false
  nullable    = false
}

variable "quotes" {
  description = "Whether quotes are asked for every hour that New York trades, TICKERHOUSE_QUOTES: off or hourly; hourly needs a worker by day."
  type        = string
  default     = "off"
  nullable    = false

  validation {
    condition     = contains(["off", "hourly"], var.quotes)
    error_message = "quotes must be off or hourly, as TICKERHOUSE_QUOTES takes it."
  }

  validation {
    condition     = var.quotes == "off" || var.worker_always_on
    error_message = "quotes = \"hourly\" needs worker_always_on = true: the run window lies in the evening, and nobody would start the runs by day."
  }
}

variable "run_window_start_hour" {
  description = "Hour in New York, on trading days, at which the worker is started; all schedules lie inside the window."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = contains(range(0, 24), var.run_window_start_hour)
    error_message = "run_window_start_hour must be a whole hour from 0 to 23."
  }
}

variable "run_window_hours" {
  description = "Hours for which the worker then runs."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = contains(range(1, 9), var.run_window_hours)
    error_message = "run_window_hours must be a whole number from 1 to 8."
  }

  validation {
    condition     = var.run_window_start_hour + var.run_window_hours <= 24
    error_message = "The run window must end by midnight in New York: run_window_start_hour + run_window_hours must not exceed 24."
  }

  validation {
    # The alarm counts in UTC, four or five hours ahead, and cannot look across a UTC midnight.
    condition     = floor((var.run_window_start_hour + 4) / 24) == floor((var.run_window_start_hour + var.run_window_hours + 4) / 24)
    error_message = "The run window must lie within one UTC day in summer and winter: begin at 20 or later, or end by 18, in New York."
  }
}

variable "flow_task_size" {
  description = "CPU units and MiB of memory of a flow run."
  type        = object({ cpu = number, memory = number })
  default     = { cpu = 512, memory = 2048 }
  nullable    = false

  validation {
    condition = try(contains({
      "256"  = [512, 1024, 2048]
      "512"  = range(1024, 4097, 1024)
      "1024" = range(2048, 8193, 1024)
      "2048" = range(4096, 16385, 1024)
    }[tostring(var.flow_task_size.cpu)], var.flow_task_size.memory), false)
    error_message = "flow_task_size must be a size that Fargate has, e.g. { cpu = 512, memory = 2048 } or { cpu = 1024, memory = 4096 }."
  }
}
