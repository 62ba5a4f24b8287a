"""A small document from the web, with an end to its size and to the time it takes. Knows no exam.

For addresses that the configuration names, never for one that a client does.
"""

import asyncio

import aiohttp

CHUNK_BYTES = 16_384


class FetchFailed(Exception):
    """The document could not be had; says why, and names no part of it."""


async def fetch(url: str, *, bytes_max: int, within_s: float) -> bytes:
    """What is at this address now. No redirects, no cookies, no proxies of the environment.

    Raises FetchFailed for anything but a 200 of at most `bytes_max` within `within_s`.
    """
    try:
        async with asyncio.timeout(within_s), aiohttp.ClientSession() as session:
            headers = {"accept": "application/json"}
            async with session.get(url, allow_redirects=False, headers=headers) as answer:
                if answer.status != 200:
                    raise FetchFailed(f"it answers with status {answer.status}")
                return await _bounded(answer, bytes_max)
    except TimeoutError:
        raise FetchFailed(f"no answer within {within_s:g} s") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise FetchFailed(f"{type(error).__name__}: {str(error)[:200]}") from None


async def _bounded(answer: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    """The body, as long as it is not longer than that, unpacked."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > bytes_max:
            raise FetchFailed(f"it is longer than {bytes_max} bytes")
    return bytes(body)
