//! Holds the structure of `src` against its rules: which room may open which, that no files import
//! each other in a circle, that what draws is a component, how long files and lines may be, that
//! files and headings which are named are there, and that a class has one style sheet.
//! `docs/architecture.md` explains them.

mod imports;
mod links;
mod paths;
mod size;
mod styles;
mod views;

use anyhow::{Result, bail};
use imports::{Import, Module};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// All files and what they import.
pub struct House {
    modules: BTreeSet<Module>,
    imports: BTreeSet<Import>,
    /// Functions that draw and are no components, with their files.
    loose: Vec<(Module, String)>,
}

/// Checks the rules and prints the figures.
///
/// # Errors
/// Every rule that is broken, with the files.
pub fn check(root: &Path) -> Result<()> {
    let house = House::read(&root.join("src"))?;
    println!(
        "» {} files, {} imports between them; {} arrows between the parts of server, {} up in ui",
        house.modules.len(),
        house.imports.len(),
        house.arrows("server"),
        house.upwards()
    );
    let mut wrong = house.faults();
    wrong.extend(size::faults(root)?);
    wrong.extend(paths::faults(root)?);
    wrong.extend(links::faults(root)?);
    wrong.extend(styles::faults(root)?);
    match wrong.is_empty() {
        true => Ok(()),
        false => bail!("the structure of src is not as it should be:\n{}", wrong.join("\n")),
    }
}

impl House {
    fn read(source: &Path) -> Result<Self> {
        let texts = imports::texts(source)?;
        let loose = views::loose(&texts);
        let (modules, imports) = imports::read(texts);
        Ok(Self { modules, imports, loose })
    }

    fn faults(&self) -> Vec<String> {
        let doors = self.imports.iter().filter_map(|import| {
            let why = forbidden(import)?;
            Some(format!("{} may not open {}: {why}", show(&import.from), show(&import.to)))
        });
        let circles = self.circles();
        let circles = circles.iter().map(|files| {
            let files: Vec<_> = files.iter().map(show).collect();
            format!("a circle of imports: {}", files.join(", "))
        });
        let loose = self.loose.iter().map(|(module, name)| {
            format!("{}: {name} draws, so it has to be a #[component]", show(module))
        });
        doors.chain(circles).chain(loose).collect()
    }

    /// Pairs of parts of a room of which one imports from the other.
    fn arrows(&self, room: &str) -> usize {
        let part = |module: &Module| module.get(1).cloned().filter(|_| module[0] == room);
        let pairs: BTreeSet<_> = self
            .imports
            .iter()
            .filter_map(|import| Some((part(&import.from)?, part(&import.to)?)))
            .filter(|(from, to)| from != to)
            .collect();
        pairs.len()
    }

    /// Pairs of parts of `ui` of which the lower one imports from the higher one.
    fn upwards(&self) -> usize {
        let pairs: BTreeSet<_> = self
            .imports
            .iter()
            .filter_map(|import| Some((floor(&import.from)?, floor(&import.to)?)))
            .filter(|(from, to)| from < to)
            .collect();
        pairs.len()
    }

    /// Sets of files each of which imports all others by some way.
    ///
    /// A file may take from the file of its own folder what that declares for all in it, although
    /// that one opens the folder: `name.rs` and `name/` are one thing.
    fn circles(&self) -> Vec<Vec<Module>> {
        let mut next: BTreeMap<&Module, Vec<&Module>> = BTreeMap::new();
        for import in &self.imports {
            if !import.from.starts_with(&import.to) {
                next.entry(&import.from).or_default().push(&import.to);
            }
        }
        let reach = |from: &Module| -> BTreeSet<&Module> {
            let mut found = BTreeSet::new();
            let mut open: Vec<&Module> = next.get(from).into_iter().flatten().copied().collect();
            while let Some(module) = open.pop() {
                if found.insert(module) {
                    open.extend(next.get(module).into_iter().flatten());
                }
            }
            found
        };
        let reaches: BTreeMap<&Module, BTreeSet<&Module>> =
            self.modules.iter().map(|module| (module, reach(module))).collect();
        let mut circles: Vec<Vec<Module>> = Vec::new();
        for module in &self.modules {
            if circles.iter().flatten().any(|known| known == module) {
                continue;
            }
            let round = |other: &&&Module| reaches[**other].contains(module);
            let circle: Vec<Module> =
                reaches[module].iter().filter(round).map(|module| (*module).clone()).collect();
            if !circle.is_empty() {
                circles.push(circle);
            }
        }
        circles
    }
}

