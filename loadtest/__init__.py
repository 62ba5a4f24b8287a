"""A crowd of clients, and the benchmarks. Imports `protocol`, never `examsync`."""
