"""What the network and its libraries raise, as one sentence for people and one word for programs (docs/sources.md).

Nobody above knows httpcore, ssl or errno.
"""

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Literal

import httpcore

from monitor.values import dataclass


class TransportError(Exception):
    """No answer, or none that can be used; the text is one sentence without secrets."""

    usual: ClassVar[str] = "network"

    def __init__(self, sentence: str, code: str = "") -> None:
        """`code` is the word for programs."""
        super().__init__(sentence)
        self.code = code or self.usual


class Refused(TransportError):
    """An address that is not gone to."""

    usual = "refused"


class OutOfReach(Refused):
    """An address that only a wider reach may go to."""

    usual = "out-of-reach"


class TooMuch(TransportError):
    """More than is taken."""

    usual = "too-much"


class TooLate(TransportError):
    """Nothing came in time."""


Wait = Literal["name", "connection", "handshake", "proxy", "answer", "body"]


@dataclass(slots=True)
class Progress:
    """How far one request has come."""

    waits_for: Wait = "name"

    def too_late(self, seconds: float) -> TooLate:
        """Return what to say when it waits no longer, after `seconds`.

        >>> print(Progress("handshake").too_late(10.0))
        did not finish the TLS handshake within 10 s
        """
        code, sentence = _LATE[self.waits_for]
        return TooLate(sentence.format(f"{seconds:.3g} s"), code)


_LATE: dict[Wait, tuple[str, str]] = {
    "name": ("dns-timeout", "the name server answered nothing for {}"),
    "connection": ("connect-timeout", "could not be connected to within {}"),
    "handshake": ("tls-timeout", "did not finish the TLS handshake within {}"),
    "proxy": ("proxy-timeout", "the proxy did not connect within {}"),
    "answer": ("answer-timeout", "answered nothing for {}"),
    "body": ("body-timeout", "had not finished its answer after {}"),
}


@contextmanager
def explained(who: str = "", code: str = "") -> Iterator[None]:
    """Turn what the libraries raise into a TransportError with a sentence for people.

    `who` goes before it where it is not the source itself that failed, and `code` before the word for programs.
    """
    try:
        yield
    except httpcore.LocalProtocolError:
        # Its text quotes the header, which may be a secret: it is not kept as the cause either.
        raise TransportError("the request has a header that HTTP cannot carry", "bad-header") from None
    except httpcore.RemoteProtocolError as error:
        trouble = _protocol_trouble(error)
        raise type(trouble)(f"{who}{trouble}", code + trouble.code) from error
    except (OSError, httpcore.NetworkError) as error:
        word, sentence = _network_trouble(error)
        raise TransportError(who + sentence, code + word) from error


def _protocol_trouble(error: httpcore.RemoteProtocolError) -> TransportError:
    text = str(error)
    if "without sending a response" in text:
        return TransportError("closed the connection without an answer", "connection-closed")
    if "without sending complete message body" in text or "incomplete chunked read" in text:
        return TransportError("closed the connection in the middle of the body", "body-cut")
    if getattr(error.__cause__, "error_status_hint", 0) == 431:  # h11's own bound, 100 KiB
        return TooMuch("sent more than 100 KiB of headers")
    return TransportError("did not answer in HTTP", "not-http")


_CERTIFICATE = {  # X509_V_ERR_*, of OpenSSL's x509_vfy.h
    9: ("tls-not-yet-valid", "the certificate is not valid yet"),
    10: ("tls-expired", "the certificate has expired"),
    18: ("tls-self-signed", "the certificate is self-signed"),
    19: ("tls-unknown-authority", "the certificate is signed by an unknown authority"),
    20: ("tls-unknown-authority", "the certificate is signed by an unknown authority"),
    21: ("tls-unknown-authority", "the certificate is signed by an unknown authority"),
    23: ("tls-revoked", "the certificate was revoked"),
    62: ("tls-wrong-host", "the certificate is for another host"),
    64: ("tls-wrong-host", "the certificate is for another host"),
}
_TLS = {  # reasons that OpenSSL gives
    "WRONG_VERSION_NUMBER": ("tls-none", "does not speak TLS at that port"),
    "HTTP_REQUEST": ("tls-none", "does not speak TLS at that port"),
    "RECORD_LAYER_FAILURE": ("tls-none", "does not speak TLS at that port"),
    "UNSUPPORTED_PROTOCOL": ("tls-version", "speaks an outdated TLS only"),
    "TLSV1_ALERT_PROTOCOL_VERSION": ("tls-version", "speaks an outdated TLS only"),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": ("tls-client-certificate", "wants a certificate of ours"),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": ("tls-handshake", "has no way of TLS in common with us"),
}
_LOOKUP = {
    socket.EAI_NONAME: ("dns-no-such-host", "no such host"),
    socket.EAI_NODATA: ("dns-no-address", "the host has no address"),
    socket.EAI_AGAIN: ("dns-no-answer", "the name server does not answer"),
    socket.EAI_FAIL: ("dns-failed", "the name server cannot say where the host is"),
}
_ERRNO = {
    errno.ECONNREFUSED: ("connection-refused", "connection refused"),
    errno.ECONNRESET: ("connection-reset", "connection reset"),
    errno.EPIPE: ("connection-reset", "connection reset"),
    errno.ETIMEDOUT: ("connect-timeout", "the host does not answer"),
    errno.EHOSTUNREACH: ("no-route", "no route to the host"),
    errno.ENETUNREACH: ("no-route", "no route to the host"),
    errno.EMFILE: ("no-descriptors", "this process has no file descriptor left"),
}


def _network_trouble(error: Exception) -> tuple[str, str]:
    """Return the word and the sentence."""
    match error:
        case ssl.SSLCertVerificationError():
            return _CERTIFICATE.get(
                error.verify_code, ("tls-unverified", "the certificate cannot be verified")
            )
        case ssl.SSLError() if error.reason:
            reason = error.reason.lower().replace("_", " ")
            return _TLS.get(error.reason, ("tls-handshake", f"no TLS connection: {reason}"))
        case ssl.SSLError():
            return "tls-handshake", "no TLS connection"
        case socket.gaierror():
            return _LOOKUP.get(error.errno or 0, ("dns-failed", "the name of the host cannot be looked up"))
        case ConnectionError() if error.errno is None:  # asyncio raises it without a number
            return "connection-closed", "closed the connection"
        case TimeoutError() if error.errno is None:
            return "connect-timeout", "the host does not answer"
        case OSError() if error.errno:
            return _ERRNO.get(error.errno, ("network", os.strerror(error.errno).lower()))
    return "network", "the connection broke"
