//! Puts WASM files of one program into one file.
//!
//! wasm-split leaves a main file and a part for every set of pages that share code. The parts find
//! each other through the main file's table of functions: a call of what stands elsewhere is a
//! little function of its own that calls through the table. Where both ends stand in one file, that
//! detour is left out.

mod detours;

use anyhow::{Context, Result, anyhow, bail};
use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
};
use wasm_encoder::{
    CodeSection, DataCountSection, DataSection, ElementSection, ExportSection, FunctionSection,
    GlobalSection, ImportSection, MemorySection, Module, TableSection, TypeSection,
    reencode::{Error, Reencode},
};
use wasmparser::{Export, FuncType, Import, Parser, Payload, TypeRef};

/// Where the parts import the table, the memory and the stack of the main file from.
const SHARED: &str = "__wasm_split";
/// The table of functions, as the main file exports it and the parts import it.
const TABLE: &str = "__indirect_function_table";

/// One file out of several. If the main file is among them, it comes first. What is imported gets
/// the name in `names`, where there is one.
///
/// # Errors
/// When a file is no WASM, or holds what none of ours ever holds.
pub fn merge(files: &[&[u8]], names: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let inputs: Vec<Input<'_>> =
        files.iter().map(|file| Input::read(file)).collect::<Result<_>>()?;
    let mut output = Output::default();
    let mut maps = output.join_imports(&inputs, names)?;
    detours::leave_out(&inputs, &mut maps)?;
    for (input, map) in inputs.iter().zip(&mut maps) {
        output.add(input, map).map_err(odd)?;
    }
    Ok(output.finish())
}

/// The names of what a file imports.
///
/// # Errors
/// When the file is no WASM.
pub fn imported(file: &[u8]) -> Result<Vec<String>> {
    Ok(Input::read(file)?.imports.iter().map(|import| import.name.to_owned()).collect())
}

/// How large a file is without what says how its functions are called.
///
/// # Errors
/// When the file is no WASM.
#[cfg(test)]
pub fn weight(file: &[u8]) -> Result<u64> {
    let sections = Parser::new(0).parse_all(file).map(|payload| {
        let payload = payload?;
        let of_code = !matches!(payload, Payload::CustomSection(_));
        Ok(payload.as_section().filter(|_| of_code).map_or(0, |(_, range)| range.end - range.start))
    });
    sections.sum()
}

/// What a file consists of, as far as it has to be known before anything is written.
struct Input<'a> {
    payloads: Vec<Payload<'a>>,
    types: Vec<FuncType>,
    imports: Vec<Import<'a>>,
    /// The types of the functions that it defines.
    functions: Vec<u32>,
    exports: Vec<Export<'a>>,
    /// How many of each it defines.
    tables: u32,
    memories: u32,
    globals: u32,
    data: u32,
}

impl<'a> Input<'a> {
    fn read(file: &'a [u8]) -> Result<Self> {
        let mut input = Self {
            payloads: Vec::new(),
            types: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            exports: Vec::new(),
            tables: 0,
            memories: 0,
            globals: 0,
            data: 0,
        };
        for payload in Parser::new(0).parse_all(file) {
            let payload = payload?;
            match &payload {
                Payload::TypeSection(types) => {
                    for own in types.clone().into_iter_err_on_gc_types() {
                        input.types.push(own?);
                    }
                }
                Payload::ImportSection(imports) => {
                    for own in imports.clone().into_imports() {
                        input.imports.push(own?);
                    }
                }
                Payload::FunctionSection(functions) => {
                    input.functions = functions.clone().into_iter().collect::<Result<_, _>>()?;
                }
                Payload::ExportSection(exports) => {
                    input.exports = exports.clone().into_iter().collect::<Result<_, _>>()?;
                }
                Payload::TableSection(tables) => input.tables = tables.count(),
                Payload::MemorySection(memories) => input.memories = memories.count(),
                Payload::GlobalSection(globals) => input.globals = globals.count(),
                Payload::DataSection(data) => input.data = data.count(),
                Payload::StartSection { .. } | Payload::TagSection(_) => {
                    bail!("a start function or a tag, which ours have never had")
                }
                _ => {}
            }
            input.payloads.push(payload);
        }
        Ok(input)
    }

    fn imported(&self, is_one: impl Fn(&TypeRef) -> bool) -> u32 {
        self.imports.iter().filter(|import| is_one(&import.ty)).count() as u32
    }

    /// The number that the table of functions has in this file.
    fn table(&self) -> Option<u32> {
        let tables = self.imports.iter().filter(|import| matches!(import.ty, TypeRef::Table(_)));
        let imported = tables.map(|import| import.name).position(|name| name == TABLE);
        let exported = self.exports.iter().find(|export| export.name == TABLE);
        imported.map(|number| number as u32).or(exported.map(|export| export.index))
    }

    fn function_type(&self, function: u32) -> Option<&FuncType> {
        let mut imported = self.imports.iter().filter_map(|import| match import.ty {
            TypeRef::Func(own) => Some(own),
            _ => None,
        });
        let count = self.imported(|it| matches!(it, TypeRef::Func(_)));
        let own = match function.checked_sub(count) {
            Some(defined) => *self.functions.get(defined as usize)?,
            None => imported.nth(function as usize)?,
        };
        self.types.get(own as usize)
    }
}

/// Which numbers the things of one file have in the merged one.
#[derive(Default)]
struct Map {
    types: Vec<u32>,
    functions: Vec<u32>,
    tables: Vec<u32>,
    memories: Vec<u32>,
    globals: Vec<u32>,
    data: u32,
}

