//! Functions that nothing calls, although something refers to them.
//!
//! Each type of a view brings leptos a function that hydrates it bit by bit, for pages whose code
//! comes while they are hydrated. Ours comes before, and a page is hydrated in one go (`hydrate` in
//! `src/lib.rs`). What refers to such a function is the table that stands for the type, so no
//! linker can see that it is never called, nor all that only it needs: a twentieth of the code.
//!
//! It is found by its name. Under another name it stays where it is, and a page is larger than
//! `end2end/tests/code.spec.ts` allows; called all the same, it ends the page in a `RuntimeError`,
//! which the page's script answers like a panic. Of functions that are equal LLVM keeps one, under
//! any of their names, so only what nothing else can be equal to may be found: these are futures.
//! (Tried: an attribute's `hydrate_from_template` is often its `hydrate_from_server` as well.)
//!
//! Its body is taken out before the code is split. What only it referred to is then in no page,
//! because splitting follows references from where a page begins.

use anyhow::Result;
use std::{collections::HashSet, ops::Range};
use wasm_encoder::{Encode, Module, RawSection};
use wasmparser::{
    BinaryReader, CustomSectionReader, KnownCustom, Name, Parser, Payload, RelocationEntry, TypeRef,
};

/// In the mangled names of `hydrate_async` in tachys' `IntoAny::into_any`, and of its closures.
const NEVER_CALLED: &str = "IntoAny$GT$8into_any13hydrate_async";
/// The section that says where the code refers to something.
const RELOCATIONS: &str = "reloc.CODE";

const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// The linked file without the bodies of such functions.
///
/// # Errors
/// When the file is no WASM.
pub fn leave_out(linked: &[u8]) -> Result<Vec<u8>> {
    let payloads: Vec<_> = Parser::new(0).parse_all(linked).collect::<Result<_, _>>()?;
    let unused = unused(&payloads)?;
    let (mut function, mut code_start, mut bodies) = (0, 0, Vec::new());
    for payload in &payloads {
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports.clone().into_imports() {
                    function += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionStart { range, .. } => code_start = range.start,
            Payload::CodeSectionEntry(body) => {
                if unused.contains(&function) {
                    bodies.push(body.range());
                }
                function += 1;
            }
            _ => {}
        }
    }

    let mut emptied = linked.to_vec();
    for body in &bodies {
        // No variables, and as long as before: what says where something stands in the code, by its
        // distance from the beginning, stays right.
        if let [variables, first, rest @ .., last] = &mut emptied[in_file(body)] {
            (*variables, *first, *last) = (0, UNREACHABLE, END);
            rest.fill(NOP);
        }
    }
    let mut module = Module::new();
    for payload in &payloads {
        let Some((id, range)) = payload.as_section() else { continue };
        match payload {
            Payload::CustomSection(section) if section.name() == RELOCATIONS => {
                let data = without(section, linked, code_start, &bodies)?;
                module.section(&RawSection { id, data: &data });
            }
            _ => {
                module.section(&RawSection { id, data: &emptied[in_file(&range)] });
            }
        }
    }
    Ok(module.finish())
}

/// The numbers of such functions.
fn unused(payloads: &[Payload<'_>]) -> Result<HashSet<u32>> {
    let mut found = HashSet::new();
    for payload in payloads {
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

/// What a section says of places in the code, but for those in the bodies that were taken out.
fn without(
    section: &CustomSectionReader<'_>,
    linked: &[u8],
    code_start: u64,
    bodies: &[Range<u64>],
) -> Result<Vec<u8>> {
    let mut reader = BinaryReader::new(section.data(), section.data_offset());
    let (of_section, count) = (reader.read_var_u32()?, reader.read_var_u32()?);
    let (mut kept, mut entries) = (0_u32, Vec::<u8>::new());
    for _ in 0..count {
        let start = reader.original_position();
        let entry: RelocationEntry = reader.read()?;
        let place = code_start + u64::from(entry.offset);
        // They stand in the order of the code.
        let next = bodies.partition_point(|body| body.end <= place);
        if bodies.get(next).is_none_or(|body| place < body.start) {
            kept += 1;
            entries.extend(&linked[in_file(&(start..reader.original_position()))]);
        }
    }
    let mut data = Vec::new();
    section.name().encode(&mut data);
    of_section.encode(&mut data);
    kept.encode(&mut data);
    data.extend(entries);
    Ok(data)
}

fn in_file(range: &Range<u64>) -> Range<usize> {
    range.start as usize..range.end as usize
}

#[cfg(test)]
mod tests;
