data "aws_iam_policy_document" "execution" {
  # checkov:skip=CKV_AWS_356:GetAuthorizationToken takes no resource
  statement {
    sid       = "SignInToImages"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # reason: GetAuthorizationToken takes no resource
  }

  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.app.arn]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for group in concat(["flows", "worker"], local.has_server ? ["prefect"] : []) : "${aws_cloudwatch_log_group.this[group].arn}:*"]
  }

  statement {
    sid       = "InjectPrefectCredential"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = concat([local.credential], aws_db_instance.prefect[*].master_user_secret[0].secret_arn)
  }

  statement {
    sid       = "UseDataKeyForCredential"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}
