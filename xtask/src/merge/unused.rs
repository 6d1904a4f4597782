//! Functions that nothing calls, although something refers to them.
//!
//! Each type of a view brings leptos a function that hydrates it bit by bit, for pages whose code
//! comes while they are hydrated. Ours comes before, and a page is hydrated in one go (`hydrate` in
//! `src/lib.rs`). What refers to such a function is the table that stands for the type, so no
//! linker can see that it is never called: a twentieth of the code.
//!
//! It is found by its name. Under another name it stays where it is, and a page is larger than
//! `end2end/tests/code.spec.ts` allows; called all the same, it ends the page in a `RuntimeError`,
//! which the page's script answers like a panic. Of functions that are equal LLVM keeps one, under
//! any of their names, so only what nothing else can be equal to may be found: these are futures.
//! (Tried: an attribute's `hydrate_from_template` is often its `hydrate_from_server` as well.)

use super::Input;
use anyhow::Result;
use std::collections::HashSet;
use wasm_encoder::Function;
use wasmparser::{KnownCustom, Name, Payload};

/// In the mangled names of `hydrate_async` in tachys' `IntoAny::into_any`, and of its closures.
const NEVER_CALLED: &str = "IntoAny$GT$8into_any13hydrate_async";

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
                if function.name.contains(NEVER_CALLED) {
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
