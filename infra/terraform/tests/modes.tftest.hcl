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

run "nothing_is_billed_by_the_hour_by_default" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_vpc_endpoint.interface) == 0 && length(aws_eip.nat) == 0
    error_message = "By default there must be no NAT gateway, no interface endpoint and no fixed address."
  }

  assert {
    condition     = aws_ecs_service.worker.desired_count == 0 && length(aws_appautoscaling_scheduled_action.worker) == 2
    error_message = "By default the worker must be started and stopped by its schedule."
  }

  assert {
    condition     = one([for each in aws_ecs_cluster.this.setting : each.value if each.name == "containerInsights"]) == "disabled"
    error_message = "Container Insights must be off: it costs more than the pipeline."
  }
}

run "the_warehouse_is_small_limited_and_private" {
  command = plan

  assert {
    condition     = aws_redshiftserverless_workgroup.this.base_capacity == 4
    error_message = "The warehouse must begin with 4 RPUs."
  }

  assert {
    condition     = aws_redshiftserverless_usage_limit.compute.period == "daily" && aws_redshiftserverless_usage_limit.compute.breach_action == "deactivate"
    error_message = "The daily limit must turn queries off, not only log."
  }

  assert {
    condition     = !aws_redshiftserverless_workgroup.this.publicly_accessible && aws_redshiftserverless_workgroup.this.enhanced_vpc_routing
    error_message = "The warehouse must not be public, and COPY must go through the VPC."
  }

  assert {
    condition     = length(aws_subnet.private) == 3 && length(distinct(aws_subnet.private[*].availability_zone_id)) == 3
    error_message = "Redshift Serverless asks for subnets in three zones."
  }

  assert {
    condition     = contains([for each in aws_redshiftserverless_workgroup.this.config_parameter : "${each.parameter_key}=${each.parameter_value}"], "require_ssl=true")
    error_message = "The warehouse must refuse connections without TLS."
  }

  assert {
    condition     = aws_redshiftserverless_namespace.this.manage_admin_password
    error_message = "AWS must make and keep the administrator's password."
  }
}

run "nothing_comes_in_from_outside" {
  command = plan

  assert {
    condition     = aws_vpc_security_group_ingress_rule.warehouse_flows.from_port == 5439 && aws_vpc_security_group_ingress_rule.warehouse_flows.cidr_ipv4 == null
    error_message = "Into the warehouse only flow runs may come, by their group and not by address."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.endpoints_flows) == 0
    error_message = "Without interface endpoints there must be no further ingress rule."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.lake.block_public_acls, aws_s3_bucket_public_access_block.lake.block_public_policy,
      aws_s3_bucket_public_access_block.lake.ignore_public_acls, aws_s3_bucket_public_access_block.lake.restrict_public_buckets,
    ])
    error_message = "The lake must be closed to the public."
  }
}

run "the_environment_is_in_every_name" {
  command = plan

  variables {
    environment = "blue"
  }

  assert {
    condition = alltrue([for name in [
      aws_s3_bucket.lake.bucket, aws_ecs_cluster.this.name, aws_ecs_service.worker.name, aws_ecs_task_definition.worker.family,
      aws_ecr_repository.app.name, aws_redshiftserverless_namespace.this.namespace_name, aws_redshiftserverless_workgroup.this.workgroup_name,
      aws_sns_topic.alarms.name, aws_cloudwatch_dashboard.this[0].dashboard_name, aws_budgets_budget.monthly.name,
      aws_iam_role.ingest.name, aws_iam_role.load.name, aws_iam_role.copy.name, aws_iam_role.flow_logs.name,
      aws_cloudwatch_metric_alarm.silent.alarm_name, aws_cloudwatch_metric_alarm.run["behind"].alarm_name,
      aws_cloudwatch_metric_alarm.warehouse_compute.alarm_name, aws_security_group.flows.name, aws_security_group.warehouse.name,
    ] : startswith(name, "tickerhouse-blue")])
    error_message = "Every name must begin with tickerhouse-<environment>."
  }

  assert {
    condition     = alltrue([for each in aws_iam_role.this : startswith(each.name, "tickerhouse-blue-")])
    error_message = "Every role's name must begin with tickerhouse-<environment>."
  }

  assert {
    condition     = alltrue([for each in aws_secretsmanager_secret.this : startswith(each.name, "tickerhouse-blue/")])
    error_message = "Every secret's name must begin with tickerhouse-<environment>."
  }

  assert {
    condition     = alltrue([for each in aws_cloudwatch_log_group.this : startswith(each.name, "/tickerhouse-blue/")])
    error_message = "Every log group's name must begin with /tickerhouse-<environment>."
  }

  assert {
    condition     = aws_kms_alias.data.name == "alias/tickerhouse-blue" && aws_ssm_parameter.deployment.name == "/tickerhouse-blue/deployment"
    error_message = "The key's alias and the deployment parameter must carry the environment."
  }

  assert {
    condition     = aws_redshiftserverless_namespace.this.db_name == "blue_alpha_vantage" && aws_s3_bucket.lake.bucket == "tickerhouse-blue-alpha-vantage-123456789012"
    error_message = "Source and environment must be part of bucket and database."
  }
}

run "nat_takes_the_public_addresses_away" {
  command = plan

  variables {
    egress_mode = "nat"
  }

  assert {
    condition     = !aws_ecs_service.worker.network_configuration[0].assign_public_ip && length(aws_nat_gateway.this) == 1 && length(aws_route.private_nat) == 1
    error_message = "With nat there must be one gateway, a route to it, and no public address."
  }
}

