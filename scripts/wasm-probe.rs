//! Compiled by scripts/setup to see whether a compiler can build for the browser.

#[unsafe(no_mangle)]
pub extern "C" fn probe() -> usize {
    std::env::args().count()
}
