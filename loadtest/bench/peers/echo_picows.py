"""A floor: what picows costs when nothing at all is done. Run by a Python that has picows."""

import asyncio
import os
from typing import Any

import uvloop
from picows import WSListener, WSMsgType, ws_create_server  # type: ignore[import-not-found]


class Echo(WSListener):  # type: ignore[misc]
    """Every text goes back as it came."""

    def on_ws_frame(self, transport: Any, frame: Any) -> None:
        """A frame has come."""
        if frame.msg_type == WSMsgType.TEXT:
            transport.send(WSMsgType.TEXT, frame.get_payload_as_bytes())


async def main() -> None:
    """Serve for ever."""
    port = int(os.environ["PEER_PORT"])
    server = await ws_create_server(lambda request: Echo(), "127.0.0.1", port, backlog=4_096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main())
