locals {
  run_labels = flatten([for name, value in local.run_dimensions : [name, value]])

  dashboard_rows = [
    { title = "Runs that ended well", metrics = [concat([local.metrics_namespace, "RunsEndedWell"], local.run_labels)], stat = "Sum" },
    { title = "Sessions behind", metrics = [concat([local.metrics_namespace, "SessionsBehind"], local.run_labels)], stat = "Maximum" },
    { title = "Bars loaded and quarantined", metrics = [
      concat([local.metrics_namespace, "RowsLoaded"], local.run_labels),
      concat([local.metrics_namespace, "RowsQuarantined"], local.run_labels),
    ], stat = "Sum" },
    { title = "Warehouse, RPU seconds", metrics = [["AWS/Redshift-Serverless", "ComputeSeconds", "Workgroup", local.name]], stat = "Sum" },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.name

  dashboard_body = jsonencode({
    widgets = concat(
      [for position, row in local.dashboard_rows : {
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
          metrics = row.metrics
        }
      }],
      [{
        type   = "log"
        x      = 0
        y      = 12
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
