"""The simulator on a real port: starlette for the web, uvicorn for the socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.contract import Contract
from harness.simulator.engine import Simulator
from harness.simulator.quirks import Quirk
from harness.simulator.webhook import deliver


def application(simulator: Simulator) -> Any:
    """The simulator as an ASGI application; one request at a time, as its state asks for.

    Every path is the simulator's, as it was sent: a router would decode it, and knows none with a line break.
    """
    from starlette.requests import Request
    from starlette.responses import Response

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        headers = {name.lower(): text for name, text in request.headers.items()}
        url = str(request.url.replace(path=scope["raw_path"].decode("latin-1")))
        reply = simulator.handle(request.method, url, headers, await request.body())
        deliver(simulator)
        await Response(reply.body, status_code=reply.status, headers=dict(reply.headers))(scope, receive, send)

    return answer


def serve(contract: Contract, quirks: list[Quirk], listener: socket.socket, secret: str | None = None) -> None:
    """Serve on a bound socket until interrupted. ``secret`` signs webhooks."""
    import uvicorn

    config = uvicorn.Config(
        application(Simulator(contract, quirks, secret=secret)), log_level="warning", lifespan="off"
    )
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def serving(contract: Contract, quirks: list[Quirk], secret: str | None = None) -> Iterator[str]:
    """A simulator on a free loopback port, as a base URL, while a ``with`` block lasts. ``secret`` signs webhooks."""
    with bound() as (listener, base), hosting(Simulator(contract, quirks, secret=secret), [listener]):
        yield base


@contextmanager
def bound() -> Iterator[tuple[socket.socket, str]]:
    """A socket on a free loopback port, and its base URL."""
    # Named as TCP, so that answers are not held back for 40 ms: asyncio asks for that by the socket's protocol.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def hosting(simulator: Simulator, listeners: list[socket.socket]) -> Iterator[None]:
    """The simulator answers on bound sockets while a ``with`` block lasts; then they are closed."""
    import uvicorn

    config = uvicorn.Config(application(simulator), log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": listeners}, daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
            if not thread.is_alive():
                raise RuntimeError("the simulator did not start")
        yield
    finally:
        server.should_exit = True
        thread.join(10)
