//! Stored keys: sealed in the database, rotated with a grace, gone when revoked, and in history
//! only by their mask.

use crate::support::{TestDatabase, run, texts};
use sqlx::{AssertSqlSafe, Executor};
use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};
use train::{
    domain::ai::Owner,
    server::{
        foundation::context::{Actor, RequestContext, Role, Source},
        vault::{
            KeySource, Keyring, MasterKey, Rotated, SealedKeys, SealedState, Secret, USUAL_GRACE,
            Vault,
        },
    },
};
use uuid::Uuid;

const FIRST: &str = "sk-ant-api03-first-0123456789-a1b2";
const SECOND: &str = "sk-ant-api03-second-0123456789-c3d4";

fn request(user_id: Uuid) -> RequestContext {
    let actor = Some(Actor { user_id, role: Role::Member, scopes: None });
    RequestContext { actor, ..RequestContext::without_person(Source::Page) }
}

fn vault(test: &TestDatabase, directory: &Path) -> Vault {
    Vault::open(test.database.clone(), KeySource::File(directory.join("vault.key"))).unwrap()
}

async fn store(vault: &Vault, person: Uuid, text: &str, grace: Duration) {
    let secret = Secret::new(text.to_owned());
    vault
        .rotate(&request(person), Owner::Person(person), "anthropic", &secret, grace, None)
        .await
        .unwrap();
}

fn rotated(sealed: u64, passed_over: u64) -> Rotated {
    Rotated { sealed, passed_over }
}

/// Why the one key of a person cannot be opened.
async fn closed(vault: &Vault, person: Uuid) -> String {
    let mut active = vault.active(Owner::Person(person), "anthropic").await.unwrap();
    assert_eq!(active.len(), 1);
    active.remove(0).secret.unwrap_err().to_string()
}

async fn usable(
    vault: &Vault,
    person: Uuid,
) -> Vec<(i64, train::domain::ai::views::KeyState, String)> {
    let active = vault.active(Owner::Person(person), "anthropic").await.unwrap();
    let opened = active.into_iter().filter_map(|key| {
        key.secret.ok().map(|secret| (key.version, key.state, secret.expose().to_owned()))
    });
    opened.collect()
}

#[tokio::test]
async fn the_new_key_comes_first_and_the_old_one_until_its_grace_ends() {
    let (test, directory) = (TestDatabase::new().await, tempfile::tempdir().unwrap());
    let (vault, ann) = (vault(&test, directory.path()), test.account("Ann").await);
    assert_eq!(usable(&vault, ann).await, []);
    store(&vault, ann, FIRST, USUAL_GRACE).await;
    store(&vault, ann, SECOND, USUAL_GRACE).await;
    let both = [
        (2, train::domain::ai::views::KeyState::Primary, SECOND.to_owned()),
        (1, train::domain::ai::views::KeyState::Secondary, FIRST.to_owned()),
    ];
    assert_eq!(usable(&vault, ann).await, both);
    let mut service = test.role("service_role").await;
    run(&mut service, "UPDATE vault.secrets SET grace_until = now() WHERE state = 'secondary'")
        .await;
    assert_eq!(usable(&vault, ann).await, both[..1]);
    assert_eq!(vault.retire_expired().await.unwrap(), 1);
    store(&vault, ann, FIRST, Duration::ZERO).await;
    assert_eq!(
        usable(&vault, ann).await,
        [(3, train::domain::ai::views::KeyState::Primary, FIRST.to_owned())]
    );
    let listed = vault.list(Owner::Person(ann)).await.unwrap();
    let seen: Vec<_> =
        listed.iter().map(|key| (key.version, key.masked.as_str(), key.state)).collect();
    let expected = [
        (3, "sk-ant-…a1b2", train::domain::ai::views::KeyState::Primary),
        (2, "sk-ant-…c3d4", train::domain::ai::views::KeyState::Revoked),
        (1, "sk-ant-…a1b2", train::domain::ai::views::KeyState::Revoked),
    ];
    assert_eq!(seen, expected);
    let bob = test.account("Bob").await;
    assert!(
        vault.revoke(&request(bob), Owner::Person(bob), listed[0].id).await.is_err(),
        "not Bob's"
    );
    vault.revoke(&request(ann), Owner::Person(ann), listed[0].id).await.unwrap();
    assert_eq!(usable(&vault, ann).await, []);
    assert_eq!(
        texts(&mut service, "SELECT count(ciphertext)::text FROM vault.secrets").await,
        ["0"],
        "gone, not hidden"
    );
    let revived = "UPDATE vault.secrets SET state = 'primary', nonce = substr(sha256('n'), 1, 24),
        ciphertext = sha256('c') WHERE version = 1";
    assert!(service.execute(revived).await.is_err());
}

