# Where Athena and Redshift Spectrum find the lake's current files; the load role makes the tables (tasks/lake/catalog.py).
resource "aws_glue_catalog_database" "this" {
  name        = local.catalog
  description = "The current rows of ${local.database}, a Parquet file a year under s3://${local.bucket}/lake/"
}
