"""Masking policies and row-level security: who sees which values and which rows."""

import pytest

from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded


@pytest.fixture
def cards(client: Client) -> Client:
    client.run("create table public.cards (id int, card varchar(30))")
    client.run("insert into public.cards values (100, '4532993817514842')")
    client.run("create view public.card_view as select card from public.cards")
    client.run("create masking policy hidden with (c varchar(256)) using ('XXXX'::text)")
    client.run("create masking policy shortened with (c varchar(256)) using (left(c, 4))")
    client.run("attach masking policy hidden on public.cards (card) to public")
    return client


@pytest.fixture
def ledger(client: Client) -> Client:
    """A table with rows of two books, of which anna may see one, and bert none."""
    client.run("create table public.ledger (book varchar(5), amount int)")
    client.run("insert into public.ledger values ('a', 1), ('b', 2)")
    for user in ("anna", "bert"):
        client.run(f"create user {user} password 'Abcd1234'")
        client.run(f"grant all on public.ledger to {user}")
    client.run("create rls policy only_a with (book varchar(5)) using (book = 'a')")
    client.run("attach rls policy only_a on public.ledger to anna")
    client.run("alter table public.ledger row level security on")
    return client


def as_user(client: Client, user: str, sql: str) -> list[tuple[object, ...]]:
    client.run(f"set session authorization {user}")
    try:
        return client.run(sql)
    finally:
        client.run("reset session authorization")


def test_a_masked_column_is_seen_masked_wherever_it_is_read(cards: Client) -> None:
    assert cards.run("select * from public.cards") == [(100, "XXXX")]
    assert cards.run("select card from public.card_view") == [("XXXX",)]
    assert cards.run("select count(*) from public.cards where card = '4532993817514842'") == [(0,)]
    cards.run("create table public.copied as select card from public.cards")
    assert cards.run("select card from public.copied") == [("XXXX",)]


def test_the_source_of_a_merge_is_masked(cards: Client) -> None:
    cards.run("create table public.into_cards (id int, card varchar(30))")
    cards.run(
        "merge into public.into_cards using public.cards as s on into_cards.id = s.id"
        " when matched then update set card = s.card when not matched then insert values (s.id, s.card)"
    )
    assert cards.run("select card from public.into_cards") == [("XXXX",)]


def test_the_policy_of_the_highest_priority_masks(cards: Client) -> None:
    cards.run("attach masking policy shortened on public.cards (card) to public priority 10")
    assert cards.run("select card from public.cards") == [("4532",)]
    cards.run("detach masking policy shortened on public.cards (card) from public")
    assert cards.run("select card from public.cards") == [("XXXX",)]


def test_a_column_has_one_masking_policy_of_a_priority(cards: Client) -> None:
    assert cards.sqlstate("attach masking policy shortened on public.cards (card) to public") == "42710"


def test_what_a_masking_policy_needs_stays(cards: Client) -> None:
    assert cards.sqlstate("drop masking policy hidden") == "2BP01"
    assert cards.sqlstate("alter table public.cards drop column card cascade") == "2BP01"
    cards.run("detach masking policy hidden on public.cards (card) from public")
    cards.run("drop masking policy hidden")
    assert cards.run("select card from public.cards") == [("4532993817514842",)]


def test_a_user_sees_the_rows_that_its_policies_leave(ledger: Client) -> None:
    assert as_user(ledger, "anna", "select book from public.ledger") == [("a",)]
    assert as_user(ledger, "bert", "select book from public.ledger") == []
    assert ledger.run("select book from public.ledger order by 1") == [("a",), ("b",)]


def test_the_rows_behind_a_view_are_those_of_its_reader(ledger: Client) -> None:
    ledger.run("create view public.ledger_view as select book from public.ledger")
    ledger.run("grant select on public.ledger_view to anna")
    assert as_user(ledger, "anna", "select book from public.ledger_view") == [("a",)]
    assert ledger.run("select count(*) from public.ledger_view") == [(2,)]


def test_a_user_without_the_rows_does_not_change_them(ledger: Client) -> None:
    ledger.run("set session authorization anna")
    assert ledger.fails("update public.ledger set amount = 0")["M"].startswith("One of the RLS policies on target relation")
    assert ledger.sqlstate("delete from public.ledger") == "0A000"
    assert ledger.sqlstate("alter table public.ledger row level security off") == "42501"


def test_policies_are_joined_by_the_conjunction_of_the_table(ledger: Client) -> None:
    ledger.run("create rls policy only_b with (book varchar(5)) as r using (r.book = 'b')")
    ledger.run("attach rls policy only_b on public.ledger to anna")
    assert as_user(ledger, "anna", "select book from public.ledger") == []
    ledger.run("alter table public.ledger row level security on conjunction type or")
    assert as_user(ledger, "anna", "select count(*) from public.ledger") == [(2,)]


def test_the_right_to_ignore_row_security_shows_every_row(ledger: Client) -> None:
    ledger.run("create role auditor")
    ledger.run("grant ignore rls to role auditor")
    ledger.run("grant role auditor to bert")
    assert as_user(ledger, "bert", "select count(*) from public.ledger") == [(2,)]


def test_a_renamed_table_keeps_its_policies(ledger: Client) -> None:
    ledger.run("alter table public.ledger rename to accounts")
    assert as_user(ledger, "bert", "select book from public.accounts") == []


def test_policies_are_told_by_the_system_views(ledger: Client) -> None:
    told = "select relname, polname, grantee, granteekind, is_rls_on, rls_conjunction_type from svv_rls_attached_policy"
    assert ledger.run(told) == [("ledger", "only_a", "anna", "user", True, "and")]
    ledger.run("drop rls policy only_a cascade")
    assert ledger.run(told) == []
