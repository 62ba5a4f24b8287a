"""What `examsync demo` is made of: an exam, processes, a tally."""
