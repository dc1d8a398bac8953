# Plans the whole module against a made-up provider: no account, no network, no credentials. What policies say is not seen here, for a
# mocked policy document is empty; tests/infra reads the rendered ones.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_availability_zones" {
    defaults = { zone_ids = ["use1-az1", "use1-az2", "use1-az3", "use1-az4"] }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  environment     = "dev"
  prefect_api_url = "https://prefect.example.com/api"
}

run "refuses_an_environment_with_capitals" {
  command = plan

  variables {
    environment = "Prod"
  }

  expect_failures = [var.environment]
}

run "refuses_an_environment_too_long_for_a_bucket" {
  command = plan

  variables {
    environment = "a2345678901234567"
  }

  expect_failures = [var.environment]
}

run "refuses_a_region_that_cannot_be" {
  command = plan

  variables {
    region = "virginia"
  }

  expect_failures = [var.region]
}

run "refuses_a_source_of_the_embedded_stack" {
  command = plan

  variables {
    source_name = "replay-1a2b3c"
  }

  expect_failures = [var.source_name]
}

run "refuses_an_unknown_plan" {
  command = plan

  variables {
    plan = "golden"
  }

  expect_failures = [var.plan]
}

run "refuses_an_address_range_too_small" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.0/24"
  }

  expect_failures = [var.vpc_cidr]
}

run "refuses_an_unknown_way_out" {
  command = plan

  variables {
    egress_mode = "vpn"
  }

  expect_failures = [var.egress_mode]
}

run "refuses_an_endpoint_that_cannot_be" {
  command = plan

  variables {
    interface_endpoints = ["Secrets Manager"]
  }

  expect_failures = [var.interface_endpoints]
}

run "refuses_a_capacity_that_is_not_sold" {
  command = plan

  variables {
    redshift_base_capacity = 12
    redshift_max_capacity  = 16
  }

  expect_failures = [var.redshift_base_capacity]
}

run "refuses_a_ceiling_that_is_not_sold" {
  command = plan

  variables {
    redshift_max_capacity = 20
  }

  expect_failures = [var.redshift_max_capacity]
}

run "refuses_a_ceiling_below_the_base" {
  command = plan

  variables {
    redshift_base_capacity = 16
    redshift_max_capacity  = 8
  }

  expect_failures = [var.redshift_max_capacity]
}

run "refuses_half_an_rpu_hour" {
  command = plan

  variables {
    redshift_daily_rpu_hours = 0.5
  }

  expect_failures = [var.redshift_daily_rpu_hours]
}

run "refuses_a_loader_without_rights" {
  command = plan

  variables {
    loader_database_roles = []
  }

  expect_failures = [var.loader_database_roles]
}

run "refuses_a_database_role_that_cannot_be" {
  command = plan

  variables {
    loader_database_roles = ["drop table"]
  }

  expect_failures = [var.loader_database_roles]
}

run "refuses_to_archive_what_is_new" {
  command = plan

  variables {
    raw_archive_days = 7
  }

  expect_failures = [var.raw_archive_days]
}

run "refuses_to_forget_rejected_answers_at_once" {
  command = plan

  variables {
    rejected_days = 1
  }

  expect_failures = [var.rejected_days]
}

run "days_of_snapshots_are_not_negative" {
  command = plan

  variables {
    lake_snapshot_days = -1
  }

  expect_failures = [var.lake_snapshot_days]
}

run "refuses_prefect_without_tls" {
  command = plan

  variables {
    prefect_api_url = "http://prefect.example.com/api"
  }

  expect_failures = [var.prefect_api_url]
}

run "refuses_a_prefect_address_without_its_api" {
  command = plan

  variables {
    prefect_api_url = "https://app.prefect.cloud"
  }

  expect_failures = [var.prefect_api_url]
}

run "refuses_an_unknown_prefect_credential" {
  command = plan

  variables {
    prefect_auth = "password"
  }

  expect_failures = [var.prefect_auth]
}

run "refuses_an_image_by_tag" {
  command = plan

  variables {
    image_digest = "latest"
  }

  expect_failures = [var.image_digest]
}

run "refuses_an_hour_that_is_not" {
  command = plan

  variables {
    run_window_start_hour = 24
  }

  expect_failures = [var.run_window_start_hour]
}

run "refuses_a_window_across_midnight" {
  command = plan

  variables {
    run_window_start_hour = 22
    run_window_hours      = 4
  }

  expect_failures = [var.run_window_hours]
}

run "refuses_a_window_across_a_utc_midnight" {
  command = plan

  variables {
    run_window_start_hour = 18
    run_window_hours      = 3
  }

  expect_failures = [var.run_window_hours]
}

run "refuses_a_size_that_fargate_has_not" {
  command = plan

  variables {
    flow_task_size = { cpu = 512, memory = 512 }
  }

  expect_failures = [var.flow_task_size]
}

run "refuses_an_address_that_is_none" {
  command = plan

  variables {
    alarm_email = "nobody"
  }

  expect_failures = [var.alarm_email]
}

run "refuses_slack_names_for_ids" {
  command = plan

  variables {
    alarm_slack = { team_id = "acme", channel_id = "#alarms" }
  }

  expect_failures = [var.alarm_slack]
}

run "refuses_a_budget_of_nothing" {
  command = plan

  variables {
    monthly_budget_usd = 0
  }

  expect_failures = [var.monthly_budget_usd]
}

run "refuses_a_retention_that_is_not_offered" {
  command = plan

  variables {
    log_retention_days = 100
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_a_repository_without_owner" {
  command = plan

  variables {
    github_repository = "tickerhouse"
  }

  expect_failures = [var.github_repository]
}

run "an_environment_cannot_be_promoted_from_itself" {
  command = plan

  variables {
    environment  = "dev"
    promote_from = "dev"
  }

  expect_failures = [var.promote_from]
}

run "refuses_people_who_are_no_roles" {
  command = plan

  variables {
    operator_role_arns = ["arn:aws:iam::123456789012:user/ann"]
  }

  expect_failures = [var.operator_role_arns]
}

run "refuses_quotes_at_a_pace_there_is_not" {
  command = plan

  variables {
    quotes = "daily"
  }

  expect_failures = [var.quotes]
}

run "refuses_quotes_by_day_without_a_worker_by_day" {
  command = plan

  variables {
    quotes = "hourly"
  }

  expect_failures = [var.quotes]
}

run "refuses_a_work_pool_that_prefect_would_not_take" {
  command = plan

  variables {
    work_pool_name = "daily/prices"
  }

  expect_failures = [var.work_pool_name]
}

run "refuses_a_repository_with_one_id" {
  command = plan

  variables {
    github_repository = "example@123456/tickerhouse"
  }

  expect_failures = [var.github_repository]
}

run "refuses_a_repository_that_is_a_pattern" {
  command = plan

  variables {
    github_repository = "example/*"
  }

  expect_failures = [var.github_repository]
}

run "refuses_two_zones" {
  command = plan

  variables {
    zone_ids = ["use1-az1", "use1-az2"]
  }

  expect_failures = [var.zone_ids]
}

run "refuses_zones_by_letter" {
  command = plan

  variables {
    zone_ids = ["us-east-1a", "us-east-1b", "us-east-1c"]
  }

  expect_failures = [var.zone_ids]
}

run "refuses_a_threshold_that_is_no_share" {
  command = plan

  variables {
    alarm_thresholds = { api_success_rate = 90 }
  }

  expect_failures = [var.alarm_thresholds]
}
