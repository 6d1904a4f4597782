use super::*;
use crate::programs;
use std::process::Command;
use wasm_encoder::{
    ConstExpr, Elements, EntityType, ExportKind, Function, RefType, TableType, ValType,
};

const NUMBER_TO_NUMBER: u32 = 0;

/// A file of functions; the last is exported as `name` and has its `place` in the table.
fn file(main: bool, place: i32, name: &str, functions: &[Function]) -> Vec<u8> {
    let (mut module, mut types) = (Module::new(), TypeSection::new());
    types.ty().function([ValType::I32], [ValType::I32]);
    let table = TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 3,
        maximum: None,
        shared: false,
    };
    let (mut imports, mut tables) = (ImportSection::new(), TableSection::new());
    let (mut declared, mut exports) = (FunctionSection::new(), ExportSection::new());
    let (mut elements, mut code) = (ElementSection::new(), CodeSection::new());
    if main {
        imports.import("bindings", "__wb_double_0123456789abcdef", EntityType::Function(0));
        tables.table(table);
        exports.export(TABLE, ExportKind::Table, 0);
    } else {
        imports.import(SHARED, TABLE, EntityType::Table(table));
    }
    for function in functions {
        declared.function(NUMBER_TO_NUMBER);
        code.function(function);
    }
    let last = u32::from(main) + functions.len() as u32 - 1;
    exports.export(name, ExportKind::Func, last);
    elements.active(
        None,
        &ConstExpr::i32_const(place),
        Elements::Functions([last].as_slice().into()),
    );
    module.section(&types).section(&imports).section(&declared).section(&tables);
    module.section(&exports).section(&elements).section(&code);
    module.finish()
}

fn function(act: impl Fn(&mut wasm_encoder::InstructionSink<'_>)) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.local_get(0);
    act(&mut code);
    code.end();
    function
}

#[test]
fn merged_files_do_what_they_did_apart() {
    let through_table = |place| {
        function(move |code| {
            code.i32_const(place).call_indirect(0, NUMBER_TO_NUMBER);
        })
    };
    // Doubles by what the bindings give it.
    let double = function(|code| {
        code.call(0);
    });
    let main = file(true, 1, "doubled", &[double]);
    // Adds one to what main makes of it, by a call that goes through the table.
    let one_more = function(|code| {
        code.call(0).i32_const(1).i32_add();
    });
    let part = file(false, 2, "oneMore", &[through_table(1), one_more]);
    let long = "__wb_double_0123456789abcdef".to_owned();
    assert_eq!(imported(&main).unwrap(), [long.as_str()]);
    let merged = merge(&[&main, &part], &BTreeMap::from([(long, "_0".to_owned())])).unwrap();

    let again = Input::read(&merged).unwrap();
    assert_eq!(again.imports.len(), 1, "the part's import is main's own table");
    assert_eq!(again.types.len(), 1, "equal types are one");
    let bodies = again.payloads.iter().filter_map(|payload| match payload {
        Payload::CodeSectionEntry(body) => Some(body.get_operators_reader().unwrap()),
        _ => None,
    });
    let calls = bodies.flat_map(|body| body.into_iter().map(Result::unwrap));
    let calls: Vec<_> = calls
        .filter_map(|code| match code {
            wasmparser::Operator::Call { function_index } => Some(function_index),
            _ => None,
        })
        .collect();
    assert_eq!(calls, [0, 1], "the part calls main's function directly");

    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("merged.wasm");
    std::fs::write(&place, merged).unwrap();
    let code = "const bindings = { _0: (number) => 2 * number };\
        const module = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]));\
        const { doubled, oneMore } = new WebAssembly.Instance(module, { bindings }).exports;\
        console.log(doubled(20), oneMore(20));";
    let said = programs::run(Command::new("node").args(["-e", code]).arg(place)).unwrap();
    assert_eq!(String::from_utf8(said).unwrap().trim(), "40 41");
}
