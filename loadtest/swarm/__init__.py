"""The load test: candidates and examiners as locust users on the client core of `loadtest.client`.

`python -m loadtest` (./dev loadtest) runs it; `locust -f loadtest/locustfile.py` does too.
"""
