# A Prefect server of one's own, where `prefect_server` asks for it: one task and a small PostgreSQL, reached by worker and flow runs only.
# People reach its pages through a tunnel (infra/docker/tunnel). It runs day and night, because it is what notices that nothing happens.
locals {
  has_server    = var.prefect_server != null
  server        = local.has_server ? var.prefect_server : { cpu = 0, memory = 0, database_class = "", keep_runs_days = 0 }
  server_port   = 4200
  server_domain = "${local.name}.internal"

  # Without TLS: the name is known inside the VPC only, and only the flows' group may come in. The credential is asked for all the same.
  prefect_api_url = local.has_server ? "http://prefect.${local.server_domain}:${local.server_port}/api" : var.prefect_api_url

  server_settings = {
    PREFECT_HOME            = "/leases"
    PREFECT_SERVER_API_HOST = "0.0.0.0"
    PREFECT_SERVER_API_PORT = tostring(local.server_port)

    PREFECT_SERVER_DATABASE_DRIVER = "postgresql+asyncpg"
    PREFECT_SERVER_DATABASE_HOST   = one(aws_db_instance.prefect[*].address)
    PREFECT_SERVER_DATABASE_PORT   = "5432"
    PREFECT_SERVER_DATABASE_NAME   = "prefect"

    # On a disk that outlives the task: with the default, memory, a server that is started again ends every run that is going on.
    PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE = "prefect.server.concurrency.lease_storage.filesystem"

    # Prefect's own housekeeping; without "flow_runs" runs and their logs are kept for ever.
    PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED          = "events,flow_runs"
    PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD = tostring(local.server.keep_runs_days * 86400)
    PREFECT_SERVER_EVENTS_RETENTION_PERIOD             = tostring(7 * 86400)

    # Where the tunnel ends: links in messages lead there.
    PREFECT_UI_URL                   = "http://127.0.0.1:${local.server_port}"
    PREFECT_UI_API_URL               = "http://127.0.0.1:${local.server_port}/api"
    PREFECT_UI_STATIC_DIRECTORY      = "/home/tickerhouse/pages"
    PREFECT_SERVER_ANALYTICS_ENABLED = "false"
  }
}

resource "aws_ecs_task_definition" "prefect" {
  # checkov:skip=CKV_AWS_336:the session agent of the tunnel writes into the container's own file system
  count                    = local.has_server ? 1 : 0
  family                   = "${local.name}-prefect"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.server.cpu
  memory                   = local.server.memory
  execution_role_arn       = aws_iam_role.this["execution"].arn
  task_role_arn            = aws_iam_role.prefect[0].arn

  runtime_platform {
    cpu_architecture        = "ARM64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "leases"

    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.leases[0].id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = aws_efs_access_point.leases[0].id
        iam             = "ENABLED"
      }
    }
  }

  container_definitions = jsonencode([{
    name            = "prefect"
    image           = local.image
    command         = ["python", "-m", "infra.prefect_start"]
    essential       = true
    user            = "1000"
    mountPoints     = [{ sourceVolume = "leases", containerPath = "/leases" }]
    portMappings    = [{ containerPort = local.server_port }]
    linuxParameters = { initProcessEnabled = true }
    environment     = [for name, value in local.server_settings : { name = name, value = value }]
    healthCheck = {
      command     = ["CMD", "python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:${local.server_port}/api/health', timeout=5)"]
      interval    = 30
      timeout     = 10
      retries     = 5
      startPeriod = 180
    }
    secrets = [
      { name = "PREFECT_SERVER_API_AUTH_STRING", valueFrom = local.credential },
      { name = "PREFECT_SERVER_DATABASE_USER", valueFrom = "${aws_db_instance.prefect[0].master_user_secret[0].secret_arn}:username::" },
      { name = "PREFECT_SERVER_DATABASE_PASSWORD", valueFrom = "${aws_db_instance.prefect[0].master_user_secret[0].secret_arn}:password::" },
    ]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this["prefect"].name
        awslogs-region        = var.region
        awslogs-stream-prefix = "prefect"
      }
    }
  }])
}

resource "aws_ecs_service" "prefect" {
  # checkov:skip=CKV_AWS_333:its address is for what it sends (Slack, images); nothing comes in from outside; egress_mode = "nat" takes it away
  count                              = local.has_server ? 1 : 0
  name                               = "${local.name}-prefect"
  cluster                            = aws_ecs_cluster.this.id
  task_definition                    = aws_ecs_task_definition.prefect[0].arn
  desired_count                      = var.image_digest == "" ? 0 : 1
  launch_type                        = "FARGATE"
  propagate_tags                     = "SERVICE"
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100
  # What the tunnel stands on.
  enable_execute_command = true

  network_configuration {
    subnets          = local.flow_subnets
    security_groups  = [aws_security_group.prefect[0].id]
    assign_public_ip = local.assign_public_ip
  }

  service_registries {
    registry_arn = aws_service_discovery_service.prefect[0].arn
  }

  depends_on = [aws_efs_mount_target.leases]
}

resource "aws_service_discovery_private_dns_namespace" "this" {
  count       = local.has_server ? 1 : 0
  name        = local.server_domain
  description = "Names inside the network of ${local.name}"
  vpc         = aws_vpc.this.id
}

resource "aws_service_discovery_service" "prefect" {
  count = local.has_server ? 1 : 0
  name  = "prefect"

  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.this[0].id

    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}
