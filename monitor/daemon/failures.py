"""What the network and its libraries raise, as one sentence for people. Nobody above knows httpcore, ssl or errno."""

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore


class TransportError(Exception):
    """No answer, or none that can be used; the text is one sentence without secrets."""


class Refused(TransportError):
    """An address that is not gone to."""


class OutOfReach(Refused):
    """An address that only a wider reach may go to."""


class TooMuch(TransportError):
    """More than is taken."""


@contextmanager
def explained(who: str = "") -> Iterator[None]:
    """Turn what the libraries raise into a TransportError with a sentence for people.

    `who` goes before it where it is not the source itself that failed.
    """
    try:
        yield
    except httpcore.LocalProtocolError:
        # Its text quotes the header, which may be a secret: it is not kept as the cause either.
        raise TransportError("the request has a header that HTTP cannot carry") from None
    except httpcore.RemoteProtocolError as error:
        raise _protocol_trouble(error, who) from error
    except (OSError, httpcore.NetworkError) as error:
        raise TransportError(who + _network_sentence(error)) from error


def _protocol_trouble(error: httpcore.RemoteProtocolError, who: str) -> TransportError:
    text = str(error)
    if "without sending a response" in text:
        return TransportError(f"{who}closed the connection without an answer")
    if "without sending complete message body" in text or "incomplete chunked read" in text:
        return TransportError(f"{who}closed the connection in the middle of the body")
    if getattr(error.__cause__, "error_status_hint", 0) == 431:  # h11's own bound, 100 KiB
        return TooMuch(f"{who}sent more than 100 KiB of headers")
    return TransportError(f"{who}did not answer in HTTP")


_CERTIFICATE = {  # X509_V_ERR_*, of OpenSSL's x509_vfy.h
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is self-signed",
    19: "the certificate is signed by an unknown authority",
    20: "the certificate is signed by an unknown authority",
    21: "the certificate is signed by an unknown authority",
    23: "the certificate was revoked",
    62: "the certificate is for another host",
    64: "the certificate is for another host",
}
_LOOKUP = {
    socket.EAI_NONAME: "no such host",
    socket.EAI_NODATA: "the host has no address",
    socket.EAI_AGAIN: "the name server does not answer",
}
_ERRNO = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
    errno.ETIMEDOUT: "the host does not answer",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "no route to the host",
    errno.EMFILE: "this process has no file descriptor left",
}


def _network_sentence(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return _CERTIFICATE.get(error.verify_code, "the certificate cannot be verified")
        case ssl.SSLError() if error.reason:
            return f"no TLS connection: {error.reason.lower().replace('_', ' ')}"
        case ssl.SSLError():
            return "no TLS connection"
        case socket.gaierror():
            return _LOOKUP.get(error.errno or 0, "the name of the host cannot be looked up")
        case ConnectionError() if error.errno is None:  # asyncio raises it without a number
            return "closed the connection"
        case TimeoutError() if error.errno is None:
            return "the host does not answer"
        case OSError() if error.errno:
            return _ERRNO.get(error.errno, os.strerror(error.errno).lower())
    return "the connection broke"
