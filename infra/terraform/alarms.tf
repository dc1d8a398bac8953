# CloudWatch alarms, for what Prefect cannot report: a topic, to which e-mail and Slack can listen.
data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "AlarmsAndBudgetOfThisAccount"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

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

resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = aws_kms_key.data.arn
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "email" {
  count     = var.alarm_email == "" ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  # The same names in the same order as DIMENSIONS in tasks/orchestration/metrics.py; a test compares them.
  run_dimensions = { Environment = var.environment, Source = var.source_name, Flow = "daily_prices" }

  # New York is four hours behind UTC in summer and five in winter; the alarm waits for both.
  alarm_first_hour = (var.run_window_start_hour + 4) % 24
  alarm_hours      = var.run_window_hours + 1
  alarm_first_day  = var.run_window_start_hour + 4 >= 24 ? 2 : 1

  in_window = join(" && ", [
    "DAY(clock) >= ${local.alarm_first_day}", "DAY(clock) <= ${local.alarm_first_day + 4}",
    "HOUR(clock) >= ${local.alarm_first_hour}", "HOUR(clock) < ${local.alarm_first_hour + local.alarm_hours}",
  ])

  # What a run says of itself. Without a new run nothing has changed, so a missing point leaves the alarm as it is.
  run_alarms = {
    behind = {
      metric = "SessionsBehind", statistic = "Maximum", comparison = "GreaterThanOrEqualToThreshold", threshold = 2
      text   = "The newest bars of ${local.name} are two sessions old or older."
    }
    api-success = {
      metric = "ApiSuccessRate", statistic = "Minimum", comparison = "LessThanThreshold", threshold = var.alarm_thresholds.api_success_rate
      text   = "Of the calls that a run of ${local.name} sent to Alpha Vantage, too few were answered with data."
    }
    validation-pass = {
      metric = "ValidationPassRate", statistic = "Minimum", comparison = "LessThanThreshold", threshold = var.alarm_thresholds.validation_pass_rate
      text   = "Of the bars that a run of ${local.name} judged, too few were accepted."
    }
    duration = {
      metric = "RunSeconds", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = var.alarm_thresholds.run_minutes * 60
      text   = "A run of daily_prices of ${local.name} took longer than ${var.alarm_thresholds.run_minutes} minutes."
    }
  }
}

# A series with a point in every hour, 0 in the window and 1 outside, and the runs laid over it: it stays below 1 for a whole window only
# where no run of it ended well. The clock does not come from the runs, because a metric with one point a day has no hour in all others.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
resource "aws_cloudwatch_metric_alarm" "silent" {
  alarm_name          = "${local.name}-silent"
  alarm_description   = "No run of daily_prices of ${local.name} ended well in its window, holidays included. Prefect may be silent: see docs/runbook.md."
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  evaluation_periods  = local.alarm_hours
  datapoints_to_alarm = local.alarm_hours
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = []

  metric_query {
    id          = "spoken"
    label       = "Runs that ended well, in the window"
    expression  = "MAX([outside, FILL(runs, 0)])"
    return_data = true
  }

  metric_query {
    id         = "outside"
    expression = "IF(${local.in_window}, 0, 1)"
  }

  metric_query {
    id         = "clock"
    expression = "TIME_SERIES(0)"
    period     = 3600
  }

  metric_query {
    id = "runs"

    metric {
      namespace   = local.metrics_namespace
      metric_name = "RunsEndedWell"
      dimensions  = local.run_dimensions
      stat        = "Sum"
      period      = 3600
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "run" {
  for_each            = local.run_alarms
  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.text} See docs/runbook.md."
  namespace           = local.metrics_namespace
  metric_name         = each.value.metric
  dimensions          = local.run_dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 3600
  evaluation_periods  = 1
  treat_missing_data  = "ignore"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "warehouse_compute" {
  alarm_name          = "${local.name}-warehouse-compute"
  alarm_description   = "The warehouse used over half of its daily limit within an hour; at the limit it turns queries off."
  namespace           = "AWS/Redshift-Serverless"
  metric_name         = "ComputeSeconds"
  dimensions          = { Workgroup = aws_redshiftserverless_workgroup.this.workgroup_name }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.redshift_daily_rpu_hours * 3600 / 2
  period              = 3600
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}
