//! Functions that nothing calls, although something refers to them.
//!
//! Each type of a view brings leptos a function that hydrates it bit by bit, for pages whose code
//! comes while they are hydrated, and each attribute one for templates. Our code comes before, a
//! page is hydrated in one go (`hydrate` in `src/lib.rs`), and nothing is a template. What refers
//! to such a function is the table that stands for the type, so no linker can see that it is never
//! called: a fourteenth of the code.
//!
//! They are found by their names. Under another name one stays where it is, and a page is larger
//! than `end2end/tests/code.spec.ts` allows; called all the same, it ends the page in a
//! `RuntimeError`, which the page's script answers like a panic.

use super::Input;
use anyhow::Result;
use std::collections::HashSet;
use wasm_encoder::Function;
use wasmparser::{KnownCustom, Name, Payload};

/// Parts of the names of such functions and of the closures in them, as they are mangled:
/// `hydrate_async` of every type, the effects that only it makes, and the attributes' way of a
/// template.
const NEVER_CALLED: [&str; 3] =
    ["13hydrate_async", "27new_with_async_value_erased", "21hydrate_from_template"];

/// The numbers of such functions in a file.
pub fn of(input: &Input<'_>) -> Result<HashSet<u32>> {
    let mut found = HashSet::new();
    for payload in &input.payloads {
        let Payload::CustomSection(section) = payload else { continue };
        let KnownCustom::Name(names) = section.as_known() else { continue };
        for part in names {
            let Name::Function(functions) = part? else { continue };
            for function in functions {
                let function = function?;
                if NEVER_CALLED.iter().any(|part| function.name.contains(part)) {
                    found.insert(function.index);
                }
            }
        }
    }
    Ok(found)
}

/// What stands in its place.
pub fn nothing() -> Function {
    let mut body = Function::new([]);
    body.instructions().unreachable().end();
    body
}
