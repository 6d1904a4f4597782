//! What the matrix of rows cannot show: columns, escalation, and the functions that answer for
//! others.

use crate::support::{TestDatabase, run, texts};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use train::server::foundation::{
    context::{Actor, RequestContext, Role, Source},
    error::ServiceError,
};
use uuid::Uuid;

/// The code of the refusal, or how many rows were touched.
async fn attempt(connection: &mut PgConnection, sql: &str) -> Result<u64, String> {
    let mut transaction = connection.begin().await.unwrap();
    let answer = transaction.execute(AssertSqlSafe(sql.to_owned())).await;
    transaction.rollback().await.unwrap();
    answer.map(|done| done.rows_affected()).map_err(|error| {
        error
            .as_database_error()
            .and_then(|error| error.code())
            .map_or_else(|| error.to_string(), |code| code.into_owned())
    })
}

fn refused() -> Result<u64, String> {
    Err("42501".to_owned())
}

#[tokio::test]
async fn hashes_are_out_of_reach_and_a_person_cannot_promote_themselves() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mut connection = test.person(ann).await;
    for sql in [
        "SELECT password_hash FROM auth.users",
        "SELECT * FROM auth.users",
        "SELECT token_hash FROM auth.sessions",
        "SELECT token_hash FROM auth.api_tokens",
        "SELECT token_digests FROM auth.account_mails",
        "SELECT ciphertext FROM auth.second_factors",
        "SELECT code_hash FROM auth.recovery_codes",
        "SELECT user_id FROM auth.pending_sign_ins",
        "SELECT credential FROM auth.passkeys",
        "SELECT state FROM auth.passkey_ceremonies",
        "UPDATE auth.passkeys SET credential = '{}'",
        "DELETE FROM auth.second_factors",
        "UPDATE auth.users SET role = 'admin'",
        "UPDATE auth.users SET email = 'other@example.com'",
        "UPDATE auth.users SET password_hash = '$argon2id$mine'",
        "UPDATE auth.users SET disabled_at = NULL",
        "UPDATE user_preferences SET user_id = gen_random_uuid()",
        "SELECT take_rate_limit('sign-in', '1 s', 1)",
        "SELECT verify_audit_chain()",
        "SELECT record_change('user_preference', gen_random_uuid(), NULL, NULL, 'updated', 1, NULL,
            NULL)",
    ] {
        assert_eq!(attempt(&mut connection, sql).await, refused(), "{sql}");
    }
    assert_eq!(
        attempt(
            &mut connection,
            "UPDATE auth.users SET display_name = 'Anna', time_zone = 'Europe/Vienna'"
        )
        .await,
        Ok(1)
    );
}

#[tokio::test]
async fn an_administrator_changes_no_account_and_only_sign_up_of_the_installation() {
    let test = TestDatabase::new().await;
    let (root, ann) = (test.account("Root").await, test.account("Ann").await);
    let promote = format!("UPDATE auth.users SET role = 'admin' WHERE id = '{root}'");
    run(&mut test.role("service_role").await, &promote).await;
    run(&mut test.role("service_role").await, "INSERT INTO auth.installation DEFAULT VALUES").await;
    let seen = format!(
        "INSERT INTO auth.sessions (token_hash, user_id, expires_at)
         VALUES (sha256('ann'), '{ann}', now() + interval '1 day')"
    );
    run(&mut test.role("service_role").await, &seen).await;
    let last_seen = format!("SELECT auth.last_seen('{ann}')::text");
    let there = format!("SELECT (auth.last_seen('{ann}') IS NOT NULL)::text");
    let mut connection = test.person(root).await;
    assert_eq!(texts(&mut connection, &there).await, ["true"]);
    for sql in [
        format!("UPDATE auth.users SET disabled_at = now() WHERE id = '{ann}'"),
        format!("UPDATE auth.users SET role = 'admin' WHERE id = '{ann}'"),
        format!("UPDATE auth.users SET one_time_until = NULL WHERE id = '{ann}'"),
        "SELECT identifier FROM auth.installation".to_owned(),
        "UPDATE auth.installation SET identifier = gen_random_uuid()".to_owned(),
    ] {
        assert_eq!(attempt(&mut connection, &sql).await, refused(), "{sql}");
    }
    let close = "UPDATE auth.installation SET sign_up = 'closed'";
    assert_eq!(attempt(&mut connection, close).await, Ok(1));
    let mut connection = test.person(ann).await;
    assert_eq!(attempt(&mut connection, close).await, Ok(0));
    assert_eq!(
        texts(&mut connection, &format!("SELECT coalesce(({last_seen}), 'nothing')")).await,
        ["nothing"],
        "of herself she asks her sessions"
    );
}

