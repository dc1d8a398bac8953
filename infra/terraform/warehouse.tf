resource "aws_redshiftserverless_namespace" "this" {
  namespace_name = local.name
  db_name        = local.database
  admin_username = "administrator"
  # AWS makes and keeps the password; it never enters the state.
  manage_admin_password            = true
  admin_password_secret_kms_key_id = aws_kms_key.data.arn
  kms_key_id                       = aws_kms_key.data.arn
  iam_roles                        = [aws_iam_role.copy.arn]
  default_iam_role_arn             = aws_iam_role.copy.arn
  log_exports                      = ["connectionlog", "userlog"]
}

resource "aws_redshiftserverless_workgroup" "this" {
  namespace_name       = aws_redshiftserverless_namespace.this.namespace_name
  workgroup_name       = local.name
  base_capacity        = var.redshift_base_capacity
  max_capacity         = var.redshift_max_capacity
  publicly_accessible  = false
  enhanced_vpc_routing = true
  subnet_ids           = aws_subnet.private[*].id
  security_group_ids   = [aws_security_group.warehouse.id]

  config_parameter {
    parameter_key   = "require_ssl"
    parameter_value = "true"
  }

  # A forgotten query ends after a quarter of an hour.
  config_parameter {
    parameter_key   = "max_query_execution_time"
    parameter_value = "900"
  }
}

resource "aws_redshiftserverless_usage_limit" "compute" {
  resource_arn  = aws_redshiftserverless_workgroup.this.arn
  usage_type    = "serverless-compute"
  amount        = var.redshift_daily_rpu_hours
  period        = "daily"
  breach_action = "deactivate"
}
