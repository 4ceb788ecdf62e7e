"""How fast it is: `python -m benchmarks.run` prints the table that docs/performance.md tells of."""
