"""Speed as ratios measured in one run: each module prints one line of JSON."""
