"""`pyspark.core`: contexts and RDDs under the reference's newer module names."""
