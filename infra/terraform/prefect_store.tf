# What a Prefect server of one's own keeps: its database, and on a disk who holds which slot.
resource "aws_db_subnet_group" "prefect" {
  count      = local.has_server ? 1 : 0
  name       = "${local.name}-prefect"
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_db_instance" "prefect" {
  # checkov:skip=CKV_AWS_157:one zone; runs and automations are made again by tickerhouse deploy, and a second zone doubles the price
  # checkov:skip=CKV_AWS_118:nobody looks at the operating system of this database
  # checkov:skip=CKV_AWS_129:its log would hold what the server's own log says
  # checkov:skip=CKV_AWS_161:the server signs in with a password that AWS makes and keeps
  # checkov:skip=CKV_AWS_293:only prod is guarded against deletion; dev is thrown away often
  # checkov:skip=CKV_AWS_353:performance insights are for databases that are larger than this one
  # checkov:skip=CKV2_AWS_30:as CKV_AWS_129
  count                         = local.has_server ? 1 : 0
  identifier                    = "${local.name}-prefect"
  engine                        = "postgres"
  engine_version                = "17"
  instance_class                = local.server.database_class
  allocated_storage             = 20
  storage_type                  = "gp3"
  storage_encrypted             = true
  kms_key_id                    = aws_kms_key.data.arn
  db_name                       = "prefect"
  username                      = "prefect"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.data.key_id
  db_subnet_group_name          = aws_db_subnet_group.prefect[0].name
  vpc_security_group_ids        = [aws_security_group.prefect_store[0].id]
  publicly_accessible           = false
  backup_retention_period       = 7
  copy_tags_to_snapshot         = true
  auto_minor_version_upgrade    = true
  deletion_protection           = local.is_production
  skip_final_snapshot           = !local.is_production
  final_snapshot_identifier     = local.is_production ? "${local.name}-prefect-last" : null
}

resource "aws_efs_file_system" "leases" {
  count      = local.has_server ? 1 : 0
  encrypted  = true
  kms_key_id = aws_kms_key.data.arn
  tags       = { Name = "${local.name}-prefect-leases" }
}

resource "aws_efs_mount_target" "leases" {
  # One in each zone; a region of two zones has two of three subnets in one of them.
  count           = local.has_server ? length(distinct(local.zones)) : 0
  file_system_id  = aws_efs_file_system.leases[0].id
  subnet_id       = aws_subnet.private[count.index].id
  security_groups = [aws_security_group.prefect_store[0].id]
}

resource "aws_efs_access_point" "leases" {
  count          = local.has_server ? 1 : 0
  file_system_id = aws_efs_file_system.leases[0].id
  tags           = { Name = "${local.name}-prefect-leases" }

  posix_user {
    uid = 1000
    gid = 1000
  }

  root_directory {
    path = "/prefect"

    creation_info {
      owner_uid   = 1000
      owner_gid   = 1000
      permissions = "0700"
    }
  }
}

resource "aws_security_group" "prefect_store" {
  count       = local.has_server ? 1 : 0
  name        = "${local.name}-prefect-store"
  description = "Database and disk of the Prefect server"
  vpc_id      = aws_vpc.this.id
}

locals {
  store_ports = local.has_server ? { database = 5432, leases = 2049 } : {}
}

resource "aws_vpc_security_group_ingress_rule" "store_server" {
  for_each                     = local.store_ports
  security_group_id            = aws_security_group.prefect_store[0].id
  description                  = "The Prefect server, and nobody else: ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  referenced_security_group_id = aws_security_group.prefect[0].id
}

resource "aws_vpc_security_group_egress_rule" "server_store" {
  for_each                     = local.store_ports
  security_group_id            = aws_security_group.prefect[0].id
  description                  = "What the server keeps: ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  referenced_security_group_id = aws_security_group.prefect_store[0].id
}

resource "aws_security_group" "prefect" {
  count       = local.has_server ? 1 : 0
  name        = "${local.name}-prefect"
  description = "The Prefect server: worker and flow runs come in"
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "server_flows" {
  count                        = local.has_server ? 1 : 0
  security_group_id            = aws_security_group.prefect[0].id
  description                  = "The API, for worker and flow runs, and for nobody else"
  ip_protocol                  = "tcp"
  from_port                    = local.server_port
  to_port                      = local.server_port
  referenced_security_group_id = aws_security_group.flows.id
}

resource "aws_vpc_security_group_egress_rule" "flows_server" {
  count                        = local.has_server ? 1 : 0
  security_group_id            = aws_security_group.flows.id
  description                  = "The Prefect server"
  ip_protocol                  = "tcp"
  from_port                    = local.server_port
  to_port                      = local.server_port
  referenced_security_group_id = aws_security_group.prefect[0].id
}

resource "aws_vpc_security_group_egress_rule" "server_https" {
  count             = local.has_server ? 1 : 0
  security_group_id = aws_security_group.prefect[0].id
  description       = "HTTPS to Slack and AWS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}
