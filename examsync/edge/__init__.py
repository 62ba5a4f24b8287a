"""How people come in: sockets and the HTTP API. Thin: no rules, no Redis, no SQL."""
