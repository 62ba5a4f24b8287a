"""What webhooks sign is what the library of Standard Webhooks verifies, and nothing else."""

import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from examsync.events.signing import generations, headers, secret_of

KEY = b"k" * 32
BODY = '{"data":"दो"}'.encode()


def now() -> int:
    return time.time_ns() // 1_000_000


def test_the_library_verifies_what_is_signed() -> None:
    secret = secret_of(KEY, "wh_1", 1)
    signed = headers("evt_1", BODY, [secret], now())
    assert Webhook(secret).verify(BODY, signed) == {"data": "दो"}


def test_another_body_id_or_secret_is_refused() -> None:
    secret = secret_of(KEY, "wh_1", 1)
    signed = headers("evt_1", BODY, [secret], now())
    for body, said, key in (
        (BODY + b" ", signed, secret),
        (BODY, signed | {"webhook-id": "evt_2"}, secret),
        (BODY, signed, secret_of(KEY, "wh_1", 2)),
        (BODY, headers("evt_1", BODY, [secret], now() - 600_000), secret),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(body, said)


def test_two_secrets_sign_so_that_either_verifies() -> None:
    old, new = secret_of(KEY, "wh_1", 1), secret_of(KEY, "wh_1", 2)
    signed = headers("evt_1", BODY, [new, old], now())
    assert len(signed["webhook-signature"].split()) == 2
    for secret in (old, new):
        Webhook(secret).verify(BODY, signed)


def test_secrets_differ_by_webhook_generation_and_installation() -> None:
    made = {secret_of(*parts) for parts in [(KEY, "a", 1), (KEY, "a", 2), (KEY, "b", 1)]}
    made.add(secret_of(b"x" * 32, "a", 1))
    assert len(made) == 4
    assert all(secret.startswith("whsec_") and len(secret) == 50 for secret in made)
    assert secret_of(KEY, "a", 1) in made


def test_the_secret_before_signs_for_a_day() -> None:
    assert generations(1, 0, 5) == [1]
    assert generations(1, 10, 5) == [1]
    assert generations(3, 10, 9) == [3, 2]
    assert generations(3, 10, 10) == [3]
