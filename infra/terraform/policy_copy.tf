data "aws_iam_policy_document" "copy" {
  statement {
    sid       = "ReadCuratedFiles"
    actions   = ["s3:GetObject"]
    resources = ["${local.bucket_arn}/curated/*", "${local.bucket_arn}/manifests/*"]
  }

  # LIST and GET are the least that COPY needs (https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-access-permissions.html).
  statement {
    sid       = "ListCuratedFiles"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["curated/*", "manifests/*"]
    }
  }

  statement {
    sid       = "UseDataKeyForLake"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}