#[tokio::test]
async fn an_organizations_admin_neither_makes_nor_unmakes_owners() {
    let test = TestDatabase::new().await;
    let (owner, manager, member) =
        (test.account("Owner").await, test.account("Manager").await, test.account("Member").await);
    test.organization("Team", &[(owner, "owner"), (manager, "admin"), (member, "member")]).await;
    let mut connection = test.person(manager).await;
    let set = |role: &str, person: Uuid| {
        format!("UPDATE organization_members SET role = '{role}' WHERE user_id = '{person}'")
    };
    assert_eq!(attempt(&mut connection, &set("owner", manager)).await, refused());
    assert_eq!(attempt(&mut connection, &set("owner", member)).await, refused());
    assert_eq!(
        attempt(&mut connection, &set("member", owner)).await,
        Ok(0),
        "the owner is not theirs to change"
    );
    assert_eq!(attempt(&mut connection, &set("admin", member)).await, Ok(1));
    let mut connection = test.person(member).await;
    assert_eq!(attempt(&mut connection, &set("admin", member)).await, Ok(0));
}

#[tokio::test]
async fn people_of_an_organization_are_named_to_those_who_run_it() {
    let test = TestDatabase::new().await;
    let (owner, member, stranger) =
        (test.account("Owner").await, test.account("Member").await, test.account("Stranger").await);
    let administrator = test.administrator("Administrator").await;
    let team = test.organization("Team", &[(owner, "owner"), (member, "member")]).await;
    test.organization("Others", &[(stranger, "owner")]).await;
    let sql = format!(
        "SELECT display_name || ' ' || email || ' ' || role FROM organization_people('{team}')"
    );
    let all = ["Member member@example.com member", "Owner owner@example.com owner"];
    for (person, expected) in
        [(owner, &all[..]), (administrator, &all[..]), (member, &[]), (stranger, &[])]
    {
        assert_eq!(texts(&mut test.person(person).await, &sql).await, expected);
    }
}

#[tokio::test]
async fn a_disabled_administrator_is_none() {
    let test = TestDatabase::new().await;
    let administrator = test.administrator("Administrator").await;
    test.account("Ann").await;
    let mut connection = test.person(administrator).await;
    assert_eq!(
        texts(&mut connection, "SELECT display_name FROM auth.users ORDER BY 1").await,
        ["Administrator", "Ann"]
    );
    run(
        &mut test.role("service_role").await,
        &format!("UPDATE auth.users SET disabled_at = now() WHERE id = '{administrator}'"),
    )
    .await;
    assert_eq!(
        texts(&mut connection, "SELECT display_name FROM auth.users").await,
        ["Administrator"]
    );
}

#[tokio::test]
async fn one_address_is_one_account_however_it_is_written() {
    let test = TestDatabase::new().await;
    test.account("Ann").await;
    let sql = "INSERT INTO auth.users (email, password_hash, display_name)
        VALUES ('ANN@Example.Com', '$argon2id$x', 'Ann')";
    let error = test.role("service_role").await.execute(sql).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().constraint(), Some("users_email_key"));
    let plain = "INSERT INTO auth.users (email, password_hash, display_name)
        VALUES ('b@example.com', 'secret', 'B')";
    let error = test.role("service_role").await.execute(plain).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().constraint(), Some("users_password_hash_check"));
}

#[tokio::test]
async fn a_persons_transaction_ends_with_its_role_and_claims() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    test.account("Bob").await;
    let mut request = RequestContext {
        request_id: "r".into(),
        actor: None,
        source: Source::Page,
        ip: None,
        user_agent: None,
        client: None,
        session_id: None,
    };
    assert!(matches!(test.database.as_person(&request).await, Err(ServiceError::Unauthenticated)));
    request.actor = Some(Actor { user_id: ann, role: Role::Member, scopes: None });
    let mut transaction = test.database.as_person(&request).await.unwrap();
    let who = "SELECT current_user::text || ' ' || coalesce(auth.uid()::text, 'nobody')";
    assert_eq!(texts(&mut transaction, who).await, [format!("authenticated {ann}")]);
    assert_eq!(
        texts(&mut transaction, "SELECT user_id::text FROM user_preferences").await,
        [ann.to_string()]
    );
    transaction.commit().await.unwrap();
    let mut connection = test.database.pool().acquire().await.unwrap();
    assert_eq!(texts(&mut connection, who).await, ["service_role nobody"]);
    assert_eq!(texts(&mut connection, "SELECT count(*)::text FROM user_preferences").await, ["2"]);
    drop(connection);
    // Dropped half-way, as when a client goes away: the connection comes back clean all the same.
    drop(test.database.as_person(&request).await.unwrap());
    let mut connection = test.database.pool().acquire().await.unwrap();
    assert_eq!(texts(&mut connection, who).await, ["service_role nobody"]);
}
