"""The simulator behind the seam of the exchange layer, in process."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from harness.simulator.engine import Simulator


class SimulatedTransport(httpx.BaseTransport):
    """The simulator behind the same seam as the real thing, in process; ``after`` is called after each answer."""

    def __init__(self, simulator: Simulator, after: Callable[[], None] = lambda: None) -> None:
        self.simulator, self._after = simulator, after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): text for name, text in request.headers.items()}
        reply = self.simulator.handle(request.method, str(request.url), headers, request.read())
        self._after()
        sized = {"content-length": str(len(reply.body))} if reply.body else {}
        # As content, httpx would unpack the body by itself, and fail where it is not what its headers say.
        stream = httpx.ByteStream(reply.body)
        return httpx.Response(reply.status, headers={**reply.headers, **sized}, stream=stream, request=request)
