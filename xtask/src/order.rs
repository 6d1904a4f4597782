//! Puts functions that are alike beside each other.
//!
//! The compiler makes much of the code again for every type that it is for. What is packed by
//! brotli says of such code how far back it stood before, and near costs less than far: a twentieth
//! of all that the browser is sent. In which order functions stand means nothing to a program; they
//! have numbers, and whatever refers to one gets its new number.

use anyhow::{Result, anyhow};
use std::{convert::Infallible, ops::Range};
use wasm_encoder::{
    CodeSection, FunctionSection, Module,
    reencode::{Error, Reencode},
};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Parser, Payload, TypeRef};

/// So many bytes of code are looked at as one. With fewer everything is alike, with more nothing.
const RUN: usize = 5;

/// The same file with its functions in that order.
///
/// # Errors
/// When the file is no WASM.
pub fn alike_together(file: &[u8]) -> Result<Vec<u8>> {
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(file) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => {
                let Range { start, end } = body.range();
                bodies.push(&file[start as usize..end as usize]);
            }
            _ => {}
        }
    }
    let order = chain(&Likeness::of(&bodies));
    let mut numbers: Vec<u32> = (0..(imported + order.len()) as u32).collect();
    for (place, function) in order.iter().enumerate() {
        numbers[imported + function] = (imported + place) as u32;
    }
    let mut module = Module::new();
    Ordered { order, numbers }
        .parse_core_module(&mut module, Parser::new(0), file)
        .map_err(|error| anyhow!("the functions cannot be put in order: {error}"))?;
    Ok(module.finish())
}

/// Which functions have which runs of bytes in common.
struct Likeness {
    /// The runs of each function that another one has too.
    runs: Vec<Vec<u32>>,
    /// The functions that have each run.
    functions: Vec<Vec<u32>>,
}

impl Likeness {
    fn of(bodies: &[&[u8]]) -> Self {
        let mut found = Vec::new();
        for (function, body) in bodies.iter().enumerate() {
            let runs = body
                .windows(RUN)
                .map(|run| run.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte)));
            found.extend(runs.map(|run| (run, function as u32)));
        }
        found.sort_unstable();
        found.dedup();
        let mut likeness = Self { runs: vec![Vec::new(); bodies.len()], functions: Vec::new() };
        for same in found.chunk_by(|one, next| one.0 == next.0).filter(|same| same.len() > 1) {
            for (_, function) in same {
                likeness.runs[*function as usize].push(likeness.functions.len() as u32);
            }
            likeness.functions.push(same.iter().map(|(_, function)| *function).collect());
        }
        likeness
    }
}

/// All functions, each followed by the one that is most like it of those that are left.
fn chain(likeness: &Likeness) -> Vec<usize> {
    let count = likeness.runs.len();
    // Where nothing is left that is alike, the largest comes next.
    let mut largest: Vec<usize> = (0..count).collect();
    largest.sort_by_key(|function| std::cmp::Reverse(likeness.runs[*function].len()));
    let mut largest = largest.into_iter();
    let mut order = Vec::with_capacity(count);
    let mut placed = vec![false; count];
    let mut shared = vec![0_u64; count];
    while let Some(mut function) = largest.find(|function| !placed[*function]) {
        loop {
            placed[function] = true;
            order.push(function);
            let own = &likeness.runs[function];
            let mut alike = Vec::new();
            for run in own {
                for other in &likeness.functions[*run as usize] {
                    let other = *other as usize;
                    if !placed[other] {
                        if shared[other] == 0 {
                            alike.push(other);
                        }
                        shared[other] += 1;
                    }
                }
            }
            let mut best: Option<(usize, u64, u64)> = None;
            for other in alike {
                let common = std::mem::take(&mut shared[other]);
                let all = (own.len() + likeness.runs[other].len()) as u64;
                // The larger part of all, without dividing.
                if best.is_none_or(|(_, most, of)| common * of > most * all) {
                    best = Some((other, common, all));
                }
            }
            let Some((next, ..)) = best else { break };
            function = next;
        }
    }
    order
}

struct Ordered {
    order: Vec<usize>,
    /// The new number of each function, also of those that are imported.
    numbers: Vec<u32>,
}

impl Reencode for Ordered {
    type Error = Infallible;

    fn function_index(&mut self, old: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.numbers[old as usize])
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let types: Vec<u32> = section.into_iter().collect::<Result<_, _>>()?;
        for function in &self.order {
            functions.function(types[*function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let bodies: Vec<_> = section.into_iter().collect::<Result<_, _>>()?;
        for function in self.order.clone() {
            self.parse_function_body(code, bodies[function].clone())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs;
    use std::process::Command;
    use wasm_encoder::{EntityType, ExportKind, ExportSection, Function, ImportSection};
    use wasm_encoder::{TypeSection, ValType};

    /// Four functions of one number: two that multiply much, and between them two that add much.
    fn mixed() -> Vec<u8> {
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        types.ty().function([ValType::I32], [ValType::I32]);
        imports.import("bindings", "less", EntityType::Function(0));
        let (mut functions, mut exports) = (FunctionSection::new(), ExportSection::new());
        let mut code = CodeSection::new();
        for (number, name) in ["times8", "plus4", "times32", "plus6"].into_iter().enumerate() {
            let mut function = Function::new([]);
            let mut body = function.instructions();
            body.local_get(0);
            for _ in 0..number + 3 {
                match number % 2 {
                    0 => body.i32_const(2).i32_mul(),
                    _ => body.i32_const(1).i32_add(),
                };
            }
            // What is imported keeps its number; "plus6" calls "times8", whose number changes.
            match number {
                3 => body.call(0).call(1).end(),
                _ => body.call(0).end(),
            };
            functions.function(0);
            code.function(&function);
            exports.export(name, ExportKind::Func, number as u32 + 1);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&exports).section(&code);
        module.finish()
    }

    #[test]
    fn functions_that_are_alike_stand_together_and_do_what_they_did() {
        let before = mixed();
        let after = alike_together(&before).unwrap();
        assert_eq!(before.len(), after.len());
        let order = |file: &[u8]| -> Vec<(String, u32)> {
            let payloads = Parser::new(0).parse_all(file).map(Result::unwrap);
            let exports = payloads.filter_map(|payload| match payload {
                Payload::ExportSection(exports) => Some(exports),
                _ => None,
            });
            let mut names: Vec<_> = exports
                .flatten()
                .map(|export| export.map(|it| (it.name.to_owned(), it.index)).unwrap())
                .collect();
            names.sort_by_key(|(_, number)| *number);
            names
        };
        let kinds: Vec<_> = order(&after)
            .into_iter()
            .map(|(name, _)| name.trim_end_matches(|letter: char| letter.is_ascii_digit()).into())
            .collect::<Vec<String>>();
        assert!(
            kinds[0] == kinds[1] && kinds[2] == kinds[3] && kinds[1] != kinds[2],
            "not together: {kinds:?}"
        );

        let folder = tempfile::tempdir().unwrap();
        let said = [before, after].map(|content| {
            let place = folder.path().join("file.wasm");
            std::fs::write(&place, content).unwrap();
            let code = "const bindings = { less: (number) => number - 1 };\
                const module = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]));\
                const { exports } = new WebAssembly.Instance(module, { bindings });\
                console.log(Object.keys(exports).map((name) => exports[name](10)).join(' '));";
            let said = programs::run(Command::new("node").args(["-e", code]).arg(&place)).unwrap();
            String::from_utf8(said).unwrap()
        });
        assert_eq!(said[0], said[1]);
        assert_eq!(said[0].trim(), "79 13 319 119");
    }
}
