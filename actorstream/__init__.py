"""actorstream: checkpointed, actor-based dataflow with PySpark's streaming API."""
