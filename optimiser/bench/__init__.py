"""Benchmarks: every run a row of a record, comparisons of records, and the referee for anybody's answers."""
