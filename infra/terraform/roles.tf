# Who may take on which role; what each may do stands in policy_<role>.tf.
data "aws_iam_policy_document" "task_trust" {
  statement {
    sid     = "EcsTasksOfThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:ecs:${var.region}:${local.account_id}:*"]
    }
  }
}

data "aws_iam_policy_document" "step_trust" {
  statement {
    sid     = "FlowRunsAndNamedPeople"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = concat([aws_iam_role.this["pipeline"].arn], sort(var.operator_role_arns))
    }
  }
}

# Without aws:SourceAccount: no page of AWS says that Redshift sends it, and COPY would end at a condition that is never met. Who may make
# Redshift use the role is bounded all the same: attaching it to a namespace takes iam:PassRole on it, in this account
# (https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service.html).
data "aws_iam_policy_document" "copy_trust" {
  statement {
    sid     = "Redshift"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
    }
  }
}

locals {
  task_roles = {
    execution = "What ECS itself needs to start worker and flow runs"
    worker    = "The Prefect worker: starts and stops flow runs"
    pipeline  = "A flow run: takes on the ingest and load roles, and nothing else"
  }

  policies = {
    execution = data.aws_iam_policy_document.execution.json
    worker    = data.aws_iam_policy_document.worker.json
    pipeline  = data.aws_iam_policy_document.pipeline.json
  }
}

resource "aws_iam_role" "this" {
  for_each           = local.task_roles
  name               = "${local.name}-${each.key}"
  description        = each.value
  assume_role_policy = data.aws_iam_policy_document.task_trust.json
}

resource "aws_iam_role_policy" "this" {
  for_each = local.task_roles
  name     = each.key
  role     = aws_iam_role.this[each.key].id
  policy   = local.policies[each.key]
}

resource "aws_iam_role" "ingest" {
  name               = "${local.name}-ingest"
  description        = "Plan, extract, parse: the API key, raw and state; no warehouse"
  assume_role_policy = data.aws_iam_policy_document.step_trust.json
}

resource "aws_iam_role_policy" "ingest" {
  name   = "ingest"
  role   = aws_iam_role.ingest.id
  policy = data.aws_iam_policy_document.ingest.json
}

resource "aws_iam_role" "load" {
  name               = "${local.name}-load"
  description        = "Validate, curate, load, publish: curated files and the warehouse; no API key, no raw"
  assume_role_policy = data.aws_iam_policy_document.step_trust.json

  # GetCredentials signs in with these database roles (https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-iam-credentials-use-case.html).
  tags = { RedshiftDbRoles = join(":", var.loader_database_roles) }
}

resource "aws_iam_role_policy" "load" {
  name   = "load"
  role   = aws_iam_role.load.id
  policy = data.aws_iam_policy_document.load.json
}

resource "aws_iam_role" "copy" {
  name               = "${local.name}-copy"
  description        = "COPY and UNLOAD: reads curated files and their manifests, writes snapshots"
  assume_role_policy = data.aws_iam_policy_document.copy_trust.json
}

resource "aws_iam_role_policy" "copy" {
  name   = "copy"
  role   = aws_iam_role.copy.id
  policy = data.aws_iam_policy_document.copy.json
}
