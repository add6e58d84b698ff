"""A line of the log is one line of JSON, whatever a stranger sent."""

import json
import logging

import pytest

from dega.logs import JsonLines


@pytest.mark.parametrize("sent", ["plain", "two\nlines", "\udcff half a character", "\x00", "\u202e turned"])
def test_whatever_is_logged_is_one_line_of_json(sent: str) -> None:
    record = logging.makeLogRecord({"msg": "said %s", "args": (sent,), "levelname": "INFO", "route": sent})
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["level"] == "info"
    assert "said" in json.loads(line)["what"]
