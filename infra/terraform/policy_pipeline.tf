data "aws_iam_policy_document" "pipeline" {
  statement {
    sid       = "TakeOnStepRoles"
    actions   = ["sts:AssumeRole"]
    resources = [local.role_arns["ingest"], local.role_arns["load"]]
  }
}
