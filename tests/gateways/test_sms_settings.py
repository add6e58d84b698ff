"""`[sms]` of config.toml: what can't work or would give a secret away stops the start, with the key that is wrong."""

import pytest
from gateways.examples import commented, configured
from hypothesis import given
from hypothesis import strategies as st

from dega.config import ConfigError, read
from dega.sms_settings import fill

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


def problems(**http: object) -> str:
    with pytest.raises(ConfigError) as failure:
        configured(commented()["Twilio"], **http)
    return str(failure.value)


def test_the_examples_of_config_toml_are_good() -> None:
    assert list(commented()) == ["Infobip", "Twilio", "Vonage"]
    for example in commented().values():
        assert configured(example).sms.http.method == "POST"


@pytest.mark.parametrize(
    ("http", "said"),
    [
        ({"body": "To={to}&Body={txt}"}, "sms.http.body: {txt} is no place"),
        ({"headers": {**FORM, "X-Id": "{identity}"}}, "sms.http.headers.X-Id: {identity} is no place"),
        ({"body": "To={to}"}, "sms.http.url: {text} is missing"),
        ({"body": "Body={text}"}, "sms.http.url: {to} is missing"),
        ({"headers": {}}, "sms.http.headers: expected Content-Type"),
        ({"headers": {"Content-Type": "text/plain"}}, "sms.http.headers: expected Content-Type"),
        ({"headers": JSON, "body": '{"to":{to},"text":"{text}"}'}, "sms.http.body: no JSON"),
        ({"method": "GET"}, "sms.http.body: a GET has none"),
        ({"answer": "("}, "sms.http.answer: no regular expression"),
        ({"headers": {**FORM, "X-A": "a\r\nB: c"}}, "sms.http.headers.X-A: a line break"),
        ({"accepted": []}, "sms.http.accepted"),
        ({"accepted": [302]}, "sms.http.accepted"),
        ({"url": "https://{user}.example/"}, "sms.http.url"),
        ({"adress": 1}, "sms.http.adress: this key is unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_can_not_work_is_named_with_its_key(http: dict[str, object], said: str) -> None:
    assert said in problems(**http)


@pytest.mark.parametrize(
    "http",
    [
        {"body": "To={to}&Body={text}&password=geheim"},
        {"url": "https://api.example/send?api_key=geheim"},
        {"url": "https://dega:geheim@api.example/send"},
        {"headers": {**FORM, "Authorization": "App geheim"}},
        {"headers": {**FORM, "X-Api-Key": "geheim"}},
        {"headers": JSON, "body": '{"to":"{to}","text":"{text}","auth":{"api_secret":"geheim"}}'},
        {"headers": JSON, "body": '[{"to":"{to}","text":"{text}","token":"geheim"}]'},
    ],
    ids=str,
)
def test_a_secret_in_the_file_stops_the_start(http: dict[str, object]) -> None:
    said = problems(**http)
    assert "secret" in said
    assert "geheim" not in said.replace("https://dega:geheim@", "")


@pytest.mark.parametrize("code", ["+355", "0355", "Albania", "35512"])
def test_a_budget_is_for_a_country_prefix(code: str) -> None:
    with pytest.raises(ConfigError, match=r"sms\.daily_budgets"):
        read(environment={"DEGA__SMS__DAILY_BUDGETS": f'{{ "{code}" = 5, other = 1 }}'})


@given(st.text())
def test_whatever_stands_in_a_place_is_one_value_of_a_form_a_query_or_json(text: str) -> None:
    import json
    from urllib.parse import parse_qs

    text = text.encode("utf-8", "replace").decode()
    values = {"text": text}
    assert json.loads(fill('{"a":"{text}","b":1}', values, "json")) == {"a": text, "b": 1}
    for escape in ("form", "query"):
        read_back = parse_qs(fill("a={text}&b=1", values, escape), keep_blank_values=True)  # type: ignore[arg-type]
        assert read_back == {"a": [text], "b": ["1"]}


@pytest.mark.parametrize("value", ["a\r\nB: c", "a\nb", "a\x00b", "ë"])
def test_nothing_becomes_a_header_of_its_own(value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        fill("App {api_key}", {"api_key": value}, "header")
