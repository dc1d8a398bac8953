locals {
  secrets = {
    "alpha-vantage-api-key" = "The Alpha Vantage key, as plain text"
    "prefect-credential"    = "What worker and flow runs sign in to Prefect with: the API key or the auth string, as plain text"
    "slack-webhook"         = "The Slack webhook that tickerhouse deploy puts into Prefect, as plain text"
  }
}

# Only the entries. People put the values (docs/runbook.md), so that none enters the state.
resource "aws_secretsmanager_secret" "this" {
  # checkov:skip=CKV2_AWS_57:keys of other companies, which offer no interface to rotate them; docs/runbook.md does it by hand
  for_each                = local.secrets
  name                    = "${local.name}/${each.key}"
  description             = each.value
  kms_key_id              = aws_kms_key.data.arn
  recovery_window_in_days = local.is_production ? 30 : 0
}
