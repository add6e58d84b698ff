"""Passwords of providers: from the environment or a file that nobody else may read, and only those that are needed."""

from dataclasses import replace
from pathlib import Path

import pytest
from gateways.examples import commented, configured

from dega.config import Config, ConfigError, read
from dega.gateways.credentials import Credentials, read_credentials


def bank(folder: Path, **email: str) -> Config:
    config = read(environment={})
    return replace(config, secrets=replace(config.secrets, folder=str(folder)), email=replace(config.email, **email))


def write(path: Path, text: str, mode: int = 0o400) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def test_they_come_from_files_or_from_the_environment(tmp_path: Path) -> None:
    write(tmp_path / "sms_password", "from the file\n")
    environment = {"DEGA_SMS_USER": "dega", "DEGA_EMAIL_PASSWORD": "letters"}
    found = read_credentials(bank(tmp_path, user="bank"), environment)
    assert found == Credentials(sms_user="dega", sms_password="from the file", email_password="letters")


def test_each_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as failure:
        read_credentials(bank(tmp_path, user="bank"), {})
    assert [name in str(failure.value) for name in ("DEGA_SMS_USER", "DEGA_SMS_PASSWORD", "DEGA_EMAIL_PASSWORD")] == [
        True,
        True,
        True,
    ]


def test_only_what_the_templates_use_is_asked_for(tmp_path: Path) -> None:
    config = replace(bank(tmp_path), sms=configured(commented()["Infobip"]).sms)
    assert read_credentials(config, {"DEGA_SMS_API_KEY": "key", "DEGA_SMS_USER": "x"}) == Credentials(sms_api_key="key")
    config = replace(config, sms=replace(config.sms, gateway="log"), email=replace(config.email, gateway="log"))
    assert read_credentials(config, {}) == Credentials()


@pytest.mark.parametrize("mode", [0o444, 0o420, 0o402])
def test_a_file_that_others_may_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    write(tmp_path / "sms_password", "geheim", mode)
    with pytest.raises(ConfigError, match="others may read or change it") as failure:
        read_credentials(bank(tmp_path), {"DEGA_SMS_USER": "dega"})
    assert "geheim" not in str(failure.value)


@pytest.mark.parametrize("text", ["", "\n", "two\nlines", "nul\x00"])
def test_a_file_without_one_whole_line_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path / "sms_password", text)
    with pytest.raises(ConfigError, match="empty, or more than one line"):
        read_credentials(bank(tmp_path), {"DEGA_SMS_USER": "dega"})