#[tokio::test]
async fn a_second_factor_is_sealed_for_its_account_and_follows_the_master_key() {
    let (test, directory) = (TestDatabase::new().await, tempfile::tempdir().unwrap());
    let (vault, ann) = (vault(&test, directory.path()), test.account("Ann").await);
    let mut transaction = test.database.begin().await.unwrap();
    let secret = Secret::new("3132".to_owned());
    let sealed = vault.seal_second_factor(&mut transaction, ann, &secret).await.unwrap();
    sqlx::query(
        "INSERT INTO auth.second_factors (user_id, key_id, nonce, ciphertext)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(ann)
    .bind(&sealed.key_id)
    .bind(&sealed.nonce)
    .bind(&sealed.ciphertext)
    .execute(&mut *transaction)
    .await
    .unwrap();
    transaction.commit().await.unwrap();
    let opened = |person, key_id: &str, nonce: &[u8], ciphertext: &[u8]| {
        let secret = vault.open_second_factor(person, key_id, nonce, ciphertext);
        secret.ok().map(|secret| secret.expose().to_owned())
    };
    let first = |person| opened(person, &sealed.key_id, &sealed.nonce, &sealed.ciphertext);
    assert_eq!(first(ann).as_deref(), Some("3132"));
    assert_eq!(first(Uuid::new_v4()), None, "moved to another account");

    assert_eq!(vault.rotate_master().await.unwrap(), rotated(1, 0));
    let (key_id, nonce, ciphertext): (String, Vec<u8>, Vec<u8>) =
        sqlx::query_as("SELECT key_id, nonce, ciphertext FROM auth.second_factors")
            .fetch_one(test.database.pool())
            .await
            .unwrap();
    assert_ne!(key_id, sealed.key_id);
    assert_eq!(opened(ann, &key_id, &nonce, &ciphertext).as_deref(), Some("3132"));
    assert_eq!(first(ann), None, "the old master key is gone");
    let status = vault.status().await.unwrap();
    let expected =
        SealedKeys { state: SealedState::Opens, key_id, owners: "second step".into(), count: 1 };
    assert_eq!(status, [expected]);
}

#[tokio::test]
async fn no_row_holds_a_key_and_history_names_who_changed_it() {
    let (test, directory) = (TestDatabase::new().await, tempfile::tempdir().unwrap());
    let (vault, ann) = (vault(&test, directory.path()), test.account("Ann").await);
    store(&vault, ann, FIRST, USUAL_GRACE).await;
    store(&vault, ann, SECOND, USUAL_GRACE).await;
    let mut service = test.role("service_role").await;
    for table in ["vault.secrets", "configuration_audit_log"] {
        let rows = texts(
            &mut service,
            &format!("SELECT t::text || encode(t::text::bytea, 'hex') FROM {table} AS t"),
        )
        .await
        .concat();
        for part in
            ["api03", "first-0123", &hex::encode("api03-first"), &hex::encode(hex::encode("api03"))]
        {
            assert!(!rows.contains(part), "{table}: {part}");
        }
    }
    let told = "SELECT concat_ws(' ', version, action, changed_by_name,
        coalesce(old_value ->> 'state', '-'), new_value ->> 'state', new_value ->> 'masked')
        FROM configuration_audit_log WHERE config_type = 'api_key' ORDER BY sequence";
    let expected = [
        "1 created Ann - primary sk-ant-…a1b2",
        "2 updated Ann primary secondary sk-ant-…a1b2",
        "1 rotated Ann - primary sk-ant-…c3d4",
    ];
    assert_eq!(texts(&mut service, told).await, expected);
    let keys = "SELECT DISTINCT array_to_string(ARRAY(SELECT jsonb_object_keys(new_value)
        ORDER BY 1), ' ') FROM configuration_audit_log";
    assert_eq!(texts(&mut service, keys).await, ["masked state version"]);
    assert!(texts(&mut service, "SELECT problem FROM verify_audit_chain()").await.is_empty());
}