run "interface_endpoints_are_made_as_named" {
  command = plan

  variables {
    interface_endpoints = ["secretsmanager", "ecr.api"]
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 2 && length(aws_security_group.endpoints) == 1
    error_message = "Each named service must get an endpoint, all behind one group."
  }
}

run "a_worker_that_is_always_on_is_never_stopped" {
  command = plan

  variables {
    worker_always_on = true
    quotes           = "hourly"
  }

  assert {
    condition     = output.settings.TICKERHOUSE_QUOTES == "hourly"
    error_message = "With a worker by day, quotes may be asked for by day."
  }

  assert {
    condition     = keys(aws_appautoscaling_scheduled_action.worker) == ["start"] && aws_appautoscaling_scheduled_action.worker["start"].schedule == "cron(0 * * * ? *)"
    error_message = "A worker that is always on must be raised every hour and never be taken down."
  }
}

run "the_worker_runs_in_its_window" {
  command = plan

  assert {
    condition     = aws_appautoscaling_scheduled_action.worker["start"].schedule == "cron(0 20 ? * MON-FRI *)" && aws_appautoscaling_scheduled_action.worker["stop"].schedule == "cron(0 23 ? * MON-FRI *)"
    error_message = "The worker must run from 20:00 to 23:00 on weekdays."
  }

  assert {
    condition     = alltrue([for each in aws_appautoscaling_scheduled_action.worker : each.timezone == "America/New_York"])
    error_message = "The window is New York's."
  }

  assert {
    condition     = one([for each in aws_cloudwatch_metric_alarm.silent.metric_query : each.expression if each.id == "outside"]) == "IF(DAY(clock) >= 2 && DAY(clock) <= 6 && HOUR(clock) >= 0 && HOUR(clock) < 4, 0, 1)"
    error_message = "20:00 to 23:00 in New York is 0:00 to 4:00 UTC of the next day, in summer and winter."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.silent.treat_missing_data == "breaching"
    error_message = "Silence must count as a breach."
  }
}

run "a_window_by_day_is_the_same_day_in_utc" {
  command = plan

  variables {
    run_window_start_hour = 6
    run_window_hours      = 2
  }

  assert {
    condition     = one([for each in aws_cloudwatch_metric_alarm.silent.metric_query : each.expression if each.id == "outside"]) == "IF(DAY(clock) >= 1 && DAY(clock) <= 5 && HOUR(clock) >= 10 && HOUR(clock) < 13, 0, 1)"
    error_message = "6:00 to 8:00 in New York is 10:00 to 13:00 UTC of the same day, in summer and winter."
  }
}

run "without_a_repository_nobody_deploys" {
  command = plan

  assert {
    condition     = length(aws_iam_role.delivery) == 0 && length(aws_iam_openid_connect_provider.github) == 0
    error_message = "Without a repository there must be no deploy role."
  }
}

run "a_second_environment_uses_the_accounts_github_provider" {
  command = plan

  variables {
    github_repository      = "example@123456/tickerhouse@456789"
    create_github_provider = false
  }

  assert {
    condition     = toset(keys(aws_iam_role.delivery)) == toset(["deploy"]) && length(aws_iam_openid_connect_provider.github) == 0
    error_message = "The second environment must have a deploy role and make no second provider."
  }
}

run "without_a_promotion_nobody_rehearses" {
  command = plan

  variables {
    github_repository = "example@123456/tickerhouse@456789"
  }

  assert {
    condition     = !contains(keys(aws_iam_role.delivery), "rehearse")
    error_message = "Without promote_from there must be no role for rehearsals."
  }
}

run "a_promotion_is_rehearsed_by_a_role_of_its_own" {
  command = plan

  variables {
    github_repository = "example@123456/tickerhouse@456789"
    promote_from      = "staging"
  }

  assert {
    condition     = endswith(aws_iam_role.delivery["rehearse"].name, "-rehearse")
    error_message = "With promote_from there must be a role for rehearsals."
  }
}

run "slack_hears_alarms_and_may_ask_nothing" {
  command = plan

  variables {
    alarm_slack = { team_id = "T0123ABCD", channel_id = "C0123ABCD" }
  }

  assert {
    condition     = aws_chatbot_slack_channel_configuration.alarms[0].guardrail_policy_arns == tolist(["arn:aws:iam::aws:policy/AWSDenyAll"])
    error_message = "The Slack channel must not be able to ask AWS anything."
  }
}

run "production_is_not_thrown_away_lightly" {
  command = plan

  variables {
    environment = "prod"
  }

  assert {
    condition     = !aws_s3_bucket.lake.force_destroy && !aws_ecr_repository.app.force_delete && alltrue([for each in aws_secretsmanager_secret.this : each.recovery_window_in_days == 30])
    error_message = "In prod bucket, images and secrets must survive a mistake."
  }
}

run "raw_stays_where_it_is_unless_told" {
  command = plan

  assert {
    condition     = length([for each in aws_s3_bucket_lifecycle_configuration.lake.rule : each if each.id == "archive-raw"]) == 0
    error_message = "By default raw must not be archived: it does not pay."
  }
}

run "raw_is_archived_to_a_class_that_answers_at_once" {
  command = plan

  variables {
    raw_archive_days = 180
  }

  assert {
    condition     = one([for each in aws_s3_bucket_lifecycle_configuration.lake.rule : one(each.transition).storage_class if each.id == "archive-raw"]) == "GLACIER_IR"
    error_message = "A rebuild from raw must not wait for a restore."
  }
}
