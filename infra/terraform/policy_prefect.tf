# The Prefect server's own role: its disk, and the channel of the tunnel.
data "aws_iam_policy_document" "prefect" {
  # checkov:skip=CKV_AWS_356:the session channel takes no resource
  # checkov:skip=CKV_AWS_111:as above
  count = local.has_server ? 1 : 0

  statement {
    sid       = "OwnDisk"
    actions   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    resources = [aws_efs_file_system.leases[0].arn]

    condition {
      test     = "StringEquals"
      variable = "elasticfilesystem:AccessPointArn"
      values   = [aws_efs_access_point.leases[0].arn]
    }
  }

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
  statement {
    sid = "Tunnel"
    actions = [
      "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"] # reason: the channels of a session take no resource
  }
}

resource "aws_iam_role" "prefect" {
  count              = local.has_server ? 1 : 0
  name               = "${local.name}-prefect"
  description        = "The Prefect server: its disk and the tunnel, nothing of the pipeline"
  assume_role_policy = data.aws_iam_policy_document.task_trust.json
}

resource "aws_iam_role_policy" "prefect" {
  count  = local.has_server ? 1 : 0
  name   = "prefect"
  role   = aws_iam_role.prefect[0].id
  policy = data.aws_iam_policy_document.prefect[0].json
}
