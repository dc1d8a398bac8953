# What `tickerhouse deploy` and prefect.yaml need, in one place: as outputs for a person, as a parameter for the workflow.
locals {
  settings = {
    TICKERHOUSE_STACK              = "aws"
    TICKERHOUSE_ENVIRONMENT        = var.environment
    TICKERHOUSE_SOURCE             = var.source_name
    TICKERHOUSE_PLAN               = var.plan
    TICKERHOUSE_QUOTES             = var.quotes
    TICKERHOUSE_REGION             = var.region
    TICKERHOUSE_BUCKET             = aws_s3_bucket.lake.id
    TICKERHOUSE_LAKE_CATALOG       = aws_glue_catalog_database.this.name
    TICKERHOUSE_LAKE_SNAPSHOT_DAYS = tostring(var.lake_snapshot_days)
    TICKERHOUSE_WORKGROUP          = aws_redshiftserverless_workgroup.this.workgroup_name
    TICKERHOUSE_DATABASE           = aws_redshiftserverless_namespace.this.db_name
    TICKERHOUSE_API_KEY_SECRET     = aws_secretsmanager_secret.this["alpha-vantage-api-key"].name
    TICKERHOUSE_INGEST_ROLE        = aws_iam_role.ingest.arn
    TICKERHOUSE_LOAD_ROLE          = aws_iam_role.load.arn
    TICKERHOUSE_COPY_ROLE          = aws_iam_role.copy.arn
    TICKERHOUSE_WATCHLIST          = "s3://${aws_s3_bucket.lake.id}/${local.watchlist_key}"
    TICKERHOUSE_METRICS_NAMESPACE  = local.metrics_namespace
    TICKERHOUSE_WORK_POOL          = local.work_pool
    TICKERHOUSE_WORK_POOL_TYPE     = "ecs"
    TICKERHOUSE_JOB_VARIABLES      = jsonencode(local.job_variables)
    # A worker that sleeps at weekends cannot be asked then.
    TICKERHOUSE_FRESHNESS_DAYS = var.worker_always_on ? "daily" : "weekdays"
  }

  # Names and values are the job variables of Prefect's own ecs work pool.
  job_variables = {
    cluster                   = aws_ecs_cluster.this.arn
    family                    = local.flow_family
    launch_type               = "FARGATE"
    cpu                       = var.flow_task_size.cpu
    memory                    = var.flow_task_size.memory
    execution_role_arn        = aws_iam_role.this["execution"].arn
    task_role_arn             = aws_iam_role.this["pipeline"].arn
    vpc_id                    = aws_vpc.this.id
    configure_cloudwatch_logs = true
    cloudwatch_logs_options = {
      "awslogs-group"  = aws_cloudwatch_log_group.this["flows"].name
      "awslogs-region" = var.region
      # Said, because prefect-aws says true otherwise, and ECS then asks for a right to make groups which the execution role has not.
      "awslogs-create-group" = "false"
    }
    cloudwatch_logs_prefix      = "flows"
    network_configuration       = { subnets = local.flow_subnets, securityGroups = [aws_security_group.flows.id], assignPublicIp = local.assign_public_ip ? "ENABLED" : "DISABLED" }
    (local.credential_variable) = local.credential
  }

  credential_variable = var.prefect_auth == "api_key" ? "prefect_api_key_secret_arn" : "prefect_api_auth_string_secret_arn"
}

resource "aws_ssm_parameter" "deployment" {
  # checkov:skip=CKV_AWS_337:no secret is in it; names only
  # checkov:skip=CKV2_AWS_34:as above
  name        = "/${local.name}/deployment"
  description = "Settings and job variables that tickerhouse deploy gives to Prefect"
  type        = "String"

  value = jsonencode({
    settings         = local.settings
    image_repository = aws_ecr_repository.app.repository_url
    worker_image     = var.image_digest == "" ? "" : local.image
    prefect_api_url  = local.prefect_api_url
    prefect_secret   = aws_secretsmanager_secret.this["prefect-credential"].name
    prefect_auth     = var.prefect_auth
    slack_secret     = aws_secretsmanager_secret.this["slack-webhook"].name
  })
}
