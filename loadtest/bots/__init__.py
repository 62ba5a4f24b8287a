"""Candidates and examiners who behave like people, as ordinary clients in a process of their own.

python -m loadtest.bots --url URL --exam EXAM --tokens FILE --for SECONDS --report FILE
"""
