data "aws_iam_policy_document" "copy" {
  statement {
    sid       = "ReadCuratedFiles"
    actions   = ["s3:GetObject"]
    resources = ["${local.bucket_arn}/curated/*", "${local.bucket_arn}/manifests/*"]
  }

  # UNLOAD writes aside; what readers find under lake/ the load role puts there.
  statement {
    sid       = "WriteSnapshots"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/lake-snapshots/*"]
  }

  # ENCRYPTED AUTO asks for the bucket's default (https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html).
  statement {
    sid       = "KnowDefaultKey"
    actions   = ["s3:GetEncryptionConfiguration"]
    resources = [local.bucket_arn]
  }

  # LIST and GET are the least that COPY needs (https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-access-permissions.html).
  statement {
    sid       = "ListCuratedFiles"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["curated/*", "lake-snapshots/*", "manifests/*"]
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
