use super::*;
use wasm_encoder::{
    CodeSection, CustomSection, EntityType, Function, FunctionSection, ImportSection, NameMap,
    NameSection, TypeSection,
};
use wasmparser::Operator;

/// Calls what is imported, by a number of five bytes, as a linker leaves it.
const CALL: [u8; 6] = [0x10, 0x80, 0x80, 0x80, 0x80, 0x00];

/// A linked file of two functions, which both call what is imported.
fn linked(names: [&str; 2]) -> Vec<u8> {
    let (mut module, mut types) = (Module::new(), TypeSection::new());
    types.ty().function([], []);
    let (mut imports, mut declared) = (ImportSection::new(), FunctionSection::new());
    imports.import("bindings", "called", EntityType::Function(0));
    let (mut code, mut functions) = (CodeSection::new(), NameMap::new());
    for (name, number) in names.into_iter().zip(1..) {
        let mut body = Function::new([]);
        body.raw(CALL).instructions().end();
        declared.function(0);
        code.function(&body);
        functions.append(number, name);
    }
    // Behind the count of functions, each has its length, no variables and the call's number.
    let first = 1 + 1 + 1 + 1;
    let second = first + CALL.len() as u8 + 1 + 1 + 1;
    // In section 3: two places, each the number of a function by its symbol.
    let places = [3, 2, 0, first, 7, 0, second, 8];
    let mut all_names = NameSection::new();
    all_names.functions(&functions);
    module.section(&types).section(&imports).section(&declared).section(&code);
    module.section(&CustomSection { name: RELOCATIONS.into(), data: (&places).into() });
    module.section(&all_names);
    module.finish()
}

/// The operators of each function, and the symbols that they refer to.
fn content(file: &[u8]) -> (Vec<Vec<Operator<'_>>>, Vec<u32>) {
    let (mut bodies, mut symbols) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(file) {
        match payload.unwrap() {
            Payload::CodeSectionEntry(body) => {
                let code = body.get_operators_reader().unwrap();
                bodies.push(code.into_iter().map(Result::unwrap).collect());
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Reloc(reader) = section.as_known() {
                    assert_eq!(reader.section_index(), 3);
                    symbols.extend(reader.entries().into_iter().map(|entry| entry.unwrap().index));
                }
            }
            _ => {}
        }
    }
    (bodies, symbols)
}

const ASYNC: &str = "_ZN61_$LT$T$u20$as$u20$tachys..IntoAny$GT$8into_any13hydrate_async17h0E";
const BUILD: &str = "_ZN61_$LT$T$u20$as$u20$tachys..IntoAny$GT$8into_any5build17h0E";

#[test]
fn what_hydrates_bit_by_bit_has_no_body_and_refers_to_nothing() {
    let call = [Operator::Call { function_index: 0 }, Operator::End];
    for (names, left) in [([ASYNC, BUILD], 1), ([BUILD, ASYNC], 0)] {
        let before = linked(names);
        let after = leave_out(&before).unwrap();
        let (bodies, symbols) = content(&after);
        assert_eq!(bodies[left], call);
        let emptied = &bodies[1 - left];
        assert_eq!(emptied.first(), Some(&Operator::Unreachable));
        assert!(emptied[1..emptied.len() - 1].iter().all(|code| *code == Operator::Nop));
        assert_eq!(symbols, [[7, 8][left]]);
    }
}

#[test]
fn everything_else_stays_as_it_is() {
    let file = linked([BUILD, BUILD]);
    assert_eq!(leave_out(&file).unwrap(), file);
    assert!(leave_out(b"no WASM").is_err());
}
