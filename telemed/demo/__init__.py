"""The demo clinic: its people, its schedule, its own page. Only with DEMO=1."""

from telemed.demo.doors import SignIn, banner, sign_ins

__all__ = ["SignIn", "banner", "sign_ins"]
