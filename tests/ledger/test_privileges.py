"""Who may do what in the database: every privilege that anybody but the owner has. A new one is stated here first."""

import pytest
from cast import Admin

# Each line: what it is, and what may be done with it, in brackets with which columns where it isn't with all of them.
# The web process reads what it shows; of most tables it writes a row once, and of some it may change a few columns. It
# deletes nothing, owns nothing, makes nothing. Staff have what the web process has (they are members), and this.
PRIVILEGES = {
    "dega_app": """
        account             SELECT, UPDATE(balance_minor last_seq)
        accrual             INSERT, SELECT
        alert_choice        INSERT, SELECT, UPDATE(by_email by_sms chosen_at)
        alert_threshold     INSERT, SELECT, UPDATE(chosen_at least_minor)
        audit               INSERT, SELECT
        audit_id_seq        SELECT
        bar                 INSERT, SELECT
        challenge           INSERT, SELECT, UPDATE(authorised_at authorised_by consumed_at expires_at
                            sms_at sms_most)
        customer            SELECT, UPDATE(language)
        daily_report        INSERT, SELECT
        deposit             INSERT(account_id first_day matures_on months pays_to_id principal_minor rate_ppm renewal
                            year), SELECT, UPDATE(ended_on gross_minor outcome tax_minor)
        device              INSERT, SELECT, UPDATE(address_prefix browser last_seen_at removed_at)
        entry               INSERT, SELECT
        factor              INSERT(added_at credential_id customer_id id kind last_step name public_key sealed_seed
                            sign_count usable_from), SELECT, UPDATE(last_step last_used_at leaves_at name removed_at
                            sealed_seed sign_count)
        factor_in_force     SELECT
        fault_case          INSERT, SELECT
        forget_codes()      EXECUTE
        forget_devices()    EXECUTE
        forget_drafts()     EXECUTE
        forget_faults()     EXECUTE
        forget_messages()   EXECUTE
        forget_notices()    EXECUTE
        forget_order_drafts()  EXECUTE
        forget_sign_ins()   EXECUTE
        forget_strangers()  EXECUTE
        gate                SELECT, UPDATE(changed_at closed_by expected_at held_until reason state)
        gate_closing        INSERT, SELECT, UPDATE(opened_at)
        gate_window         INSERT, SELECT
        holiday             SELECT
        incoming_credit     INSERT, SELECT, UPDATE(movement_id refused)
        interest_period     INSERT(account_id accrued first_day side upto), SELECT, UPDATE(accrued closed_on
                            gross_minor movement_id settled_on tax_minor upto)
        interest_rate       INSERT, SELECT, UPDATE(rate_ppm year)
        interest_rate_span  SELECT
        internet_user       INSERT, SELECT, UPDATE(auth_epoch password_changed_at password_hash state)
        job                 INSERT, SELECT, UPDATE(begun_at done done_for ended_at error failed_at)
        letter              SELECT
        lockout             INSERT, SELECT, UPDATE(blocked_at blocked_until blocks customer_id failed_at failures
                            told_at)
        message             INSERT(contact customer_id due_on expected form_key id kind language name received_at
                            reference text topic), SELECT, UPDATE(read_upto reminded_on)
        message_id_seq      USAGE
        monthly_fee         INSERT(account_id amount_minor month_end), SELECT, UPDATE(movement_id settled_on)
        movement            INSERT, SELECT
        movement_id         SELECT, USAGE
        night               INSERT, SELECT, UPDATE(ended_at waived_by)
        night_stage         INSERT, SELECT, UPDATE(after done ended_at error failed_at failures total)
        order_attempt       INSERT, SELECT
        order_evidence      INSERT, SELECT
        outbox              INSERT, SELECT, UPDATE(attempts due_at given_up_at last_error sent_at)
        outbox_id_seq       USAGE
        paid_payee          INSERT, SELECT
        passkey_evidence    INSERT, SELECT
        passkey_holder      INSERT(customer_id), SELECT
        past_password       INSERT, SELECT
        payment             INSERT(amount_minor credit_account_id currency customer_id debit_account_id description
                            fee_minor id kind payee_iban payee_name payee_typed prepared_at), SELECT,
                            UPDATE(challenge_id decided_at movement_id state)
        promise             INSERT(challenge_id due_on payment_id promised_at), SELECT, UPDATE(decided_at refusal state)
        recovery_code       INSERT(customer_id hash kid made_at salt), SELECT, UPDATE(replaced_at used_at)
        reply               INSERT(due_on form_key message_id said_at text), SELECT
        schema public       USAGE
        seal                INSERT, SELECT
        sign_in             INSERT, SELECT
        spending_day        INSERT, SELECT, UPDATE(limit_minor spent_minor)
        standing_order      INSERT(amount_minor credit_account_id currency customer_id debit_account_id description
                            fee_minor first_on frequency holiday_rule id kind last_on payee_iban payee_name payee_typed
                            prepared_at replaces sweeps), SELECT, UPDATE(challenge_id ended_at made_at next_on
                            retry_until state stop_challenge_id tried_on)
        statement           INSERT, SELECT
        time_travel         SELECT
        transfer            INSERT, SELECT
        transfer_id         SELECT, USAGE
    """,
    "dega_staff": """
        account             INSERT(code currency customer_id floor_minor iban opened_on product), UPDATE(status)
        approval            INSERT(action arguments customer_id expires_at reason requested_at requested_by seen
                            shown), SELECT, UPDATE(arguments decided_at decided_by decision)
        bar                 UPDATE(lifted_at)
        customer            INSERT, UPDATE(email kshbi_version mobile mobile_changed_at mobile_index)
        customer_id_seq     USAGE
        deposit             UPDATE(renewal)
        holiday             DELETE, INSERT
        incoming_credit     UPDATE(returned_at)
        message             UPDATE(assigned_to closed_at closed_by contact)
        outbox              UPDATE(recipient)
        past_password       UPDATE(password_hash)
        reply               INSERT(operator outbox_id)
        schema public       USAGE
    """,
    # Functions that only triggers can call, or that read what everybody may know. Whoever makes a temporary table
    # changes nothing by it: see the names that functions go by, below.
    "PUBLIC": """
        accounts_open_empty() EXECUTE
        balances_follow_entries() EXECUTE
        bank_clock()        EXECUTE
        bears_interest_from() EXECUTE
        database            CONNECT, TEMPORARY
        entries_are_two_sides() EXECUTE
        migration           SELECT
        payments_name_their_movements() EXECUTE
        rates_stay_as_they_accrued() EXECUTE
        refuse_change()     EXECUTE
        refuse_return()     EXECUTE
        schema public       USAGE
        stands()            EXECUTE
        transfers_come_with_their_movements() EXECUTE
    """,
}

