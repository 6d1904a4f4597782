//! The declaration of a field, and the table of a feature's fields.

use super::Kind;
use crate::domain::words::Choice;
use serde_json::Value;

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// Dotted path in the JSON.
    pub path: &'static str,
    /// The word of its section in addresses, and the section's title.
    pub section: Choice,
    pub kind: Kind,
    pub label: &'static str,
    pub description: &'static str,
    /// What a number counts; empty where there is nothing to say.
    pub unit: &'static str,
    /// Whether a device may keep a value of its own.
    pub per_device: bool,
    /// The heading that it stands under within its section; empty for none.
    pub group: &'static str,
    /// Nothing reads it yet: what it is for comes later.
    pub pending: bool,
    /// Each of its choices has a look, which people recognise sooner than its word.
    pub pictured: bool,
}

impl Field {
    pub const fn new(
        path: &'static str,
        section: Choice,
        kind: Kind,
        label: &'static str,
        description: &'static str,
    ) -> Self {
        Self {
            path,
            section,
            kind,
            label,
            description,
            unit: "",
            per_device: false,
            group: "",
            pending: false,
            pictured: false,
        }
    }

    /// Its numbers count this.
    pub const fn counting(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// A device may keep a value of its own.
    pub const fn per_device(self) -> Self {
        Self { per_device: true, ..self }
    }

    /// It stands under this heading.
    pub const fn under(self, group: &'static str) -> Self {
        Self { group, ..self }
    }

    /// Whether it waits for something to read it.
    pub const fn pending(self, pending: bool) -> Self {
        Self { pending, ..self }
    }

    /// Its choices are shown as pictures.
    pub const fn pictured(self) -> Self {
        Self { pictured: true, ..self }
    }

    /// The last part of the path.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The anchor of the setting on the page of its section: `table-density`. What lies deeper than
    /// a group of a group is told apart by all of the rest: `errors-email`.
    pub fn anchor(&self) -> String {
        kebab(self.path.splitn(3, '.').last().unwrap_or(self.path))
    }

    /// The anchor on a page with several sections: `cost-budget-daily-budget`.
    pub fn long_anchor(&self) -> String {
        kebab(self.path)
    }

    /// The value in the one form in which it is stored, or the sentence that says what is allowed.
    pub fn canonical(&self, value: &Value) -> Result<Value, String> {
        self.kind.canonical(value).map_err(|sentence| sentence.unwrap_or_else(|| self.refusal()))
    }

    /// The stored form where there is one, so that going back and forth compares equal; else the
    /// value as it is, to be told what is wrong with it.
    pub fn canonical_or_typed(&self, value: Value) -> Value {
        self.canonical(&value).unwrap_or(value)
    }

    /// The sentence that says what is allowed.
    pub fn refusal(&self) -> String {
        format!("{} must be {}.", self.label, self.kind.allowed())
    }

    /// A value in the words of a person.
    pub fn display(&self, value: &Value) -> String {
        self.kind.display(value, self.unit)
    }
}

/// Every field of a feature, in the order of its page.
#[derive(Debug)]
pub struct Table {
    /// What one of them is called in a sentence: "preference".
    pub noun: &'static str,
    pub fields: &'static [Field],
}

impl Table {
    /// The field at a path.
    pub fn field(&self, path: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.path == path)
    }

    /// The fields below the path of an object; none for any other path.
    pub fn below<'a>(&self, path: &'a str) -> impl Iterator<Item = &'static Field> + use<'a> {
        self.fields.iter().filter(move |field| {
            field.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
        })
    }

    /// The fields of a section.
    pub fn section(&self, section: Choice) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().filter(move |field| field.section == section)
    }
}

/// `costBudget.dailyBudget` → `cost-budget-daily-budget`.
pub fn kebab(path: &str) -> String {
    let mut text = String::new();
    for letter in path.chars() {
        match letter {
            '.' => text.push('-'),
            letter if letter.is_ascii_uppercase() => {
                text.push('-');
                text.push(letter.to_ascii_lowercase());
            }
            letter => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_an_anchor() {
        assert_eq!(kebab("costBudget.dailyBudget"), "cost-budget-daily-budget");
        assert_eq!(kebab("model.topP"), "model-top-p");
    }
}
