# Plans the whole module against a made-up provider: no account, no network, no credentials. What policies say is not seen here, for a
# mocked policy document is empty; tests/infra reads the rendered ones.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_availability_zones" {
    defaults = { zone_ids = ["use1-az1", "use1-az2", "use1-az3", "use1-az4"] }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  environment     = "dev"
  prefect_api_url = "https://prefect.example.com/api"
}

run "refuses_neither_an_address_nor_a_server" {
  command = plan

  variables {
    prefect_api_url = ""
  }

  expect_failures = [var.prefect_api_url]
}

run "refuses_an_address_and_a_server" {
  command = plan

  variables {
    prefect_server = {}
    prefect_auth   = "auth_string"
  }

  expect_failures = [var.prefect_api_url]
}

run "refuses_an_api_key_for_a_server_of_ones_own" {
  command = plan

  variables {
    prefect_api_url = ""
    prefect_server  = {}
  }

  expect_failures = [var.prefect_auth]
}

run "refuses_a_server_too_small_to_start" {
  command = plan

  variables {
    prefect_api_url = ""
    prefect_server  = { memory = 256 }
    prefect_auth    = "auth_string"
  }

  expect_failures = [var.prefect_server]
}

run "refuses_to_forget_runs_within_the_week" {
  command = plan

  variables {
    prefect_api_url = ""
    prefect_server  = { keep_runs_days = 1 }
    prefect_auth    = "auth_string"
  }

  expect_failures = [var.prefect_server]
}
