"""How the SDK reaches Stripe: kept connections, and little else.

The SDK's own client over ``requests`` computes several times as long as the call needs, in every
checkout.
"""

from collections.abc import Mapping
from typing import Any

import stripe
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError, SSLError

# As many as a process has threads that may ask at once.
KEPT_CONNECTIONS = 8


class PooledClient(stripe.HTTPClient):
    """Stripe's transport over urllib3. Raises stripe.APIConnectionError."""

    name = "urllib3"

    def __init__(self, timeout_seconds: float) -> None:
        super().__init__()
        self._pool = PoolManager(
            maxsize=KEPT_CONNECTIONS,
            timeout=Timeout(timeout_seconds),
            # The SDK counts and spaces the retries of a request itself.
            retries=False,
            ca_certs=stripe.ca_bundle_path,
        )

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            answer = self._pool.request(method.upper(), url, headers=headers, body=post_data)
        except HTTPError as error:
            # A certificate that can't be trusted doesn't become better by asking again.
            raise stripe.APIConnectionError(
                f"{type(error).__name__}: {error}", should_retry=not isinstance(error, SSLError)
            ) from error
        return answer.data, answer.status, answer.headers

    def close(self) -> None:
        self._pool.clear()