#[tokio::test]
async fn a_ciphertext_moved_to_another_row_does_not_open() {
    let (test, directory) = (TestDatabase::new().await, tempfile::tempdir().unwrap());
    let (vault, ann, bob) =
        (vault(&test, directory.path()), test.account("Ann").await, test.account("Bob").await);
    store(&vault, ann, FIRST, USUAL_GRACE).await;
    store(&vault, bob, SECOND, USUAL_GRACE).await;
    let moved = format!(
        "UPDATE vault.secrets AS ours SET nonce = theirs.nonce, ciphertext = theirs.ciphertext
            FROM vault.secrets AS theirs
         WHERE ours.scope_id = '{ann}' AND theirs.scope_id = '{bob}'"
    );
    test.role("service_role").await.execute(AssertSqlSafe(moved)).await.unwrap();
    let why = closed(&vault, ann).await;
    assert!(why.contains("does not open") && !why.contains("sk-ant"), "{why}");
}

#[tokio::test]
async fn parallel_rotations_leave_one_primary() {
    let (test, directory) = (TestDatabase::new().await, tempfile::tempdir().unwrap());
    let (vault, ann) = (vault(&test, directory.path()), test.account("Ann").await);
    let stores = (0..8).map(|_| {
        let vault = vault.clone();
        tokio::spawn(async move { store(&vault, ann, FIRST, USUAL_GRACE).await })
    });
    for one in stores.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    let versions: Vec<_> =
        usable(&vault, ann).await.into_iter().map(|(version, state, _)| (version, state)).collect();
    assert_eq!(versions[0], (8, train::domain::ai::views::KeyState::Primary));
    assert_eq!(
        versions[1..]
            .iter()
            .filter(|(_, state)| *state == train::domain::ai::views::KeyState::Secondary)
            .count(),
        7
    );
}

#[tokio::test]
async fn another_master_key_seals_everything_anew_while_a_server_runs() {
    let (test, directory) = (TestDatabase::new().await, tempfile::tempdir().unwrap());
    let (server, ann) = (vault(&test, directory.path()), test.account("Ann").await);
    store(&server, ann, FIRST, USUAL_GRACE).await;
    store(&server, ann, SECOND, USUAL_GRACE).await;
    let before =
        texts(&mut test.role("service_role").await, "SELECT DISTINCT key_id FROM vault.secrets")
            .await;
    let log = "SELECT count(*)::text FROM configuration_audit_log";
    let recorded = texts(&mut test.role("service_role").await, log).await;
    assert_eq!(vault(&test, directory.path()).rotate_master().await.unwrap(), rotated(2, 0));
    let after =
        texts(&mut test.role("service_role").await, "SELECT DISTINCT key_id FROM vault.secrets")
            .await;
    assert_ne!(before, after);
    assert_eq!(
        usable(&server, ann).await.len(),
        2,
        "the server that was running reads the file again"
    );
    assert_eq!(
        std::fs::read_to_string(directory.path().join("vault.key")).unwrap().lines().count(),
        1
    );
    assert_eq!(
        texts(&mut test.role("service_role").await, log).await,
        recorded,
        "the keys are the same"
    );
}

#[tokio::test]
async fn a_key_of_the_environment_follows_the_one_before_it() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let (old, new) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
    let open =
        |keys: Keyring| Vault::open(test.database.clone(), KeySource::Environment(keys)).unwrap();
    store(&open(Keyring::new(old.clone(), Vec::new())), ann, FIRST, USUAL_GRACE).await;
    let lost = open(Keyring::new(new.clone(), Vec::new()));
    assert_eq!(lost.rotate_master().await.unwrap(), rotated(0, 1), "the one before is not set");
    let both = open(Keyring::new(new, vec![old]));
    assert_eq!(usable(&both, ann).await.len(), 1);
    assert_eq!(both.rotate_master().await.unwrap(), rotated(1, 0));
    assert_eq!(
        usable(&lost, ann).await,
        [(1, train::domain::ai::views::KeyState::Primary, FIRST.to_owned())]
    );
    let missing = Vault::open(test.database.clone(), KeySource::Missing).unwrap();
    let why = closed(&missing, ann).await;
    assert!(why.contains("TRAIN_VAULT_KEY"), "{why}");
}

