data "aws_iam_policy_document" "load" {
  # checkov:skip=CKV_AWS_356:PutMetricData and the readers of statements take no resource; their conditions name the one namespace and owner
  statement {
    sid       = "WriteWhatWasMade"
    actions   = ["s3:PutObject"]
    resources = [for folder in ["curated", "lake", "manifests", "quality", "quarantine", "reports", "runs", "state/alerts", "state/capture_sizes", "state/coverage", "state/history", "state/lake", "state/moves", "state/rebuild", "state/verdicts", "state/warehouse"] : "${local.bucket_arn}/${folder}/*"]
  }

  statement {
    sid       = "ReadStateAndPages"
    actions   = ["s3:GetObject"]
    resources = [for folder in ["curated", "lake", "lake-snapshots", "manifests", "quality", "quarantine", "reports", "state/alerts", "state/capture_sizes", "state/coverage", "state/history", "state/lake", "state/moves", "state/rebuild", "state/verdicts", "state/warehouse"] : "${local.bucket_arn}/${folder}/*"]
  }

  # The flow maintenance removes what a person can no longer want, and retention the years of which nothing is left.
  statement {
    sid       = "RemoveOldObjects"
    actions   = ["s3:DeleteObject"]
    resources = [for folder in ["lake", "lake-snapshots", "rejected"] : "${local.bucket_arn}/${folder}/*"]
  }

  # A year's first file makes a partition, a new column changes a table.
  statement {
    sid       = "RegisterLakeTables"
    actions   = ["glue:BatchCreatePartition", "glue:CreateTable", "glue:GetTable", "glue:UpdateTable"]
    resources = [for part in ["catalog", "database/${local.catalog}", "table/${local.catalog}/*"] : "arn:${local.partition}:glue:${var.region}:${local.account_id}:${part}"]
  }

  # Without it S3 says 403 instead of 404 for what is not there yet. No condition on s3:prefix: a missing object names none.
  statement {
    sid       = "KnowWhatIsMissing"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]
  }

  statement {
    sid       = "OwnMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"] # reason: PutMetricData takes no resource; the condition names the one namespace

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = [local.metrics_namespace]
    }
  }

  statement {
    sid       = "SignInToWarehouse"
    actions   = ["redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"]
    resources = [aws_redshiftserverless_workgroup.this.arn]
  }

  # What a person asks with tickerhouse sql, quarantine and migrate, from anywhere (tasks/warehouse/data_api.py).
  statement {
    sid       = "AskWarehouse"
    actions   = ["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"]
    resources = [aws_redshiftserverless_workgroup.this.arn]
  }

  statement {
    sid       = "ReadOwnAnswers"
    actions   = ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult"]
    resources = ["*"] # reason: both take no resource; the condition names the statement's owner

    condition {
      test     = "StringEquals"
      variable = "redshift-data:statement-owner-iam-userid"
      values   = ["$${aws:userid}"]
    }
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
}
