//! Mends what wasm-opt 108, which Debian 12 has, does to a file with several tables: it lets every
//! export of a table point to the first one. The browser would then be handed the table of
//! functions in place of the one that holds JavaScript's values.

use anyhow::{Context, Result, ensure};
use std::{collections::BTreeMap, fs, path::Path};
use walrus::{ExportItem, Module, ModuleConfig, RefType};

/// What the exported tables of a file hold, by the names of the exports. No two tables here hold
/// the same.
pub type Tables = BTreeMap<String, RefType>;

/// Reads the exported tables of a file.
///
/// # Errors
/// When the file is no WASM.
pub fn exported(file: &Path) -> Result<Tables> {
    Ok(tables_of(&read(file)?))
}

/// Makes every export point to the table that holds what it held before; writes only when one does
/// not.
///
/// # Errors
/// When the file is no WASM, or a table is gone.
pub fn restore(file: &Path, before: &Tables) -> Result<()> {
    let mut module = read(file)?;
    if tables_of(&module) == *before {
        return Ok(());
    }
    for (name, held) in before {
        let table =
            module.tables.iter().find(|table| table.element_ty == *held).map(|table| table.id());
        let export = module.exports.iter_mut().find(|export| export.name == *name);
        let (table, export) =
            table.zip(export).with_context(|| format!("wasm-opt removed the table {name}"))?;
        export.item = ExportItem::Table(table);
    }
    ensure!(tables_of(&module) == *before, "the exported tables could not be restored");
    fs::write(file, module.emit_wasm()).with_context(|| format!("cannot write {}", file.display()))
}

fn read(file: &Path) -> Result<Module> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut config = ModuleConfig::new();
    config.generate_name_section(false).generate_producers_section(false);
    config.parse(&bytes).with_context(|| format!("cannot understand {}", file.display()))
}

fn tables_of(module: &Module) -> Tables {
    let tables = module.exports.iter().filter_map(|export| match export.item {
        ExportItem::Table(table) => {
            Some((export.name.clone(), module.tables.get(table).element_ty))
        }
        _ => None,
    });
    tables.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_point_to_their_own_tables_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tables.wasm");
        let mut module = Module::default();
        let functions = module.tables.add_local(false, 1, None, RefType::FUNCREF);
        let values = module.tables.add_local(false, 4, None, RefType::EXTERNREF);
        module.exports.add("functions", functions);
        module.exports.add("values", values);
        fs::write(&file, module.emit_wasm()).unwrap();
        let before = exported(&file).unwrap();
        assert_eq!(
            before,
            Tables::from([
                ("functions".into(), RefType::FUNCREF),
                ("values".into(), RefType::EXTERNREF)
            ])
        );

        for export in module.exports.iter_mut() {
            export.item = ExportItem::Table(functions);
        }
        fs::write(&file, module.emit_wasm()).unwrap();
        assert_ne!(exported(&file).unwrap(), before);
        restore(&file, &before).unwrap();
        assert_eq!(exported(&file).unwrap(), before);
    }
}
