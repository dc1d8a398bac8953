data "aws_iam_policy_document" "ingest" {
  statement {
    sid       = "WriteWhatCame"
    actions   = ["s3:PutObject"]
    resources = [for folder in ["observations", "raw", "rejected", "shards", "state/backfill", "state/budget", "state/capabilities"] : "${local.bucket_arn}/${folder}/*"]
  }

  statement {
    sid       = "ReadRawAndState"
    actions   = ["s3:GetObject"]
    resources = [for folder in ["observations", "raw", "runs", "shards", "state/backfill", "state/budget", "state/capabilities", "state/coverage", "state/moves", "watchlists"] : "${local.bucket_arn}/${folder}/*"]
  }

  # Without it S3 says 403 instead of 404 for what is not there yet. No condition on s3:prefix: HeadBucket and a missing object name none.
  statement {
    sid       = "KnowWhatIsMissing"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]
  }

  statement {
    sid       = "ReadApiKey"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.this["alpha-vantage-api-key"].arn]
  }

  statement {
    sid       = "UseDataKeyForLake"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "UseDataKeyForApiKey"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}
