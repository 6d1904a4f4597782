//! The `train` program: serves the application and does an operator's chores.

fn main() {}