/// The order of the parts of `ui`, from the ground up. Whatever is not named is in between.
fn floor(module: &Module) -> Option<usize> {
    let part = module.get(1).filter(|_| module[0] == "ui")?;
    Some(match part.as_str() {
        "tone" => 0,
        "client" => 1,
        "components" => 2,
        "pages" => 4,
        "addresses" | "frame" | "search" => 5,
        "app" | "hydration" | "shell" => 6,
        _ => 3,
    })
}

/// Why a file may not import from another, if so.
fn forbidden(import: &Import) -> Option<&'static str> {
    let (from, to) = (import.from.as_slice(), import.to.as_slice());
    let room =
        |module: &[String]| module.first().map(String::as_str).unwrap_or_default().to_owned();
    let within = |module: &[String], of: &[&str]| {
        of.len() <= module.len() && of.iter().zip(module).all(|(name, part)| name == part)
    };
    let draws = within(from, &["server", "http", "router"]);
    // What starts the server and its jobs hands its state to them.
    let opens_http = ["http", "cli", "routine"].iter().any(|part| within(from, &["server", part]));
    let foundation = ["server", "foundation"];
    match (room(from).as_str(), room(to).as_str()) {
        (_, "domain") | ("api" | "server" | "ui", "api") | ("ui", "ui") => None,
        ("api", "server") if import.at_top => Some("api opens server inside of functions only"),
        ("api", "server") => None,
        ("server", "server") if within(to, &["server", "http"]) && !opens_http => {
            Some("only what starts the server knows of HTTP")
        }
        ("server", "server") if within(from, &foundation) && !within(to, &foundation) => {
            Some("the foundation stands on nothing else of server")
        }
        ("server", "server") => None,
        ("server", "ui") if draws => None,
        ("server", "ui") => Some("only the router draws pages"),
        ("domain", _) => Some("domain opens nothing"),
        _ => Some("there is no such door"),
    }
}

fn show(module: &Module) -> String {
    format!("src/{}.rs", module.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn house(files: &[(&str, &str)]) -> House {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        House::read(folder.path()).unwrap()
    }

    #[test]
    fn the_house_is_as_its_rules_say() {
        check(&crate::project::repository()).unwrap();
    }

    #[test]
    fn a_circle_is_found_through_an_export() {
        let faults = house(&[
            ("domain/a.rs", "use super::b::{self, Thing};\n"),
            ("domain/b.rs", "mod inner;\npub use inner::Thing;\n"),
            ("domain/b/inner.rs", "use crate::{domain::a::Other};\npub struct Thing;\n"),
        ])
        .faults();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("src/domain/b/inner.rs"), "{faults:?}");
    }

    #[test]
    fn a_folder_and_its_file_are_one_thing() {
        let faults = house(&[
            ("domain/b.rs", "mod inner;\nuse inner::f;\npub struct Thing;\n"),
            ("domain/b/inner.rs", "use super::Thing;\n"),
        ])
        .faults();
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn doors_that_are_not_there_are_not_opened() {
        let faults = house(&[
            ("domain/a.rs", "use crate::api::b;\n"),
            ("api/b.rs", "use crate::server::c::X;\npub fn f() {\n    use crate::server::c;\n}\n"),
            ("server/c.rs", "use crate::ui::d;\nuse super::http::e;\n"),
            ("server/http/router.rs", "use crate::ui::d;\n"),
            ("server/cli.rs", "use super::http::e;\n"),
            ("server/foundation/f.rs", "use crate::server::c::X;\n"),
            (
                "server/http/e.rs",
                "fn f() { crate::server::c::g() }\n\
                #[cfg(test)]\nmod tests {\n    use crate::ui::d;\n}\n",
            ),
            (
                "ui/d.rs",
                "use crate::{\n    api::b,\n    server::c,\n};\n\
                // use crate::server::http;\n",
            ),
        ])
        .faults();
        let faults: Vec<_> = faults.iter().filter(|fault| !fault.starts_with("a circle")).collect();
        assert_eq!(faults.len(), 6, "{faults:#?}");
    }
}