#[tokio::test]
async fn a_missing_key_file_is_not_replaced_unasked() {
    let (test, directory) = (TestDatabase::new().await, tempfile::tempdir().unwrap());
    let file = directory.path().join("vault.key");
    let (vault, ann) = (vault(&test, directory.path()), test.account("Ann").await);
    assert!(!file.exists(), "opening makes none");
    vault.prepare().await.unwrap();
    assert!(file.exists(), "nothing is sealed yet");
    store(&vault, ann, FIRST, USUAL_GRACE).await;
    let (kept, id) = (std::fs::read(&file).unwrap(), vault.master_keys().unwrap().remove(0));

    std::fs::remove_file(&file).unwrap();
    vault.prepare().await.unwrap();
    let secret = Secret::new(SECOND.to_owned());
    let owner = Owner::Person(ann);
    let refused = vault.rotate(&request(ann), owner, "anthropic", &secret, USUAL_GRACE, None).await;
    assert!(refused.unwrap_err().to_string().contains("vault_key_missing"));
    assert!(vault.rotate_master().await.unwrap_err().to_string().contains("is missing"));
    assert!(!file.exists(), "neither starting nor storing makes another one");
    let expected = [SealedKeys {
        state: SealedState::MasterKeyMissing,
        key_id: id.clone(),
        owners: "person".into(),
        count: 1,
    }];
    assert_eq!(vault.status().await.unwrap(), expected);
    assert!(!vault.list(owner).await.unwrap()[0].readable, "and yet it is listed");

    std::fs::write(&file, &kept).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(usable(&vault, ann).await.len(), 1, "brought back, it opens what it sealed");
    assert!(vault.replace_master().await.is_err(), "nothing has to be given up");

    std::fs::remove_file(&file).unwrap();
    assert_eq!(vault.replace_master().await.unwrap(), 1);
    assert_ne!(vault.master_keys().unwrap(), [id]);
    store(&vault, ann, SECOND, USUAL_GRACE).await;
    assert_eq!(
        usable(&vault, ann).await,
        [(2, train::domain::ai::views::KeyState::Primary, SECOND.to_owned())]
    );
}

#[tokio::test]
async fn issue_13_1_4_a_key_that_was_given_up_does_not_keep_the_others_from_another_master_key() {
    let (test, directory) = (TestDatabase::new().await, tempfile::tempdir().unwrap());
    let file = directory.path().join("vault.key");
    let (vault, ann) = (vault(&test, directory.path()), test.account("Ann").await);
    let bob = test.account("Bob").await;
    store(&vault, ann, FIRST, USUAL_GRACE).await;
    std::fs::remove_file(&file).unwrap();
    assert_eq!(vault.replace_master().await.unwrap(), 1);
    store(&vault, bob, SECOND, USUAL_GRACE).await;
    let before = vault.master_keys().unwrap();
    assert_eq!(vault.rotate_master().await.unwrap(), rotated(1, 1));
    let after = vault.master_keys().unwrap();
    assert!(after.len() == 1 && after != before, "{after:?}");
    assert_eq!(
        usable(&vault, bob).await,
        [(1, train::domain::ai::views::KeyState::Primary, SECOND.to_owned())]
    );

    let damage = format!(
        "UPDATE vault.secrets SET ciphertext = sha256(ciphertext) WHERE scope_id = '{bob}'"
    );
    run(&mut test.role("service_role").await, &damage).await;
    let refused = vault.rotate_master().await.unwrap_err().to_string();
    assert!(refused.contains("does not open"), "{refused}");
    assert_eq!(vault.master_keys().unwrap(), after, "what fails leaves no key behind");
}
