//! How much memory a new cluster gets. What PostgreSQL has by itself (128 MB, checkpoints after
//! 1 GB) is for any machine; changing many conversations then reads and writes each page of a
//! dozen indexes again and again. What is logged stays as it is (`wal_compression` off): packing it
//! took a third of the time. An operator may change it in the cluster's `postgresql.conf`.

use std::fs;

const MIB: u64 = 1 << 20;
/// Without knowing the machine: PostgreSQL's own.
const SMALLEST: u64 = 128 * MIB;
/// The tables that matter fit, and the rest of the machine is for its cache of files.
const LARGEST: u64 = 1024 * MIB;

/// Lines for `postgresql.conf`.
pub(super) fn settings() -> String {
    lines(available())
}

fn lines(memory: Option<u64>) -> String {
    let shared = memory.map_or(SMALLEST, |memory| (memory / 8).clamp(SMALLEST, LARGEST)) / MIB;
    format!(
        "\n# Set by Train when it made this cluster; change it as you like.\n\
         shared_buffers = {shared}MB\nmax_wal_size = 2GB\n"
    )
}

/// What the machine has, or less where this process may not have all of it.
fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let limit = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let limit = limit.and_then(|text| text.trim().parse().ok());
    machine.into_iter().chain(limit).min()
}

/// `MemTotal` of `/proc/meminfo`, in bytes.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eighth_of_the_machine_within_bounds() {
        assert!(lines(None).contains("shared_buffers = 128MB\n"));
        assert!(lines(Some(512 * MIB)).contains("shared_buffers = 128MB\n"));
        assert!(lines(Some(4096 * MIB)).contains("shared_buffers = 512MB\n"));
        assert!(lines(Some(65_536 * MIB)).contains("shared_buffers = 1024MB\n"));
    }

    #[test]
    fn the_machine_says_how_much_it_has() {
        assert_eq!(total("MemFree: 1 kB\nMemTotal:       24684192 kB\n"), Some(25_276_612_608));
        assert_eq!(total("MemFree: 1 kB\n"), None);
    }
}
