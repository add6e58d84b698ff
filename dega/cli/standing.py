"""What staff see of a customer: no secret, and of phone and e-mail only as much as lets two be told apart."""

from dega.access import approvals, devices, factors, login
from dega.access.alert_choices import my_alerts
from dega.access.staff import Standing
from dega.accounts.accounts import my_accounts
from dega.bank import Bank
from dega.clock import format_instant
from dega.ids import mask_email, mask_phone
from dega.store.access import SignIn
from dega.store.devices import Device
from dega.store.factors import Factor
from dega.web.browsers import browser_name

LOGINS_SHOWN = 5


def facts_of(standing: Standing) -> dict[str, object]:
    """One customer as a row."""
    person, against = standing.customer, standing.lockout
    return {
        "number": person.number,
        "name": person.name,
        "kind": person.kind,
        "state": standing.state.value,
        "mobile": mask_phone(person.mobile) if person.mobile else None,
        "email": mask_email(person.email) if person.email else None,
        "kshbi_version": person.kshbi_version,
        "language": person.language,
        "password_changed_at": person.password_changed_at,
        "failures": against.failures,
        "blocked_at": against.since,
        "blocked_until": against.blocked_until if against.is_blocked else None,
        "blocked_by": against.by,
    }


async def whole(bank: Bank, standing: Standing) -> dict[str, object]:
    """The same, with accounts (no balances), factors, browsers, last logins, alerts, and open requests."""
    customer_id = standing.customer.id
    accounts = await my_accounts(bank, customer_id)
    logins = await login.last_sign_ins(bank, customer_id, LOGINS_SHOWN)
    waiting = await approvals.waiting(bank, customer_id)
    chosen = (await my_alerts(bank, customer_id)).ways
    return {
        **facts_of(standing),
        "accounts": [f"{account.iban} {account.currency} {account.status}" for account in accounts],
        "factors": [_factor(each) for each in await factors.mine(bank, customer_id)],
        "browsers": [_browser(each) for each in await devices.of(bank, customer_id)],
        "last_logins": [_login(each) for each in logins],
        "alerts": [f"{kind} {ways}" for kind, ways in chosen.items()],
        "open_requests": [f"{asked.id} {asked.action} by {asked.requested_by}" for asked in waiting],
    }


def _factor(factor: Factor) -> str:
    leaves = f", leaves {format_instant(factor.leaves_at)}" if factor.leaves_at else ""
    return f"{factor.id} {factor.kind} “{factor.name}”{leaves}"


def _browser(device: Device) -> str:
    name = browser_name(device.browser) or "unknown"
    return f"{name} {device.address_prefix}, last login {format_instant(device.last_seen_at)}"


def _login(entry: SignIn) -> str:
    outcome = "logged in" if entry.succeeded else "failed"
    where = " ".join(filter(None, (browser_name(entry.browser), entry.address_prefix)))
    return f"{format_instant(entry.at)} {outcome} {where}".strip()
