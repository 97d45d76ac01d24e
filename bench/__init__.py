"""Benchmarks a person can run."""
