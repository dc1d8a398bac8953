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

run "an_old_zone_is_left_out" {
  command = plan

  assert {
    condition     = join(",", aws_subnet.private[*].availability_zone_id) == "use1-az1,use1-az2,use1-az4"
    error_message = "use1-az3 must be left out where there are others."
  }
}

run "a_region_of_two_zones_gets_three_subnets" {
  command = plan

  override_data {
    target = data.aws_availability_zones.available
    values = { zone_ids = ["usw1-az1", "usw1-az3"] }
  }

  assert {
    condition     = join(",", aws_subnet.private[*].availability_zone_id) == "usw1-az1,usw1-az3,usw1-az1"
    error_message = "Redshift Serverless asks for three subnets, in two zones where there are no more."
  }
}

run "zones_can_be_named" {
  command = plan

  variables {
    zone_ids = ["use1-az6", "use1-az5", "use1-az4"]
  }

  assert {
    condition     = join(",", aws_subnet.public[*].availability_zone_id) == "use1-az6,use1-az5,use1-az4"
    error_message = "The zones must be those that were named."
  }
}

run "what_the_worker_runs_is_never_expired" {
  command = plan

  assert {
    condition = [for rule in jsondecode(aws_ecr_lifecycle_policy.app.policy).rules : [rule.rulePriority, rule.selection.tagStatus, try(rule.selection.tagPrefixList[0], ""), rule.selection.countNumber]] == [
      [1, "tagged", "worker-", 1000], [2, "tagged", "deployed-", 10], [3, "any", "", 30],
    ]
    error_message = "What the worker runs must be spared before anything else is counted."
  }
}

run "an_image_that_is_kept_is_taken" {
  command = plan

  variables {
    image_digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  override_data {
    target          = data.aws_ecr_image.worker[0]
    override_during = plan
    values          = { image_tags = ["0123abc", "worker-aaaaaaaaaaaa"] }
  }

  assert {
    condition     = contains(data.aws_ecr_image.worker[0].image_tags, "worker-aaaaaaaaaaaa")
    error_message = "An image that is there and kept must be taken."
  }
}

run "an_image_that_would_be_expired_is_refused" {
  command = plan

  variables {
    image_digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  override_data {
    target          = data.aws_ecr_image.worker[0]
    override_during = plan
    values          = { image_tags = ["0123abc"] }
  }

  expect_failures = [data.aws_ecr_image.worker]
}

run "a_dashboard_can_be_left_out" {
  command = plan

  variables {
    dashboard = false
  }

  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0
    error_message = "Without it there must be no dashboard to pay for."
  }
}

run "thresholds_can_be_set_one_by_one" {
  command = plan

  variables {
    alarm_thresholds = { run_minutes = 30 }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.run["duration"].threshold == 1800 && aws_cloudwatch_metric_alarm.run["api-success"].threshold == 0.9
    error_message = "A threshold that is not named must keep its default."
  }
}

run "without_a_server_of_ones_own_there_is_nothing_of_it" {
  command = plan

  assert {
    condition     = length(aws_db_instance.prefect) + length(aws_ecs_service.prefect) + length(aws_efs_file_system.leases) + length(aws_iam_role.prefect) == 0
    error_message = "A server of one's own must be made only where prefect_server asks for it."
  }
}

run "a_server_of_ones_own_is_private_and_survives_its_task" {
  command = plan

  variables {
    prefect_api_url = ""
    prefect_server  = {}
    prefect_auth    = "auth_string"
  }

  assert {
    condition     = !aws_db_instance.prefect[0].publicly_accessible && aws_db_instance.prefect[0].storage_encrypted && aws_db_instance.prefect[0].manage_master_user_password
    error_message = "The database must be private and encrypted, and AWS must make and keep its password."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.server_flows[0].from_port == 4200 && aws_vpc_security_group_ingress_rule.server_flows[0].cidr_ipv4 == null
    error_message = "Into the server only worker and flow runs may come, by their group and not by address."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.store_server : rule.cidr_ipv4 == null]) && aws_efs_file_system.leases[0].encrypted
    error_message = "Database and disk must be open to the server alone, and the disk encrypted."
  }

  assert {
    condition     = aws_ecs_service.prefect[0].desired_count == 0 && aws_ecs_service.prefect[0].deployment_maximum_percent == 100
    error_message = "Without an image no server may be started, and never two at once."
  }

  assert {
    condition     = local.prefect_api_url == "http://prefect.tickerhouse-dev.internal:4200/api" && local.server_settings.PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD == "7776000"
    error_message = "Worker and flow runs must be led to the server's name inside the network, and runs be kept for 90 days."
  }

  assert {
    condition     = local.server_settings.PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE == "prefect.server.concurrency.lease_storage.filesystem" && local.server_settings.PREFECT_HOME == "/leases"
    error_message = "Who holds a slot must lie on the disk that outlives the task."
  }
}

run "a_server_of_production_is_not_thrown_away_lightly" {
  command = plan

  variables {
    environment     = "prod"
    prefect_api_url = ""
    prefect_server  = { keep_runs_days = 30 }
    prefect_auth    = "auth_string"
  }

  assert {
    condition     = aws_db_instance.prefect[0].deletion_protection && !aws_db_instance.prefect[0].skip_final_snapshot
    error_message = "In prod the database must survive a mistake."
  }
}

run "the_warehouse_and_the_lake_are_encrypted_by_the_one_key" {
  command = plan

  override_resource {
    target          = aws_kms_key.data
    override_during = plan
    values          = { arn = "arn:aws:kms:us-east-1:123456789012:key/one" }
  }

  assert {
    condition     = aws_redshiftserverless_namespace.this.kms_key_id == "arn:aws:kms:us-east-1:123456789012:key/one"
    error_message = "The warehouse must be encrypted by the environment's key."
  }
}
