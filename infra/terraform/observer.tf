# What ECS says of its tasks, kept for the worker: prefect-aws's observer reads it and marks a run as crashed whose task died or never started.
# ECS says each event once; while the worker sleeps they wait here, a weekend and longer.
locals {
  task_events = "${local.name}-task-events"
}

resource "aws_sqs_queue" "tasks" {
  # checkov:skip=CKV2_AWS_73:SQS's own key: states of tasks are no secret, and EventBridge would need a right on ours
  name                       = local.task_events
  sqs_managed_sse_enabled    = true
  message_retention_seconds  = 4 * 86400
  visibility_timeout_seconds = 300
}

data "aws_iam_policy_document" "task_events" {
  statement {
    sid       = "TasksOfThisCluster"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.tasks.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.tasks.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "tasks" {
  queue_url = aws_sqs_queue.tasks.url
  policy    = data.aws_iam_policy_document.task_events.json
}

resource "aws_cloudwatch_event_rule" "tasks" {
  name        = local.task_events
  description = "Every change of a task of the cluster ${local.name}"

  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail      = { clusterArn = [aws_ecs_cluster.this.arn] }
  })
}

resource "aws_cloudwatch_event_target" "tasks" {
  rule = aws_cloudwatch_event_rule.tasks.name
  arn  = aws_sqs_queue.tasks.arn
}
