"""How connections are made: by which addresses, and whose certificates are believed."""

import os
import socket
import ssl
from functools import lru_cache
from typing import Any

from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

from workbench.errors import ModelError
from workbench.models.link_local import is_link_local


class Resolver(ThreadedResolver):
    """Resolves names, but none that lead to a link-local address."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """As aiohttp asks; OSError for what must not be connected to."""
        found = await super().resolve(host, port, family)
        for each in found:
            if is_link_local(each["host"]):
                raise OSError(f"{host} leads to the link-local address {each['host']}")
        return found


def tls() -> ssl.SSLContext:
    """Believes the system's certificates or those in SSL_CERT_FILE, and those in REQUESTS_CA_BUNDLE
    and CURL_CA_BUNDLE.
    """
    named = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    return _tls(*(os.environ.get(name, "") for name in named))


@lru_cache(4)  # reading the system's certificates takes 20 ms
def _tls(file: str, folder: str, *bundles: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for bundle in filter(None, (file, *bundles)):
        try:
            is_folder = os.path.isdir(bundle)
            context.load_verify_locations(**{"capath" if is_folder else "cafile": bundle})
        except (OSError, ssl.SSLError) as error:
            raise ModelError(
                f"{bundle}, which SSL_CERT_FILE, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names, holds "
                f"no certificates that can be read: {error}"
            ) from error
    return context


def certificate_fault(error: Any) -> str:
    """What is wrong with a certificate, or with TLS itself, and the next step."""
    cause = getattr(error, "certificate_error", None) or error
    reason = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or str(cause)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted: {reason}; if a CA of your own signed it, run "
            "`export SSL_CERT_FILE=/path/to/ca.pem` and start again"
        )
    return f"speaks no TLS that could be understood: {reason}; is it http:// and not https://?"
