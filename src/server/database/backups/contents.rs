//! What is in the file of a dump.

use super::access::Access;
use std::{path::Path, process::Stdio};

/// The entries of a dump's table of contents.
///
/// # Errors
/// One sentence when the file is no dump that `pg_restore` can read.
pub async fn read(access: &Access, file: &Path) -> Result<Vec<String>, String> {
    let mut command = access.command(&access.programs.pg_restore());
    let answer = command.arg("--list").arg(file).stdin(Stdio::null()).output().await;
    let answer = answer.map_err(|error| format!("pg_restore cannot be started: {error}"))?;
    if !answer.status.success() {
        let why = String::from_utf8_lossy(&answer.stderr);
        return Err(format!("The backup cannot be read: {}", why.trim()));
    }
    let list = String::from_utf8_lossy(&answer.stdout);
    let entries: Vec<String> = list
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(';'))
        .map(str::to_owned)
        .collect();
    if entries.is_empty() { Err("The backup is empty.".into()) } else { Ok(entries) }
}

/// The indexes, triggers and rules whose definition is missing in a dump.
///
/// `pg_dump` notes them by what its snapshot shows, but asks for the definition of each by a
/// function that sees what is there now. What was dropped in between, as REINDEX CONCURRENTLY drops
/// the old index, has an empty one, and `pg_dump` does not complain: restored, the database would
/// lack a unique index without anybody being told.
///
/// # Errors
/// One sentence when the file is no dump that `pg_restore` can read.
pub async fn lost(access: &Access, file: &Path) -> Result<Vec<String>, String> {
    let mut command = access.command(&access.programs.pg_restore());
    command.args(["--section=post-data", "--file=-"]).arg(file).stdin(Stdio::null());
    let answer = command.output().await;
    let answer = answer.map_err(|error| format!("pg_restore cannot be started: {error}"))?;
    if !answer.status.success() {
        let why = String::from_utf8_lossy(&answer.stderr);
        return Err(format!("The backup cannot be read: {}", why.trim()));
    }
    Ok(without_definition(&String::from_utf8_lossy(&answer.stdout)))
}

/// The names of entries that are followed by nothing but a semicolon.
fn without_definition(script: &str) -> Vec<String> {
    let mut lost = Vec::new();
    let mut entry = None;
    for line in script.lines() {
        match line.strip_prefix("-- Name: ") {
            Some(rest) => entry = rest.split("; Type: ").next(),
            None if line.is_empty() || line.starts_with("--") => {}
            None => {
                let name = entry.take().filter(|_| line == ";");
                lost.extend(name.map(str::to_owned));
            }
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_without_a_definition_is_found() {
        let script = "--\n-- Name: a_key; Type: INDEX; Schema: public; Owner: train_owner\n--\n\n\
            CREATE UNIQUE INDEX a_key ON public.a USING btree (id)\n;\n\n\n\
            --\n-- Name: b_key; Type: INDEX; Schema: public; Owner: train_owner\n--\n\n;\n\n\n\
            --\n-- Name: b c; Type: TRIGGER; Schema: public; Owner: train_owner\n--\n\n\
            CREATE TRIGGER c BEFORE UPDATE ON public.b EXECUTE FUNCTION f();\n";
        assert_eq!(without_definition(script), ["b_key"]);
    }
}
