"""Runs localstripe, the stand-in for Stripe, on this machine: demo and tests only.

localstripe binds every interface, keeps its state in one file for the whole machine and forgets
its webhooks on restart; this starts it on the loopback with a state file and a webhook of its own.
"""

import argparse
import asyncio
import pickle
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from localstripe import resources, server, webhooks

from shop.config import Settings

EVENTS = ["payment_intent.succeeded", "payment_intent.payment_failed"]
SAVE_EVERY_SECONDS = 5


def main() -> None:
    """With a port it serves alone; without, as the settings of the shop beside it say. The shop
    itself isn't loaded: that would take five times as long as everything here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, help="without it, the shop's settings say everything")
    parser.add_argument("--state", type=Path, help="keep the state here between runs")
    parser.add_argument("--webhook", help="the shop's address for events")
    parser.add_argument("--secret", help="signs the events")
    options = parser.parse_args()
    if options.port is None:
        serve(Settings.from_environment())
    else:
        run(options.port, options.state, options.webhook, options.secret)


def serve(settings: Settings) -> None:
    """Serve the shop with these settings until stopped. Exits where there is to be no sandbox."""
    address = urlsplit(settings.stripe_address)
    if settings.is_production or address.hostname != "127.0.0.1" or address.port is None:
        sys.exit("The sandbox needs STRIPE_ADDRESS=http://127.0.0.1:PORT, and no production.")
    run(
        address.port,
        settings.data_folder / "sandbox.pickle",
        f"{settings.public_url}/webhooks/stripe",
        settings.stripe_webhook_secret,
    )


def run(port: int, state: Path | None, webhook: str | None, secret: str | None) -> None:
    """Serve until stopped."""
    _keep_state_in(state)
    if webhook and secret:
        webhooks.register_webhook("shop", webhook, secret, EVENTS)
    web.run_app(server.app, host="127.0.0.1", port=port, access_log=None, print=None)


def _keep_state_in(state: Path | None) -> None:
    """Read the state once, and write it every few seconds instead of after each assignment."""
    store = resources.store
    resources.Store.dump_to_disk = lambda self: None
    if state is None:
        return
    if state.is_file():
        dict.update(store, pickle.loads(state.read_bytes()))

    def save() -> None:
        fresh = state.with_suffix(".new")
        fresh.write_bytes(pickle.dumps(dict(store), protocol=pickle.HIGHEST_PROTOCOL))
        fresh.replace(state)

    async def keep_saving(app: web.Application) -> AsyncIterator[None]:
        async def loop() -> None:
            while True:
                await asyncio.sleep(SAVE_EVERY_SECONDS)
                save()

        saving = asyncio.create_task(loop())
        yield
        saving.cancel()
        save()

    server.app.cleanup_ctx.append(keep_saving)


if __name__ == "__main__":
    main()
