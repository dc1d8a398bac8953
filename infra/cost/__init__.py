"""The cost model of an environment on AWS."""
