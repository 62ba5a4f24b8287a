"""The load test under locust itself: `locust -f loadtest/locustfile.py --host URL`, with its page,
or `--headless`, `--master`, `--worker`, `--processes`; its options are under ExamSync in `--help`.

`./dev loadtest` is the same with a server of its own, a table and exit codes.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # locust puts only this folder there

from loadtest.swarm.hooks import Exam, register
from loadtest.swarm.users import Candidate, Examiner

__all__ = ["Candidate", "Exam", "Examiner"]

register()
