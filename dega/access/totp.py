"""The six digits of an authenticator app (RFC 6238): a new code every 30 seconds, of a seed that both sides know."""

import hmac

import pyotp

SECONDS = 30
DIGITS = 6
DRIFT = 1
"""How many steps the clock of a telephone may be away from the bank's, either way."""


def new_seed() -> str:
    """160 random bits in base32, as apps take them."""
    return pyotp.random_base32()


def step_of(timestamp: float) -> int:
    """Which step a moment (seconds since 1970, UTC) lies in."""
    return int(timestamp // SECONDS)


def fitting_step(seed: str, code: str, now: int) -> int | None:
    """The step around `now` of which `code` is the code, or None. Takes as long whatever fits."""
    hotp = pyotp.HOTP(seed, digits=DIGITS)
    around = range(now - DRIFT, now + DRIFT + 1)
    fits = [step for step in around if hmac.compare_digest(hotp.at(step).encode(), code.encode())]
    return fits[0] if fits else None


def address(seed: str, customer_number: str, bank_name: str) -> str:
    """What a QR code tells an app: `otpauth://totp/…`."""
    totp = pyotp.TOTP(seed, digits=DIGITS, interval=SECONDS)
    return totp.provisioning_uri(name=customer_number, issuer_name=bank_name)
