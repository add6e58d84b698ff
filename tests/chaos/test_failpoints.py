"""The attack reaches every statement of a posting, also those that are written tomorrow."""

import ast
import inspect

from chaos.failpoints import POINTS, STATEMENTS

from dega.ledger import post
from dega.store import ledger


def test_every_statement_of_a_posting_has_a_point_before_and_one_after_it() -> None:
    known = {"begin", "threshold", "lock_payments", "lock_accounts", "write", "commit", "roll_back"}
    assert known <= set(STATEMENTS)
    assert len(POINTS) == len(set(POINTS)) == 2 * len(STATEMENTS)
    for name in STATEMENTS:
        assert next(iter(inspect.signature(getattr(ledger, name)).parameters)) == "connection"


def test_a_posting_has_no_statement_but_those_of_the_ledger_s_store() -> None:
    called = {node.attr for node in ast.walk(ast.parse(inspect.getsource(post))) if isinstance(node, ast.Attribute)}
    assert called.isdisjoint({"execute", "executemany", "fetch", "fetchrow", "fetchval", "prepare", "cursor"})
