"""Signatures with a key whose public half we have: ECDSA, as Twilio SendGrid signs."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


def is_public_key(text: str) -> bool:
    """Return whether a text is a public key as SendGrid shows it, DER in base64."""
    return _public_key(text) is not None


def is_signed(content: bytes, written: str, public_key: str) -> bool:
    """Return whether a signature is of this content and of the key's other half.

    Args:
        content: What was signed, with SHA-256.
        written: The signature in base64.
        public_key: As SendGrid shows it.
    """
    key = _public_key(public_key)
    if key is None:
        return False
    try:
        key.verify(base64.b64decode(written, validate=True), content, ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True


@lru_cache(maxsize=16)
def _public_key(text: str) -> EllipticCurvePublicKey | None:
    try:
        key = load_der_public_key(base64.b64decode(text))
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) else None
