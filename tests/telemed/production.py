"""The environment of an invented clinic in production, complete and valid."""

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "SECRET_KEY": "kQ3vZ8wN1xB6mT4y" * 4,
    "FIELD_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "SIGNING_KEY": "5a0c9e1f" * 8,
    "BASE_URL": "https://clinic.example",
    "DATABASE_URL": "postgresql://telemed:secret@127.0.0.1:9/telemed",
    "REDIS_URL": "redis://:secret@127.0.0.1:9/0",
    "EMAIL_URL": "smtp://clinic:secret@mail.example:587",
    "FROM_EMAIL": "Clinic <clinic@example.com>",
    "TURN_URLS": "turn:turn.clinic.example:3478?transport=udp",
    "TURN_SECRET": "7b2d4f6a" * 5,
}
