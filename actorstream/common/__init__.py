"""Clock, ids, configuration, fault points, hashing: what every room needs and none owns."""
