"""Signatures of this server: Ed25519, with one key for each kind of thing that is signed.

A key is derived from SIGNING_KEY and the name of its domain, so that what was signed as one kind
never passes as another.
"""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings


def sign(domain: str, statement: bytes) -> str:
    """The signature, in hex."""
    return _key(domain).sign(statement).hex()


def is_signed(domain: str, statement: bytes, signature: str) -> bool:
    """Whether this server, with the SIGNING_KEY that it has now, signed exactly this."""
    try:
        _key(domain).public_key().verify(bytes.fromhex(signature), statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def _key(domain: str) -> Ed25519PrivateKey:
    seed = hashlib.sha256(f"{domain}:{settings.SIGNING_KEY}".encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)
