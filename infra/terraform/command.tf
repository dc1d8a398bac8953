# Any command of tickerhouse inside the network, where alone the warehouse can be reached; docs/runbook.md starts it.
resource "aws_ecs_task_definition" "command" {
  # checkov:skip=CKV_AWS_336:libraries write to more places than the home; the container lives for one command
  family                   = "${local.name}-command"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.flow_task_size.cpu
  memory                   = var.flow_task_size.memory
  execution_role_arn       = aws_iam_role.this["execution"].arn
  task_role_arn            = aws_iam_role.this["pipeline"].arn

  runtime_platform {
    cpu_architecture        = "ARM64"
    operating_system_family = "LINUX"
  }

  container_definitions = jsonencode([{
    name      = "command"
    image     = local.image
    command   = ["tickerhouse", "--help"]
    essential = true
    user      = "1000"
    environment = concat(
      [for name, value in local.settings : { name = name, value = value }],
      [{ name = "PREFECT_API_URL", value = local.prefect_api_url }, { name = "AWS_DEFAULT_REGION", value = var.region }],
      # From here the warehouse is a neighbour; the Data API is for those who are not.
      [{ name = "TICKERHOUSE_WAREHOUSE_ACCESS", value = "driver" }],
    )
    secrets = [{
      name      = var.prefect_auth == "api_key" ? "PREFECT_API_KEY" : "PREFECT_API_AUTH_STRING"
      valueFrom = local.credential
    }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this["flows"].name
        awslogs-region        = var.region
        awslogs-stream-prefix = "command"
      }
    }
  }])
}
