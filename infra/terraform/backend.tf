# Bucket, key and region come from `terraform init -backend-config=...`; docs/runbook.md has the command.
terraform {
  backend "s3" {
    use_lockfile = true
    encrypt      = true
  }
}