_GRANTED = """
WITH granted AS (
    SELECT c.relname::text AS name, a.grantee, a.privilege_type, NULL AS column_name, a.is_grantable
      FROM pg_class c CROSS JOIN aclexplode(coalesce(c.relacl, acldefault(
           CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner))) a
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('i', 't', 'c')
     UNION ALL
    SELECT c.relname, a.grantee, a.privilege_type, t.attname, a.is_grantable
      FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid CROSS JOIN aclexplode(t.attacl) a
     WHERE c.relnamespace = 'public'::regnamespace
     UNION ALL
    SELECT p.proname || '()', a.grantee, a.privilege_type, NULL, a.is_grantable
      FROM pg_proc p CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
     WHERE p.pronamespace = 'public'::regnamespace
     UNION ALL
    SELECT 'schema ' || n.nspname, a.grantee, a.privilege_type, NULL, a.is_grantable
      FROM pg_namespace n CROSS JOIN aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
     WHERE n.nspname = 'public'
     UNION ALL
    SELECT 'database', a.grantee, a.privilege_type, NULL, a.is_grantable
      FROM pg_database d CROSS JOIN aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
     WHERE d.datname = current_database()
), whole AS (
    SELECT name, grantee, privilege_type || CASE WHEN bool_or(is_grantable) THEN ' WITH GRANT OPTION' ELSE '' END
           || coalesce('(' || string_agg(column_name, ' ' ORDER BY column_name) || ')', '') AS privilege
      FROM granted GROUP BY name, grantee, privilege_type
)
SELECT name, string_agg(privilege, ', ' ORDER BY privilege) AS privileges
  FROM whole LEFT JOIN pg_roles r ON r.oid = grantee
 WHERE coalesce(r.rolname, 'PUBLIC') = $1
 GROUP BY name ORDER BY name
"""

# Rows that a role must not have: they would give it more than its privileges say.
_MORE = """
SELECT format('%s is a member of %s', m.member::regrole, m.roleid::regrole) AS what
  FROM pg_auth_members m WHERE m.member::regrole::text LIKE 'dega\\_%'
 UNION ALL
SELECT format('%s is more than a role', rolname) FROM pg_roles
 WHERE rolname IN ('dega_app', 'dega_staff', 'dega_owner')
   AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
 UNION ALL
SELECT 'dega_owner may log in' FROM pg_roles WHERE rolname = 'dega_owner' AND rolcanlogin
 UNION ALL
SELECT format('%s owns %s', c.relowner::regrole, c.relname) FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relowner <> 'dega_owner'::regrole AND c.relkind <> 'i'
   AND c.relname <> 'migration'
 UNION ALL
SELECT format('%s owns %s()', p.proowner::regrole, p.proname) FROM pg_proc p
 WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> 'dega_owner'::regrole
 UNION ALL
SELECT format('by default %s', defaclacl) FROM pg_default_acl
"""

# A function that doesn't say whose tables it means finds a temporary one first. Those in SQL stand inside other
# statements: they name the schema with each table instead.
_OPEN_TO_SHADOWS = """
SELECT proname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
 WHERE pronamespace = 'public'::regnamespace
   AND (l.lanname <> 'sql' OR prosecdef OR prosrc ~ '(FROM|JOIN|UPDATE|INTO) (?!public\\.)[a-z]')
   AND NOT 'search_path=pg_catalog, public, pg_temp' = ANY(coalesce(proconfig, '{}'))
"""


@pytest.mark.parametrize("who", PRIVILEGES)
async def test_every_privilege_is_one_that_is_stated(admin: Admin, who: str) -> None:
    granted = [f"{row['name']} {row['privileges']}" for row in await admin.fetch(_GRANTED, who)]
    assert sorted(granted) == sorted(_stated(PRIVILEGES[who]))


def _stated(text: str) -> list[str]:
    """The lines, each with those that go on below it."""
    lines: list[str] = []
    for line in text.rstrip().splitlines()[1:]:
        words = " ".join(line.split())
        if line.startswith(9 * " "):
            lines[-1] += f" {words}"
        else:
            lines.append(words)
    return lines


async def test_no_role_has_more_than_its_privileges(admin: Admin) -> None:
    found = [row["what"] for row in await admin.fetch(_MORE)]
    assert found == ["dega_staff is a member of dega_app"]


async def test_every_function_says_whose_tables_it_means(admin: Admin) -> None:
    assert [row["proname"] for row in await admin.fetch(_OPEN_TO_SHADOWS)] == []
