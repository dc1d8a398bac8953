locals {
  # Every resource's name begins with it, so that dev stands beside prod.
  name = "tickerhouse-${var.environment}"

  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  # Redshift Serverless asks for three subnets, in three zones where the region has so many and in two where it has not
  # (https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html). By id, because a zone's letter means another
  # place in every account.
  zone_ids = length(var.zone_ids) > 0 ? var.zone_ids : sort(setsubtract(data.aws_availability_zones.available.zone_ids, local.small_zones))
  zones    = [for position in range(3) : element(local.zone_ids, position)]

  # An old zone in which many services, Fargate and Redshift among them at times, have no room.
  small_zones = ["use1-az3"]

  is_production = var.environment == "prod"

  # S3 allows no underscore, Redshift no unquoted hyphen; bucket names are one space for the whole world.
  bucket     = "${local.name}-${replace(var.source_name, "_", "-")}-${local.account_id}"
  bucket_arn = "arn:${local.partition}:s3:::${local.bucket}"
  catalog    = replace(local.bucket, "-", "_")
  database   = "${var.environment}_${replace(var.source_name, "-", "_")}"

  # Written out, because policies and roles name one another.
  role_arns = {
    for role in ["execution", "worker", "pipeline", "ingest", "load", "copy"] :
    role => "arn:${local.partition}:iam::${local.account_id}:role/${local.name}-${role}"
  }

  watchlist_key     = "watchlists/daily_prices.yaml"
  flow_family       = "${local.name}-flow"
  metrics_namespace = "Tickerhouse"

  flow_subnets     = var.egress_mode == "nat" ? aws_subnet.private[*].id : aws_subnet.public[*].id
  assign_public_ip = var.egress_mode == "public_ip"
}
