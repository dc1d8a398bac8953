data "aws_iam_policy_document" "worker" {
  # checkov:skip=CKV_AWS_356:the three reads and registrations below take no resource; each says so
  # checkov:skip=CKV_AWS_111:RegisterTaskDefinition takes no resource; what a definition may run as is limited by PassFlowRoles
  statement {
    sid       = "DescribeFlowRuns"
    actions   = ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"]
    resources = ["*"] # reason: both take no resource; what a definition may run as is limited by PassFlowRoles
  }

  # The worker looks the subnets up before it uses them.
  statement {
    sid       = "SeeNetwork"
    actions   = ["ec2:DescribeSubnets", "ec2:DescribeVpcs"]
    resources = ["*"] # reason: EC2's describe calls take no resource
  }

  statement {
    sid       = "StartFlowRuns"
    actions   = ["ecs:RunTask"]
    resources = ["arn:${local.partition}:ecs:${var.region}:${local.account_id}:task-definition/${local.flow_family}:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.this.arn]
    }
  }

  statement {
    sid       = "LabelFlowRuns"
    actions   = ["ecs:TagResource"]
    resources = ["arn:${local.partition}:ecs:${var.region}:${local.account_id}:task/${local.name}/*"]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RunTask"]
    }
  }

  # The observer reads a task's tags, which name its flow run.
  statement {
    sid       = "SeeAndStopFlowRuns"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
    resources = ["arn:${local.partition}:ecs:${var.region}:${local.account_id}:task/${local.name}/*"]
  }

  statement {
    sid       = "HearOfTasks"
    actions   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]
    resources = [aws_sqs_queue.tasks.arn]
  }

  statement {
    sid       = "PassFlowRoles"
    actions   = ["iam:PassRole"]
    resources = [local.role_arns["execution"], local.role_arns["pipeline"]]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}
