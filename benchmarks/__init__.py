"""Benchmarks: ratios against the same work done by hand, measured in one run, alternating, as medians."""
