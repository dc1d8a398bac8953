locals {
  work_pool  = var.work_pool_name == "" ? local.name : var.work_pool_name
  credential = aws_secretsmanager_secret.this["prefect-credential"].arn

  # A tag that is never pushed: the task fails to start in words, until a digest is given.
  image = "${aws_ecr_repository.app.repository_url}${var.image_digest == "" ? ":none-pushed-yet" : "@${var.image_digest}"}"
}

resource "aws_ecs_task_definition" "worker" {
  family                   = "${local.name}-worker"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.this["execution"].arn
  task_role_arn            = aws_iam_role.this["worker"].arn

  runtime_platform {
    cpu_architecture        = "ARM64"
    operating_system_family = "LINUX"
  }

  # Prefect writes to its home; everything else in the container is read-only.
  volume {
    name = "home"
  }

  container_definitions = jsonencode([{
    name                   = "worker"
    image                  = local.image
    command                = ["prefect", "worker", "start", "--pool", local.work_pool, "--type", "ecs", "--install-policy", "never"]
    essential              = true
    readonlyRootFilesystem = true
    user                   = "1000"
    mountPoints            = [{ sourceVolume = "home", containerPath = "/home/tickerhouse" }]
    environment = [
      { name = "PREFECT_API_URL", value = local.prefect_api_url },
      { name = "AWS_DEFAULT_REGION", value = var.region },
      { name = "PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME", value = aws_sqs_queue.tasks.name },
      # It would read the log group for that; the runbook says where the log is.
      { name = "PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_FORWARD_CRASHED_RUN_LOGS", value = "false" },
    ]
    secrets = [{
      name      = var.prefect_auth == "api_key" ? "PREFECT_API_KEY" : "PREFECT_API_AUTH_STRING"
      valueFrom = local.credential
    }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this["worker"].name
        awslogs-region        = var.region
        awslogs-stream-prefix = "worker"
      }
    }
  }])
}

resource "aws_ecs_service" "worker" {
  # checkov:skip=CKV_AWS_333:its address has no ingress rule; egress_mode = "nat" takes it away
  name            = "${local.name}-worker"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.worker.arn
  desired_count   = 0
  launch_type     = "FARGATE"
  propagate_tags  = "SERVICE"

  network_configuration {
    subnets          = local.flow_subnets
    security_groups  = [aws_security_group.flows.id]
    assign_public_ip = local.assign_public_ip
  }

  lifecycle {
    # The schedule below sets it.
    ignore_changes = [desired_count]
  }
}

resource "aws_appautoscaling_target" "worker" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.worker.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 0
  max_capacity       = 1
  tags               = { Name = "${local.name}-worker" }

  lifecycle {
    # The scheduled actions move it.
    ignore_changes = [min_capacity, max_capacity]
  }
}

locals {
  window_ends = var.run_window_start_hour + var.run_window_hours

  in_the_window = {
    start = { cron = "cron(0 ${var.run_window_start_hour} ? * MON-FRI *)", count = 1 }
    stop  = { cron = "cron(${local.window_ends == 24 ? "59 23" : "0 ${local.window_ends}"} ? * MON-FRI *)", count = 0 }
  }

  # Raised every hour, and never taken down: that also starts a worker which was outside its window when this was applied.
  always = { start = { cron = "cron(0 * * * ? *)", count = 1 } }
}

resource "aws_appautoscaling_scheduled_action" "worker" {
  for_each           = { for name, action in merge(local.in_the_window, var.worker_always_on ? local.always : {}) : name => action if !(var.worker_always_on && name == "stop") }
  name               = "${local.name}-worker-${each.key}"
  service_namespace  = aws_appautoscaling_target.worker.service_namespace
  resource_id        = aws_appautoscaling_target.worker.resource_id
  scalable_dimension = aws_appautoscaling_target.worker.scalable_dimension
  schedule           = each.value.cron
  timezone           = "America/New_York"

  scalable_target_action {
    min_capacity = each.value.count
    max_capacity = each.value.count
  }
}
