//! How far it is. The views differ between versions, so each row is read as JSON and asked for what
//! it has.

use crate::domain::database::Progress;
use serde_json::Value;
use sqlx::PgConnection;

/// Of the session with this number; `None` while it does not report any.
pub(super) async fn read(
    connection: &mut PgConnection,
    pid: i32,
) -> Result<Option<Progress>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT 'vacuum' AS "view!", to_jsonb(p) AS "row!" FROM pg_stat_progress_vacuum p
           WHERE pid = $1
           UNION ALL SELECT 'analyze', to_jsonb(p) FROM pg_stat_progress_analyze p WHERE pid = $1
           UNION ALL SELECT 'create_index', to_jsonb(p) FROM pg_stat_progress_create_index p
             WHERE pid = $1
           UNION ALL SELECT 'cluster', to_jsonb(p) FROM pg_stat_progress_cluster p WHERE pid = $1"#,
        pid
    )
    .fetch_all(connection)
    .await?;
    // VACUUM FULL with ANALYZE and the like report in one view at a time; the last is the
    // innermost.
    Ok(rows.last().map(|last| progress(&last.view, &last.row)))
}

/// The pairs of counters of each view, the more telling first; the unit for people.
const COUNTERS: [(&str, &str, &str, &str); 8] = [
    ("create_index", "blocks_done", "blocks_total", "blocks"),
    ("create_index", "tuples_done", "tuples_total", "rows"),
    ("create_index", "lockers_done", "lockers_total", "transactions waited for"),
    ("analyze", "sample_blks_scanned", "sample_blks_total", "sampled blocks"),
    ("analyze", "child_tables_done", "child_tables_total", "partitions"),
    ("cluster", "heap_blks_scanned", "heap_blks_total", "blocks"),
    ("vacuum", "indexes_processed", "indexes_total", "indexes"),
    ("vacuum", "heap_blks_scanned", "heap_blks_total", "blocks"),
];

fn progress(view: &str, row: &Value) -> Progress {
    let phase = row["phase"].as_str().unwrap_or("working").to_owned();
    let number = |name: &str| row[name].as_i64();
    if view == "vacuum" && phase == "vacuuming heap" {
        return counted(phase, number("heap_blks_vacuumed"), number("heap_blks_total"), "blocks");
    }
    // Indexes count only in their phases, and only from 17 on.
    let fits = |name: &str| name != "indexes_processed" || phase.contains("index");
    let found = COUNTERS.iter().find(|(of, done, total, _)| {
        *of == view && fits(done) && number(total).is_some_and(|total| total > 0)
    });
    match found {
        Some((_, done, total, unit)) => {
            let (done, total) = (number(done), number(total));
            counted(phase, done, total, unit)
        }
        None => Progress { text: phase.clone(), phase, share: None },
    }
}

fn counted(phase: String, done: Option<i64>, total: Option<i64>, unit: &str) -> Progress {
    match (done, total) {
        (Some(done), Some(total)) if total > 0 => {
            #[allow(clippy::cast_precision_loss, reason = "counts of blocks stay far below 2^52")]
            let share = (done as f64 / total as f64).clamp(0.0, 1.0);
            Progress { phase, share: Some(share), text: format!("{done} of {total} {unit}") }
        }
        _ => Progress { text: phase.clone(), phase, share: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_each_version_reports() {
        let scanning = json!({"phase": "scanning \
            heap", "heap_blks_total": 200, "heap_blks_scanned": 50, "heap_blks_vacuumed": 0,
            "max_dead_tuple_bytes": 67_108_864, "dead_tuple_bytes": 10, "indexes_total": 2,
            "indexes_processed": 0});
        let read = progress("vacuum", &scanning);
        assert_eq!((read.share, read.text.as_str()), (Some(0.25), "50 of 200 blocks"));
        let newer = json!({"phase": "vacuuming \
            indexes", "heap_blks_total": 200, "heap_blks_scanned": 200, "indexes_total": 4,
            "indexes_processed": 1});
        assert_eq!(progress("vacuum", &newer).text, "1 of 4 indexes");
        let heap = json!({"phase": "vacuuming \
            heap", "heap_blks_total": 200, "heap_blks_scanned": 200, "heap_blks_vacuumed": 100});
        assert_eq!(progress("vacuum", &heap).share, Some(0.5));
        let waiting = json!({"phase": "waiting for writers before \
            build", "blocks_total": 0, "blocks_done": 0, "tuples_total": 0,
            "tuples_done": 0, "lockers_total": 2, "lockers_done": 1});
        assert_eq!(progress("create_index", &waiting).text, "1 of 2 transactions waited for");
        assert_eq!(
            progress("cluster", &json!({"phase": "initializing", "heap_blks_total": 0})).share,
            None
        );
    }
}
