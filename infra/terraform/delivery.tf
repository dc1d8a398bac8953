# GitHub may push an image and deploy it, from a job in the environment of this name; no key of AWS is kept at GitHub.
# Which branches may use that environment is a rule at GitHub (docs/runbook.md): a job that names one says nothing of its branch to AWS.
locals {
  has_delivery    = var.github_repository != ""
  github          = "token.actions.githubusercontent.com"
  has_promotion   = local.has_delivery && var.promote_from != ""
  github_provider = "arn:${local.partition}:iam::${local.account_id}:oidc-provider/${local.github}"

  delivery_roles = merge(
    local.has_delivery ? {
      deploy = {
        environment = var.environment
        description = "GitHub, in the environment of this name: pushes an image and deploys it to Prefect"
        policy      = data.aws_iam_policy_document.deploy.json
      }
    } : {},
    local.has_promotion ? {
      rehearse = {
        environment = "${var.environment}-rehearsal"
        description = "GitHub, in the environment of this name for rehearsals: reads what a deployment would change"
        policy      = data.aws_iam_policy_document.rehearse.json
      }
    } : {},
  )
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = local.has_delivery && var.create_github_provider ? 1 : 0
  url            = "https://${local.github}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "delivery_trust" {
  for_each = local.delivery_roles

  # checkov:skip=CKV_AWS_358:it reads the repository's empty default, with which no role is made; a test reads the rendered trust
  statement {
    sid     = "JobsOfThisEnvironment"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.github_provider]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:${var.github_repository}:environment:${each.value.environment}"]
    }
  }
}

# What a rehearsal needs: it says what would change.
data "aws_iam_policy_document" "rehearse" {
  statement {
    sid       = "ReadDeployment"
    actions   = ["ssm:GetParameter"]
    resources = [aws_ssm_parameter.deployment.arn]
  }

  statement {
    sid       = "SignInToPrefect"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [local.credential, aws_secretsmanager_secret.this["slack-webhook"].arn]
  }

  statement {
    sid       = "UseDataKeyForSecrets"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "deploy" {
  # checkov:skip=CKV_AWS_356:GetAuthorizationToken takes no resource
  source_policy_documents = [data.aws_iam_policy_document.rehearse.json]

  statement {
    sid       = "SignInToImages"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # reason: GetAuthorizationToken takes no resource
  }

  statement {
    sid = "PushImage"
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
    ]
    resources = [aws_ecr_repository.app.arn]
  }

  dynamic "statement" {
    for_each = local.has_promotion ? [var.promote_from] : []

    content {
      sid       = "TakeImageOver"
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = ["arn:${local.partition}:ecr:${var.region}:${local.account_id}:repository/tickerhouse-${statement.value}"]
    }
  }
}

resource "aws_iam_role" "delivery" {
  for_each             = local.delivery_roles
  name                 = "${local.name}-${each.key}"
  description          = each.value.description
  assume_role_policy   = data.aws_iam_policy_document.delivery_trust[each.key].json
  max_session_duration = 3600
  depends_on           = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "delivery" {
  for_each = local.delivery_roles
  name     = each.key
  role     = aws_iam_role.delivery[each.key].id
  policy   = each.value.policy
}

moved {
  from = aws_iam_role.deploy[0]
  to   = aws_iam_role.delivery["deploy"]
}

moved {
  from = aws_iam_role_policy.deploy[0]
  to   = aws_iam_role_policy.delivery["deploy"]
}
