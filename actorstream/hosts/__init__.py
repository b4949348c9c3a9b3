"""Where actors live: pykka threads, or one thread with a chosen order. The actor classes know neither."""
