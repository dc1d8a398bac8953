locals {
  # Every number that tasks/orchestration/metrics.py sends, of every flow that ran in the last two weeks; a test compares them.
  dashboard_rows = [
    { title = "Runs that ended well", names = ["RunsEndedWell"], stat = "Sum" },
    { title = "Sessions behind, symbols missing", names = ["SessionsBehind", "SymbolsMissing"], stat = "Maximum" },
    { title = "Bars loaded, restated, quarantined", names = ["RowsLoaded", "RowsRestated", "RowsQuarantined"], stat = "Sum" },
    { title = "Calls answered, bars accepted", names = ["ApiSuccessRate", "ValidationPassRate"], stat = "Minimum" },
    { title = "Calls left of the day", names = ["CallsLeft"], stat = "Minimum" },
    { title = "Seconds of a run", names = ["RunSeconds"], stat = "Maximum" },
  ]

  run_schema = join(",", concat([local.metrics_namespace], keys(local.run_dimensions)))

  dashboard_searches = concat(
    [for row in local.dashboard_rows : {
      title   = row.title
      stat    = row.stat
      metrics = [for name in row.names : [{ expression = "SEARCH('{${local.run_schema}} MetricName=\"${name}\" Environment=\"${var.environment}\"', '${row.stat}', 86400)" }]]
    }],
    [{
      title   = "Seconds of each step"
      stat    = "Maximum"
      metrics = [[{ expression = "SEARCH('{${local.run_schema},Step} MetricName=\"StepSeconds\" Environment=\"${var.environment}\" Flow=\"daily_prices\"', 'Maximum', 86400)" }]]
    }],
  )

  dashboard_metrics = concat(
    [for row in local.dashboard_searches : { title = row.title, stat = row.stat, metrics = jsonencode(row.metrics) }],
    [{ title = "Warehouse, RPU seconds", stat = "Sum", metrics = jsonencode([["AWS/Redshift-Serverless", "ComputeSeconds", "Workgroup", local.name]]) }],
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  count          = var.dashboard ? 1 : 0
  dashboard_name = local.name

  dashboard_body = jsonencode({
    widgets = concat(
      [for position, row in local.dashboard_metrics : {
        type   = "metric"
        x      = (position % 2) * 12
        y      = floor(position / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = row.title
          region  = var.region
          stat    = row.stat
          period  = 86400
          metrics = jsondecode(row.metrics)
        }
      }],
      [{
        type   = "log"
        x      = 0
        y      = 24
        width  = 24
        height = 6
        properties = {
          title  = "Errors of flow runs"
          region = var.region
          query  = "SOURCE '${aws_cloudwatch_log_group.this["flows"].name}' | fields @timestamp, @message | filter @message like /ERROR/ | sort @timestamp desc | limit 20"
        }
      }],
    )
  })
}
