//! `sqlx::migrate!` reads the directory when it is compiled; without this a new file would go
//! unnoticed.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
