resource "aws_s3_bucket" "lake" {
  # checkov:skip=CKV_AWS_144:versions guard against mistakes; raw can be fetched again, and a second region doubles the price
  # checkov:skip=CKV2_AWS_62:Prefect drives the pipeline, not S3 events
  # checkov:skip=CKV_AWS_18:CloudTrail data events say who read what where that is wanted; access logs cost more than the lake
  bucket        = local.bucket
  force_destroy = !local.is_production
}

resource "aws_s3_bucket_versioning" "lake" {
  bucket = aws_s3_bucket.lake.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "lake" {
  bucket                  = aws_s3_bucket.lake.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

data "aws_iam_policy_document" "lake" {
  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arn, "${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  statement {
    sid       = "OnlyUnderOurKey"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    # Without the header the bucket's default applies, which is our key.
    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = ["false"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = [aws_kms_key.data.arn]
    }
  }

  # Every condition below asks for the header's presence first: a negated comparison is true of a header that was not sent
  # (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
  statement {
    sid       = "OnlyUnderAKeyOfKms"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["false"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["aws:kms"]
    }
  }

  # aws:kms without a key means the account's key aws/s3, not the bucket's default
  # (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html).
  statement {
    sid       = "NotUnderTheKeyOfS3"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["false"]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = ["true"]
    }
  }

  statement {
    sid       = "NotUnderAKeyOfTheCaller"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-customer-algorithm"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "lake" {
  bucket     = aws_s3_bucket.lake.id
  policy     = data.aws_iam_policy_document.lake.json
  depends_on = [aws_s3_bucket_public_access_block.lake]
}

resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  bucket     = aws_s3_bucket.lake.id
  depends_on = [aws_s3_bucket_versioning.lake]

  # Smaller objects stay in Standard: the move costs more than the class ever saves on them (infra/cost).
  transition_default_minimum_object_size = "all_storage_classes_128K"

  rule {
    id     = "expire-rejected"
    status = "Enabled"

    filter {
      prefix = "rejected/"
    }

    expiration {
      days = var.rejected_days
    }
  }

  rule {
    id     = "expire-snapshots"
    status = "Enabled"

    filter {
      prefix = "lake-snapshots/"
    }

    expiration {
      days = max(1, var.lake_snapshot_days)
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  # UNLOAD makes them again.
  rule {
    id     = "expire-former-current-files"
    status = "Enabled"

    filter {
      prefix = "lake/"
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  rule {
    id     = "expire-temporary"
    status = "Enabled"

    filter {
      prefix = "tmp/"
    }

    expiration {
      days = 7
    }
  }

  # What a run's shards were given and gave; its curated files are kept.
  rule {
    id     = "expire-shards"
    status = "Enabled"

    filter {
      prefix = "shards/"
    }

    expiration {
      days = 7
    }
  }

  rule {
    id     = "expire-former-versions"
    status = "Enabled"

    filter {
      prefix = ""
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  rule {
    id     = "abort-unfinished-uploads"
    status = "Enabled"

    filter {
      prefix = ""
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  dynamic "rule" {
    for_each = var.raw_archive_days > 0 ? [var.raw_archive_days] : []

    content {
      id     = "archive-raw"
      status = "Enabled"

      filter {
        prefix = "raw/"
      }

      # Instant Retrieval, so that a rebuild from raw waits for nothing.
      transition {
        days          = rule.value
        storage_class = "GLACIER_IR"
      }
    }
  }
}
