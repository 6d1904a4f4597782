//! Calls through the table of functions that need not take that way.

use super::{Input, Map};
use anyhow::{Context, Result, bail, ensure};
use std::collections::HashMap;
use wasmparser::{ElementItems, ElementKind, FunctionBody, Operator, Payload, TypeRef};

/// Lets calls through the table go to their functions directly, where those are in one of the
/// files. What then nobody calls is removed by wasm-opt.
pub fn leave_out(inputs: &[Input<'_>], maps: &mut [Map]) -> Result<()> {
    let table = table_of(inputs)?;
    let mut found = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let imported = input.imported(|it| matches!(it, TypeRef::Func(_)));
        let bodies = input.payloads.iter().filter_map(|payload| match payload {
            Payload::CodeSectionEntry(body) => Some(body),
            _ => None,
        });
        for (own, body) in (imported..).zip(bodies) {
            let own_type = input.function_type(own).context("a function without a type")?;
            let Some(place) = detour(body, own_type.params().len() as u32, input.table())? else {
                continue;
            };
            let Some((owner, function)) = table.get(&place) else { continue };
            if inputs[*owner].function_type(*function) == Some(own_type) {
                found.push((index, own, *owner, *function));
            }
        }
    }
    for (index, own, owner, function) in found {
        let target = maps[owner].functions[function as usize];
        maps[index].functions[own as usize] = target;
    }
    Ok(())
}

/// Which function of which file stands where in the table.
fn table_of(inputs: &[Input<'_>]) -> Result<HashMap<u32, (usize, u32)>> {
    let mut table: HashMap<u32, (usize, u32)> = HashMap::new();
    for (index, input) in inputs.iter().enumerate() {
        for payload in &input.payloads {
            let Payload::ElementSection(elements) = payload else { continue };
            for element in elements.clone() {
                let element = element?;
                let ElementKind::Active { table_index, offset_expr } = element.kind else {
                    continue;
                };
                if input.table() != Some(table_index.unwrap_or(0)) {
                    continue;
                }
                let Operator::I32Const { value } = offset_expr.get_operators_reader().read()?
                else {
                    bail!("a place in the table that is no number")
                };
                let ElementItems::Functions(functions) = element.items else { continue };
                for (place, function) in functions.into_iter().enumerate() {
                    table.insert(value as u32 + place as u32, (index, function?));
                }
            }
        }
    }
    Ok(table)
}

/// The place in the table, if all that a function does is to call what stands there.
fn detour(body: &FunctionBody<'_>, parameters: u32, table: Option<u32>) -> Result<Option<u32>> {
    if body.get_locals_reader()?.get_count() > 0 {
        return Ok(None);
    }
    let mut code = body.get_operators_reader()?;
    for parameter in 0..parameters {
        if !matches!(code.read()?, Operator::LocalGet { local_index } if local_index == parameter) {
            return Ok(None);
        }
    }
    let Operator::I32Const { value } = code.read()? else { return Ok(None) };
    if code.eof() {
        return Ok(None);
    }
    match code.read()? {
        Operator::CallIndirect { table_index, .. } if Some(table_index) == table => {}
        _ => return Ok(None),
    }
    ensure!(matches!(code.read()?, Operator::End), "a call that does not end");
    Ok(Some(value as u32))
}
