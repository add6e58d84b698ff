"""`dega inbox`: what the Call Center does with letters, each command under somebody's name."""

import json

import pytest
from cast import Admin
from cli.commands import Dega
from contact.writing import grumble, say

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine

VERA = ("--operator", "vera")


@pytest.mark.requirement("R41", "R43")
async def test_a_letter_is_listed_read_assigned_answered_and_closed(dega: Dega, bank: Bank, admin: Admin) -> None:
    reference = await grumble(bank)
    listed = await dega("inbox", "list", *VERA)
    assert f"{reference}  14.12.2026  complaint  other  received  -" in listed.stdout
    assert (await dega("inbox", "assign", reference, "elona", *VERA)).stdout == "Done.\n"
    assert reference in (await dega("inbox", "list", "--assigned-to", "elona", *VERA)).stdout
    answered = await dega("inbox", "answer", reference, "--text", "E kthyem.", *VERA)
    assert answered.stdout == "Answered: an e-mail goes to the author.\n"
    assert reference not in (await dega("inbox", "list", *VERA)).stdout
    read = (await dega("inbox", "read", reference, *VERA)).stdout
    assert "expected         Kthimin e njërit." in read
    assert "vera (waiting)\ntext  E kthyem." in read
    assert (await dega("inbox", "close", reference, "--reason", "done", *VERA)).stdout == "Done.\n"
    assert reference in (await dega("inbox", "list", "--state", "closed", *VERA)).stdout
    trail = await admin.fetch("SELECT action FROM audit WHERE actor = 'operator:vera' AND subject LIKE 'message:%'")
    assert [row["action"].partition(".")[2] for row in trail] == ["assigned", "answered", "read", "closed"]


async def test_what_is_overdue_is_listed_for_people_and_for_programs(
    dega: Dega, bank: Bank, machine: TimeMachine, admin: Admin
) -> None:
    reference = await say(bank)
    assert (await dega("inbox", "overdue", "--json", *VERA)).stdout == "[]\n"
    await admin.execute("UPDATE message SET due_on = '2020-01-01'")
    assert f"{reference}  01.01.2020" in (await dega("inbox", "overdue", *VERA)).stdout
    (entry,) = json.loads((await dega("inbox", "overdue", "--json", *VERA)).stdout)
    assert (entry["reference"], entry["due_on"], entry["assigned_to"]) == (reference, "2020-01-01", None)
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE action = 'inbox.overdue'") == 3


async def test_an_answer_may_come_from_a_file_with_its_paragraphs(dega: Dega, bank: Bank, admin: Admin) -> None:
    reference = await say(bank, contact="04 2266 288")
    said = await dega("inbox", "answer", reference, *VERA, standard_input="Po.\n\nE kthyem.\n")
    assert "call them" in said.stdout
    assert await admin.fetchval("SELECT text FROM reply") == "Po.\n\nE kthyem."


@pytest.mark.refusal("letter_closed", "text_missing")
async def test_what_cannot_be_done_to_a_letter_is_a_sentence(dega: Dega, bank: Bank) -> None:
    reference = await say(bank)
    empty = await dega("inbox", "answer", reference, "--text", " ", *VERA)
    assert (empty.exit_code, empty.stderr) == (1, "dega: Write your message.\n")
    await dega("inbox", "close", reference, "--reason", "spam", *VERA)
    closed = await dega("inbox", "answer", reference, "--text", "Po.", *VERA)
    assert (closed.exit_code, "is closed" in closed.stderr) == (1, True)
    unknown = await dega("inbox", "read", "M-7K3M-9Q2X", *VERA)
    assert (unknown.exit_code, unknown.stdout) == (1, "")


@pytest.mark.parametrize(
    "words", [("list",), ("overdue",), ("read", "M-1"), ("answer", "M-1"), ("assign", "M-1"), ("close", "M-1")]
)
async def test_nobody_does_anything_here_without_a_name(dega: Dega, words: tuple[str, ...]) -> None:
    said = await dega("inbox", *words, standard_input="")
    assert (said.exit_code, "--operator" in said.stderr) == (2, True)
