"""Examples of bodies of signing in, accounts, keys and slips."""

from typing import Any

from protocol import http_access as h
from protocol.examples.scene import ATTEMPT, CANDIDATE, EXAM, NOW
from protocol.types import Role

TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"
EVA = h.Account("a-7", "eva", Role.EXAMINER, "Eva", [EXAM], ["B"], False, NOW)
KEY = h.ApiKey(
    "5f0c2e9a1b7d", "portal", Role.EXAMINER, [EXAM], ["B"], NOW, "admin:root", NOW + 1, NOW
)
MADE_UP = "k3vd-9h2m-x0qr-71st"

REQUESTS: dict[str, Any] = {
    "sign_in": h.SignIn("eva", "correct horse battery staple"),
    "sign_in_with_code": h.SignInWithCode("7K3M-0QX9-T4"),
    "change_password": h.ChangePassword("correct horse battery staple", MADE_UP),
    "create_account": h.CreateAccount(
        "eva", Role.EXAMINER, "Eva", [EXAM], ["B"], "a-7", "correct horse battery staple"
    ),
    "change_account": h.ChangeAccount("Eva B.", Role.EXAMINER, [EXAM], ["B"], disabled=True),
    "set_password": h.SetPassword("correct horse battery staple"),
    "create_api_key": h.CreateApiKey("portal", Role.EXAMINER, [EXAM], ["B"], NOW + 1),
    "make_slips": h.MakeSlips([CANDIDATE], renew=True),
    "issue_tokens": h.IssueTokens([CANDIDATE], 7_200),
}

RESPONSES: dict[str, Any] = {
    "signed_in": h.SignedIn(TOKEN, NOW + 43_200_000, "a-7", Role.EXAMINER, "Eva", [EXAM], ["B"]),
    "me": h.Me("a-7", Role.EXAMINER, "Eva", [EXAM], ["B"], NOW + 43_200_000),
    "account": EVA,
    "account_made": h.AccountMade(
        "a-7", "eva", Role.EXAMINER, "Eva", [EXAM], ["B"], False, NOW, password=MADE_UP
    ),
    "accounts_page": h.AccountsPage([EVA], "WyJsb2dpbiIsImV2YSIsImEtNyJd", 2),
    "password_set": h.PasswordSet(MADE_UP),
    "api_key_made": h.ApiKeyMade(
        "5f0c2e9a1b7d",
        "portal",
        Role.EXAMINER,
        [EXAM],
        ["B"],
        NOW,
        "admin:root",
        NOW + 1,
        NOW,
        key="esk_" + "7k3m" * 13,
    ),
    "api_keys": h.ApiKeys([KEY]),
    "slips": h.Slips([h.Slip(CANDIDATE, "आशा वर्मा", "B", "12-विज्ञान", "7K3M-0QX9-T4", ATTEMPT)]),
    "tokens": h.Tokens({CANDIDATE: TOKEN}),
}
