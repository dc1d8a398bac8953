resource "aws_ecr_repository" "app" {
  name                 = local.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = !local.is_production

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.data.arn
  }
}

resource "aws_ecr_lifecycle_policy" "app" {
  repository = aws_ecr_repository.app.name

  # ECR does not know what ECS runs, so tags say what must stay (infra/docker/keep). An image whose tag fits a rule is left alone by every
  # rule after it (https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html).
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "What the worker runs or ran stays: the worker starts anew every trading day"
        selection    = { tagStatus = "tagged", tagPrefixList = ["worker-"], countType = "imageCountMoreThan", countNumber = 1000 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "The last ten that were deployed stay, so that a deployment can be taken back"
        selection    = { tagStatus = "tagged", tagPrefixList = ["deployed-"], countType = "imageCountMoreThan", countNumber = 10 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 3
        description  = "What was never deployed goes after a month"
        selection    = { tagStatus = "any", countType = "sinceImagePushed", countUnit = "days", countNumber = 30 }
        action       = { type = "expire" }
      },
    ]
  })
}

# A digest that is not in the repository, or that a rule may take, is refused before a task is told to run it.
data "aws_ecr_image" "worker" {
  count           = var.image_digest == "" ? 0 : 1
  repository_name = local.name # and not the resource's: what is read must not wait for it
  image_digest    = var.image_digest

  lifecycle {
    postcondition {
      condition     = anytrue([for tag in self.image_tags : startswith(tag, "worker-")])
      error_message = "The image of image_digest is not kept for the worker and would be expired: infra/docker/keep \"$(terraform output -raw image_repository)@${var.image_digest}\" worker"
    }
  }
}
