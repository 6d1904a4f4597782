//! Directories of this test process, and a small shell that outlives it and clears them away.
//!
//! The shell reads from a pipe whose other end only this process holds, so it goes on when the
//! process is gone for whatever reason: it stops each PostgreSQL that has its cluster below the
//! directory, and removes the directory.

use std::{
    os::unix::{fs::DirBuilderExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

static WATCHED: OnceLock<(PathBuf, Child)> = OnceLock::new();
static NAMES: AtomicU32 = AtomicU32::new(0);

const SCRIPT: &str = r#"
cat >/dev/null
for file in "$0"/*/postgres/postmaster.pid; do
  [ -f "$file" ] || continue
  process=$(head -n 1 "$file")
  kill -QUIT "$process" && while kill -0 "$process" 2>/dev/null; do sleep 0.05; done
done 2>/dev/null
rm -rf "$0"
"#;

/// The path of a directory that does not exist yet and will be gone after the process; a cluster in
/// it is stopped.
pub fn scratch_directory(name: &str) -> PathBuf {
    let (root, _) = WATCHED.get_or_init(watch);
    root.join(format!("{name}-{}", NAMES.fetch_add(1, Ordering::Relaxed)))
}

fn watch() -> (PathBuf, Child) {
    let root = std::env::temp_dir().join(format!("train-test-{}", std::process::id()));
    // Who runs PostgreSQL for root must be able to pass.
    std::fs::DirBuilder::new()
        .mode(0o711)
        .create(&root)
        .expect("the temporary directory can be written");
    let shell = shell(&root).expect("sh can be run");
    (root, shell)
}

fn shell(root: &Path) -> std::io::Result<Child> {
    let mut command = Command::new("sh");
    // A group of its own, so that Ctrl+C in a terminal does not end it before it has done its work.
    command.arg("-c").arg(SCRIPT).arg(root).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}
