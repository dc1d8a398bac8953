resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_338:how long logs are kept is a variable, a year by default
  for_each          = toset(concat(["flows", "worker", "rejected-traffic"], local.has_server ? ["prefect"] : []))
  name              = "/${local.name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.data.arn
}
