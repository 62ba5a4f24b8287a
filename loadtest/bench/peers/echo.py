"""A floor: what uvicorn's WebSockets cost when nothing at all is done."""

from typing import Any

import uvicorn

from loadtest.bench.peers import told


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Every text goes back as it came."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=told.PORT,
        access_log=False,
        log_level="warning",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        lifespan="off",
        backlog=4_096,
    )
