output "settings" {
  description = "The TICKERHOUSE_* variables of this environment, for flow runs and for your own machine."
  value       = local.settings
}

output "work_pool" {
  description = "Name and job variables of the Prefect work pool."
  value       = { name = local.work_pool, job_variables = local.job_variables }
}

output "deployment_parameter" {
  description = "The parameter from which the delivery workflow reads all of this."
  value       = aws_ssm_parameter.deployment.name
}

output "image_repository" {
  description = "Where the image is pushed."
  value       = aws_ecr_repository.app.repository_url
}

output "role_arns" {
  description = "Every role, by what it is for."
  value = merge(
    { for name, role in aws_iam_role.this : name => role.arn },
    { ingest = aws_iam_role.ingest.arn, load = aws_iam_role.load.arn, copy = aws_iam_role.copy.arn },
    { for name, role in aws_iam_role.delivery : name => role.arn },
  )
}

output "secrets" {
  description = "The secrets whose values people put, by what they hold."
  value       = { for name, secret in aws_secretsmanager_secret.this : name => secret.name }
}

output "administrator_secret_arn" {
  description = "The administrator's password of the warehouse, made and kept by AWS; for the first migration."
  value       = aws_redshiftserverless_namespace.this.admin_password_secret_arn
}

output "metrics" {
  description = "Namespace and dimensions under which the pipeline's metrics arrive."
  value       = { namespace = local.metrics_namespace, dimensions = local.run_dimensions }
}

output "alarm_topic_arn" {
  description = "The topic that all alarms and the budget speak to."
  value       = aws_sns_topic.alarms.arn
}

output "run_window" {
  description = "When the worker runs; all schedules must lie inside."
  value = {
    timezone   = "America/New_York"
    days       = "MON-FRI"
    start_hour = var.run_window_start_hour
    end_hour   = local.window_ends
    always_on  = var.worker_always_on
  }
}

output "command" {
  description = "What `aws ecs run-task` needs to run a command of tickerhouse inside the network."
  value = {
    cluster         = aws_ecs_cluster.this.name
    task_definition = aws_ecs_task_definition.command.family
    network         = jsonencode({ awsvpcConfiguration = local.job_variables.network_configuration })
    log_group       = aws_cloudwatch_log_group.this["flows"].name
  }
}
