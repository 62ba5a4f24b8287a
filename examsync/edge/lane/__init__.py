"""The lane: WebSockets served below ASGI, with the doors, sessions and rooms of the stock way."""
