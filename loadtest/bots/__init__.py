"""Bots: ordinary candidates over WebSocket who behave like people, in a process of their own.

    python -m loadtest.bots --url http://127.0.0.1:8000 --exam EXAM --tokens FILE --for SECONDS
                            --report FILE [--seed N]

FILE with the tokens is JSON: {"exam", "candidates": [{"candidate", "token", "name"}],
"examiner_token", ...} (unknown keys are ignored). With an examiner's token one bot watches the
monitor. They go home by themselves when their exam is over or the time has run out, and on
SIGTERM; the report (`loadtest.report.Report` as JSON) is written in every case.
"""
