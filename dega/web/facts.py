"""The numbers of the help and the legal texts: those of config.toml, so that no bank’s help tells another’s."""

from dataclasses import dataclass

from dega.config import Config


@dataclass(frozen=True, slots=True)
class Facts:
    """Minutes, days, digits and tries, as this bank has them. Midnight is 24:00, the end of its day."""

    tries: int
    first_block: int
    password_least: int
    password_most: int
    password_days: int
    notice_days: int
    password_memory: int
    step_up_minutes: int
    cooling_hours: int
    device_days: int
    login_digits: int
    login_seconds: int
    payment_digits: int
    payment_minutes: int
    code_tries: int
    resends: int
    resend_seconds: int
    idle_minutes: int
    session_minutes: int
    closes: str
    opens: str
    kshbi: str
    complaint_days: int
    authority_address: str


def facts_of(config: Config) -> Facts:
    """What the configuration says."""
    access, codes, window = config.access, config.codes, config.window
    return Facts(
        tries=access.tries,
        first_block=access.block_minutes[0],
        password_least=access.password_least,
        password_most=access.password_most,
        password_days=access.password_days,
        notice_days=access.password_notice_days,
        password_memory=access.password_memory,
        step_up_minutes=access.step_up_seconds // 60,
        cooling_hours=access.cooling_hours,
        device_days=access.device_days,
        login_digits=codes.login_digits,
        login_seconds=codes.login_seconds,
        payment_digits=codes.payment_digits,
        payment_minutes=codes.payment_seconds // 60,
        code_tries=codes.tries,
        resends=codes.resends,
        resend_seconds=codes.resend_seconds,
        idle_minutes=config.sessions.idle_seconds // 60,
        session_minutes=config.sessions.absolute_seconds // 60,
        closes=window.starts,
        opens="24:00" if window.ends == "00:00" else window.ends,
        kshbi=f"{config.bank.kshbi_version:03}",
        complaint_days=config.inbox.complaint_days,
        authority_address=config.inbox.authority_address,
    )
