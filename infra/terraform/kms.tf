data "aws_iam_policy_document" "data_key" {
  # checkov:skip=CKV_AWS_109:the account's statement is what lets IAM policies govern the key
  # checkov:skip=CKV_AWS_111:as above
  # checkov:skip=CKV_AWS_356:in a key policy "*" means this key
  statement {
    sid       = "AccountGovernsByIam"
    actions   = ["kms:*"]
    resources = ["*"] # reason: in a key policy "*" means this key

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  statement {
    sid       = "LogGroups"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"] # reason: in a key policy "*" means this key

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${local.partition}:logs:${var.region}:${local.account_id}:log-group:/${local.name}/*"]
    }
  }

  # An alarm cannot publish to a topic under SNS's own key; it needs this one, and to be let in.
  statement {
    sid       = "AlarmsAndBudget"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"] # reason: in a key policy "*" means this key

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_kms_key" "data" {
  description             = "${local.name}: lake, warehouse, secrets, images, logs, alarms"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.data_key.json
}

resource "aws_kms_alias" "data" {
  name          = "alias/${local.name}"
  target_key_id = aws_kms_key.data.key_id
}