impl Reencode for Map {
    type Error = Infallible;

    fn type_index(&mut self, own: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.types[own as usize])
    }

    fn function_index(&mut self, own: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.functions[own as usize])
    }

    fn table_index(&mut self, own: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.tables[own as usize])
    }

    fn memory_index(&mut self, own: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.memories[own as usize])
    }

    fn global_index(&mut self, own: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.globals[own as usize])
    }

    fn data_index(&mut self, own: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.data + own)
    }
}

#[derive(Default)]
struct Output {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
}

impl Output {
    /// Numbers everything: first what is imported, once for all files, then what each defines.
    fn join_imports(
        &mut self,
        inputs: &[Input<'_>],
        names: &BTreeMap<String, String>,
    ) -> Result<Vec<Map>> {
        let mut maps: Vec<Map> = inputs.iter().map(|_| Map::default()).collect();
        let mut types: HashMap<&FuncType, u32> = HashMap::new();
        for (input, map) in inputs.iter().zip(&mut maps) {
            for own in &input.types {
                let next = types.len() as u32;
                let number = *types.entry(own).or_insert(next);
                if number == next {
                    let encoded = map.func_type(own.clone()).map_err(odd)?;
                    self.types.ty().func_type(&encoded);
                }
                map.types.push(number);
            }
        }
        // What the main file exports is not imported by its parts any more.
        let main = inputs.first().context("nothing to merge")?;
        let own: BTreeMap<&str, &Export<'_>> =
            main.exports.iter().map(|export| (export.name, export)).collect();
        let mut known: HashMap<(&str, &str), u32> = HashMap::new();
        let mut counts = [0_u32; 4];
        let mut from_main = Vec::new();
        for (index, (input, map)) in inputs.iter().zip(&mut maps).enumerate() {
            for import in &input.imports {
                let kind = kind(&import.ty)?;
                if index > 0
                    && import.module == SHARED
                    && let Some(export) = own.get(import.name)
                {
                    from_main.push((index, kind, map.of(kind).len(), export.index));
                    map.of(kind).push(u32::MAX);
                    continue;
                }
                let number = match known.get(&(import.module, import.name)) {
                    Some(number) => *number,
                    None => {
                        let ty = map.entity_type(import.ty).map_err(odd)?;
                        let name = names.get(import.name).map_or(import.name, String::as_str);
                        self.imports.import(import.module, name, ty);
                        known.insert((import.module, import.name), counts[kind]);
                        counts[kind] += 1;
                        counts[kind] - 1
                    }
                };
                map.of(kind).push(number);
            }
        }
        let mut data = 0;
        for (input, map) in inputs.iter().zip(&mut maps) {
            let defined =
                [input.functions.len() as u32, input.tables, input.memories, input.globals];
            for (kind, count) in defined.into_iter().enumerate() {
                map.of(kind).extend(counts[kind]..counts[kind] + count);
                counts[kind] += count;
            }
            map.data = data;
            data += input.data;
        }
        for (index, kind, place, number) in from_main {
            let number = maps[0].of(kind)[number as usize];
            maps[index].of(kind)[place] = number;
        }
        Ok(maps)
    }

    fn add(&mut self, input: &Input<'_>, map: &mut Map) -> Result<(), Error<Infallible>> {
        for payload in &input.payloads {
            match payload {
                Payload::FunctionSection(own) => {
                    map.parse_function_section(&mut self.functions, own.clone())?
                }
                Payload::TableSection(own) => {
                    map.parse_table_section(&mut self.tables, own.clone())?
                }
                Payload::MemorySection(own) => {
                    map.parse_memory_section(&mut self.memories, own.clone())?
                }
                Payload::GlobalSection(own) => {
                    map.parse_global_section(&mut self.globals, own.clone())?
                }
                Payload::ExportSection(own) => {
                    map.parse_export_section(&mut self.exports, own.clone())?
                }
                Payload::ElementSection(own) => {
                    map.parse_element_section(&mut self.elements, own.clone())?
                }
                Payload::CodeSectionEntry(body) => {
                    map.parse_function_body(&mut self.code, body.clone())?
                }
                Payload::DataSection(own) => map.parse_data_section(&mut self.data, own.clone())?,
                _ => {}
            }
        }
        Ok(())
    }

    fn finish(self) -> Vec<u8> {
        let mut module = Module::new();
        module
            .section(&self.types)
            .section(&self.imports)
            .section(&self.functions)
            .section(&self.tables)
            .section(&self.memories)
            .section(&self.globals)
            .section(&self.exports)
            .section(&self.elements)
            .section(&DataCountSection { count: self.data.len() })
            .section(&self.code)
            .section(&self.data);
        module.finish()
    }
}

impl Map {
    fn of(&mut self, kind: usize) -> &mut Vec<u32> {
        match kind {
            0 => &mut self.functions,
            1 => &mut self.tables,
            2 => &mut self.memories,
            _ => &mut self.globals,
        }
    }
}

fn odd(error: Error<Infallible>) -> anyhow::Error {
    anyhow!("a file that cannot be merged: {error}")
}

fn kind(of: &TypeRef) -> Result<usize> {
    Ok(match of {
        TypeRef::Func(_) => 0,
        TypeRef::Table(_) => 1,
        TypeRef::Memory(_) => 2,
        TypeRef::Global(_) => 3,
        other => bail!("an import of a kind that ours have never had: {other:?}"),
    })
}

#[cfg(test)]
mod tests;
