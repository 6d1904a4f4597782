//! Statements and sessions.

use super::{Collector, Words, words};
use crate::domain::database::{AlertKind, BlockedSession, Panel, QueryRow, Session, Usage};

/// Statements that read or write rows. Others, such as VACUUM, take as long as they take, and may
/// hold a password.
const STATEMENTS: [&str; 6] = ["select", "insert", "update", "delete", "merge", "with"];

fn is_ordinary(query: &str) -> bool {
    let first: String =
        without_comments(query).chars().take_while(char::is_ascii_alphabetic).collect();
    STATEMENTS.contains(&first.to_ascii_lowercase().as_str())
}

/// From the first word on: programs put comments and parentheses in front.
fn without_comments(query: &str) -> &str {
    let mut rest = query;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '(');
        rest = match (rest.strip_prefix("/*"), rest.strip_prefix("--")) {
            (Some(comment), _) => comment.split_once("*/").map_or("", |(_, after)| after),
            (_, Some(comment)) => comment.split_once('\n').map_or("", |(_, after)| after),
            _ => return rest,
        };
    }
}

pub(super) fn queries(collector: &mut Collector, panel: &Panel<Vec<QueryRow>>) {
    let Some(queries) = collector.open(&[AlertKind::SlowQuery], "Statements", panel) else {
        return;
    };
    for row in queries.iter().filter(|row| is_ordinary(&row.query)) {
        // The mean of all times would stay high long after the statement got fast.
        let mean = match (row.recent_calls.value(), row.recent_mean_ms.value()) {
            (Some(0), _) => continue,
            (_, Some(recent)) => *recent,
            _ => row.mean_ms,
        };
        collector.hold(AlertKind::SlowQuery, row.id.clone(), None, mean, || Words {
            cause: format!(
                "A statement takes {mean:.0} ms on average: {}",
                words::statement(&row.query)
            ),
            effect: "People wait for it, and it keeps a connection busy meanwhile.",
            remedy: "Look at its plan: often an index is missing, or it reads more than it needs.",
            action: Some(words::tab("Show statements", "queries")),
        });
    }
}

pub(super) fn usage(collector: &mut Collector, panel: &Panel<Usage>) {
    let Some(usage) = collector.open(&[AlertKind::HighConnectionUsage], "Connections", panel)
    else {
        return;
    };
    let share = usage.share() * 100.0;
    collector.hold(AlertKind::HighConnectionUsage, "connections".to_owned(), None, share, || Words {
        cause: format!("{} of {} connections are in use, {share:.0} \
            %.", usage.used, usage.available),
        effect: "When none is left, the application cannot reach the database any more.",
        remedy: "See who holds them, end what is idle, and lower the size of the pools or raise \
            max_connections.",
        action: Some(words::tab("Show connections", "connections")),
    });
}

/// "Session 4711 (report, user anna)".
fn named(session: &Session) -> String {
    let mut known = Vec::new();
    known.extend(session.application.clone().filter(|name| !name.is_empty()));
    known.extend(session.user.as_ref().map(|user| format!("user {user}")));
    match known.is_empty() {
        true => format!("Session {}", session.pid),
        false => format!("Session {} ({})", session.pid, known.join(", ")),
    }
}

fn subject(session: &Session) -> String {
    format!("pid {}", session.pid)
}

pub(super) fn idle(collector: &mut Collector, panel: &Panel<Vec<Session>>) {
    let Some(sessions) =
        collector.open(&[AlertKind::IdleInTransaction], "Sessions idle in a transaction", panel)
    else {
        return;
    };
    for session in sessions {
        let Some(seconds) = session.state_seconds.or(session.transaction_seconds) else {
            collector.cannot_tell(AlertKind::IdleInTransaction, &subject(session));
            continue;
        };
        collector.hold(AlertKind::IdleInTransaction, subject(session), None, seconds, || Words {
            cause: format!(
                "{} has been idle in a transaction for {}.",
                named(session),
                words::duration(seconds)
            ),
            effect: "It keeps its locks, and vacuum cannot remove rows that died since it began.",
            remedy: "Find out what forgot to commit; end the session if nobody does.",
            action: Some(words::tab("Show connections", "connections")),
        });
    }
}

/// Our own maintenance takes its time and shows it elsewhere.
fn is_ours(session: &Session) -> bool {
    session.application.as_deref().is_some_and(|name| name.starts_with("train "))
}

pub(super) fn long(collector: &mut Collector, panel: &Panel<Vec<Session>>) {
    let Some(sessions) = collector.open(&[AlertKind::LongQuery], "Running statements", panel)
    else {
        return;
    };
    for session in sessions.iter().filter(|session| !is_ours(session)) {
        let Some(seconds) = session.state_seconds else {
            collector.cannot_tell(AlertKind::LongQuery, &subject(session));
            continue;
        };
        collector.hold(AlertKind::LongQuery, subject(session), None, seconds, || Words {
            cause: format!(
                "{} has been running one statement for {}.",
                named(session),
                words::duration(seconds)
            ),
            effect: "It takes processor and disk from the others, and vacuum cannot remove rows \
                that died since it began.",
            remedy: "Let it end if it is meant to take long; otherwise cancel it.",
            action: Some(words::tab("Show connections", "connections")),
        });
    }
}

/// One alert for each session at the root of a tree: those behind it are its effect.
pub(super) fn blocking(collector: &mut Collector, panel: &Panel<Vec<BlockedSession>>) {
    let Some(sessions) = collector.open(&[AlertKind::Blocking], "Blocking", panel) else { return };
    for (index, root) in sessions.iter().enumerate().filter(|(_, one)| one.depth == 0) {
        let waiting: Vec<&BlockedSession> =
            sessions[index + 1..].iter().take_while(|one| one.depth > 0).collect();
        let longest = waiting
            .iter()
            .filter_map(|one| one.session.state_seconds)
            .fold(None, |most, seconds| Some(f64::max(most.unwrap_or(0.0), seconds)));
        let Some(seconds) = longest else { continue };
        let what = waiting.iter().find_map(|one| one.relation.clone());
        collector.hold(AlertKind::Blocking, subject(&root.session), None, seconds, || Words {
            cause: format!(
                "{} keeps {} waiting{}, the longest for {}.",
                named(&root.session),
                match waiting.len() {
                    1 => "another session".to_owned(),
                    count => format!("{count} sessions"),
                },
                what.map(|relation| format!(" for {relation}")).unwrap_or_default(),
                words::duration(seconds)
            ),
            effect: "Whoever waits, and whoever waits for them, cannot go on.",
            remedy: "Cancel what the session runs, or end the session if it is idle.",
            action: Some(words::tab("Show connections", "connections")),
        });
    }
}
